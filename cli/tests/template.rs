//! `gatehouse template render`, as somebody would run it.

#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn gatehouse(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_line_is_answered() {
    let lines = r##"{"template": "$input.json('$.a') $input.params('id') $context.stage $stageVariables.v", "body": "{\"a\": 1.50}", "params": {"path": {"id": 7}}, "context": {"stage": "prod"}, "stageVariables": {"v": "x"}}
{"template": "#if(true)"}
{"template": "$input.body.substring(9)", "body": "abc"}
{"template": "$input.params()", "params": {"querystring": {"z": "1", "a": ["2", "3"]}}}
nonsense
[]
{"template": "$input.body", "body": "\ud83d"}
{"template": "x", "params": []}
"##;
    let output = gatehouse(&["template", "render"], lines);
    let expected = r#"{"out":"1.5 7 prod x"}
{"error":"template:1:10: the template ends too early"}
{"error":"an index out of a string's bounds"}
{"out":"{path={}, querystring={z=1, a=3}, header={}}"}
{"error":"the line is no JSON object"}
{"error":"the line is no JSON object"}
{"error":"the body is no text: unexpected end of hex escape at line 1 column 8"}
{"error":"`params` is no object at line 1 column 31"}
"#;
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_line_may_hold_json_where_text_is_meant() {
    let lines = r##"{"template": "$context.identity.sourceIp $context.authorizer.claims.sub $context.stage", "context": {"identity": {"sourceIp": "192.0.2.1"}, "authorizer": {"claims": {"sub": 7}}, "stage": "prod"}}
{"template": "$input.body $input.json('$.b')", "body": {"b": 1.50, "a": 2}}
{"template": "$input.body", "body": null, "params": null, "context": null, "stageVariables": null, "id": 1}
{"template": "$context.requestOverride.path.body $context.responseOverride.status $context.responseOverride.custom", "context": {"requestOverride": {"path": {"body": "{}"}}, "responseOverride.status": 444, "responseOverride": {"custom": "c"}}}
{"template": "[$context.identity.user$input.params('a')]#set($s = $context.requestTimeEpoch / 1000)$s", "params": {"header": {"a": null}}, "context": {"identity": {"user": null}, "requestTimeEpoch": 1583348638390}}
"##;
    let output = gatehouse(&["template", "render"], lines);
    let expected = r#"{"out":"192.0.2.1 7 prod"}
{"out":"{\"b\": 1.50, \"a\": 2} 1.5"}
{"out":"{}"}
{"out":"{} 444 c"}
{"out":"[]1583348638"}
"#;
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn a_file_is_rendered_with_a_request() {
    let template = file(
        "order.vtl",
        "#set($context.responseOverride.status = 201)$input.path('$.id') $input.params('id') $input.params('X-A') $context.identity.sourceIp $stageVariables.v",
    );
    let body = file("order.json", r#"{"id": "o-1"}"#);
    let output = gatehouse(
        &[
            "template",
            "render",
            template.to_str().unwrap(),
            "--body",
            body.to_str().unwrap(),
            "--param",
            "id=7",
            "--header",
            "x-a=b",
            "--context",
            "identity.sourceIp=192.0.2.1",
            "--variable",
            "v=x=y",
        ],
        "",
    );
    let expected = "o-1 7 b 192.0.2.1 x=y\n# $context.responseOverride.status = 201";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    let wrong = file("wrong.vtl", "a\n #if(1 2)");
    let output = gatehouse(&["template", "render", wrong.to_str().unwrap()], "");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("wrong.vtl:2:8: `2` cannot stand here"), "{text}");
    assert_eq!(gatehouse(&["template", "render", "tests/nowhere.vtl"], "").status.code(), Some(2));
    assert_eq!(gatehouse(&["template", "render", "--body", "x"], "").status.code(), Some(2));
}

#[test]
fn a_watched_file_is_rendered_again_when_it_changes() {
    let template = file("watched.vtl", "one");
    let mut child = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["template", "render", "--watch", template.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next();
    // Written under another name: a half-written file is nobody's template.
    let next = file("watched.next", "two");
    fs::rename(next, &template).unwrap();
    let second = lines.next();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((first.unwrap().unwrap(), second.unwrap().unwrap()), ("one".into(), "two".into()));
}

#[test]
fn help_shows_a_line() {
    let help = String::from_utf8(gatehouse(&["template", "render", "--help"], "").stdout).unwrap();
    assert!(help.contains("{\"template\": \"$input.json"), "{help}");
}
