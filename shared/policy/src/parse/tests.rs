//! What AWS refuses to save, and in which words; what it accepts although it looks odd.
//!
//! Sources: "recorded" are the errors that Moto's tests recorded from `CreatePolicy`
//! (<https://github.com/getmoto/moto>, `tests/test_iam/test_iam_policies.py`); "seen" is what `PutRolePolicy` and
//! `CreatePolicy` answered others in 2026 (<https://github.com/badmintoncryer/cdk-preflight>, `rules/iam`, and whoever ran
//! into it); "grammar" and "AA" the IAM User Guide's pages on the grammar and on Access Analyzer's checks; "organizations"
//! and "API Gateway" those services' guides.

use super::*;

/// The path and message of what AWS would report first; nothing if it would save the document.
fn first(text: &str, kind: PolicyKind) -> Option<(String, String)> {
    let invalid = Policy::parse(text, kind).err()?.into_iter().next().unwrap();
    Some((invalid.path, invalid.message.into_owned()))
}

/// A document of one statement that allows `s3:ListBucket`, with some elements added or replaced.
fn document(elements: &str) -> String {
    let mut all = String::new();
    for (name, default) in
        [("Effect", "\"Allow\""), ("Action", "\"s3:ListBucket\""), ("Resource", "\"arn:aws:s3:::b\"")]
    {
        if !elements.contains(&format!("{name}\":")) {
            all += &format!("\"{name}\": {default}, ");
        }
    }
    // `-Name` leaves an element out.
    let dropped = ["Effect", "Action", "Resource"].into_iter().find(|name| elements.contains(&format!("-{name}")));
    if let Some(name) = dropped {
        let kept: Vec<_> = all.split_inclusive(", ").filter(|part| !part.starts_with(&format!("\"{name}\""))).collect();
        all = kept.concat();
    }
    let elements = elements.split(" -").next().unwrap_or_default();
    format!(r#"{{"Version": "2012-10-17", "Statement": {{{}}}}}"#, (all + elements).trim_end_matches(", "))
}

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const VENDOR: &str = "Resource vendor must be fully qualified and cannot contain regexes.";
const NOT_ALPHANUMERIC: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                                expression [0-9A-Za-z]*";
const WILD_VENDOR: &str = crate::action::WILD_VENDOR;
const PREFACED: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

#[test]
fn whole_documents_that_create_policy_refuses() {
    let statement = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}"#;
    let doubled = r#"[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow"}]"#;
    for (text, path, message, source) in [
        ("not json".to_owned(), "", SYNTAX, "recorded"),
        ("[]".to_owned(), "", SYNTAX, "grammar"),
        ("\u{feff}{}".to_owned(), "", SYNTAX, "iam.md 8.9"),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), "/Statement", SYNTAX, "recorded"),
        (r#"{"Version":"2012-10-17","Statement":null}"#.to_owned(), "/Statement", SYNTAX, "iam.md 8.9"),
        (r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(), "/Statement", SYNTAX, "recorded"),
        (r#"{"Version":"2012-10-17","Statement":["x"]}"#.to_owned(), "/Statement/0", SYNTAX, "recorded"),
        (format!(r#"{{"Version":"2013-10-17","Statement":{statement}}}"#), "/Version", SYNTAX, "recorded"),
        (format!(r#"{{"Version":2012,"Statement":{statement}}}"#), "/Version", SYNTAX, "grammar"),
        (format!(r#"{{"version":"2012-10-17","Statement":{statement}}}"#), "/version", SYNTAX, "grammar"),
        (format!(r#"{{"Version":"2012-10-17","Id":{{}},"Statement":{statement}}}"#), "/Id", SYNTAX, "recorded"),
        (format!(r#"{{"Version":"2012-10-17","X":"","Statement":{statement}}}"#), "/X", SYNTAX, "recorded"),
        (
            format!(r#"{{"Version":"2012-10-17","Statement":{statement},"Statement":{statement}}}"#),
            "",
            SYNTAX,
            "grammar: keys stand once",
        ),
        (
            format!(r#"{{"Statement":{statement}}}"#),
            "/Version",
            "Policy document must be version 2012-10-17 or greater.",
            "recorded",
        ),
        (
            format!(r#"{{"Version":"2008-10-17","Statement":{statement}}}"#),
            "/Version",
            "Policy document must be version 2012-10-17 or greater.",
            "recorded",
        ),
        (
            format!(r#"{{"Version":"2012-10-17","Statement":{doubled}}}"#),
            "/Statement/1/Sid",
            "Statement IDs (SID) in a single policy must be unique.",
            "recorded: before missing actions",
        ),
        (
            format!(r#"{{"Statement":{doubled}}}"#),
            "/Version",
            "Policy document must be version 2012-10-17 or greater.",
            "recorded: before ids",
        ),
    ] {
        let expected = Some((path.to_owned(), message.to_owned()));
        assert_eq!(first(&text, PolicyKind::Managed), expected, "{source}: {text}");
    }
}

#[test]
fn statements_that_create_policy_refuses() {
    for (elements, path, message, source) in [
        (r#""X": 1"#, "/X", SYNTAX, "recorded"),
        (r#""effect": "Allow" -Effect"#, "/effect", SYNTAX, "grammar: names regard case"),
        (r#""Sid": "x" -Effect"#, "", SYNTAX, "recorded"),
        (r#""Sid": "a_b-c""#, "/Sid", NOT_ALPHANUMERIC, "grammar"),
        (r#""Effect": "invalid""#, "/Effect", SYNTAX, "recorded"),
        (r#""Effect": "denY""#, "/Effect", LEGACY, "recorded"),
        (r#""Effect": ["Allow"]"#, "/Effect", SYNTAX, "grammar"),
        (r#""Sid": []"#, "/Sid", SYNTAX, "recorded"),
        (r#""Action": {}"#, "/Action", SYNTAX, "recorded"),
        (r#""Action": [[]]"#, "/Action/0", SYNTAX, "recorded"),
        (r#""Action": "s3:A", "NotAction": "s3:B""#, "/NotAction", SYNTAX, "recorded"),
        (r#""Action": [], "NotAction": "s3:B""#, "/NotAction", SYNTAX, "recorded"),
        (r#""Resource": "*", "NotResource": []"#, "/NotResource", SYNTAX, "recorded"),
        (r#""Resource": {"a": "arn:aws:s3:::b"}"#, "/Resource", SYNTAX, "recorded"),
        (r#""Resource": ["x", {}]"#, "/Resource/1", SYNTAX, "recorded"),
        (r#""Condition": []"#, "/Condition", SYNTAX, "recorded"),
        (r#""Condition": "a""#, "/Condition", SYNTAX, "recorded"),
        (r#""Condition": {"a": "b"}"#, "/Condition/a", SYNTAX, "recorded"),
        (r#""Condition": {"Bool": []}"#, "/Condition/Bool", SYNTAX, "recorded"),
        (r#""Condition": {"Bool": {"a": {}}}"#, "/Condition/Bool/a", SYNTAX, "recorded"),
        (r#""Condition": {"Bool": {"a": null}}"#, "/Condition/Bool/a", SYNTAX, "grammar"),
        (r#""Condition": {"Bool": {"a/b": [true, null]}}"#, "/Condition/Bool/a~1b/1", SYNTAX, "grammar"),
        (r#""Condition": {"x": {"a": "1"}}"#, "/Condition/x", SYNTAX, "recorded"),
        (r#""Condition": {"stringEquals": {"a": "1"}}"#, "/Condition/stringEquals", SYNTAX, "recorded"),
        (r#""Condition": {"ForAnyValue::Bool": {"a": "1"}}"#, "/Condition/ForAnyValue::Bool", SYNTAX, "recorded"),
        (r#""Condition": {"NullIfExists": {"a": "true"}}"#, "/Condition/NullIfExists", SYNTAX, "seen"),
        (r#""Condition": {"Bool": {"a:b": "true", "A:B": "true"}}"#, "/Condition/Bool/A:B", SYNTAX, "AA"),
        (r#""Condition": {"Bool": {"a": "maybe"}}"#, "/Condition/Bool/a", SYNTAX, "AA"),
        (r#""Condition": {"IpAddress": {"a": ["::/0", "1.2.3.4/33"]}}"#, "/Condition/IpAddress/a/1", LEGACY, "seen"),
        (r#""Condition": {"IpAddress": {"a": "10.0.0.0/8 "}}"#, "/Condition/IpAddress/a", LEGACY, "seen"),
        (r#""Condition": {"NumericEquals": {"a": "10abc"}}"#, "/Condition/NumericEquals/a", LEGACY, "seen"),
        (r#""Condition": {"NumericLessThan": {"a": [1, " 10"]}}"#, "/Condition/NumericLessThan/a/1", LEGACY, "seen"),
        (r#""Condition": {"BinaryEquals": {"a": "YWJj=="}}"#, "/Condition/BinaryEquals/a", SYNTAX, "seen"),
        (r#""Condition": {"ArnLike": {"a": "nope"}}"#, "/Condition/ArnLike/a", LEGACY, "seen"),
        (r#""Condition": {"ArnEquals": {"a": ["*", "arn:aws:s3:b"]}}"#, "/Condition/ArnEquals/a/1", LEGACY, "seen"),
        (r#""Condition": {"ArnNotLike": {"a": "${aws:PrincipalArn}"}}"#, "/Condition/ArnNotLike/a", LEGACY, "seen"),
        (r#""Condition": {"StringLike": {"a": "${x"}}"#, "/Condition/StringLike/a", SYNTAX, "AA"),
        (r#""Condition": {"DateEquals": {"a": "x"}}"#, "/Condition/DateEquals/a", LEGACY, "recorded"),
        (
            r#""Condition": {"DateLessThan": {"a": "9223372036854775808"}}"#,
            "/Condition/DateLessThan/a",
            LEGACY,
            "recorded",
        ),
        (r#""Action": "s3:X" -Resource"#, "", NO_RESOURCES, "recorded"),
        (r#""Resource": []"#, "/Resource", NO_RESOURCES, "recorded"),
        (r#""Resource": "*" -Action"#, "", NO_ACTIONS, "recorded"),
        (r#""Action": []"#, "/Action", NO_ACTIONS, "recorded"),
        (r#""Action": "invalid" -Resource"#, "/Action", PREFACED, "recorded: before what is missing"),
        (r#""Action": "invalid""#, "/Action", PREFACED, "recorded"),
        (r#""NotAction": "" -Action"#, "/NotAction", PREFACED, "recorded"),
        (r#""Action": "a a:X""#, "/Action", "Vendor a a is not valid", "recorded"),
        (r#""Action": "s3*:X""#, "/Action", WILD_VENDOR, "seen"),
        (r#""Action": ["*:*", "*:GetObject"]"#, "/Action/1", WILD_VENDOR, "seen"),
        (
            r#""Action": ["s3:*", "s3:List:X"]"#,
            "/Action/1",
            "Actions/Condition can contain only one colon.",
            "recorded",
        ),
        (r#""Sid": "a b""#, "/Sid", NOT_ALPHANUMERIC, "grammar"),
        (r#""Principal": "*""#, "/Principal", "Policy document should not specify a principal.", "grammar"),
        (
            r#""NotPrincipal": {"AWS": "*"}"#,
            "/NotPrincipal",
            "Policy document should not specify a principal.",
            "grammar",
        ),
    ] {
        let expected = Some((format!("/Statement{path}"), message.to_owned()));
        assert_eq!(first(&document(elements), PolicyKind::Managed), expected, "{source}: {elements}");
    }
}

#[test]
fn resources_that_create_policy_refuses() {
    let not_arn = |text: &str| format!("Resource {text} must be in ARN format or \"*\".");
    let no_region = |arn: &str| format!("Resource {arn} can not contain region information.");
    let partition = |name: &str, arn: &str| format!("Partition \"{name}\" is not valid for resource \"{arn}\".");
    for (resource, message, source) in [
        ("x y", not_arn("x y"), "recorded"),
        ("", not_arn(""), "recorded"),
        ("x:aws:s3:::b", not_arn("x:aws:s3:::b"), "ours"),
        ("execute-api/*", not_arn("execute-api/*"), "API Gateway's own mistake"),
        ("execute-api:/*", partition("/*", "arn:/*:*:*:*:*"), "the short form is for resource policies"),
        ("a:b", partition("b", "arn:b:*:*:*:*"), "recorded"),
        ("a:b:c", partition("b", "arn:b:c:*:*:*"), "recorded"),
        ("a:b:c:d:e:f:g:h", partition("b", "arn:b:c:d:e:f:g:h"), "recorded"),
        ("aws:s3:::bucket", partition("s3", "arn:s3:::bucket:*"), "recorded"),
        ("arn:error:s3::b", partition("error", "arn:error:s3::b:*"), "recorded"),
        ("arn:aws", VENDOR.to_owned(), "recorded"),
        ("arn:aws:*:us-east-1:111122223333:x", VENDOR.to_owned(), "grammar: no wildcard in the service"),
        ("arn:aws:s3::b", LEGACY.to_owned(), "recorded"),
        ("arn:aws::::b", LEGACY.to_owned(), "recorded"),
        ("arn:aws::b", LEGACY.to_owned(), "recorded"),
        (
            "arn:aws:s3:us-east-1::b",
            "Resource arn:aws:s3:us-east-1::b can not contain region information.".into(),
            "recorded",
        ),
        (
            "arn:aws:iam:us-east-1::user/b",
            "IAM resource arn:aws:iam:us-east-1::user/b cannot contain region information.".into(),
            "recorded",
        ),
        ("arn:aws:s3:us-east-1:111122223333:b", no_region("arn:aws:s3:us-east-1:111122223333:b"), "seen"),
        ("arn:aws:s3:bucket", no_region("arn:aws:s3:bucket:*:*"), "seen"),
        ("arn:aws:route53:us-east-1::hostedzone/z", no_region("arn:aws:route53:us-east-1::hostedzone/z"), "seen"),
        (
            "arn:aws:s3::111122223333:b",
            "Resource arn:aws:s3::111122223333:b cannot contain an account id.".into(),
            "seen, its end",
        ),
        ("arn:aws:iam::${aws:PrincipalAccount}:role/r", LEGACY.to_owned(), "seen"),
        ("arn:aws:sns:us-east-1:<ACCOUNT_ID>:t", LEGACY.to_owned(), "seen"),
        ("arn:aws:s3:::${aws:username", SYNTAX.to_owned(), "AA"),
        ("arn:aws:s3:::${}", SYNTAX.to_owned(), "AA"),
    ] {
        let text = document(&format!(r#""Resource": ["{resource}"]"#));
        let expected = Some(("/Statement/Resource/0".to_owned(), message));
        assert_eq!(first(&text, PolicyKind::Managed), expected, "{source}: {resource}");
    }
    for resource in ["b", "*/cdk-*", "*prod*", "role*", "rol?/x"] {
        let text = document(&format!(r#""Resource": "arn:aws:iam::111122223333:{resource}""#));
        let (_, message) = first(&text, PolicyKind::Managed).unwrap();
        let expected = "IAM resource path must either be \"*\", root, or start with user/";
        assert!(message.starts_with(expected), "{resource}: {message}");
    }
}

#[test]
fn what_is_found_first_is_what_iam_looks_for_first() {
    for (elements, message) in [
        (r#""Effect": "allow", "Resource": "arn:aws:s3:us-east-1::b" -Action"#, LEGACY),
        (r#""Resource": "arn:error:s3:::b", "Condition": {"DateEquals": {"a": "x"}}"#, LEGACY),
        (r#""Resource": "arn:aws:s3::b" -Action"#, LEGACY),
        (r#""Condition": {"DateEquals": {"a": {}}} -Action"#, SYNTAX),
        (r#""Action": "s:3:X", "Resource": "x""#, "Resource x must be in ARN format or \"*\"."),
    ] {
        let (_, found) = first(&document(elements), PolicyKind::Managed).unwrap();
        assert_eq!(found, message, "{elements}");
    }
}

#[test]
fn what_looks_odd_and_is_saved() {
    for elements in [
        r#""Resource": ["*", "arn:aws:s3:::b"]"#,
        r#""Resource": ["arn:aws:s3:::b", null]"#,
        r#""Action": ["s3:ListBucket", null]"#,
        r#""Action": "iam: asdf safdsf af ""#,
        r#""Action": "s3-s.x:A""#,
        r#""Action": "*:*""#,
        r#""Action": "ec2:*", "Sid": """#,
        r#""Action": "kms:CreateGrant", "Sid": "NullConditionOperator_Strings_And_Booleans""#,
        r#""NotAction": "s3:X", "NotResource": "*""#,
        r#""Resource": "arn:aws:fdsasf""#,
        r#""Resource": "arn:aws:made-up:us-east-1::x""#,
        r#""Resource": "arn:*:s3:::b""#,
        r#""Resource": "arn:aws-c?:s3:::b""#,
        r#""Resource": "arn:aws:iam::*:user/${aws:username}""#,
        r#""Resource": "arn:aws:iam::111122223333:*""#,
        // In AWS's own AWSCloudWatchOmniServiceRolePolicy.
        r#""Resource": "arn:aws:iam::aws:role-template/cloudwatch.amazonaws.com/CloudWatchOmni:1""#,
        r#""Resource": "arn:aws:s3:us-east-1:111122223333:accesspoint/x""#,
        r#""Resource": "arn:aws:s3:*:*:*""#,
        // In the MediaStore User Guide: the role for access logs.
        r#""Resource": "arn:aws:iam:*:*:role/MediaStoreAccessLogs""#,
        r#""Resource": "arn:aws:iam:*""#,
        r#""Resource": "arn:aws:cloudfront:us-east-1:111122223333:distribution/x""#,
        r#""Resource": "arn:aws:ec2:region:account-id:instance/*""#,
        r#""Condition": {"ArnLike": {"a": ["*", "arn:*:s3:::b", "arn:aws:*:*:*:*"]}}"#,
        r#""Condition": {"NumericLessThan": {"a": ["10", 10, "10.5", "-1", "1e3"]}}"#,
        r#""Condition": {"ForAllValues:Null": {"a": "true"}}"#,
        r#""Condition": {}"#,
        r#""Condition": {"x": {}, "y": {}}"#,
        r#""Condition": {"DateGreaterThan": {"a": []}}"#,
        r#""Condition": {"DateGreaterThan": {"a": "01T"}}"#,
        r#""Condition": {"DateLessThan": {"a": ["-292275054", "2016-12-13t2:00:00.593194+23"]}}"#,
        r#""Condition": {"Bool": {"a": true}, "NumericEquals": {"a": [1, 2.5, "-3"]}, "StringEquals": {"a": false}}"#,
        r#""Condition": {"ForAnyValue:StringEqualsIfExists": {"a": "x"}}"#,
    ] {
        assert_eq!(first(&document(elements), PolicyKind::Managed), None, "{elements}");
    }
    let id = r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    assert_eq!(first(id, PolicyKind::Managed), None);
}

#[test]
fn each_kind_has_rules_of_its_own() {
    use PolicyKind::*;
    let old = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let anybody = document(r#""Principal": "*""#);
    let attached = document(r#""Principal": "*" -Resource"#);
    let short = document(r#""Principal": "*", "Resource": "execute-api:/*""#);
    let deny = document(r#""Effect": "Deny", "Principal": "*""#);
    let full = document(r#""Principal": "*", "Action": "*", "Resource": "*""#);
    let empty = document(r#""Principal": {}, "Action": [], "Resource": []"#);
    let open = document(r#""Resource": "arn:aws:s3:*""#);
    let closed = document(r#""Resource": "arn:aws:s3""#);
    let elsewhere = document(r#""Resource": ["arn:aws:iam:us-east-1", "arn:aws:s3:us-east-1:"]"#);
    let wide = document(r#""Condition": {"StringEquals": {"a": "€"}}"#);
    let long = document(&format!(r#""Resource": "arn:aws:s3:::{}""#, "b".repeat(500)));
    for (text, kind, expected) in [
        (old, Identity, None),
        (old, Authorizer, None),
        (old, Scp, None),
        (old, Managed, Some("Policy document must be version 2012-10-17 or greater.")),
        (&anybody, Resource, None),
        (&anybody, Vpce, None),
        (&anybody, Authorizer, Some("Policy document should not specify a principal.")),
        (&anybody, Scp, Some("Policy document should not specify a principal.")),
        (&document(""), Resource, Some("Missing required field Principal")),
        (&document(""), Vpce, Some("Missing required field Principal")),
        (&attached, Resource, None),
        (&attached, Vpce, Some(NO_RESOURCES)),
        (&short, Resource, None),
        (&short, Vpce, Some("Partition \"/*\" is not valid for resource \"arn:/*:*:*:*:*\".")),
        (&deny, Rcp, None),
        (&full, Rcp, None),
        (&anybody, Rcp, Some(SYNTAX)),
        (&document(r#""Effect": "Deny", "Principal": {"AWS": "*"}"#), Rcp, Some(SYNTAX)),
        (&document(r#""Effect": "Deny", "Principal": "*", "Action": "*""#), Rcp, Some(SYNTAX)),
        (&document(r#""Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:*""#), Rcp, Some(VENDOR)),
        (&empty, Resource, None),
        (&open, Scp, None),
        (&closed, Scp, Some(VENDOR)),
        (&closed, Identity, None),
        (&elsewhere, Identity, Some("IAM resource arn:aws:iam:us-east-1:*:* cannot contain region information.")),
        (&elsewhere, Authorizer, None),
        (&wide, Identity, Some(SYNTAX)),
        (&wide, Authorizer, None),
        (&long, Identity, None),
        (&long, Authorizer, Some("the resource's arn is too long")),
    ] {
        let found = first(text, kind).map(|(_, message)| message);
        assert_eq!(found.as_deref(), expected, "{kind:?}: {text}");
    }
}

#[test]
fn principals_that_aws_does_not_save_are_refused() {
    for (principal, expected) in [
        (r#""arn:aws:iam::111122223333:root""#, r#"Invalid principal in policy: "arn:aws:iam::111122223333:root""#),
        (r#"{"AWS": "arn:aws:iam::*:root"}"#, r#"Invalid principal in policy: "AWS":"arn:aws:iam::*:root""#),
        (r#"{"AWS": ["*", "ann"]}"#, r#"Invalid principal in policy: "AWS":"ann""#),
        (r#"{"Service": "*"}"#, r#"Invalid principal in policy: "Service":"*""#),
        // A policy variable stands in a resource or in a condition, and nowhere else: iam.md 2.5.
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}"#,
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/${aws:username}""#,
        ),
        (r#"{"Federated": "${saml:iss}"}"#, r#"Invalid principal in policy: "Federated":"${saml:iss}""#),
        (r#"{"aws": "*"}"#, r#"Invalid principal in policy: "aws":"*""#),
        (r#"{"Everybody": []}"#, r#"Invalid principal in policy: "Everybody""#),
        (r#"["*"]"#, SYNTAX),
        (r#"{"AWS": [null]}"#, SYNTAX),
        ("null", SYNTAX),
    ] {
        let (_, message) = first(&document(&format!(r#""Principal": {principal}"#)), PolicyKind::Resource).unwrap();
        assert_eq!(message, expected, "{principal}");
    }
}

#[test]
fn sizes_are_bounded() {
    let padded = |kind: PolicyKind, length: usize| {
        let id = "x".repeat(length);
        let text = format!(
            r#"{{"Version":"2012-10-17","Id":"{id}","Statement":{{"Effect":"Deny","Action":"*","Resource":"*"}}}}"#
        );
        Policy::parse(&text, kind).map(|_| ()).map_err(|invalid| invalid[0].to_string())
    };
    for (kind, quota) in [
        (PolicyKind::Managed, 6144),
        (PolicyKind::Session, 2048),
        (PolicyKind::Scp, 5120),
        (PolicyKind::Authorizer, 8192),
    ] {
        assert_eq!(padded(kind, quota - 100), Ok(()));
        assert_eq!(padded(kind, quota), Err(format!("Cannot exceed quota for PolicySize: {quota}")));
    }
    assert!(padded(PolicyKind::Identity, 10_000_000).is_err());
    // AWS's own, which may be anybody's: the longest are ReadOnlyAccess and AWSSupportServiceRolePolicy.
    for length in [97_946, 156_916] {
        assert_eq!(padded(PolicyKind::Identity, length), Ok(()));
        assert_eq!(padded(PolicyKind::Boundary, length), Ok(()));
    }
    let spaces = document("").replace(": ", &format!(":{}", " ".repeat(2000)));
    assert_eq!(first(&spaces, PolicyKind::Managed), None);
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let many = |count| format!(r#"{{"Statement":[{}]}}"#, vec![statement; count].join(","));
    assert_eq!(first(&many(1000), PolicyKind::Identity), None);
    assert!(first(&many(2001), PolicyKind::Identity).is_some());
    assert_eq!(first(&"[".repeat(60_000), PolicyKind::Resource), Some((String::new(), SYNTAX.into())));
}
