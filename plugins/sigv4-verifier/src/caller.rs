//! Who has signed, and what he may do.

use gatehouse_api::deployment::config;
use gatehouse_api::{Node, Place, Problem};
use gatehouse_authorization::{Guard, Keys, Scene};
use gatehouse_context::{Context, Text};
use gatehouse_policy::{
    Account, Action, Decision, GlobalKey, Needs, Policies, Policy, PolicyKind, Principal, Request, RequestContext,
    is_account_id,
};

use crate::document::policy;

/// A principal with its policies, ready to be asked for.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    arn: Text,
    account: Text,
    user_id: Option<Text>,
    org_id: Option<Text>,
    /// The texts of condition keys that are the same for every request.
    keys: Vec<(GlobalKey, String)>,
    org_paths: Vec<String>,
    multi_factor: Option<bool>,
    /// `aws:PrincipalTag/NAME`, and the value.
    tags: Vec<(String, String)>,
    identity: Vec<Policy>,
    boundary: Vec<Policy>,
    session: Vec<Policy>,
    scp: Vec<Vec<Policy>>,
    needs: Needs,
}

impl Caller {
    /// Understands a principal.
    pub fn compile(written: &config::Principal, place: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let principal = match Principal::parse(&written.arn) {
            Ok(Principal::AssumedRole { session: None, .. }) => {
                let message = format!("`{}` is a role, which signs nothing: write the ARN of a session", written.arn);
                problems.push(Problem::error(&place.then("arn"), message));
                return None;
            }
            Ok(Principal::Root(Account { partition: None, id })) => {
                let message = format!("`{id}` is no ARN: write `arn:aws:iam::{id}:root`");
                problems.push(Problem::error(&place.then("arn"), message));
                return None;
            }
            Ok(principal) => principal,
            Err(error) => {
                problems.push(Problem::error(&place.then("arn"), format!("`{}` is {error}", written.arn)));
                return None;
            }
        };
        let account = principal.account().map(|account| account.id).unwrap_or_default();
        if !is_account_id(account) {
            let message = format!("`{}` names no account: one has twelve digits", written.arn);
            problems.push(Problem::error(&place.then("arn"), message));
            return None;
        }
        let before = problems.len();
        let mut list = |documents: &[Node], place: &Place, kind| -> Vec<Policy> {
            let documents = documents.iter().enumerate();
            documents.filter_map(|(at, document)| policy(document, kind, &place.then(at), problems)).collect()
        };
        let identity = list(&written.policies, &place.then("policies"), PolicyKind::Identity);
        let session = list(&written.session_policies, &place.then("sessionPolicies"), PolicyKind::Session);
        let levels = written.service_control_policies.iter().enumerate();
        let scps = place.then("serviceControlPolicies");
        let scp: Vec<Vec<Policy>> =
            levels.map(|(level, documents)| list(documents, &scps.then(level), PolicyKind::Scp)).collect();
        let boundary = written.permissions_boundary.iter();
        let place = place.then("permissionsBoundary");
        let boundary: Vec<Policy> =
            boundary.filter_map(|document| policy(document, PolicyKind::Boundary, &place, problems)).collect();
        if problems.len() > before {
            return None;
        }
        let all = identity.iter().chain(&session).chain(&boundary).chain(scp.iter().flatten());
        Some(Self {
            arn: written.arn.as_str().into(),
            account: account.into(),
            user_id: user_id(written, principal).map(Into::into),
            org_id: written.principal_org_id.as_deref().map(Into::into),
            keys: keys(written, principal),
            org_paths: written.principal_org_paths.clone(),
            multi_factor: written.multi_factor_auth_present,
            tags: written
                .tags
                .iter()
                .map(|(name, value)| (format!("aws:PrincipalTag/{name}"), value.clone()))
                .collect(),
            needs: all.collect(),
            identity,
            boundary,
            session,
            scp,
        })
    }

    /// The ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Makes the caller known as `$context.identity.*`. The secret has no place there.
    pub fn apply(&self, access_key_id: &str, context: &mut Context) {
        let identity = &mut context.identity;
        identity.access_key = Some(access_key_id.into());
        identity.account_id = Some(Text::clone(&self.account));
        identity.caller.clone_from(&self.user_id);
        identity.user.clone_from(&self.user_id);
        identity.user_arn = Some(Text::clone(&self.arn));
        identity.principal_org_id.clone_from(&self.org_id);
    }

    /// What all policies together say of the caller's request.
    #[must_use]
    pub fn decide(&self, method_arn: &str, guard: &Guard<'_>, scene: &Scene<'_>) -> Decision {
        // It was one when the caller was compiled.
        let Ok(principal) = Principal::parse(&self.arn) else { return Decision::ImplicitlyDenied };
        let needs = self.needs.and(guard.needs());
        let keys = Keys::read(needs, scene);
        let mut context = keys.context();
        self.tell(needs, &mut context);
        let policies = Policies {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            scp: &self.scp,
            ..Policies::default()
        };
        guard.api().with_iam(&policies, &Request::new(principal, Action::INVOKE, method_arn, &context))
    }

