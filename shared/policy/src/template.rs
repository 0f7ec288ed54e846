//! A pattern with policy variables: their values are put in place while matching, and are literal whatever they hold.

use crate::bytes::same;
use crate::context::RequestContext;
use crate::glob::{Glob, NotGlob};
use crate::text_pattern::{Syntax, Token, Variable, tokens};
use crate::truth::Truth;

/// How many comparisons finding the pieces of one pattern may take. A piece with a variable has no tables to search it
/// with, so it is tried place by place; a client who sends a text that almost matches everywhere is not waited for.
const MAX_STEPS: u32 = 1 << 16;

/// A text of a policy that may hold wildcards and variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Glob(Glob),
    Template(Template),
}

/// Pieces between stars; each is a list of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Box<[Box<[Part]>]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    One,
    Variable(Variable),
}

impl Pattern {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub(crate) fn new(text: &str, syntax: Syntax) -> Result<Self, &'static str> {
        let tokens = tokens(text, syntax)?;
        match Glob::new(&tokens) {
            Ok(glob) => Ok(Pattern::Glob(glob)),
            Err(NotGlob::Variable(_)) => Ok(Pattern::Template(Template::new(&tokens))),
            Err(NotGlob::TooLong) => Err("more than 2048 characters and `?` between two stars"),
        }
    }

    /// Whether the whole text matches. A variable without a value matches nothing.
    #[inline]
    pub(crate) fn matches(&self, text: &str, context: &RequestContext<'_>) -> Truth {
        match self {
            Pattern::Glob(glob) => glob.matches(text).into(),
            Pattern::Template(template) => template.matches(text, context),
        }
    }

    /// The variables in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        let pieces = match self {
            Pattern::Glob(_) => &[][..],
            Pattern::Template(Template(pieces)) => pieces,
        };
        pieces.iter().flatten().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) | Part::One => None,
        })
    }
}

impl Variable {
    fn value<'v>(&'v self, context: &'v RequestContext<'_>) -> Option<&'v str> {
        context.variable(&self.key).or(self.default.as_deref())
    }
}

impl Template {
    fn new(tokens: &[Token]) -> Self {
        Self(tokens.split(|token| *token == Token::Many).map(parts).collect())
    }

    fn matches(&self, text: &str, context: &RequestContext<'_>) -> Truth {
        if self.0.iter().flatten().any(|part| part.is_missing(context)) {
            return Truth::No;
        }
        let (Some((first, rest)), context) = (self.0.split_first(), context) else { return Truth::No };
        let Some(text) = after_start(first, text, context) else { return Truth::No };
        let Some((last, middle)) = rest.split_last() else { return text.is_empty().into() };
        let Some(text) = before_end(last, text, context) else { return Truth::No };
        find_all(middle, text, context)
    }

    /// The comparison without wildcards and without case, which is the only one that folds values.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &RequestContext<'_>) -> bool {
        let mut rest = text.chars().map(crate::key::lower);
        let parts = self.0.iter().flatten();
        let mut same = |text: &str| text.chars().map(crate::key::lower).all(|letter| rest.next() == Some(letter));
        for part in parts {
            let equal = match part {
                Part::Text(text) => same(text),
                Part::Variable(variable) => variable.value(context).is_some_and(&mut same),
                // Never made: the operators that ignore case have no wildcards.
                Part::One => false,
            };
            if !equal {
                return false;
            }
        }
        rest.next().is_none()
    }
}

/// The pieces one after another, each as early as it can be.
fn find_all(pieces: &[Box<[Part]>], text: &str, context: &RequestContext<'_>) -> Truth {
    let (mut text, mut steps) = (text, MAX_STEPS);
    for piece in pieces {
        let cost = cost(piece, context);
        loop {
            if let Some(after) = after_start(piece, text, context) {
                text = after;
                break;
            }
            let mut letters = text.chars();
            if letters.next().is_none() {
                return Truth::No;
            }
            text = letters.as_str();
            let Some(left) = steps.checked_sub(cost) else { return Truth::Unknown };
            steps = left;
        }
    }
    Truth::Yes
}

/// What trying a piece at one place costs at most: one for each part, and one for each 64 bytes that are compared.
fn cost(piece: &[Part], context: &RequestContext<'_>) -> u32 {
    let bytes = |part: &Part| match part {
        Part::Text(text) => text.len(),
        Part::Variable(variable) => variable.value(context).map_or(0, str::len),
        Part::One => 0,
    };
    piece.iter().fold(0, |cost, part| cost.saturating_add(1 + u32::try_from(bytes(part) / 64).unwrap_or(u32::MAX - 1)))
}

