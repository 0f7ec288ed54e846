//! API keys, usage plans and throttles: who may call how often.
//!
//! ```text
//!  request ──► key ──unknown──► 403
//!               │
//!               ▼
//!     its plan's throttle for the method, its plan's throttle and quota,      all of them taken as one
//!     the stage's throttle for the method, the account's       ──too many──► 429
//!               │
//!               ▼
//!            backend
//! ```
//!
//! A filter of its own ([`UsagePlanFilter`]), and a phase of the gateway ([`Metering`]).

pub mod config;
mod filter;
mod metering;
mod metrics;

pub use filter::{Told, UsagePlanFilter};
pub use metering::{Counted, Metering, Verdict};
pub use metrics::Metrics;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(UsagePlanFilter);
