//! Why a template is refused, and why a render fails.

use std::fmt;

/// A template that cannot be compiled: for AWS every request to it is a 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The template, as its caller calls it.
    pub name: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
    /// API Gateway would render it, or would not have taken it at all: no template to answer 500 for.
    pub unserved: bool,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, line, column, reason, unserved: _ } = self;
        write!(f, "{name}:{line}:{column}: {reason}")
    }
}

impl std::error::Error for TemplateError {}

/// A render that AWS answers with 500 and `Internal server error`, or that costs more than it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// A method threw what Java throws: an index out of bounds, a string that is no number, a path that is none.
    Exception(String),
    /// A regular expression needs what cannot be matched in linear time.
    Unsupported(String),
    /// More steps than [`steps`](crate::Limits::steps).
    Steps,
    /// More output than [`output`](crate::Limits::output).
    Output,
    /// A `#foreach` with more rounds than [`loops`](crate::Limits::loops).
    Loops,
    /// More strings than [`text`](crate::Limits::text).
    Text,
    /// More elements than [`elements`](crate::Limits::elements).
    Elements,
    /// Values, or blocks in blocks, nest deeper than [`depth`](crate::Limits::depth).
    Depth,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RenderError::Exception(why) => f.write_str(why),
            RenderError::Unsupported(what) => write!(f, "a regular expression with {what}"),
            RenderError::Steps => f.write_str("the template takes too many steps"),
            RenderError::Output => f.write_str("the output is too large"),
            RenderError::Loops => f.write_str("a #foreach has too many rounds"),
            RenderError::Text => f.write_str("the template makes too many strings"),
            RenderError::Elements => f.write_str("lists and maps have too many elements"),
            RenderError::Depth => f.write_str("values nest too deep"),
        }
    }
}

impl std::error::Error for RenderError {}

/// What a step of a render gives.
pub(crate) type Run<T> = Result<T, RenderError>;

/// A Java exception.
pub(crate) fn thrown<T>(why: impl Into<String>) -> Run<T> {
    Err(RenderError::Exception(why.into()))
}
