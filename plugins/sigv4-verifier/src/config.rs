//! AWS_IAM as written, for a filter that is configured alone.

use gatehouse_api::Node;
use gatehouse_api::deployment::config::Iam;
use serde::Deserialize;

/// The configuration of AWS_IAM by itself.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigV4Verifier {
    /// The region that requests must be signed for, and that method ARNs name.
    #[serde(default = "region")]
    pub region: String,
    /// The account of method ARNs.
    #[serde(default = "account_id")]
    pub account_id: String,
    /// The API of method ARNs.
    #[serde(default = "api_id")]
    pub api_id: String,
    /// The stage of method ARNs; where it is the path's first segment, that segment is no part of the resource.
    #[serde(default = "stage")]
    pub stage: String,
    /// Whose signatures are accepted.
    pub iam: Iam,
    /// The cluster that the credential provider is asked by.
    #[serde(default)]
    pub credential_provider_cluster: Option<String>,
    /// The resource policy.
    #[serde(default)]
    pub policy: Option<Node>,
}

fn region() -> String {
    "us-east-1".into()
}

fn account_id() -> String {
    "123456789012".into()
}

fn api_id() -> String {
    "api".into()
}

fn stage() -> String {
    "default".into()
}
