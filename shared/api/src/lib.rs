//! The model of an API Gateway API: what a definition says ([`RestApi`] and what it is made of), where it is deployed
//! ([`deployment::Deployment`]), which method a request is for, and what the method is called ([`StageArn`]).
//!
//! Pure values: nothing here reads a file, a clock or a request.

mod access_log;
mod arn;
mod authorizer;
pub mod deployment;
mod gateway_response;
mod integration;
mod integration_subtype;
mod integration_uri;
mod method;
mod model;
mod named;
mod node;
mod place;
mod problem;
mod protocol;
mod resource_path;
mod rest_api;
mod router;
mod stage_variables;

pub use access_log::{AccessLogFormat, LogPart, LogSegment, NativeVariable};
pub use arn::{StageArn, partition, path_in_stage};
pub use authorizer::{Authorizer, AuthorizerType, JwtConfiguration};
pub use gateway_response::{GatewayResponse, ResponseType};
pub use integration::{
    CALLER, ConnectionType, ContentHandling, Integration, IntegrationResponse, IntegrationType, ParameterMapping,
    PassthroughBehavior, ResponseTransferMode, TlsConfig,
};
pub use integration_subtype::{IntegrationSubtype, REGION};
pub use integration_uri::{IntegrationUri, TargetTemplate, UriPart, cluster_name, vpc_link_names};
pub use method::{Authorization, DEFAULT_ROUTE, HttpMethod, Method, MethodResponse, resource_id};
pub use model::{Model, RequestValidator};
pub use node::Node;
pub use place::Place;
pub use problem::{Problem, Severity};
pub use protocol::{Cors, ProtocolType};
pub use resource_path::{InvalidResourcePath, ResourcePath, Segment};
pub use rest_api::{ApiKeySource, EndpointConfiguration, EndpointType, Policy, RestApi};
pub use router::{InvalidRoute, Match, Router, parameters_of};
pub use stage_variables::{stage_variables, substitute_stage_variables};
