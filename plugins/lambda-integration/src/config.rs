//! The configuration of the filter alone.

use std::collections::BTreeMap;

use gatehouse_api::deployment::config::Function;
use serde::Deserialize;

/// One function behind any route.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LambdaIntegration {
    /// The function's ARN, or its invocation URI as an export has it.
    pub uri: String,
    /// Where the function lives, and how it is asked; Lambda in the region of its ARN where absent.
    #[serde(default)]
    pub function: Option<Function>,
    /// The cluster that it is called by.
    pub cluster: String,
    /// `1.0` or `2.0`.
    #[serde(default = "version")]
    pub payload_format_version: String,
    /// How long it may take, in milliseconds.
    #[serde(default = "timeout")]
    pub timeout_in_millis: u32,
    /// Media types whose bodies are bytes.
    #[serde(default)]
    pub binary_media_types: Vec<String>,
    /// What the event says of the API.
    #[serde(default)]
    pub method: Method,
    /// Stage variables.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
}

/// What the event says of the API, besides the request's own.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Method {
    /// Twelve digits.
    pub account_id: String,
    /// The API's id.
    pub api_id: String,
    /// The stage's name; where it is the path's first segment, that segment is not in the `path` of events 1.0.
    pub stage: String,
    /// The resource: `/{proxy+}` where absent.
    pub resource: String,
    /// The route's key in events 2.0.
    pub route_key: String,
}

impl Default for Method {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            account_id: text("123456789012"),
            api_id: text("api"),
            stage: text("default"),
            resource: text("/{proxy+}"),
            route_key: text("$default"),
        }
    }
}

fn version() -> String {
    "1.0".to_owned()
}

const fn timeout() -> u32 {
    29_000
}
