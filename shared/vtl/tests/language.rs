//! The language, a row for every example of the project's notes on mapping templates; outputs are Velocity's.

use gatehouse_vtl::{Input, Limits, Template};

fn input(body: &str) -> Input<'_> {
    Input {
        body: body.as_bytes(),
        path: &[("id", "7"), ("both", "path")],
        querystring: &[("q", "1"), ("q", "2"), ("both", "query")],
        header: &[("x-a", "first"), ("x-a", "last"), ("both", "header")],
        stage_variables: &[("v", "x")],
        ..Input::default()
    }
}

fn render(source: &str, body: &str) -> Result<String, String> {
    let template = Template::parse("t", source).map_err(|error| error.to_string())?;
    template.render(&input(body), &Limits::default()).map(|it| it.output).map_err(|error| error.to_string())
}

#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (source, expected) in rows {
        assert_eq!(render(source, "{}").as_deref(), Ok(*expected), "{source}");
    }
}

#[track_caller]
fn fails(sources: &[&str]) {
    for source in sources {
        assert!(render(source, "{}").is_err(), "{source} gives {:?}", render(source, "{}"));
    }
}

const V: &str = "#set($v='v')#set($x='v')#set($l=[1,2,3])#set($m={'a':1,'b':2})";

#[track_caller]
fn with_values(rows: &[(&str, &str)]) {
    for (source, expected) in rows {
        assert_eq!(render(&format!("{V}{source}"), "{}").as_deref(), Ok(*expected), "{source}");
    }
}

#[test]
fn tokens_are_cut_as_velocity_cuts_them() {
    with_values(&[
        ("$i-", ""),
        ("$x-", ""),
        ("$x._b $x.5 $x..b $x.", "v._b v.5 v..b v."),
        ("#set($y=\"a\\nb\")$y", "a\\nb"),
        ("#set($y=\"a\\u0041\")$y", "aA"),
        ("#set($y='a\\u0041')$y", "a\\u0041"),
        ("#set($y=\"a\"\"b\")$y #set($y='a''b')$y", "a\"ba'b"),
        ("#set($y=3 - 2)$y", "1"),
        ("${ ${} ${ a}", "${ ${} ${ a}"),
        ("a ##c\nb", "a b"),
        ("a#* c *#\nb#** d *#c", "a\nbc"),
        ("a#* never closed", "a"),
        ("#[[ $x #if ]]#", " $x #if "),
        ("#IF(true) #{if}(true)a#{else}b#{end}", "#IF(true) a"),
        ("$x-1", ""),
    ]);
    fails(&[
        "Hello $",
        "Hello $!",
        "Hello #",
        "$$",
        "#if(true)a#endb",
        "#set($x=3-2)",
        "#set($x=3 -2)",
        "#set($x=$x -1)",
        "${a ",
        "$a[",
        "${x._b}",
        "#set($x=\"a\\\"b\")",
        "## c$",
        "#[[ a",
    ]);
}

#[test]
fn the_grammar_has_what_it_has() {
    with_values(&[
        ("# set($x=1)", "# set(v=1)"),
        ("#set $x=1", "#set v=1"),
        ("#foreach($i IN [1,2])$i#end", "12"),
        ("$m.put('k', null)$m.put('k', foo)$m", "{a=1, b=2, k=null}"),
        ("#set($y=[3..1])$y#set($n=2)#set($y=[0..$n])$y", "[3, 2, 1][0, 1, 2]"),
        ("#set($y={})$y#set($y={ })$y#set($y=[])$y", "{}{}[]"),
        ("#if(1 lt 2 and 2 gt 1 or false)a#end#if(1 ne 1 || not (2 le 1))b#end", "ab"),
        ("#set($y=\"a$v.length() #if(true)b#end $nope\")$y", "a1 b "),
    ]);
    fails(&[
        "#set\n($x = 1)",
        "#set($x = 1 2)",
        "#set($x = 'a'.split(','))",
        "#set($x = [1,])",
        "#set($x = {a:1})",
        "#set($x = null)",
        "#set($x = TRUE)",
        "#set($x = [ ])",
        "#end",
        "#else",
        "#elseif(true)",
        "#if(true)",
        "#set($x = \"#if(\")",
        "$x.b( )",
        "$x.b(,)",
        "#foreach($x)a#end",
        "#literal a",
        "#macro()#end",
    ]);
}

