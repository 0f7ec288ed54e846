//! Whose signatures are accepted, as written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Node;

/// Who may sign requests, and on what terms their signatures are accepted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Iam {
    /// The access keys that are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_keys: Vec<AccessKey>,
    /// Who is asked about every other access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_provider: Option<CredentialProvider>,
    /// How far a client's clock may be wrong, in seconds; 300 where absent, as on execute-api.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_in_seconds: Option<u32>,
    /// Whether `UNSIGNED-PAYLOAD` is accepted, which execute-api does not.
    pub unsigned_payload: bool,
    /// Whether SigV4A is accepted beside SigV4.
    pub sigv4a: bool,
    /// `x-amz-*` headers that clients, or what is between, add after signing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsigned_headers: Vec<String>,
    /// Other headers that must be signed where they are sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signed_headers: Vec<String>,
    /// What clients call this host, where a proxy in front of it replaces the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_aliases: Vec<String>,
    /// How much a client is told of a signature that does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch_detail: Option<MismatchDetail>,
    /// Whether each signature is accepted once only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_protection: Option<ReplayProtection>,
}

/// An access key, and who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKey {
    /// `AKIAIOSFODNN7EXAMPLE`
    pub access_key_id: String,
    /// Where the secret is.
    pub secret_access_key: Secret,
    /// Where the session token is, of temporary credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<Secret>,
    /// When temporary credentials expire: `2030-01-01T00:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<String>,
    /// Whether the key is in use.
    #[serde(default)]
    pub status: AccessKeyStatus,
    /// Whose it is.
    pub principal: Principal,
}

/// Where a secret is: never in the document itself, unless it says so.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Secret {
    /// In an environment variable of Envoy's.
    Environment(String),
    /// In a file that Envoy reads when it starts.
    File(String),
    /// In the string of Envoy's filter state that has this name, put there by whatever delivers secrets to Envoy. It
    /// may change while Envoy runs.
    FilterState(String),
    /// Here, for everybody to read.
    PlainText(String),
}

/// Whether an access key is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AccessKeyStatus {
    /// It is.
    #[default]
    Active,
    /// It is not.
    Inactive,
}

/// Who signs, and what he may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Principal {
    /// The ARN of a user, a root user, a role's session or a federated user's session.
    pub arn: String,
    /// The unique id: `AIDACKCEVSQ6C2EXAMPLE`, `AROA…:session`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The ARN of a session's role, where the role has a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// `aws:PrincipalTag/…`
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// `aws:PrincipalOrgID`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_org_id: Option<String>,
    /// `aws:PrincipalOrgPaths`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principal_org_paths: Vec<String>,
    /// `aws:FederatedProvider`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated_provider: Option<String>,
    /// `aws:SourceIdentity`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// `aws:TokenIssueTime`, of temporary credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_issue_time: Option<String>,
    /// `aws:MultiFactorAuthPresent`, of temporary credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_factor_auth_present: Option<bool>,
    /// The identity's policies, those of its groups too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Node>,
    /// The permissions boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<Node>,
    /// The session's policies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session_policies: Vec<Node>,
    /// Service control policies: for each level, from the root down to the account, those that are attached there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_control_policies: Vec<Vec<Node>>,
}

/// Who is asked about access keys that the document does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialProvider {
    /// `http://127.0.0.1:9002/credentials`
    pub url: String,
    /// The `Host` header to send; the URL's host where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// How long it may take; 2000 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<u32>,
    /// How long an answer holds, unless the credentials expire before; 300 where absent, 0 for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_in_seconds: Option<u32>,
}

/// How much a client is told of a signature that does not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum MismatchDetail {
    /// What should have been signed, as REST APIs tell it.
    #[default]
    Full,
    /// That it does not match.
    Brief,
}

/// How many signatures are remembered, so that none is accepted twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayProtection {
    /// As many as may come within twice the clock skew; more are refused.
    pub max_signatures: u32,
}

/// A map with one key. What is written in its place is not repeated in any message: it may be the secret.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsWritten;
        const EXPECTED: &str =
            "expected where the secret is: `{ environment: NAME }`, `{ file: PATH }` or `{ filterState: NAME }`";
        impl<'de> Visitor<'de> for AsWritten {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("where the secret is, as a map with one key")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Secret, E> {
                Err(E::custom(EXPECTED))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
                let Some((kind, text)) = map.next_entry::<String, String>()? else {
                    return Err(de::Error::custom(EXPECTED));
                };
                let secret = match kind.as_str() {
                    "environment" => Secret::Environment(text),
                    "file" => Secret::File(text),
                    "filterState" => Secret::FilterState(text),
                    "plainText" => Secret::PlainText(text),
                    _ => return Err(de::Error::custom(EXPECTED)),
                };
                match map.next_key::<String>()? {
                    None => Ok(secret),
                    Some(_) => Err(de::Error::custom(EXPECTED)),
                }
            }
        }
        deserializer.deserialize_any(AsWritten)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Environment(name) => write!(f, "Environment({name:?})"),
            Secret::File(path) => write!(f, "File({path:?})"),
            Secret::FilterState(name) => write!(f, "FilterState({name:?})"),
            Secret::PlainText(_) => f.write_str("PlainText([redacted])"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_somewhere_else_and_never_repeated() {
        let check = |written: &str, expected: Option<Secret>| {
            let read: Result<Secret, _> = serde_json::from_str(written);
            if let Err(error) = &read {
                assert!(!error.to_string().contains("hunter2"), "{error}");
            }
            assert_eq!(read.ok(), expected, "{written}");
        };
        check(r#"{"environment": "A"}"#, Some(Secret::Environment("A".into())));
        check(r#"{"file": "/run/a"}"#, Some(Secret::File("/run/a".into())));
        check(r#"{"filterState": "a"}"#, Some(Secret::FilterState("a".into())));
        check(r#"{"plainText": "a"}"#, Some(Secret::PlainText("a".into())));
        for refused in [r#""hunter2""#, "{}", r#"{"hunter2": "hunter2"}"#, r#"{"file": "a", "environment": "b"}"#, "1"]
        {
            check(refused, None);
        }
        assert_eq!(format!("{:?}", Secret::PlainText("hunter2".into())), "PlainText([redacted])");
    }
}
