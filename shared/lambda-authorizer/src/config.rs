//! An authorizer as written: the fields of `x-amazon-apigateway-authorizer`, for a filter that is configured alone.

use std::collections::BTreeMap;

use gatehouse_api::deployment::config::Function;
use serde::Deserialize;

/// The configuration of a Lambda authorizer by itself.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authorizer {
    /// What the cache and the log know it by.
    #[serde(default)]
    pub name: Option<String>,
    /// `token` or `request`; may be left out.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// The function's ARN, or its invocation URI as an export has it.
    pub authorizer_uri: String,
    /// Where the identity is: `method.request.header.Authorization`, several divided by commas.
    #[serde(default)]
    pub identity_source: Option<String>,
    /// What the whole token must match.
    #[serde(default)]
    pub identity_validation_expression: Option<String>,
    /// How long an answer holds, in seconds: 0 to 3600, 300 where absent.
    #[serde(default = "ttl")]
    pub authorizer_result_ttl_in_seconds: u32,
    /// The role that API Gateway would call the function with.
    #[serde(default)]
    pub authorizer_credentials: Option<String>,
    /// Where the function lives, and how it is asked; Lambda in the region of its ARN where absent.
    #[serde(default)]
    pub function: Option<Function>,
    /// The cluster that the function is called by.
    pub cluster: String,
    /// How long the function may take, in milliseconds.
    #[serde(default = "timeout")]
    pub timeout_in_millis: u32,
    /// What method ARNs are made of.
    #[serde(default)]
    pub method: Method,
    /// Stage variables.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
    /// `integration.request.header.NAME` → `context.authorizer.NAME`: what the backend is told.
    #[serde(default)]
    pub request_parameters: BTreeMap<String, String>,
}

/// What the ARN of a method is made of, besides the request's verb and path.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Method {
    /// The region.
    pub region: String,
    /// Twelve digits.
    pub account_id: String,
    /// The API's id.
    pub api_id: String,
    /// The stage's name; where it is the path's first segment, that segment is no part of the resource.
    pub stage: String,
}

impl Default for Method {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            region: text("us-east-1"),
            account_id: text("123456789012"),
            api_id: text("api"),
            stage: text("default"),
        }
    }
}

const fn ttl() -> u32 {
    300
}

const fn timeout() -> u32 {
    29_000
}
