//! What is wrong with a document, in AWS's words, and where.

use std::borrow::Cow;
use std::fmt;

use gatehouse_sort::sort_by_key;

/// Why AWS would not save a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where: a JSON pointer, empty for the whole document.
    pub path: String,
    /// What AWS says, where that is known.
    pub message: Cow<'static, str>,
    /// What exactly is wrong, where AWS does not say.
    pub detail: Option<Cow<'static, str>>,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, message, detail } = self;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(message)?;
        detail.iter().try_for_each(|detail| write!(f, " ({detail})"))
    }
}

impl std::error::Error for Invalid {}

/// In which order IAM looks for what is wrong: it reports the first that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Size,
    Syntax,
    Principal,
    Version,
    Legacy,
    Sid,
    MissingActions,
    Resource,
    Action,
    MissingResources,
}

pub(crate) const SYNTAX: &str = "Syntax errors in policy.";
pub(crate) const LEGACY: &str = "The policy failed legacy parsing";

/// How many findings are kept: nobody reads more.
const MAX_FINDINGS: usize = 100;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<(Rank, Invalid)>);

impl Findings {
    pub(crate) fn add(&mut self, rank: Rank, at: &At<'_>, message: impl Into<Cow<'static, str>>) {
        self.push(rank, Invalid { path: at.to_string(), message: message.into(), detail: None });
    }

    /// What IAM calls a syntax error, whatever it is.
    pub(crate) fn syntax(&mut self, at: &At<'_>, detail: impl Into<Cow<'static, str>>) {
        self.detailed(Rank::Syntax, at, SYNTAX, detail);
    }

    pub(crate) fn detailed(
        &mut self,
        rank: Rank,
        at: &At<'_>,
        message: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.push(rank, Invalid { path: at.to_string(), message: message.into(), detail: Some(detail.into()) });
    }

    fn push(&mut self, rank: Rank, invalid: Invalid) {
        if self.0.len() < MAX_FINDINGS {
            self.0.push((rank, invalid));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, rank: Rank) -> bool {
        self.0.iter().any(|(known, _)| *known == rank)
    }

    /// In IAM's order.
    pub(crate) fn into_list(mut self) -> Vec<Invalid> {
        sort_by_key(&mut self.0, |(rank, _)| *rank);
        self.0.into_iter().map(|(_, invalid)| invalid).collect()
    }
}

/// A place in a document, written out only when it is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'p> {
    Root,
    Key(&'p At<'p>, &'p str),
    Index(&'p At<'p>, usize),
}

impl<'p> At<'p> {
    pub(crate) fn key(&'p self, key: &'p str) -> At<'p> {
        At::Key(self, key)
    }

    pub(crate) fn index(&'p self, index: usize) -> At<'p> {
        At::Index(self, index)
    }
}

/// A JSON pointer (RFC 6901).
impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(parent, key) => write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            At::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}
