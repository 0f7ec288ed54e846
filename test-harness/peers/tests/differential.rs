//! Random policies and requests, decided by ours and by cloud-copilot's iam-simulate: every disagreement has a reason.
//!
//! The other engine is a process: `npm install --prefix engines @cloud-copilot/iam-simulate@0.1.173` puts it where this
//! looks for it (or `$IAM_SIMULATE` says where it is); without it nothing is compared, and the test says so.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gatehouse_cli::policy::simulate::simulate;
use serde_json::{Value, json};

const CASES: u64 = 4000;
const API: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const EVE: &str = "arn:aws:iam::444455556666:user/eve";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-1";

const ACTIONS: [&str; 6] =
    ["*", "execute-api:Invoke", "EXECUTE-API:inv*", "execute-api:Inv?ke", "execute-api:ManageConnections", "s3:*"];

const RESOURCES: [&str; 9] = [
    "*",
    API,
    "arn:aws:execute-api:us-east-1:111122223333:abc/*/GET/*",
    "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/${aws:username}",
    "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/${aws:PrincipalTag/team, 'pets'}",
    "arn:aws:execute-api:us-*-1:1111222233??:abc/*",
    "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/*",
    "arn:aws:execute-api:us-east-1:444455556666:abc/*",
    "arn:aws:execute-api:us-west-1:111122223333:abc/*",
];

