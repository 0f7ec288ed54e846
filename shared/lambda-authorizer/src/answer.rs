//! What the function answered.

use std::fmt;

use gatehouse_filter::{Failure, Reply};
use gatehouse_http::Response;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::grant::Grant;

/// The longest policy.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LONGEST_POLICY: usize = 8_192;
/// The longest answer that is read at all, in bytes: the policy, and a context that still fits into headers.
const LONGEST_ANSWER: usize = 1 << 20;

/// What comes of asking a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It knows the caller, and says what the caller may do.
    Granted(Grant),
    /// It does not want to see the caller: its error is `Unauthorized`, to the letter.
    Unauthorized,
    /// It is no answer.
    Failed(Fault),
}

/// Why there is no answer. None of it comes to a client; nothing of the token is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The function could not be reached, or took too long.
    Unreachable(Failure),
    /// Its endpoint answered with this status.
    Status(u16),
    /// It ended with an error.
    FunctionError(String),
    /// What it returned is not an authorizer's answer.
    Malformed(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unreachable(Failure::Timeout) => f.write_str("the function took too long"),
            Fault::Unreachable(Failure::Unreachable) => f.write_str("the function cannot be reached"),
            Fault::Unreachable(Failure::Reset) => f.write_str("the connection to the function broke"),
            Fault::Unreachable(Failure::NotSent) => f.write_str("the function cannot be called"),
            Fault::Status(status) => write!(f, "the function's endpoint answered {status}"),
            Fault::FunctionError(message) => write!(f, "the function failed: {}", message.escape_debug()),
            Fault::Malformed(reason) => write!(f, "the function's answer cannot be used: {}", reason.escape_debug()),
        }
    }
}

impl Answer {
    /// Reads the reply to an invocation.
    #[must_use]
    pub fn read(reply: &Reply) -> Self {
        match reply {
            Reply::Failed(failure) => Answer::Failed(Fault::Unreachable(*failure)),
            Reply::Answered(response) => Self::of_response(response),
        }
    }

    fn of_response(response: &Response) -> Self {
        let body = response.body.bytes();
        if body.len() > LONGEST_ANSWER {
            return Answer::Failed(Fault::Malformed(format!("{} bytes are too many", body.len())));
        }
        if response.status() != 200 {
            return Answer::Failed(Fault::Status(response.status()));
        }
        // Lambda says so in a header; its emulator does not, and returns the same object.
        if response.headers.has("x-amz-function-error") || is_error(body) {
            return Self::of_error(body);
        }
        match grant(body) {
            Ok(grant) => Answer::Granted(grant),
            Err(reason) => Answer::Failed(Fault::Malformed(reason)),
        }
    }

