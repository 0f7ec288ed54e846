//! Why AWS_IAM refuses a request, and the gateway response that the client gets.

use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_sigv4::{Detail, Error as SignatureError};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The signature is missing, malformed or wrong.
    Signature(SignatureError),
    /// The signature has been used.
    Replayed,
    /// More signatures are to be remembered than there is room for.
    TooManySignatures,
    /// A secret, or whoever knows it, cannot be reached: why, for the log.
    Unavailable(String),
    /// What cannot be: nothing passes because of it.
    Unforeseen,
}

impl Error {
    /// The gateway response.
    ///
    /// | finding | gateway response | `x-amzn-ErrorType` |
    /// |---|---|---|
    /// | no signature | `MISSING_AUTHENTICATION_TOKEN` | `MissingAuthenticationTokenException` |
    /// | malformed | `DEFAULT_4XX`, 403 | `IncompleteSignatureException` |
    /// | wrong, for elsewhere, used | `INVALID_SIGNATURE` | `InvalidSignatureException` |
    /// | unknown key, wrong token | `ACCESS_DENIED` | `UnrecognizedClientException` |
    /// | expired token | `EXPIRED_TOKEN` | `ExpiredTokenException` |
    /// | too large, malformed path | `DEFAULT_4XX`, 400 | `BadRequestException` |
    /// | too many signatures | `THROTTLED` | `TooManyRequestsException` |
    /// | secret or provider out of reach | `AUTHORIZER_FAILURE` | `AuthorizerFailureException` |
    #[must_use]
    pub fn rejection(&self, detail: Detail) -> Rejection {
        match self {
            Error::Signature(error) => of_signature(error, detail),
            Error::Replayed => Rejection::new(ResponseType::InvalidSignature)
                .message("Signature has been used before: every signature is accepted once here."),
            Error::TooManySignatures => Rejection::new(ResponseType::Throttled),
            Error::Unavailable(_) => Rejection::new(ResponseType::AuthorizerFailure),
            Error::Unforeseen => Rejection::new(ResponseType::Default5xx),
        }
    }
}

fn of_signature(error: &SignatureError, detail: Detail) -> Rejection {
    let message = error.message(detail);
    match error.error_type() {
        "MissingAuthenticationTokenException" => {
            Rejection::new(ResponseType::MissingAuthenticationToken).message(message)
        }
        "ExpiredTokenException" => Rejection::new(ResponseType::ExpiredToken).message(message),
        "BadRequestException" => Rejection::new(ResponseType::Default4xx).status(400).message(message),
        error_type @ "UnrecognizedClientException" => {
            Rejection::new(ResponseType::AccessDenied).message(message).error_type(error_type)
        }
        "IncompleteSignatureException" => Rejection::incomplete_signature(message),
        error_type => Rejection::new(ResponseType::InvalidSignature).message(message).error_type(error_type),
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        Error::Signature(error)
    }
}
