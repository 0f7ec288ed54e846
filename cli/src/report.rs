//! What is wrong with the input, and where: shown with the lines it is about, or as JSON.

mod render;

use std::path::Path;

use gatehouse_api::{Place, Severity};

use crate::source::{Sources, Span};

pub use render::{Format, print};

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Diagnostic>,
}

/// One finding: lower case, no full stop, the user's input in backticks, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the input can still be served.
    pub severity: Severity,
    /// What is wrong, and what would be right.
    pub message: String,
    /// Where, in a file.
    pub at: Option<Span>,
    /// Where, as a JSON pointer.
    pub place: Option<String>,
    /// What else has to do with it.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problems {
    /// Notes one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Notes several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether the input can't be served.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// All of them, in the order in which they were found.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.found
    }
}

impl Diagnostic {
    /// Something that can't be served.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// Something that the operator should know.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self { severity, message, at: None, place: None, labels: Vec::new(), help: None }
    }

    /// A key that stands twice in a map.
    #[must_use]
    pub fn duplicate(key: &str, second: Span, first: Span) -> Self {
        let message = format!("`{key}` stands twice in the same map: only one of them would count");
        Self::error(message).at(second).label(first, "it stands here already")
    }

    /// Where it is.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.at = Some(span);
        self
    }

    /// Where it is in the document.
    #[must_use]
    pub fn place(mut self, place: &Place) -> Self {
        self.place = Some(place.as_str().to_owned());
        self
    }

    /// Shows another place with it.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// File, line and column of where it is, counted from 1.
    #[must_use]
    pub fn position<'a>(&self, sources: &'a Sources) -> Option<Position<'a>> {
        Position::of(self.at?, sources)
    }
}

/// A place in a file as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// The file.
    pub file: &'a Path,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl<'a> Position<'a> {
    /// Where a span begins.
    #[must_use]
    pub fn of(span: Span, sources: &'a Sources) -> Option<Self> {
        let file = sources.file(span.file)?;
        let before = file.text.get(..span.start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some(Self { file: &file.path, line, column })
    }
}
