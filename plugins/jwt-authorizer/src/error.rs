//! Why a token does not let a request pass, and what the client is told.

use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::{Answer, Headers, IllegalHeader};
use gatehouse_jwt::Error as TokenError;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no token.
    Missing,
    /// The token is not accepted.
    Token(TokenError),
    /// The issuer does not say where its keys are: nothing can be said about its tokens.
    Discovery,
    /// The issuer's keys are out of reach.
    Keys,
    /// The host verifies no such signatures.
    Host,
}

impl Error {
    /// The gateway response of a REST API.
    ///
    /// | finding | gateway response | message |
    /// |---|---|---|
    /// | no token, or one that is not accepted | `UNAUTHORIZED` | `Unauthorized` |
    /// | an expired token | `UNAUTHORIZED` | `The incoming token has expired` |
    /// | no keys to hold it against | `AUTHORIZER_FAILURE` | `Internal server error` |
    #[must_use]
    pub fn rejection(&self) -> Rejection {
        match self {
            Error::Missing => Rejection::new(ResponseType::Unauthorized),
            Error::Token(error) => Rejection::new(ResponseType::Unauthorized).message(error.rest_message()),
            Error::Discovery | Error::Keys | Error::Host => Rejection::new(ResponseType::AuthorizerFailure),
        }
    }

    /// The refusal of an HTTP API: 403 where a scope alone is missing, else 401; and why, as its challenge.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html>
    #[must_use]
    pub fn http_rejection(&self) -> Rejection {
        let response_type = match self {
            Error::Token(TokenError::Scope(_)) => ResponseType::AccessDenied,
            Error::Missing | Error::Token(_) | Error::Discovery | Error::Keys | Error::Host => {
                ResponseType::Unauthorized
            }
        };
        Rejection::new(response_type).challenge(self.challenge())
    }

    fn challenge(&self) -> String {
        match self {
            Error::Missing => "Bearer".to_owned(),
            Error::Token(error) => error.www_authenticate(),
            Error::Discovery | Error::Keys | Error::Host => {
                format!(r#"Bearer scope="" error="invalid_token" error_description="{self}""#)
            }
        }
    }

    /// The same as an answer: its status, `www-authenticate` and body.
    ///
    /// # Errors
    /// [`IllegalHeader`] if a scope cannot be written into a header: the configuration is checked for it.
    pub fn answer(&self) -> Result<Answer, IllegalHeader> {
        let (status, body) = match self {
            Error::Token(TokenError::Scope(_)) => (403, r#"{"message":"Forbidden"}"#),
            Error::Missing | Error::Token(_) | Error::Discovery | Error::Keys | Error::Host => {
                (401, r#"{"message":"Unauthorized"}"#)
            }
        };
        let challenge = self.challenge();
        let mut headers = Headers::for_answer();
        // API Gateway sends none; without one, Envoy would call it plain text.
        headers.set("content-type", "application/json")?;
        headers.set("www-authenticate", challenge)?;
        Ok(Answer { status, headers, body: body.into() })
    }
}

/// Can these scopes stand in `www-authenticate`, where they are divided by spaces (RFC 6749, 3.3)?
///
/// # Errors
/// Which one cannot, and what is allowed.
pub fn check_scopes(scopes: &[String]) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    match scopes.iter().find(|scope| scope.is_empty() || !scope.bytes().all(allowed)) {
        None => Ok(()),
        Some(scope) => Err(format!("`{scope}` is no scope: use visible ASCII without quotes, backslashes and spaces")),
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Missing => f.write_str("there is no token"),
            Error::Token(error) => error.fmt(f),
            Error::Discovery => f.write_str("OIDC discovery endpoint communication error"),
            Error::Keys => f.write_str("JWKS communication error"),
            Error::Host => f.write_str("signing method is not supported"),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Error::Token(error)
    }
}
