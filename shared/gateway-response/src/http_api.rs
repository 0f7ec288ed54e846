//! What an HTTP API answers itself: a status and a text, which nobody can change.

use gatehouse_api::ResponseType;
use gatehouse_context::Context;
use gatehouse_http::{Answer, Headers};

use crate::Rejection;

/// The answer of an HTTP API to a rejection. `$context.error` is filled in first, so that the access log sees it.
#[must_use]
pub fn http_api_answer(rejection: &Rejection, context: &mut Context) -> Answer {
    let (status, message) = told(rejection);
    context.error.message = Some(message.into());
    context.error.message_string = Some(format!("\"{message}\"").into());
    context.error.response_type = Some(rejection.response_type.name().into());
    context.status = Some(status);
    let mut headers = Headers::for_answer();
    // An error answer cannot fail over a header.
    let _ = headers.set("content-type", "application/json");
    if let Some(challenge) = &rejection.challenge {
        let _ = headers.set("www-authenticate", challenge);
    }
    Answer { status, headers, body: format!(r#"{{"message":"{message}"}}"#).into_bytes() }
}

/// The table. A backend that did not answer is a 503, one whose answer is of no use a 500.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting.html>
fn told(rejection: &Rejection) -> (u16, &'static str) {
    use ResponseType as T;
    const INTERNAL: (u16, &str) = (500, "Internal Server Error");
    const UNAVAILABLE: (u16, &str) = (503, "Service Unavailable");
    match rejection.response_type {
        T::Unauthorized => (401, "Unauthorized"),
        T::AccessDenied
        | T::ExpiredToken
        | T::InvalidApiKey
        | T::InvalidSignature
        | T::MissingAuthenticationToken
        | T::WafFiltered => (403, "Forbidden"),
        T::ResourceNotFound => (404, "Not Found"),
        T::QuotaExceeded | T::Throttled => (429, "Too Many Requests"),
        T::RequestTooLarge => (413, "Request Entity Too Large"),
        T::IntegrationFailure if rejection.status.is_some() => INTERNAL,
        T::IntegrationFailure | T::IntegrationTimeout => UNAVAILABLE,
        T::BadRequestBody | T::BadRequestParameters | T::Default4xx | T::UnsupportedMediaType => {
            (rejection.status.unwrap_or(400), "Bad Request")
        }
        T::ApiConfigurationError | T::AuthorizerConfigurationError | T::AuthorizerFailure | T::Default5xx => INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_api_answers_with_a_status_and_a_text() {
        let check = |rejection: Rejection, status, body: &str| {
            let mut context = Context::default();
            let answer = http_api_answer(&rejection, &mut context);
            assert_eq!((answer.status, std::str::from_utf8(&answer.body)), (status, Ok(body)), "{rejection:?}");
            assert_eq!(context.status, Some(status));
            assert_eq!(answer.headers.iter().count(), 1, "{rejection:?}");
        };
        let new = Rejection::new;
        check(new(ResponseType::ResourceNotFound), 404, r#"{"message":"Not Found"}"#);
        check(new(ResponseType::InvalidSignature).message("The request signature"), 403, r#"{"message":"Forbidden"}"#);
        check(
            new(ResponseType::IntegrationFailure).message("Network error"),
            503,
            r#"{"message":"Service Unavailable"}"#,
        );
        check(new(ResponseType::IntegrationTimeout), 503, r#"{"message":"Service Unavailable"}"#);
        check(new(ResponseType::IntegrationFailure).status(502), 500, r#"{"message":"Internal Server Error"}"#);
        check(new(ResponseType::Default4xx).status(408), 408, r#"{"message":"Bad Request"}"#);
        check(new(ResponseType::RequestTooLarge), 413, r#"{"message":"Request Entity Too Large"}"#);
        check(new(ResponseType::Default5xx), 500, r#"{"message":"Internal Server Error"}"#);
    }
}
