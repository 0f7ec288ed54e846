//! Lambda authorizers of API Gateway's REST APIs: a function says, as an IAM policy, what a caller may do.
//!
//! ```text
//!  identity source ─missing─► 401
//!        │
//!        ▼            worker's own ──hit──────────────────────────────────────┐
//!  cache key ──────►  shared data  ──hit────────────────────► compile ──────► decide ─► $context.authorizer.*
//!        │                 │miss                                 ▲             │
//!        │                 ▼                                     │             ├─ no Allow ─► 403
//!        │      one asks, the others wait ──► function ─► answer ┘             └─ Deny ─────► 403
//!        └─ TTL 0: everybody asks ───────────────►│
//!                                                 └─ "Unauthorized" ─► 401, anything else ─► 500
//! ```
//!
//! What is cached is the policy, never the verdict: each request is decided anew, for its own method ARN, address and
//! time. The key is a hash: no token is kept anywhere.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

mod answer;
mod authorizer;
pub mod config;
mod error;
mod event;
mod filter;
mod function;
mod grant;
mod identity;
mod json;
mod metrics;
mod phase;
mod recent;

pub use answer::{Answer, Fault};
pub use authorizer::Authorizer;
pub use error::Error;
pub use event::{MethodEvent, request_event, token_event};
pub use filter::{AuthorizerFilter, SLOTS, Which};
pub use function::{FunctionUri, Invocation};
pub use grant::{Grant, Undecodable};
pub use identity::Identity;
pub use metrics::Metrics;
pub use phase::{Ask, Asking, AuthorizerPhase, Permit, Progress, Setting};
