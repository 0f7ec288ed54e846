//! Request validation: required parameters first, then the body against its model.
//!
//! ```text
//!  request ──► required parameters ──► model for the content type ──► validated ──► goes on
//!                    │ missing               │ none: not validated        │ not valid, no JSON
//!                    ▼                       ▼                            ▼
//!        400 BAD_REQUEST_PARAMETERS       goes on               400 BAD_REQUEST_BODY
//! ```
//!
//! A filter of its own ([`RequestValidatorFilter`]), and a phase of the gateway ([`RequestValidator`]).
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

mod body;
pub mod config;
mod error;
mod filter;
mod validator;

pub use error::Error;
pub use filter::RequestValidatorFilter;
pub use gatehouse_models::References;
pub use validator::RequestValidator;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(RequestValidatorFilter);
