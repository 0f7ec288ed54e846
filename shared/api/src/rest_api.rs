//! The API as a whole.

use crate::named::named;
use crate::{Authorizer, Cors, GatewayResponse, Method, Model, Node, Place, ProtocolType, RequestValidator};

/// A REST API, or an HTTP API: everything that its definition says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestApi {
    /// Which of the two it is.
    pub protocol_type: ProtocolType,
    /// `info.title`.
    pub name: String,
    /// `info.description`.
    pub description: Option<String>,
    /// `info.version`.
    pub version: Option<String>,
    /// Where API keys are read.
    pub api_key_source: ApiKeySource,
    /// Media types whose bodies are bytes, not text.
    pub binary_media_types: Vec<String>,
    /// From how many bytes on a response is compressed; `None` is never.
    pub minimum_compression_size: Option<u32>,
    /// Whether the API is reached by its own domain names only.
    pub disable_execute_api_endpoint: bool,
    /// How the API is reached.
    pub endpoint_configuration: EndpointConfiguration,
    /// The oldest TLS that clients may speak, as written.
    pub security_policy: Option<String>,
    /// `x-amazon-apigateway-endpoint-access-mode`, as written.
    pub endpoint_access_mode: Option<String>,
    /// The resource policy, as written.
    pub policy: Option<Policy>,
    /// Who may call an HTTP API from other origins; `None` leaves that to its backends.
    pub cors: Option<Cors>,
    /// What the API changes about gateway responses.
    pub gateway_responses: Vec<GatewayResponse>,
    /// The validators that methods name.
    pub request_validators: Vec<RequestValidator>,
    /// The models that methods name.
    pub models: Vec<Model>,
    /// The authorizers that methods name.
    pub authorizers: Vec<Authorizer>,
    /// Every method of every resource, in the order of the document.
    pub methods: Vec<Method>,
}

/// A resource policy with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The policy document as written.
    pub document: Node,
    /// Where it is defined.
    pub place: Place,
}

named! {
    /// Where API keys are read.
    #[derive(Default)]
    ApiKeySource {
        /// The `X-API-Key` header.
        #[default]
        Header = "HEADER",
        /// The authorizer's `usageIdentifierKey`.
        Authorizer = "AUTHORIZER",
    }
}

/// How an API is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointConfiguration {
    /// `EDGE`, `REGIONAL`, `PRIVATE`; none where the definition does not say.
    pub types: Vec<EndpointType>,
    /// The VPC endpoints of a private API.
    pub vpc_endpoint_ids: Vec<String>,
    /// `ipv4` or `dualstack`, as written.
    pub ip_address_type: Option<String>,
}

named! {
    /// A kind of endpoint.
    EndpointType {
        /// Behind CloudFront.
        Edge = "EDGE",
        /// In one region.
        Regional = "REGIONAL",
        /// From VPC endpoints only.
        Private = "PRIVATE",
    }
}
