//! `$context`, overrides, JSON and JSONPath.

#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

use gatehouse_vtl::{Input, Limits, Overrides, RenderError, Rendered, Template};

fn render(source: &str, input: &Input<'_>) -> Rendered {
    Template::parse("t", source).unwrap().render(input, &Limits::default()).unwrap()
}

fn context() -> Vec<(&'static str, &'static str)> {
    vec![
        ("requestId", "r-1"),
        ("stage", "dev"),
        ("identity.sourceIp", "192.0.2.1"),
        ("identity.userAgent", "curl"),
        ("authorizer.principalId", "ann"),
        ("authorizer.claims.cognito:username", "ann"),
        ("httpMethod", "GET"),
    ]
}

#[test]
fn the_context_is_looked_up_by_name_and_told_in_javas_order() {
    let context = context();
    let input = Input { context: &context, ..Input::default() };
    for (source, expected) in [
        ("$context.stage $context.identity.sourceIp $context.nope.nope", "dev 192.0.2.1 "),
        ("$context['stage'] $context.get('stage') $context.authorizer.claims['cognito:username']", "dev dev ann"),
        ("[$context.identity] [$context.authorizer.claims] [$context.requestOverride]", "[] [] []"),
        (
            "#foreach($k in $context.keySet())$k #end",
            "requestOverride stage authorizer requestId identity responseOverride httpMethod ",
        ),
        ("#foreach($k in $context.identity.keySet())$k #end", "sourceIp userAgent "),
        ("#set($context.stage = 'x')$context.stage", "x"),
    ] {
        assert_eq!(render(source, &input).output, expected, "{source}");
    }
}

/// As templates in use have it: `$context.requestTimeEpoch / 1000` is when something ends, in seconds.
#[test]
fn the_time_of_the_request_is_a_number_and_all_else_of_the_context_text() {
    let context = vec![("requestTimeEpoch", "1583348638390"), ("accountId", "12"), ("authorizer.level", "3")];
    let input = Input { context: &context, ..Input::default() };
    for (source, expected) in [
        ("#set($s = $context.requestTimeEpoch / 1000)$s", "1583348638"),
        (
            "#set($end = $context.requestTimeEpoch / 1000 + 86400)$end $context.requestTimeEpoch",
            "1583435038 1583348638390",
        ),
        ("#set($c = $context)#set($s = $c.get('requestTimeEpoch') % 1000)$s", "390"),
        (
            "$context.requestTimeEpoch.toString().substring(0, 10) $context.requestTimeEpoch.longValue()",
            "1583348638 1583348638390",
        ),
        ("#set($a = $context.accountId + 1)#set($b = $context.authorizer.level + 1)$a $b", "121 31"),
    ] {
        assert_eq!(render(source, &input).output, expected, "{source}");
    }
}

