//! What all engines are asked: one method, eight statements, and two hundred that are about something else.

use gatehouse_policy::{GlobalKey, Policy, PolicyKind, RequestContext};

/// What is called.
pub const METHOD: &str = "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/4711";
/// Who calls.
pub const ANN: &str = "arn:aws:iam::111122223333:user/ann";
/// With what.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
/// Where from.
pub const ADDRESS: &str = "203.0.113.7";

/// Five statements of an identity: two about the user agent, one about a tag.
pub const IDENTITY: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/*",
   "Condition":{"StringEquals":{"aws:PrincipalTag/team":"pets"}}},
  {"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/POST/pets"},
  {"Effect":"Deny","Action":"execute-api:*","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*",
   "Condition":{"StringLike":{"aws:UserAgent":"*BadBot*"}}},
  {"Effect":"Deny","Action":"execute-api:*","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*",
   "Condition":{"StringLike":{"aws:UserAgent":"*sqlmap*"}}},
  {"Effect":"Deny","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*/DELETE/*"}
]}"#;

/// Three of the API: two about addresses, one about TLS.
pub const RESOURCE: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*",
   "Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
  {"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*",
   "Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}},
  {"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*",
   "Condition":{"Bool":{"aws:SecureTransport":"false"}}}
]}"#;

/// The same eight in Cedar. Methods are entities whose `arn` is their id; patterns, ranges, tag and flag are its own.
pub const CEDAR: &str = r#"
permit(principal, action == Action::"Invoke", resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/*" && principal.team == "pets" };
permit(principal, action == Action::"Invoke", resource)
  when { resource.arn == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/POST/pets" };
forbid(principal, action, resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*" && context.userAgent like "*BadBot*" };
forbid(principal, action, resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*" && context.userAgent like "*sqlmap*" };
forbid(principal, action == Action::"Invoke", resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*/DELETE/*" };
permit(principal, action == Action::"Invoke", resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*" && context.sourceIp.isInRange(ip("203.0.113.0/24")) };
forbid(principal, action == Action::"Invoke", resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*" && context.sourceIp.isInRange(ip("198.51.100.0/24")) };
forbid(principal, action == Action::"Invoke", resource)
  when { resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*" && !context.secureTransport };
"#;

/// Statements about other paths of the same API.
#[must_use]
pub fn two_hundred() -> String {
    let statement = |at: usize| {
        let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
        format!(
            r#"{{"Effect":"{effect}","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/things{at}/*"}}"#
        )
    };
    let statements: Vec<_> = (0..200).map(statement).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// The same in Cedar.
#[must_use]
pub fn two_hundred_of_cedar() -> String {
    let policy = |at: usize| {
        let effect = if at.is_multiple_of(2) { "permit" } else { "forbid" };
        format!(
            r#"{effect}(principal, action == Action::"Invoke", resource) when {{ resource.arn like "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/things{at}/*" }};"#
        )
    };
    (0..200).map(policy).collect()
}

/// What our engine knows of the request.
#[must_use]
pub fn context() -> RequestContext<'static> {
    let mut context = RequestContext::new();
    context.set(GlobalKey::SourceIp, ADDRESS);
    context.set(GlobalKey::UserAgent, USER_AGENT);
    context.set_bool(GlobalKey::SecureTransport, true);
    context.set_time(1_760_000_000);
    context.insert("aws:PrincipalTag/team", "pets");
    context
}

/// A policy that is known to be good.
///
/// # Panics
/// If it is not.
#[must_use]
pub fn policy(text: &str, kind: PolicyKind) -> Policy {
    Policy::parse(text, kind).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
}
