//! API keys and usage plans as written, with the field names of AWS's own API: what `aws apigateway get-usage-plans` and
//! `get-api-keys --include-values` print can be put here.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// All keys and plans, and what every request is limited by.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsagePlans {
    /// The plans.
    #[serde(default)]
    pub usage_plans: Vec<UsagePlan>,
    /// The keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
    /// The keys as the compiler packs them, instead of `apiKeys`; no key's value can be read from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed_api_keys: Option<String>,
    /// Where proxies count together; each for itself where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_store: Option<UsageStore>,
}

/// Where several proxies count together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageStore {
    /// How it is asked.
    #[serde(rename = "type")]
    pub kind: StoreType,
    /// Where it is: `http://127.0.0.1:7379`. In a deployment document, from which the proxy's cluster is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The proxy's cluster for it. In the configuration of a filter alone, whose clusters are the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// A rate limit service's domain, and what the names of Redis's keys begin with.
    #[serde(default = "domain")]
    pub domain: String,
    /// How long a request waits for it.
    #[serde(default = "timeout")]
    pub timeout_in_millis: u32,
    /// What becomes of requests while it does not answer; a plan can say something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_mode: Option<FailureMode>,
}

/// How a store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StoreType {
    /// Redis, behind webdis.
    Redis,
    /// Envoy's rate limit service protocol.
    RateLimitService,
}

/// What becomes of requests while a store does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureMode {
    /// The proxy counts for itself meanwhile.
    #[default]
    Open,
    /// They are refused.
    Closed,
}

/// Who has a throttle's bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Each proxy.
    #[default]
    Local,
    /// The store: one for all proxies.
    Cluster,
}

/// An API key. Of its value the proxy needs the hash only.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_ApiKey.html>
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// `$context.identity.apiKeyId`; made from the value where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What clients send: 20 to 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value's SHA-256 in hexadecimal digits, instead of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_sha256: Option<String>,
    /// Absent is true, as in a file of keys.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it was made: a time by ISO 8601, or seconds since 1970. A quota's `offset` is about the period of this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Date>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_date: Option<Date>,
    /// AWS Marketplace's customer; not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// `apiId/stage`: what there was before usage plans. They alone say since then where a key may be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_keys: Vec<String>,
    /// The plans that it is in, as in a file of keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage_plan_ids: Vec<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A value is a secret.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// A moment as the command line prints it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a time by ISO 8601, or seconds since 1970")]
pub enum Date {
    /// `2026-11-21T13:12:56+00:00`, or the day alone.
    Text(String),
    /// `1795266776.0`
    Seconds(f64),
}

/// A usage plan.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html>
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsagePlan {
    /// What keys and files of keys know it by.
    pub id: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it applies.
    #[serde(default)]
    pub api_stages: Vec<ApiStage>,
    /// Each key's limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// Each key's number of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// What becomes of its requests while the store does not answer; not AWS's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_mode: Option<FailureMode>,
    /// AWS Marketplace's product; not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_code: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The ids of its keys, besides those that name it in `usagePlanIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// A stage in a plan.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_ApiStage.html>
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiStage {
    /// The API.
    pub api_id: String,
    /// The stage.
    pub stage: String,
    /// Each key's limits of single methods, by `/path/VERB`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub throttle: BTreeMap<String, Throttle>,
}

/// A rate and a burst.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_ThrottleSettings.html>
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throttle {
    /// Requests a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<f64>,
    /// Requests at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst_limit: Option<i64>,
    /// Whether every proxy has a bucket, or all have one, in the store; not AWS's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The share of both that this proxy has: a third of three proxies; not AWS's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

/// A number of requests in a period.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html>
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// In every period.
    pub limit: i64,
    /// Fewer in the first.
    #[serde(default)]
    pub offset: i64,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
}

fn domain() -> String {
    "gatehouse".to_owned()
}

const fn timeout() -> u32 {
    100
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_line_prints_is_read() {
        let plan: UsagePlan = serde_json::from_str(
            r#"{"id": "c7y23b", "name": "New Usage Plan", "description": "A new usage plan",
                "apiStages": [{"apiId": "a1b2c3", "stage": "prod", "throttle": {"/pets/GET": {"burstLimit": 2, "rateLimit": 1.0}}}],
                "throttle": {"burstLimit": 10, "rateLimit": 5.0}, "quota": {"limit": 500, "offset": 0, "period": "MONTH"}}"#,
        )
        .unwrap();
        assert_eq!(plan.api_stages[0].throttle["/pets/GET"].burst_limit, Some(2));
        let key: ApiKey = serde_json::from_str(
            r#"{"id": "hzYAVO9Sg98nsNh81VNyg", "value": "apikey1234abcdefghij0123456789", "name": "k", "enabled": false,
                "createdDate": "2026-11-21T13:12:56+00:00", "lastUpdatedDate": 1795266776, "stageKeys": []}"#,
        )
        .unwrap();
        assert!(!key.enabled && key.last_updated_date == Some(Date::Seconds(1_795_266_776.0)));
        assert!(!format!("{key:?}").contains("apikey1234"));
    }

    #[test]
    fn an_unknown_field_is_named() {
        let error = serde_json::from_str::<UsagePlan>(r#"{"id": "a", "quotas": {}}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `quotas`"), "{error}");
    }
}
