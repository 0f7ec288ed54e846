//! Policies put together: iam.md, section 5. Sources: "logic" is the IAM User Guide's evaluation logic, "principal" its page
//! on that element, "boundaries" that on permissions boundaries.

use super::*;
use crate::action::Action;
use crate::context::RequestContext;
use crate::kind::PolicyKind;

const API: &str = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";
const STRANGER: &str = "arn:aws:iam::444455556666:user/eve";

/// One statement: `+` allows everything, `-` denies it, `!` allows something else; what follows is a principal.
fn policy(kind: PolicyKind, text: &str) -> Policy {
    let (effect, principal) = text.split_at(1);
    let principal = match principal {
        "" => String::new(),
        "*" => r#""Principal":"*","#.into(),
        arn if arn.contains(".amazonaws.com") => format!(r#""Principal":{{"Service":"{arn}"}},"#),
        text => match text.strip_prefix('~') {
            Some(arn) => format!(r#""NotPrincipal":{{"AWS":"{arn}"}},"#),
            None => format!(r#""Principal":{{"AWS":"{text}"}},"#),
        },
    };
    let (effect, action) = match effect {
        // The one Allow that a resource control policy may have.
        "+" if kind == PolicyKind::Rcp => ("Allow", "*"),
        "+" => ("Allow", "execute-api:Invoke"),
        "-" => ("Deny", "execute-api:Invoke"),
        _ => ("Allow", "execute-api:ManageConnections"),
    };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"*"}}}}"#
    );
    Policy::parse(&text, kind).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
}

/// Sets by their names: `identity:+ resource:-*`; of one name several are one set, of `scp` and `rcp` a level each.
fn judge(principal: &str, sets: &str) -> Reason {
    let of = |name: &str, kind| -> Vec<Policy> {
        let texts = sets.split_whitespace().filter_map(|set| set.strip_prefix(name)?.strip_prefix(':'));
        texts.map(|text| policy(kind, text)).collect()
    };
    let levels = |name: &str, kind| of(name, kind).into_iter().map(|policy| vec![policy]).collect::<Vec<_>>();
    let (identity, resource) = (of("identity", PolicyKind::Identity), of("resource", PolicyKind::Resource));
    let (boundary, session) = (of("boundary", PolicyKind::Boundary), of("session", PolicyKind::Session));
    let (vpce, scp, rcp) =
        (of("vpce", PolicyKind::Vpce), levels("scp", PolicyKind::Scp), levels("rcp", PolicyKind::Rcp));
    let policies = Policies {
        identity: &identity,
        resource: &resource,
        boundary: &boundary,
        session: &session,
        vpce: &vpce,
        scp: &scp,
        rcp: &rcp,
        strict_not_principal: sets.contains("strict"),
    };
    let principal = match principal {
        "anonymous" => Principal::Anonymous,
        service if service.ends_with(".amazonaws.com") => Principal::Service(service),
        arn => Principal::parse(arn).unwrap(),
    };
    let context = RequestContext::new();
    policies.judge(&Request::new(principal, Action::INVOKE, API, &context))
}

fn check(rows: &[(&str, &str, Reason, &str)]) {
    for (principal, sets, expected, source) in rows {
        let sets = sets.replace("ROOT", ROOT).replace("ANN", ANN).replace("SESSION", SESSION).replace("ROLE", ROLE);
        let sets = sets.replace("FEDERATED", FEDERATED).replace("STRANGER", STRANGER);
        assert_eq!(judge(principal, &sets), *expected, "{source}: {principal} with {sets}");
    }
}

use PolicySet::{Boundary, Identity, Rcp, Resource, Scp, Session, Vpce};
use Reason::{
    AllowedAsRoot, AllowedByBoth, AllowedByIdentity, AllowedByResource, Denied, FederatedWithoutSession, NothingAllows,
    Silent,
};

#[test]
fn an_explicit_deny_anywhere_decides() {
    check(&[
        (ANN, "identity:+ identity:-", Denied(Identity), "logic"),
        (ANN, "identity:+ resource:-*", Denied(Resource), "logic"),
        (ANN, "identity:+ resource:+ANN boundary:-", Denied(Boundary), "logic"),
        (ANN, "identity:+ session:-", Denied(Session), "logic"),
        (ANN, "identity:+ vpce:-*", Denied(Vpce), "logic"),
        (ANN, "identity:+ scp:+ scp:-", Denied(Scp(1)), "logic"),
        (ANN, "identity:+ rcp:+* rcp:-*", Denied(Rcp(1)), "logic"),
        (ROOT, "resource:-*", Denied(Resource), "logic"),
        (SESSION, "resource:+SESSION identity:-", Denied(Identity), "logic"),
        ("anonymous", "resource:+* rcp:-*", Denied(Rcp(0)), "logic"),
    ]);
}

