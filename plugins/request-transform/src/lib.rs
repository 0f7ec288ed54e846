//! Requests and responses reshaped on their way through a route: mapping templates and parameter mappings of REST APIs, parameter
//! mappings of HTTP APIs.
//!
//! ```text
//!  client ──► path, query, headers, body mapped ──► backend
//!         ◄── status, headers, body mapped ◄──────
//! ```
//!
//! The gateway has the same of its integrations; this is the filter alone ([`RequestTransformFilter`]).

pub mod config;
mod filter;
mod transform;

pub use filter::{Memo, RequestTransformFilter};

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(RequestTransformFilter);
