//! The REQUEST authorizer of API Gateway, alone: a function is given the request's parameters, and says what the caller
//! may do.
//!
//! ```text
//!  request ──► identity sources ──missing──► 401
//!                │
//!                ▼
//!       answer known? ──no──► function ──► policy ──► decide ──► backend, with context.authorizer.* as headers
//!                └────────────yes──────────────────────┘└─────► 403
//! ```
//!
//! What it shares with the TOKEN authorizer, and with the gateway, is in `gatehouse-lambda-authorizer`.

use gatehouse_api::AuthorizerType;
use gatehouse_lambda_authorizer::{AuthorizerFilter, Which};

/// The REQUEST authorizer.
#[derive(Debug)]
pub struct Request;

impl Which for Request {
    const NAME: &'static str = "request-authorizer";
    const TYPE: AuthorizerType = AuthorizerType::Request;
}

/// The filter.
pub type RequestAuthorizer = AuthorizerFilter<Request>;

#[cfg(target_arch = "wasm32")]
gatehouse_proxy_wasm_shell::run!(RequestAuthorizer);

#[cfg(test)]
mod tests;
