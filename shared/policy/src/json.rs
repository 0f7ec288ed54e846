//! A policy's JSON as it was written: strings borrowed, keys never twice, depth and width bounded.
//!
//! `serde_json::Value` keeps the last of two equal keys in silence; two readers of such a policy would not agree on what
//! it says. Nesting is bounded because reading recurses, and a filter's stack is small.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep a document may nest. A policy needs six: document, statements, statement, condition, operator, values.
const MAX_DEPTH: usize = 10;

/// How many keys an object may have: finding one twice takes quadratic time.
const MAX_KEYS: usize = 256;

/// One value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// A number, in the digits that AWS would compare as a string.
    Number(String),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a document, and nothing after it.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let json = Depth(MAX_DEPTH).deserialize(&mut reader)?;
        reader.end()?;
        Ok(json)
    }

    /// What this is, for error texts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::List(_) => "a list",
            Json::Map(_) => "an object",
        }
    }

    /// A string, a number or a boolean, in its string form.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            Json::Number(digits) => Some(digits),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            Json::Null | Json::List(_) | Json::Map(_) => None,
        }
    }
}

/// Reads a value that may nest so many levels more.
struct Depth(usize);

impl Depth {
    fn deeper<E: Error>(&self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Depth).ok_or_else(|| E::custom("it nests deeper than a policy can"))
    }
}

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.to_string()))
    }

    /// Beyond 2^53 the digits that were written are lost, and what is compared would not be what the policy says.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        match value.abs() < 9_007_199_254_740_992.0 {
            true => Ok(Json::Number(spelled(value))),
            false => Err(E::custom("a number this large is exact only as a string")),
        }
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut map: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            if map.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            if map.len() == MAX_KEYS {
                return Err(A::Error::custom(format_args!("an object with more than {MAX_KEYS} keys")));
            }
            map.push((key, entries.next_value_seed(self.deeper()?)?));
        }
        Ok(Json::Map(map))
    }
}

/// A number with its point, as it was written: `1.0` is not the text `1`.
fn spelled(value: f64) -> String {
    let text = value.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

/// An object's key, borrowed unless it holds escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Depth(0).deserialize(deserializer)? {
            Json::Text(text) => Ok(Key(text)),
            other => Err(D::Error::custom(format_args!("a key that is {}", other.kind()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, reason: &str) {
        let why = Json::parse(text).unwrap_err().to_string();
        assert!(why.starts_with(reason), "{text}: {why}");
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let json =
            Json::parse(r#"{"b": [1, -2, 0.5, 1e3, 18446744073709551615], "\u0061": "x\n", "c": null}"#).unwrap();
        let numbers = ["1", "-2", "0.5", "1000.0", "18446744073709551615"].map(|digits| Json::Number(digits.into()));
        let Json::Map(entries) = json else { panic!("not a map: {json:?}") };
        assert_eq!(entries[0], ("b".into(), Json::List(numbers.to_vec())));
        assert_eq!(entries[1], ("a".into(), Json::Text("x\n".into())));
        assert_eq!(entries[2], ("c".into(), Json::Null));
    }

    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        refused(r#"{"a": 1, "a": 2}"#, "duplicate key `a`");
        refused(r#"{"a": 1, "\u0061": 2}"#, "duplicate key `a`");
        refused(r#"{"a": "\ud800"}"#, "unexpected end of hex escape");
        refused("{} {}", "trailing characters");
        refused("\u{feff}{}", "expected value");
        refused("{\"a\": \"\0\"}", "control character");
        refused(r#"{"a": 1e309}"#, "number out of range");
        refused(r#"{"a": 9007199254740993.0}"#, "a number this large");
        refused(r#"{"a": 18446744073709551616}"#, "a number this large");
        refused(r"{'a': 1}", "key must be a string");
        refused(r#"{"a": 1,}"#, "trailing comma");
    }

    #[test]
    fn depth_and_width_are_bounded() {
        refused(&"[".repeat(100_000), "it nests deeper");
        refused(&r#"{"a":"#.repeat(100_000), "it nests deeper");
        assert!(Json::parse(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).is_ok());
        let wide: Vec<_> = (0..=MAX_KEYS).map(|key| format!("\"{key}\":0")).collect();
        refused(&format!("{{{}}}", wide.join(",")), "an object with more than 256 keys");
    }
}
