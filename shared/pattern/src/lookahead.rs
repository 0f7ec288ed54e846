//! Looking ahead without backtracking. Where all that stands before `(?=…)` or `(?!…)` takes one certain number of letters, there is one place
//! to look from, and the pattern says two things of a text: `a(?!b)c` is `ac`, and no beginning with `ab`.

use std::iter::Peekable;
use std::str::Chars;

/// Whose pattern it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A class's first `]` stands for itself; `\Q` quotes; flags are set by `(?i)`.
    Java,
    /// ECMA 262: none of that.
    Ecma,
}

/// A pattern that must be matched from one place, without what it looks ahead for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The pattern without it.
    pub rest: String,
    /// And what else must be so.
    pub conditions: Vec<Condition>,
}

/// Whether a pattern matches at the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// It must, or must not.
    pub holds: bool,
    /// The pattern, of which a text's beginning is enough.
    pub start: String,
}

/// Each takes its own time.
const MOST: usize = 16;

/// Takes a pattern apart. `None` where it does not look ahead, or not from a certain place: then it is for another one to refuse.
#[must_use]
pub fn split(pattern: &str, syntax: Syntax) -> Option<Split> {
    let (open, inner, close) = frame(pattern, syntax);
    let mut scan = Scan { chars: inner.chars().peekable(), syntax, out: open.to_owned(), is_certain: true };
    let mut conditions = Vec::new();
    while let Some(letter) = scan.chars.peek().copied() {
        let before = scan.out.len();
        scan.part(letter)?;
        let part = scan.out.get(before..)?;
        let ahead =
            part.strip_prefix("(?=").map(|inner| (true, inner)).or(part.strip_prefix("(?!").map(|it| (false, it)));
        if let Some((holds, inner)) = ahead {
            if !scan.is_certain || conditions.len() >= MOST || matches!(scan.chars.peek(), Some('*' | '+' | '?' | '{'))
            {
                return None;
            }
            let (start, inner) = (scan.out.get(..before)?, inner.strip_suffix(')')?);
            conditions.push(Condition { holds, start: format!("{start}(?:{inner})") });
            scan.out.truncate(before);
        }
    }
    scan.out.push_str(close);
    (!conditions.is_empty()).then_some(Split { rest: scan.out, conditions })
}

/// `^(…)$` around all of it adds nothing but the beginning.
fn frame(pattern: &str, syntax: Syntax) -> (&str, &str, &str) {
    let (open, rest) = pattern.strip_prefix('^').map_or(("", pattern), |rest| ("^", rest));
    let (inner, close) = match rest.strip_suffix(")$") {
        Some(inner) => (inner, "$"),
        None => (rest.strip_suffix(')').unwrap_or_default(), ""),
    };
    let inner = inner.strip_prefix("(?:").or(inner.strip_prefix('(').filter(|inner| !inner.starts_with('?')));
    let Some(inner) = inner else { return ("", pattern, "") };
    // The brackets are each other's.
    let mut scan = Scan { chars: inner.chars().peekable(), syntax, out: String::new(), is_certain: true };
    while let Some(letter) = scan.chars.peek().copied() {
        if letter == ')' || scan.part(letter).is_none() {
            return ("", pattern, "");
        }
    }
    (open, inner, close)
}

struct Scan<'p> {
    chars: Peekable<Chars<'p>>,
    syntax: Syntax,
    /// What was read.
    out: String,
    /// All of it takes one number of letters.
    is_certain: bool,
}