#[test]
fn within_one_account_identity_or_resource_must_allow() {
    check(&[
        (ANN, "", NothingAllows, "logic"),
        (ANN, "identity:+", AllowedByIdentity, "logic"),
        (ANN, "identity:! identity:+", AllowedByIdentity, "logic"),
        (ANN, "identity:!", NothingAllows, "logic"),
        (ANN, "resource:+ANN", AllowedByResource, "logic"),
        (ANN, "resource:+*", AllowedByResource, "principal"),
        (ANN, "resource:+ROOT", NothingAllows, "principal: an account delegates"),
        (ANN, "resource:+111122223333", NothingAllows, "principal"),
        (ANN, "resource:+ROOT identity:+", AllowedByIdentity, "principal"),
        (ANN, "resource:+~STRANGER", AllowedByResource, "notprincipal"),
        (ROOT, "", AllowedAsRoot, "logic"),
        (ROOT, "boundary:!", AllowedAsRoot, "boundaries"),
        (ROOT, "session:!", Silent(Session), "logic"),
        ("111122223333", "", AllowedAsRoot, "logic"),
    ]);
}

#[test]
fn boundary_and_session_limit_unless_the_resource_names_the_caller() {
    check(&[
        (ANN, "boundary:+", NothingAllows, "boundaries: grants nothing"),
        (ANN, "identity:+ boundary:+", AllowedByIdentity, "boundaries"),
        (ANN, "identity:+ boundary:!", Silent(Boundary), "boundaries"),
        (ANN, "resource:+ANN boundary:!", AllowedByResource, "boundaries: not limited"),
        (ANN, "resource:+ROOT identity:+ boundary:!", Silent(Boundary), "boundaries"),
        (SESSION, "identity:+ session:+", AllowedByIdentity, "logic"),
        (SESSION, "identity:+ session:!", Silent(Session), "logic"),
        (SESSION, "identity:! session:+", NothingAllows, "logic"),
        (SESSION, "resource:+ROLE", AllowedByResource, "principal"),
        (SESSION, "resource:+ROLE boundary:!", Silent(Boundary), "principal: role ARN"),
        (SESSION, "resource:+ROLE session:!", Silent(Session), "principal: role ARN"),
        (SESSION, "resource:+SESSION boundary:! session:!", AllowedByResource, "principal: session ARN"),
        (SESSION, "resource:+* boundary:! session:!", AllowedByResource, "principal"),
        (SESSION, "resource:+ANN", NothingAllows, "principal"),
        (FEDERATED, "identity:+", FederatedWithoutSession, "logic"),
        (FEDERATED, "identity:+ session:+", AllowedByIdentity, "logic"),
        (FEDERATED, "identity:+ session:!", Silent(Session), "logic"),
        (FEDERATED, "resource:+FEDERATED", AllowedByResource, "principal"),
    ]);
}

#[test]
fn service_control_policies_must_allow_at_every_level() {
    check(&[
        (ANN, "identity:+ scp:+ scp:+ scp:+", AllowedByIdentity, "logic"),
        (ANN, "identity:+ scp:+ scp:! scp:+", Silent(Scp(1)), "logic"),
        (ANN, "resource:+ANN scp:!", Silent(Scp(0)), "logic"),
        (ROOT, "scp:!", Silent(Scp(0)), "logic: the root user too"),
        (STRANGER, "identity:+ resource:+STRANGER scp:!", Silent(Scp(0)), "logic"),
        ("anonymous", "resource:+* scp:!", AllowedByResource, "logic: nobody's account"),
        ("events.amazonaws.com", "resource:+events.amazonaws.com scp:-", AllowedByResource, "logic"),
        (ANN, "identity:+ rcp:+*", AllowedByIdentity, "organizations"),
    ]);
}

#[test]
fn across_accounts_both_sides_must_allow() {
    check(&[
        (STRANGER, "identity:+ resource:+STRANGER", AllowedByBoth, "logic"),
        (STRANGER, "identity:+ resource:+444455556666", AllowedByBoth, "logic: the account is enough"),
        (STRANGER, "identity:+ resource:+*", AllowedByBoth, "logic"),
        (STRANGER, "identity:+", Silent(Resource), "logic"),
        (STRANGER, "resource:+STRANGER", Silent(Identity), "logic"),
        (STRANGER, "identity:+ resource:+STRANGER boundary:!", Silent(Boundary), "logic: no way around"),
        (STRANGER, "identity:+ resource:+STRANGER session:!", Silent(Session), "logic"),
        (STRANGER, "identity:+ resource:+ROOT", Silent(Resource), "logic"),
        ("arn:aws:iam::444455556666:root", "resource:+444455556666", AllowedByBoth, "logic"),
    ]);
}

