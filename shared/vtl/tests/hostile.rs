//! What somebody sends who means no good: it ends, soon, with an error.

#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

use gatehouse_vtl::{Input, Limits, RenderError, Template};

fn over(source: &str, body: &str) -> Result<usize, RenderError> {
    let input = Input { body: body.as_bytes(), ..Input::default() };
    Template::parse("t", source).unwrap().render(&input, &Limits::default()).map(|rendered| rendered.output.len())
}

#[test]
fn templates_that_nest_are_refused() {
    for (open, close) in [
        ("#if(true)", "#end"),
        ("#foreach($i in [1])", "#end"),
        ("#define($a)", "#end"),
        ("#literal()", "#end"),
        ("#macro(m)", "#end"),
        ("#@m()", "#end"),
        ("#set($x = [", "])"),
        ("#if((((((((((", ")"),
        ("#set($x = {'a':", "})"),
        ("$a.b($a.b(", ")"),
        ("$a[$b[", "]"),
        ("#if(!!!!!!", "true)"),
        ("#set($x = \"#if(true)", "\")"),
    ] {
        let deep = format!("{}{}", open.repeat(20_000), close.repeat(1_000));
        assert!(Template::parse("t", &deep).is_err(), "{open}");
    }
    assert!(Template::parse("t", &"[".repeat(400 << 10)).is_err());
    assert!(Template::parse("t", &format!("#set($x = {}1{})", "[".repeat(100_000), "]".repeat(100_000))).is_err());
    assert!(Template::parse("t", &format!("#set($x = {}1{})", "(".repeat(100_000), ")".repeat(100_000))).is_err());
    let half = "#set($x = \"$a".repeat(20);
    assert!(Template::parse("t", &half).is_err());
}

#[test]
fn long_things_that_do_not_nest_are_fine() {
    assert_eq!(over(&format!("$a{}", ".b".repeat(100_000)), "{}"), Ok(0));
    assert_eq!(over(&format!("#set($x = 1{})$x", " + 1".repeat(50_000)), "{}"), Ok(5));
    let many = format!("#if(false)a{}#end", "#elseif(false)b".repeat(15_000));
    assert_eq!(over(&many, "{}"), Ok(0));
    assert_eq!(over(&"\\".repeat(200_001), "{}"), Ok(200_001));
    assert_eq!(over(&format!("{}x", "$a$".repeat(3)), "{}"), Ok(2));
    assert_eq!(over(&"{".repeat(300 << 10), "{}"), Ok(300 << 10));
}

#[test]
fn looking_at_all_of_what_is_large_is_counted() {
    let body = format!("[{}1]", "1,".repeat(500_000));
    let rounds = |what: &str| {
        format!(
            "#set($l = $input.path('$'))#set($k = $l.clone())#set($s = 'ab')#foreach($i in [1..20])#set($s = $s + $s)#end#set($t = $s + '')#foreach($i in [1..1000])#foreach($j in [1..1000]){what}#end#end"
        )
    };
    for what in [
        "#if($l == $k)#end",
        "#if($l.hashCode() == 1)#end",
        "#if($l.equals($k))#end",
        "#if($l.contains(2))#end",
        "#if($s == $t)#end",
        "#if($s.format('%2$.0s%2$h', 1, $s) == '')#end",
    ] {
        assert_eq!(over(&rounds(what), &body), Err(RenderError::Steps), "{what}");
    }
    let twice = "#set($l = [1])#set($k = [1])#foreach($i in [1..100])#set($l = [$l, $l])#set($k = [$k, $k])#end";
    for what in ["#if($l == $k)#end", "$l.hashCode()", "$l.equals($k)", "$l.contains($k)"] {
        assert_eq!(over(&format!("{twice}{what}"), ""), Err(RenderError::Steps), "{what}");
    }
}

