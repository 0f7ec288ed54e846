//! Why a Lambda authorizer refuses a request, and the gateway response that the client gets.

use gatehouse_filter::{Rejection, ResponseType};

/// A refusal.
///
/// | finding | gateway response | status | text |
/// |---|---|---|---|
/// | [`Error::Unauthorized`] | `UNAUTHORIZED` | 401 | `Unauthorized` |
/// | [`Error::ImplicitlyDenied`] | `ACCESS_DENIED` | 403 | `User is not authorized to access this resource` |
/// | [`Error::ExplicitlyDenied`] | `ACCESS_DENIED` | 403 | … `with an explicit deny` |
/// | [`Error::Function`] | `AUTHORIZER_CONFIGURATION_ERROR` | 500 | `null` |
/// | [`Error::ArnTooLong`] | `DEFAULT_4XX` | 414 | `Request URI too long` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no token, or it cannot be one; or the function said `Unauthorized`.
    Unauthorized,
    /// No statement allows.
    ImplicitlyDenied,
    /// A statement denies.
    ExplicitlyDenied,
    /// The function cannot be called, fails, or answers what is no answer.
    Function,
    /// A method's ARN has 1,600 bytes at most.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    ArnTooLong,
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthorized => Rejection::new(ResponseType::Unauthorized),
            Error::ImplicitlyDenied => {
                Rejection::new(ResponseType::AccessDenied).message("User is not authorized to access this resource")
            }
            Error::ExplicitlyDenied => Rejection::new(ResponseType::AccessDenied)
                .message("User is not authorized to access this resource with an explicit deny"),
            Error::Function => Rejection::new(ResponseType::AuthorizerConfigurationError),
            Error::ArnTooLong => Rejection::new(ResponseType::Default4xx).status(414).message("Request URI too long"),
        }
    }
}
