//! What holds of every policy and every request.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is a failed test")]

use gatehouse_policy::{
    Action, Decision, Effect, Policies, Policy, PolicyKind, PolicySet, Principal, Reason, Request, RequestContext,
};
use proptest::prelude::*;
use proptest::sample::select;

const API: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const EVE: &str = "arn:aws:iam::444455556666:user/eve";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-1";

const ACTIONS: [&str; 6] =
    ["*", "execute-api:Invoke", "execute-api:Inv*", "execute-api:ManageConnections", "s3:*", "execute-api:in?oke"];

/// More heads than one word of a bit for each, in the long run: the regions are drawn with numbers.
const RESOURCES: [&str; 9] = [
    "*",
    "arn:aws:execute-api:*:*:abc/*",
    "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets",
    "arn:aws:execute-api:us-east-1:111122223333:abc/*/GET/*",
    "arn:aws:execute-api:us-east-1:111122223333:*/${aws:username}",
    "arn:aws:execute-api:us-west-NUMBER:111122223333:abc/*",
    "arn:aws:execute-api:us-east-?:111122223333:a?c/p*",
    "arn:aws-cn:execute-api:*:*:*",
    "arn:aws:s3:::bucket",
];

const CONDITIONS: [&str; 11] = [
    "",
    r#""StringEquals":{"aws:username":["ann","bob"]}"#,
    r#""StringNotEquals":{"aws:username":"ann"}"#,
    r#""StringLike":{"aws:UserAgent":"*a*${aws:username}?"}"#,
    r#""NumericLessThan":{"n":"5"}"#,
    r#""NumericNotEquals":{"n":5}"#,
    r#""DateGreaterThan":{"aws:CurrentTime":"2024-01-01"}"#,
    r#""IpAddress":{"aws:SourceIp":["192.0.2.0/24","::1"]}"#,
    r#""NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:SecureTransport":"true"}"#,
    r#""ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}"#,
    r#""ForAnyValue:StringNotLike":{"aws:TagKeys":"a*"},"Null":{"n":"true"}"#,
];

const PRINCIPALS: [&str; 5] =
    [r#""*""#, r#"{"AWS":"111122223333"}"#, r#"{"AWS":"ANN"}"#, r#"{"AWS":["EVE","SESSION"]}"#, "{}"];

/// A statement's elements without its effect and its principal.
fn elements() -> impl Strategy<Value = String> {
    let (action, resource) = (select(&ACTIONS[..]), select(&RESOURCES[..]));
    let parts = (any::<bool>(), action, any::<bool>(), resource, 0..90_u8, select(&CONDITIONS[..]));
    parts.prop_map(|(not_action, action, not_resource, resource, number, condition)| {
        let not = |negated: bool| if negated { "Not" } else { "" };
        let resource = resource.replace("NUMBER", &number.to_string());
        let (a, r) = (not(not_action), not(not_resource));
        format!(r#""{a}Action":"{action}","{r}Resource":["{resource}"],"Condition":{{{condition}}}"#)
    })
}

fn effect() -> impl Strategy<Value = &'static str> {
    // More Allows: one Deny ends it all.
    select(&["Allow", "Allow", "Allow", "Deny"][..])
}

fn identity_statement() -> impl Strategy<Value = String> {
    (effect(), elements()).prop_map(|(effect, elements)| format!(r#"{{"Effect":"{effect}",{elements}}}"#))
}

fn resource_statement() -> impl Strategy<Value = String> {
    (effect(), any::<bool>(), select(&PRINCIPALS[..]), elements()).prop_map(|(effect, not, principal, elements)| {
        let principal = principal.replace("ANN", ANN).replace("EVE", EVE).replace("SESSION", SESSION);
        let not = if not { "Not" } else { "" };
        format!(r#"{{"Effect":"{effect}","{not}Principal":{principal},{elements}}}"#)
    })
}

fn statements(of: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(of, 1..8)
}

/// Keys and their values; of one key several values are a list.
fn context() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let value = |key, values: &'static [&'static str]| {
        prop::option::of(prop::collection::vec(select(values), 1..3)).prop_map(move |values| (key, values))
    };
    let keys = (
        value("aws:username", &["ann", "bob", "*", ""]),
        value("aws:UserAgent", &["an annx", "bobby", "${aws:username}"]),
        value("n", &["4", "5", "6.5", "five"]),
        value("aws:CurrentTime", &["2023-12-31T23:59:59Z", "1800000000", "now"]),
        value("aws:SourceIp", &["192.0.2.9", "::1", "::ffff:192.0.2.1", "localhost"]),
        value("aws:SecureTransport", &["true", "FALSE", "maybe"]),
        value("aws:TagKeys", &["a", "ab", "b", ""]),
    );
    keys.prop_map(|(a, b, c, d, e, f, g)| {
        [a, b, c, d, e, f, g].into_iter().filter_map(|(key, values)| Some((key, values?))).collect()
    })
}

fn policy(kind: PolicyKind, statements: &[String]) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::parse(&text, kind).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
}

fn known(keys: &[(&'static str, Vec<&'static str>)]) -> RequestContext<'static> {
    let mut context = RequestContext::new();
    for (key, values) in keys {
        match values.as_slice() {
            [single] => context.insert(*key, single),
            several => context.insert_many(*key, several.iter().copied()),
        }
    }
    context
}