/// A path that compares each of many with what is large, in a body that nobody vouches for.
#[test]
fn what_a_filter_looks_at_again_is_counted() {
    let many = |what: &str, times: usize| vec![what; times].join(",");
    let (numbers, text) = (format!("[{}1]", "1,".repeat(200_000)), format!("\"{}\"", "1".repeat(1 << 20)));
    let large = "1".repeat(18_000);
    for (filter, each, all) in [
        ("@.x anyof $.all", "{\"x\":[]}", &numbers),
        ("@.x subsetof $.all", "{\"x\":[]}", &numbers),
        ("@.x in $.all", "{\"x\":\"2\"}", &numbers),
        ("$.all =~ /a/", "1", &numbers),
        ("$.all == ['a']", "1", &numbers),
        ("$.all contains @.x", "{\"x\":\"112\"}", &text),
        ("$.all size 3", "1", &text),
        ("$.all < $.again", "1", &text),
        ("$.all == $.again", "1", &text),
        ("@.x == $.all", "{\"x\":1}", &text),
        ("@.x in [$.all]", "{\"x\":1}", &text),
        ("$.all == $.again", "1", &numbers),
        ("$.all.sum() > @.x", "{\"x\":1}", &numbers),
        ("@.x == $.all", "{\"x\":\"1\"}", &large),
        ("@.x == $.all", "{\"x\":1}", &large),
        ("$.all =~ /a/", "1", &large),
    ] {
        let body = format!("{{\"l\":[{}],\"all\":{all},\"again\":{all}}}", many(each, 50_000));
        let source = format!("$input.path(\"$.l[?({filter})]\").size()");
        assert_eq!(over(&source, &body), Err(RenderError::Steps), "{filter}");
    }
    let body = format!("{{\"l\":[{}],\"all\":[{}]}}", many("{\"x\":\"a\"}", 1_000), many("\"b\"", 1_000));
    assert_eq!(over("$input.path('$.l[?(@.x in $.all)]').size()", &body), Ok(1));
}

#[test]
fn maps_that_are_looked_at_while_they_grow_are_fine() {
    let grown = "#set($m = {})#foreach($i in [1..1000])#if(!$m.keySet().contains($i))#set($m[$i] = $m.entrySet().size())#end#end$m.size()";
    assert_eq!(over(grown, "{}"), Ok(4));
    let many = format!("[{}]", vec!["{\"a\":1}"; 1000].join(","));
    assert_eq!(
        over("#foreach($x in $input.path('$'))#foreach($k in $x.keySet())$!x.put($k, 2)#end#end", &many),
        Ok(1000)
    );
}

#[test]
fn large_patterns_are_few() {
    let written =
        |pattern: &str, times: usize| (0..times).map(|it| pattern.replace("N", &it.to_string())).collect::<String>();
    for pattern in ["$s.matches('(aN?){500}')", "$input.path('$.a[?(@.b =~ /(aN?){500}/)]')"] {
        let wrong = Template::parse("t", &written(pattern, 1_000)).unwrap_err();
        assert!(wrong.reason.contains("too large together"), "{pattern}: {wrong}");
    }
    assert_eq!(over(&written("#set($x = $s.replaceAll('\\s+N', ''))", 1_000), "{}"), Ok(0));
    let made = |what: &str| {
        format!("#set($s = 'a')#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = {what})#end#end")
    };
    for what in ["$s.matches(\"(a?$i$j){500}\")", "$input.path(\"$.a[?(@.b =~ /(a?$i$j){500}/)]\")"] {
        assert_eq!(over(&made(what), "{\"a\":[{}]}"), Err(RenderError::Steps), "{what}");
    }
    let filters = vec!["@.a =~ /(a?){500}/"; 100].join("||");
    assert!(over("$input.path($input.path('$'))", &format!("\"$[?({filters})]\"")).is_err());
}

#[test]
fn searches_that_take_long_are_counted() {
    let grown = |doublings: u32, what: &str| {
        format!(
            "#set($s = 'aaaaaaaaaaaaaaaa')#foreach($i in [1..{doublings}])#set($s = $s + $s)#end#set($x = $s.{what})"
        )
    };
    for what in ["replaceAll('(a?){5000}b', '')", "matches('(a?){5000}')", "split('a{0,5000}b')"] {
        assert_eq!(over(&grown(12, what), "{}"), Err(RenderError::Steps), "{what}");
    }
    // What matches waits each time for what never comes.
    for what in ["replaceAll('a*b|a', '')", "replaceAll('a(.*b)?', '')", "split('a*b|a')"] {
        assert_eq!(over(&grown(12, what), "{}"), Err(RenderError::Steps), "{what}");
    }
    for what in ["replaceAll('a*b', '')", "replaceAll('b+|a', '')", "replaceAll('a(b+)?', '')", "split('a')"] {
        assert_eq!(over(&grown(12, what), "{}"), Ok(0), "{what}");
    }
    let body = format!("[\"{}\"]", "a".repeat(500_000));
    assert_eq!(over("$input.path('$[?(@ =~ /(a?){5000}b/)]')", &body), Err(RenderError::Steps));
}

#[test]
fn numbers_without_end_are_no_json() {
    let digits = "9".repeat(8 << 20);
    for body in [digits.clone(), format!("[-{digits}]"), format!("{{\"a\": 0.{digits}}}"), format!("1{digits}e5")] {
        assert_eq!(over("$input.path('$')", &body), over("$input.path('$')", "{"));
    }
    assert_eq!(over("$input.path('$')", &"9".repeat(19_000)), Ok(19_000));
}

