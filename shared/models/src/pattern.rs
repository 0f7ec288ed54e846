//! `pattern` and `patternProperties`: ECMA 262 regular expressions, searched for anywhere in a text, in linear time.
//!
//! They are translated for an engine that never backtracks. What such an engine cannot do (looking around, but
//! ahead from the text's beginning; back references) is [`Refused::Unserved`]; what no engine would take is [`Refused::Invalid`]. A letter is a code point here, as
//! the draft has it; two UTF-16 units are never counted for one letter.
//!
//! <https://262.ecma-international.org/5.1/#sec-15.10>

use std::fmt;

use gatehouse_pattern::{Condition, Split, Syntax, split};
use regex_lite::{Regex, RegexBuilder};

/// What a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 2 << 20;

/// White space as ECMA has it, inside a class.
const SPACE: &str = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";
/// And everything else.
const NO_SPACE: &str = r"\x00-\x08\x0e-\x1f\x21-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}";
const NO_DIGIT: &str = r"\x00-/:-\x{10ffff}";
const NO_WORD: &str = r"\x00-/:-@\[-\^`\{-\x{10ffff}";

/// A pattern, ready to be searched for.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// As it was written.
    pub(crate) source: Box<str>,
    regex: Regex,
    /// What the text must begin with, or must not.
    conditions: Vec<(bool, Regex)>,
    /// How much longer a search takes than a text is long.
    pub(crate) weight: usize,
}

/// Why a pattern is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no regular expression.
    Invalid(String),
    /// It needs more than linear time allows: what, and at which byte.
    Unserved(&'static str, usize),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Invalid(why) => write!(f, "is not a valid ECMA 262 regular expression: {why}"),
            Refused::Unserved(what, at) => {
                write!(f, "has {what} at byte {at}: patterns here run in linear time, without it")
            }
        }
    }
}

impl Pattern {
    pub(crate) fn compile(source: &str) -> Result<Self, Refused> {
        // From the text's beginning it can be looked ahead: there is one place to look from.
        let ahead = Some(source).filter(|source| source.starts_with('^')).and_then(|it| split(it, Syntax::Ecma));
        let Split { rest, conditions } =
            ahead.unwrap_or_else(|| Split { rest: source.to_owned(), conditions: Vec::new() });
        let (regex, repetitions) = compiled(&rest)?;
        let conditions = conditions
            .iter()
            .map(|Condition { holds, start }| Ok((*holds, compiled(start)?.0)))
            .collect::<Result<Vec<_>, Refused>>()?;
        // Wherever a search may begin, each repetition goes on for itself.
        let weight = conditions.len() + if source.starts_with('^') { 1 } else { 1 + repetitions / 32 };
        Ok(Self { source: source.into(), regex, conditions, weight })
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text) && self.conditions.iter().all(|(holds, start)| start.is_match(text) == *holds)
    }
}

/// A pattern that does not look ahead, and the sum of all that it counts.
fn compiled(source: &str) -> Result<(Regex, usize), Refused> {
    let mut translation = Translation::of(source);
    translation.run()?;
    let built = RegexBuilder::new(&translation.out).size_limit(SIZE_LIMIT).build();
    let regex = built.map_err(|error| match translation.repetitions > 100 {
        true => Refused::Unserved("repetitions that are too large together", 0),
        false => Refused::Invalid(error.to_string()),
    })?;
    Ok((regex, translation.repetitions))
}

/// Whether a text is a regular expression, for `format: regex`.
pub(crate) fn is_regular_expression(text: &str) -> bool {
    !matches!(Pattern::compile(text), Err(Refused::Invalid(_)))
}

struct Translation<'s> {
    source: &'s str,
    at: usize,
    out: String,
    /// How many groups are open.
    groups: usize,
    /// Whether something stands here that can be repeated.
    repeatable: bool,
    /// The sum of all that is counted.
    repetitions: usize,
}

