//! A document whose every value knows where it was written.

use std::collections::HashMap;

use gatehouse_api::{Node, Place};

use super::FileId;
use crate::finding::Finding;

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub at: At,
}

/// A value of a JSON or YAML document.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, or nothing at all in YAML.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    String(String),
    /// A list.
    List(Vec<Tree>),
    /// A map, in the order of the document, no key twice.
    Map(Vec<Entry>),
}

/// A map's entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Where the key was written.
    pub at: At,
    /// Its value.
    pub value: Tree,
}

/// Some bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

impl Tree {
    /// A string that stands where something else was written.
    #[must_use]
    pub fn string(text: impl Into<String>, at: At) -> Self {
        Self { value: Value::String(text.into()), at }
    }

    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value under `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Tree> {
        match &mut self.value {
            Value::Map(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value),
            _ => None,
        }
    }

    /// Sets an entry of a map; nothing else has entries to set.
    pub fn set(&mut self, key: &str, value: Tree) {
        let Value::Map(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: key.to_owned(), at: value.at, value }),
        }
    }

    /// Takes an entry out of a map.
    pub fn remove(&mut self, key: &str) -> Option<Tree> {
        let Value::Map(entries) = &mut self.value else { return None };
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index).value)
    }

    /// A map's entries; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A list's items; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Tree] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar, as CloudFormation turns it into one.
    #[must_use]
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// What this is, for error texts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value that a JSON pointer names.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Tree> {
        steps(pointer).try_fold(self, |tree, step| tree.step(&step))
    }

    /// Where a place of this document was written: a scalar itself, a map or list by its key, what is missing by what it
    /// is missing from.
    #[must_use]
    pub fn locate(&self, place: &Place) -> At {
        let mut at = self.head();
        let mut tree = self;
        for step in steps(place.as_str()) {
            let Some(inner) = tree.step(&step) else { return at };
            let key = tree.entries().iter().find(|entry| entry.key == step).map(|entry| entry.at);
            // What came out of another file is there, not where its name is.
            at = match (&inner.value, key.filter(|key| key.file == inner.at.file)) {
                (Value::List(_) | Value::Map(_) | Value::Null, Some(key)) => key,
                _ => inner.head(),
            };
            tree = inner;
        }
        at
    }

    /// This as the importer takes it.
    #[must_use]
    pub fn node(&self) -> Node {
        match &self.value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::String(text.clone()),
            Value::List(items) => Node::List(items.iter().map(Tree::node).collect()),
            Value::Map(entries) => {
                Node::Map(entries.iter().map(|entry| (entry.key.clone(), entry.value.node())).collect())
            }
        }
    }

    /// How large this is: one for each value, itself included, and more for long texts.
    #[must_use]
    pub fn size(&self) -> usize {
        self.own_size()
            + match &self.value {
                Value::List(items) => items.iter().map(Tree::size).sum::<usize>(),
                Value::Map(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
            }
    }

    /// The same without what is inside of it.
    pub(crate) fn own_size(&self) -> usize {
        1 + self.text().map_or(0, |text| text.len() / 64)
    }

    fn step(&self, step: &str) -> Option<&Tree> {
        match &self.value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => self.get(step),
        }
    }

    /// All of a scalar, the beginning of anything else.
    fn head(&self) -> At {
        match &self.value {
            Value::List(_) | Value::Map(_) => At { end: (self.at.start + 1).min(self.at.end), ..self.at },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.at,
        }
    }
}

fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// A map that is being read.
#[derive(Default)]
pub(crate) struct Entries {
    entries: Vec<Entry>,
    by_key: HashMap<String, usize>,
}

impl Entries {
    /// Adds an entry.
    ///
    /// # Errors
    /// The key is there already.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<(), Finding> {
        if let Some(first) = self.by_key.get(&entry.key).and_then(|index| self.entries.get(*index)) {
            let message = format!("`{}` is there twice", entry.key);
            return Err(Finding::error(entry.at, message)
                .also(first.at, "here first")
                .help("keep one of them: which one counts differs from tool to tool"));
        }
        self.by_key.insert(entry.key.clone(), self.entries.len());
        self.entries.push(entry);
        Ok(())
    }

    /// Adds what is written in a document, where the same twice means the same in all tools.
    ///
    /// # Errors
    /// The key is there already, with another value.
    pub(super) fn push_written(&mut self, entry: Entry) -> Result<(), Finding> {
        let first = self.by_key.get(&entry.key).and_then(|index| self.entries.get(*index));
        match first {
            Some(first) if first.value.node() == entry.value.node() => Ok(()),
            _ => self.push(entry),
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Map(self.entries)
    }
}
