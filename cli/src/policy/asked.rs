//! The request of a line: who asks, for what, and what else is known.

use std::collections::BTreeSet;

use gatehouse_policy::{GlobalKey, Principal};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::object::Entries;

/// A request as a line has it.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) principal: Value,
    pub(super) action: String,
    pub(super) resource: Resource,
    #[serde(default)]
    context: Option<Entries>,
}

/// A resource by its ARN, which of some services does not say whose it is.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`resource` is neither a string nor an object of `resource` and `accountId`")]
pub(super) enum Resource {
    Arn(String),
    Of {
        resource: String,
        #[serde(rename = "accountId")]
        account_id: String,
    },
}

impl Resource {
    pub(super) fn arn(&self) -> &str {
        match self {
            Resource::Arn(arn) | Resource::Of { resource: arn, .. } => arn,
        }
    }

    /// The account that the resource is in, where that is told.
    pub(super) fn account_id(&self) -> Option<&str> {
        match self {
            Resource::Arn(_) => None,
            Resource::Of { account_id, .. } => Some(account_id),
        }
    }
}

/// A key's values in their string form.
pub(super) enum Known {
    One(String),
    Several(Vec<String>),
}

impl Known {
    /// A list of one is a single value: what counts is "the number of values in the request context". But a key that can have
    /// several is one of several with one, too.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
    fn of(key: &str, mut list: Vec<String>) -> Self {
        let is_named = |known: &&GlobalKey| known.name().eq_ignore_ascii_case(key);
        let is_multivalued = GlobalKey::ALL.iter().find(is_named).is_some_and(|known| known.is_multivalued());
        match list.pop() {
            Some(only) if list.is_empty() && !is_multivalued => Known::One(only),
            last => {
                list.extend(last);
                Known::Several(list)
            }
        }
    }
}

impl Asked {
    /// What is known of each key; `null` is as good as nothing.
    pub(super) fn values(&self) -> Result<Vec<(&str, Known)>, String> {
        let (mut values, mut names) = (Vec::new(), BTreeSet::new());
        for (key, value) in self.context.iter().flat_map(|context| &context.0) {
            if !names.insert(key.to_lowercase()) {
                return Err(format!("context: `{key}` is there twice, or in another case, too"));
            }
            let known = match value.get() {
                "null" => continue,
                list if list.starts_with('[') => {
                    let list: Vec<&RawValue> = serde_json::from_str(list).map_err(|why| format!("context: {why}"))?;
                    Known::of(key, list.iter().map(|value| scalar(key, value)).collect::<Result<_, _>>()?)
                }
                _ => Known::One(scalar(key, value)?),
            };
            values.push((key.as_str(), known));
        }
        Ok(values)
    }

    /// Whether the caller is a service-linked role, as far as the path of the role is told: the ARN of a session has
    /// none, but `aws:PrincipalArn` has.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names>
    pub(super) fn is_by_service_linked_role(&self, values: &[(&str, Known)]) -> bool {
        let linked = |arn: &str| arn.starts_with("arn:") && arn.contains(":role/aws-service-role/");
        let named = match &self.principal {
            Value::Object(object) => object.get("AWS").and_then(only),
            principal => principal.as_str(),
        };
        named.is_some_and(linked)
            || values.iter().any(|(key, known)| {
                key.eq_ignore_ascii_case("aws:PrincipalArn") && matches!(known, Known::One(arn) if linked(arn))
            })
    }

    /// The user that has the name of a federated user: whoever asked for the session, where nobody says who did.
    pub(super) fn namesake(&self) -> Option<String> {
        let Ok(Principal::FederatedUser { account, session, user: None }) = principal(&self.principal) else {
            return None;
        };
        let (_, name) = session.split_once('/')?;
        Some(format!("arn:{}:iam::{}:user/{name}", account.partition?, account.id))
    }
}

/// A number keeps its digits.
fn scalar(key: &str, value: &RawValue) -> Result<String, String> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_err(|why| format!("context: `{key}`: {why}")),
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(text.to_owned()),
        _ => Err(format!("context: `{key}` is neither a string, a number or a boolean nor a list of them")),
    }
}

/// An ARN, an account's number, a service's name, an identity provider; or an object that says which of them it is.
pub(super) fn principal(json: &Value) -> Result<Principal<'_>, String> {
    match json {
        Value::Null => Ok(Principal::Anonymous),
        // Nobody that AWS knows: as a caller, everybody is no one in particular.
        Value::String(text) if matches!(text.as_str(), "*" | "anonymous") => Ok(Principal::Anonymous),
        Value::String(text) if is_provider(text) => Ok(Principal::Federated(text)),
        Value::String(text) if is_service(text) => Ok(Principal::Service(text)),
        Value::String(text) => Principal::parse(text).map_err(|why| format!("principal: `{text}` is {why}")),
        Value::Object(object) => of_object(object),
        _ => Err("principal: neither a string nor an object".into()),
    }
}

fn is_service(text: &str) -> bool {
    !text.contains([':', '/']) && (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn"))
}

/// What `Federated` can name: a provider of SAML or OpenID Connect, or one that needs no ARN.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
fn is_provider(text: &str) -> bool {
    let known = ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];
    let mut sections = text.splitn(6, ':');
    let is_iam = sections.next() == Some("arn") && sections.nth(1) == Some("iam");
    let resource = sections.nth(2).unwrap_or_default();
    known.contains(&text)
        || is_iam && (resource.starts_with("saml-provider/") || resource.starts_with("oidc-provider/"))
}

/// How an object says who calls.
const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// `{"AWS": arn}` and, for a federated user's session, the `user` that asked for it; `{"Service": name}` and the like;
/// `{"type": "Anonymous"}`.
fn of_object(object: &Map<String, Value>) -> Result<Principal<'_>, String> {
    let text = |key: &str| object.get(key).and_then(only);
    if KINDS.iter().filter(|kind| object.contains_key(**kind)).count() > 1 {
        return Err(format!("principal: an object with more than one of {}", KINDS.join(", ")));
    }
    if text("type") == Some("Anonymous") {
        return Ok(Principal::Anonymous);
    }
    if let Some(name) = text("Service") {
        return Ok(Principal::Service(name));
    }
    if let Some(name) = text("Federated") {
        return Ok(Principal::Federated(name));
    }
    if let Some(id) = text("CanonicalUser") {
        return Ok(Principal::CanonicalUser(id));
    }
    let named = object.get("AWS").or_else(|| object.get("arn"));
    let named = match named {
        Some(Value::Array(list)) => list.first().filter(|_| list.len() == 1),
        named => named,
    };
    let Some(named @ Value::String(_)) = named else {
        return Err(format!("principal: an object needs one of {}", KINDS.join(", ")));
    };
    match principal(named)? {
        Principal::FederatedUser { account, session, .. } => {
            Ok(Principal::FederatedUser { account, session, user: text("user") })
        }
        principal => Ok(principal),
    }
}

/// A text, or a list of one, as policies have it.
fn only(json: &Value) -> Option<&str> {
    match json {
        Value::Array(list) => list.first().filter(|_| list.len() == 1)?.as_str(),
        json => json.as_str(),
    }
}