#[test]
fn who_is_in_no_account_has_the_resource_policy_alone() {
    check(&[
        ("anonymous", "", NothingAllows, "logic"),
        ("anonymous", "resource:+*", AllowedByResource, "logic"),
        ("anonymous", "resource:+ROOT", NothingAllows, "logic"),
        ("anonymous", "resource:+~ANN", AllowedByResource, "notprincipal"),
        ("events.amazonaws.com", "resource:+events.amazonaws.com", AllowedByResource, "logic"),
        ("events.amazonaws.com", "identity:+", Silent(Resource), "logic"),
        ("events.amazonaws.com", "resource:+ANN", Silent(Resource), "logic"),
    ]);
}

#[test]
fn a_vpc_endpoint_must_allow_too() {
    check(&[
        (ANN, "identity:+ vpce:+*", AllowedByIdentity, "logic"),
        (ANN, "identity:+ vpce:+ROOT", AllowedByIdentity, "API Gateway, VPC endpoint policies"),
        (ANN, "identity:+ vpce:+STRANGER", Silent(Vpce), "API Gateway, VPC endpoint policies"),
        (ANN, "resource:+ANN vpce:!*", Silent(Vpce), "logic"),
    ]);
}

#[test]
fn not_principal_with_deny_hits_whoever_is_not_excepted() {
    check(&[
        (ANN, "identity:+ resource:-~ANN", AllowedByIdentity, "notprincipal"),
        (ANN, "identity:+ resource:-~STRANGER", Denied(Resource), "notprincipal"),
        ("anonymous", "resource:-~ANN", Denied(Resource), "notprincipal"),
        (ANN, "identity:+ boundary:+ resource:-~ANN", Denied(Resource), "boundaries: always"),
        (ANN, "identity:+ resource:-~ANN strict", Denied(Resource), "notprincipal: the account is not listed"),
    ]);
}

/// Iam.md 2.4: an element without anybody.
#[test]
fn an_empty_not_principal_denies_everybody_and_allows_nobody() {
    let policy = |effect: &str, element: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"{effect}","{element}":{{}},"Action":"*"}}}}"#);
        [Policy::parse(&text, PolicyKind::Resource).unwrap()]
    };
    let context = RequestContext::new();
    let request = Request::new(Principal::Anonymous, Action::INVOKE, API, &context);
    for (effect, element, expected) in [
        ("Allow", "NotPrincipal", Decision::ImplicitlyDenied),
        ("Deny", "NotPrincipal", Decision::ExplicitlyDenied),
        ("Allow", "Principal", Decision::ImplicitlyDenied),
        ("Deny", "Principal", Decision::ImplicitlyDenied),
    ] {
        let resource = &policy(effect, element);
        assert_eq!(Policies { resource, ..Policies::default() }.decide(&request), expected, "{effect} {element}");
    }
}

#[test]
fn an_arn_without_account_asks_the_context_whose_it_is() {
    let identity = [policy(PolicyKind::Identity, "+")];
    let policies = Policies { identity: &identity, ..Policies::default() };
    for (account, expected) in [
        (None, Decision::Allowed),
        (Some("111122223333"), Decision::Allowed),
        (Some("444455556666"), Decision::ImplicitlyDenied),
    ] {
        let mut context = RequestContext::new();
        account.into_iter().for_each(|account| context.set(GlobalKey::ResourceAccount, account));
        let request = Request::new(Principal::parse(ANN).unwrap(), Action::INVOKE, "arn:aws:s3:::bucket", &context);
        assert_eq!(policies.decide(&request), expected, "{account:?}");
    }
}

/// Access Analyzer's reference, "Empty array action", "… resource" and "… principal": such a statement provides no permissions.
/// What it denies nobody documents.
#[test]
fn an_element_that_lists_nothing_allows_nothing() {
    let request_context = RequestContext::new();
    let principal = Principal::parse(ANN).unwrap();
    let request = Request::new(principal, Action::new("execute-api:Invoke"), API, &request_context);
    for (element, denies) in [
        (r#""Principal":"*","Action":[],"Resource":"*""#, false),
        (r#""Principal":"*","NotAction":[],"Resource":"*""#, true),
        (r#""Principal":"*","NotAction":[null],"Resource":"*""#, true),
        (r#""Principal":"*","Action":"*","Resource":[]"#, false),
        (r#""Principal":"*","Action":"*","NotResource":[]"#, true),
        (r#""Principal":{},"Action":"*","Resource":"*""#, false),
        (r#""NotPrincipal":{"AWS":[]},"Action":"*","Resource":"*""#, true),
    ] {
        let decided = |effect: &str| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}",{element}}}}}"#);
            let resource = [Policy::parse(&text, PolicyKind::Resource).unwrap_or_else(|why| panic!("{text}: {why:?}"))];
            Policies { resource: &resource, ..Policies::default() }.decide(&request)
        };
        assert_eq!(decided("Allow"), Decision::ImplicitlyDenied, "{element}");
        let expected = if denies { Decision::ExplicitlyDenied } else { Decision::ImplicitlyDenied };
        assert_eq!(decided("Deny"), expected, "{element}");
    }
}
