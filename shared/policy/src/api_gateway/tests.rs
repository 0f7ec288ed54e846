//! API Gateway's tables: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>.

use super::*;
use crate::action::Action;
use crate::context::RequestContext;
use crate::kind::PolicyKind;

const API: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const EVE: &str = "arn:aws:iam::444455556666:user/eve";

const ALLOW: Option<&str> = Some("Allow");
const DENY: Option<&str> = Some("Deny");
/// A policy that allows something else.
const NEITHER: Option<&str> = None;

fn policy(kind: PolicyKind, effect: Option<&str>) -> Policy {
    let principal = if kind == PolicyKind::Resource { r#""Principal":"*","# } else { "" };
    let action = if effect.is_some() { "execute-api:Invoke" } else { "execute-api:ManageConnections" };
    let effect = effect.unwrap_or("Allow");
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}}}"#
    );
    Policy::parse(&text, kind).unwrap()
}

fn resource(effect: Option<&str>) -> Policy {
    policy(PolicyKind::Resource, effect)
}

const TABLE_A: [(Option<&str>, Option<&str>, Decision); 9] = [
    (ALLOW, ALLOW, Decision::Allowed),
    (ALLOW, NEITHER, Decision::Allowed),
    (ALLOW, DENY, Decision::ExplicitlyDenied),
    (NEITHER, ALLOW, Decision::Allowed),
    (NEITHER, NEITHER, Decision::ImplicitlyDenied),
    (NEITHER, DENY, Decision::ExplicitlyDenied),
    (DENY, ALLOW, Decision::ExplicitlyDenied),
    (DENY, NEITHER, Decision::ExplicitlyDenied),
    (DENY, DENY, Decision::ExplicitlyDenied),
];

const TABLE_B: [(Option<&str>, Option<&str>, Decision); 9] = [
    (ALLOW, ALLOW, Decision::Allowed),
    (ALLOW, NEITHER, Decision::ImplicitlyDenied),
    (ALLOW, DENY, Decision::ExplicitlyDenied),
    (NEITHER, ALLOW, Decision::ImplicitlyDenied),
    (NEITHER, NEITHER, Decision::ImplicitlyDenied),
    (NEITHER, DENY, Decision::ExplicitlyDenied),
    (DENY, ALLOW, Decision::ExplicitlyDenied),
    (DENY, NEITHER, Decision::ExplicitlyDenied),
    (DENY, DENY, Decision::ExplicitlyDenied),
];

#[test]
fn table_a_holds_for_a_lambda_authorizer_and_for_callers_of_the_account() {
    let context = RequestContext::new();
    let request = Request::new(Principal::parse(ANN).unwrap(), Action::INVOKE, API, &context);
    for (caller, of_api, expected) in TABLE_A {
        let of_api = resource(of_api);
        let api = Api { resource_policy: Some(&of_api), ..Api::default() };
        let authorizer = policy(PolicyKind::Authorizer, caller);
        assert_eq!(api.with_authorizer(&authorizer, &request), expected, "authorizer {caller:?}, {of_api:?}");
        let identity = [policy(PolicyKind::Identity, caller)];
        let iam = Policies { identity: &identity, ..Policies::default() };
        assert_eq!(api.with_iam(&iam, &request), expected, "IAM {caller:?}, {of_api:?}");
    }
}

#[test]
fn table_b_holds_for_callers_of_other_accounts() {
    let context = RequestContext::new();
    let request = Request::new(Principal::parse(EVE).unwrap(), Action::INVOKE, API, &context);
    for (caller, of_api, expected) in TABLE_B {
        let of_api = resource(of_api);
        let identity = [policy(PolicyKind::Identity, caller)];
        let iam = Policies { identity: &identity, ..Policies::default() };
        let api = Api { resource_policy: Some(&of_api), ..Api::default() };
        assert_eq!(api.with_iam(&iam, &request), expected, "{caller:?}, {of_api:?}");
    }
}

#[test]
fn a_resource_policy_alone_must_allow_and_before_an_authorizer_must_not_deny() {
    let context = RequestContext::new();
    let request = Request::new(Principal::Anonymous, Action::INVOKE, API, &context);
    for (of_api, alone, before) in [
        (ALLOW, Decision::Allowed, Decision::Allowed),
        (NEITHER, Decision::ImplicitlyDenied, Decision::Allowed),
        (DENY, Decision::ExplicitlyDenied, Decision::ExplicitlyDenied),
    ] {
        let of_api = resource(of_api);
        let api = Api { resource_policy: Some(&of_api), ..Api::default() };
        assert_eq!(api.without_authorizer(&request), alone, "{of_api:?}");
        assert_eq!(api.with_user_pool(&request), alone, "{of_api:?}");
        assert_eq!(api.before_authorizer(&request), before, "{of_api:?}");
    }
}

