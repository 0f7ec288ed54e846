//! What the function answered.

use std::fmt;

use gatehouse_context::{NULL, Text};
use gatehouse_filter::{Failure, Reply};
use gatehouse_http::Response;
use gatehouse_sort::sort;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::authorizer::Form;
use crate::grant::Grant;

/// The longest policy.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LONGEST_POLICY: usize = 8_192;
/// The most that is kept besides the policy, in bytes: principal, key, and the context's names and values. AWS names no
/// limit; this is what all headers of a request may have.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LONGEST_CONTEXT: usize = 10_240;
/// The most values of a context. AWS names no limit; every request that is granted sets each of them.
const MOST_PROPERTIES: usize = 256;
/// The longest answer that is read at all, in bytes: an error's stack trace is in it, too.
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
    /// It ended with an error of this type. Its message is not kept: functions like to cite the token in it.
    FunctionError(String),
    /// What it returned is not an authorizer's answer; the reason cites nothing of it.
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
            Fault::FunctionError(kind) => write!(f, "the function ended with {}", kind.escape_debug()),
            Fault::Malformed(reason) => write!(f, "the function's answer cannot be used: {}", reason.escape_debug()),
        }
    }
}

impl Answer {
    /// Reads the reply to an invocation for a REST API.
    #[must_use]
    pub fn read(reply: &Reply) -> Self {
        Self::read_as(Form::Rest, reply)
    }

    /// Reads the reply to an invocation.
    #[must_use]
    pub fn read_as(form: Form, reply: &Reply) -> Self {
        match reply {
            Reply::Failed(failure) => Answer::Failed(Fault::Unreachable(*failure)),
            Reply::Answered(response) => Self::of_response(form, response),
        }
    }

    fn of_response(form: Form, response: &Response) -> Self {
        let body = response.body.bytes();
        if body.len() > LONGEST_ANSWER {
            return Answer::Failed(Fault::Malformed(format!("{} bytes are too many", body.len())));
        }
        if response.status() != 200 {
            return Answer::Failed(Fault::Status(response.status()));
        }
        let failed = response.headers.has(FUNCTION_ERROR);
        let written = match Written::parse(body) {
            Ok(written) => written,
            // What cannot be read has no type either.
            Err(_) if failed => Written::default(),
            Err(reason) => return Answer::Failed(Fault::Malformed(reason)),
        };
        // Lambda says so in a header; its emulator does not, and returns the same object.
        if failed || written.error_message.is_some() {
            return Self::of_error(&written);
        }
        match grant(form, &written) {
            Ok(grant) => Answer::Granted(grant),
            Err(reason) => Answer::Failed(Fault::Malformed(reason)),
        }
    }

    fn of_error(written: &Written<'_>) -> Self {
        match text_of(written.error_message, "errorMessage") {
            Ok(Some(message)) if message == "Unauthorized" => Answer::Unauthorized,
            _ => Answer::Failed(Fault::FunctionError(error_type(written))),
        }
    }
}

/// The header in which Lambda says that the function ended with an error.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax>
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// The kind of error that a function ended with. What it says may hold the token: only the function's own log has that.
fn error_type(written: &Written<'_>) -> String {
    let is_name = |text: &String| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'$');
        (1..=64).contains(&text.len()) && text.bytes().all(is_part)
    };
    let name = text_of(written.error_type, "").ok().flatten();
    name.filter(is_name).unwrap_or_else(|| "an error of no known type".to_owned())
}

fn grant(form: Form, written: &Written<'_>) -> Result<Grant, String> {
    if form == (Form::HttpV2 { simple: true }) {
        return simple_grant(written);
    }
    let principal_id = text_of(written.principal_id, "principalId")?.ok_or("missing field `principalId`")?;
    let policy = written.policy_document.ok_or("missing field `policyDocument`")?.get();
    if policy.len() > LONGEST_POLICY {
        return Err(format!("a policy of {} bytes is too long: {LONGEST_POLICY} are allowed", policy.len()));
    }
    if !policy.starts_with('{') {
        return Err("`policyDocument` is no object".to_owned());
    }
    let usage_identifier_key = text_of(written.usage_identifier_key, "usageIdentifierKey")?;
    let context = match form {
        Form::Rest => written.context.map(properties).transpose()?.unwrap_or_default(),
        Form::HttpV1 | Form::HttpV2 { .. } => http_properties(written.context)?,
    };
    let besides = principal_id.len() + usage_identifier_key.as_ref().map_or(0, String::len);
    check_length(&context, besides)?;
    Ok(Grant { principal_id: principal_id.into(), context, usage_identifier_key, policy: policy.to_owned() })
}

