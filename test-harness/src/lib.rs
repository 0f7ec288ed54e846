//! Conversation cases, and what they run on: a fake Envoy around a wasm runtime, and the real one.
//!
//! ```text
//!  cases/<plugin>/*.case ──► Case ──► fake::World ─┐
//!                              │                   ├──► Outcome ──► check (or bless)
//!                              └────► real::World ─┘
//! ```
#![allow(missing_docs, reason = "a tool of this workspace alone: names and types say it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a harness that is wrong should stop at once, and it measures real time"
)]

pub mod case;
pub mod fake;
pub mod message;
pub mod outcome;
pub mod real;
pub mod run;
pub mod script;
pub mod setup;
