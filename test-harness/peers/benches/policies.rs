//! Eight statements, and two hundred that do not match: ours, Cedar's `is_authorized`, and iam-rs, in one run.
//!
//! Everything is parsed beforehand, request and entities included: what is measured is the decision.

use std::hint::black_box;
use std::slice;
use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request as CedarRequest};
use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_peers::{
    ADDRESS, ANN, CEDAR, IDENTITY, METHOD, RESOURCE, USER_AGENT, context, policy, two_hundred, two_hundred_of_cedar,
};
use gatehouse_policy::{Action, Decision, Policies, PolicyKind, Principal, Request};
use serde_json::json;

fn ours(bench: &mut Criterion) {
    let (identity, resource) = (policy(IDENTITY, PolicyKind::Identity), policy(RESOURCE, PolicyKind::Resource));
    let many = policy(&two_hundred(), PolicyKind::Identity);
    let context = context();
    let request = Request::new(Principal::parse(ANN).expect("a user"), Action::INVOKE, METHOD, &context);
    let eight =
        Policies { identity: slice::from_ref(&identity), resource: slice::from_ref(&resource), ..Policies::default() };
    let many = Policies { identity: slice::from_ref(&many), ..Policies::default() };
    assert_eq!(eight.decide(&request), Decision::Allowed);
    assert_eq!(many.decide(&request), Decision::ImplicitlyDenied);
    let mut group = bench.benchmark_group("gatehouse");
    group.bench_function("8 statements", |bencher| bencher.iter(|| black_box(&eight).decide(black_box(&request))));
    group.bench_function("200 that do not match", |bencher| {
        bencher.iter(|| black_box(&many).decide(black_box(&request)))
    });
    group.finish();
}

fn cedar(bench: &mut Criterion) {
    let uid = |text: &str| EntityUid::from_str(text).expect("an entity's id");
    let (ann, invoke) = (uid("User::\"ann\""), uid("Action::\"Invoke\""));
    let method = uid(&format!("Method::\"{METHOD}\""));
    let entities = json!([
        {"uid": {"type": "User", "id": "ann"}, "attrs": {"team": "pets"}, "parents": []},
        {"uid": {"type": "Method", "id": METHOD}, "attrs": {"arn": METHOD}, "parents": []},
    ]);
    let entities = Entities::from_json_value(entities, None).expect("entities");
    let context = json!({
        "sourceIp": {"__extn": {"fn": "ip", "arg": ADDRESS}}, "userAgent": USER_AGENT, "secureTransport": true,
    });
    let context = Context::from_json_value(context, None).expect("a context");
    let request = CedarRequest::new(ann, invoke, method, context, None).expect("a request");
    let (eight, many) = (PolicySet::from_str(CEDAR), PolicySet::from_str(&two_hundred_of_cedar()));
    let (eight, many) = (eight.expect("policies"), many.expect("policies"));
    let authorizer = Authorizer::new();
    let decide = |policies: &PolicySet| authorizer.is_authorized(&request, policies, &entities).decision();
    assert_eq!(decide(&eight), cedar_policy::Decision::Allow);
    assert_eq!(decide(&many), cedar_policy::Decision::Deny);
    let mut group = bench.benchmark_group("cedar");
    group.bench_function("8 policies", |bencher| bencher.iter(|| decide(black_box(&eight))));
    group.bench_function("200 that do not match", |bencher| bencher.iter(|| decide(black_box(&many))));
    group.finish();
}

criterion_group!(benches, ours, cedar);
criterion_main!(benches);