#[test]
fn references_and_escapes() {
    with_values(&[
        ("[$foo.bar.baz()] [$!x] [${x}] [$!{x}]", "[] [v] [v] [v]"),
        ("$x.length().foo $x.b(", " ("),
        ("\\$x \\\\$x \\\\\\$x \\$y", "$x \\v \\$x $y"),
        ("\\\\ a", "\\\\ a"),
        ("\\#if(true) \\#set($x=1)", "#if(true) #set(v=1)"),
        ("\\#foo \\\\#if(true)a#end", "\\#foo \\a"),
        ("\\##c", "\\"),
        ("[$\\!x]", "[]"),
        ("$l[0] $l[-1] $m['a'] $x[0]", "1 3 1 "),
        ("#set($m.c=3)#set($m['d']=4)#set($l[0]=9)$m $l", "{a=1, b=2, c=3, d=4} [9, 2, 3]"),
        ("#set($nope.a=1)#set($x.a=1)$x", "v"),
        ("#set($y=1)#set($y=1/0)#set($y='a'-'b')#set($y=5*'5')$y", "1"),
        ("#set(${y}=1)[$y]", "[]"),
    ]);
    fails(&["#set($l=[1])$l[5]", "#set($l=[1])#set($l[5]=1)", "#set($s='a')$s[-1]"]);
}

#[test]
fn directives() {
    with_values(&[
        ("#if(0)a#end#if(1)a#end#if('a')a#end#if([1])a#end#if(1+1)a#end", ""),
        ("#set($e='')#set($z=0)#if($e)a#end#if($z)b#end#if($nope)c#end#if(!$nope)d#end#if(!'')e#end", "abce"),
        ("#foreach($i in $m)$i#end#foreach($i in 'abc')$i#end#foreach($i in 5)x#end#foreach($i in $nope)x#end", "12"),
        ("#foreach($i in $l)$foreach.index$foreach.count$velocityCount#if($foreach.hasNext),#end#end", "011,122,233"),
        (
            "#foreach($i in $l)$foreach.first $foreach.last $velocityHasNext;#end",
            "true false true;false false true;false true false;",
        ),
        (
            "#foreach($i in [1])#foreach($i in [5,6])$foreach.parent.count$foreach.topmost.count$i#end$i#end$i",
            "1151161",
        ),
        ("#foreach($i in $l)$i#if($i==2)#break#end#end.", "12."),
        ("a#break b", "a"),
        ("#foreach($i in [1,2])#foreach($j in [1,2])$i$j#break($foreach.parent)#end#end.", "11."),
        ("hello #stop world", "hello "),
        ("#define($b)$n;#end#set($n=1)$b#set($n=2)$b", "1;2;"),
        ("#define($b)z#end$b() #if($b=='z')y#end$b.length()", "z() y"),
        ("#define($b)x$b#end$b", "xx$b"),
        ("#literal()$x #foo(1) #end", "$x #foo(1) "),
        (
            "#foo #foo(1 2) #@foo()x#end #evaluate('$x') #parse('x')",
            "#foo #foo(1 2) #@foo()x#end #evaluate('$x') #parse('x')",
        ),
        ("#macro(m $a)x$a#end#m(1)", "#m(1)"),
    ]);
    fails(&["#set($l=[1,2])#foreach($i in $l)$l.add(1)#end", "#literal()#end", "#foreach($i in [1..1001])#end"]);
}

