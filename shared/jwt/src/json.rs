//! JSON of a token, read so that no two readers can disagree about it: no name twice, depth and width bounded.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// One value. What is written without escapes is borrowed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// As it was written.
    Number(serde_json::Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Object<'a>),
}

/// Claims nest little.
const MAX_DEPTH: usize = 8;
/// And are few: finding a name twice takes quadratic time.
const MAX_NAMES: usize = 128;

/// A name and its value.
pub(crate) type Entry<'a> = (Cow<'a, str>, Json<'a>);

/// The entries of an object.
pub(crate) type Object<'a> = Vec<Entry<'a>>;

/// Reads an object, and nothing after it.
pub(crate) fn object(text: &str) -> Option<Object<'_>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = Depth(MAX_DEPTH).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match json {
        Json::Map(entries) => Some(entries),
        _ => None,
    }
}

/// The value under a name.
pub(crate) fn get<'o, 'a>(object: &'o [Entry<'a>], name: &str) -> Option<&'o Json<'a>> {
    object.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The text under a name; `None` if it is something else.
pub(crate) fn text<'o>(object: &'o [Entry<'_>], name: &str) -> Option<&'o str> {
    match get(object, name)? {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut map: Object<'de> = Vec::new();
        while let Some(Name(name)) = entries.next_key()? {
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
