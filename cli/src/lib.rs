//! Compiles, checks and runs API Gateway definitions on Envoy: what the command `gatehouse` does, as a library.

pub mod report;
pub mod source;