fn check_length(context: &[(Text, Text)], besides: usize) -> Result<(), String> {
    let kept = besides + context.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    match kept > LONGEST_CONTEXT {
        true => Err(format!("{kept} bytes of context are too many: {LONGEST_CONTEXT} are allowed")),
        false => Ok(()),
    }
}

/// Yes or no, for every route: a policy that says so.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.payload-format-response>
fn simple_grant(written: &Written<'_>) -> Result<Grant, String> {
    let effect = match written.is_authorized.map(RawValue::get) {
        Some("true") => "Allow",
        Some("false") => "Deny",
        Some(_) => return Err("`isAuthorized` is no boolean".to_owned()),
        None => return Err("missing field `isAuthorized`".to_owned()),
    };
    let statement = format!(r#"{{"Effect":"{effect}","Action":"execute-api:Invoke","Resource":"*"}}"#);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let context = http_properties(written.context)?;
    check_length(&context, 0)?;
    Ok(Grant { context, policy, ..Grant::default() })
}

/// `context` of an HTTP API: a map of anything. Each value is a text for `$context.authorizer.NAME`; all of it, as it was
/// written, is `lambda`, which is `null` where there is none (recorded).
fn http_properties(raw: Option<&RawValue>) -> Result<Vec<(Text, Text)>, String> {
    let Some(raw) = raw else { return Ok(vec![("lambda".into(), "null".into())]) };
    let written = raw.get();
    let entries = object(written).map_err(|reason| format!("`context`: {reason}"))?;
    if entries.len() > MOST_PROPERTIES {
        return Err(format!("{} values in the context are too many: {MOST_PROPERTIES} are allowed", entries.len()));
    }
    let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
    let named = entries.iter().filter(|(name, _)| name != "lambda");
    let mut properties: Vec<(Text, Text)> =
        named.map(|(name, value)| (name.as_str().into(), text(value).into())).collect();
    properties.push(("lambda".into(), written.into()));
    Ok(properties)
}

/// `context`: a map of texts, numbers and booleans, each of which API Gateway makes a text, and `null`, which it leaves
/// (recorded: <https://github.com/DefinitelyTyped/DefinitelyTyped/pull/69823>).
fn properties(raw: &RawValue) -> Result<Vec<(Text, Text)>, String> {
    let entries = object(raw.get()).map_err(|reason| format!("`context`: {reason}"))?;
    if entries.len() > MOST_PROPERTIES {
        return Err(format!("{} values in the context are too many: {MOST_PROPERTIES} are allowed", entries.len()));
    }
    let mut properties = Vec::with_capacity(entries.len());
    for (name, raw) in entries {
        match raw.get() {
            "null" => properties.push((format!("{NULL}{name}").into(), Text::default())),
            _ => properties.push((name.into(), scalar(raw)?.into())),
        }
    }
    Ok(properties)
}

/// A value of the context. A number keeps its spelling.
fn scalar(raw: &RawValue) -> Result<String, String> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_err(|_| "a text of the context cannot be read".to_owned()),
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(text.to_owned()),
        _ => Err("a value of the context is no text, number or boolean".to_owned()),
    }
}

fn text_of(raw: Option<&RawValue>, field: &str) -> Result<Option<String>, String> {
    match raw {
        Some(raw) => serde_json::from_str(raw.get()).map(Some).map_err(|_| format!("`{field}` is no text")),
        None => Ok(None),
    }
}

/// A function's answer as it writes it, or its error; what else it says is not looked at. `null` is as if absent.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html>
#[derive(Default)]
struct Written<'a> {
    principal_id: Option<&'a RawValue>,
    policy_document: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
    usage_identifier_key: Option<&'a RawValue>,
    is_authorized: Option<&'a RawValue>,
    error_message: Option<&'a RawValue>,
    error_type: Option<&'a RawValue>,
}

