//! Files as they were written: JSON or YAML in, a [`Tree`] out in which every value knows its file and place.
//!
//! A tree is what every later step works on (references, CloudFormation, the deployment with its definitions inside), so
//! a problem that is found at the end still names the line that somebody wrote.

mod json;
mod padded;
mod scalar;
mod tree;
mod yaml;

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use tree::Entries;
pub use tree::{At, Entry, Tree, Value};

use crate::finding::Finding;

/// Twice of what API Gateway imports.
const MAX_BYTES: u64 = 16 << 20;

/// As deep as any definition of use; recursion over a tree is bounded by it.
pub(crate) const MAX_DEPTH: usize = 100;

/// How many values a document may have when its aliases are expanded.
pub(crate) const MAX_NODES: usize = 1_000_000;

/// All files that were read.
#[derive(Debug, Default)]
pub struct Files(Vec<File>);

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Its path as the user would write it.
    pub path: PathBuf,
    /// What it holds.
    pub text: Arc<str>,
    /// Where each of its lines begins.
    lines: Vec<usize>,
}

/// A file's number in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(usize);

impl Files {
    /// Reads a file and parses it.
    ///
    /// # Errors
    /// It can't be read, is too large, or is neither JSON nor YAML.
    pub fn read(&mut self, path: &Path) -> Result<Tree, Vec<Finding>> {
        let text = text_of(path)
            .map_err(|why| vec![Finding::error(None, format!("`{}` {why}", as_seen_from_here(path).display()))])?;
        self.parse(path, text)
    }

    /// Parses a text as the file at `path`: JSON where it begins with `{` or `[` and is JSON, else YAML.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(&mut self, path: &Path, text: String) -> Result<Tree, Vec<Finding>> {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let file = FileId(self.0.len());
        let is_json = text.trim_start().starts_with(['{', '[']);
        let tree = if is_json { json_or_flow(file, &text) } else { yaml::parse(file, &text) };
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        self.0.push(File { path: as_seen_from_here(path), text: text.into(), lines });
        tree
    }

    /// A file that was read.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.0.get(id.0)
    }

    /// A place as editors name it.
    #[must_use]
    pub fn position(&self, at: At) -> Option<Position<'_>> {
        let file = self.get(at.file)?;
        let line = file.lines.partition_point(|start| *start <= at.start);
        let start = file.lines.get(line.checked_sub(1)?)?;
        let column = file.text.get(*start..at.start)?.chars().count() + 1;
        Some(Position { path: &file.path, line, column })
    }
}

/// JSON, or YAML in flow style, which begins as JSON does (`{Resources: …}`). What is neither was most often meant to be JSON.
fn json_or_flow(file: FileId, text: &str) -> Result<Tree, Vec<Finding>> {
    match json::parse(file, text) {
        Ok(tree) => Ok(tree),
        Err(json::Refused::Wrong(findings)) => Err(findings),
        Err(json::Refused::NotJson(finding)) => yaml::parse(file, text).map_err(|found| {
            let is_yaml = found.iter().all(|it| !it.message.starts_with(yaml::NOT_YAML));
            if is_yaml { found } else { vec![finding] }
        }),
    }
}

/// A place as editors name it: `api.yaml:12:5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position<'a> {
    /// The file's path.
    pub path: &'a Path,
    /// From 1 on.
    pub line: usize,
    /// From 1 on, in characters.
    pub column: usize,
}

impl fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// The path as the user would write it: relative, if the file is below where the user is.
pub(crate) fn as_seen_from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}

fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("can't be read: {}", reason(&error));
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("is a directory where a file is expected".into());
    }
    // Not by the length that the system tells: a pipe or a device has none.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is too large: {} MB are allowed", MAX_BYTES >> 20));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("is an archive, as a plan of Terraform's is: name what `terraform show -json` writes of it".into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
        format!("is not UTF-8: see line {line}")
    })
}

/// What the system says, without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        // What is waited for comes as either.
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => "it takes too long".into(),
        _ => {
            let text = error.to_string();
            let mut letters = text.split(" (os error").next().unwrap_or_default().chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests;