#[test]
fn white_space_is_eaten_where_it_is() {
    check(&[
        ("  #if(true)\n  a\n  #end\n  b", "    a\n    b"),
        ("#if(true) \t\na#end b", "a b"),
        ("#if(false)a#else \nb#end\nc", "bc"),
        ("a\n  #set($x=1)\nb", "a\n  b"),
        ("  #set($x=1)  \nb", "b"),
        ("#if(true)\n  #set($x=1)\n  a#end", "  a"),
        ("x#set($x=1) y", "x y"),
    ]);
}

#[test]
fn arithmetic_and_comparison_are_javas() {
    let value = |expression: &str| render(&format!("#set($r = {expression})$r"), "{}").unwrap();
    for (expression, expected) in [
        ("2147483647 + 1", "2147483648"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("9223372036854775807 * 9223372036854775807", "85070591730234615847396907784232501249"),
        ("12345678901234567890 / 10", "1234567890123456789"),
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("7 / 2.0", "3.5"),
        ("1 / 0", ""),
        ("1.0 / 0", ""),
        ("1 % 0", ""),
        ("'5' + 5", "55"),
        ("1+2+'a'+1+2", "3a12"),
        ("$u+1", "1"),
        ("'a' + (1/0)", "a1/0"),
        ("1 == 1.0", "true"),
        ("1 == '1'", "true"),
        ("true == 'true'", "true"),
        ("[1] == [1]", "true"),
        ("'a' < 'b'", "false"),
        ("$u == ''", "true"),
        ("$u == $n", "true"),
        ("'' && true", "false"),
        ("$u && true", "true"),
        ("1.0", "1.0"),
        ("100.0", "100.0"),
        ("1e10", "1.0E10"),
        ("1e-5", "1.0E-5"),
        ("123456789.0", "1.23456789E8"),
        ("1234567.0", "1234567.0"),
        ("0.001", "0.001"),
        ("0.0001", "1.0E-4"),
        ("1e7", "1.0E7"),
        ("1.10", "1.1"),
        ("1e2", "100.0"),
        ("5e-324", "4.9E-324"),
        ("1e400", "Infinity"),
        ("-0", "0"),
        ("01", "1"),
        ("-2.5", "-2.5"),
        ("12345678901234567890", "12345678901234567890"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn methods_are_javas() {
    let rows = [
        ("'Hello'", ".length()", "5"),
        ("'Hello'", ".substring(1,3)", "el"),
        ("'Hello'", ".toUpperCase()", "HELLO"),
        ("' a '", ".trim()", "a"),
        ("'Hello'", ".indexOf('l')", "2"),
        ("'Hello'", ".lastIndexOf('l')", "3"),
        ("'Hello'", ".contains('ell')", "true"),
        ("'Hello'", ".contains(1)", ""),
        ("'Hello'", ".replace('l',1)", ""),
        ("'Hello'", ".replaceAll('(l)(l)','$2-$1')", "Hel-lo"),
        ("'axb'", ".replaceAll('x*','-')", "-a--b-"),
        ("'axb'", ".replaceAll('(?<it>x)b','[${it}]$0')", "a[x]xb"),
        ("'axb'", ".replaceAll('(?<it>x)','\\${it}')", "a${it}b"),
        ("'é'", ".getBytes('UTF-8').size()", "2"),
        ("'a.b.c'", ".split('.').size()", "0"),
        ("'a,b,c,,'", ".split(',').size()", "3"),
        ("'a,b,c,,'", ".split(',', -1).size()", "5"),
        ("'a,b,c'", ".split(',')[1]", "b"),
        ("'a,b'", ".split(',').length", ""),
        ("'abc'", ".split('').size()", "3"),
        ("'abc'", ".split('', -1).size()", "4"),
        ("'abc'", ".matches('b')", "false"),
        ("'abc'", ".matches('[a-c]+')", "true"),
        ("'abc'", ".charAt(1)", "b"),
        ("'abc'", ".hashCode()", "96354"),
        ("'😀a'", ".length()", "3"),
        ("'éa'", ".substring(1)", "a"),
        ("'a'", ".format('%s-%05d', 'x', 42)", "x-00042"),
        ("'a'", ".repeat(3)", "aaa"),
        ("'a'", ".class", ""),
        ("'a'", ".getClass()", ""),
        ("[1,2,3]", ".size()", "3"),
        ("[1,2,3]", ".get('0')", ""),
        ("[1,2,3]", ".add(0,'x')", ""),
        ("[1,2,3]", ".add(4)", "true"),
        ("[1,2,3]", ".remove(0)", "1"),
        ("[1,2,3]", ".contains(2)", "true"),
        ("[1,2,3]", ".subList(1,3)", "[2, 3]"),
        ("[1,2,3]", ".iterator().next()", "1"),
        ("[1,2,3]", ".empty", "false"),
        ("[1,2,3]", ".size", ""),
        ("{'a':1,'b':2}", ".keySet()", "[a, b]"),
        ("{'a':1,'b':2}", ".entrySet()", "[a=1, b=2]"),
        ("{'a':1,'b':2}", ".values()", "[1, 2]"),
        ("{'a':1,'b':2}", ".size", ""),
        ("{'a':1,'b':2}", ".getOrDefault('c', 3)", "3"),
        ("{'a':1,'b':2}", ".put('a', 5)", "1"),
        ("{'a':1,'b':2}", ".toString()", "{a=1, b=2}"),
        ("5", ".parseInt('42')", "42"),
        ("5", ".max(1,2)", "2"),
        ("5", ".toHexString(255)", "ff"),
        ("2.5", ".intValue()", "2"),
        ("2.5", ".isNaN()", "false"),
    ];
    for (value, call, expected) in rows {
        let source = format!("#set($o = {value})$o{call}");
        assert_eq!(render(&source, "{}").as_deref(), Ok(expected), "{source}");
    }
    fails(&[
        "#set($s='abc')$s.substring(9)",
        "#set($s='abc')$s.charAt(3)",
        "#set($l=[])$l.get(0)",
        "#set($n=1)$n.parseInt('x')",
        "#set($s='a')$s.compareTo(1)",
        "#set($s='a')$s.replaceAll('a','$1')",
        "#set($s='a')$s.replaceAll('(?<it>a)','${no}')",
        "#set($s='a')$s.replaceAll('(?<it>a)','${it')",
        "#set($s='a')$s.getBytes('latin-1')",
        "#set($s='a')$s.matches('(')",
    ]);
}

#[test]
fn static_methods_are_found_on_a_value_of_their_class() {
    let of = |source: &str| render(&format!("#set($s='abc')#set($n=1)#set($d=1.5){source}"), "{}");
    for (source, expected) in [
        ("$n.parseInt('ff', 16) $n.parseInt('-zz', 36) $n.toString(255, 16) $n.toString(-5, 2)", "255 -1295 ff -101"),
        (
            "$n.decode('0x1F') $n.decode('-017') $n.decode('#a') $n.bitCount(255) $n.reverse(1)",
            "31 -15 10 8 -2147483648",
        ),
        (
            "#set($l = 3000000000)$l.toHexString(255) $l.toString(5) $l.parseLong('zz', 36) $l.signum(-7)",
            "ff 5 1295 -1",
        ),
        ("$d.toString(3) $d.valueOf(2) $d.isFinite(1) $d.isInfinite(1.5)", "3.0 2.0 true false"),
        ("#set($b = true)$b.logicalAnd($b, false) $b.logicalXor($b, false) $b.compare(true, false)", "false true 1"),
        (
            "#set($c = $s.charAt(0))$c.isDigit($c) $c.isLetter($c) $c.toUpperCase($c) $c.getNumericValue($c) $c.charValue()",
            "false true A 10 a",
        ),
        ("$s.subSequence(1, 2) $s.contentEquals('abc') $s.codePointCount(0, 3) $s.codePointBefore(1)", "b true 3 97"),
        ("#set($m = {'k': 1})$m.remove('k', 2) $m.replace('k', 1, 5) $m.remove('k', 5) $m", "false true true {}"),
        ("#set($l = ['b', 'a'])$l.sort(null)$l $l.clone()", "[a, b] [a, b]"),
    ] {
        assert_eq!(of(source).as_deref(), Ok(expected), "{source}");
    }
    fails(&[
        "#set($n = 1)$n.parseInt('9', 8)",
        "#set($n = 1)$n.parseInt('', 8)",
        "#set($n = 1)$n.toString('a')",
        "#set($n = 1)$n.hashCode('a')",
        "#set($l = [1, 'a'])$l.sort(null)",
        "#set($m = {'k': 1})$m.keySet().add('z')",
        "#set($m = {'k': 1})$m.values().addAll([1])",
    ]);
    check(&[
        (
            "#set($a = {'k': 1})#set($b = {'k': 1})#set($e = $a.entrySet().iterator().next())$e.hashCode() $a.entrySet().equals($b.entrySet())",
            "106 true",
        ),
        (r#"#set($l = $util.parseJson('["a/b",1]'))$l.toJSONString()"#, r#"["a\/b",1]"#),
    ]);
}

/// Who gives the variable of a loop a default because its element is null gives it in vain.
#[test]
fn what_is_assigned_over_a_null_element_is_not_seen() {
    for (source, expected) in [
        (r#"#foreach($x in $input.path('$'))#if("$x" == "")#set($x = 'none')#end$x,#end"#, "1,,2,"),
        ("#foreach($x in $input.path('$'))#set($y = $x)#if($y == '')#set($y = 'none')#end$y,#end", "1,none,2,"),
        ("#set($x = 'o')#foreach($x in $input.path('$'))[$x]#foreach($x in [1,2])$x#end#end$x", "[1]12[][2]12o"),
        ("#foreach($x in $input.path('$'))#define($x)d#end$x#end|$x", "dd|"),
        ("#set($x = 'o')#foreach($x in $input.path('$'))#set($x = 9)#if($foreach.count == 2)#break#end#end$x", "o"),
    ] {
        assert_eq!(render(source, "[1,null,2]").as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn what_shows_a_map_changes_with_it() {
    let maps = "#set($m={'a':1,'b':2})#set($k=$m.keySet())#set($v=$m.values())#set($e=$m.entrySet())";
    for (source, expected) in [
        ("$!m.put('c', 3)$k $v $e", "[a, b, c] [1, 2, 3] [a=1, b=2, c=3]"),
        ("#set($m.a = 7)$v $e", "[7, 2] [a=7, b=2]"),
        ("$m.remove('a')$k $v.size()", "1[b] 1"),
        ("$k.remove('a') $v.remove(2) $m", "true true {}"),
        ("$k.retainAll(['b']) $m $k.clear()$m", "true {b=2} {}"),
        ("#foreach($x in $v)$x#set($m.b = 8)#end", "18"),
        ("#foreach($x in $k)$x#if($foreach.last)$!m.put('n', 1)#end#end", "ab"),
        ("#foreach($x in $e)$x.setValue(5)#end$m", "12{a=5, b=5}"),
    ] {
        assert_eq!(render(&format!("{maps}{source}"), "{}").as_deref(), Ok(expected), "{source}");
    }
    for source in ["#foreach($x in $k)$!m.put('n', 1)#end", "#foreach($x in $e)$m.remove('b')#end"] {
        assert!(render(&format!("{maps}{source}"), "{}").is_err(), "{source}");
    }
}

#[test]
fn formats_are_javas() {
    check(&[
        ("#set($s = '')$s.format('%2$s-%1$s-%<s-%s', 'a', 'b')", "b-a-a-a"),
        (
            "#set($s = '')[$s.format('%5d|%-5d|%05d|%+d|% d|%,d|%(d', 42, 42, 42, 42, 42, 1234567, -42)]",
            "[   42|42   |00042|+42| 42|1,234,567|(42)]",
        ),
        (
            "#set($s = '')$s.format('%.2f %.0f %.1f %08.3f %,.2f %f', 2.345, 2.5, 0.25, -1.5, 1234567.891, 1.0E10)",
            "2.35 3 0.3 -001.500 1,234,567.89 10000000000.000000",
        ),
        (
            "#set($s = '')$s.format('%e %.2E %g %.3g %g', 12345.678, 0.00012, 0.0001, 123456.0, 0.0)",
            "1.234568e+04 1.20E-04 0.000100000 1.23e+05 0.00000",
        ),
        (
            "#set($s = '')$s.format('%x %X %o %#x %h %c %C %b %.1b', 255, -1, 8, 255, 'a', 97, 97, $s, true)",
            "ff FFFFFFFF 10 0xff 61 a A true t",
        ),
        (
            "#set($s = '')$s.format('%10s|%-10s|%.2s|%S%n%%', 'abc', 'abc', 'abc', 'abc')",
            "       abc|abc       |ab|ABC\n%",
        ),
        (
            "#set($s = '')$s.format('%tFT%<tT.%<tLZ %<ta %<tb %<te', 1583348638390)",
            "2020-03-04T19:03:58.390Z Wed Mar 4",
        ),
    ]);
    for format in [
        "%",
        "%5",
        "%d', 1.5, '",
        "%f', 1, '",
        "%05s', 1, '",
        "%-d', 1, '",
        "%++d', 1, '",
        "%.2d', 1, '",
        "%q', 1, '",
        "%3$s', 1, '",
        "%<s', 1, '",
        "%tY', 5, '",
        "%99999d', 5, '",
    ] {
        fails(&[&format!("#set($s = '')$s.format('{format}')")]);
    }
}

#[test]
fn what_needs_backtracking_is_refused_by_name() {
    for (pattern, name) in [
        ("(?=a)", "lookahead"),
        ("(?<!a)b", "lookbehind"),
        ("(a)\\1", "a backreference"),
        ("a++", "a possessive quantifier"),
        ("(?>a)", "an atomic group"),
        ("[a&&b]", "an intersection of classes"),
    ] {
        let written = render(&format!("\n $nope.replaceAll('{pattern}', '')"), "{}").unwrap_err();
        assert!(
            written.starts_with("t:2:") && written.ends_with(&format!(": a regular expression with {name}")),
            "{written}"
        );
        let source = format!("#set($s='a')#set($p='{pattern}')$s.replaceAll($p, '')");
        assert_eq!(render(&source, "{}").unwrap_err(), format!("a regular expression with {name}"), "{pattern}");
    }
}

#[test]
fn what_must_match_as_a_whole_may_look_ahead() {
    for (pattern, text, expected) in [
        ("^(?!test).*$", "tester", "false"),
        ("^(?!test).*$", "a test", "true"),
        ("(?=.*[0-9])(?=.*[a-z]).{4,}", "abc1", "true"),
        ("(?=.*[0-9])(?=.*[a-z]).{4,}", "abcd", "false"),
    ] {
        let made = format!("#set($p = '{pattern}')");
        for call in [format!("matches('{pattern}')"), "matches($p)".to_owned()] {
            let source = format!("{made}#set($s = '{text}')$s.{call}");
            assert_eq!(render(&source, "{}").unwrap(), expected, "{pattern} {text}");
        }
        let body = format!("{{\"l\": [\"{text}\"]}}");
        let found = if expected == "true" { "1" } else { "0" };
        let source = format!("$input.path('$.l[?(@ =~ /{pattern}/)]').size()");
        assert_eq!(render(&source, &body).unwrap(), found, "{pattern} {text}");
    }
    // Searched for, they would have to look from everywhere; one is not taken for the other.
    let source = "#set($p = '^(?!b).*')#set($s = 'a')$s.matches($p)$s.replaceAll($p, 'x')";
    assert_eq!(render(source, "{}").unwrap_err(), "a regular expression with lookahead");
}

#[test]
fn input_and_util() {
    let body = r#"{"a":1,"b":"/x/","c":[1,2.50,{"d":null}],"e":{"f":"é–\u0001"},"g":1e21}"#;
    for (source, expected) in [
        ("$input.body.length()", "71"),
        ("$input.body.foo", ""),
        ("$input.json('$.a') $input.json('$.b') $input.json('$.c')", r#"1 "/x/" [1,2.5,{"d":null}]"#),
        ("$input.json('$.nope') $input.json('$.c[2].d')", r#""" """#),
        ("$input.json('$.e') $input.json('$.g')", r#"{"f":"é\u2013\u0001"} 1.0E21"#),
        (
            "$input.path('$.a') $input.path('$.b') $input.path('$.c').size() $input.path('$.c')",
            r#"1 /x/ 3 [1,2.5,{"d":null}]"#,
        ),
        ("$input.path('$.e.f').length() $input.path('$.nope')", "3 "),
        ("$input.path('$')['b']", "/x/"),
        ("$input.params()", "{path={id=7, both=path}, querystring={q=2, both=query}, header={x-a=first, both=header}}"),
        (
            "$input.params('id') $input.params('q') $input.params('X-A') $input.params('both') $input.params('nope')",
            "7 2 last path ",
        ),
        ("$util.escapeJavaScript(\"a'b/c\")", r"a\'b\/c"),
        ("$util.escapeJavaScript(5)", ""),
        ("$util.parseJson('{a:[1]}') $util.parseJson('null')", "{a=[1]} "),
        ("$util.urlEncode('a b~') $util.urlDecode('a+b%7E')", "a+b%7E a b~"),
        ("$util.base64Encode('é') $util.base64Decode('w6k') $util.base64Decode('w6k=')", "w6k= é é"),
        ("$stageVariables.v $stageVariables['v']", "x x"),
    ] {
        assert_eq!(render(source, body).as_deref(), Ok(expected), "{source}");
    }
    assert_eq!(render("$input.body $input.path('$.a')", "").as_deref(), Ok("{} "));
    assert_eq!(render("$input.json('$') [$input.path('$.a')]", "{broken").as_deref(), Ok("\"\" []"));
    fails(&[
        "$util.urlDecode('%2')",
        "$util.base64Decode('!')",
        "$util.parseJson('{a')",
        "$input.path('$[')",
        "$input.json('')",
    ]);
}

#[test]
fn whether_a_template_reads_the_body_is_known() {
    let reads = |source: &str| Template::parse("t", source).unwrap().reads_body();
    for source in [
        "$input.body",
        "$input.path('$')",
        "$input.json('$')",
        "#set($i = $input)",
        "\"$input.body\"",
        "#foreach($a in $input.path('$'))#end",
    ] {
        assert!(reads(source), "{source}");
    }
    for source in
        ["", "$input.params('a')", "$input.params().path.id $context.stage", "#[[ $input.body ]]#", "$inputs.body"]
    {
        assert!(!reads(source), "{source}");
    }
}

#[test]
fn errors_say_where() {
    let where_ = |source: &str| Template::parse("order.vtl", source).unwrap_err().to_string();
    assert_eq!(where_("a\n  #if(1 2)"), "order.vtl:2:9: `2` cannot stand here");
    assert_eq!(where_("é#set($x = )"), "order.vtl:1:12: `)` cannot stand here");
    assert_eq!(where_("#if(true)\n"), "order.vtl:2:1: the template ends too early");
}

/// Recorded with Velocity 1.7: it finds the method, and Java refuses to call it.
#[test]
fn a_method_without_parameters_cannot_be_called_with_any() {
    for call in [
        "'abc'.length(1)",
        "'abc'.trim('x')",
        "'abc'.toString(1)",
        "[1,2].size(1)",
        "[1].isEmpty(1, 2)",
        "{'a':1}.keySet(1)",
        "{'a':1}.clear('x')",
        "5.intValue(1)",
        "true.booleanValue(1)",
        "true.hashCode(1)",
    ] {
        let (object, method) = call.rsplit_once('.').unwrap();
        let source = format!("#set($v = {object})$v.{method}");
        let failed = Template::parse("t", &source).unwrap().render(&Input::default(), &Limits::default());
        assert!(failed.is_err(), "{call}");
    }
    for (call, expected) in [("'abc'.nothing(1)", ""), ("{'a':1}.get('b')", ""), ("'abc'.length()", "3")] {
        let (object, method) = call.rsplit_once('.').unwrap();
        let source = format!("#set($v = {object})$v.{method}");
        let rendered = Template::parse("t", &source).unwrap().render(&Input::default(), &Limits::default()).unwrap();
        assert_eq!(rendered.output, expected, "{call}");
    }
}

/// Recorded with Velocity 1.7.
#[test]
fn a_loop_without_a_list_fails_when_it_is_reached_and_big_numbers_have_a_modulus_of_their_own() {
    let rendered = |source: &str| {
        let template = Template::parse("t", source).unwrap();
        template.render(&Input::default(), &Limits::default()).ok().map(|rendered| rendered.output)
    };
    for (source, expected) in [
        ("#foreach($e)x#end", None),
        ("#foreach()x#end", None),
        ("#if(false)#foreach($e)x#end#end y", Some(" y")),
        ("#foreach($e in)x#end", Some("")),
        ("#set($x = -12345678901234567890 % 7)$x", Some("6")),
        ("#set($x = -5 % 12345678901234567890)$x", Some("12345678901234567885")),
        ("#set($x = 5 % -12345678901234567890)$x", None),
        ("#set($x = 12345678901234567890 % 0)$x", Some("")),
        ("#set($x = -5 % 3)$x", Some("-2")),
    ] {
        assert_eq!(rendered(source).as_deref(), expected, "{source}");
    }
}

/// Recorded with Velocity 1.7, whose node for `a * b` begins behind the operator, whose comments begin inside directives too (and are
/// refused there), and whose blocks are objects.
#[test]
fn backslashes_are_halved_before_a_directive_that_is_printed_as_it_stands() {
    check(&[
        (r"#literal()\#if \\\#set \#foo $a#end", r"#if \#set \#foo $a"),
        (r"#@x()\#end#end", r"#@x()#end#end"),
        (r"\#if(true) \#foo", r"#if(true) \#foo"),
        ("#literal()a#** b *#c#* d *#e#end", "a*#ce"),
    ]);
}

#[test]
fn corners_that_a_comparison_with_velocity_has_found() {
    let rendered = |source: &str| {
        let template = Template::parse("t", source).ok()?;
        template.render(&Input::default(), &Limits::default()).ok().map(|rendered| rendered.output)
    };
    for (source, expected) in [
        ("#set($d = 's' + 'a' * true)$d", Some("s true")),
        ("#set($d = 's' + 'a'*2*3)$d", Some("s3")),
        ("#set($d = 'a' * 3 + 'b')$d", Some(" 3 b")),
        ("#set($d = 's' + ('a' * true))$d", Some("s'a' * true")),
        ("#set($d = 's' + ( 'a' * true ))$d", Some("s 'a' * true ")),
        ("#set($d = 's' + 3 * (5 / 0))$d", Some("s (5 / 0)")),
        ("#set($d = 1.5 ##)\n)x", None),
        ("#if(true##)\n)a#end", None),
        ("#set($x = 1#)y", Some("y")),
        ("#if(true)#$a#end\n##c\nX", Some("#X")),
        ("#if(false)A#else#$a#end \n##c\n!", Some("#!")),
        ("#define($a)x#end$a.equals(1) $a.equals($a)", Some("false true")),
        ("#set($n = 12345678901234567890)$n.hashCode()", Some("-1436577082")),
        ("#set($n = -12345678901234567890)$n.hashCode()", Some("1436577082")),
    ] {
        assert_eq!(rendered(source).as_deref(), expected, "{source}");
    }
}