    fn of_error(body: &[u8]) -> Self {
        let message = serde_json::from_slice::<FunctionError>(body).ok().and_then(|error| error.error_message);
        match message {
            Some(message) if message == "Unauthorized" => Answer::Unauthorized,
            Some(message) => Answer::Failed(Fault::FunctionError(shortened(&message))),
            None => Answer::Failed(Fault::FunctionError("without a message".to_owned())),
        }
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html>
#[derive(Deserialize)]
struct FunctionError {
    #[serde(rename = "errorMessage", default)]
    error_message: Option<String>,
}

fn is_error(body: &[u8]) -> bool {
    serde_json::from_slice::<FunctionError>(body).is_ok_and(|error| error.error_message.is_some())
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn grant(body: &[u8]) -> Result<Grant, String> {
    let written: Written<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let policy = written.policy_document.get();
    if policy.len() > LONGEST_POLICY {
        return Err(format!("a policy of {} bytes is too long: {LONGEST_POLICY} are allowed", policy.len()));
    }
    Ok(Grant {
        principal_id: written.principal_id,
        context: written.context.unwrap_or_default().0,
        usage_identifier_key: written.usage_identifier_key,
        policy: policy.to_owned(),
    })
}

/// A function's answer as it writes it; what else it says is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    principal_id: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
    #[serde(default)]
    context: Option<Properties>,
    #[serde(default)]
    usage_identifier_key: Option<String>,
}

/// `context`: a map of texts, numbers and booleans, each of which API Gateway makes a text.
#[derive(Default)]
struct Properties(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut entries: Vec<(String, String)> = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if entries.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format_args!("`{name}` is in the context twice")));
                    }
                    let Scalar(value) = map.next_value()?;
                    entries.push((name, value));
                }
                Ok(Properties(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As it was written, so that a number keeps its spelling.
        let raw: &RawValue = Deserialize::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(Scalar).map_err(D::Error::custom),
            Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(Scalar(text.to_owned())),
            _ => Err(D::Error::custom("a value of the context is no text, number or boolean")),
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers, Origin};

    use super::*;

    fn read(status: &str, error: bool, body: &str) -> Answer {
        let mut headers = vec![(":status", status)];
        headers.extend(error.then_some(("x-amz-function-error", "Unhandled")));
        let body = Body::Read(body.into());
        Answer::read(&Reply::Answered(Response {
            headers: Headers::from_pairs(headers),
            body,
            origin: Origin::Upstream,
        }))
    }

    fn check(body: &str, expected: &str) {
        let found = match read("200", false, body) {
            Answer::Granted(grant) => {
                format!("{} {:?} {:?} {}", grant.principal_id, grant.context, grant.usage_identifier_key, grant.policy)
            }
            Answer::Unauthorized => "unauthorized".to_owned(),
            Answer::Failed(fault) => fault.to_string(),
        };
        assert!(found.contains(expected), "{body:.80}: {found}");
    }

    #[test]
    fn an_answer_is_principal_policy_context_and_key() {
        check(r#"{"principalId": "me", "policyDocument": {"a": 1}}"#, r#"me [] None {"a": 1}"#);
        check(
            r#"{"policyDocument": {}, "principalId": "me", "context": {"s": "x", "n": 1, "f": 1.50, "b": true}, "usageIdentifierKey": "k", "more": [1]}"#,
            r#"me [("s", "x"), ("n", "1"), ("f", "1.50"), ("b", "true")] Some("k") {}"#,
        );
        check(r#"{"principalId": "me", "policyDocument": {}, "context": null}"#, "me [] None {}");
    }

    #[test]
    fn what_is_none_is_named() {
        check("", "cannot be used: EOF");
        check("null", "cannot be used");
        check("[]", "cannot be used");
        check(r#""Unauthorized""#, "cannot be used");
        check(r#"{"policyDocument": {}}"#, "missing field `principalId`");
        check(r#"{"principalId": 1, "policyDocument": {}}"#, "invalid type: integer");
        check(r#"{"principalId": "me"}"#, "missing field `policyDocument`");
        check(r#"{"principalId": "me", "principalId": "you", "policyDocument": {}}"#, "duplicate field");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": {}}}"#, "no text, number or boolean");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": [1]}}"#, "no text, number or boolean");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": null}}"#, "no text, number or boolean");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": 1, "a": 2}}"#, "in the context twice");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": "x"}"#, "invalid type");
        check(r#"{"principalId": "me", "policyDocument": {}} x"#, "trailing characters");
        check(&format!(r#"{{"principalId": "me", "policyDocument": "{}"}}"#, "x".repeat(8_191)), "too long");
        let bomb = "[".repeat(100_000);
        check(&format!(r#"{{"principalId": "me", "policyDocument": {bomb}"#), "EOF");
        check(&format!(r#"{{"principalId": "me", "policyDocument": {{}}, "more": {bomb}"#), "EOF");
        let whole = format!("{bomb}{}", "]".repeat(100_000));
        check(&format!(r#"{{"principalId": "me", "policyDocument": {whole}}}"#), "too long");
    }

    #[test]
    fn the_word_unauthorized_is_401_and_every_other_error_a_fault() {
        assert_eq!(read("200", true, r#"{"errorMessage": "Unauthorized"}"#), Answer::Unauthorized);
        assert_eq!(
            read("200", false, r#"{"errorMessage": "Unauthorized", "errorType": "Error"}"#),
            Answer::Unauthorized
        );
        for message in ["unauthorized", "Unauthorized ", "Unauthorized: no", ""] {
            let body = format!(r#"{{"errorMessage": "{message}"}}"#);
            assert!(matches!(read("200", true, &body), Answer::Failed(Fault::FunctionError(_))), "{message}");
        }
        assert!(matches!(read("200", true, "garbage"), Answer::Failed(Fault::FunctionError(_))));
        let policy = r#"{"principalId": "me", "policyDocument": {}}"#;
        assert!(matches!(read("200", true, policy), Answer::Failed(_)), "an error is never a grant");
        assert_eq!(read("500", false, policy), Answer::Failed(Fault::Status(500)));
        assert_eq!(
            Answer::read(&Reply::Failed(Failure::Timeout)),
            Answer::Failed(Fault::Unreachable(Failure::Timeout))
        );
    }
}