fn principal() -> impl Strategy<Value = Principal<'static>> {
    select(vec![
        Principal::Anonymous,
        Principal::parse(ANN).unwrap(),
        Principal::parse(EVE).unwrap(),
        Principal::parse(SESSION).unwrap(),
        Principal::parse("111122223333").unwrap(),
        Principal::Service("lambda.amazonaws.com"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Denies first, heads compared once, the end as soon as it is known: none of it changes what one statement after the
    /// other would say.
    #[test]
    fn a_policy_says_what_its_statements_say_one_by_one(
        statements in statements(identity_statement()), keys in context(), principal in principal(),
    ) {
        let context = known(&keys);
        let request = Request::new(principal, Action::INVOKE, API, &context);
        let alone = |text: &String| policy(PolicyKind::Identity, std::slice::from_ref(text)).decide(&request);
        let each: Vec<_> = statements.iter().map(alone).collect();
        let expected = match () {
            () if each.contains(&Decision::ExplicitlyDenied) => Decision::ExplicitlyDenied,
            () if each.contains(&Decision::Allowed) => Decision::Allowed,
            () => Decision::ImplicitlyDenied,
        };
        prop_assert_eq!(policy(PolicyKind::Identity, &statements).decide(&request), expected);
    }

    #[test]
    fn a_deny_always_wins(
        identity in statements(identity_statement()), resource in statements(resource_statement()), keys in context(),
        principal in principal(), set in 0..7_usize,
    ) {
        let context = known(&keys);
        let request = Request::new(principal, Action::INVOKE, API, &context);
        let deny = |kind, principal: &str| {
            let text = format!(r#"{{"Effect":"Deny",{principal}"Action":"execute-api:*","Resource":"*"}}"#);
            policy(kind, &[text])
        };
        let nobody = || deny(PolicyKind::Identity, "");
        let everybody = |kind| deny(kind, r#""Principal":"*","#);
        let mut identity = vec![policy(PolicyKind::Identity, &identity)];
        let mut resource = vec![policy(PolicyKind::Resource, &resource)];
        let (mut boundary, mut session, mut vpce, mut scp, mut rcp) = (vec![], vec![], vec![], vec![], vec![]);
        match set {
            0 => identity.push(nobody()),
            1 => resource.push(everybody(PolicyKind::Resource)),
            2 => boundary.push(nobody()),
            3 => session.push(nobody()),
            4 => vpce.push(everybody(PolicyKind::Vpce)),
            5 => scp.push(vec![deny(PolicyKind::Scp, "")]),
            _ => rcp.push(vec![everybody(PolicyKind::Rcp)]),
        }
        let policies = Policies {
            identity: &identity, resource: &resource, boundary: &boundary, session: &session, vpce: &vpce, scp: &scp,
            rcp: &rcp, strict_not_principal: false,
        };
        // Service control policies are for principals of an account.
        prop_assume!(set != 5 || principal.account().is_some());
        prop_assert_eq!(policies.decide(&request), Decision::ExplicitlyDenied);
    }

    /// Whatever is added to identity and resource: more Allows never allow less.
    #[test]
    fn an_allow_never_takes_away(
        identity in statements(identity_statement()), resource in statements(resource_statement()),
        more in identity_statement(), more_of_resource in resource_statement(), keys in context(), principal in principal(),
    ) {
        let context = known(&keys);
        let request = Request::new(principal, Action::INVOKE, API, &context);
        let allow = |text: &String| text.replacen("Deny", "Allow", 1);
        let decide = |identity: &[String], resource: &[String]| {
            let identity = [policy(PolicyKind::Identity, identity)];
            let resource = [policy(PolicyKind::Resource, resource)];
            Policies { identity: &identity, resource: &resource, ..Policies::default() }.decide(&request)
        };
        let before = decide(&identity, &resource);
        let identity_after = [identity.clone(), vec![allow(&more)]].concat();
        let resource_after = [resource.clone(), vec![allow(&more_of_resource)]].concat();
        let after = decide(&identity_after, &resource_after);
        match before {
            Decision::ImplicitlyDenied => prop_assert_ne!(after, Decision::ExplicitlyDenied),
            decided => prop_assert_eq!(after, decided),
        }
    }

    #[test]
    fn an_explanation_says_what_was_decided_and_by_which_statements(
        identity in statements(identity_statement()), resource in statements(resource_statement()), keys in context(),
        principal in principal(),
    ) {
        let context = known(&keys);
        let request = Request::new(principal, Action::INVOKE, API, &context);
        let identity = [policy(PolicyKind::Identity, &identity)];
        let resource = [policy(PolicyKind::Resource, &resource)];
        let policies = Policies { identity: &identity, resource: &resource, ..Policies::default() };
        let explanation = policies.explain(&request);
        prop_assert_eq!(explanation.decision, policies.decide(&request));
        let denies = explanation.statements.iter().any(|it| it.effect == Effect::Deny && it.outcome.applies());
        prop_assert_eq!(denies, explanation.decision == Decision::ExplicitlyDenied);
        if let Reason::Denied(set) = explanation.reason {
            prop_assert!(explanation.matched().any(|it| it.set == set));
        }
        if explanation.reason == Reason::AllowedByIdentity {
            prop_assert!(explanation.matched().any(|it| it.set == PolicySet::Identity));
        }
    }

    /// What no policy asks for need not be there: a filter that reads only the needed keys decides the same.
    #[test]
    fn keys_that_are_not_needed_change_nothing(statements in statements(identity_statement()), keys in context()) {
        let policy = policy(PolicyKind::Identity, &statements);
        let needed = policy.keys();
        let fewer: Vec<_> =
            keys.iter().filter(|(key, _)| needed.contains(&key.to_ascii_lowercase())).cloned().collect();
        let decide = |keys: &[_]| {
            let context = known(keys);
            policy.decide(&Request::new(Principal::Anonymous, Action::INVOKE, API, &context))
        };
        prop_assert_eq!(decide(&fewer), decide(&keys));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r#"[\[\]{}",:a-zA-Z$*0-9 ]{0,200}"#) {
        let _ = Policy::parse(&text, PolicyKind::Resource);
    }
}
