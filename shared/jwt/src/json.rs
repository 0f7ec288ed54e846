//! JSON of a token, read so that no two readers can disagree about it: no name twice, depth and width bounded.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it was written.
    Number(serde_json::Number),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

/// Claims nest little.
const MAX_DEPTH: usize = 8;
/// And are few: finding a name twice takes quadratic time.
const MAX_NAMES: usize = 128;

/// The entries of an object.
pub(crate) type Object = Vec<(String, Json)>;

/// Reads an object, and nothing after it.
pub(crate) fn object(bytes: &[u8]) -> Option<Object> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let json = Depth(MAX_DEPTH).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match json {
        Json::Map(entries) => Some(entries),
        _ => None,
    }
}

/// The value under a name.
pub(crate) fn get<'a>(object: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    object.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The text under a name; `None` if it is something else.
pub(crate) fn text<'a>(object: &'a [(String, Json)], name: &str) -> Option<&'a str> {
    match get(object, name)? {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map: Object = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            if map.len() >= MAX_NAMES || map.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("a name twice, or too many"));
            }
            map.push((name, entries.next_value_seed(self.deeper()?)?));
        }
        Ok(Json::Map(map))
    }
}

impl Depth {
    fn deeper<E: Error>(&self) -> Result<Depth, E> {
        self.0.checked_sub(1).map(Depth).ok_or_else(|| E::custom("too deep"))
    }
}
