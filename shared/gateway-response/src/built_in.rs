//! The built-in table: text, error type and spelling of each gateway response.

use gatehouse_api::ResponseType;

/// What a gateway response says where nobody changed it.
pub(crate) struct BuiltIn {
    /// The text; `None` is JSON's `null`.
    pub(crate) message: Option<&'static str>,
    /// `x-amzn-ErrorType`
    pub(crate) error_type: &'static str,
    /// How the body is spelled on the wire.
    pub(crate) spelling: Spelling,
}

/// The spellings of the body that API Gateway itself puts on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `{"message":"Forbidden"}`: refused before the method runs.
    Tight,
    /// `{"message": "Internal server error"}`: failed while the method ran.
    Spaced,
    /// `{"Message":"User is not authorized to access this resource"}`: denied by a policy.
    Capital,
}

impl Spelling {
    /// The body for a text that is JSON already.
    pub(crate) fn body(self, message: &str) -> String {
        match self {
            Spelling::Tight => format!(r#"{{"message":{message}}}"#),
            Spelling::Spaced => format!(r#"{{"message": {message}}}"#),
            Spelling::Capital => format!(r#"{{"Message":{message}}}"#),
        }
    }
}

/// The table. Seen on the real service, or in its documentation:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
pub(crate) fn built_in(response_type: ResponseType) -> BuiltIn {
    use ResponseType as T;
    use Spelling::{Capital, Spaced, Tight};
    const INTERNAL: &str = "Internal server error";
    let (message, error_type, spelling) = match response_type {
        T::AccessDenied => ("User is not authorized to access this resource", "AccessDeniedException", Capital),
        T::ApiConfigurationError => (INTERNAL, "InternalServerErrorException", Spaced),
        T::AuthorizerConfigurationError => {
            return BuiltIn { message: None, error_type: "AuthorizerConfigurationException", spelling: Tight };
        }
        T::AuthorizerFailure => (INTERNAL, "AuthorizerFailureException", Tight),
        T::BadRequestBody => ("Invalid request body", "BadRequestException", Spaced),
        T::BadRequestParameters => ("Missing required request parameters", "BadRequestException", Spaced),
        T::Default4xx => ("Bad Request", "BadRequestException", Spaced),
        T::Default5xx => (INTERNAL, "InternalServerErrorException", Spaced),
        T::ExpiredToken => ("The security token included in the request is expired", "ExpiredTokenException", Tight),
        T::IntegrationFailure => (INTERNAL, "InternalServerErrorException", Spaced),
        T::IntegrationTimeout => ("Endpoint request timed out", "InternalServerErrorException", Spaced),
        T::InvalidApiKey => ("Forbidden", "ForbiddenException", Tight),
        T::InvalidSignature => (
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
            "InvalidSignatureException",
            Tight,
        ),
        T::MissingAuthenticationToken => ("Missing Authentication Token", "MissingAuthenticationTokenException", Tight),
        T::QuotaExceeded => ("Limit Exceeded", "LimitExceededException", Tight),
        T::RequestTooLarge => ("Request Too Long", "RequestTooLargeException", Tight),
        T::ResourceNotFound => ("Not Found", "ResourceNotFoundException", Tight),
        T::Throttled => ("Too Many Requests", "TooManyRequestsException", Tight),
        T::Unauthorized => ("Unauthorized", "UnauthorizedException", Tight),
        T::UnsupportedMediaType => ("Unsupported Media Type", "BadRequestException", Spaced),
        T::WafFiltered => ("Forbidden", "ForbiddenException", Tight),
    };
    BuiltIn { message: Some(message), error_type, spelling }
}
