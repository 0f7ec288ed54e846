//! A node and where it stands.

use gatehouse_api::{Node, Place};

/// A node of the document with its place.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Node,
    pub(crate) place: Place,
}

impl<'a> At<'a> {
    pub(crate) fn root(node: &'a Node) -> Self {
        Self { node, place: Place::root() }
    }

    /// What a map has under a key; `null` is as good as nothing.
    pub(crate) fn get(&self, key: &str) -> Option<At<'a>> {
        let node = self.node.get(key).filter(|node| **node != Node::Null)?;
        Some(At { node, place: self.place.then(key) })
    }

    /// What a map has, in its order; nothing if this is no map.
    pub(crate) fn entries(&self) -> Vec<(&'a str, At<'a>)> {
        let Node::Map(entries) = self.node else { return Vec::new() };
        let at = |(key, node): &'a (String, Node)| (key.as_str(), At { node, place: self.place.then(key) });
        entries.iter().map(at).collect()
    }

    /// What a list has, in its order; nothing if this is no list.
    pub(crate) fn items(&self) -> Vec<At<'a>> {
        let Node::List(items) = self.node else { return Vec::new() };
        items.iter().enumerate().map(|(index, node)| At { node, place: self.place.then(index) }).collect()
    }
}
