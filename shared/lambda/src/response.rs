//! What a function behind a proxy integration may answer: the allowed keys, of the allowed types, and nothing else.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

/// The response of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyResponse<'a> {
    /// 200 where it says none.
    pub status: u16,
    /// Names as written, values in order.
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Empty where there is none.
    pub body: Cow<'a, str>,
    /// The body is base64.
    pub is_base64_encoded: bool,
    /// `"Content-Type": null`: there is to be none, not even the usual one.
    pub is_untyped: bool,
}

/// Not what a proxy integration takes: 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> ProxyResponse<'a> {
    /// Reads a payload: an object with no other keys than `statusCode`, `headers`, `multiValueHeaders`, `body` and
    /// `isBase64Encoded`.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        if payload.trim_ascii_start().first() != Some(&b'{') {
            return Err(Malformed);
        }
        let written: Written<'a> = serde_json::from_slice(payload).map_err(|_| Malformed)?;
        let Pairs(single) = written.headers.unwrap_or_default();
        let Pairs(multi) = written.multi_value_headers.unwrap_or_default();
        let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
        Ok(Self {
            status: written.status_code.map_or(Ok(200), StatusCode::status)?,
            is_untyped: single.iter().any(|(Text(name), value)| value.is_none() && is_type(name)),
            headers: merged(multi, single),
            body: written.body.map(|Text(text)| text).unwrap_or_default(),
            is_base64_encoded: written.is_base64_encoded.unwrap_or_default(),
        })
    }

    /// Reads a payload of an HTTP API's function in format 1.0: an object with a `statusCode`, whose other keys are
    /// ignored.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn parse_of_http_api(payload: &'a [u8]) -> Result<Self, Malformed> {
        if payload.trim_ascii_start().first() != Some(&b'{') {
            return Err(Malformed);
        }
        let written: WrittenLoosely<'a> = serde_json::from_slice(payload).map_err(|_| Malformed)?;
        let Pairs(single) = written.headers.unwrap_or_default();
        let Pairs(multi) = written.multi_value_headers.unwrap_or_default();
        Ok(Self {
            status: written.status_code.ok_or(Malformed)?.status()?,
            headers: single_first(single, multi),
            body: written.body.map(|Text(text)| text).unwrap_or_default(),
            is_base64_encoded: written.is_base64_encoded.unwrap_or_default(),
            is_untyped: false,
        })
    }
}

type Headers<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Both maps as one list, as HTTP APIs do it: what `headers` says comes before the other values of its name. Recorded: a
/// snapshot of <https://github.com/aws/aws-lambda-dotnet> (`V1_CombinesSingleAndMultiValueHeadersHttpV1`).
fn single_first<'a>(single: Vec<(Text<'a>, Option<Value<'a>>)>, multi: Vec<(Text<'a>, Values<'a>)>) -> Headers<'a> {
    let single = single.into_iter().filter_map(|(Text(name), value)| Some((name, value?.0)));
    let mut headers: Headers<'a> = single.collect();
    let singles = headers.len();
    for (Text(name), Values(values)) in multi {
        for Value(value) in values {
            let is_same = |(other, said): &(Cow<'a, str>, _)| other.eq_ignore_ascii_case(&name) && *said == value;
            if !headers.iter().take(singles).any(is_same) {
                headers.push((name.clone(), value));
            }
        }
    }
    headers
}

/// Both maps as one list: what only `headers` says is added to a name's values, under the name of `multiValueHeaders`.
fn merged<'a>(multi: Vec<(Text<'a>, Values<'a>)>, single: Vec<(Text<'a>, Option<Value<'a>>)>) -> Headers<'a> {
    let mut headers: Headers<'a> = Vec::with_capacity(multi.len() + single.len());
    for (Text(name), Values(values)) in multi {
        for Value(value) in values {
            headers.push((name.clone(), value));
        }
    }
    for (Text(name), value) in single {
        let Some(Value(value)) = value else { continue };
        let same = headers.iter().rposition(|(other, _)| other.eq_ignore_ascii_case(&name));
        match same {
            None => headers.push((name, value)),
            Some(place) => {
                let said = headers.iter().any(|(other, there)| other.eq_ignore_ascii_case(&name) && *there == value);
                let known = headers.get(place).map(|(known, _)| known.clone()).unwrap_or(name);
                if !said {
                    headers.insert(place + 1, (known, value));
                }
            }
        }
    }
    headers
}

/// `errorMessage` of a function that failed; `None` where the payload is no such object.
#[must_use]
pub fn error_message(payload: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Failed<'a> {
        #[serde(rename = "errorMessage", borrow)]
        message: Option<Text<'a>>,
    }
    if payload.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice::<Failed<'_>>(payload).ok()?.message.map(|Text(text)| text)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written<'a> {
    #[serde(borrow, default)]
    status_code: Option<StatusCode<'a>>,
    #[serde(borrow, default)]
    headers: Option<Pairs<'a, Option<Value<'a>>>>,
    #[serde(borrow, default)]
    multi_value_headers: Option<Pairs<'a, Values<'a>>>,
    #[serde(borrow, default)]
    body: Option<Text<'a>>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The same, whatever else is in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenLoosely<'a> {
    #[serde(borrow, default)]
    status_code: Option<StatusCode<'a>>,
    #[serde(borrow, default)]
    headers: Option<Pairs<'a, Option<Value<'a>>>>,
    #[serde(borrow, default)]
    multi_value_headers: Option<Pairs<'a, Values<'a>>>,
    #[serde(borrow, default)]
    body: Option<Text<'a>>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// A number, or its text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum StatusCode<'a> {
    Number(u64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

impl StatusCode<'_> {
    pub(crate) fn status(self) -> Result<u16, Malformed> {
        let status = match self {
            StatusCode::Number(status) => u16::try_from(status).ok(),
            StatusCode::Text(text) => text.parse().ok(),
        };
        status.filter(|status| (200..=599).contains(status)).ok_or(Malformed)
    }
}

/// A text, borrowed where nothing in it is escaped.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A header's value: a text, or `true` and `false`.
pub(crate) struct Value<'a>(pub(crate) Cow<'a, str>);

struct Values<'a>(Vec<Value<'a>>);

/// An object in its own order.
pub(crate) struct Pairs<'a, V>(pub(crate) Vec<(Text<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, `true` or `false`")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(if yes { "true" } else { "false" }))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Value)
    }
}

