//! `gatehouse`: an API Gateway definition and a deployment document in, an Envoy that serves them out.

pub mod finding;
pub mod report;
pub mod source;
