//! A value of a document with its place, its tag and, in maps, its keys' places.

use gatehouse_api::Node;
use serde_json::Number;

use super::Span;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// The YAML tag that is not one of YAML's own: `Sub` for `!Sub`.
    pub tag: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`, or nothing at all in YAML.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// A map in the order of the document, no key twice.
    Map(Vec<Entry>),
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

impl Value {
    /// A value without a tag.
    #[must_use]
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, tag: None, span }
    }

    /// A text.
    #[must_use]
    pub fn string(text: impl Into<String>, span: Span) -> Self {
        Self::new(Kind::String(text.into()), span)
    }

    /// The value of a node, all of it at one place.
    #[must_use]
    pub fn of(node: &Node, span: Span) -> Self {
        let kind = match node {
            Node::Null => Kind::Null,
            Node::Bool(value) => Kind::Bool(*value),
            Node::Number(number) => Kind::Number(number.clone()),
            Node::String(text) => Kind::String(text.clone()),
            Node::List(items) => Kind::List(items.iter().map(|item| Self::of(item, span)).collect()),
            Node::Map(entries) => Kind::Map(
                entries
                    .iter()
                    .map(|(key, value)| Entry { key: key.clone(), key_span: span, value: Self::of(value, span) })
                    .collect(),
            ),
        };
        Self::new(kind, span)
    }

    /// The value under a key, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The entries of a map; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar; numbers and booleans as JSON writes them.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.kind {
            Kind::String(text) => Some(text.clone()),
            Kind::Number(number) => Some(number.to_string()),
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The value that a JSON pointer (RFC 6901) names.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        pointer.split('/').skip(1).try_fold(self, |value, step| {
            let key = step.replace("~1", "/").replace("~0", "~");
            match &value.kind {
                Kind::List(items) => items.get(key.parse::<usize>().ok()?),
                _ => value.get(&key),
            }
        })
    }

    /// Puts a value under a key, in place of the one that is there.
    pub fn set(&mut self, key: &str, value: Value) {
        let Kind::Map(entries) = &mut self.kind else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: key.to_owned(), key_span: value.span, value }),
        }
    }

    /// What this is, for error texts.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// How many values this is made of, and how deep they are nested.
    #[must_use]
    pub fn size(&self) -> Size {
        let inner: Size = match &self.kind {
            Kind::List(items) => items.iter().map(Value::size).fold(Size::default(), Size::beside),
            Kind::Map(entries) => entries.iter().map(|entry| entry.value.size()).fold(Size::default(), Size::beside),
            _ => Size::default(),
        };
        Size { values: inner.values + 1, depth: inner.depth + 1 }
    }

    /// Whether two values say the same, wherever they stand.
    #[must_use]
    pub fn says_the_same(&self, other: &Value) -> bool {
        self.tag == other.tag && self.to_node() == other.to_node()
    }

    /// The value without its places.
    #[must_use]
    pub fn to_node(&self) -> Node {
        match &self.kind {
            Kind::Null => Node::Null,
            Kind::Bool(value) => Node::Bool(*value),
            Kind::Number(number) => Node::Number(number.clone()),
            Kind::String(text) => Node::String(text.clone()),
            Kind::List(items) => Node::List(items.iter().map(Value::to_node).collect()),
            Kind::Map(entries) => {
                Node::Map(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_node())).collect())
            }
        }
    }
}

/// How large a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many values.
    pub values: usize,
    /// How deep.
    pub depth: usize,
}

impl Size {
    fn beside(self, other: Size) -> Size {
        Size { values: self.values + other.values, depth: self.depth.max(other.depth) }
    }
}
