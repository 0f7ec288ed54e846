//! An authorizer as written: the fields of `x-amazon-apigateway-authorizer`, for a filter that is configured alone.

use std::collections::BTreeMap;

use gatehouse_api::deployment::config::Function;
use serde::Deserialize;

/// The configuration of a Lambda authorizer by itself.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Where the identity is: `method.request.header.Authorization`, several divided by commas or as a list.
    #[serde(default)]
    pub identity_source: Option<IdentitySource>,
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

/// The identity sources, as an export has them or one by one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a text, sources divided by commas, or a list of texts")]
pub enum IdentitySource {
    /// `method.request.header.A, context.stage`
    Text(String),
    /// `["method.request.header.A", "context.stage"]`
    List(Vec<String>),
}

impl IdentitySource {
    /// Each source by itself.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        let own = |source: &str| source.trim().to_owned();
        let sources: Vec<String> = match self {
            IdentitySource::Text(text) => text.split(',').map(own).collect(),
            IdentitySource::List(list) => list.iter().map(|source| own(source)).collect(),
        };
        sources.into_iter().filter(|source| !source.is_empty()).collect()
    }
}

/// What the ARN of a method is made of, besides the request's verb and path.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Result<Authorizer, String> {
        let text = format!(r#"{{"authorizerUri": "x", "cluster": "c", {field}}}"#);
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn identity_sources_are_one_text_or_a_list() {
        let check = |written: &str, expected: &[&str]| {
            let config = read(&format!(r#""identitySource": {written}"#)).unwrap();
            assert_eq!(config.identity_source.unwrap().sources(), expected, "{written}");
        };
        check(r#""method.request.header.A""#, &["method.request.header.A"]);
        check(r#""a, b ,,c""#, &["a", "b", "c"]);
        check(r#"["a", " b ", ""]"#, &["a", "b"]);
        check(r#""""#, &[]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (field, expected) in [
            (r#""identitySource": 1"#, "expected a text, sources divided by commas, or a list of texts"),
            (r#""authorizerResultTtlInSeconds": -1"#, "invalid value: integer `-1`"),
            (r#""authorizerResultTtl": 1"#, "unknown field `authorizerResultTtl`"),
        ] {
            let error = read(field).map(|_| ()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
