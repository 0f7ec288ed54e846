//! Other files in a document: `$ref: models.yaml#/Pet` and `AWS::Include`. What they name is put in their place, and
//! keeps its own.
//!
//! A file is read only below the directory of the document that everything began with.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::finding::Finding;
use crate::source::{At, Entry, Files, MAX_DEPTH, MAX_NODES, Tree, Value, as_seen_from_here, reason};

/// The document with everything in it that it names in other files.
///
/// # Errors
/// What can't be read, lies outside of `directory`, names nothing, or leads back to itself.
pub(crate) fn include(files: &mut Files, document: &Tree, directory: &Path) -> Result<Tree, Vec<Finding>> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let directory = directory.canonicalize().map_err(|error| {
        vec![Finding::error(document.at, format!("`{}` can't be read: {}", directory.display(), reason(&error)))]
    })?;
    let mut including =
        Including { files, directory, documents: HashMap::new(), open: Vec::new(), nodes: 0, findings: Vec::new() };
    let tree = including.tree(document, None, 0);
    if including.findings.is_empty() { Ok(tree) } else { Err(including.findings) }
}

/// The real path of a file that a document names, which must be below a directory: who writes a document may not be who may read
/// all files here.
///
/// # Errors
/// What can't be read, is no file, or lies outside.
pub(crate) fn inside(directory: &Path, path: &Path, name: &str, at: At) -> Result<PathBuf, Finding> {
    let unread = |path: &Path, error: &std::io::Error| {
        Finding::error(at, format!("`{}` can't be read: {}", as_seen_from_here(path).display(), reason(error)))
    };
    let real = path.canonicalize().map_err(|error| unread(path, &error))?;
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let directory = directory.canonicalize().map_err(|error| unread(directory, &error))?;
    // Who opens a pipe that nobody writes into waits for ever.
    if !real.is_file() && !real.is_dir() {
        return Err(Finding::error(at, format!("`{name}` is no file that can be included")));
    }
    if !real.starts_with(&directory) {
        let message = format!("`{name}` is outside of the directory of the definition: it is not read");
        return Err(Finding::error(at, message));
    }
    Ok(real)
}

struct Including<'f> {
    files: &'f mut Files,
    directory: PathBuf,
    documents: HashMap<PathBuf, Rc<Tree>>,
    /// What is being put in place: a file, and a place in it.
    open: Vec<(PathBuf, String)>,
    nodes: usize,
    findings: Vec<Finding>,
}

impl Including<'_> {
    /// A tree of the document, or of the other file at `within`.
    fn tree(&mut self, tree: &Tree, within: Option<&Path>, depth: usize) -> Tree {
        let before = self.nodes;
        self.nodes += tree.own_size();
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            if before <= MAX_NODES {
                self.findings.push(Finding::error(tree.at, "with other files in it, the document is too large"));
            }
            return Tree { value: Value::Null, at: tree.at };
        }
        match self.target(tree, within) {
            None => {}
            Some(Ok((path, pointer))) => return self.included(tree.at, &path, &pointer, depth),
            Some(Err(finding)) => self.findings.push(finding),
        }
        let value = match &tree.value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => tree.value.clone(),
            Value::List(items) => Value::List(items.iter().map(|item| self.tree(item, within, depth + 1)).collect()),
            Value::Map(entries) => {
                Value::Map(entries.iter().map(|entry| self.entry(entry, within, depth + 1)).collect())
            }
        };
        Tree { value, at: tree.at }
    }

    fn entry(&mut self, entry: &Entry, within: Option<&Path>, depth: usize) -> Entry {
        let value = match entry.key.as_str() {
            // What an example shows is nobody's reference.
            "example" | "examples" => entry.value.clone(),
            _ => self.tree(&entry.value, within, depth),
        };
        Entry { value, ..entry.clone() }
    }

    /// The file and the place in it that a map stands for; none if it stands for itself, or is the importer's to follow.
    fn target(&self, tree: &Tree, within: Option<&Path>) -> Option<Result<(PathBuf, String), Finding>> {
        if let Some(location) = include_location(tree) {
            return Some(self.file(location.text().unwrap_or_default(), location.at).map(|path| (path, String::new())));
        }
        let reference = tree.get("$ref")?;
        let text = reference.text()?;
        let (file, pointer) = text.split_once('#').unwrap_or((text, ""));
        if file.contains("://") {
            return None;
        }
        let path = match (file, within) {
            // Within the document itself.
            ("", None) => return None,
            ("", Some(path)) => path.to_owned(),
            // The name of a model, as Swagger's elders wrote it.
            (name, _) if !text.contains('#') && !name.contains(['.', '/']) => return None,
            (name, _) => match self.file(&percent_decoded(name), reference.at) {
                Ok(path) => path,
                Err(finding) => return Some(Err(finding)),
            },
        };
        Some(Ok((path, percent_decoded(pointer))))
    }

    /// The real path of a file that is named at a place.
    fn file(&self, name: &str, at: At) -> Result<PathBuf, Finding> {
        let from = self.files.get(at.file).and_then(|file| file.path.parent()).unwrap_or(Path::new(""));
        inside(&self.directory, &from.join(name), name, at)
    }

    fn included(&mut self, at: At, path: &Path, pointer: &str, depth: usize) -> Tree {
        let nothing = Tree { value: Value::Null, at };
        let place = (path.to_owned(), pointer.to_owned());
        if self.open.contains(&place) {
            let message =
                "this reference leads back to itself: what refers to itself must be in the definition's own file";
            self.findings.push(Finding::error(at, message));
            return nothing;
        }
        let Some(document) = self.document(path) else { return nothing };
        let Some(found) = document.pointer(pointer) else {
            let message = format!("`{pointer}` names nothing in `{}`", as_seen_from_here(path).display());
            self.findings.push(Finding::error(at, message));
            return nothing;
        };
        self.open.push(place);
        let tree = self.tree(found, Some(path), depth + 1);
        self.open.pop();
        tree
    }

    fn document(&mut self, path: &Path) -> Option<Rc<Tree>> {
        if let Some(document) = self.documents.get(path) {
            return Some(Rc::clone(document));
        }
        match self.files.read(path) {
            Ok(document) => {
                let document = Rc::new(document);
                self.documents.insert(path.to_owned(), Rc::clone(&document));
                Some(document)
            }
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }
}

/// What `Fn::Transform: {Name: AWS::Include, Parameters: {Location: …}}` includes.
fn include_location(tree: &Tree) -> Option<&Tree> {
    let transform = tree.get("Fn::Transform").filter(|_| tree.entries().len() == 1)?;
    let location = transform.get("Parameters")?.get("Location")?;
    let is_local = location.text().is_some_and(|location| !location.contains("://"));
    (transform.get("Name")?.text()? == "AWS::Include" && is_local).then_some(location)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, escaped) {
            (b'%', Some(escaped)) => {
                bytes.push(escaped);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
