//! AWS_IAM: the caller has signed the request with an access key, and is allowed what policies allow him.
//!
//! ```text
//!  request ─► signature ──none, malformed, too old, for elsewhere──► 403
//!                │
//!                ▼                 known key ──────────────┐
//!          access key id ──────►  worker's own, shared data├─► signing key ─► matches? ──no──► 403
//!                                 credential provider ─────┘                     │
//!                                    └─ unknown, inactive, expired ─► 403        ▼
//!   backend ◄── without signature ◄── $context.identity.* ◄──allowed── policies: identity, boundary, session, resource
//!                                                                         └─ not ─► 403
//! ```
//!
//! A filter of its own ([`SigV4Verifier`]), and a phase of the gateway ([`IamPhase`]). The signature is the business of
//! `gatehouse-sigv4`, the policies are that of `gatehouse-policy`.

mod access_key;
mod answer;
mod caller;
pub mod config;
mod document;
mod error;
mod filter;
mod metrics;
mod phase;
mod provider;
mod recent;
mod replay;
mod secret;

pub use caller::Caller;
pub use document::policy;
pub use error::Error;
pub use filter::SigV4Verifier;
pub use metrics::Metrics;
pub use phase::{Asking, Authenticated, IamPhase, Moment, Progress, Setting};
pub use provider::provider_origin;
pub use replay::Replay;
pub use secret::secret_files;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(SigV4Verifier);
