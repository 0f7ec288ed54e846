//! From schemas as they are written to schemas that are ready: keywords checked, patterns compiled, references resolved.
//!
//! Nothing recurses: what a schema holds or refers to is put into a queue, each place once.

mod keywords;
mod references;

use std::collections::HashMap;
use std::fmt;

use crate::json::{Kind, Tape, Value};
use crate::schema::{Schema, SchemaId};
use crate::{Models, Written};

/// A model as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name by which others refer to it.
    pub name: &'a str,
    /// Its schema: JSON.
    pub schema: &'a str,
}

/// What `#/definitions/Pet` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// The model `Pet`, as in an API definition; else a place in the same model. `#/components/schemas/Pet` is the same.
    OfDocument,
    /// A place in the same model, as where models are written one by one; else the model `Pet`.
    OfModel,
}

/// What is wrong with a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The model's name.
    pub model: String,
    /// Where in it, as a JSON pointer.
    pub pointer: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.model, self.pointer, self.message)
    }
}

impl std::error::Error for Invalid {}

/// A value of a document: which document, and where on its tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct At {
    document: usize,
    index: usize,
}

pub(crate) fn compile(sources: &[Source<'_>], used: &[&str], references: References) -> Result<Models, Vec<Invalid>> {
    let mut compiler = Compiler {
        sources,
        references,
        documents: sources.iter().map(|_| None).collect(),
        known: HashMap::new(),
        places: Vec::new(),
        problems: Vec::new(),
    };
    let roots: Vec<SchemaId> = used.iter().filter_map(|name| compiler.root(name)).collect();
    let mut schemas = Vec::new();
    while let Some(at) = compiler.places.get(schemas.len()).copied() {
        let schema = compiler.schema(at);
        schemas.push(schema);
    }
    compiler.refuse_loops(&schemas);
    if !compiler.problems.is_empty() {
        return Err(compiler.problems);
    }
    let documents = compiler.documents.into_iter().map(|it| it.unwrap_or_else(Written::empty)).collect();
    Ok(Models { schemas, roots, documents })
}

impl Written {
    fn empty() -> Self {
        Self { text: String::new(), tape: Tape::default() }
    }
}

struct Compiler<'s> {
    sources: &'s [Source<'s>],
    references: References,
    /// Those that were read.
    documents: Vec<Option<Written>>,
    /// The schemas that have a number.
    known: HashMap<At, SchemaId>,
    /// Where each is, by its number.
    places: Vec<At>,
    problems: Vec<Invalid>,
}

impl<'s> Compiler<'s> {
    fn root(&mut self, name: &str) -> Option<SchemaId> {
        let Some(document) = self.sources.iter().position(|source| source.name == name) else {
            let message = "there is no model of this name".to_owned();
            self.problems.push(Invalid { model: name.to_owned(), pointer: String::new(), message });
            return None;
        };
        self.read(document).then_some(())?;
        self.id(At { document, index: 0 })
    }

    /// Reads a source, once.
    fn read(&mut self, document: usize) -> bool {
        let (Some(source), Some(slot)) = (self.sources.get(document), self.documents.get_mut(document)) else {
            return false;
        };
        if slot.is_some() {
            return true;
        }
        let mut tape = Tape::default();
        let read = tape.read(source.schema);
        *slot = Some(Written { text: source.schema.to_owned(), tape });
        if let Err(error) = read {
            let message = format!("the schema is no JSON: {error}");
            self.problems.push(Invalid { model: source.name.to_owned(), pointer: String::new(), message });
            return false;
        }
        true
    }

    /// The number of the schema at a place, or of the one that it refers to.
    fn id(&mut self, at: At) -> Option<SchemaId> {
        let at = self.follow(at)?;
        if let Some(id) = self.known.get(&at) {
            return Some(*id);
        }
        let id = SchemaId(u32::try_from(self.places.len()).ok()?);
        self.known.insert(at, id);
        self.places.push(at);
        Some(id)
    }

