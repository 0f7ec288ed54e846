//! Why a request is not valid, and the gateway response that the client gets.

use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_models::Mismatch;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// These required parameters are absent or blank, in AWS's order.
    MissingParameters(Vec<String>),
    /// The body does not satisfy its model.
    Body(Mismatch),
    /// The body was not there when it was to be validated.
    Unread,
}

/// | finding | gateway response | `$context.error.validationErrorString` |
/// |---|---|---|
/// | missing parameters | `BAD_REQUEST_PARAMETERS` | the message |
/// | a body that was not read | `DEFAULT_5XX` | |
/// | the body | `BAD_REQUEST_BODY` | what the validator says |
impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        match error {
            Error::MissingParameters(names) => {
                let message = format!("Missing required request parameters: [{}]", names.join(", "));
                Rejection::new(ResponseType::BadRequestParameters).message(message.clone()).validation_error(message)
            }
            Error::Unread => Rejection::new(ResponseType::Default5xx),
            Error::Body(mismatch) => {
                Rejection::new(ResponseType::BadRequestBody).validation_error(mismatch.to_string())
            }
        }
    }
}
