//! The TOKEN authorizer of API Gateway, alone: a function is given one header's value, and says what its bearer may do.
//!
//! ```text
//!  request ──► header ──missing──► 401
//!                │
//!                ▼
//!       answer known? ──no──► function ──► policy ──► decide ──► backend, with context.authorizer.* as headers
//!                └────────────yes──────────────────────┘└─────► 403
//! ```
//!
//! What it shares with the REQUEST authorizer, and with the gateway, is in `gatehouse-lambda-authorizer`.

use gatehouse_api::AuthorizerType;
use gatehouse_lambda_authorizer::{AuthorizerFilter, Which};

/// The TOKEN authorizer.
#[derive(Debug)]
pub struct Token;

impl Which for Token {
    const NAME: &'static str = "token-authorizer";
    const TYPE: AuthorizerType = AuthorizerType::Token;
}

/// The filter.
pub type TokenAuthorizer = AuthorizerFilter<Token>;

#[cfg(target_arch = "wasm32")]
gatehouse_proxy_wasm_shell::run!(TokenAuthorizer);

#[cfg(test)]
mod tests;
