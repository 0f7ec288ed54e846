//! Integrations: what is behind a method.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>

use crate::named::named;
use crate::{IntegrationSubtype, Place};

/// What is behind a method, as `x-amazon-apigateway-integration` defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    /// `type`.
    pub kind: IntegrationType,
    /// The verb that the backend is called with; `ANY` is the client's. `MOCK` has none.
    pub http_method: Option<String>,
    /// Where the backend is, with its `{parameters}` and `${stageVariables.x}`; `MOCK` has none.
    pub uri: Option<String>,
    /// Over the internet or a VPC link.
    pub connection_type: ConnectionType,
    /// The VPC link's id, or `${stageVariables.x}`.
    pub connection_id: Option<String>,
    /// The role to call the backend with.
    pub credentials: Option<String>,
    /// `integration.request.…` ← `method.request.…`, in the order of the document.
    pub request_parameters: Vec<ParameterMapping>,
    /// Content type → template, in the order of the document.
    pub request_templates: Vec<(String, String)>,
    /// What happens to a body that no template is for.
    pub passthrough_behavior: PassthroughBehavior,
    /// Whether the request body is decoded or encoded.
    pub content_handling: Option<ContentHandling>,
    /// How long the backend may take; API Gateway's default is 29 s.
    pub timeout_in_millis: Option<u32>,
    /// What is made of the backend's answers, in the order of the document.
    pub responses: Vec<IntegrationResponse>,
    /// Of an HTTP API: status → `append:header.x` ← `$response.…`, in the order of the document.
    pub response_parameters: Vec<(u16, Vec<ParameterMapping>)>,
    /// What distinguishes cached responses.
    pub cache_key_parameters: Vec<String>,
    /// What cached responses are kept under; API Gateway's default is the resource's id.
    pub cache_namespace: Option<String>,
    /// How TLS to the backend is checked.
    pub tls_config: Option<TlsConfig>,
    /// Whether responses stream.
    pub response_transfer_mode: ResponseTransferMode,
    /// `payloadFormatVersion`: `1.0`, which is all that REST APIs know, or `2.0`.
    pub payload_format_version: Option<String>,
    /// Of an HTTP API: the action of an AWS service that is called, in place of a function.
    pub integration_subtype: Option<IntegrationSubtype>,
    /// The load balancer or service that a private integration calls.
    pub integration_target: Option<String>,
    /// Where it is defined.
    pub place: Place,
}

/// One parameter mapping, as written: parsing its expression belongs to the mapping language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterMapping {
    /// What is set: `integration.request.querystring.type`, `method.response.header.X`.
    pub target: String,
    /// What it is set to: `method.request.querystring.type`, `'static'`, `context.requestId`.
    pub source: String,
    /// Where it is defined.
    pub place: Place,
}

/// What is made of those answers of a backend that match a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegrationResponse {
    /// The regular expression that must match as a whole; `None` is the default response.
    pub selection_pattern: Option<String>,
    /// The status that the client gets.
    pub status_code: u16,
    /// `method.response.header.…` ← `integration.response.…`, in the order of the document.
    pub response_parameters: Vec<ParameterMapping>,
    /// Content type → template, in the order of the document.
    pub response_templates: Vec<(String, String)>,
    /// Whether the response body is decoded or encoded.
    pub content_handling: Option<ContentHandling>,
    /// Where it is defined.
    pub place: Place,
}

/// How TLS to a backend is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// Whether certificates are accepted unseen.
    pub insecure_skip_verification: bool,
    /// The name that the certificate must be for (HTTP APIs).
    pub server_name_to_verify: Option<String>,
}

named! {
    /// What kind of backend.
    IntegrationType {
        /// None: API Gateway answers itself.
        Mock = "MOCK",
        /// An HTTP endpoint, requests and responses mapped.
        Http = "HTTP",
        /// An HTTP endpoint, passed through.
        HttpProxy = "HTTP_PROXY",
        /// An AWS service, requests and responses mapped.
        Aws = "AWS",
        /// A Lambda function, passed through.
        AwsProxy = "AWS_PROXY",
    }
}

named! {
    /// How the backend is reached.
    ConnectionType {
        /// Over the internet.
        Internet = "INTERNET",
        /// Over a VPC link.
        VpcLink = "VPC_LINK",
    }
}

named! {
    /// What happens to a body that no request template is for.
    PassthroughBehavior {
        /// It passes.
        WhenNoMatch = "WHEN_NO_MATCH",
        /// It passes if there are no templates at all, else 415.
        WhenNoTemplates = "WHEN_NO_TEMPLATES",
        /// 415.
        Never = "NEVER",
    }
}

named! {
    /// Whether a body is decoded or encoded on its way.
    ContentHandling {
        /// Bytes become base64.
        ConvertToText = "CONVERT_TO_TEXT",
        /// Base64 becomes bytes.
        ConvertToBinary = "CONVERT_TO_BINARY",
    }
}

named! {
    /// Whether responses stream.
    ResponseTransferMode {
        /// Read to the end first.
        Buffered = "BUFFERED",
        /// Passed on as they come.
        Stream = "STREAM",
    }
}

/// What [`Integration::credentials`] say where the caller of a method is to be the caller of AWS.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-credentials>
pub const CALLER: &str = "arn:aws:iam::*:user/*";

impl Integration {
    /// An integration that says nothing but its kind.
    #[must_use]
    pub fn new(kind: IntegrationType, place: Place) -> Self {
        Self {
            kind,
            http_method: None,
            uri: None,
            connection_type: ConnectionType::Internet,
            connection_id: None,
            credentials: None,
            request_parameters: Vec::new(),
            request_templates: Vec::new(),
            passthrough_behavior: PassthroughBehavior::WhenNoMatch,
            content_handling: None,
            timeout_in_millis: None,
            responses: Vec::new(),
            response_parameters: Vec::new(),
            cache_key_parameters: Vec::new(),
            cache_namespace: None,
            tls_config: None,
            response_transfer_mode: ResponseTransferMode::Buffered,
            payload_format_version: None,
            integration_subtype: None,
            integration_target: None,
            place,
        }
    }
}
