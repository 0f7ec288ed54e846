//! Lambda functions behind API Gateway: which function a URI names, the event it is given, the response it gives.
//!
//! ```text
//! FunctionUri ──▶ Invocation          the request that reaches a function, wherever it lives
//! MethodRequest ─▶ proxy_event        event 1.0, as REST APIs send it; `http_event` is 2.0, of HTTP APIs
//! reply ────────▶ ProxyResponse       what a proxy integration may answer, and nothing else; `http_response` infers as 2.0 does
//! ```
//!
//! Events are written once into one buffer; responses are read without a tree of JSON, their bodies borrowed where nothing
//! in them is escaped.

mod event;
mod event_v2;
mod function;
mod json;
mod pairs;
mod response;
mod response_v2;

pub use event::{EventBody, ProxyRequest, client_cert, custom_domain, event_path, http_event_v1, proxy_event};
pub use event_v2::{Asked, Route, http_authorizer_event, http_event};
pub use function::{FunctionUri, Invocation};
pub use json::{Json, object};
pub use pairs::{
    Named, Pair, Spellings, all, by_name, forwarded_port, headers, http_headers, is_http_path, last, order, path,
    path_parameters, trace_header, user_agent,
};
pub use response::{Malformed, ProxyResponse, error_message};
pub use response_v2::http_response;
