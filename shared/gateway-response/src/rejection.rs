//! Why a request is refused.

use std::borrow::Cow;

use gatehouse_api::ResponseType;
use gatehouse_http::IllegalHeader;

/// A request is refused: the gateway response to give, and what is particular to this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The gateway response.
    pub response_type: ResponseType,
    /// The text, where it is not the type's own.
    pub message: Option<Cow<'static, str>>,
    /// The status that applies unless the API gives one, where it is not the type's own.
    pub status: Option<u16>,
    /// `x-amzn-ErrorType`, where it is not the type's own.
    pub error_type: Option<&'static str>,
    /// `$context.error.validationErrorString`
    pub validation_error: Option<String>,
    /// `www-authenticate`, which HTTP APIs send.
    pub challenge: Option<String>,
}

impl Rejection {
    /// A refusal with the type's own status, text and error type.
    #[must_use]
    pub const fn new(response_type: ResponseType) -> Self {
        Self { response_type, message: None, status: None, error_type: None, validation_error: None, challenge: None }
    }

    /// An `Authorization` that is no signature. It has no gateway response of its own: recorded in access logs of
    /// <https://github.com/DataBiosphere/azul/issues/7470>.
    #[must_use]
    pub fn incomplete_signature(message: impl Into<Cow<'static, str>>) -> Self {
        let rejection = Self::new(ResponseType::Default4xx).status(403).error_type("IncompleteSignatureException");
        rejection.message(message)
    }

    /// With another text.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// With another status.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With another `x-amzn-ErrorType`.
    #[must_use]
    pub const fn error_type(mut self, error_type: &'static str) -> Self {
        self.error_type = Some(error_type);
        self
    }

    /// With what an HTTP API says in `www-authenticate`.
    #[must_use]
    pub fn challenge(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// With what a validator found.
    #[must_use]
    pub fn validation_error(mut self, found: impl Into<String>) -> Self {
        self.validation_error = Some(found.into());
        self
    }
}

/// A header that may not be written is a fault of the API's configuration: 500, as on API Gateway.
impl From<IllegalHeader> for Rejection {
    fn from(_: IllegalHeader) -> Self {
        Self::new(ResponseType::ApiConfigurationError)
    }
}
