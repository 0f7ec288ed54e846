//! What MOCK and HTTP integrations share: a request template by content type, an integration response by what the
//! backend answered, and the rules about which headers may pass under which name.

mod headers;
mod request;
mod response;

pub use headers::{HeaderRule, backend_response_header, illegal_request_header, mapped_response_header};
pub use request::RequestTemplates;
pub use response::{Answered, IntegrationResponses};