/// Envoy has them in lower case, templates ask for them as clients write them.
#[test]
fn a_header_is_found_whatever_its_case() {
    let header = [("authorization", "a"), ("X-One", "1"), ("x-one", "2")];
    let input = Input { header: &header, querystring: &[("q", "v")], ..Input::default() };
    for (source, expected) in [
        ("$input.params().header.get('Authorization') $input.params().header.Authorization", "a a"),
        (
            "$input.params().get('header')['AUTHORIZATION'] $input.params().header.containsKey('Authorization')",
            "a true",
        ),
        (
            "$input.params().header.get('X-One') $input.params().header.get('x-one') $input.params().header",
            "1 2 {authorization=a, X-One=1, x-one=2}",
        ),
        ("[$input.params().querystring.get('Q')][$input.params().header.get('none')]", "[][]"),
        (
            "#set($h = $input.params().header)$!h.put('Authorization', 'b')$h.get('authorization') $h.Authorization",
            "a b",
        ),
    ] {
        assert_eq!(render(source, &input).output, expected, "{source}");
    }
    let many: Vec<(String, String)> = (0..40).map(|number| (format!("x-{number}"), number.to_string())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let input = Input { header: &many, ..Input::default() };
    assert_eq!(render("$input.params().header.get('X-33') $input.params().header.X-34", &input).output, "33 34");
}

#[test]
fn overrides_come_with_the_output() {
    let source = "#set($context.requestOverride.header.X-Amz-Target = 'a')#set($context.requestOverride.querystring.q = ['1','2'])\
        $context.requestOverride.path.put('id', 5)#set($context.responseOverride.header['X-B'] = 'b')\
        #set($context.responseOverride.status = 444)#set($context.responseOverride.custom = 'kept')done";
    let rendered = render(source, &Input::default());
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    let expected = Overrides {
        request_header: vec![one("X-Amz-Target", "a")],
        request_path: vec![one("id", "5")],
        request_querystring: vec![("q".into(), vec!["1".into(), "2".into()])],
        response_header: vec![one("X-B", "b")],
        status: Some(444),
        custom: vec![("custom".into(), "kept".into())],
    };
    assert_eq!(rendered.overrides, expected);
    // And to the response's template.
    let carried = Input { carried: Some(&rendered.overrides), ..Input::default() };
    let source =
        "$context.responseOverride.custom $context.responseOverride.status $context.responseOverride.header.X-B";
    let response = render(source, &carried);
    assert_eq!(response.output, "kept 444 b");
    assert_eq!((response.overrides.status, response.overrides.response_header.len()), (Some(444), 1));
    assert_eq!(render("", &carried).overrides.status, Some(444));
    for status in ["99", "600", "'x'", "4.5", "[]"] {
        let source = format!("#set($context.responseOverride.status = {status})");
        assert_eq!(render(&source, &Input::default()).overrides.status, None, "{status}");
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html>:
/// "If you try to override the same parameter multiple times, API Gateway returns a `5XX` response."
#[test]
fn a_parameter_is_overridden_once() {
    let twice = |one: &str, other: &str, input: &Input<'_>| {
        let source = format!("#set({one} = 'a')#set({other} = 'b')");
        Template::parse("t", &source).unwrap().render(input, &Limits::default())
    };
    let none = Input::default();
    for parameter in [
        "$context.requestOverride.header.X",
        "$context.requestOverride.path.p",
        "$context.requestOverride.querystring.q",
        "$context.responseOverride.header.X",
        "$context.responseOverride.status",
    ] {
        assert!(matches!(twice(parameter, parameter, &none), Err(RenderError::Exception(_))), "{parameter}");
        assert!(twice(parameter, &format!("{parameter}2"), &none).is_ok(), "{parameter}");
    }
    let [dotted, bracketed] = ["$context.requestOverride.header.X", "$context['requestOverride'].header['X']"];
    assert!(twice(dotted, bracketed, &none).is_err());
    // What is no parameter can change, and so can, once, what the request's template said of the response.
    assert!(twice("$context.responseOverride.custom", "$context.responseOverride.custom", &none).is_ok());
    let carried = render(
        "#set($context.responseOverride.status = 201)#set($context.responseOverride.custom = 1)\
        #set($context.responseOverride.header.X = 'x')#set($context.responseOverride.header.Y = 'y')",
        &none,
    );
    let after = Input { carried: Some(&carried.overrides), ..Input::default() };
    for parameter in ["$context.responseOverride.status", "$context.responseOverride.header.X"] {
        assert!(twice(parameter, parameter, &after).is_err(), "{parameter}");
    }
    let changed =
        render("#set($context.responseOverride.header.X = 'z')#set($context.responseOverride.status = 444)", &after);
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    assert_eq!(changed.overrides.response_header, [one("X", "z"), one("Y", "y")]);
    assert_eq!((changed.overrides.status, changed.overrides.custom.len()), (Some(444), 1));
}

#[test]
fn json_is_read_as_json_smart_reads_it() {
    for (body, expected) in [
        ("{statusCode: 200,, }", r#"{"statusCode":200}"#),
        ("{'statusCode: 200 }", "\"\""),
        ("[1,,2,]", "[1,2]"),
        ("{a:1}trailing", r#"{"a":1}"#),
        ("[1\u{1}, \u{2}true\u{0}, \u{1f}a\u{1}b\u{b}, 1.5\u{c}]", r#"[1,"true","a\u0001b",1.5]"#),
        ("true\u{0}", "true"),
        ("\u{0}", "\"\""),
        ("[007, -0, 1e2, 1.50, tru, 1 2, -, 1e]", r#"[7,0,100.0,1.5,"tru","1 2",0,"1e"]"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":NaN,"b":1e400}"#, r#"{"a":NaN,"b":null}"#),
        (
            "[2147483648, 9223372036854775808, 1234567890.12345678901]",
            "[2147483648,9223372036854775808,1234567890.12345678901]",
        ),
        (r#"["\u00e9\ud83d\ude00\x41\q", 'it\'s']"#, r#"["é😀A","it's"]"#),
        ("[1,2", "\"\""),
        ("}", "\"\""),
        ("plain text", "\"plain text\""),
    ] {
        let input = Input { body: body.as_bytes(), ..Input::default() };
        assert_eq!(render("$input.json('$')", &input).output, expected, "{body}");
    }
}

#[test]
fn paths_are_jayways() {
    let body = r#"{"store":{"book":[{"category":"ref","price":8.95,"isbn":"1"},{"category":"fic","price":12.99},{"category":"fic","price":8.99,"isbn":"3"}],"bike":{"color":"red","price":19.95}},"n":5,"x y":1}"#;
    let input = Input { body: body.as_bytes(), ..Input::default() };
    for (path, expected) in [
        ("$.n", "5"),
        ("n", "5"),
        ("bike", "\"\""),
        ("store.bike.color", "\"red\""),
        ("$['x y']", "1"),
        ("$[\"x y\"]", "1"),
        ("$.store.book[0].price", "8.95"),
        ("$.store.book[-1].price", "8.99"),
        ("$.store.book[9]", "\"\""),
        ("$.store.book[*].price", "[8.95,12.99,8.99]"),
        ("$..price", "[8.95,12.99,8.99,19.95]"),
        ("$.store.book[0:2].price", "[8.95,12.99]"),
        ("$.store.book[:1].price", "[8.95]"),
        ("$.store.book[-2:].price", "[12.99,8.99]"),
        ("$.store.book[0,2].price", "[8.95,8.99]"),
        ("$.store.bike['color','price']", r#"{"color":"red","price":19.95}"#),
        ("$.store.book[?(@.price < 10 && @.category=='fic')].price", "[8.99]"),
        ("$.store.book[?(@.isbn)].price", "[8.95,8.99]"),
        ("$.store.book[?(!@.isbn)].price", "[12.99]"),
        ("$.store.book[?(@.isbn==1)].price", "[8.95]"),
        ("$.store.book[?(@.category =~ /FI.*/i)].price", "[12.99,8.99]"),
        ("$.store.book[?(@['category'] in ['ref','x'])].price", "[8.95]"),
        ("$.store.book[?(@.price > $.n)].price", "[8.95,12.99,8.99]"),
        ("$.store.book[?(@.nope)]", "[]"),
        ("$.store.book.length()", "3"),
        ("$..price.max()", "19.95"),
    ] {
        let source = format!("$input.json('{}')", path.replace('\'', "''"));
        assert_eq!(render(&source, &input).output, expected, "{path}");
    }
    for path in ["", "$.", "$..", "$[", "$[?(", "$[?(@.a ==)]", "$['a", "$a", "$.a b", "$[::2]", "$[x]", "$.a.nope()"] {
        let template = Template::parse("t", &format!("$input.json('{}')", path.replace('\'', "''"))).unwrap();
        assert!(template.render(&input, &Limits::default()).is_err(), "{path}");
    }
}

/// Checked against Jayway 2.9, most of it against 2.0 too.
#[test]
fn filters_compare_and_functions_count_as_jayways() {
    let body = r#"{"l":[1,2,3,4,5],"s":["a","b"],"m":[[1,2],[3]],"b":"two","i":[
        {"id":1,"p":10.5,"c":"a","t":["x"],"y":true},{"id":"4","c":"b","t":["x","y"]},{"id":3,"c":"ab","t":[],"n":null}],
        "o":{"x":{"k":1},"y":{"k":2}}}"#;
    let input = Input { body: body.as_bytes(), ..Input::default() };
    for (path, expected) in [
        // A pattern is held against numbers and booleans as text.
        ("$.i[?(@.id =~ /[13]/)].c", r#"["a","ab"]"#),
        ("$.i[?(@.p =~ /10.*/)].c", r#"["a"]"#),
        ("$.i[?(@.y =~ /true/)].c", r#"["a"]"#),
        ("$.i[?(@.t =~ /y/)].c", r#"["b"]"#),
        ("$.i[?(/a/ =~ @.c)].id", "[1]"),
        ("$.i[?(@.n =~ /.+/)].id", "[]"),
        // Numbers and texts have no order; a number beside a text is what it is spelled like.
        ("$.i[?(@.id > 2)].c", r#"["ab"]"#),
        ("$.i[?(@.p > '5')].c", "[]"),
        ("$.i[?(@.c > 'a')].id", r#"["4",3]"#),
        ("$.i[?(@.id == 4)].c", r#"["b"]"#),
        ("$.i[?(@.id == 4.0)].c", "[]"),
        ("$.i[?(@.id == '3.0')].c", r#"["ab"]"#),
        ("$.i[?(@.id === 4)].c", "[]"),
        ("$.i[?(@.id !== 1)].c", r#"["b","ab"]"#),
        ("$.i[?(!@.c == 'a')].id", "[1]"),
        ("$.i[?(!(@.c == 'a'))].id", r#"["4",3]"#),
        ("$.i[?(!'a' == @.c)].id", r#"["4",3]"#),
        ("$.i[?(@.t == ['x','y'])].c", r#"["b"]"#),
        ("$.i[?(@.t != [\"x\"])].c", r#"["b","ab"]"#),
        ("$.i[?(@.t anyof ['y','z'])].c", r#"["b"]"#),
        ("$.i[?(@.t NONEOF ['y'])].c", r#"["a","ab"]"#),
        ("$.i[?(@.t subsetof ['x'])].c", r#"["a","ab"]"#),
        ("$.i[?(@.c IN $.s)].id", r#"[1,"4"]"#),
        ("$.i[?(@.c in 'abc')].id", "[]"),
        ("$.i[?(@.t size '2')].c", "[]"),
        ("$.i[?(@.t CONTAINS 'y')].c", r#"["b"]"#),
        // Functions, in filters too.
        ("$.i[?(@.t.length() > 0)].c", r#"["a","b"]"#),
        ("$.i[?(@.id < $.l.length())].c", r#"["a","ab"]"#),
        ("$.b.length()", "\"\""),
        ("$.i[*].t.length()", "[1,2,0]"),
        ("$.l[*].length()", "[null,null,null,null,null]"),
        ("$..t.length()", "3"),
        ("$.m[*].sum()", "[3.0,3.0]"),
        ("$..k.sum()", "3.0"),
        ("$.l.stddev()", "1.4142135623730951"),
        ("$.o.*.keys()", r#"[["k"],["k"]]"#),
        // Of two ends of a slice each is an index by itself.
        ("$.l[0:-1]", "[]"),
        ("$.l[:-1]", "[1,2,3,4]"),
        ("$.l[-3:-1]", "[3,4]"),
        ("$.l[-9:2]", "[1,2,3,4,5,1,2]"),
        ("$.l[-9:]", "[1,2,3,4,5]"),
        // Behind several names a path leads to several values.
        ("$.o['x','y'].k", "[1,2]"),
        ("$.o['x','z'].k", "[1]"),
        ("$.o['x','y']", r#"{"x":{"k":1},"y":{"k":2}}"#),
    ] {
        let source = format!("$input.json('{}')", path.replace('\'', "''"));
        assert_eq!(render(&source, &input).output, expected, "{path}");
    }
    for path in ["$.l[*].sum()", "$.s.sum()"] {
        let template = Template::parse("t", &format!("$input.json('{path}')")).unwrap();
        assert!(template.render(&input, &Limits::default()).is_err(), "{path}");
    }
}
