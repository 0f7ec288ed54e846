//! YAML: aliases expanded within bounds, CloudFormation's short forms (`!Sub x`) turned into their long ones
//! (`Fn::Sub: x`), no key twice with two values.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::json::lower_first;
use super::padded::Padded;
use super::tree::{At, Entries, Entry, Tree, Value};
use super::{FileId, MAX_DEPTH, MAX_NODES, scalar};
use crate::finding::Finding;

/// How a text is refused that is no YAML at all.
pub(super) const NOT_YAML: &str = "this is not YAML";

/// What the parser says of a line within quotes that begins further left than what it is in.
const NOT_INDENTED: &str = "invalid indentation in quoted scalar";

/// Parses a YAML document.
pub(super) fn parse(file: FileId, text: &str) -> Result<Tree, Vec<Finding>> {
    let mut padded = Padded::new(text);
    loop {
        let mut reader = Reader {
            text,
            file,
            padded: &padded,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            root: None,
            findings: Vec::new(),
            not_indented: None,
        };
        let read = reader.read();
        match reader.not_indented.and_then(|start| padded.indented(start)) {
            Some(indented) => padded = indented,
            None => return read,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    padded: &'a Padded<'a>,
    open: Vec<Open>,
    anchors: HashMap<usize, Tree>,
    nodes: usize,
    root: Option<Tree>,
    findings: Vec<Finding>,
    /// The character at which a quoted scalar begins that cannot be read for where its lines begin.
    not_indented: Option<usize>,
}

/// A list or map that is being read.
struct Open {
    kind: Kind,
    start: At,
    anchor: usize,
    tag: Option<String>,
}

enum Kind {
    List(Vec<Tree>),
    Map { entries: Entries, key: Option<(String, At)> },
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Tree, Vec<Finding>> {
        for event in Parser::new_from_str(self.padded.text()) {
            let read = match event {
                Ok((event, span)) => self.event(event, span),
                Err(error) => Err(self.not_yaml(&error)),
            };
            if let Err(finding) = read {
                self.findings.push(finding);
                return Err(std::mem::take(&mut self.findings));
            }
        }
        let empty = || vec![Finding::error(None, "the document is empty")];
        let findings = std::mem::take(&mut self.findings);
        if findings.is_empty() { self.root.take().ok_or_else(empty) } else { Err(findings) }
    }

    fn not_yaml(&mut self, error: &ScanError) -> Finding {
        let index = error.marker().index();
        self.not_indented = (error.info() == NOT_INDENTED).then_some(index);
        Finding::error(self.point(index), format!("{NOT_YAML}: {}", lower_first(error.info())))
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        let at = self.at(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Finding::error(at, "a second document begins here: one document is expected"))
            }
            Event::DocumentStart(_) => Ok(()),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                let text = text.into_owned();
                let tag = tag_name(tag.as_deref(), at)?;
                self.scalar(text, style, anchor, tag, at)
            }
            Event::SequenceStart(anchor, tag) => self.open(Kind::List(Vec::new()), anchor, tag.as_deref(), at),
            Event::MappingStart(anchor, tag) => {
                self.open(Kind::Map { entries: Entries::default(), key: None }, anchor, tag.as_deref(), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
        }
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<String>,
        at: At,
    ) -> Result<(), Finding> {
        let is_key = matches!(self.open.last(), Some(Open { kind: Kind::Map { key: None, .. }, .. }));
        let value = match style {
            // Keys are texts: `200:` is `"200":`.
            ScalarStyle::Plain if !is_key && tag.is_none() => scalar::plain(&text),
            _ => Value::String(text),
        };
        self.add(tagged(Tree { value, at }, tag.as_deref())?, anchor)
    }

    fn alias(&mut self, anchor: usize, at: At) -> Result<(), Finding> {
        let Some(tree) = self.anchors.get(&anchor) else {
            return Err(Finding::error(at, "this alias is within what it stands for"));
        };
        if self.open.len() + height(tree) > MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.nodes += tree.size();
        if self.nodes > MAX_NODES {
            return Err(too_large(at));
        }
        self.add(tree.clone(), 0)
    }

    fn open(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, at: At) -> Result<(), Finding> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        if matches!(self.open.last(), Some(Open { kind: Kind::Map { key: None, .. }, .. })) {
            return Err(Finding::error(at, "a list or a map can't be a key"));
        }
        self.open.push(Open { kind, start: at, anchor, tag: tag_name(tag, at)? });
        Ok(())
    }

    fn close(&mut self, end: At) -> Result<(), Finding> {
        let Some(Open { kind, start, anchor, tag }) = self.open.pop() else { return Ok(()) };
        let value = match kind {
            Kind::List(items) => Value::List(items),
            Kind::Map { entries, .. } => merged(entries.into_value())?,
        };
        let at = At { end: end.end.max(start.end), ..start };
        self.add(tagged(Tree { value, at }, tag.as_deref())?, anchor)
    }

    /// Puts a value where the document has it.
    fn add(&mut self, tree: Tree, anchor: usize) -> Result<(), Finding> {
        self.nodes += if anchor == 0 { 1 } else { tree.size() };
        if self.nodes > MAX_NODES {
            return Err(too_large(tree.at));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(tree),
            Some(Kind::List(items)) => items.push(tree),
            Some(Kind::Map { entries, key }) => match key.take() {
                Some((key, at)) => self.findings.extend(entries.push_written(Entry { key, at, value: tree }).err()),
                None => *key = Some((key_text(&tree)?, tree.at)),
            },
        }
        Ok(())
    }

    fn at(&self, span: Span) -> At {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        let blank = self.text.get(start..end).map_or(0, |text| text.len() - text.trim_end().len());
        At { file: self.file, start, end: end.saturating_sub(blank).max(start) }
    }

    fn point(&self, index: usize) -> At {
        let start = self.byte(index);
        At { file: self.file, start, end: start }
    }

    fn byte(&self, index: usize) -> usize {
        self.padded.byte(index).unwrap_or(self.text.len()).min(self.text.len())
    }
}

