//! What a function behind an HTTP API may answer with payload format 2.0: a response, or anything, which is a body then.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response>

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::response::{Malformed, Pairs, ProxyResponse, StatusCode, Text, Value};

/// Reads a payload. One without `statusCode` is the body of a 200 of type `application/json` as it is, whatever its other
/// keys hold, and so is what is no JSON; a text without its quotes. That nothing of it is looked at was seen on AWS by
/// <https://github.com/aws/aws-lambda-dotnet> (`InvokeResponseExtensionsIntegrationTests`).
///
/// # Errors
/// [`Malformed`]: a response with a `statusCode` that is none; what is not UTF-8; what has an `errorMessage` and no
/// `statusCode`, as of an exception, whatever the Invoke API says of it (recorded: a function that returned just that).
pub fn http_response(payload: &[u8]) -> Result<ProxyResponse<'_>, Malformed> {
    let text = std::str::from_utf8(payload).map_err(|_| Malformed)?;
    let inferred = |body: Cow<'_, str>| ProxyResponse {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
        body: Cow::Owned(body.into_owned()),
        is_base64_encoded: false,
        is_untyped: false,
    };
    match text.trim_start().as_bytes().first() {
        Some(b'"') => Ok(inferred(serde_json::from_str(text).map_or(text.into(), |Text(text)| text))),
        Some(b'{') => match serde_json::from_str::<Written<'_>>(text) {
            Ok(written) => written.response(),
            // No response: the keys say what it is then.
            Err(_) => match serde_json::from_str::<Keys>(text) {
                Ok(keys) if keys.status_code.is_some() || keys.error_message.is_some() => Err(Malformed),
                Err(error) if error.is_data() => Err(Malformed),
                Ok(_) | Err(_) => Ok(inferred(text.into())),
            },
        },
        _ => Ok(inferred(text.into())),
    }
}

/// What tells a broken response from an exception, and both from anything else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    #[serde(default)]
    status_code: Option<IgnoredAny>,
    #[serde(default)]
    error_message: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(borrow)]
    status_code: StatusCode<'a>,
    #[serde(borrow, default)]
    headers: Option<Pairs<'a, Option<Value<'a>>>>,
    #[serde(borrow, default)]
    cookies: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    body: Option<Text<'a>>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

impl<'a> Written<'a> {
    fn response(self) -> Result<ProxyResponse<'a>, Malformed> {
        let Pairs(headers) = self.headers.unwrap_or_default();
        let headers = headers.into_iter().filter_map(|(Text(name), value)| Some((name, value?.0)));
        let cookies = self.cookies.unwrap_or_default().into_iter();
        let cookies = cookies.map(|Text(cookie)| (Cow::Borrowed("set-cookie"), cookie));
        Ok(ProxyResponse {
            status: self.status_code.status()?,
            headers: headers.chain(cookies).collect(),
            body: self.body.map(|Text(text)| text).unwrap_or_default(),
            is_base64_encoded: self.is_base64_encoded.unwrap_or_default(),
            is_untyped: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, headers, body.
    type Said<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

    #[test]
    fn a_response_is_taken_or_inferred() {
        let check = |payload: &str, expected: Option<Said<'_>>| {
            let got = http_response(payload.as_bytes()).ok();
            let got = got.as_ref().map(|response| {
                let headers: Vec<(&str, &str)> =
                    response.headers.iter().map(|(a, b)| (a.as_ref(), b.as_ref())).collect();
                (response.status, headers, response.body.as_ref())
            });
            assert_eq!(got, expected.map(|(status, headers, body)| (status, headers.to_vec(), body)), "{payload}");
        };
        let json: &[(&str, &str)] = &[("content-type", "application/json")];
        check(r#""Hello from Lambda!""#, Some((200, json, "Hello from Lambda!")));
        check(r#"{"message":"hi"}"#, Some((200, json, r#"{"message":"hi"}"#)));
        check("[1]", Some((200, json, "[1]")));
        let cookies = r#"{"cookies":["a=1","b=2"],"statusCode":201,"headers":{"x":"y"},"body":"b","ignored":{}}"#;
        check(cookies, Some((201, &[("x", "y"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], "b")));
        check(r#"{"statusCode":"no"}"#, None);
        check(r#"{"statusCode":200.5,"body":"Hello"}"#, None);
        check(r#"{"statusCode":200,"body":{"a":1}}"#, None);
        check(r#"{"statusCode":200,"statusCode":200}"#, None);
        for payload in [
            r#"{"id":1,"body":{"a":1}}"#,
            r#"{"headers":["name","age"],"cookies":3}"#,
            r#"{"body":"x","body":"y"}"#,
            r#"{"errorType":"E","error":{"errorMessage":"inside"}}"#,
            "errorMessage",
            r#"{"name": "John Doe", "age":"#,
            "Hello, World!",
            "\"half",
            "42",
            "true",
            "null",
            "",
        ] {
            check(payload, Some((200, json, payload)));
        }
        // Recorded.
        check(r#"{"errorMessage":"test fake error message"}"#, None);
        check(r#"{"errorMessage":"boom","errorType":"E","requestId":"","stackTrace":["/var/task"]}"#, None);
        check(r#"{"statusCode":201,"errorMessage":"mine","body":"b"}"#, Some((201, &[], "b")));
    }
}
