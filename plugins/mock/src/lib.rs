//! MOCK integrations: answers without a backend.
//!
//! ```text
//!  request ──► request template ──► statusCode ──► integration response ──► status, headers, body
//!              (by Content-Type)    (read leniently)  (by selection pattern)
//! ```
//!
//! A filter of its own ([`MockFilter`]), and one of the integrations of the gateway ([`Mock`]).

pub mod config;
mod filter;
mod integration;
mod status;

pub use filter::MockFilter;
pub use integration::Mock;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(MockFilter);
