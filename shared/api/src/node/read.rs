//! Reads a value out of a [`Node`], so that an error can name its place.

use std::fmt;
use std::slice::Iter;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Node;
use crate::{Place, Problem};

impl Node {
    /// The value that this node describes.
    ///
    /// # Errors
    /// What does not fit, with its place within this node.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        T::deserialize(Reader(self)).map_err(|misfit| {
            let place = misfit.steps.iter().rev().fold(Place::root(), |place, step| place.then(step));
            Problem::error(&place, misfit.message)
        })
    }
}

/// What does not fit, and the steps to it, the innermost first.
#[derive(Debug)]
struct Misfit {
    message: String,
    steps: Vec<String>,
}

impl Misfit {
    fn inside(mut self, step: impl ToString) -> Self {
        self.steps.push(step.to_string());
        self
    }
}

impl Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), steps: Vec::new() }
    }

    /// In the words of documents: whoever writes one knows lists and whole numbers, and no `i64`.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = match expected.as_str() {
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
            "f32" | "f64" => "a number",
            "a sequence" => "a list",
            name if name.starts_with("struct ") => "a map",
            other => other,
        };
        match found {
            Unexpected::Float(number) => Self::custom(format_args!("invalid type: `{number}`, expected {expected}")),
            Unexpected::Seq => Self::custom(format_args!("invalid type: a list, expected {expected}")),
            Unexpected::Map => Self::custom(format_args!("invalid type: a map, expected {expected}")),
            Unexpected::Unit => Self::custom(format_args!("invalid type: null, expected {expected}")),
            found => Self::custom(format_args!("invalid type: {found}, expected {expected}")),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

struct Reader<'de>(&'de Node);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(value) => match (value.as_u64(), value.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(value.as_f64().unwrap_or(f64::NAN)),
            },
            Node::String(value) => visitor.visit_borrowed_str(value),
            Node::List(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Node::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Node::String(name) => {
                let name: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            _ => Err(Misfit::custom(format_args!("{} where one of {names:?} is expected", self.0.kind()))),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            // Its items would be taken for the fields, in their order.
            Node::List(_) => Err(Misfit::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de> {
    items: Iter<'de, Node>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|misfit| misfit.inside(index))
    }
}

struct Entries<'de> {
    entries: Iter<'de, (String, Node)>,
    value: Option<&'de (String, Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        self.value = self.entries.next();
        let Some((key, _)) = self.value else { return Ok(None) };
        let name: StrDeserializer<'_, Misfit> = key.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|misfit| misfit.inside(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (key, value) = self.value.take().ok_or_else(|| Misfit::custom("a value without a key"))?;
        seed.deserialize(Reader(value)).map_err(|misfit| misfit.inside(key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Pet {
        name: String,
        age: Option<u8>,
        #[serde(default)]
        tags: BTreeMap<String, Vec<f64>>,
    }

    fn read(text: &str) -> Result<Vec<Pet>, String> {
        let node: Node = serde_json::from_str(text).unwrap();
        node.read().map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_value_is_read_from_a_node() {
        let rex = Pet { name: "Rex".into(), age: None, tags: BTreeMap::from([("a/b".into(), vec![1.0, 2.5])]) };
        assert_eq!(read(r#"[{"name": "Rex", "age": null, "tags": {"a/b": [1, 2.5]}}]"#), Ok(vec![rex]));
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let cases = [
            (r#"[{"name": 1}]"#, "error: /0/name: invalid type: integer `1`, expected a string"),
            (r#"[{"name": "x"}, {"age": 1}]"#, "error: /1: missing field `name`"),
            (r#"[{"nme": "x"}]"#, "error: /0/nme: unknown field `nme`, expected one of `name`, `age`, `tags`"),
            (r#"[{"name": "x", "age": 1.5}]"#, "error: /0/age: invalid type: `1.5`, expected a whole number"),
            (r#"[{"name": "x", "age": "1"}]"#, "error: /0/age: invalid type: string \"1\", expected a whole number"),
            (r#"[{"name": "x", "tags": {"a": {}}}]"#, "error: /0/tags/a: invalid type: a map, expected a list"),
            (r#"[true]"#, "error: /0: invalid type: boolean `true`, expected a map"),
            (r#"[["x", null, {}]]"#, "error: /0: invalid type: a list, expected a map"),
            (
                r#"[{"name": "x", "tags": {"a/b": [1, []]}}]"#,
                "error: /0/tags/a~1b/1: invalid type: a list, expected a number",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Err(expected.into()), "{text}");
        }
    }
}
