//! What is a text, though YAML says otherwise.

use std::collections::BTreeMap;

use gatehouse_sort::map_of;
use serde::{Deserialize, Deserializer, de};

use crate::Node;

/// A text that YAML may have read as a number or a boolean: API Gateway takes `2` and `true` for texts too.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Node::deserialize(deserializer)? {
            Node::String(text) => Ok(Text(text)),
            Node::Bool(value) => Ok(Text(value.to_string())),
            Node::Number(number) if !number.is_f64() => Ok(Text(number.to_string())),
            Node::Number(number) => {
                Err(de::Error::custom(format_args!("`{number}` is a number where a text is expected: quote it")))
            }
            other => Err(de::Error::custom(format_args!("{} where a text is expected", other.kind()))),
        }
    }
}

/// A text, however YAML has read it.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text::deserialize(deserializer).map(|text| text.0)
}

/// Like [`text`] for what may be left out; sizes such as `0.5` have a decimal point and one spelling.
pub(super) fn some_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Node::deserialize(deserializer)? {
        Node::Null => Ok(None),
        Node::String(text) => Ok(Some(text)),
        Node::Number(number) => Ok(Some(number.to_string())),
        other => Err(de::Error::custom(format_args!("{} where a text is expected", other.kind()))),
    }
}

/// Texts by name.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let texts = BTreeMap::<String, Text>::deserialize(deserializer)?;
    Ok(map_of(texts.into_iter().map(|(key, text)| (key, text.0))))
}
