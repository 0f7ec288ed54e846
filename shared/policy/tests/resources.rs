//! Resources of policies against resources of requests. Sources: "grammar", "resource", "variables" are the IAM User Guide's
//! pages on these; "API Gateway" the developer guide; "simulator" is what cloud-copilot's iam-simulate observed; "history" a
//! flaw that an engine had; "ours" is documented nowhere, and the stricter way was taken.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is a failed test")]

use gatehouse_policy::{Action, Decision, Policy, PolicyKind, Principal, Request, RequestContext};

const PETS: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";

/// Whether an Allow of this resource is for that one. Of the context's keys, `aws:username` is `ann`, `evil` holds a star.
fn is_for(kind: PolicyKind, element: &str, resource: &str, request: &str) -> bool {
    let principal = if kind == PolicyKind::Resource { r#""Principal":"*","# } else { "" };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{principal}"Action":"*","{element}":"{resource}"}}}}"#
    );
    let policy = Policy::parse(&text, kind).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"));
    let mut context = RequestContext::new();
    context.insert("aws:username", "ann");
    context.insert("aws:PrincipalTag/evil", "*");
    context.insert("aws:PrincipalTag/twice", "${aws:username}");
    context.insert_many("aws:TagKeys", ["ann"]);
    policy.decide(&Request::new(Principal::Anonymous, Action::INVOKE, request, &context)) == Decision::Allowed
}

fn check(kind: PolicyKind, rows: &[(&str, &str, bool, &str)]) {
    for (resource, request, expected, source) in rows {
        assert_eq!(is_for(kind, "Resource", resource, request), *expected, "{source}: {resource} for {request}");
        // A request's resource that is no ARN is no other resource either.
        assert_eq!(is_for(kind, "NotResource", resource, request), !expected, "{source}: not {resource} for {request}");
    }
}