fn parts(tokens: &[Token]) -> Box<[Part]> {
    let mut parts = Vec::new();
    let mut text = String::new();
    for token in tokens {
        let part = match token {
            Token::Char(letter) => {
                text.push(*letter);
                continue;
            }
            // The caller has split at the stars.
            Token::One | Token::Many => Part::One,
            Token::Variable(variable) => Part::Variable(variable.clone()),
        };
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text).into()));
        }
        parts.push(part);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.into()));
    }
    parts.into()
}

impl Part {
    fn is_missing(&self, context: &RequestContext<'_>) -> bool {
        match self {
            Part::Text(_) | Part::One => false,
            Part::Variable(variable) => variable.value(context).is_none(),
        }
    }
}

fn after_start<'t>(parts: &[Part], text: &'t str, context: &RequestContext<'_>) -> Option<&'t str> {
    parts.iter().try_fold(text, |text, part| match part {
        Part::Text(part) => text.strip_prefix(&**part),
        Part::Variable(variable) => text.strip_prefix(variable.value(context)?),
        Part::One => {
            let mut letters = text.chars();
            letters.next().map(|_| letters.as_str())
        }
    })
}

fn before_end<'t>(parts: &[Part], text: &'t str, context: &RequestContext<'_>) -> Option<&'t str> {
    parts.iter().rev().try_fold(text, |text, part| match part {
        Part::Text(part) => text.strip_suffix(&**part),
        Part::Variable(variable) => text.strip_suffix(variable.value(context)?),
        Part::One => {
            let mut letters = text.chars();
            letters.next_back().map(|_| letters.as_str())
        }
    })
}

/// A text without wildcards, compared without regard to case: in AWS's simple folding, where `ß` is not `ss`.
pub(crate) fn same_ignoring_case(left: &str, right: &str) -> bool {
    same(left, right) || left.chars().map(crate::key::lower).eq(right.chars().map(crate::key::lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { wildcards: true, variables: true };

    fn check(pattern: &str, text: &str, expected: Truth) {
        let mut context = RequestContext::new();
        for (key, value) in [("user", "ann"), ("star", "*"), ("evil", "${user}"), ("empty", ""), ("a", "aaaa")] {
            context.insert(key, value);
        }
        context.insert_many("list", ["ann"]);
        let pattern = Pattern::new(pattern, ALL).unwrap();
        assert_eq!(pattern.matches(text, &context), expected, "{pattern:?} on `{text}`");
    }

    #[test]
    fn a_variable_stands_for_its_value_and_that_is_literal() {
        check("home/${user}/*", "home/ann/x", Truth::Yes);
        check("home/${user}/*", "home/bob/x", Truth::No);
        check("${user}", "ann", Truth::Yes);
        check("${user}", "anna", Truth::No);
        check("*/${user}", "x/ann", Truth::Yes);
        check("*/${user}/?", "x/ann/y", Truth::Yes);
        check("*${user}*${user}*", "ann and ann", Truth::Yes);
        check("*${user}*${user}*", "ann", Truth::No);
        check("*?${user}?*", "xann.", Truth::Yes);
        check("${user}${user}*", "annann", Truth::Yes);
        check("a*${user}", "ann", Truth::No);
        // Values are never read again: iam.md 2.5, `var/value-star-literal`.
        check("${star}", "anything", Truth::No);
        check("${star}", "*", Truth::Yes);
        check("x${star}*", "x*y", Truth::Yes);
        check("${evil}", "ann", Truth::No);
        check("${evil}", "${user}", Truth::Yes);
    }

    #[test]
    fn a_variable_without_a_single_value_has_its_default_or_matches_nothing() {
        check("*${missing}*", "", Truth::No);
        check("*${list}*", "ann", Truth::No);
        check("${missing, 'x*'}", "x*", Truth::Yes);
        check("${missing, 'x*'}", "xy", Truth::No);
        check("${empty, 'x'}", "", Truth::Yes);
        check("a${empty}b", "ab", Truth::Yes);
    }

    /// A piece with a variable is tried place by place; a text that nearly matches everywhere is given up on.
    #[test]
    fn no_text_makes_a_template_slow() {
        let text = "a".repeat(100_000);
        check("*${a}${a}${a}${a}b*", &text, Truth::Unknown);
        check("*${a}b*", &"a".repeat(1000), Truth::No);
    }
}
