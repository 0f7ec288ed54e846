//! A filter that does what a request tells it to: `x-probe: call backend /a 200; answer 200 told={told}`.
//!
//! ```text
//!  request ──► x-probe ──► one command after the other ──► answer, refuse, or go on
//!                              │  ▲                              │
//!                         call │  │ reply                        ▼
//!                              ▼  │                      x-probe-then, in the response phase
//! ```
//!
//! It exists so that conversation cases can drive the shell through all of its ways. It is no filter for production.

mod command;
mod filter;

pub use filter::Probe;

#[cfg(target_arch = "wasm32")]
gatehouse_proxy_wasm_shell::run!(Probe);
