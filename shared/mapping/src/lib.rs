//! Parameter mapping: where a value comes from (`method.request.querystring.page`, `context.requestId`, `'static'`),
//! and where it goes to (`integration.request.header.X-Page`).
//!
//! Sources and targets are parsed once, when a filter is configured; a request only reads them.
//! Rules: <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

mod response;
mod source;
mod target;

use std::fmt;

pub use response::{IntegrationReply, ResponseSource, response_header_target};
pub use source::{
    CLIENT_SPELLINGS, MethodRequest, PathParameters, Source, StageVariables, header_name, is_hop_header, joined,
};
pub use target::RequestTarget;

/// A mapping expression that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidMapping {
    /// No expression of this form exists.
    Unknown {
        /// What was written.
        text: String,
        /// What may be written there.
        allowed: &'static str,
    },
    /// It reads a body where there is none to read.
    Body {
        /// What was written.
        text: String,
    },
}

impl fmt::Display for InvalidMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidMapping::Unknown { text, allowed } => {
                write!(f, "`{text}` is no mapping expression here, use {allowed}")
            }
            InvalidMapping::Body { text } => write!(f, "`{text}` reads a body, which cannot be read here"),
        }
    }
}

impl std::error::Error for InvalidMapping {}

/// The text between single quotes, where an expression is a static value.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}
