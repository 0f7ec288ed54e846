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
//!     the store that several proxies share, if there is one    ──too many──► 429
//!               │
//!               ▼
//!            backend
//! ```
//!
//! A filter of its own ([`UsagePlanFilter`]), and a phase of the gateway ([`Metering`]).

mod breaker;
pub mod config;
mod filter;
mod metering;
mod metrics;
mod store;

pub use filter::{Told, UsagePlanFilter};
pub use metering::{Asking, Counted, Counting, Metering, Verdict};
pub use metrics::{Gauges, Metrics, REMAINING};
pub use store::Store;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(UsagePlanFilter);
