//! Gateway responses: what API Gateway answers itself.
//!
//! A filter refuses a request with a [`Rejection`]; [`GatewayResponses`] turns it into an answer: the built-in table,
//! or what the API's `x-amazon-apigateway-gateway-responses` made of it, with `$context`, `$stageVariables` and
//! `method.request.*` substituted. What an HTTP API says, nobody can change ([`http_api_answer`]).
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>

mod built_in;
mod http_api;
mod rejection;
mod responses;
mod template;

pub use gatehouse_api::ResponseType;
pub use http_api::http_api_answer;
pub use rejection::Rejection;
pub use responses::{Client, GatewayResponses};
