use gatehouse_api::Place;

use super::*;

fn parse(text: &str) -> Result<(Tree, Files), String> {
    let mut files = Files::default();
    match files.parse(Path::new("api"), text.to_owned()) {
        Ok(tree) => Ok((tree, files)),
        Err(findings) => Err(findings.iter().map(|it| shown(it, text)).collect::<Vec<_>>().join("; ")),
    }
}

/// The message and the line of a finding, and the lines of what else it names.
fn shown(finding: &Finding, text: &str) -> String {
    let line = |at: At| text.get(..at.start).unwrap().matches('\n').count() + 1;
    let at = finding.at.map_or("-".into(), |at| line(at).to_string());
    let also: Vec<_> = finding.also.iter().map(|(at, what)| format!(" ({what}: {})", line(*at))).collect();
    format!("{at}: {}{}", finding.message, also.concat())
}

fn json(text: &str) -> String {
    serde_json::to_string(&parse(text).unwrap().0.node()).unwrap()
}

fn check(text: &str, expected: &str) {
    assert_eq!(json(text), expected, "{text}");
}

fn check_refused(text: &str, expected: &str) {
    match parse(text) {
        Err(found) => assert_eq!(found, expected, "{text:.300}"),
        Ok((tree, _)) => panic!("{text} is {tree:?}"),
    }
}