/// What an escape stands for.
enum Escape {
    Letter(char),
    /// A class, as it stands within brackets.
    Class(&'static str),
    Boundary(&'static str),
}

impl<'s> Translation<'s> {
    fn of(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            out: String::with_capacity(source.len() + 16),
            groups: 0,
            repeatable: false,
            repetitions: 0,
        }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn invalid<T>(&self, why: &str) -> Result<T, Refused> {
        Err(Refused::Invalid(format!("{why} at byte {}", self.at)))
    }

    fn run(&mut self) -> Result<(), Refused> {
        while let Some(letter) = self.next() {
            match letter {
                '^' | '$' => {
                    self.out.push(letter);
                    self.repeatable = false;
                }
                '.' => self.atom(r"[^\n\r\x{2028}\x{2029}]"),
                '|' => {
                    self.out.push('|');
                    self.repeatable = false;
                }
                '(' => self.open()?,
                ')' => {
                    let Some(groups) = self.groups.checked_sub(1) else { return self.invalid("`)` without `(`") };
                    self.groups = groups;
                    self.atom(")");
                }
                '[' => self.class()?,
                '*' | '+' | '?' => self.repeat(letter.encode_utf8(&mut [0; 4]))?,
                '{' => self.braces()?,
                '\\' => self.escape()?,
                _ => self.letter(letter),
            }
        }
        if self.groups > 0 { self.invalid("`(` without `)`") } else { Ok(()) }
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.repeatable = true;
    }

    fn letter(&mut self, letter: char) {
        push_letter(&mut self.out, letter);
        self.repeatable = true;
    }

    fn open(&mut self) -> Result<(), Refused> {
        let at = self.at - 1;
        let rest = self.rest();
        let refused = [
            ("?=", "a lookahead `(?=`"),
            ("?!", "a negative lookahead `(?!`"),
            ("?<=", "a lookbehind `(?<=`"),
            ("?<!", "a negative lookbehind `(?<!`"),
        ];
        if let Some((_, what)) = refused.iter().find(|(start, _)| rest.starts_with(start)) {
            return Err(Refused::Unserved(what, at));
        }
        if rest.starts_with("?:") {
            self.at += 2;
        } else if rest.starts_with('?') {
            return self.invalid("nothing to repeat, or a group that ECMA 262 does not know,");
        }
        // Nobody asks what a group captured.
        self.out.push_str("(?:");
        self.groups += 1;
        self.repeatable = false;
        Ok(())
    }

    fn repeat(&mut self, how: &str) -> Result<(), Refused> {
        if !self.repeatable {
            return self.invalid("nothing to repeat");
        }
        self.out.push_str(how);
        if self.rest().starts_with('?') {
            self.at += 1;
            self.out.push('?');
        }
        self.repeatable = false;
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,3}`; any other brace stands for itself.
    fn braces(&mut self) -> Result<(), Refused> {
        let counted = self.rest().split_once('}').map(|(inside, _)| inside).filter(|inside| {
            let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            !least.is_empty() && digits(least) && digits(most)
        });
        let Some(inside) = counted else {
            self.letter('{');
            return Ok(());
        };
        let most = inside.rsplit(',').find(|bound| !bound.is_empty()).unwrap_or_default();
        let most = most.parse::<usize>().unwrap_or(usize::MAX);
        self.repetitions = self.repetitions.saturating_add(most);
        self.at += inside.len() + 1;
        if most > 100_000 {
            return Err(Refused::Unserved("a repetition of more than 100,000", self.at - inside.len() - 2));
        }
        self.repeat(&format!("{{{inside}}}"))
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let at = self.at - 1;
        if let Some(digit @ '1'..='9') = self.rest().chars().next() {
            let _ = digit;
            return Err(Refused::Unserved("a back reference", at));
        }
        match self.read_escape()? {
            Escape::Letter(letter) => self.letter(letter),
            Escape::Class(class) => self.atom(&format!("[{class}]")),
            Escape::Boundary(boundary) => {
                self.out.push_str(boundary);
                self.repeatable = false;
            }
        }
        Ok(())
    }

    fn read_escape(&mut self) -> Result<Escape, Refused> {
        let Some(letter) = self.next() else { return self.invalid("nothing behind `\\`") };
        Ok(match letter {
            'd' => Escape::Class("0-9"),
            'D' => Escape::Class(NO_DIGIT),
            'w' => Escape::Class("0-9A-Za-z_"),
            'W' => Escape::Class(NO_WORD),
            's' => Escape::Class(SPACE),
            'S' => Escape::Class(NO_SPACE),
            'b' => Escape::Boundary(r"\b"),
            'B' => Escape::Boundary(r"\B"),
            't' => Escape::Letter('\t'),
            'n' => Escape::Letter('\n'),
            'v' => Escape::Letter('\u{b}'),
            'f' => Escape::Letter('\u{c}'),
            'r' => Escape::Letter('\r'),
            '0' => Escape::Letter('\0'),
            'c' => match self.rest().chars().next().filter(char::is_ascii_alphabetic) {
                Some(control) => {
                    self.at += 1;
                    Escape::Letter(char::from_u32(u32::from(control) % 32).unwrap_or_default())
                }
                None => return self.invalid("no letter behind `\\c`"),
            },
            'x' => Escape::Letter(self.hex(2)?),
            'u' => Escape::Letter(self.hex(4)?),
            'p' | 'P' if self.rest().starts_with('{') => {
                return Err(Refused::Unserved("a Unicode property `\\p{`", self.at - 2));
            }
            _ => Escape::Letter(letter),
        })
    }

    /// The letter of `\xHH` or `\uHHHH`; of two of the latter, where one is half a letter.
    fn hex(&mut self, digits: usize) -> Result<char, Refused> {
        let Some(unit) = hex_value(self.rest(), digits) else {
            return self.invalid("no hex digits behind `\\x` or `\\u`");
        };
        self.at += digits;
        if let Some(letter) = char::from_u32(unit) {
            return Ok(letter);
        }
        let low = self.rest().strip_prefix("\\u").and_then(|rest| hex_value(rest, 4));
        match low.filter(|low| unit < 0xdc00 && (0xdc00..0xe000).contains(low)) {
            Some(low) => {
                self.at += 6;
                Ok(char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or_default())
            }
            None => Err(Refused::Unserved("half of a surrogate pair", self.at - 6)),
        }
    }

    fn class(&mut self) -> Result<(), Refused> {
        let negated = self.rest().starts_with('^');
        if negated {
            self.at += 1;
        }
        let mut class = String::new();
        loop {
            let Some(letter) = self.next() else { return self.invalid("`[` without `]`") };
            let Some(first) = (if letter == ']' { None } else { Some(self.in_class(letter)?) }) else { break };
            let range =
                self.rest().strip_prefix('-').filter(|rest| !rest.starts_with(']') && !rest.is_empty()).is_some();
            let Escape::Letter(from) = first else {
                if let Escape::Class(text) | Escape::Boundary(text) = first {
                    class.push_str(text);
                }
                continue;
            };
            if !range {
                push_letter(&mut class, from);
                continue;
            }
            self.at += 1;
            let Some(letter) = self.next() else { return self.invalid("`[` without `]`") };
            match self.in_class(letter)? {
                Escape::Letter(to) if from <= to => {
                    push_letter(&mut class, from);
                    class.push('-');
                    push_letter(&mut class, to);
                }
                Escape::Letter(_) => return self.invalid("a range that ends before it begins"),
                // `[a-\d]` is an `a`, a hyphen and the digits.
                Escape::Class(text) | Escape::Boundary(text) => {
                    push_letter(&mut class, from);
                    push_letter(&mut class, '-');
                    class.push_str(text);
                }
            }
        }
        let atom = match (class.is_empty(), negated) {
            (true, false) => r"[^\x00-\x{10ffff}]".to_owned(),
            (true, true) => r"[\x00-\x{10ffff}]".to_owned(),
            (false, false) => format!("[{class}]"),
            (false, true) => format!("[^{class}]"),
        };
        self.atom(&atom);
        Ok(())
    }

    fn in_class(&mut self, letter: char) -> Result<Escape, Refused> {
        if letter != '\\' {
            return Ok(Escape::Letter(letter));
        }
        if let Some('1'..='9') = self.rest().chars().next() {
            return Err(Refused::Unserved("an octal escape", self.at - 1));
        }
        Ok(match self.read_escape()? {
            Escape::Boundary(r"\b") => Escape::Letter('\u{8}'),
            Escape::Boundary(_) => Escape::Letter('B'),
            other => other,
        })
    }
}

fn hex_value(text: &str, digits: usize) -> Option<u32> {
    let text = text.get(..digits)?;
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(text, 16).ok())?
}

/// A letter that stands for itself, wherever it is put.
fn push_letter(out: &mut String, letter: char) {
    match letter {
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '_' | ' ' | '\u{80}'.. => out.push(letter),
        _ => out.push_str(&format!("\\x{{{:x}}}", u32::from(letter))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_ecma_262() {
        let check = |pattern: &str, matching: &[&str], others: &[&str]| {
            let compiled = Pattern::compile(pattern).unwrap();
            matching.iter().for_each(|text| assert!(compiled.is_match(text), "{pattern} {text:?}"));
            others.iter().for_each(|text| assert!(!compiled.is_match(text), "{pattern} {text:?}"));
        };
        check("b", &["abc"], &["ac"]);
        check("^a.c$", &["abc", "aéc", "a💩c"], &["a\nc", "a\u{2028}c", "abc\n"]);
        check(r"^\d{2,3}$", &["12", "123"], &["1", "1234", "١٢"]);
        check(r"^\w+$", &["a_9"], &["é", "-"]);
        check(r"^\s$", &["\u{feff}", "\u{a0}", "\u{b}", "\u{2029}"], &["\u{200b}", "a"]);
        check(r"^\S$", &["\u{200b}", "a"], &["\u{feff}"]);
        check(r"^[^\s\d]$", &["a"], &["\u{3000}", "7"]);
        check(r"^[\w-]+$", &["a-b"], &["a b"]);
        check(r"^[a-\d]$", &["a", "-", "5"], &["b"]);
        check(r"^[]a]", &[], &["a", "]a]"]);
        check(r"^[^]$", &["a", "\n"], &[""]);
        check(r"^\/\-\.\$[.$/&~]$", &["/-.$&"], &["/-.$a"]);
        check(r"^a{,2}$", &["a{,2}"], &["aa"]);
        check(r"^{$", &["{"], &["a"]);
        check(r"^\u0061\x62\cJ\0[\b]$", &["ab\n\0\u{8}"], &[]);
        check(r"^\uD83D\uDCA9$", &["💩"], &[]);
        check(r"^(a|(?:b))*?$", &["abab", ""], &["c"]);
        check(r"^[[&&a]$", &["[", "&", "a"], &["b"]);
        check(r"\bfoo\B", &["foobar"], &["foo", "xfoob"]);
        check("^[A-Za-z0-9+/]{1,4096}$", &["abc"], &["*"]);
        check("^.{1,4096}$", &["abc"], &[""]);
        check("", &["", "a"], &[]);
        check("^(?=.*[a-z])(?=.*\\d)[a-z\\d]{4,}$", &["abc1", "1abcd"], &["abcd", "1234", "ab1", "abc1!"]);
        check("^(?!admin$).+", &["adm", "admins"], &["admin", ""]);
        check("^(?:(?!tmp-)[a-z-]+)$", &["a-tmp-"], &["tmp-a", "TMP"]);
    }

    #[test]
    fn what_linear_time_cannot_do_is_named() {
        let check = |pattern: &str, what: &str| {
            assert_eq!(Pattern::compile(pattern).unwrap_err().to_string(), what, "{pattern}");
        };
        let unserved = |what: &str| format!("has {what}: patterns here run in linear time, without it");
        check("(?=a)", &unserved("a lookahead `(?=` at byte 0"));
        check("^a*(?!a)", &unserved("a negative lookahead `(?!` at byte 3"));
        check("(?<=a)b", &unserved("a lookbehind `(?<=` at byte 0"));
        check(r"(a)\1", &unserved("a back reference at byte 3"));
        check(r"\p{L}", &unserved("a Unicode property `\\p{` at byte 0"));
        check(r"\ud800", &unserved("half of a surrogate pair at byte 0"));
        check("a{1,1000000}", &unserved("a repetition of more than 100,000 at byte 1"));
        check("((a{1,1000}){1,1000}){1,1000}", &unserved("repetitions that are too large together at byte 0"));
        for invalid in ["(", ")", "[z", "*", "a**", "(?i)a", "a{2,1}", "\\", "[b-a]", "\\u12", "^*", "(?<n>a)"] {
            assert!(matches!(Pattern::compile(invalid), Err(Refused::Invalid(_))), "{invalid}");
        }
    }

    #[test]
    fn a_pattern_that_would_explode_takes_linear_time() {
        let pattern = Pattern::compile("^(a+)+$").unwrap();
        assert!(!pattern.is_match(&format!("{}b", "a".repeat(100_000))));
    }
}
