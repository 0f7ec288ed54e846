//! Backends that did not answer.

use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Origin, Response};

/// The gateway response in place of a backend's, where that is none that a client may get: what Envoy answered because the backend
/// did not, or a status below 200. Nobody asks a backend to switch protocols, and a client would take what comes behind that for
/// another protocol.
///
/// # Errors
/// That gateway response.
pub fn refuse_failure(response: &Response) -> Result<(), Rejection> {
    match &response.origin {
        Origin::Proxy(details) => Err(proxy_failure(response.status(), details)),
        Origin::Upstream if response.status() < 200 => Err(proxy_failure(502, "")),
        Origin::Upstream => Ok(()),
    }
}

/// The gateway response in place of what Envoy answered because the backend did not: its status, and the reason that it
/// gives (its response code details).
#[must_use]
pub fn proxy_failure(status: u16, details: &str) -> Rejection {
    let timeout = details.contains("timeout") || status == 504;
    match status {
        413 => Rejection::new(ResponseType::RequestTooLarge),
        // No route: the request left the filter without a cluster, which it never does.
        500 | 404 => Rejection::new(ResponseType::Default5xx),
        // The client did not send the rest of its request in time, or sent what is no HTTP.
        408 => Rejection::new(ResponseType::Default4xx).status(408).message("Request Timeout"),
        400..=499 => Rejection::new(ResponseType::Default4xx).status(status),
        _ if timeout && !details.contains("connection") => Rejection::new(ResponseType::IntegrationTimeout),
        _ => Rejection::new(ResponseType::IntegrationFailure).message("Network error communicating with endpoint"),
    }
}
