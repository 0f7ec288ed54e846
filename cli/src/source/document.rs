//! A finished document: the tree that the importer reads, and where everything in it stands.

use std::collections::HashMap;

use gatehouse_api::{Node, Place, Problem};

use super::value::{Kind, Value};
use super::{Sources, Span};
use crate::report::Diagnostic;

/// A tree, and the place in a file for every place in the tree.
#[derive(Debug)]
pub struct Document {
    /// The tree.
    pub node: Node,
    places: HashMap<String, Spot>,
}

#[derive(Clone, Copy, Debug)]
struct Spot {
    key: Option<Span>,
    value: Span,
}

impl Document {
    /// The document that a value is.
    #[must_use]
    pub fn new(value: &Value) -> Self {
        let mut places = HashMap::new();
        note(value, None, &Place::root(), &mut places);
        Self { node: value.to_node(), places }
    }

    /// What to underline for a place: the entry if it is one line, else its key. A place that the document does not have
    /// is where its nearest parent is.
    #[must_use]
    pub fn locate(&self, place: &Place, sources: &Sources) -> Option<Span> {
        let mut pointer = place.as_str();
        loop {
            if let Some(spot) = self.places.get(pointer) {
                return Some(spot.shown(sources));
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }

    /// A problem of this document, with what to show of the file.
    #[must_use]
    pub fn diagnostic(&self, problem: &Problem, sources: &Sources) -> Diagnostic {
        let diagnostic = match problem.is_error() {
            true => Diagnostic::error(&problem.message),
            false => Diagnostic::warning(&problem.message),
        };
        let diagnostic = diagnostic.place(&problem.place);
        match self.locate(&problem.place, sources) {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }
}

impl Spot {
    fn shown(&self, sources: &Sources) -> Span {
        let Some(key) = self.key.filter(|key| key.file == self.value.file && key.start <= self.value.start) else {
            return first_line(self.value, sources);
        };
        let entry = Span { end: self.value.end.max(key.end), ..key };
        if first_line(entry, sources) == entry { entry } else { key }
    }
}

fn first_line(span: Span, sources: &Sources) -> Span {
    let text = sources.file(span.file).and_then(|file| file.text.get(span.start..span.end)).unwrap_or_default();
    let line = text.trim_end().split(['\n', '\r']).next().unwrap_or_default();
    if line.len() == text.trim_end().len() { span } else { Span { end: span.start + line.len(), ..span } }
}

fn note(value: &Value, key: Option<Span>, place: &Place, places: &mut HashMap<String, Spot>) {
    places.insert(place.as_str().to_owned(), Spot { key, value: value.span });
    match &value.kind {
        Kind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                note(item, None, &place.then(index), places);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                note(&entry.value, Some(entry.key_span), &place.then(&entry.key), places);
            }
        }
        _ => {}
    }
}
