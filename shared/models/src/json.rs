//! A JSON document, read strictly and in one pass into a flat tape: eight bytes a value, strings where they stand.
//!
//! What is no JSON to the real validator (Jackson, nothing lenient) is none here: comments, trailing commas, `NaN`,
//! leading zeros, a byte order mark, anything after the value. Nothing recurses, so depth costs no stack.

mod document;
mod read;

use std::fmt;

pub(crate) use document::{Document, Value};
use read::{Open, Reader};

/// How deep a document may nest, as Jackson's own limit has it; checking it recurses.
///
/// <https://javadoc.io/doc/com.fasterxml.jackson.core/jackson-core/latest/com/fasterxml/jackson/core/StreamReadConstraints.html>
pub const MAX_DEPTH: usize = 500;

/// Positions have 28 bits.
const MAX_LENGTH: usize = 1 << 28;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    /// Without a point and an exponent.
    Integer,
    Decimal,
    /// As it stands in the text.
    Text,
    /// With its escapes resolved, in the tape's own buffer.
    Unescaped,
    List,
    Map,
    /// A key that comes again in its object: the last one is what counts.
    Overridden,
}

/// One value, key or string: four bits of kind, 28 of position (of a container: how many children it has), and the
/// length (of a container: the index after its last descendant).
#[derive(Clone, Copy, Debug)]
struct Node {
    kind_and_start: u32,
    extent: u32,
}

impl Node {
    fn new(kind: Kind, start: usize, extent: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX) & (u32::MAX >> 4);
        Self { kind_and_start: (kind as u32) << 28 | start, extent: u32::try_from(extent).unwrap_or(u32::MAX) }
    }

    fn kind(self) -> Kind {
        match self.kind_and_start >> 28 {
            0 => Kind::Null,
            1 => Kind::False,
            2 => Kind::True,
            3 => Kind::Integer,
            4 => Kind::Decimal,
            5 => Kind::Text,
            6 => Kind::Unescaped,
            7 => Kind::List,
            8 => Kind::Map,
            _ => Kind::Overridden,
        }
    }

    fn start(self) -> usize {
        (self.kind_and_start & (u32::MAX >> 4)) as usize
    }

    fn extent(self) -> usize {
        self.extent as usize
    }
}

/// Where a document's values are kept. It can be used again for the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape {
    nodes: Vec<Node>,
    unescaped: String,
    open: Vec<Open>,
}

/// A text that is no JSON, or more than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidJson {
    /// At which byte.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl fmt::Display for InvalidJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.reason)
    }
}

impl std::error::Error for InvalidJson {}

impl Tape {
    /// Reads a text; the values are [`Tape::document`]'s.
    pub(crate) fn read(&mut self, text: &str) -> Result<(), InvalidJson> {
        self.nodes.clear();
        self.unescaped.clear();
        self.open.clear();
        if text.len() >= MAX_LENGTH {
            return Err(InvalidJson { at: 0, reason: "more than 256 MB" });
        }
        Reader::new(text, self).document()
    }

    /// What was read last, which must have been this text.
    pub(crate) fn document<'a>(&'a self, text: &'a str) -> Document<'a> {
        Document::new(text, &self.nodes, &self.unescaped)
    }

    /// Gives memory back that few documents need.
    pub(crate) fn trim(&mut self) {
        const KEPT: usize = 1 << 13;
        if self.nodes.capacity() > KEPT || self.unescaped.capacity() > 8 * KEPT {
            *self = Self::default();
        }
    }
}

/// The index after a value and what is in it.
#[inline]
fn after(nodes: &[Node], index: usize) -> usize {
    match nodes.get(index) {
        Some(node) if matches!(node.kind(), Kind::List | Kind::Map) => node.extent().max(index + 1),
        _ => index + 1,
    }
}

#[cfg(test)]
mod tests;