impl Scan<'_> {
    fn take(&mut self) -> Option<char> {
        let letter = self.chars.next()?;
        self.out.push(letter);
        Some(letter)
    }

    /// The next part as a whole; `None` where the pattern is none, or a choice.
    fn part(&mut self, letter: char) -> Option<()> {
        match letter {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            '|' | ')' => None,
            '*' | '+' | '?' => {
                self.is_certain = false;
                self.take().map(drop)
            }
            '{' => self.count(),
            _ => self.take().map(drop),
        }
    }

    fn escape(&mut self) -> Option<()> {
        self.take();
        match self.take()? {
            'Q' if self.syntax == Syntax::Java => {
                let quoted = self.out.len();
                while !self.out.get(quoted..)?.ends_with("\\E") {
                    self.take()?;
                }
            }
            'R' | 'X' | 'k' | '1'..='9' => self.is_certain = false,
            'x' | 'u' | 'p' | 'P' if self.chars.peek() == Some(&'{') => while self.take()? != '}' {},
            _ => {}
        }
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        self.take();
        if self.chars.peek() == Some(&'^') {
            self.take();
        }
        if self.syntax == Syntax::Java && self.chars.peek() == Some(&']') {
            self.take();
        }
        loop {
            match self.take()? {
                '\\' => drop(self.take()?),
                // A class in a class.
                '[' if self.syntax == Syntax::Java => return None,
                ']' => return Some(()),
                _ => {}
            }
        }
    }

    /// A group with all that is in it. What only sets flags takes no letters, nor does what looks ahead.
    fn group(&mut self) -> Option<()> {
        let (from, certain) = (self.out.len(), self.is_certain);
        self.take();
        while *self.chars.peek()? != ')' {
            match self.chars.peek().copied()? {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                _ => drop(self.take()?),
            }
        }
        self.take();
        let group = self.out.get(from..)?;
        let flags = group.strip_prefix("(?").and_then(|rest| rest.strip_suffix(')'));
        let is_flags = flags.is_some_and(|flags| flags.chars().all(|flag| flag.is_ascii_alphabetic() || flag == '-'));
        self.is_certain = certain && (is_flags || group.starts_with("(?=") || group.starts_with("(?!"));
        Some(())
    }

    /// `{3}`, and anything else between braces.
    fn count(&mut self) -> Option<()> {
        let from = self.out.len();
        while self.take()? != '}' {}
        let counted = self.out.get(from + 1..self.out.len() - 1)?;
        self.is_certain &= !counted.is_empty() && counted.bytes().all(|digit| digit.is_ascii_digit());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str, syntax: Syntax) -> Option<(String, Vec<(bool, String)>)> {
        let Split { rest, conditions } = split(pattern, syntax)?;
        Some((rest, conditions.into_iter().map(|it| (it.holds, it.start)).collect()))
    }

    #[test]
    fn a_pattern_falls_into_what_it_is_and_what_must_be_besides() {
        let check = |pattern: &str, rest: &str, conditions: &[(bool, &str)]| {
            let conditions = conditions.iter().map(|(holds, start)| (*holds, (*start).to_owned())).collect();
            assert_eq!(of(pattern, Syntax::Java), Some((rest.to_owned(), conditions)), "{pattern}");
        };
        check("2(?!06)\\d{2}", "2\\d{2}", &[(false, "2(?:06)")]);
        check("^(?=.*[a-z])(?=.*\\d).{8,}$", "^.{8,}$", &[(true, "^(?:.*[a-z])"), (true, "^(?:.*\\d)")]);
        check("^((?!a|b).*)$", "^.*$", &[(false, "^(?:a|b)")]);
        check("(?:(?!a)b)", "b", &[(false, "(?:a)")]);
        check("\\Q(*\\E[](?=]{2}(?=\\)(x))", "\\Q(*\\E[](?=]{2}", &[(true, "\\Q(*\\E[](?=]{2}(?:\\)(x))")]);
        check("\\Qa\\\\E(?!b)", "\\Qa\\\\E", &[(false, "\\Qa\\\\E(?:b)")]);
        check("(?i)a(?!b(?=c)).", "(?i)a.", &[(false, "(?i)a(?:b(?=c))")]);
    }

    #[test]
    fn from_no_certain_place_nobody_looks() {
        for pattern in [
            "",
            "a",
            "(a)(?!b)",
            "a*(?!b)",
            "a{1,2}(?!b)",
            "a|(?!b)",
            "(?!b)|a",
            "((?!a).)*",
            "(?!a)*",
            "(?!a)?b",
            "(?!a",
            "(?!a))",
            "(a)(?=b)(c)",
            "(?<=a)b",
            "[a",
            "a\\",
            "\\Qa",
            "((?!a)b)(c)",
            "[[a](?!b)]",
        ] {
            assert_eq!(of(pattern, Syntax::Java), None, "{pattern}");
        }
        assert!(of("[]](?!b)", Syntax::Java).is_some() && of("[](?!b)", Syntax::Ecma).is_some());
    }
}
