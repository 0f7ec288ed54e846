//! The configuration of the filter alone.

use gatehouse_usage_plan::config::{ApiKey, Throttle, UsagePlan, UsageStore};
use serde::Deserialize;

/// Keys, plans and throttles in front of any route, which is one stage of one API to them.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsagePlans {
    /// The plans.
    #[serde(default)]
    pub usage_plans: Vec<UsagePlan>,
    /// The keys; `valueSha256` instead of `value` keeps a key out of Envoy's configuration.
    #[serde(default)]
    pub api_keys: Vec<ApiKey>,
    /// The API that plans name in `apiStages`.
    #[serde(default = "api_id")]
    pub api_id: String,
    /// The stage that they name.
    #[serde(default = "stage")]
    pub stage: String,
    /// Must a request bring a key? True where absent.
    #[serde(default = "yes")]
    pub api_key_required: bool,
    /// What all clients together may do.
    #[serde(default)]
    pub throttle: Option<Throttle>,
    /// Where several proxies count together; each for itself where absent.
    #[serde(default)]
    pub usage_store: Option<UsageStore>,
    /// Are clients told what is left, by `x-ratelimit` headers and `Retry-After`?
    #[serde(default)]
    pub rate_limit_headers: bool,
}

fn api_id() -> String {
    "api".to_owned()
}

fn stage() -> String {
    "default".to_owned()
}

const fn yes() -> bool {
    true
}
