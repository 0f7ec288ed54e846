//! What is wrong with a document, and where.

use std::fmt;

use crate::Place;

/// One finding about a document: lower case, no full stop, the user's input in backticks, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the document can still be served.
    pub severity: Severity,
    /// Where in the document it is.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Whether a document with a problem can still be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It can: API Gateway would do the same with it, or the difference is harmless.
    Warning,
    /// It can't.
    Error,
}

impl Problem {
    /// A problem that keeps the document from being served.
    #[must_use]
    pub fn error(place: &Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place: place.clone(), message: printable(message.into()) }
    }

    /// A problem that the operator should know about.
    #[must_use]
    pub fn warning(place: &Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, place: place.clone(), message: printable(message.into()) }
    }

    /// Whether the document can't be served with it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A message is one line whatever the user wrote, and no terminal obeys it.
fn printable(message: String) -> String {
    if !message.contains(char::is_control) {
        return message;
    }
    let escaped = |out: String, letter: char| match letter.is_control() {
        true => out + &letter.escape_default().to_string(),
        false => out + letter.encode_utf8(&mut [0; 4]),
    };
    message.chars().fold(String::new(), escaped)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}", printable(self.place.to_string()), self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_whatever_the_user_wrote() {
        let problem = Problem::error(&Place::root().then("a\nb"), "`x\u{1b}[31m\n` is no ü");
        assert_eq!(problem.to_string(), "error: /a\\nb: `x\\u{1b}[31m\\n` is no ü");
    }
}
