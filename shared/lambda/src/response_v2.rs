//! What a function behind an HTTP API may answer with payload format 2.0: a response, or anything, which is a body then.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response>

use std::borrow::Cow;

use serde::{Deserialize, de};

use crate::response::{Malformed, Pairs, ProxyResponse, StatusCode, Text, Value};

/// Reads a payload. One without `statusCode` is the body of a 200 of type `application/json`, a text without its quotes.
///
/// # Errors
/// [`Malformed`]
pub fn http_response(payload: &[u8]) -> Result<ProxyResponse<'_>, Malformed> {
    let text = std::str::from_utf8(payload).map_err(|_| Malformed)?;
    let inferred = |body: Cow<'_, str>| ProxyResponse {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
        body: Cow::Owned(body.into_owned()),
        is_base64_encoded: false,
    };
    match text.trim_start().as_bytes().first() {
        None => Ok(inferred("".into())),
        Some(b'"') => {
            let Text(text) = serde_json::from_str(text).map_err(|_| Malformed)?;
            Ok(inferred(text))
        }
        Some(b'{') => match serde_json::from_str::<Written<'_>>(text).map_err(|_| Malformed)? {
            Written { status_code: None, .. } => Ok(inferred(text.into())),
            Written { status_code: Some(status), headers, cookies, body, is_base64_encoded } => {
                let Pairs(headers) = headers.unwrap_or_default();
                let headers = headers.into_iter().filter_map(|(Text(name), value)| Some((name, value?.0)));
                let cookies = cookies.unwrap_or_default().into_iter();
                let cookies = cookies.map(|Text(cookie)| (Cow::Borrowed("set-cookie"), cookie));
                Ok(ProxyResponse {
                    status: status.status()?,
                    headers: headers.chain(cookies).collect(),
                    body: body.map(|Text(text)| text).unwrap_or_default(),
                    is_base64_encoded: is_base64_encoded.unwrap_or_default(),
                })
            }
        },
        Some(_) => {
            serde_json::from_str::<de::IgnoredAny>(text).map_err(|_| Malformed)?;
            Ok(inferred(text.into()))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(borrow, default)]
    status_code: Option<StatusCode<'a>>,
    #[serde(borrow, default)]
    headers: Option<Pairs<'a, Option<Value<'a>>>>,
    #[serde(borrow, default)]
    cookies: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    body: Option<Text<'a>>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
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
        check("{", None);
        check("nonsense", None);
    }
}