fn too_deep(at: At) -> Finding {
    Finding::error(at, format!("nested too deep: {MAX_DEPTH} levels are allowed"))
}

fn too_large(at: At) -> Finding {
    Finding::error(at, format!("the document is too large: {MAX_NODES} values are allowed"))
}

fn height(tree: &Tree) -> usize {
    let values = tree.entries().iter().map(|entry| &entry.value);
    1 + values.chain(tree.items()).map(height).max().unwrap_or_default()
}

fn key_text(tree: &Tree) -> Result<String, Finding> {
    tree.scalar().ok_or_else(|| Finding::error(tree.at, format!("{} can't be a key", tree.kind())))
}

/// A tag as it was written; none for those of YAML itself, which say what the value is anyway.
fn tag_name(tag: Option<&Tag>, at: At) -> Result<Option<String>, Finding> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
            "str" => Ok(Some("str".into())),
            "map" | "seq" | "int" | "float" | "bool" | "null" => Ok(None),
            other => Err(Finding::error(at, format!("the tag `!!{other}` is not known"))),
        },
        Some(tag) if tag.handle == "!" => Ok(Some(format!("!{}", tag.suffix))),
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Ok(Some("str".into())),
        Some(tag) => Err(Finding::error(at, format!("the tag `{tag}` is not known"))),
    }
}

/// The long form of a short one.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
fn tagged(tree: Tree, tag: Option<&str>) -> Result<Tree, Finding> {
    const FUNCTIONS: &[&str] = &[
        "And",
        "Base64",
        "Cidr",
        "Equals",
        "FindInMap",
        "ForEach",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    ];
    let at = tree.at;
    let (name, argument) = match tag {
        None | Some("str") => return Ok(tree),
        Some("!Ref") => ("Ref".to_owned(), tree),
        Some("!Condition") => ("Condition".to_owned(), tree),
        Some("!GetAtt") => ("Fn::GetAtt".to_owned(), get_att(tree)),
        Some(tag) => match tag.strip_prefix('!').filter(|name| FUNCTIONS.contains(name)) {
            Some(name) => (format!("Fn::{name}"), tree),
            None => return Err(Finding::error(at, format!("the tag `{tag}` is none of CloudFormation's functions"))),
        },
    };
    Ok(Tree { value: Value::Map(vec![Entry { key: name, at, value: argument }]), at })
}

/// `!GetAtt Function.Arn` is `Fn::GetAtt: [Function, Arn]`.
fn get_att(tree: Tree) -> Tree {
    let Some((resource, attribute)) = tree.text().and_then(|text| text.split_once('.')) else { return tree };
    let items = vec![Tree::string(resource, tree.at), Tree::string(attribute, tree.at)];
    Tree { value: Value::List(items), at: tree.at }
}

/// A map with what it takes from others (`<<: *common`): its own entries win, then the first of the others.
///
/// <https://yaml.org/type/merge.html>
fn merged(map: Value) -> Result<Value, Finding> {
    let Value::Map(written) = map else { return Ok(map) };
    if written.iter().all(|entry| entry.key != "<<") {
        return Ok(Value::Map(written));
    }
    let mut entries = Entries::default();
    let (others, own): (Vec<Entry>, Vec<Entry>) = written.into_iter().partition(|entry| entry.key == "<<");
    own.into_iter().try_for_each(|entry| entries.push(entry))?;
    for other in others.iter().map(|entry| &entry.value) {
        let maps = if other.items().is_empty() { std::slice::from_ref(other) } else { other.items() };
        for map in maps {
            let Value::Map(inherited) = &map.value else {
                return Err(Finding::error(map.at, format!("{} where `<<` needs a map", map.kind())));
            };
            for entry in inherited.iter().filter(|entry| !entries.has(&entry.key)).cloned().collect::<Vec<_>>() {
                entries.push(entry)?;
            }
        }
    }
    Ok(entries.into_value())
}