struct ValuesVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ValuesVisitor<'a> {
    type Value = Values<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<Value<'a>>()? {
            values.push(value);
        }
        Ok(Values(values))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ValuesVisitor(PhantomData))
    }
}

struct PairsVisitor<'a, V>(PhantomData<(&'a (), V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<'a, V> {
    type Value = Pairs<'a, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry::<Text<'a>, V>()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, headers, body.
    type Said<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

    fn check(payload: &str, expected: Option<Said<'_>>) {
        let got = ProxyResponse::parse(payload.as_bytes()).ok();
        let got = got.as_ref().map(|response| {
            let headers: Vec<(&str, &str)> = response.headers.iter().map(|(a, b)| (a.as_ref(), b.as_ref())).collect();
            (response.status, headers, response.body.as_ref())
        });
        assert_eq!(got, expected.map(|(status, headers, body)| (status, headers.to_vec(), body)), "{payload}");
    }

    #[test]
    fn what_is_recorded_is_taken() {
        check(r#"{"statusCode":200}"#, Some((200, &[], "")));
        check("{}", Some((200, &[], "")));
        check(r#"{"headers":{"test-header":"value"}}"#, Some((200, &[("test-header", "value")], "")));
        check(r#"{"headers":null,"multiValueHeaders":null,"body":null,"statusCode":null}"#, Some((200, &[], "")));
        check(r#"{"headers":{"a":true,"b":null}}"#, Some((200, &[("a", "true")], "")));
        check(r#"{"statusCode":"201","body":"x\n"}"#, Some((201, &[], "x\n")));
        check(
            r#"{"multiValueHeaders":{"test-multi":["value1","value2"]}}"#,
            Some((200, &[("test-multi", "value1"), ("test-multi", "value2")], "")),
        );
        let both = r#"{"headers":{"TEST":"solo","other":"1"},"multiValueHeaders":{"Test":["multi"],"b":[]}}"#;
        check(both, Some((200, &[("Test", "multi"), ("Test", "solo"), ("other", "1")], "")));
        let same = r#"{"headers":{"a":"1"},"multiValueHeaders":{"a":["1","2"]}}"#;
        check(same, Some((200, &[("a", "1"), ("a", "2")], "")));
    }

    #[test]
    fn a_type_that_is_null_is_none() {
        let is_untyped = |payload: &str| ProxyResponse::parse(payload.as_bytes()).unwrap().is_untyped;
        assert!(is_untyped(r#"{"statusCode":204,"headers":{"content-Type":null}}"#));
        assert!(!is_untyped(r#"{"headers":{"Content-Type":"a/b","x":null}}"#) && !is_untyped("{}"));
    }

    #[test]
    fn of_an_http_api_what_stands_alone_comes_first() {
        let both =
            br#"{"statusCode":200,"headers":{"A":"solo","b":"1"},"multiValueHeaders":{"a":["x","x"],"b":["1","2"]}}"#;
        let said = ProxyResponse::parse_of_http_api(both).unwrap();
        let headers: Vec<(&str, &str)> = said.headers.iter().map(|(a, b)| (a.as_ref(), b.as_ref())).collect();
        assert_eq!(headers, [("A", "solo"), ("b", "1"), ("a", "x"), ("a", "x"), ("b", "2")]);
    }

    #[test]
    fn anything_else_is_malformed() {
        for payload in [
            r#"{"statusCode":200,"wrongValue":"value"}"#,
            r#"{"statusCode":"test"}"#,
            r#"{"statusCode":100}"#,
            r#"{"statusCode":600}"#,
            r#"{"statusCode":200.5}"#,
            r#"{"statusCode":true}"#,
            r#""text""#,
            "null",
            "[200]",
            "",
            "no JSON",
            r#"{"statusCode":200"#,
            r#"{"statusCode":200} x"#,
            r#"{"headers":{"a":1}}"#,
            r#"{"headers":{"a":["1"]}}"#,
            r#"{"headers":["a"]}"#,
            r#"{"multiValueHeaders":{"a":"1"}}"#,
            r#"{"body":{"a":1}}"#,
            r#"{"body":1}"#,
            r#"{"isBase64Encoded":"true"}"#,
            r#"{"errorMessage":"no","errorType":"Error"}"#,
            r#"{"statusCode":200,"statusCode":201}"#,
        ] {
            check(payload, None);
        }
        check(&format!("{{\"body\":{}", "[".repeat(1_000_000)), None);
    }

    #[test]
    fn a_body_without_escapes_is_borrowed() {
        let response = ProxyResponse::parse(br#"{"body":"plain"}"#).unwrap();
        assert!(matches!(response.body, Cow::Borrowed("plain")));
    }

    #[test]
    fn a_failure_has_a_message() {
        assert_eq!(
            error_message(br#"{"errorMessage":"four hundred","errorType":"E"}"#).as_deref(),
            Some("four hundred")
        );
        for other in ["{}", r#"{"errorMessage":null}"#, r#"["errorMessage"]"#, "text", r#"{"errorMessage":1}"#] {
            assert_eq!(error_message(other.as_bytes()), None, "{other}");
        }
    }
}