/// Operator, key, values.
const CONDITIONS: [(&str, &str, &str); 31] = [
    ("StringEquals", "aws:PrincipalTag/team", r#"["pets","cats"]"#),
    ("StringNotEquals", "aws:PrincipalTag/team", r#""pets""#),
    ("StringEqualsIfExists", "aws:PrincipalTag/team", r#""PETS""#),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", r#""PETS""#),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", r#""PETS""#),
    ("StringEquals", "aws:PrincipalTag/team", r#""${aws:username}""#),
    ("StringNotEquals", "aws:PrincipalTag/team", r#""${aws:username}""#),
    ("StringLike", "aws:UserAgent", r#"["*zilla*","curl/?.*"]"#),
    ("StringNotLike", "aws:UserAgent", r#""curl*""#),
    ("StringLikeIfExists", "aws:UserAgent", r#""*(X11)*""#),
    ("IpAddress", "aws:SourceIp", r#"["203.0.113.0/24","2001:db8::/32"]"#),
    ("NotIpAddress", "aws:SourceIp", r#""203.0.113.0/25""#),
    ("IpAddressIfExists", "aws:SourceIp", r#""203.0.113.7""#),
    ("Bool", "aws:SecureTransport", r#""true""#),
    ("Bool", "aws:SecureTransport", r#""false""#),
    ("BoolIfExists", "aws:SecureTransport", r#""true""#),
    ("NumericLessThan", "aws:MultiFactorAuthAge", r#""300""#),
    ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", r#""300""#),
    ("NumericNotEquals", "aws:MultiFactorAuthAge", r#""300""#),
    ("DateGreaterThan", "aws:CurrentTime", r#""2024-01-01T00:00:00Z""#),
    ("DateLessThanEquals", "aws:CurrentTime", r#""2024-01-01T00:00:00Z""#),
    ("ArnLike", "aws:SourceArn", r#""arn:aws:s3:::bucket-*""#),
    ("ArnNotEquals", "aws:SourceArn", r#""arn:aws:s3:::bucket-a""#),
    ("Null", "aws:PrincipalTag/team", r#""true""#),
    ("Null", "aws:PrincipalTag/team", r#""false""#),
    ("ForAllValues:StringEquals", "aws:TagKeys", r#"["a","b"]"#),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", r#"["c"]"#),
    ("ForAnyValue:StringEquals", "aws:TagKeys", r#"["a"]"#),
    ("ForAnyValue:StringLike", "aws:TagKeys", r#"["b*"]"#),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", r#"["a"]"#),
    ("ForAllValues:StringLikeIfExists", "aws:TagKeys", r#"["a*"]"#),
];

const KEYS: [(&str, &[&str]); 9] = [
    ("aws:PrincipalTag/team", &[r#""pets""#, r#""Pets""#, r#""*""#, r#""dogs""#]),
    ("aws:username", &[r#""pets""#, r#""ann""#]),
    ("aws:UserAgent", &[r#""Mozilla/5.0 (X11) zilla""#, r#""curl/8.1""#]),
    ("aws:SourceIp", &[r#""203.0.113.7""#, r#""203.0.113.200""#, r#""2001:db8::7""#, r#""192.0.2.1""#]),
    ("aws:SecureTransport", &[r#""true""#, r#""false""#]),
    ("aws:MultiFactorAuthAge", &[r#""299""#, r#""300""#, r#""3000""#]),
    ("aws:CurrentTime", &[r#""2023-12-31T23:59:59Z""#, r#""2024-06-01T00:00:00Z""#]),
    ("aws:SourceArn", &[r#""arn:aws:s3:::bucket-a""#, r#""arn:aws:s3:::bucket-b""#, r#""arn:aws:sns:::bucket-a""#]),
    ("aws:TagKeys", &[r#"["a"]"#, r#"["a","b"]"#, r#"["bc","c"]"#, r#"["d"]"#]),
];

const PRINCIPALS: [&str; 6] = [
    r#""*""#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/ann"}"#,
    r#"{"AWS":["arn:aws:iam::444455556666:user/eve","arn:aws:sts::111122223333:assumed-role/app/i-1"]}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/app"}"#,
    r#"{"AWS":"444455556666"}"#,
];

/// Where we decide otherwise, on purpose: why, and what each says. What is in here the random cases leave out, so that they
/// must agree in everything.
struct Difference {
    why: &'static str,
    policies: &'static str,
    principal: &'static str,
    context: &'static str,
    ours: &'static str,
    theirs: &'static str,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "IAM saves `*:*` (recorded by Moto), theirs refuses it",
        policies: r#"{"identity":[{"Statement":[{"Effect":"Allow","Action":["*:*"],"Resource":["*"]}]}]}"#,
        principal: ANN,
        context: "{}",
        ours: "Allowed",
        theirs: "error",
    },
    Difference {
        why: "in the version of 2008 `${` is two characters (User Guide, Version), theirs replaces it",
        policies: r#"{"identity":[{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/${aws:username}"]}]}]}"#,
        principal: ANN,
        context: r#"{"aws:username":"pets"}"#,
        ours: "ImplicitlyDenied",
        theirs: "Allowed",
    },
    Difference {
        why: "regions regard case in ours (not documented; the stricter), theirs folds it",
        policies: r#"{"identity":[{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":["arn:aws:execute-api:US-EAST-1:111122223333:abc/*"]}]}]}"#,
        principal: ANN,
        context: "{}",
        ours: "ImplicitlyDenied",
        theirs: "Allowed",
    },
    Difference {
        why: "an API's id may be a wildcard (API Gateway, control access), theirs forbids it in the first segment",
        policies: r#"{"identity":[{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":["arn:aws:execute-api:us-east-1:111122223333:*/prod/GET/pets"]}]}]}"#,
        principal: ANN,
        context: "{}",
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
    Difference {
        why: "a pattern whose variable has no value matches no resource, so NotResource matches (User Guide, variables)",
        policies: r#"{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"NotResource":["arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/${aws:username}"]}]}]}"#,
        principal: ANN,
        context: "{}",
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
    Difference {
        why: "inverted operators do match a variable without value (User Guide, variables)",
        policies: r#"{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"],"Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"${aws:username}"}}}]}]}"#,
        principal: ANN,
        context: r#"{"aws:PrincipalTag/team":"pets"}"#,
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
    Difference {
        why: "IfExists holds of an absent key, behind ForAnyValue too (not documented)",
        policies: r#"{"identity":[{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"],"Condition":{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":["a"]}}}]}]}"#,
        principal: ANN,
        context: "{}",
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
    Difference {
        why: "0.0.0.0/0 is every address of IPv4; theirs shifts by 32 bits and matches none",
        policies: r#"{"identity":[{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"],"Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}}]}]}"#,
        principal: ANN,
        context: r#"{"aws:SourceIp":"203.0.113.7"}"#,
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
    Difference {
        why: "a session that a resource policy names is not limited by its session policy's silence (User Guide, principal)",
        policies: r#"{"resource":[{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/app/i-1"},"Action":["*"],"Resource":["*"]}]}],"session":[{"Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}]}"#,
        principal: SESSION,
        context: "{}",
        ours: "Allowed",
        theirs: "ImplicitlyDenied",
    },
];

/// What was asked.
struct Case {
    text: String,
    ours: String,
    theirs: String,
}

/// Numbers that are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn in_ten(&mut self, times: usize) -> bool {
        self.below(10) < times
    }

    fn statement(&mut self, principal: bool) -> String {
        let effect = if self.in_ten(7) { "Allow" } else { "Deny" };
        let principal = match principal {
            true if self.in_ten(1) && effect == "Deny" => format!(r#""NotPrincipal":{},"#, self.one(&PRINCIPALS[2..])),
            true => format!(r#""Principal":{},"#, self.one(&PRINCIPALS)),
            false => String::new(),
        };
        let (not_action, not_resource) = (self.in_ten(1), self.in_ten(1));
        let (action, resource) = (self.one(&ACTIONS), self.one(&RESOURCES));
        let (a, r) = (if not_action { "Not" } else { "" }, if not_resource { "Not" } else { "" });
        let mut conditions = String::new();
        if self.in_ten(5) {
            let (operator, key, values) = CONDITIONS[self.below(CONDITIONS.len())];
            conditions = format!(r#","Condition":{{"{operator}":{{"{key}":{values}}}}}"#);
        }
        format!(
            r#"{{"Effect":"{effect}",{principal}"{a}Action":["{action}"],"{r}Resource":["{resource}"]{conditions}}}"#
        )
    }

    fn policy(&mut self, principal: bool) -> String {
        let version = "2012-10-17";
        let statements: Vec<_> = (0..=self.below(3)).map(|_| self.statement(principal)).collect();
        format!(r#"{{"Version":"{version}","Statement":[{}]}}"#, statements.join(","))
    }

    fn policies(&mut self, number: usize, principal: bool) -> String {
        let policies: Vec<_> = (0..number).map(|_| self.policy(principal)).collect();
        format!("[{}]", policies.join(","))
    }

    fn case(&mut self, id: u64) -> String {
        let caller = self.one(&["ann", "ann", "eve", "session", "nobody"]);
        let principal = match caller {
            "ann" => json!(ANN),
            "eve" => json!(EVE),
            "session" => json!(SESSION),
            _ => Value::Null,
        };
        let known = !principal.is_null();
        let maybe = |dice: &mut Self, times| usize::from(dice.in_ten(times));
        let identity = if known { self.below(3) } else { 0 };
        let identity = self.policies(identity, false);
        let boundary = if known { maybe(self, 2) } else { 0 };
        let boundary = self.policies(boundary, false);
        let session = if caller == "session" { maybe(self, 3) } else { 0 };
        // Both together are one of the differences.
        let resource = if session == 0 { maybe(self, 6) } else { 0 };
        let (session, resource) = (self.policies(session, false), self.policies(resource, true));
        let levels = if known && self.in_ten(2) { 1 + self.below(2) } else { 0 };
        let scp: Vec<_> = (0..levels).map(|_| self.policies(1, false)).collect();
        let mut context = Vec::new();
        for (key, values) in KEYS {
            // Its absence is one of the differences.
            if key == "aws:username" || self.in_ten(6) {
                context.push(format!("\"{key}\":{}", self.one(values)));
            }
        }
        format!(
            r#"{{"id":{id},"policies":{{"identity":{identity},"resource":{resource},"boundary":{boundary},"session":{session},"scp":[{}]}},"request":{{"principal":{principal},"action":"execute-api:Invoke","resource":"{API}","context":{{{}}}}}}}"#,
            scp.join(","),
            context.join(",")
        )
    }
}

fn engine() -> Option<PathBuf> {
    let folder = std::env::var_os("IAM_SIMULATE").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/engines")));
    folder.join("node_modules/@cloud-copilot/iam-simulate").is_dir().then_some(folder)
}

fn theirs(folder: &PathBuf, lines: &str) -> Vec<Value> {
    let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/engines/iam-simulate.mjs");
    let mut command = Command::new("node");
    command.arg(driver).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("node");
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("an answer");
    writer.join().expect("a thread").expect("a reader");
    answers(&output.stdout)
}

fn ours(lines: &str) -> Vec<Value> {
    let mut output = Vec::new();
    simulate(&mut lines.as_bytes(), &mut output, false).expect("nothing but memory");
    answers(&output)
}

fn answers(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn decision(answer: &Value) -> String {
    answer["decision"].as_str().map_or_else(|| format!("error: {}", answer["error"]), str::to_owned)
}

#[test]
fn random_cases_are_decided_as_iam_simulate_decides_them() {
    let Some(folder) = engine() else {
        eprintln!("iam-simulate is not installed: nothing was compared");
        return;
    };
    let mut dice = Dice(1);
    let texts: Vec<_> = (0..CASES).map(|id| dice.case(id)).collect();
    let lines = texts.join("\n") + "\n";
    let (ours, theirs) = (ours(&lines), theirs(&folder, &lines));
    assert_eq!((ours.len(), theirs.len()), (texts.len(), texts.len()));
    let cases = texts.into_iter().zip(&ours).zip(&theirs);
    let cases = cases.map(|((text, ours), theirs)| Case { text, ours: decision(ours), theirs: decision(theirs) });
    let unexplained: Vec<_> = cases.filter(|case| case.ours != case.theirs).collect();
    let shown: Vec<_> =
        unexplained.iter().take(20).map(|it| format!("ours {}, theirs {}: {}", it.ours, it.theirs, it.text)).collect();
    assert!(unexplained.is_empty(), "{} unexplained:\n{}", unexplained.len(), shown.join("\n"));
}

#[test]
fn every_disagreement_has_a_reason_and_is_still_one() {
    let Some(folder) = engine() else {
        eprintln!("iam-simulate is not installed: nothing was compared");
        return;
    };
    let line = |it: &Difference| {
        let Difference { policies, principal, context, .. } = it;
        let request = format!(
            r#"{{"principal":"{principal}","action":"execute-api:Invoke","resource":"{API}","context":{context}}}"#
        );
        format!("{{\"id\":0,\"policies\":{policies},\"request\":{request}}}\n")
    };
    let lines: String = DIFFERENCES.iter().map(line).collect();
    let (ours, theirs) = (ours(&lines), theirs(&folder, &lines));
    assert_eq!((ours.len(), theirs.len()), (DIFFERENCES.len(), DIFFERENCES.len()));
    for ((difference, ours), theirs) in DIFFERENCES.iter().zip(&ours).zip(&theirs) {
        assert_eq!(decision(ours), difference.ours, "ours: {}", difference.why);
        assert!(decision(theirs).starts_with(difference.theirs), "theirs, {}: {}", decision(theirs), difference.why);
    }
}