#[test]
fn an_identity_names_methods_with_wildcards() {
    check(
        PolicyKind::Identity,
        &[
            ("*", PETS, true, "resource"),
            (PETS, PETS, true, "resource"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/*", PETS, true, "API Gateway"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/*/GET/pets", PETS, true, "API Gateway"),
            ("arn:aws:execute-api:us-east-1:111122223333:*", PETS, true, "API Gateway: any API of the account"),
            ("arn:aws:execute-api:us-east-1:111122223333:*/*/GET/pets", PETS, true, "API Gateway: any API"),
            ("arn:aws:execute-api:*:*:*", PETS, true, "API Gateway"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pet?", PETS, true, "resource"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/pets", PETS, false, "resource"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/prod/get/pets", PETS, false, "ours: case counts"),
            ("arn:aws:execute-api:US-EAST-1:111122223333:abc/*", PETS, false, "ours: case counts"),
            ("arn:aws-cn:execute-api:us-east-1:111122223333:abc/*", PETS, false, "resource"),
            ("arn:aws:s3:::abc/prod/GET/pets", PETS, false, "resource"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc", PETS, false, "API Gateway: an API is no method"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/", PETS, false, "API Gateway: its own examples err"),
            ("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/", PETS, false, "API Gateway: the root"),
            (
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/",
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/",
                true,
                "API Gateway: the root",
            ),
            (
                "arn:aws:execute-api:us-east-1:111122223333:abc/$default/GET/*",
                "arn:aws:execute-api:us-east-1:111122223333:abc/$default/GET/pets",
                true,
                "API Gateway: a dollar alone is no variable",
            ),
            (
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/$connect",
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/$connect",
                true,
                "API Gateway: WebSocket",
            ),
            (
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/@connections/*",
                "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/@connections/L0SM9cOFvHcCIhw=",
                true,
                "API Gateway: WebSocket",
            ),
            ("*", "no arn", true, "ours"),
            ("arn:aws:execute-api:*:*:*", "no arn", false, "ours"),
        ],
    );
}

#[test]
fn a_star_crosses_slashes_and_no_section() {
    let greedy = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/x/GET/admin";
    check(
        PolicyKind::Identity,
        &[
            ("arn:aws:execute-api:us-east-1:111122223333:abc/*/GET/admin", greedy, true, "resource: / means nothing"),
            ("arn:aws:execute-api:*:abc/prod/GET/pets", PETS, false, "resource: within a section"),
            ("arn:*:111122223333:abc/prod/GET/pets", PETS, false, "resource: within a section"),
            ("arn:aws:execute-api:us-east-1:*:abc/prod/GET/pets", PETS, true, "resource"),
        ],
    );
}

#[test]
fn sections_that_are_missing_are_stars_or_nothing() {
    for (kind, resource, expected) in [
        (PolicyKind::Identity, "arn:aws:execute-api", true),
        (PolicyKind::Identity, "arn:aws:execute-api:us-east-1", true),
        (PolicyKind::Identity, "arn:aws:execute-api:eu-west-1", false),
        (PolicyKind::Authorizer, "arn:aws:execute-api:us-east-1:*", true),
        (PolicyKind::Resource, "arn:aws:execute-api:us-east-1", false),
        (PolicyKind::Resource, "arn:aws:execute-api:us-east-*", true),
        (PolicyKind::Scp, "arn:aws:execute-api:us-east-*", true),
    ] {
        assert_eq!(is_for(kind, "Resource", resource, PETS), expected, "simulator: {kind:?} {resource}");
    }
}

#[test]
fn the_short_form_is_of_the_api_that_has_the_policy() {
    check(
        PolicyKind::Resource,
        &[
            ("execute-api:/*", PETS, true, "API Gateway, resource policy examples"),
            ("execute-api:/prod/GET/pets", PETS, true, "API Gateway, resource policy examples"),
            ("execute-api:/prod/*", PETS, true, "API Gateway, resource policy examples"),
            ("execute-api:/test/*", PETS, false, "API Gateway, resource policy examples"),
            ("execute-api:/prod/GET/${aws:username}", PETS, false, "variables"),
            ("execute-api:/*", "arn:aws:s3:::bucket/key", false, "ours"),
        ],
    );
    for kind in [PolicyKind::Identity, PolicyKind::Authorizer, PolicyKind::Vpce] {
        let text = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"execute-api:/*"}}"#;
        let text = if kind == PolicyKind::Vpce { text.to_owned() } else { text.replace(r#""Principal":"*","#, "") };
        assert!(Policy::parse(&text, kind).is_err(), "API Gateway: not in a policy of {kind:?}");
    }
}

#[test]
fn a_variable_is_its_value_and_that_is_literal() {
    let of = |path: &str| format!("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/{path}");
    for (path, request, expected, source) in [
        ("${aws:username}", "ann", true, "variables"),
        ("${AWS:UserName}", "ann", true, "variables: names regard no case"),
        ("${aws:username}/*", "ann/x", true, "variables"),
        ("${aws:username}", "bob", false, "variables"),
        ("${aws:PrincipalTag/evil}", "admin", false, "history: a value that is a wildcard"),
        ("${aws:PrincipalTag/evil}", "*", true, "variables"),
        ("${aws:PrincipalTag/twice}", "ann", false, "history: a value that is a variable"),
        ("${aws:PrincipalTag/none}", "ann", false, "variables: without value"),
        ("*${aws:PrincipalTag/none}*", "ann", false, "variables: without value"),
        ("${aws:PrincipalTag/none, 'ann'}", "ann", true, "variables: default"),
        ("${aws:TagKeys}", "ann", false, "variables: a list is none"),
        ("a${*}b", "a*b", true, "variables: escapes"),
        ("a${*}b", "axb", false, "variables: escapes"),
        ("a${?}b${$}", "a?b$", true, "variables: escapes"),
    ] {
        check(PolicyKind::Identity, &[(&of(path), &of(request), expected, source)]);
    }
    let in_head = "arn:aws:execute-api:${aws:RequestedRegion}:111122223333:abc/*";
    check(PolicyKind::Identity, &[(in_head, PETS, false, "variables: last section only")]);
    let in_head = "arn:aws:execute-api:us-east-1:${aws:PrincipalAccount}:abc/*";
    check(PolicyKind::Resource, &[(in_head, PETS, false, "variables: last section only; IAM refuses this one")]);
}

/// History: a client asks for a path with wildcards, an authorizer gives back what it was asked for, and that is cached.
#[test]
fn what_a_request_names_is_never_a_pattern() {
    let of = |path: &str| format!("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/{path}");
    for path in ["*", "p*", "????", "${aws:username}"] {
        assert!(!is_for(PolicyKind::Authorizer, "Resource", PETS, &of(path)), "{path} is no pattern");
    }
    // Echoed, they are: whoever echoes must escape them.
    assert!(is_for(PolicyKind::Authorizer, "Resource", &of("*"), PETS));
    assert!(!is_for(PolicyKind::Authorizer, "Resource", &of("${*}"), PETS));
    assert!(is_for(PolicyKind::Authorizer, "Resource", &of("${*}"), &of("*")));
}

/// A policy notes which of its ARNs' beginnings match in the bits of one word; there may be more of them.
#[test]
fn a_hundred_regions_are_no_less_exact_than_one() {
    let arn = |region: usize| format!("arn:aws:execute-api:r-{region}:111122223333:abc/*");
    let statement = |region| {
        let effect = if region == 90 { "Deny" } else { "Allow" };
        format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"{}"}}"#, arn(region))
    };
    let statements: Vec<_> = (0..100).map(statement).collect();
    let text = format!(r#"{{"Statement":[{}]}}"#, statements.join(","));
    let policy = Policy::parse(&text, PolicyKind::Identity).unwrap();
    let context = RequestContext::new();
    for (region, expected) in [
        (0, Decision::Allowed),
        (63, Decision::Allowed),
        (64, Decision::Allowed),
        (90, Decision::ExplicitlyDenied),
        (99, Decision::Allowed),
        (100, Decision::ImplicitlyDenied),
    ] {
        let resource = arn(region).replace('*', "prod/GET/");
        let request = Request::new(Principal::Anonymous, Action::INVOKE, &resource, &context);
        assert_eq!(policy.decide(&request), expected, "{region}");
    }
}
