//! The configuration of the filter: an `x-amazon-apigateway-integration` of type `http` or `http_proxy`, as an API definition has
//! it, of which the URI is a path at whatever backend the route leads to.

use std::collections::BTreeMap;

use gatehouse_integration::config::{Ordered, Response};
use serde::Deserialize;

/// The integration, as written.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestTransform {
    /// `http`: the backend gets what is mapped; `http_proxy`: it gets the client's request, and what is mapped beside it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The method to ask the backend with; the client's where it is absent or `ANY`.
    #[serde(default)]
    pub http_method: Option<String>,
    /// The path to ask for, `/pets/{id}?type={type}`; the client's where it is absent.
    #[serde(default)]
    pub uri: Option<String>,
    /// What `method.request.path.NAME` and `$request.path.NAME` are read by: `/pets/{petId}`.
    #[serde(default)]
    pub resource_path: Option<String>,
    /// `integration.request.{header|querystring|path}.NAME` → expression, or the mappings of an HTTP API:
    /// `append|overwrite|remove:header.NAME` → expression.
    #[serde(default)]
    pub request_parameters: Ordered<String>,
    /// A template by content type (`http`).
    #[serde(default)]
    pub request_templates: Ordered<String>,
    /// `when_no_match`, `when_no_templates` or `never` (`http`).
    #[serde(default)]
    pub passthrough_behavior: Option<String>,
    /// `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY` (`http`).
    #[serde(default)]
    pub content_handling: Option<String>,
    /// A response by selection pattern; `default` for every other status (`http`).
    #[serde(default)]
    pub responses: Ordered<Response>,
    /// A status code → the mappings of an HTTP API (`http_proxy`).
    #[serde(default)]
    pub response_parameters: Ordered<Ordered<String>>,
    /// The media types whose bodies are bytes.
    #[serde(default)]
    pub binary_media_types: Vec<String>,
    /// What `stageVariables.NAME` reads.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
}
