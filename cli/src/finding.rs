//! What is wrong with what the user wrote, and where.

use gatehouse_api::Severity;

use crate::source::{At, Tree};

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Whether the API can still be served.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Where; nowhere for what concerns no file.
    pub at: Option<At>,
    /// What else to look at.
    pub also: Vec<(At, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// Of a name that stands for nothing: the name, and what it could stand for.
    pub(crate) assumed: Option<Box<(String, Tree)>>,
}

/// Why something is not known: what was found first.
pub(crate) fn why(findings: &[Finding]) -> &str {
    findings.first().map(|first| first.message.as_str()).unwrap_or_default()
}

impl Finding {
    /// Something that keeps the API from being served.
    #[must_use]
    pub fn error(at: impl Into<Option<At>>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            at: at.into(),
            also: Vec::new(),
            help: None,
            assumed: None,
        }
    }

    /// Something that the operator should know.
    #[must_use]
    pub fn warning(at: impl Into<Option<At>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, message) }
    }

    /// This, with another place to look at.
    #[must_use]
    pub fn also(mut self, at: At, what: impl Into<String>) -> Self {
        self.also.push((at, what.into()));
        self
    }

    /// This, with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// This, of a name that could stand for something, unless that was said.
    #[must_use]
    pub(crate) fn assuming(mut self, name: &str, value: impl FnOnce() -> Tree) -> Self {
        self.assumed.get_or_insert_with(|| Box::new((name.to_owned(), value())));
        self
    }

    /// Whether it keeps the API from being served.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
