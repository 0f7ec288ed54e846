//! What MOCK and HTTP integrations share: a request template by content type, an integration response by what the
//! backend answered, text and bytes, overrides, and the rules about which headers may pass under which name.
//!
//! ```text
//! client's body ── BinaryMediaTypes ──▶ Payload ── RequestTemplates ──▶ what the integration gets, Overrides
//!                                                                                               │
//! backend's body ─ BinaryMediaTypes ──▶ Payload ── IntegrationResponses ◀───────────────────────┘
//!                                                          └──▶ the client's answer
//! ```

mod body_source;
pub mod config;
mod expression;
mod failure;
mod headers;
mod http_api;
mod parameters;
mod payload;
mod request;
mod request_parameters;
mod response;
mod service_call;
mod template;

pub use body_source::{BodySource, InvalidJson};
pub use expression::BODY_READ;
pub use failure::{proxy_failure, refuse_failure};
pub use gatehouse_vtl::Overrides;
pub use headers::{
    CLUSTER_HEADER, HeaderRule, backend_response_header, http_api_response_header, illegal_aws_request_header,
    illegal_request_header, is_proxys_own, is_read_as, mapped_response_header, remapped,
};
pub use http_api::{HttpApiEdits, HttpApiRequest, HttpApiResponse, is_http_api_key};
pub use payload::{BinaryMediaTypes, Payload};
pub use request::{IntegrationRequest, RequestTemplates};
pub use request_parameters::RequestParameters;
pub use response::{Answered, IntegrationResponses};
pub use service_call::{ServiceCall, ServiceRequest, service_refusal};
