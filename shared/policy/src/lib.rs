//! x
#![allow(dead_code, missing_docs)]
mod decimal;
mod glob;
mod instant;
mod json;
mod key;
pub use key::GlobalKey;
mod binary;
mod context;
mod ip;
mod template;
mod text_pattern;
mod truth;
pub use context::RequestContext;
mod action;
mod arn;
pub use action::Action;
mod principal;
mod principals;
pub use principal::{Account, NotPrincipal, Principal};
mod condition;
mod operator;
