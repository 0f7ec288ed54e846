//! What every way of authorizing a request shares: the resource policy and VPC endpoint beside it, the condition keys
//! that policies read, and what a client is told whom they refuse.
//!
//! ```text
//!  Guard (resource policy, VPC endpoint) ──┐
//!  Scene (request, $context, time) ─ Keys ─┴─► decided: by a Lambda authorizer's policy, the caller's policies, or alone
//!                                                 └─ no ─► AccessDenied ─► ACCESS_DENIED
//! ```

mod denial;
mod guard;
mod keys;

pub use denial::AccessDenied;
pub use guard::{Guard, VpcEndpoint};
pub use keys::{Keys, Scene};