impl<'a> Written<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "it is no UTF-8".to_owned())?;
        let mut written = Self::default();
        for (name, raw) in object(text)? {
            let field = match name.as_str() {
                "principalId" => &mut written.principal_id,
                "policyDocument" => &mut written.policy_document,
                "context" => &mut written.context,
                "usageIdentifierKey" => &mut written.usage_identifier_key,
                "isAuthorized" => &mut written.is_authorized,
                "errorMessage" => &mut written.error_message,
                "errorType" => &mut written.error_type,
                _ => continue,
            };
            *field = Some(raw).filter(|raw| raw.get() != "null");
        }
        Ok(written)
    }
}

/// The names and values of an object in which no name stands twice. Reasons hold nothing of the text.
fn object(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    if !text.trim_ascii_start().starts_with('{') {
        return Err("it is no object".to_owned());
    }
    let Entries(entries) = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Syntax | Category::Eof => error.to_string(),
        Category::Data | Category::Io => "it is no object".to_owned(),
    })?;
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    sort(&mut names);
    match names.windows(2).any(|pair| matches!(pair, [one, next] if one == next)) {
        true => Err("a name stands twice".to_owned()),
        false => Ok(entries),
    }
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers, Origin};

    use super::*;

    /// The effect that comes of it, and the context.
    type Said<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    #[test]
    fn the_function_of_an_http_api_may_say_yes_or_no() {
        let check = |body: &str, expected: Result<Said<'_>, &str>| {
            let headers = Headers::from_pairs([(":status", "200")]);
            let response = Response { headers, body: Body::Read(body.into()), origin: Origin::Upstream };
            let found = match Answer::read_as(Form::HttpV2 { simple: true }, &Reply::Answered(response)) {
                Answer::Granted(grant) => Ok((grant.policy.contains("Allow"), grant.context)),
                Answer::Failed(fault) => Err(fault.to_string()),
                Answer::Unauthorized => Err("unauthorized".to_owned()),
            };
            let expected = expected.map(|(effect, context)| {
                let pair = |(name, value): &(&str, &str)| (Text::from(*name), Text::from(*value));
                (effect == "Allow", context.iter().map(pair).collect::<Vec<_>>())
            });
            let expected = expected.map_err(|why| format!("the function's answer cannot be used: {why}"));
            assert_eq!(found, expected, "{body}");
        };
        check(r#"{"isAuthorized": true}"#, Ok(("Allow", &[("lambda", "null")])));
        check(r#"{"isAuthorized": true, "context": null}"#, Ok(("Allow", &[("lambda", "null")])));
        check(r#"{"isAuthorized": true, "context": {}}"#, Ok(("Allow", &[("lambda", "{}")])));
        check(r#"{"isAuthorized": false, "other": 1}"#, Ok(("Deny", &[("lambda", "null")])));
        check(
            r#"{"isAuthorized": true, "context": {"a": "x", "n": 1, "list": [1, {"b": null}]}}"#,
            Ok((
                "Allow",
                &[
                    ("a", "x"),
                    ("n", "1"),
                    ("list", r#"[1, {"b": null}]"#),
                    ("lambda", r#"{"a": "x", "n": 1, "list": [1, {"b": null}]}"#),
                ],
            )),
        );
        check(r#"{"isAuthorized": "true"}"#, Err("`isAuthorized` is no boolean"));
        check("{}", Err("missing field `isAuthorized`"));
        check(r#"{"principalId": "me", "policyDocument": {}}"#, Err("missing field `isAuthorized`"));
    }

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
        let null = r#"me [("s", "x"), ("\0n", "")] None {}"#;
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"s": "x", "n": null}}"#, null);
    }

    #[test]
    fn what_is_none_is_named() {
        check("", "it is no object");
        check("{", "cannot be used: EOF");
        check("null", "cannot be used");
        check("[]", "cannot be used");
        check(r#""Unauthorized""#, "cannot be used");
        check(r#"{"policyDocument": {}}"#, "missing field `principalId`");
        check(r#"{"principalId": 1, "policyDocument": {}}"#, "`principalId` is no text");
        check(r#"{"principalId": "me"}"#, "missing field `policyDocument`");
        check(r#"{"principalId": "me", "principalId": "you", "policyDocument": {}}"#, "a name stands twice");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": {}}}"#, "no text, number or boolean");
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": [1]}}"#, "no text, number or boolean");
        check(
            r#"{"principalId": "me", "policyDocument": {}, "context": {"a": 1, "a": 2}}"#,
            "`context`: a name stands twice",
        );
        check(r#"{"principalId": "me", "policyDocument": {}, "context": "x"}"#, "`context`: it is no object");
        check(r#"{"principalId": "me", "policyDocument": {}} x"#, "trailing characters");
        check(&format!(r#"{{"principalId": "me", "policyDocument": "{}"}}"#, "x".repeat(8_191)), "too long");
        let bomb = "[".repeat(100_000);
        check(&format!(r#"{{"principalId": "me", "policyDocument": {bomb}"#), "EOF");
        check(&format!(r#"{{"principalId": "me", "policyDocument": {{}}, "more": {bomb}"#), "EOF");
        let whole = format!("{bomb}{}", "]".repeat(100_000));
        check(&format!(r#"{{"principalId": "me", "policyDocument": {whole}}}"#), "too long");
    }

    #[test]
    fn an_answer_is_strict_json() {
        check(r#"["me", {"Version": "2012-10-17"}, {}, "k", null]"#, "it is no object");
        check(r#"{"principalId": "me", "policyDocument": []}"#, "`policyDocument` is no object");
        check(r#"{"principalId": "me", "policyDocument": "{}"}"#, "`policyDocument` is no object");
        check(r#"{"principalId": "me", "principal\u0049d": "you", "policyDocument": {}}"#, "a name stands twice");
        check(r#"{"principalId": "me", "policyDocument": {}, "x": 1, "x": 1}"#, "a name stands twice");
        check(r#"{"principalId": "\ud800", "policyDocument": {}}"#, "`principalId` is no text");
        check(
            r#"{"principalId": "me", "policyDocument": {}, "usageIdentifierKey": 1}"#,
            "`usageIdentifierKey` is no text",
        );
        check(r#"{"principalId": "me", "policyDocument": {}, "context": {"a": "\udc00"}}"#, "a text of the context");
        for number in ["NaN", "Infinity", "01", "+1", "1.", ".5", "0x1"] {
            let body = format!(r#"{{"principalId": "me", "policyDocument": {{}}, "context": {{"a": {number}}}}}"#);
            check(&body, "cannot be used");
        }
        for number in ["1", "1.0", "-0", "1e999", "12345678901234567890123"] {
            let body = format!(r#"{{"principalId": "me", "policyDocument": {{}}, "context": {{"a": {number}}}}}"#);
            check(&body, &format!(r#"[("a", "{number}")]"#));
        }
        check(r#"{"principalId": "a\r\nb", "policyDocument": {}}"#, "a\r\nb [] None {}");
    }

    #[test]
    fn a_policy_may_have_8_192_bytes_and_not_one_more() {
        for (length, expected) in [(8_192, "me [] None {"), (8_193, "a policy of 8193 bytes is too long")] {
            let policy = format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
            assert_eq!(policy.len(), length);
            check(&format!(r#"{{"principalId": "me", "policyDocument": {policy}}}"#), expected);
        }
    }

    #[test]
    fn a_context_is_bounded_in_bytes_and_values() {
        let with =
            |context: &str| format!(r#"{{"principalId": "me", "policyDocument": {{}}, "context": {{{context}}}}}"#);
        let values = |count: usize| (0..count).map(|it| format!(r#""{it}":1"#)).collect::<Vec<_>>().join(",");
        check(&with(&values(256)), r#"("255", "1")"#);
        check(&with(&values(257)), "257 values in the context are too many");
        check(&with(&values(90_000)), "90000 values in the context are too many");
        check(&with(&format!(r#""a":"{}""#, "x".repeat(10_237))), "me [");
        check(&with(&format!(r#""a":"{}""#, "x".repeat(10_238))), "10241 bytes of context are too many");
    }

    #[test]
    fn nothing_of_an_answer_comes_into_the_log() {
        for body in [
            r#""secret""#,
            r#"{"principalId": "me", "policyDocument": {}, "context": "secret"}"#,
            r#"{"principalId": ["secret"], "policyDocument": {}}"#,
            r#"{"secret": 1, "secret": 2}"#,
            r#"{"errorMessage": "bad token secret", "errorType": "Error"}"#,
            r#"{"errorMessage": "x", "errorType": "no secret!"}"#,
            r#"{"errorMessage": {"a": "secret"}}"#,
        ] {
            let Answer::Failed(fault) = read("200", false, body) else { panic!("{body}") };
            assert!(!format!("{fault} {fault:?}").contains("secret"), "{body}: {fault}");
        }
        check(r#"{"errorMessage": "x", "errorType": "Sandbox.Timedout"}"#, "the function ended with Sandbox.Timedout");
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
