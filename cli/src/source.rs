//! Documents as files hold them: JSON or YAML, read into a tree in which every value knows its place in its file.
//!
//! ```text
//!  file ─ json, yaml ─► Value ─ template ─► the API in it ─ intrinsics ─► values for functions
//!                                                         ─ references ─► one document ─► Document: Node + places
//! ```
//!
//! Nothing here knows what an API definition means; [`gatehouse_openapi`] does.

mod document;
mod json;
mod scalar;
mod value;
mod yaml;

use std::path::{Path, PathBuf};

use crate::report::{Diagnostic, Problems};

pub use document::Document;
pub use value::{Entry, Kind, Value};

/// How deep values may be nested: far more than any API needs, and little enough to walk them by recursion.
pub const MAX_DEPTH: usize = 128;
/// How many values a document may have once aliases and references are written out.
pub const MAX_VALUES: usize = 1_000_000;
/// What a file may have at most.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// What API Gateway imports at most.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const IMPORT_LIMIT: u64 = 6 * 1024 * 1024;

/// The files that were read. Spans name them, so errors can show them.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Where it is, as the user would write it.
    pub path: PathBuf,
    /// What it says; a byte order mark is taken off.
    pub text: String,
}

/// One of the files in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(usize);

/// A place in a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Sources {
    /// Reads a file and takes it apart; what is wrong with it is reported.
    pub fn load(&mut self, path: &Path, problems: &mut Problems) -> Option<Value> {
        let text = match read(path) {
            Ok(text) => text,
            Err(reason) => {
                problems.push(Diagnostic::error(format!("cannot read `{}`: {reason}", path.display())));
                return None;
            }
        };
        let is_large = text.len() as u64 > IMPORT_LIMIT;
        let file = self.add(path.to_owned(), text);
        if is_large {
            let message = "the file is larger than 6 MB: API Gateway would not import it";
            problems.push(Diagnostic::warning(message).at(file.start()));
        }
        self.parse(file, problems)
    }

    /// Takes a text apart that is in no file.
    pub fn load_text(&mut self, name: &str, text: &str, problems: &mut Problems) -> Option<Value> {
        let file = self.add(PathBuf::from(name), text.to_owned());
        self.parse(file, problems)
    }

    /// The file of this id.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0)
    }

    /// The directory that a file is in.
    #[must_use]
    pub fn directory(&self, id: FileId) -> PathBuf {
        let parent = self.file(id).and_then(|file| file.path.parent()).unwrap_or(Path::new(""));
        if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() }
    }

    fn add(&mut self, path: PathBuf, text: String) -> FileId {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.files.push(File { path, text });
        FileId(self.files.len() - 1)
    }

    /// JSON where the first character says so, else YAML. A YAML file may begin like JSON too.
    fn parse(&self, id: FileId, problems: &mut Problems) -> Option<Value> {
        let file = self.file(id)?;
        if !file.text.trim_start().starts_with(['{', '[']) {
            return keep(yaml::parse(&file.text, id), problems);
        }
        let is_yaml = file.path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        match json::parse(&file.text, id) {
            Err(_) if is_yaml && yaml::parse(&file.text, id).is_ok() => keep(yaml::parse(&file.text, id), problems),
            read => keep(read, problems),
        }
    }
}

fn keep(read: Result<Value, Vec<Diagnostic>>, problems: &mut Problems) -> Option<Value> {
    match read {
        Ok(value) => Some(value),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if metadata.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Err(format!("it has {} MB, and 32 MB are the most", metadata.len() / 1024 / 1024));
    }
    let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8: save the file as UTF-8")
    })
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

impl FileId {
    /// Its first character.
    #[must_use]
    pub fn start(self) -> Span {
        Span { file: self, start: 0, end: 0 }
    }
}

#[cfg(test)]
mod tests;