#[test]
fn a_public_api_needs_no_resource_policy_and_a_private_one_does() {
    let context = RequestContext::new();
    let request = Request::new(Principal::parse(ANN).unwrap(), Action::INVOKE, API, &context);
    let (authorizer, identity) = (policy(PolicyKind::Authorizer, ALLOW), [policy(PolicyKind::Identity, ALLOW)]);
    let iam = Policies { identity: &identity, ..Policies::default() };
    for (private, expected) in [(false, Decision::Allowed), (true, Decision::ImplicitlyDenied)] {
        let api = Api { private, ..Api::default() };
        let decisions = [
            api.without_authorizer(&request),
            api.before_authorizer(&request),
            api.with_authorizer(&authorizer, &request),
            api.with_iam(&iam, &request),
        ];
        assert_eq!(decisions, [expected; 4], "private: {private}");
    }
}

#[test]
fn a_vpc_endpoint_must_let_the_request_pass() {
    let context = RequestContext::new();
    let request = Request::new(Principal::Anonymous, Action::INVOKE, API, &context);
    let allows = resource(ALLOW);
    let authorizer = policy(PolicyKind::Authorizer, ALLOW);
    for (vpce, expected) in
        [(ALLOW, Decision::Allowed), (NEITHER, Decision::ImplicitlyDenied), (DENY, Decision::ExplicitlyDenied)]
    {
        let vpce = resource(vpce);
        let api = Api { private: true, resource_policy: Some(&allows), vpce: Some(&vpce) };
        let decisions = [
            api.without_authorizer(&request),
            api.before_authorizer(&request),
            api.with_authorizer(&authorizer, &request),
        ];
        assert_eq!(decisions, [expected; 3], "{vpce:?}");
    }
}

/// A resource policy that names principals of AWS is for callers with a signature.
#[test]
fn callers_without_signature_are_anonymous_to_the_resource_policy() {
    let text =
        format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{ANN}"}},"Action":"execute-api:Invoke"}}}}"#);
    let of_api = Policy::parse(&text, PolicyKind::Resource).unwrap();
    let api = Api { resource_policy: Some(&of_api), ..Api::default() };
    let context = RequestContext::new();
    let request = Request::new(Principal::parse(ANN).unwrap(), Action::INVOKE, API, &context);
    assert_eq!(api.without_authorizer(&request), Decision::ImplicitlyDenied);
    assert_eq!(api.with_iam(&Policies::default(), &request), Decision::Allowed);
}

/// A path as it is written, statements that deny, and the decision.
#[test]
fn what_is_denied_is_denied_however_its_path_is_spelled() {
    let check = |statements: &str, path: &str, expected: Decision| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let (answer, of_api) = (text.replace(r#""Principal":"*","#, ""), text);
        let authorizer = Policy::parse(&answer, PolicyKind::Authorizer).unwrap();
        let identity = [Policy::parse(&answer, PolicyKind::Identity).unwrap()];
        let of_api = Policy::parse(&of_api, PolicyKind::Resource).unwrap();
        let context = RequestContext::new();
        let arn = format!("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/{path}");
        let request = Request::new(Principal::parse(ANN).unwrap(), Action::INVOKE, &arn, &context);
        let api = |resource_policy| Api { resource_policy, ..Api::default() };
        let guarded = api(Some(&of_api));
        let caller = Policies { identity: &identity, ..Policies::default() };
        let before = match expected {
            Decision::ImplicitlyDenied => Decision::Allowed,
            other => other,
        };
        assert_eq!(guarded.without_authorizer(&request), expected, "{statements}, {path}");
        assert_eq!(guarded.before_authorizer(&request), before, "{statements}, {path}");
        assert_eq!(api(None).with_authorizer(&authorizer, &request), expected, "{statements}, {path}");
        assert_eq!(api(None).with_iam(&caller, &request), expected, "{statements}, {path}");
    };
    let of = |effect: &str, element: &str, path: &str| {
        let arn = format!("arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/{path}");
        format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"execute-api:Invoke","{element}":"{arn}"}}"#)
    };
    let but_admin = [of("Allow", "Resource", "*"), of("Deny", "Resource", "admin")].join(",");
    for path in ["admin", "admin/", "/admin", "%61dmin", "./admin", "pets/../admin", "pets/%2e%2e/admin", "admin;v=1"] {
        check(&but_admin, path, Decision::ExplicitlyDenied);
    }
    for path in ["pets", "pets/", "admins", "admin/x", "admin/../pets"] {
        check(&but_admin, path, Decision::Allowed);
    }
    let pets = of("Allow", "Resource", "pets/*");
    for path in ["pets/1", "pets/a%20b", "pets/", "pets/1/", "pets//1", "pets/./1", "pets/1/../2"] {
        check(&pets, path, Decision::Allowed);
    }
    for path in ["pets/../admin", "pets/%2E%2e/admin", "pets/..%2fadmin", "pets/..;/admin", "/pets/1", "%70ets/1"] {
        check(&pets, path, Decision::ImplicitlyDenied);
    }
    // Exceptions are named as they are written: what AWS lets pass is let pass.
    let all_but = [of("Allow", "Resource", "*"), of("Deny", "NotResource", "a%40b/*")].join(",");
    check(&all_but, "a%40b/", Decision::Allowed);
    check(&all_but, "a%40b/c", Decision::Allowed);
    check(&all_but, "a%40b/../x", Decision::ExplicitlyDenied);
    check(&all_but, "a@b/c", Decision::ExplicitlyDenied);
}
