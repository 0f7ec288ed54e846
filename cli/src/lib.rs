//! `gatehouse`: an API Gateway definition and a deployment document in, an Envoy that serves them out.

pub mod args;
pub mod bootstrap;
pub mod check;
mod cloudformation;
pub mod compile;
pub mod finding;
mod inclusion;
pub mod manifests;
mod object;
pub mod policy;
pub mod project;
pub mod push;
pub mod report;
pub mod run;
mod sam;
pub mod sigv4;
pub mod source;
mod surroundings;
pub mod template;
mod terraform;
pub mod usage;
