//! Lambda authorizers of API Gateway's REST APIs and HTTP APIs: a function says, as an IAM policy, what a caller may do; for an
//! HTTP API also just yes or no.
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
//! ```
//! use gatehouse_api::{AuthorizerType, Place};
//! use gatehouse_context::Context;
//! use gatehouse_filter::Reply;
//! use gatehouse_http::{Body, Headers, Origin, Request, Response};
//! use gatehouse_lambda_authorizer::{Answer, Authorizer, Error, Grant, token_event};
//! use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};
//!
//! let written = gatehouse_api::Authorizer {
//!     name: "pets".into(),
//!     kind: AuthorizerType::Token,
//!     auth_type: None,
//!     authorizer_uri: None,
//!     authorizer_credentials: None,
//!     identity_source: vec!["method.request.header.Authorization".into()],
//!     identity_validation_expression: Some("Bearer [a-z]+".into()),
//!     authorizer_result_ttl_in_seconds: 300,
//!     provider_arns: Vec::new(),
//!     payload_format_version: None,
//!     enable_simple_responses: false,
//!     jwt_configuration: None,
//!     place: Place::root(),
//! };
//! let mut problems = Vec::new();
//! let authorizer = Authorizer::compile(&written, &mut problems).expect("nothing is wrong");
//!
//! let request = Request { headers: Headers::from_pairs([("authorization", "Bearer abc")]), body: Body::Empty };
//! let (mut context, stage_variables) = (Context::default(), StageVariables::new());
//! let path_parameters = PathParameters::default();
//! let from = MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &stage_variables };
//! let identity = authorizer.identify(&from, b"16 random bytes!")?;
//! let event = token_event(identity.token.unwrap_or_default(), "arn:aws:execute-api:us-east-1:123456789012:a/test/GET/");
//! assert!(event.starts_with(br#"{"type":"TOKEN","#));
//!
//! let answer = r#"{"principalId": "me", "policyDocument": {"Statement": []}, "context": {"tier": 1}}"#;
//! let headers = Headers::from_pairs([(":status", "200")]);
//! let reply = Response { headers, body: Body::Read(answer.into()), origin: Origin::Upstream };
//! let Answer::Granted(grant) = Answer::read(&Reply::Answered(reply)) else { panic!("no grant") };
//! assert_eq!(Grant::decode(&grant.encode()).as_ref(), Ok(&grant));
//! grant.apply(&mut context);
//! assert_eq!(context.lookup("authorizer.tier").as_deref(), Some("1"));
//! # Ok::<(), Error>(())
//! ```
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

mod answer;
mod authorizer;
pub mod config;
mod error;
mod event;
mod filter;
mod grant;
mod identity;
mod metrics;
mod phase;
mod recent;

pub use answer::{Answer, Fault};
pub use authorizer::{Authorizer, Form};
pub use error::Error;
pub use event::{MethodEvent, request_event, token_event};
pub use filter::{AuthorizerFilter, SLOTS, Which};
pub use gatehouse_lambda::{FunctionUri, Invocation};
pub use grant::{Grant, Undecodable};
pub use identity::Identity;
pub use metrics::Metrics;
pub use phase::{Ask, Asking, AuthorizerPhase, Permit, Progress, Setting};
