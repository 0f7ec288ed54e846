//! Reads YAML as AWS's tools do: tags kept, anchors and merge keys written out, no key twice, every key a text.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::value::{Entry, Kind, Size, Value};
use super::{FileId, MAX_DEPTH, MAX_VALUES, Span, scalar};
use crate::report::Diagnostic;

/// Reads a YAML text with one document.
pub(super) fn parse(text: &str, file: FileId) -> Result<Value, Vec<Diagnostic>> {
    let reader = Reader {
        file,
        bytes: Bytes::new(text),
        text,
        open: Vec::new(),
        anchors: HashMap::new(),
        values: 0,
        document: None,
        problems: Vec::new(),
    };
    reader.read()
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    bytes: Bytes,
    /// The collections that have begun and not ended, the outermost first.
    open: Vec<Open>,
    anchors: HashMap<usize, (Value, Size)>,
    values: usize,
    document: Option<Value>,
    problems: Vec<Diagnostic>,
}

/// A collection that has begun.
struct Open {
    tag: Option<String>,
    anchor: usize,
    start: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>),
    Map(Map),
}

#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    /// What `<<` names.
    merged: Vec<Value>,
    seen: HashMap<String, Span>,
    /// The key whose value comes next.
    key: Option<(String, Span)>,
}

/// Something that ends the reading.
struct Stop(Diagnostic);

impl Reader<'_> {
    fn read(mut self) -> Result<Value, Vec<Diagnostic>> {
        if let Err(Stop(diagnostic)) = self.events() {
            self.problems.push(diagnostic);
        }
        match self.document {
            Some(value) if self.problems.is_empty() => Ok(value),
            None if self.problems.is_empty() => Err(vec![Diagnostic::error("the file is empty").at(self.file.start())]),
            _ => Err(self.problems),
        }
    }

    fn events(&mut self) -> Result<(), Stop> {
        let mut parser = Parser::new_from_str(self.text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| Stop(self.malformed(&error)))?;
            let span = self.span(span.start, span.end);
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_) if self.document.is_some() => {
                Err(Stop(Diagnostic::error("the file holds a second YAML document: one is expected").at(span)))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar_value(&text, style, tag.as_deref(), span)?;
                self.finished(value, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.begin(Content::List(Vec::new()), anchor, tag.as_deref(), span),
            Event::MappingStart(anchor, tag) => self.begin(Content::Map(Map::default()), anchor, tag.as_deref(), span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: Span) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(Open { tag: own_tag(tag), anchor, start: span.start, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // A block collection ends where the next thing begins: what stands between is not part of it.
        let text = self.text.get(open.start..span.end.max(open.start)).unwrap_or_default();
        let whole = Span { file: self.file, start: open.start, end: open.start + text.trim_end().len() };
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map(map) => Kind::Map(map.merge()?),
        };
        self.finished(Value { kind, tag: open.tag, span: whole }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            return Err(Stop(Diagnostic::error("the alias stands inside of what it stands for").at(span)));
        };
        self.values += size.values;
        if self.open.len() + size.depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let value = value.clone();
        self.put(value)
    }

    fn finished(&mut self, value: Value, anchor: usize) -> Result<(), Stop> {
        self.values += 1;
        if anchor > 0 {
            let size = value.size();
            self.values += size.values;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        self.put(value)
    }

    /// Puts a value where it belongs: into the innermost open collection, or at the top.
    fn put(&mut self, value: Value) -> Result<(), Stop> {
        if self.values > MAX_VALUES {
            let message =
                format!("the file has more than {MAX_VALUES} values, those that its aliases stand for included");
            return Err(Stop(Diagnostic::error(message).at(value.span)));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.document = Some(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Map(map)) => match map.key.take() {
                None => {
                    let key = key_text(&value, self.text)?;
                    match map.seen.get(&key) {
                        Some(first) => self.problems.push(Diagnostic::duplicate(&key, value.span, *first)),
                        None => {
                            map.seen.insert(key.clone(), value.span);
                        }
                    }
                    map.key = Some((key, value.span));
                }
                Some((name, _)) if name == "<<" => map.merged.push(value),
                Some((key, key_span)) => map.entries.push(Entry { key, key_span, value }),
            },
        }
        Ok(())
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        Span { file: self.file, start: self.bytes.of(start.index()), end: self.bytes.of(end.index()) }
    }

    fn malformed(&self, error: &ScanError) -> Diagnostic {
        let at = self.span(*error.marker(), *error.marker());
        Diagnostic::error(format!("this is not YAML: {}", error.info())).at(at)
    }
}

impl Map {
    /// `<<`: the entries of other maps, where this one has none of that key. Earlier maps come before later ones.
    fn merge(mut self) -> Result<Vec<Entry>, Stop> {
        for other in self.merged {
            let sources = match other.kind {
                Kind::List(items) => items,
                _ => vec![other],
            };
            for source in sources {
                let Kind::Map(others) = source.kind else {
                    let message = format!("{} where `<<` expects a map, or a list of maps", source.kind_name());
                    return Err(Stop(Diagnostic::error(message).at(source.span)));
                };
                for entry in others {
                    if self.seen.insert(entry.key.clone(), entry.key_span).is_none() {
                        self.entries.push(entry);
                    }
                }
            }
        }
        Ok(self.entries)
    }
}

fn too_deep(span: Span) -> Stop {
    Stop(Diagnostic::error(format!("values are nested more than {MAX_DEPTH} deep")).at(span))
}

/// The text of a key, as it is written.
fn key_text(key: &Value, text: &str) -> Result<String, Stop> {
    match &key.kind {
        Kind::String(name) if key.tag.is_none() => Ok(name.clone()),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) if key.tag.is_none() => {
            Ok(text.get(key.span.start..key.span.end).unwrap_or_default().to_owned())
        }
        _ => Err(Stop(Diagnostic::error(format!("{} where a key is expected", key.kind_name())).at(key.span))),
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value, Stop> {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    let kind = match (core, style) {
        (Some("str" | "binary" | "timestamp"), _) => Kind::String(text.to_owned()),
        (Some("int" | "float" | "bool" | "null"), _) => scalar::plain(text),
        (Some(other), _) => {
            return Err(Stop(Diagnostic::error(format!("`!!{other}` is not for a text")).at(span)));
        }
        // A function's argument is a text, whatever it looks like.
        (None, ScalarStyle::Plain) if own_tag(tag).is_none() => scalar::plain(text),
        (None, _) => Kind::String(text.to_owned()),
    };
    Ok(Value { kind, tag: own_tag(tag), span })
}

/// The tag if it is not one of YAML's own.
fn own_tag(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    // `!` alone only says that the scalar is a text.
    (!tag.suffix.is_empty()).then(|| tag.suffix.clone())
}

/// From characters, which the parser counts, to bytes.
enum Bytes {
    Ascii(usize),
    Starts(Vec<usize>),
}

impl Bytes {
    fn new(text: &str) -> Self {
        match text.is_ascii() {
            true => Bytes::Ascii(text.len()),
            false => Bytes::Starts(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()),
        }
    }

    fn of(&self, character: usize) -> usize {
        match self {
            Bytes::Ascii(length) => character.min(*length),
            Bytes::Starts(starts) => starts.get(character).or(starts.last()).copied().unwrap_or_default(),
        }
    }
}
