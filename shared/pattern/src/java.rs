//! Java's regular expressions, as far as they can be matched in linear time.

use std::cell::OnceCell;

use regex_lite::Regex;

use crate::extent::looks_again;
use crate::{Refused, Whole};

/// A pattern that is searched for, read once.
#[derive(Debug)]
pub struct Pattern {
    find: Regex,
    source: String,
    whole: OnceCell<Option<Regex>>,
    /// What looks ahead, where only all of a text is asked for.
    ahead: Option<Whole>,
    size: usize,
    looks_again: bool,
}

/// A match: the pattern's and its groups' places, in bytes.
pub type Groups = Vec<Option<(usize, usize)>>;

/// How large a compiled pattern may be, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// How deep its parts may nest.
const MAX_NEST: u32 = 50;
/// What the smallest are counted as.
const MIN_SIZE: usize = 1 << 11;

impl Pattern {
    /// Reads `java.util.regex`'s syntax.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn parse(java: &str) -> Result<Self, Refused> {
        let source = translated(java)?;
        let (find, size) = sized(&source).map_err(|why| Refused { unsupported: false, reason: why })?;
        let looks_again = looks_again(&source);
        Ok(Self { find, source, whole: OnceCell::new(), ahead: None, size, looks_again })
    }

    /// The same where nothing but [`is_whole`](Self::is_whole) is asked: it may look ahead then, as [`Whole`] may.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn parse_whole(java: &str) -> Result<Self, Refused> {
        let refused = match Self::parse(java) {
            Err(refused) if refused.unsupported => refused,
            parsed => return parsed,
        };
        let ahead = Whole::parse(java).map_err(|_| refused)?;
        // Searched for, it is nowhere.
        let nowhere = "[^\\s\\S]".to_owned();
        let (find, least) = sized(&nowhere).map_err(|reason| Refused { unsupported: false, reason })?;
        let size = least + ahead.size();
        Ok(Self { find, source: nowhere, whole: OnceCell::new(), ahead: Some(ahead), size, looks_again: false })
    }

    /// The bytes that it takes at most, compiled.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// What a search through a text of so many bytes costs, in bytes that are only read: the larger a pattern is, the longer
    /// each of them takes.
    #[must_use]
    pub fn cost(&self, searched: usize) -> usize {
        searched.saturating_mul((self.size / 256).max(8))
    }

    /// May each match of many have looked to the end of the text?
    #[must_use]
    pub fn looks_again(&self) -> bool {
        self.looks_again
    }

    /// `matches()`: all of it.
    #[must_use]
    pub fn is_whole(&self, text: &str) -> bool {
        if let Some(ahead) = &self.ahead {
            return ahead.is_match(text);
        }
        let whole =
            self.whole.get_or_init(|| framed(&format!(r"\A(?:{})\z", self.source)).ok().map(|(whole, _)| whole));
        whole.as_ref().is_some_and(|whole| whole.is_match(text))
    }

    /// Matches one after the other, as `Matcher.find()`: after an empty one it goes on a character further. Each is searched for
    /// when it is asked for.
    pub fn matches<'m>(&'m self, text: &'m str) -> impl Iterator<Item = Groups> + 'm {
        let mut from = 0;
        std::iter::from_fn(move || {
            let captures = self.find.captures_at_checked(text, from)?;
            let groups: Groups = captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect();
            let (start, end) = groups.first().copied()??;
            from = if start == end {
                end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            } else {
                end
            };
            Some(groups)
        })
    }

    /// The number of the group of this name: `(?<name>...)`.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<usize> {
        self.find.capture_names().position(|known| known == Some(name))
    }
}

trait CapturesAt {
    fn captures_at_checked<'t>(&self, text: &'t str, from: usize) -> Option<regex_lite::Captures<'t>>;
}

impl CapturesAt for Regex {
    fn captures_at_checked<'t>(&self, text: &'t str, from: usize) -> Option<regex_lite::Captures<'t>> {
        if from > text.len() { None } else { self.captures_at(text, from) }
    }
}

pub(crate) fn compiled(source: &str) -> Result<Regex, String> {
    within(source, MAX_SIZE, MAX_NEST)
}

/// A pattern, and the limit that it stays within: a large one is tried with every smaller one, which takes as long again.
pub(crate) fn sized(source: &str) -> Result<(Regex, usize), String> {
    up_to(source, MAX_SIZE, MAX_NEST)
}

/// The same of a pattern that is fine by itself, in a frame of ours: that takes a little more.
pub(crate) fn framed(source: &str) -> Result<(Regex, usize), String> {
    up_to(source, 2 * MAX_SIZE, MAX_NEST + 2)
}

fn up_to(source: &str, most: usize, nest: u32) -> Result<(Regex, usize), String> {
    let mut size = MIN_SIZE;
    loop {
        match within(source, size, nest) {
            Ok(regex) => return Ok((regex, size)),
            Err(_) if size < most => size *= 2,
            Err(why) => return Err(why),
        }
    }
}

fn within(source: &str, size: usize, nest: u32) -> Result<Regex, String> {
    let mut builder = regex_lite::RegexBuilder::new(source);
    builder.size_limit(size).nest_limit(nest).build().map_err(|why| why.to_string())
}

fn unsupported<T>(what: &str) -> Result<T, Refused> {
    Err(Refused { unsupported: true, reason: what.to_owned() })
}

fn invalid<T>(what: &str) -> Result<T, Refused> {
    Err(Refused { unsupported: false, reason: what.to_owned() })
}

/// What is not a line's end for Java.
const ANY: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";

