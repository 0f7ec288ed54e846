//! AWS's policy language: documents are parsed, compiled and decided upon; every decision can be explained.
//!
//! Nothing in here knows Envoy, and nothing asks for the time: values in, a [`Decision`] out.
//!
//! ```text
//! text ── Policy::parse ──▶ Policy ──┐
//!                                    ├─ decide ──▶ Decision      no allocation, no pattern that is slow
//! principal, action, resource ──┐    │
//! condition keys ─▶ RequestContext ─▶ Request
//!                                    └─ explain ─▶ Explanation   which statement, or what was missing
//! ```
//!
//! - [`Policy`] is one document that AWS would save. [`Policy::decide`] asks it alone: that is what becomes of a Lambda
//!   authorizer's answer.
//! - [`Policies`] are all that apply to a request, of every kind: IAM's evaluation logic, in one account or across two.
//! - [`Api`] is API Gateway's own order of resource policy, VPC endpoint, authorizer and signature: its tables A and B.
//!
//! What the documentation leaves open is decided in one way throughout: a condition of which nobody can tell whether it
//! holds makes an Allow not apply and a Deny apply. A document that AWS would refuse to save is refused, with AWS's words
//! and the place in the document; [`Policy::warnings`] says what AWS saves without a word.
//!
//! ```
//! use gatehouse_policy::{Action, Decision, GlobalKey, Policy, PolicyKind, Principal, Request, RequestContext};
//!
//! let answer = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke",
//!     "Resource": "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets/*",
//!     "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]}"#;
//! let policy = Policy::parse(answer, PolicyKind::Authorizer).map_err(|invalid| invalid[0].to_string())?;
//!
//! let mut context = RequestContext::new();
//! if policy.needs(GlobalKey::SourceIp) {
//!     context.set(GlobalKey::SourceIp, "203.0.113.7");
//! }
//! let arn = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets/1";
//! let request = Request::new(Principal::Anonymous, Action::INVOKE, arn, &context);
//! assert_eq!(policy.decide(&request), Decision::Allowed);
//! # Ok::<(), String>(())
//! ```

mod action;
mod api_gateway;
mod arn;
mod binary;
mod bytes;
mod condition;
mod context;
mod decimal;
mod decision;
mod explanation;
mod glob;
mod instant;
mod invalid;
mod ip;
mod json;
mod key;
mod kind;
mod lint;
mod operator;
mod parse;
mod policy;
mod principal;
mod principals;
mod request;
mod resource;
mod spelling;
mod statement;
mod template;
mod text_pattern;
mod truth;

pub use action::Action;
pub use api_gateway::Api;
pub use context::RequestContext;
pub use decision::{Decision, Policies, PolicySet, Reason};
pub use explanation::{Explained, Explanation, Outcome, Unfulfilled};
pub use invalid::Invalid;
pub use key::{GlobalKey, Needs};
pub use kind::PolicyKind;
pub use lint::{Doubt, Nothing, Warning};
pub use policy::Policy;
pub use principal::{Account, NotPrincipal, Principal, is_account_id};
pub use request::Request;
pub use statement::Effect;
