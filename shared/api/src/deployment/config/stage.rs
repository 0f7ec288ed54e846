//! Stages and their settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::schema;
use super::text::{some_text, text, texts};

/// One stage of an API.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// The first segment of its paths; `$default` of an HTTP API is for those without.
    #[serde(deserialize_with = "text")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub stage_name: String,
    /// A host of its own, where paths have no stage segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Stage variables.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, schema::Text>"))]
    pub variables: BTreeMap<String, String>,
    /// `*/*` or `{resource path}/{METHOD}` → settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub method_settings: BTreeMap<String, MethodSettings>,
    /// The access log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_log_settings: Option<AccessLogSettings>,
    /// What `$context.deploymentId` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// For humans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether X-Ray traces.
    #[serde(default)]
    pub tracing_enabled: bool,
    /// Whether there is a cache.
    #[serde(default)]
    pub cache_cluster_enabled: bool,
    /// The cache's size in GB.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_text")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Size>"))]
    pub cache_cluster_size: Option<String>,
    /// A second deployment that gets some of the requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_settings: Option<CanarySettings>,
    /// The certificate that the backends of HTTP integrations are shown: one of `clientCertificates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_id: Option<String>,
    /// The web application firewall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_acl_arn: Option<String>,
}

/// The access log of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessLogSettings {
    /// One line with `$context` variables.
    pub format: String,
    /// Where API Gateway would send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
}

/// A second deployment that gets some of the requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanarySettings {
    /// How many of a hundred requests it gets.
    #[serde(default)]
    pub percent_traffic: f64,
    /// Stage variables that are others there.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, schema::Text>"))]
    pub stage_variable_overrides: BTreeMap<String, String>,
    /// Whether it uses the stage's cache.
    #[serde(default)]
    pub use_stage_cache: bool,
    /// The deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
}

/// Settings of one method, or of all of them; what is absent is inherited.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[serde(expecting = "the settings of a method, as a map")]
pub struct MethodSettings {
    /// Whether the method has metrics of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_enabled: Option<bool>,
    /// `OFF`, `ERROR` or `INFO`: the execution log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<String>,
    /// Whether the execution log holds whole requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_trace_enabled: Option<bool>,
    /// Requests a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_rate_limit: Option<f64>,
    /// Requests at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_burst_limit: Option<i64>,
    /// Whether responses are cached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caching_enabled: Option<bool>,
    /// How long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_ttl_in_seconds: Option<u32>,
    /// Whether the cache is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_data_encrypted: Option<bool>,
    /// Whether a client must be allowed to invalidate the cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_authorization_for_cache_control: Option<bool>,
    /// What happens to a client that is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unauthorized_cache_control_header_strategy: Option<String>,
}
