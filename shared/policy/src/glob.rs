//! Patterns of literals, `*` and `?`, compiled so that no pattern and no text makes matching slow.
//!
//! `*` is any run of characters and `?` exactly one character (a Unicode scalar value); everything else is itself. A
//! pattern is cut at its stars: the first piece must begin the text, the last must end it, and the others are found from
//! left to right, each as early as possible. Nothing is ever tried twice. A piece without `?` is found with a
//! linear search, one with `?` with the bits of [`Marked`].
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

mod marked;

use crate::bytes::{contains, ends_with, same, starts_with};
use crate::text_pattern::{Token, Variable};
use marked::Marked;

/// A compiled pattern without variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Glob {
    /// `*`
    Any,
    /// No wildcard.
    Exact(Box<str>),
    /// `text*`
    Prefix(Box<str>),
    /// `*text`
    Suffix(Box<str>),
    /// `text*text`
    Around(Box<str>, Box<str>),
    /// `*text*`
    Contains(Box<str>),
    /// `?` and no star.
    Fixed(Box<Marked>),
    /// Anything else with stars. Boxed, so that a statement's most frequent forms lie close together.
    Starred(Box<Starred>),
}

/// What stands before the first star, between stars, and behind the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Starred {
    first: Piece,
    middle: Box<[Piece]>,
    last: Piece,
}

/// What stands between two stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(Box<str>),
    Marked(Marked),
}

impl Glob {
    /// Compiles a pattern; one that holds a variable is handed back, and so is one that is too long to search for.
    pub(crate) fn new(tokens: &[Token]) -> Result<Self, NotGlob> {
        let mut pieces = tokens.split(|token| *token == Token::Many).map(Piece::new).collect::<Result<Vec<_>, _>>()?;
        let (Some(last), first) = (pieces.pop(), (!pieces.is_empty()).then(|| pieces.remove(0))) else {
            return Ok(Glob::Exact(Box::default()));
        };
        let Some(first) = first else {
            return Ok(match last {
                Piece::Literal(text) => Glob::Exact(text),
                Piece::Marked(marked) => Glob::Fixed(marked.into()),
            });
        };
        // Two stars side by side are one.
        pieces.retain(|piece| !piece.is_empty());
        Ok(Self::starred(first, pieces, last))
    }

    fn starred(first: Piece, mut middle: Vec<Piece>, last: Piece) -> Self {
        match (first, middle.pop(), last) {
            (Piece::Literal(first), None, Piece::Literal(last)) => match (first.is_empty(), last.is_empty()) {
                (true, true) => Glob::Any,
                (false, true) => Glob::Prefix(first),
                (true, false) => Glob::Suffix(last),
                (false, false) => Glob::Around(first, last),
            },
            (first, Some(Piece::Literal(text)), last) if middle.is_empty() && first.is_empty() && last.is_empty() => {
                Glob::Contains(text)
            }
            (first, rest, last) => {
                middle.extend(rest);
                Glob::Starred(Starred { first, middle: middle.into(), last }.into())
            }
        }
    }

    /// Whether the whole text matches. What most patterns are is asked first, and comparing is all it takes: a jump to one
    /// of eight arms was measured at more than that.
    #[inline]
    pub(crate) fn matches(&self, text: &str) -> bool {
        if let Glob::Prefix(prefix) = self {
            return starts_with(text, prefix);
        }
        if let Glob::Exact(exact) = self {
            return same(exact, text);
        }
        matches!(self, Glob::Any) || self.search(text)
    }

    /// Whether a piece without wildcards holds this text.
    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Glob::Any | Glob::Fixed(_) => false,
            Glob::Exact(piece) | Glob::Prefix(piece) | Glob::Suffix(piece) | Glob::Contains(piece) => {
                piece.contains(text)
            }
            Glob::Around(before, behind) => before.contains(text) || behind.contains(text),
            Glob::Starred(starred) => starred.holds(text),
        }
    }

    /// The other forms, kept out of the callers of `matches`.
    #[inline(never)]
    fn search(&self, text: &str) -> bool {
        match self {
            Glob::Any => true,
            Glob::Exact(exact) => same(exact, text),
            Glob::Prefix(prefix) => starts_with(text, prefix),
            Glob::Suffix(suffix) => ends_with(text, suffix),
            Glob::Around(prefix, suffix) => {
                text.len() >= prefix.len() + suffix.len() && starts_with(text, prefix) && ends_with(text, suffix)
            }
            Glob::Contains(middle) => contains(text, middle),
            Glob::Fixed(piece) => piece.is_all_of(text),
            Glob::Starred(starred) => starred.search(text).is_some(),
        }
    }
}

impl Starred {
    fn holds(&self, text: &str) -> bool {
        let pieces = [&self.first, &self.last].into_iter().chain(&*self.middle);
        pieces.into_iter().any(|piece| matches!(piece, Piece::Literal(piece) if piece.contains(text)))
    }

    #[inline(never)]
    fn search(&self, text: &str) -> Option<()> {
        let text = self.last.before_end(self.first.after_start(text)?)?;
        let Some((rightmost, middle)) = self.middle.split_last() else { return Some(()) };
        let text = middle.iter().try_fold(text, |text, piece| piece.after_first(text))?;
        rightmost.is_within(text).then_some(())
    }
}

/// Why tokens are not a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotGlob {
    /// It holds a variable.
    Variable(Variable),
    /// A piece with `?` is longer than can be searched for.
    TooLong,
}

impl Piece {
    fn new(tokens: &[Token]) -> Result<Self, NotGlob> {
        let mut letters = Vec::with_capacity(tokens.len());
        for token in tokens {
            match token {
                Token::Char(letter) => letters.push(Some(*letter)),
                Token::One | Token::Many => letters.push(None),
                Token::Variable(variable) => return Err(NotGlob::Variable(variable.clone())),
            }
        }
        match letters.iter().copied().collect::<Option<String>>() {
            Some(text) => Ok(Piece::Literal(text.into())),
            None => Marked::new(&letters).map(Piece::Marked).ok_or(NotGlob::TooLong),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Piece::Literal(text) if text.is_empty())
    }

    /// What follows the piece, if the text begins with it.
    fn after_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Literal(piece) if piece.is_empty() => Some(text),
            Piece::Literal(piece) => starts_with(text, piece).then(|| text.get(piece.len()..))?,
            Piece::Marked(piece) => piece.after_start(text),
        }
    }

    /// What precedes the piece, if the text ends with it.
    fn before_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Literal(piece) if piece.is_empty() => Some(text),
            Piece::Literal(piece) => ends_with(text, piece).then(|| text.get(..text.len() - piece.len()))?,
            Piece::Marked(piece) => piece.before_end(text),
        }
    }

    /// Whether the piece stands anywhere: faster than saying where.
    fn is_within(&self, text: &str) -> bool {
        match self {
            Piece::Literal(piece) => contains(text, piece),
            Piece::Marked(piece) => piece.after_first(text).is_some(),
        }
    }

    /// What follows the first place where the piece stands.
    fn after_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Literal(piece) => text.get(text.find(&**piece)? + piece.len()..),
            Piece::Marked(piece) => piece.after_first(text),
        }
    }
}

#[cfg(test)]
mod tests;