#[test]
fn json_and_yaml_give_the_same_tree() {
    let expected = r#"{"swagger":"2.0","paths":{"/a":{"get":{"responses":{"200":{}}}}},"x":[1,null,true]}"#;
    check(expected, expected);
    check("\u{feff}{\n\t\"swagger\": \"2.0\",\n\t\"x\": [\t]}", r#"{"swagger":"2.0","x":[]}"#);
    check("swagger: '2.0'\npaths:\n  /a:\n    get:\n      responses:\n        200: {}\nx: [1, ~, true]\n", expected);
}

#[test]
fn what_begins_as_json_may_be_yaml_in_flow_style() {
    check("{Resources: {A: {Type: 'b', Id: !Ref C}}}", r#"{"Resources":{"A":{"Type":"b","Id":{"Ref":"C"}}}}"#);
    check("{\"a\": 1, # one\n \"b\": [2, 3,],\n}", r#"{"a":1,"b":[2,3]}"#);
    check("[{a: 1}]\n", r#"[{"a":1}]"#);
    check_refused(
        "{\"a\": 1,\n \"b\" 2}",
        "2: this is not JSON: expected colon after the string or word in object property",
    );
    check_refused("{a: 1,\n a: 2}", "2: `a` is there twice (here first: 1)");
    check_refused("{a: !Sbu b}", "1: the tag `!Sbu` is none of CloudFormation's functions");
}

#[test]
fn yaml_scalars_are_what_aws_tools_see() {
    check(
        "Version: 2012-10-17\naccount: 012345678901\nid: !!str 12\nansi: yes\nn: 5\nempty:\n",
        r#"{"Version":"2012-10-17","account":"012345678901","id":"12","ansi":"yes","n":5,"empty":null}"#,
    );
    check("text: |\n  $input\n  .body\nfold: >-\n  a\n  b\n", r#"{"text":"$input\n.body\n","fold":"a b"}"#);
}

#[test]
fn lines_within_quotes_begin_anywhere() {
    check(
        "a:\n  b: { c: \"one \\\n two\n\nthree\", d: 'it''s\nso' }\ne: f",
        r#"{"a":{"b":{"c":"one two\nthree","d":"it's so"}},"e":"f"}"#,
    );
    check_refused("a:\n  b: \"é \nx\"\n  c: &x\n  b: 1", "5: `b` is there twice (here first: 2)");
    check_refused(
        "a: { b: \"c\n\nd",
        "1: this is not YAML: while scanning a quoted scalar, found unexpected end of stream",
    );
}

#[test]
fn short_forms_become_long_ones() {
    check(
        "uri: !Sub 'arn:${AWS::Region}'\na: !GetAtt F.Arn\nb: !If [C, !Ref A, !Ref AWS::NoValue]\nc: !Sub\n  - '${X}'\n  - X: 1\n",
        r#"{"uri":{"Fn::Sub":"arn:${AWS::Region}"},"a":{"Fn::GetAtt":["F","Arn"]},"b":{"Fn::If":["C",{"Ref":"A"},{"Ref":"AWS::NoValue"}]},"c":{"Fn::Sub":["${X}",{"X":1}]}}"#,
    );
    check_refused("a: !Sbu x\n", "1: the tag `!Sbu` is none of CloudFormation's functions");
}

#[test]
fn aliases_are_expanded_and_maps_merged() {
    check(
        "base: &base {a: 1, b: 2}\nx:\n  <<: *base\n  b: 3\ny: *base\n",
        r#"{"base":{"a":1,"b":2},"x":{"b":3,"a":1},"y":{"a":1,"b":2}}"#,
    );
    check_refused("a: &a [*a]\n", "1: this alias is within what it stands for");
    let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        format!("{text}a{level}: &a{level} [{}]\n", format!("*a{},", level - 1).repeat(10))
    });
    check_refused(&bomb, "6: the document is too large: 1000000 values are allowed");
}

#[test]
fn long_texts_that_are_aliased_often_are_refused() {
    let aliases = "*t, ".repeat(10_000);
    check_refused(
        &format!("t: &t {}\nl: [{aliases}]\n", "y".repeat(100_000)),
        "2: the document is too large: 1000000 values are allowed",
    );
}

#[test]
fn what_never_ends_is_not_read_to_its_end() {
    let findings = Files::default().read(Path::new("/dev/zero")).unwrap_err();
    assert_eq!(findings[0].message, "`/dev/zero` is too large: 16 MB are allowed");
}

#[test]
fn a_key_twice_is_refused_with_both_places_unless_it_says_the_same() {
    check_refused("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "3: `a` is there twice (here first: 1)");
    check_refused(
        "a: 1\nb: {c: 1, c: 2}\na: 3\n",
        "2: `c` is there twice (here first: 2); 3: `a` is there twice (here first: 1)",
    );
    check("a: {b: 1}\nc: 2\na: {b: 1}", r#"{"a":{"b":1},"c":2}"#);
}

#[test]
fn what_is_broken_is_named_with_its_line() {
    check_refused("{\n  \"a\": {\n    \"b\": 1,\n", "2: this is not JSON: unterminated object (the file ends here: 3)");
    check_refused("{\"a\": 1e999}", "1: `1e999` is no number that JSON can hold");
    check_refused("a: 1\nb: [1, 2\nc: 3\n", "3: this is not YAML: illegal placement of ':' indicator");
    check_refused("a: 1\n---\nb: 2\n", "2: a second document begins here: one document is expected");
    check_refused("", "-: the document is empty");
    check_refused("? [a]\n: 1\n", "1: a list or a map can't be a key");
    check_refused(&"[".repeat(90), "1: this is not JSON: unterminated array (the file ends here: 1)");
    check_refused(&"[".repeat(200), "1: nested too deep: 100 levels are allowed");
    check_refused(&format!("{}{}", "[".repeat(200), "]".repeat(200)), "1: nested too deep: 100 levels are allowed");
    check_refused(
        &format!("{}{}", "[".repeat(9000), "]".repeat(9000)),
        "1: this is not JSON: maximum nesting depth exceeded",
    );
    check_refused(&format!("a: {}1", "[".repeat(150)), "1: nested too deep: 100 levels are allowed");
}

#[test]
fn every_place_is_found_in_the_text() {
    let place = |text: &str, pointer: &str| {
        let (tree, _) = parse(text).unwrap();
        let at = tree.locate(&Place::at(pointer));
        text.get(at.start..at.end).unwrap().to_owned()
    };
    let yaml = "größe: 1\npaths:\n  /pets/{ä}:\n    get:\n      type: HTTP_PROXY # why\n      list:\n        - a\n        - b: c\n";
    assert_eq!(place(yaml, "/größe"), "1");
    assert_eq!(place(yaml, "/paths/~1pets~1{ä}"), "/pets/{ä}");
    assert_eq!(place(yaml, "/paths/~1pets~1{ä}/get/type"), "HTTP_PROXY");
    assert_eq!(place(yaml, "/paths/~1pets~1{ä}/get/list/0"), "a");
    assert_eq!(place(yaml, "/paths/~1pets~1{ä}/get/list/1/b"), "c");
    assert_eq!(place(yaml, "/paths/~1pets~1{ä}/get/missing/x"), "get");
    assert_eq!(place("{\"a\": {\"ü\": \"x\"}}", "/a/ü"), "\"x\"");
}

const YAML: &str = "# größe\na: &x {b: [1, 'c', \"d\\n\"], ? e : f}\ng: !Sub ${h}\ni:\n  - |\n    text\n  - <<: *x\n    j: >-\n      k\n      l\n";
const JSON: &str = "{\n\t\"größe\": [1.5e3, true, null, \"\\u00e4\\n\"],\n\t\"a\": {\"b\": {}}\n}\n";

#[test]
fn a_file_may_end_anywhere() {
    for text in [YAML, JSON] {
        for end in text.char_indices().map(|(at, _)| at) {
            check_places(text.get(..end).unwrap());
        }
    }
}

/// Whatever a text is, it is read or refused, and every place is within it.
fn check_places(text: &str) {
    let mut files = Files::default();
    match files.parse(Path::new("x"), text.to_owned()) {
        Ok(tree) => drop(files.position(tree.locate(&Place::at("/a/b/0"))).unwrap()),
        Err(findings) => {
            assert!(findings.iter().all(|it| it.at.is_none_or(|at| files.position(at).is_some())), "{text:?}");
            assert!(!crate::report::text(&findings, &files, false).is_empty());
        }
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_read_is_read_or_refused(
        (start, end) in (0..60_usize, 0..60_usize),
        noise in "[-a-z{}\\[\\]:,&*!|>'\"#%@`\\\\ \t\nä]{0,30}",
    ) {
        for text in [YAML, JSON] {
            let chars: Vec<char> = text.chars().collect();
            let (start, end) = (start.min(chars.len()), end.min(chars.len()));
            let mixed: String = chars.iter().take(start).copied().chain(noise.chars()).chain(chars.iter().skip(end).copied()).collect();
            check_places(&mixed);
        }
        check_places(&noise);
    }
}
