//! Decisions over eight statements, over two hundred that do not match, and what it takes to get there.

#![expect(missing_docs, reason = "criterion makes an undocumented function")]

use std::slice;

use criterion::{Criterion, black_box, criterion_group, criterion_main};
use gatehouse_policy::{
    Action, Api, Decision, GlobalKey, Policies, Policy, PolicyKind, Principal, Request, RequestContext,
};

const METHOD: &str = "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/4711";
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
const TIME: i64 = 1_760_000_000;

/// Five statements of an identity: two about the user agent, one about a tag. The gauge that runs in Envoy decides by the same.
const IDENTITY: &str = include_str!("identity.json");

/// Three of the API: two about addresses, one about TLS.
const RESOURCE: &str = include_str!("resource.json");

fn decision(bench: &mut Criterion) {
    let identity = policy(IDENTITY, PolicyKind::Identity);
    let resource = policy(RESOURCE, PolicyKind::Resource);
    let authorizer = policy(IDENTITY, PolicyKind::Authorizer);
    let many = policy(&two_hundred(), PolicyKind::Identity);
    let user = "arn:aws:iam::111122223333:user/ann";
    let Ok(principal) = Principal::parse(user) else { return };
    let context = context();
    let request = Request::new(principal, Action::INVOKE, METHOD, &context);

    let mut group = bench.benchmark_group("decision");
    let policies =
        Policies { identity: slice::from_ref(&identity), resource: slice::from_ref(&resource), ..Policies::default() };
    assert_eq!(policies.decide(&request), Decision::Allowed);
    group.bench_function("8 statements", |bencher| bencher.iter(|| black_box(&policies).decide(black_box(&request))));
    let api = Api { resource_policy: Some(&resource), ..Api::default() };
    group.bench_function("8 statements, authorizer", |bencher| {
        bencher.iter(|| black_box(&api).with_authorizer(black_box(&authorizer), black_box(&request)));
    });
    let silent = Policies { identity: slice::from_ref(&many), ..Policies::default() };
    assert_eq!(silent.decide(&request), Decision::ImplicitlyDenied);
    group.bench_function("200 statements that do not match", |bencher| {
        bencher.iter(|| black_box(&silent).decide(black_box(&request)));
    });
    group.bench_function("8 statements, context filled", |bencher| {
        bencher.iter(|| {
            let context = self::context();
            let Ok(principal) = Principal::parse(black_box(user)) else { return Decision::ExplicitlyDenied };
            policies.decide(&Request::new(principal, Action::INVOKE, black_box(METHOD), &context))
        });
    });
    group.bench_function("8 statements, explained", |bencher| {
        bencher.iter(|| black_box(&policies).explain(black_box(&request)).decision);
    });
    group.finish();

    let mut group = bench.benchmark_group("policy");
    let one = r#"{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets"}]}"#;
    for (name, text) in [("1 statement", one), ("5 statements", IDENTITY)] {
        group.bench_function(format!("parse {name}"), |bencher| {
            bencher.iter(|| Policy::parse(black_box(text), PolicyKind::Authorizer).is_ok());
        });
    }
    group.finish();
}

fn context() -> RequestContext<'static> {
    let mut context = RequestContext::new();
    context.set(GlobalKey::SourceIp, "203.0.113.7");
    context.set(GlobalKey::UserAgent, USER_AGENT);
    context.set_bool(GlobalKey::SecureTransport, true);
    context.set_time(TIME);
    context.insert("aws:PrincipalTag/team", "pets");
    context
}

fn policy(text: &str, kind: PolicyKind) -> Policy {
    match Policy::parse(text, kind) {
        Ok(policy) => policy,
        Err(invalid) => unreachable!("{invalid:?}"),
    }
}

/// Statements about other paths of the same API.
fn two_hundred() -> String {
    let statement = |at: usize| {
        let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
        format!(
            r#"{{"Effect":"{effect}","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/things{at}/*"}}"#
        )
    };
    let statements: Vec<_> = (0..200).map(statement).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

criterion_group!(benches, decision);
criterion_main!(benches);