    fn tell<'a>(&'a self, needs: Needs, context: &mut RequestContext<'a>) {
        for (key, text) in self.keys.iter().filter(|(key, _)| needs.has(*key)) {
            context.set(*key, text);
        }
        if let Some(present) = self.multi_factor.filter(|_| needs.has(GlobalKey::MultiFactorAuthPresent)) {
            context.set_bool(GlobalKey::MultiFactorAuthPresent, present);
        }
        if needs.has(GlobalKey::PrincipalOrgPaths) {
            context.insert_many(GlobalKey::PrincipalOrgPaths.name(), self.org_paths.iter().map(String::as_str));
        }
        for (name, value) in &self.tags {
            context.insert(name.as_str(), value);
        }
    }
}

/// The keys that say who a principal is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
fn keys(written: &config::Principal, principal: Principal<'_>) -> Vec<(GlobalKey, String)> {
    let account = principal.account().map(|account| account.id).unwrap_or_default();
    let (kind, arn, username) = match principal {
        Principal::Root(_) => ("Account", written.arn.clone(), None),
        Principal::User(_, arn) => ("User", arn.to_owned(), arn.rsplit('/').next()),
        Principal::AssumedRole { role, .. } => ("AssumedRole", role_arn(written, account, role), None),
        Principal::FederatedUser { .. } => ("FederatedUser", written.arn.clone(), None),
        Principal::Anonymous | Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
            ("Anonymous", written.arn.clone(), None)
        }
    };
    let texts = [
        (GlobalKey::PrincipalType, Some(kind.to_owned())),
        (GlobalKey::PrincipalArn, Some(arn)),
        (GlobalKey::PrincipalAccount, Some(account.to_owned())),
        (GlobalKey::UserId, user_id(written, principal)),
        (GlobalKey::Username, username.map(str::to_owned)),
        (GlobalKey::PrincipalOrgId, written.principal_org_id.clone()),
        (GlobalKey::FederatedProvider, written.federated_provider.clone()),
        (GlobalKey::SourceIdentity, written.source_identity.clone()),
        (GlobalKey::TokenIssueTime, written.token_issue_time.clone()),
    ];
    texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
}

/// What `aws:userid` is: written, or the account of a root user, and the account and the name of a federated user.
fn user_id(written: &config::Principal, principal: Principal<'_>) -> Option<String> {
    written.user_id.clone().or_else(|| match principal {
        Principal::Root(account) => Some(account.id.to_owned()),
        Principal::FederatedUser { account, session, .. } => {
            session.rsplit('/').next().map(|name| format!("{}:{name}", account.id))
        }
        // Their ids are AWS's own.
        Principal::User(..) | Principal::AssumedRole { .. } => None,
        Principal::Anonymous | Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => None,
    })
}

