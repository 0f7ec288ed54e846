//! What comes back from where a function lives.

use gatehouse_filter::{Failure, Rejection, Reply, ResponseType};
use gatehouse_http::Response;

/// A function's own words, whether it answered or failed.
///
/// # Errors
/// 504 where nobody answered in time; 500 where the function may not be called; 502 where it could not run.
pub fn function_reply(reply: Reply) -> Result<Response, Rejection> {
    match reply {
        Reply::Answered(response) => match response.status() {
            200..=299 => Ok(response),
            401 | 403 => Err(Rejection::new(ResponseType::IntegrationFailure).status(500)),
            _ => Err(malformed()),
        },
        Reply::Failed(failure) => Err(network_failure(failure)),
    }
}

/// The gateway response to a call that was not answered.
#[must_use]
pub fn network_failure(failure: Failure) -> Rejection {
    match failure {
        Failure::Timeout => Rejection::new(ResponseType::IntegrationTimeout),
        Failure::Unreachable | Failure::Reset => {
            Rejection::new(ResponseType::IntegrationFailure).message("Network error communicating with endpoint")
        }
        Failure::NotSent => Rejection::new(ResponseType::Default5xx),
    }
}

/// A malformed response, or a function that failed: 502 though the type's own status is 504, as recorded.
pub(crate) fn malformed() -> Rejection {
    Rejection::new(ResponseType::IntegrationFailure).status(502)
}
