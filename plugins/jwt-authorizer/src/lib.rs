//! Cognito user pools and JWT authorizers: the caller brings a token that an issuer has signed for him.
//!
//! ```text
//!  request ─► token ──none, two────────────────────────────────────────────► 401
//!               │
//!               ├─ verified before, by this worker ─────────────┐
//!               ▼                                               ▼
//!            issuer ─► key id ──known──► signature ──► audience, times, use, scopes ─► $context.authorizer.claims.*
//!                        │  ▲               └─ another ─► 401       └─ other ─► 401, 403
//!                 unknown│  │
//!                        ▼  │shared data: one fetches for all workers
//!                  discovery document, key set ──out of reach──► 401 (HTTP APIs), 500 (REST APIs)
//! ```
//!
//! A filter of its own ([`JwtAuthorizer`]), and a phase of the gateway ([`JwtPhase`] with its [`Issuers`]). What a token is
//! and what it must claim is the business of `gatehouse-jwt`.

pub mod config;
mod error;
mod filter;
mod identity;
mod issuer;
mod issuers;
mod keys;
mod metrics;
mod phase;
mod remote;
mod signatures;
mod user_pool;
mod verified;

pub use error::{Error, check_scopes};
pub use filter::JwtAuthorizer;
pub use identity::IdentitySource;
pub use issuer::Asking;
pub use issuers::{Issuers, Moment};
pub use keys::Origins;
pub use metrics::{KeyMetrics, Metrics};
pub use phase::{Authorizer, Form, JwtPhase, Permit, Progress};
pub use user_pool::UserPool;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(JwtAuthorizer);
