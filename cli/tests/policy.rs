//! `gatehouse policy`: decisions from lines, and what is said of a policy.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is a failed test")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const EVE: &str = "arn:aws:iam::444455556666:user/eve";
const API: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";

fn gatehouse(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output
}

/// What each line is answered with.
fn simulated(lines: &[String]) -> Vec<Value> {
    let output = gatehouse(&["policy", "simulate"], lines.join("\n").as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"))).collect()
}

fn statement(effect: &str, rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{rest}"Action":"*","Resource":"*"}}}}"#)
}

fn line(policies: &str, principal: &str, context: &str) -> String {
    let request = format!(
        r#"{{"principal":{principal},"action":"execute-api:Invoke","resource":"{API}","context":{context},"more":1}}"#
    );
    format!(r#"{{"id":"x","policies":{policies},"request":{request},"more":{{}}}}"#)
}

#[test]
fn every_kind_of_policy_is_looked_at() {
    let (allow, deny) = (statement("Allow", ""), statement("Deny", ""));
    let everybody = |effect| statement(effect, r#""Principal":"*","#);
    let (allow_all, deny_all) = (everybody("Allow"), everybody("Deny"));
    let (ann, eve) = (format!("\"{ANN}\""), format!("\"{EVE}\""));
    let other = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let deny_by_rcp = deny_all.replace("\"Action\":\"*\"", "\"Action\":\"execute-api:*\"");
    for (policies, principal, expected) in [
        ("{}".to_owned(), &ann, "ImplicitlyDenied"),
        ("null".to_owned(), &ann, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow}}}"#), &ann, "Allowed"),
        (format!(r#"{{"identity":[{allow}],"resource":null,"boundary":[]}}"#), &ann, "Allowed"),
        (format!(r#"{{"identity":[{allow},{deny}]}}"#), &ann, "ExplicitlyDenied"),
        // As texts, which is what AWS's own commands answer.
        (json!({"identity": allow}).to_string(), &ann, "Allowed"),
        (json!({"identity": [allow, deny], "scp": [[allow]]}).to_string(), &ann, "ExplicitlyDenied"),
        (format!(r#"{{"identity":{allow}}}"#), &eve, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"resource":{allow_all}}}"#), &eve, "Allowed"),
        (format!(r#"{{"identity":{allow},"boundary":{other}}}"#), &ann, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"session":{other}}}"#), &ann, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"vpce":{deny_all}}}"#), &ann, "ExplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"scp":[[{allow}],[{other}]]}}"#), &ann, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"scp":[[{allow}],[{other},{allow}]]}}"#), &ann, "Allowed"),
        (format!(r#"{{"identity":{allow},"scp":[[{allow}],[]]}}"#), &ann, "ImplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"rcp":[[{deny_by_rcp}]]}}"#), &ann, "ExplicitlyDenied"),
        (format!(r#"{{"identity":{allow},"scp":[[{other}]]}}"#), &"null".to_owned(), "Allowed"),
    ] {
        let answer = simulated(&[line(&policies, principal, "{}")]);
        assert_eq!(answer[0]["decision"], expected, "{policies} for {principal}: {answer:?}");
        assert_eq!(answer[0]["id"], "x");
    }
}

#[test]
fn a_principal_is_a_text_or_an_object() {
    let resource = |principal: &str| {
        let policy = statement("Allow", &format!(r#""Principal":{principal},"#));
        format!(r#"{{"resource":{policy}}}"#)
    };
    let federated = "arn:aws:sts::111122223333:federated-user/bob";
    let saml = "arn:aws:iam::111122223333:saml-provider/Okta";
    let session = statement("Allow", "");
    for (policies, principal, expected) in [
        (resource("\"*\""), "null".to_owned(), "Allowed"),
        (resource("\"*\""), "\"anonymous\"".into(), "Allowed"),
        (resource("\"*\""), r#"{"type":"Anonymous"}"#.into(), "Allowed"),
        (resource(&format!(r#"{{"AWS":"{ANN}"}}"#)), r#"{"type":"Anonymous"}"#.into(), "ImplicitlyDenied"),
        (resource(&format!(r#"{{"AWS":"{ANN}"}}"#)), "\"*\"".into(), "ImplicitlyDenied"),
        (resource(&format!(r#"{{"AWS":"{ANN}"}}"#)), format!("{{\"AWS\":\"{ANN}\"}}"), "Allowed"),
        (resource(r#"{"Service":"events.amazonaws.com"}"#), "\"events.amazonaws.com\"".into(), "Allowed"),
        (resource(r#"{"Service":"events.amazonaws.com"}"#), r#"{"Service":"events.amazonaws.com"}"#.into(), "Allowed"),
        (
            resource(r#"{"Federated":"accounts.google.com"}"#),
            r#"{"Federated":"accounts.google.com"}"#.into(),
            "Allowed",
        ),
        (resource(r#"{"CanonicalUser":"79a5"}"#), r#"{"CanonicalUser":"79a5"}"#.into(), "Allowed"),
        (
            resource(&format!(r#"{{"AWS":"{ANN}"}}"#)).replacen('{', &format!(r#"{{"session":{session},"#), 1),
            format!(r#"{{"AWS":"{federated}","user":"{ANN}"}}"#),
            "Allowed",
        ),
        (resource(&format!(r#"{{"AWS":"{ANN}"}}"#)), format!("{{\"AWS\":[\"{ANN}\"]}}"), "Allowed"),
        (
            resource(r#"{"Service":"events.amazonaws.com"}"#),
            r#"{"Service":["events.amazonaws.com"]}"#.into(),
            "Allowed",
        ),
        (resource(r#"{"Federated":"accounts.google.com"}"#), "\"accounts.google.com\"".into(), "Allowed"),
        (resource(r#"{"Federated":"graph.facebook.com"}"#), "\"accounts.google.com\"".into(), "ImplicitlyDenied"),
        (resource(&format!(r#"{{"Federated":"{saml}"}}"#)), format!("\"{saml}\""), "Allowed"),
        (resource(&format!(r#"{{"Federated":"{saml}"}}"#)), format!("\"{saml}2\""), "ImplicitlyDenied"),
    ] {
        let answer = simulated(&[line(&policies, &principal, "{}")]);
        assert_eq!(answer[0]["decision"], expected, "{policies} for {principal}: {answer:?}");
    }
}

/// Who asked for a federated user's session is not in its ARN: where nobody says it, the user of the same name did.
#[test]
fn a_federated_users_session_is_of_the_user_of_its_name_unless_it_is_told_of_whose() {
    let allow = statement("Allow", "");
    let named = statement("Allow", &format!(r#""Principal":{{"AWS":"{ANN}"}},"#));
    let policies = format!(r#"{{"resource":{named},"session":{allow}}}"#);
    let (ann, bob) = ("arn:aws:sts::111122223333:federated-user/ann", "arn:aws:sts::111122223333:federated-user/bob");
    for (principal, expected) in [
        (format!("\"{ann}\""), "Allowed"),
        (format!("\"{bob}\""), "ImplicitlyDenied"),
        (format!(r#"{{"AWS":"{bob}","user":"{ANN}"}}"#), "Allowed"),
        (format!(r#"{{"AWS":"{ann}","user":"arn:aws:iam::111122223333:user/bob"}}"#), "ImplicitlyDenied"),
    ] {
        let answer = simulated(&[line(&policies, &principal, "{}")]);
        assert_eq!(answer[0]["decision"], expected, "{principal}: {answer:?}");
    }
}

/// The ARN of a bucket has no account.
#[test]
fn a_resource_is_in_the_account_that_the_line_says() {
    let bucket = r#""arn:aws:s3:::bucket/key""#;
    let allow = statement("Allow", "");
    for (resource, context, expected) in [
        (bucket.to_owned(), "{}", "Allowed"),
        (bucket.to_owned(), r#"{"aws:ResourceAccount":"444455556666"}"#, "ImplicitlyDenied"),
        (format!(r#"{{"resource":{bucket},"accountId":"111122223333"}}"#), "{}", "Allowed"),
        (format!(r#"{{"resource":{bucket},"accountId":"444455556666"}}"#), "{}", "ImplicitlyDenied"),
        (
            format!(r#"{{"resource":{bucket},"accountId":"444455556666"}}"#),
            r#"{"AWS:resourceaccount":"111122223333"}"#,
            "Allowed",
        ),
    ] {
        let line = format!(
            r#"{{"policies":{{"identity":{allow}}},"request":{{"principal":"{ANN}","action":"s3:GetObject","resource":{resource},"context":{context}}}}}"#
        );
        let answer = simulated(&[line]);
        assert_eq!(answer[0]["decision"], expected, "{resource} {context}: {answer:?}");
    }
    let answer = simulated(&[r#"{"request":{"action":"s3:GetObject","resource":["x"]}}"#.to_owned()]);
    assert!(answer[0]["error"].as_str().unwrap().contains("`resource` is neither"), "{answer:?}");
}

/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp>
#[test]
fn control_policies_do_not_limit_service_linked_roles() {
    let (allow, deny) = (statement("Allow", ""), statement("Deny", ""));
    let deny_by_rcp =
        statement("Deny", r#""Principal":"*","#).replace("\"Action\":\"*\"", "\"Action\":\"execute-api:*\"");
    let linked =
        "arn:aws:iam::111122223333:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway";
    let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAPIGateway/x";
    let arn = format!(r#"{{"AWS:principalarn":"{linked}"}}"#);
    let other = linked.replace("aws-service-role", "aws-service-roles");
    for (principal, context, limited) in [
        (linked, "{}", false),
        (session, arn.as_str(), false),
        // A name alone says nothing: anybody may choose it.
        (session, "{}", true),
        (other.as_str(), "{}", true),
        (ANN, "{}", true),
    ] {
        for (control, denied) in [
            (format!(r#""scp":[[{deny}]]"#), "ExplicitlyDenied"),
            (r#""scp":[[]]"#.to_owned(), "ImplicitlyDenied"),
            (format!(r#""rcp":[[{deny_by_rcp}]]"#), "ExplicitlyDenied"),
        ] {
            let policies = format!(r#"{{"identity":{allow},{control}}}"#);
            let answer = simulated(&[line(&policies, &format!("\"{principal}\""), context)]);
            let expected = if limited { denied } else { "Allowed" };
            assert_eq!(answer[0]["decision"], expected, "{control} for {principal}: {answer:?}");
        }
    }
}

#[test]
fn a_context_has_values_and_lists_of_them() {
    for (condition, context, expected) in [
        (r#""StringEquals":{"aws:UserAgent":"curl"}"#, r#"{"AWS:useragent":"curl"}"#, "Allowed"),
        (r#""NumericLessThan":{"n":6}"#, r#"{"n":5.5}"#, "Allowed"),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, r#"{"aws:SecureTransport":true}"#, "Allowed"),
        (r#""ForAnyValue:StringEquals":{"aws:TagKeys":"b"}"#, r#"{"aws:TagKeys":["a","b"]}"#, "Allowed"),
        (r#""StringEquals":{"aws:TagKeys":"b"}"#, r#"{"aws:TagKeys":["a","b"]}"#, "ImplicitlyDenied"),
        (r#""NumericEquals":{"n":"12345678901234567890123"}"#, r#"{"n":12345678901234567890123}"#, "Allowed"),
        (r#""NumericEquals":{"n":"12345678901234567890124"}"#, r#"{"n":12345678901234567890123}"#, "ImplicitlyDenied"),
        (r#""StringEquals":{"n":1.0}"#, r#"{"n":1.0}"#, "Allowed"),
        (r#""StringEquals":{"n":1}"#, r#"{"n":1.0}"#, "ImplicitlyDenied"),
        (r#""NumericEquals":{"n":1}"#, r#"{"n":1.0}"#, "Allowed"),
        (r#""NumericEquals":{"n":1e3}"#, r#"{"n":1E+3}"#, "Allowed"),
        (r#""NumericGreaterThan":{"n":"1e20"}"#, r#"{"n":1e-07}"#, "ImplicitlyDenied"),
        (r#""NumericLessThan":{"n":0.001}"#, r#"{"n":1e-07}"#, "Allowed"),
        (r#""Null":{"a":"true"}"#, r#"{"a":null}"#, "Allowed"),
        (r#""Null":{"a":"true"}"#, "null", "Allowed"),
        // A list of one is one value, which a policy variable has; but for keys that may have several.
        (r#""StringEquals":{"a":"${aws:username}"}"#, r#"{"a":"x","aws:username":["x"]}"#, "Allowed"),
        (r#""StringEquals":{"a":"${my:tag}"}"#, r#"{"a":"x","my:tag":["x"]}"#, "Allowed"),
        (r#""StringEquals":{"a":"${my:tag}"}"#, r#"{"a":"x","my:tag":["x","y"]}"#, "ImplicitlyDenied"),
        (r#""StringEquals":{"a":"${aws:TagKeys}"}"#, r#"{"a":"x","AWS:tagkeys":["x"]}"#, "ImplicitlyDenied"),
        // Nothing is added: the name of the caller is not in here.
        (r#""Null":{"aws:username":"true"}"#, "{}", "Allowed"),
    ] {
        let policy = statement("Allow", &format!(r#""Condition":{{{condition}}},"#));
        let answer = simulated(&[line(&format!(r#"{{"identity":{policy}}}"#), &format!("\"{ANN}\""), context)]);
        assert_eq!(answer[0]["decision"], expected, "{condition} with {context}: {answer:?}");
    }
}

#[test]
fn what_decided_is_named() {
    let first = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"b","Effect":"Deny","Action":"s3:*","Resource":"*"},{"Sid":"c","Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let first = first.replace('\n', " ");
    let (allow, resource) = (statement("Allow", ""), statement("Deny", r#""Sid":"r","Principal":"*","#));
    let policies = format!(r#"{{"identity":[{allow},{first}],"resource":{resource},"scp":[[{allow}]]}}"#);
    let lines = [
        line(&policies, &format!("\"{ANN}\""), "{}"),
        line(&format!(r#"{{"identity":{allow}}}"#), &format!("\"{ANN}\""), "{}"),
        line("{}", &format!("\"{ANN}\""), "{}"),
    ];
    let matched = |set: &str, policy: u8, statement: u8, sid: Option<&str>| json!({"set": set, "policy": policy, "statement": statement, "sid": sid});
    let answers = simulated(&lines);
    assert_eq!(
        answers[0]["matched"],
        json!([matched("identity", 1, 2, Some("c")), matched("resource", 0, 0, Some("r"))])
    );
    assert_eq!(answers[1], json!({"id": "x", "decision": "Allowed", "matched": [matched("identity", 0, 0, None)]}));
    assert_eq!(answers[2], json!({"id": "x", "decision": "ImplicitlyDenied", "matched": []}));
}

#[test]
fn a_bad_line_is_answered_and_the_next_one_read() {
    let allow = statement("Allow", "");
    let ann = format!("\"{ANN}\"");
    let twice = allow.replacen("\"Effect\":\"Allow\"", "\"Effect\":\"Deny\",\"Effect\":\"Allow\"", 1);
    let good = line(&format!(r#"{{"identity":{allow}}}"#), &ann, "{}");
    let lines = [
        "not json".to_owned(),
        r#"{"id":7}"#.into(),
        line(r#"{"identity":{"Statement":[]}}"#, &ann, "{}"),
        line(&format!(r#"{{"identity":[{allow},{twice}]}}"#), &ann, "{}"),
        line(r#"{"scp":[[{"Statement":"x"}]]}"#, &ann, "{}"),
        line(r#"{"identity":7}"#, &ann, "{}"),
        line(r#"{"identity":"x"}"#, &ann, "{}"),
        line(&json!({"identity": twice}).to_string(), &ann, "{}"),
        line("{}", "\"nobody\"", "{}"),
        line("{}", "{}", "{}"),
        line("{}", &ann, r#"{"a":{}}"#),
        line("{}", &ann, r#"{"aws:UserAgent":"a","aws:useragent":"b"}"#),
        line("{}", &ann, r#"{"aws:UserAgent":"a","aws:UserAgent":"b"}"#),
        line("{}", r#"{"AWS":"*","Service":"lambda.amazonaws.com"}"#, "{}"),
        // By the order of their fields these would be a line and a request.
        format!(r#"[null,{{"action":"a:b","resource":"{API}"}}]"#),
        format!(r#"{{"id":7,"request":["{ANN}","a:b","{API}",{{}}]}}"#),
        r#"{"id":7,"policies":[null,null,null,null,null,null,null],"request":{}}"#.into(),
        format!(r#"{{"id":"x","policies":{{"identity":{}"#, "[".repeat(100_000)),
        String::new(),
        good,
    ];
    let answers = simulated(&lines);
    let expected = [
        (json!(null), "expected ident"),
        (json!(7), "missing field `request`"),
        (json!("x"), "identity[0]: /Statement: Syntax errors in policy. (0 statements)"),
        (json!("x"), "identity[1]: Syntax errors in policy. (duplicate key `Effect`"),
        (json!("x"), "scp[0][0]: /Statement: Syntax errors in policy."),
        (json!("x"), "identity[0]: Syntax errors in policy. (a number instead of an object)"),
        (json!("x"), "identity[0]: Syntax errors in policy. (expected value at line 1 column 1)"),
        (json!("x"), "identity[0]: Syntax errors in policy. (duplicate key `Effect`"),
        (json!("x"), "principal: `nobody` is not the ARN of"),
        (json!("x"), "principal: an object needs one of"),
        (json!("x"), "context: `a` is neither"),
        (json!("x"), "context: `aws:useragent` is there twice, or in another case, too"),
        (json!("x"), "context: `aws:UserAgent` is there twice, or in another case, too"),
        (json!("x"), "principal: an object with more than one of AWS, Service"),
        (json!(null), "invalid type: sequence, expected an object"),
        (json!(7), "invalid type: sequence, expected an object"),
        (json!(7), "invalid type: sequence, expected an object"),
        (json!(null), "EOF"),
    ];
    for (answer, (id, error)) in answers.iter().zip(&expected) {
        assert!(answer["id"] == *id && answer["error"].as_str().unwrap().starts_with(error), "{answer} is not {error}");
    }
    assert_eq!((answers.len(), &answers[18]["decision"]), (19, &json!("Allowed")));
    let output = gatehouse(&["policy", "simulate"], b"\xff\xfe\n{}\n");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 2);
}

/// Whoever asks looks its answers up by what it sent.
#[test]
fn an_id_comes_back_to_the_letter() {
    for id in ["null", "true", "-1", "1.50", "1e400", "12345678901234567890123", r#""\u00e9""#, r#"{"b": 1,"a":[2]}"#] {
        for rest in [r#""policies":{},"request":{"action":"a:b","resource":"*"}"#, r#""request":null"#] {
            let line = format!(r#"{{{rest},"id": {id} }}"#);
            let output = gatehouse(&["policy", "simulate"], line.as_bytes());
            let answer = String::from_utf8(output.stdout).unwrap();
            assert!(answer.contains(&format!(r#","id":{id}"#)), "{line}: {answer}");
        }
    }
}

#[test]
fn a_decision_is_explained_for_people() {
    let allow = statement("Allow", r#""Sid":"a","Condition":{"Bool":{"aws:SecureTransport":"true"}},"#);
    let lines = format!(
        "{}\nbroken\n",
        line(&format!(r#"{{"identity":{allow}}}"#), &format!("\"{ANN}\""), r#"{"aws:SecureTransport":false}"#)
    );
    let output = gatehouse(&["policy", "simulate", "--explain"], lines.as_bytes());
    let expected = "\"x\": ImplicitlyDenied: no statement of identity allows, and none of resource allows the caller
  identity[0]/Statement/0 (a) Allow: needs Bool of `aws:securetransport`, which does not hold
null: error: expected value at line 1 column 1
";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// Exit code, and what was said on standard error.
fn checked(name: &str, text: &str, args: &[&str]) -> (Option<i32>, String) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    let output = gatehouse(&[&["policy", "check", path.to_str().unwrap()], args].concat(), b"");
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_policy_is_checked_as_aws_checks_it() {
    let good = statement("Allow", "");
    assert_eq!(checked("good.json", &good, &[]), (Some(0), String::new()));
    let (code, text) = checked("refused.json", &good.replace("Allow", "allow"), &[]);
    assert!(code == Some(2) && text.contains("AWS says: The policy failed legacy parsing"), "{text}");
    assert!(text.contains("refused.json:1:"), "{text}");
    let (code, text) = checked("managed.json", &good.replace("2012", "2008"), &["--kind", "managed"]);
    assert!(code == Some(2) && text.contains("must be version 2012-10-17"), "{text}");
    let (code, text) = checked("truncated.json", "{", &["--format", "json"]);
    assert!(code == Some(2) && text.contains("\"severity\":\"error\""), "{text}");
    // Of a resource, for it names whom it is for: an authorizer's answer does not.
    let attached = statement("Allow", r#""Principal":"*","#);
    assert_eq!(checked("attached.json", &attached, &[]).0, Some(0));
    assert_eq!(checked("answer.json", &attached, &["--kind", "authorizer"]).0, Some(2));
    assert_eq!(gatehouse(&["policy", "check", "tests/nowhere.json"], b"").status.code(), Some(2));
}

#[test]
fn what_is_doubtful_in_a_policy_is_shown_where_it_stands() {
    let text = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/prod/get/pets",
    "Condition": {
      "IpAddress": {"AWS:SourceIp": ["192.0.2.0/24"]},
      "StringEquals": {"aws:TagKeys": "a"},
      "ForAllValues:StringEquals": {"aws:CalledVia": "a"}
    }
  }
}"#;
    let (code, text) = checked("doubtful.json", text, &["--format", "json"]);
    assert_eq!(code, Some(1), "{text}");
    let found: Vec<(u64, String)> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["line"].as_u64().unwrap(), line["message"].as_str().unwrap().to_owned()))
        .collect();
    let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [7, 9, 10, 11], "{found:?}");
    let (code, text) = checked("twice.json", r#"{"Statement": {"Effect": "Allow", "Effect": "Deny"}}"#, &[]);
    assert!(code == Some(2) && text.contains("`Effect` is there twice"), "{text}");
}

#[test]
fn help_shows_a_line_of_each_kind() {
    let help = |args: &[&str]| String::from_utf8(gatehouse(args, b"").stdout).unwrap();
    let simulate = help(&["policy", "simulate", "--help"]);
    let shown = |title: &str, end: &str| {
        let (_, text) = simulate.split_once(title).unwrap();
        text.split_once(end).unwrap().0.replace('\n', " ")
    };
    let [answer] = &simulated(&[shown("A line in:", "`identity`")])[..] else { panic!("{simulate}") };
    assert_eq!(*answer, serde_json::from_str::<Value>(&shown("A line out:", "The decision")).unwrap());
    assert!(help(&["policy", "check", "--help"]).contains("Examples:"));
}
