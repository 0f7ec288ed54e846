//! Lambda proxy integrations (AWS_PROXY): a function is given the request as an event, and answers it.
//!
//! ```text
//!  request ──► event 1.0 or 2.0 ──► function ──► response ──► status, headers, body
//!                                      │            └─ malformed: 502
//!                                      └─ failed: 502, too slow: 504
//! ```
//!
//! A filter of its own ([`LambdaFilter`]), and one of the integrations of the gateway ([`LambdaProxy`]).

pub mod config;
mod filter;
mod proxy;
mod reply;

pub use filter::LambdaFilter;
pub use proxy::{LambdaProxy, PayloadFormat, Setting};
pub use reply::{function_reply, network_failure};

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(LambdaFilter);
