//! What a tape says.

use super::{Kind, Node, after};

/// A text and the tape that was read from it.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    text: &'a str,
    nodes: &'a [Node],
    unescaped: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn new(text: &'a str, nodes: &'a [Node], unescaped: &'a str) -> Self {
        Self { text, nodes, unescaped }
    }

    /// The whole.
    pub(crate) fn root(&'a self) -> Value<'a> {
        Value { document: self, index: 0 }
    }
}

/// A value of a document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    document: &'a Document<'a>,
    index: usize,
}

impl<'a> Value<'a> {
    #[inline]
    fn node(&self) -> Node {
        self.document.nodes.get(self.index).copied().unwrap_or(Node::new(Kind::Null, 0, 0))
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.node().kind()
    }

    /// Its place on the tape, which no other value of the document has.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The value at a place on the tape.
    pub(crate) fn at(&self, index: usize) -> Value<'a> {
        Value { index, ..*self }
    }

    /// How many items or keys it has.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        let node = self.node();
        if matches!(node.kind(), Kind::List | Kind::Map) { node.start() } else { 0 }
    }

    /// How many values it is, itself and all that is in it.
    pub(crate) fn weight(&self) -> usize {
        after(self.document.nodes, self.index) - self.index
    }

    /// The text of a string or key.
    #[inline]
    pub(crate) fn text(&self) -> Option<&'a str> {
        let node = self.node();
        let source = match node.kind() {
            Kind::Text => self.document.text,
            Kind::Unescaped => self.document.unescaped,
            _ => return None,
        };
        source.get(node.start()..node.start() + node.extent())
    }

    /// A number's text, as it was written.
    #[inline]
    pub(crate) fn number(&self) -> Option<&'a str> {
        let node = self.node();
        match node.kind() {
            Kind::Integer | Kind::Decimal => self.document.text.get(node.start()..node.start() + node.extent()),
            _ => None,
        }
    }

    /// The items of a list; nothing of anything else.
    #[inline]
    pub(crate) fn items(&self) -> Items<'a> {
        let end = if self.kind() == Kind::List { self.node().extent() } else { 0 };
        Items { next: self.index + 1, end, of: *self }
    }

    /// The entries of an object, in its order, each key once; nothing of anything else.
    #[inline]
    pub(crate) fn entries(&self) -> Entries<'a> {
        let end = if self.kind() == Kind::Map { self.node().extent() } else { 0 };
        Entries { next: self.index + 1, end, of: *self }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

/// The items of a list.
pub(crate) struct Items<'a> {
    of: Value<'a>,
    next: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        let index = self.next;
        if index >= self.end {
            return None;
        }
        self.next = after(self.of.document.nodes, index);
        Some(self.of.at(index))
    }
}

/// The entries of an object.
pub(crate) struct Entries<'a> {
    of: Value<'a>,
    next: usize,
    end: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<(&'a str, Value<'a>)> {
        while self.next < self.end {
            let (key, value) = (self.of.at(self.next), self.of.at(self.next + 1));
            self.next = after(self.of.document.nodes, value.index);
            if let Some(key) = key.text() {
                return Some((key, value));
            }
        }
        None
    }
}