    /// Does something with the value at a place.
    fn with<T>(&self, at: At, then: impl FnOnce(Value<'_>) -> T) -> Option<T> {
        let written = self.documents.get(at.document)?.as_ref()?;
        Some(then(written.tape.document(&written.text).root().at(at.index)))
    }

    fn kind(&self, at: At) -> Kind {
        self.with(at, |value| value.kind()).unwrap_or(Kind::Null)
    }

    fn text(&self, at: At) -> Option<String> {
        self.with(at, |value| value.text().map(str::to_owned)).flatten()
    }

    fn get(&self, at: At, key: &str) -> Option<At> {
        let index = self.with(at, |value| value.get(key).map(|it| it.index())).flatten()?;
        Some(At { index, ..at })
    }

    fn items(&self, at: At) -> Vec<At> {
        let document = at.document;
        self.with(at, |value| value.items().map(|it| At { document, index: it.index() }).collect()).unwrap_or_default()
    }

    fn entries(&self, at: At) -> Vec<(String, At)> {
        let document = at.document;
        let entry = |(key, value): (&str, Value<'_>)| (key.to_owned(), At { document, index: value.index() });
        self.with(at, |value| value.entries().map(entry).collect()).unwrap_or_default()
    }

    /// A value as it is written, as long as it is short.
    fn written(&self, at: At) -> String {
        const SHORT: usize = 60;
        let text = self.with(at, |value| crate::text::json(&value)).unwrap_or_default();
        if text.len() <= SHORT { format!("`{text}`") } else { "this".to_owned() }
    }

    fn fail(&mut self, at: At, message: impl Into<String>) {
        let model = self.sources.get(at.document).map_or("", |source| source.name).to_owned();
        let pointer = self.with(at, pointer_to).unwrap_or_default();
        self.problems.push(Invalid { model, pointer, message: message.into() });
    }

    /// Reports schemas that lead back to themselves without going further into the value: they would never end.
    fn refuse_loops(&mut self, schemas: &[Schema]) {
        #[derive(Clone, Copy, PartialEq)]
        enum Seen {
            Not,
            Open,
            Done,
        }
        let mut seen = vec![Seen::Not; schemas.len()];
        for start in 0..schemas.len() {
            let mut path = vec![(start, 0)];
            while let Some((number, edge)) = path.last_mut() {
                let (number, next) = (*number, schemas.get(*number).and_then(|schema| schema.in_place().nth(*edge)));
                *edge += 1;
                let Some(state) = seen.get_mut(number) else { break };
                match (*state, next) {
                    (Seen::Done, _) | (_, None) => {
                        *state = Seen::Done;
                        path.pop();
                        continue;
                    }
                    (_, Some(next)) => {
                        *state = Seen::Open;
                        let next = next.0 as usize;
                        match seen.get(next) {
                            Some(Seen::Open) => {
                                let message = "the schema leads back to itself without going into the value: validating with it would not end";
                                if let Some(at) = self.places.get(next).copied() {
                                    self.fail(at, message);
                                }
                                return;
                            }
                            Some(Seen::Not) => path.push((next, 0)),
                            Some(Seen::Done) | None => {}
                        }
                    }
                }
            }
        }
    }
}

/// The JSON pointer of a value within its document.
fn pointer_to(value: Value<'_>) -> String {
    let mut pointer = String::new();
    let mut here = value.at(0);
    let holds = |it: &Value<'_>| (it.index()..it.index() + it.weight()).contains(&value.index());
    while here.index() != value.index() {
        let item = here.items().enumerate().find(|(_, it)| holds(it)).map(|(number, it)| (number.to_string(), it));
        let entry = || {
            here.entries().find(|(_, it)| holds(it)).map(|(key, it)| (key.replace('~', "~0").replace('/', "~1"), it))
        };
        let Some((step, next)) = item.or_else(entry) else { break };
        pointer.push('/');
        pointer.push_str(&step);
        here = next;
    }
    pointer
}
