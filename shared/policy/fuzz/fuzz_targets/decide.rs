//! Lines: an identity's policy, a resource's, a principal, an action, a resource, then keys and values. Any decision is what
//! its explanation says, an applying Deny decides, and nothing panics.
#![no_main]

use gatehouse_policy::{
    Action, Api, Decision, Effect, Policies, Policy, PolicyKind, Principal, Request, RequestContext,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let policy = |text: &str, kind| Policy::parse(text, kind).ok();
    let identity: Vec<_> = policy(line(), PolicyKind::Identity).into_iter().collect();
    let resource: Vec<_> = policy(line(), PolicyKind::Resource).into_iter().collect();
    let principal = Principal::parse(line()).unwrap_or(Principal::Anonymous);
    let (action, arn) = (Action::new(line()), line());
    let mut context = RequestContext::new();
    while let Some((key, value)) = Some(line()).filter(|line| !line.is_empty()).and_then(|line| line.split_once('=')) {
        match value.split_once('|') {
            None => context.insert(key, value),
            Some(_) => context.insert_many(key, value.split('|')),
        }
    }
    let request = Request::new(principal, action, arn, &context);
    let policies = Policies { identity: &identity, resource: &resource, ..Policies::default() };
    let (decision, explanation) = (policies.decide(&request), policies.explain(&request));
    assert_eq!(decision, explanation.decision);
    let denies = explanation.statements.iter().any(|it| it.effect == Effect::Deny && it.outcome.applies());
    assert_eq!(denies, decision == Decision::ExplicitlyDenied);
    let api = Api { resource_policy: resource.first(), ..Api::default() };
    let _ = (api.without_authorizer(&request), api.before_authorizer(&request), api.with_iam(&policies, &request));
    if let Some(policy) = identity.first() {
        let _ = api.with_authorizer(policy, &request);
    }
});