#[test]
fn bodies_that_nest_are_no_json() {
    for bracket in ["[", "{a:", "[{a:"] {
        let body = bracket.repeat(2 << 20);
        assert_eq!(over("$input.json('$')", &body), Err(RenderError::Depth), "{bracket}");
    }
    assert!(over("$input.json('$')", &"[],".repeat(300_000)).is_ok());
    assert!(over("$input.json('$')", &format!("[{}", "[],".repeat(300_000))).is_ok());
    let keys: Vec<_> = (0..100_000).map(|key| format!("k{key}:1")).collect();
    assert!(over("$input.path('$').size()", &format!("{{{}}}", keys.join(","))).is_ok());
    assert!(over("$input.path('$..*..*..*..*')", &format!("{}1{}", "[".repeat(399), "]".repeat(399))).is_err());
}

#[test]
fn renders_that_grow_end() {
    for (source, expected) in [
        ("#set($s = 'ab')#foreach($i in [1..100])#set($s = $s + $s)#end", RenderError::Text),
        ("#set($s = 'ab')#foreach($i in [1..100])#set($s = \"$s$s\")#end", RenderError::Output),
        ("#set($s = 'ab')#foreach($i in [1..100])#set($s = $s.replace('a', 'aa'))#end", RenderError::Text),
        ("#set($s = 'ab')#foreach($i in [1..100])#set($s = $s.replaceAll('.', '$0$0$0'))#end", RenderError::Steps),
        ("#set($s = 'ab')$s.repeat(2147483647)", RenderError::Text),
        (
            "#set($s = 'ab')#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])x#end#end#end",
            RenderError::Steps,
        ),
        ("#set($l = [1])#foreach($i in [1..100])$l.addAll($l)#end", RenderError::Elements),
        ("#set($l = [])#foreach($i in [1..1000])#set($l = [$l])#end$l", RenderError::Depth),
        (
            "#set($l = [])#foreach($i in [1..1000])#set($l = [$l])#end#set($k = [])#foreach($i in [1..1000])#set($k = [$k])#end#if($l == $k)#end",
            RenderError::Depth,
        ),
        ("#set($m = {})#set($l = [$m])$m.put('l', $l)$m", RenderError::Depth),
        (
            "#set($n = 99999999999999999999)#foreach($i in [1..100])#set($n = $n * $n)#end",
            RenderError::Exception("a number of more than 65,536 bits".into()),
        ),
        ("#set($r = [1..2147483647])", RenderError::Elements),
        ("#foreach($i in [1..5000])#end", RenderError::Loops),
        ("#set($s = 'a')$s.format('%2147483647d%2147483647d%10000s', 1, 1, 1)", RenderError::Steps),
    ] {
        let result = over(source, "{}");
        match expected {
            // Which limit is met first is no promise.
            RenderError::Steps | RenderError::Text | RenderError::Output | RenderError::Elements
                if source.contains("format") =>
            {
                assert!(result.is_ok() || result.is_err());
            }
            RenderError::Steps | RenderError::Text | RenderError::Output | RenderError::Elements => {
                let limits = [RenderError::Steps, RenderError::Text, RenderError::Output, RenderError::Elements];
                assert!(result.as_ref().is_err_and(|error| limits.contains(error)), "{source}: {result:?}");
            }
            expected => assert_eq!(result, Err(expected), "{source}"),
        }
    }
}

#[test]
fn a_list_that_holds_itself_prints() {
    let input = Input::default();
    let render = |source: &str| Template::parse("t", source).unwrap().render(&input, &Limits::default());
    assert_eq!(render("#set($l = [1])#set($x = $l.add($l))$l").unwrap().output, "[1, (this Collection)]");
    assert_eq!(render("#set($m = {})#set($m.m = $m)$m").unwrap().output, "{m=(this Map)}");
    assert_eq!(
        render("#set($m = {})#set($m.m = $m)$m.hashCode()").map(|rendered| rendered.output),
        Err(RenderError::Depth)
    );
}

#[test]
fn patterns_take_linear_time() {
    let text = "a".repeat(20_000);
    for pattern in ["(a+)+b", "(a|a)*b", "(a|aa)+$b", "(.*)*x", "a{0,50}a{0,50}b"] {
        let source = format!("$input.body.matches('{pattern}') $input.body.replaceAll('{pattern}', '')");
        let _ = over(&source, &text);
    }
    let blocks: String = (0..100).map(|at| format!("#define($b{at})$b{next}$b{next}#end", next = at + 1)).collect();
    assert_eq!(over(&format!("{blocks}$b0"), "{}"), Err(RenderError::Depth));
}
