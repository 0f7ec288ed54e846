//! HTTP as it travels: headers are bytes and may repeat, a path keeps the spelling of the client.
//!
//! Nothing here knows Envoy or AWS. A [`Request`] or [`Response`] holds one snapshot of headers in one buffer;
//! every change is recorded as an [`Edit`], so that a host can write one batch of edits when a decision is made.

mod answer;
mod authority;
mod headers;
mod media_type;
mod message;
pub mod percent;
mod query;

pub use answer::Answer;
pub use authority::{host_of, ip_of};
pub use headers::{Edit, Headers, IllegalHeader, Repeated};
pub use media_type::{accepted, media_type, media_type_or_json};
pub use message::{Body, Origin, Request, Response};
pub use query::Query;