/// Of a session, `aws:PrincipalArn` is its role.
fn role_arn(written: &config::Principal, account: &str, role: &str) -> String {
    let partition = written.arn.split(':').nth(1).unwrap_or("aws");
    written.role_arn.clone().unwrap_or_else(|| format!("arn:{partition}:iam::{account}:role/{role}"))
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::Timestamp;
    use gatehouse_filter::testing::TestHost;
    use gatehouse_http::{Body, Headers};

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/dev/GET/pets";

    fn principal(json: &str) -> config::Principal {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    fn caller(json: &str) -> Caller {
        let mut problems = Vec::new();
        let caller = Caller::compile(&principal(json), &Place::root(), &mut problems);
        caller.unwrap_or_else(|| panic!("{problems:?}"))
    }

    fn decide(caller: &Caller, guard: &Guard<'_>) -> Decision {
        let request =
            gatehouse_http::Request { headers: Headers::from_pairs([("user-agent", "curl")]), body: Body::Empty };
        let (context, host) = (Context::default(), TestHost::default());
        let now = Timestamp::default();
        let scene =
            Scene { request: &request, context: &context, region: "us-east-1", endpoint: None, now, host: &host };
        caller.decide(ARN, guard, &scene)
    }

    fn allow(condition: &str) -> String {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*","Condition":{{{condition}}}}}]}}"#
        )
    }

    #[test]
    fn a_caller_has_the_keys_of_its_kind() {
        let check = |arn: &str, key: &str, expected: &str| {
            let policy = allow(&format!(r#""StringEquals":{{"{key}":"{expected}"}}"#));
            let written = format!(
                r#"{{"arn":"{arn}","userId":"AIDA","principalOrgId":"o-1","tags":{{"team":"red"}},"policies":[{policy}]}}"#
            );
            assert_eq!(decide(&caller(&written), &Guard::default()), Decision::Allowed, "{arn} {key}");
        };
        let user = "arn:aws:iam::123456789012:user/path/alice";
        check(user, "aws:PrincipalArn", user);
        check(user, "aws:username", "alice");
        check(user, "aws:userid", "AIDA");
        check(user, "aws:PrincipalType", "User");
        check(user, "aws:PrincipalAccount", "123456789012");
        check(user, "aws:PrincipalOrgID", "o-1");
        check(user, "aws:PrincipalTag/Team", "red");
        let session = "arn:aws:sts::123456789012:assumed-role/admin/me";
        check(session, "aws:PrincipalArn", "arn:aws:iam::123456789012:role/admin");
        check(session, "aws:PrincipalType", "AssumedRole");
        check("arn:aws:iam::123456789012:root", "aws:PrincipalType", "Account");
    }

    #[test]
    fn who_may_nothing_may_nothing_and_a_boundary_bounds() {
        let user = r#""arn":"arn:aws:iam::123456789012:user/a""#;
        let policy = allow("");
        let none = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let check = |fields: String, expected| {
            assert_eq!(decide(&caller(&format!("{{{user}{fields}}}")), &Guard::default()), expected, "{fields}");
        };
        check(String::new(), Decision::ImplicitlyDenied);
        check(format!(r#","policies":[{policy}]"#), Decision::Allowed);
        check(format!(r#","policies":[{policy}],"permissionsBoundary":{none}"#), Decision::ImplicitlyDenied);
        check(format!(r#","policies":[{policy}],"serviceControlPolicies":[[{none}]]"#), Decision::ImplicitlyDenied);
        check(format!(r#","policies":["{}"]"#, policy.replace('"', "\\\"")), Decision::Allowed);
    }

    #[test]
    fn across_accounts_the_resource_must_allow_too() {
        let stranger = caller(&format!(r#"{{"arn":"arn:aws:iam::999999999999:user/a","policies":[{}]}}"#, allow("")));
        assert_eq!(decide(&stranger, &Guard::default()), Decision::ImplicitlyDenied);
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"execute-api:Invoke",
            "Resource":"execute-api:/dev/GET/*"}]}"#;
        let resource = Policy::parse(text, PolicyKind::Resource).unwrap();
        let guard = Guard { resource_policy: Some(&resource), ..Guard::default() };
        assert_eq!(decide(&stranger, &guard), Decision::Allowed);
    }

    #[test]
    fn what_is_no_caller_or_no_policy_is_refused_by_place() {
        let check = |json: &str, place: &str, message: &str| {
            let mut problems = Vec::new();
            assert!(Caller::compile(&principal(json), &Place::root().then("principal"), &mut problems).is_none());
            let found: Vec<_> = problems.iter().map(|it| (it.place.as_str(), it.message.as_str())).collect();
            assert!(found.iter().any(|(at, text)| *at == place && text.contains(message)), "{json}: {found:?}");
        };
        check(r#"{"arn":"alice"}"#, "/principal/arn", "`alice` is not the ARN of");
        check(r#"{"arn":"arn:aws:iam::123456789012:role/a"}"#, "/principal/arn", "signs nothing");
        for account in ["", "12", "12345678901x", "1234567890123", "*"] {
            let user = format!(r#"{{"arn":"arn:aws:iam::{account}:user/a"}}"#);
            check(&user, "/principal/arn", "");
        }
        check(r#"{"arn":"123456789012"}"#, "/principal/arn", "write `arn:aws:iam::123456789012:root`");
        check(
            r#"{"arn":"arn:aws:iam::123456789012:user/a","policies":[{"Statement":[{"Effect":"May"}]}]}"#,
            "/principal/policies/0/Statement/0/Effect",
            "",
        );
    }

    #[test]
    fn a_root_user_and_a_federated_user_have_ids_without_being_told() {
        let check = |arn: &str, id: Option<&str>| {
            let mut context = Context::default();
            caller(&format!(r#"{{"arn":"{arn}"}}"#)).apply("AKID", &mut context);
            for name in ["identity.caller", "identity.user"] {
                assert_eq!(context.lookup(name).as_deref(), id, "{arn}");
            }
            let policy = allow(&format!(r#""StringEquals":{{"aws:userid":"{}"}}"#, id.unwrap_or("*")));
            let written = format!(r#"{{"arn":"{arn}","policies":[{policy}],"sessionPolicies":[{}]}}"#, allow(""));
            let allowed = decide(&caller(&written), &Guard::default()) == Decision::Allowed;
            assert_eq!(allowed, id.is_some(), "{arn}");
        };
        check("arn:aws:iam::123456789012:root", Some("123456789012"));
        check("arn:aws:sts::123456789012:federated-user/bob", Some("123456789012:bob"));
        check("arn:aws:iam::123456789012:user/a", None);
        check("arn:aws:sts::123456789012:assumed-role/admin/me", None);
    }

    #[test]
    fn context_names_the_caller() {
        let caller = caller(r#"{"arn":"arn:aws:iam::123456789012:user/a","userId":"AIDA","principalOrgId":"o-1"}"#);
        let mut context = Context::default();
        caller.apply("AKID", &mut context);
        for (name, expected) in [
            ("accessKey", "AKID"),
            ("accountId", "123456789012"),
            ("caller", "AIDA"),
            ("user", "AIDA"),
            ("userArn", "arn:aws:iam::123456789012:user/a"),
            ("principalOrgId", "o-1"),
        ] {
            assert_eq!(context.lookup(&format!("identity.{name}")).as_deref(), Some(expected), "{name}");
        }
    }
}
