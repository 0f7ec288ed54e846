//! How far a search looks, and how much a pattern takes: what whoever runs a stranger's pattern has to count.

use std::iter::Peekable;
use std::str::Chars;

/// May a search for all matches look at the same text again and again? It does where an alternative that matches already waits for
/// a better one which goes on without end before it matches: `a*b|a`, `a(.*b)?`. `pattern` is in `regex-lite`'s syntax, and one.
pub(crate) fn looks_again(pattern: &str) -> bool {
    let mut chars = pattern.chars().peekable();
    let mut looks_again = false;
    while chars.peek().is_some() {
        alternatives(&mut chars, &mut looks_again);
    }
    looks_again
}

/// What is known of a part of a pattern.
#[derive(Clone, Copy, Default)]
struct Part {
    /// It goes on without end somewhere.
    goes_on: bool,
    /// And something must follow there before it matches.
    waits: bool,
    /// It matches nothing, too.
    may_be_empty: bool,
}

/// Reads to the end of a group, its parenthesis with it.
fn alternatives(chars: &mut Peekable<Chars<'_>>, looks_again: &mut bool) -> Part {
    let (mut all, mut one, mut several) = (Part::default(), Part { may_be_empty: true, ..Part::default() }, false);
    loop {
        let atom = match chars.next() {
            None | Some(')') => break,
            Some('|') => {
                all.add(one);
                (one, several) = (Part { may_be_empty: true, ..Part::default() }, true);
                continue;
            }
            Some('(') => {
                frame(chars);
                alternatives(chars, looks_again)
            }
            Some('[') => {
                class(chars);
                Part::default()
            }
            Some('\\') => {
                if matches!(chars.next(), Some('x')) && chars.peek() == Some(&'{') {
                    let _ = chars.by_ref().find(|char| *char == '}');
                }
                Part::default()
            }
            Some(_) => Part::default(),
        };
        let (is_choice, without_end, optional) = quantifier(chars);
        *looks_again |= is_choice && atom.waits;
        one.waits |=
            atom.waits || (one.goes_on && !(atom.may_be_empty || optional)) || (is_choice && atom.goes_on && !optional);
        one.goes_on |= atom.goes_on || without_end;
        one.may_be_empty &= atom.may_be_empty || optional;
    }
    all.add(one);
    *looks_again |= several && all.waits;
    all
}

impl Part {
    fn add(&mut self, other: Self) {
        self.goes_on |= other.goes_on;
        self.waits |= other.waits;
        self.may_be_empty |= other.may_be_empty;
    }
}

/// What stands behind a group's parenthesis and is no part of what it matches: `?:`, `?i:`, `?P<name>`.
fn frame(chars: &mut Peekable<Chars<'_>>) {
    if chars.peek() != Some(&'?') {
        return;
    }
    while let Some(char) = chars.peek() {
        match char {
            ')' => return,
            ':' | '>' => {
                chars.next();
                return;
            }
            _ => {
                chars.next();
            }
        }
    }
}

/// To the end of a class, `[:alpha:]` within it.
fn class(chars: &mut Peekable<Chars<'_>>) {
    let mut depth = 1u32;
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// Whether a quantifier stands here, whether it has no end, and whether it takes none.
fn quantifier(chars: &mut Peekable<Chars<'_>>) -> (bool, bool, bool) {
    let read = match chars.peek() {
        Some('*') => (true, true, true),
        Some('+') => (true, true, false),
        Some('?') => (true, false, true),
        Some('{') => {
            chars.next();
            let counted: String = chars.by_ref().take_while(|char| *char != '}').collect();
            let none = counted.split(',').next().is_some_and(|least| least.trim().bytes().all(|byte| byte == b'0'));
            let read = (true, counted.trim_end().ends_with(','), none);
            lazy(chars);
            return read;
        }
        _ => return (false, false, false),
    };
    chars.next();
    lazy(chars);
    read
}

fn lazy(chars: &mut Peekable<Chars<'_>>) {
    if chars.peek() == Some(&'?') {
        chars.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_look_at_a_text_again_are_told() {
        for again in [
            "a*b|a",
            "a|b+c",
            "a(.*b)?",
            "(?:a*b)+",
            "(ab*c)*d",
            "x|(?i:a[)(]*b)",
            "a|(?P<n>\\x{41}*b)",
            "a(b(c{2,}d)){0,1}",
            "a|[[:alpha:]]*$",
        ] {
            assert!(looks_again(again), "{again}");
        }
        for once in [
            "",
            "a",
            "a*",
            "a.*b",
            "a.*?b.*c",
            "\\s+|,",
            "\\d+(\\.\\d+)?",
            "[^,|(]*,",
            "a|b|c{3}",
            "(a|b)*c",
            "[*]b|a",
            "\\*b|a",
            "(a{2}){3}b|c",
        ] {
            assert!(!looks_again(once), "{once}");
        }
    }
}
