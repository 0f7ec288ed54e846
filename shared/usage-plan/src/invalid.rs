//! What is wrong with a configuration, and where.

use std::borrow::Cow;
use std::fmt;

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where: a JSON pointer, or the line of a file. Never the value of a key.
    pub place: String,
    /// What is wrong, and what is allowed.
    pub message: Cow<'static, str>,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Invalid {}

/// How many findings are kept: nobody reads more.
const MAX_FINDINGS: usize = 100;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Invalid>);

impl Findings {
    pub(crate) fn add(&mut self, place: impl fmt::Display, message: impl Into<Cow<'static, str>>) {
        if self.0.len() < MAX_FINDINGS {
            self.0.push(Invalid { place: place.to_string(), message: message.into() });
        }
    }

    /// The value, if nothing was found.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Vec<Invalid>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

/// A key of a JSON pointer (RFC 6901).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