/// The same in `regex-lite`'s syntax.
pub(crate) fn translated(java: &str) -> Result<String, Refused> {
    let mut out = String::with_capacity(java.len() + 8);
    let mut chars = java.chars().peekable();
    let mut any = ANY;
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                let escape = escape(&mut chars, false)?;
                out.push_str(&escape);
            }
            '.' => out.push_str(any),
            '[' => class(&mut chars, &mut out)?,
            '*' | '+' | '?' | '}' => {
                out.push(char);
                match chars.peek() {
                    Some('+') => return unsupported("a possessive quantifier"),
                    Some('?') if char != '}' || out.contains('{') => {
                        out.push('?');
                        chars.next();
                        if chars.peek() == Some(&'+') {
                            return invalid("a dangling `+`");
                        }
                    }
                    Some('*') => return invalid("a dangling `*`"),
                    _ => {}
                }
            }
            '(' => {
                out.push('(');
                if chars.peek() != Some(&'?') {
                    continue;
                }
                chars.next();
                out.push('?');
                match chars.next() {
                    Some('=' | '!') => return unsupported("lookahead"),
                    Some('>') => return unsupported("an atomic group"),
                    Some('<') => match chars.peek() {
                        Some('=' | '!') => return unsupported("lookbehind"),
                        _ => out.push_str("P<"),
                    },
                    Some(':') => out.push(':'),
                    Some(first) => {
                        out.push(first);
                        let mut flags = first.to_string();
                        for flag in chars.by_ref() {
                            out.push(flag);
                            if matches!(flag, ')' | ':') {
                                break;
                            }
                            flags.push(flag);
                        }
                        if flags.contains(['d', 'u', 'U', 'x']) {
                            return unsupported("one of the flags d, u, U, x");
                        }
                        let (on, _) = flags.split_once('-').unwrap_or((&flags, ""));
                        if on.contains('s') {
                            any = ".";
                        }
                    }
                    None => return invalid("a group that is not closed"),
                }
            }
            char => out.push(char),
        }
    }
    Ok(out)
}

fn hexadecimal(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> Option<String> {
    let text: String = chars.by_ref().take(digits).collect();
    let code = u32::from_str_radix(&text, 16).ok()?;
    Some(format!("\\x{{{code:X}}}"))
}

/// What follows a backslash.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, in_class: bool) -> Result<String, Refused> {
    let Some(char) = chars.next() else { return invalid("a backslash at its end") };
    let bracketed = |inner: &str| if in_class { inner.to_owned() } else { format!("[{inner}]") };
    Ok(match char {
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 't' | 'n' | 'r' | 'f' => format!("\\{char}"),
        'b' | 'B' | 'A' | 'z' if !in_class => format!("\\{char}"),
        'a' => "\\x07".into(),
        'e' => "\\x1B".into(),
        'h' => bracketed(" \\t\\x{A0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}"),
        'v' => bracketed("\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}"),
        'R' if !in_class => "(?:\\r\\n|[\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}])".into(),
        'x' if chars.peek() == Some(&'{') => {
            let code: String = chars.by_ref().take_while(|char| *char != '}').collect();
            format!("\\x{code}}}")
        }
        'x' => hexadecimal(chars, 2).ok_or(Refused { unsupported: false, reason: "a bad escape".into() })?,
        'u' => hexadecimal(chars, 4).ok_or(Refused { unsupported: false, reason: "a bad escape".into() })?,
        'Q' => {
            let mut literal = String::new();
            while let Some(char) = chars.next() {
                if char == '\\' && chars.peek() == Some(&'E') {
                    chars.next();
                    break;
                }
                literal.push(char);
            }
            regex_lite::escape(&literal)
        }
        'E' => String::new(),
        'p' | 'P' => {
            let name: String = match chars.next() {
                Some('{') => chars.by_ref().take_while(|char| *char != '}').collect(),
                Some(letter) => letter.to_string(),
                None => return invalid("a bad escape"),
            };
            let posix = match name.as_str() {
                "Alpha" => "alpha",
                "Digit" => "digit",
                "Alnum" => "alnum",
                "Upper" => "upper",
                "Lower" => "lower",
                "Punct" => "punct",
                "Space" => "space",
                "XDigit" => "xdigit",
                "Cntrl" => "cntrl",
                "Graph" => "graph",
                "Print" => "print",
                "Blank" => "blank",
                "ASCII" => "ascii",
                _ => return unsupported(&format!("the Unicode class `{name}`")),
            };
            bracketed(&format!("[:{}{posix}:]", if char == 'P' { "^" } else { "" }))
        }
        '1'..='9' => return unsupported("a backreference"),
        'k' => return unsupported("a backreference"),
        'G' | 'Z' | 'X' | 'N' | 'c' | '0' | 'H' | 'V' => return unsupported(&format!("`\\{char}`")),
        char if char.is_ascii_alphabetic() => return invalid("a bad escape"),
        char if char.is_ascii_punctuation() => regex_lite::escape(&char.to_string()),
        char => char.to_string(),
    })
}

/// A class, its bracket taken.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), Refused> {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    let mut first = true;
    loop {
        match chars.next() {
            None => return invalid("a class that is not closed"),
            Some(']') if !first => break,
            Some(']') => out.push_str("\\]"),
            Some('[') => return unsupported("a class in a class"),
            Some('&') if chars.peek() == Some(&'&') => return unsupported("an intersection of classes"),
            Some('\\') => {
                let escape = escape(chars, true)?;
                out.push_str(&escape);
            }
            Some(char @ ('~' | '&')) => {
                out.push('\\');
                out.push(char);
            }
            Some(char) => out.push(char),
        }
        first = false;
    }
    out.push(']');
    Ok(())
}
