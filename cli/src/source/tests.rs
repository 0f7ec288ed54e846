//! Texts go in, trees or findings come out.

use gatehouse_api::Place;

use super::*;
use crate::report::{Format, print};

fn load(name: &str, text: &str) -> (Option<Value>, Problems, Sources) {
    let (mut sources, mut problems) = (Sources::default(), Problems::default());
    let value = sources.load_text(name, text, &mut problems);
    (value, problems, sources)
}

/// The tree as JSON, or the findings as `line:column message`.
fn shown(name: &str, text: &str) -> String {
    let (value, problems, sources) = load(name, text);
    if let Some(value) = value {
        assert!(!problems.has_errors());
        return serde_json::to_string(&value.to_node()).unwrap();
    }
    let lines = problems.all().iter().map(|found| {
        let position = found.position(&sources).unwrap();
        let labels = found.labels.iter().map(|(span, text)| {
            let position = crate::report::Position::of(*span, &sources).unwrap();
            format!("; {}:{} {text}", position.line, position.column)
        });
        format!("{}:{} {}{}", position.line, position.column, found.message, labels.collect::<String>())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn yaml_is_read_as_aws_means_it() {
    let check = |text: &str, expected: &str| assert_eq!(shown("api.yaml", text), expected, "{text}");
    check("a: 1\nb: [x, 2.5, true, ~]", r#"{"a":1,"b":["x",2.5,true,null]}"#);
    check("Version: 2012-10-17", r#"{"Version":"2012-10-17"}"#);
    check("accountId: 012345678901", r#"{"accountId":"012345678901"}"#);
    check("on: yes\noff: no\ny: n", r#"{"on":"yes","off":"no","y":"n"}"#);
    check("200: ok\n0200: x\ntrue: y\n~: z\n1.0: w", r#"{"200":"ok","0200":"x","true":"y","~":"z","1.0":"w"}"#);
    check("a: '1'\nb: \"true\"\nc: !!str 3\nd: ! 4", r#"{"a":"1","b":"true","c":"3","d":"4"}"#);
    check("a: |\n  #set($x = 1)\n  $x\nb: >-\n  one\n  two", r##"{"a":"#set($x = 1)\n$x\n","b":"one two"}"##);
    check("a: {b: [1, 2], c: d}", r#"{"a":{"b":[1,2],"c":"d"}}"#);
    check("a:\r\n  b: c\r\n", r#"{"a":{"b":"c"}}"#);
    check("\u{feff}a: é\nb: ü", r#"{"a":"é","b":"ü"}"#);
    check("%YAML 1.1\n---\na: b\n...", r#"{"a":"b"}"#);
    check("{a: b}", r#"{"a":"b"}"#);
    check("n: 123456789012345678901234567890", r#"{"n":"123456789012345678901234567890"}"#);
}

#[test]
fn aliases_and_merge_keys_are_written_out() {
    let check = |text: &str, expected: &str| assert_eq!(shown("api.yaml", text), expected, "{text}");
    check("a: &x {b: 1}\nc: *x", r#"{"a":{"b":1},"c":{"b":1}}"#);
    check("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", r#"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#);
    check(
        "a: &x {b: 1}\nc: &y {b: 2, e: 3}\nd: {<<: [*x, *y]}",
        r#"{"a":{"b":1},"c":{"b":2,"e":3},"d":{"b":1,"e":3}}"#,
    );
    check("a: &x [*x]", "1:8 the alias stands inside of what it stands for");
    check("a: {<<: 1}", "1:9 a number where `<<` expects a map, or a list of maps");
    check("a: *nobody", "1:4 this is not YAML: while parsing node, found unknown anchor");
}

#[test]
fn json_is_read_strictly() {
    let check = |text: &str, expected: &str| assert_eq!(shown("api.json", text), expected, "{text}");
    check("\t{\n\t\t\"a\": [1, -2.5e3, \"\\u00e9\", null, false]\n\t}\n", r#"{"a":[1,-2500.0,"é",null,false]}"#);
    check("{\"a\": 123456789012345678901234567890}", r#"{"a":"123456789012345678901234567890"}"#);
    check("{}", "{}");
    check("{\"a\": 1,}", "1:8 this is not JSON: trailing commas are not allowed");
    check("{\"a\": 1 \"b\": 2}", "1:8 this is not JSON: expected comma");
    check("{a: 1}", "1:2 this is not JSON: expected string for object property");
    check("{\"a\": 1} x", "1:10 this is not JSON: text cannot contain more than one JSON value");
    check("{\"a\": {\"b\": [1,\n", "1:16 the JSON is cut off: unterminated array; 1:13 opened here");
    check("{\"a\":", "1:6 the JSON is cut off: expected value after colon in object property");
    check("{\"a\": \"x", "1:7 this is not JSON: unterminated string literal");
}

#[test]
fn a_key_stands_once_in_a_map() {
    let expected = "3:1 `a` stands twice in the same map: only one of them would count; 1:1 it stands here already";
    assert_eq!(shown("api.yaml", "a: 1\nb: 2\na: 3\n"), expected);
    let expected = "1:9 `a` stands twice in the same map: only one of them would count; 1:2 it stands here already";
    assert_eq!(shown("api.json", r#"{"a": 1,"a": 3}"#), expected);
    let expected = "2:1 `200` stands twice in the same map: only one of them would count; 1:1 it stands here already";
    assert_eq!(shown("api.yaml", "200: x\n'200': y\n"), expected);
}

#[test]
fn what_is_hostile_ends_in_one_error() {
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + &close.repeat(n);
    let too_deep = "values are nested more than 128 deep";
    assert!(shown("a.json", &deep("[", "]", 300)).contains(too_deep));
    assert!(shown("a.json", &deep("[", "]", 200_000)).contains("nesting depth"));
    assert!(shown("a.json", &deep("{\"a\":", "}", 200_000)).contains("nesting depth"));
    assert_eq!(
        shown("a.yaml", &format!("a: {}", deep("[", "]", 200_000))),
        "1:259 this is not YAML: recursion limit exceeded"
    );
    assert!(shown("a.yaml", &deep("- ", "", 20_000)).contains("deep"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let aliases = format!("*a{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
    }
    assert!(shown("a.yaml", &bomb).contains("more than 1000000 values"), "{}", shown("a.yaml", &bomb));
    for text in ["", " \n", "# nothing\n"] {
        assert_eq!(shown("a.yaml", text), "1:1 the file is empty");
    }
    assert_eq!(shown("a.yaml", "a: 1\n---\nb: 2\n"), "2:1 the file holds a second YAML document: one is expected");
    assert_eq!(shown("a.yaml", "? [a]\n: b\n"), "1:3 a list where a key is expected");
    assert!(
        shown("a.yaml", "a: \"x\nb: c\n").starts_with("2:2 this is not YAML"),
        "{}",
        shown("a.yaml", "a: \"x\nb: c\n")
    );
    assert!(shown("a.yaml", "a:\n\tb: 1\n").contains("this is not YAML"));
}

#[test]
fn every_place_leads_back_to_the_file() {
    let text = "é: 1\npaths:\n  /pets/{id}:\n    get:\n      type: htpp\n      list: [1, 22]\n";
    let (value, _, sources) = load("api.yaml", text);
    let document = Document::new(&value.unwrap());
    let check = |pointer: &str, expected: &str| {
        let span = document.locate(&Place::at(pointer), &sources).unwrap();
        assert_eq!(&text[span.start..span.end], expected, "{pointer}");
    };
    check("", "é: 1");
    check("/é", "é: 1");
    check("/paths", "paths");
    check("/paths/~1pets~1{id}", "/pets/{id}");
    check("/paths/~1pets~1{id}/get/type", "type: htpp");
    check("/paths/~1pets~1{id}/get/list", "list: [1, 22]");
    check("/paths/~1pets~1{id}/get/list/1", "22");
    check("/paths/~1pets~1{id}/get/none/of/it", "get");
}

#[test]
fn a_finding_is_shown_with_its_lines() {
    let text = "openapi: 3.0.1\ninfo:\n  title: a\n  version: b\ninfo: x\n";
    let (_, problems, sources) = load("api.yaml", text);
    let show = |format| {
        let mut out = anstream::StripStream::new(Vec::new());
        print(&problems, &sources, format, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    };
    assert_eq!(
        show(Format::Text),
        "error: `info` stands twice in the same map: only one of them would count
 --> api.yaml:5:1
  |
4 |   version: b
5 | info: x
  | ^^^^
  |
 ::: api.yaml:2:1
  |
1 | openapi: 3.0.1
2 | info:
  | ---- it stands here already
3 |   title: a
  |

"
    );
    assert_eq!(
        show(Format::Json),
        r#"{"column":1,"file":"api.yaml","help":null,"line":5,"message":"`info` stands twice in the same map: only one of them would count","place":null,"related":[{"column":1,"file":"api.yaml","line":2,"text":"it stands here already"}],"severity":"error"}
"#
    );
}
