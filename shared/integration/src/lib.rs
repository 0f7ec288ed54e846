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
mod headers;
mod parameters;
mod payload;
mod request;
mod response;
mod template;

pub use body_source::{BodySource, InvalidJson};
pub use gatehouse_vtl::Overrides;
pub use headers::{
    HeaderRule, backend_response_header, illegal_aws_request_header, illegal_request_header, mapped_response_header,
};
pub use payload::{BinaryMediaTypes, Payload};
pub use request::{IntegrationRequest, RequestTemplates};
pub use response::{Answered, IntegrationResponses};
