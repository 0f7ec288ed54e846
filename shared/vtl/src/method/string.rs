//! `String`

use std::iter::Peekable;
use std::str::Chars;

use super::Method;
use gatehouse_pattern::Pattern;

use crate::error::{RenderError, Run, thrown};
use crate::heap::ListKind;
use crate::machine::Machine;
use crate::op::Site;
use crate::units;
use crate::value::{Text, Val};

/// What Java's `trim()` takes away.
fn blank(char: char) -> bool {
    char <= ' '
}

/// What `Character.isWhitespace` says.
pub(super) fn white(char: char) -> bool {
    matches!(char, '\t'..='\r' | '\u{1c}'..='\u{1f}')
        || char.is_whitespace() && !matches!(char, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}')
}

fn bounds<T>() -> Run<T> {
    thrown("an index out of a string's bounds")
}

impl Machine<'_> {
    /// A call on a string.
    pub(super) fn call_string(&mut self, site: &Site, text: Text, arguments: &[Val]) -> Run<Val> {
        self.heap.pay(text.len as usize)?;
        match (site.method, arguments) {
            (Method::Length, []) => return Ok(Val::count(units::len(self.heap.str(text)))),
            (Method::IsEmpty, []) => return Ok(Val::Bool(text.len == 0)),
            _ => {}
        }
        // What is made of it is written behind it: it is copied first.
        let owned = self.heap.str(text).to_owned();
        let it = owned.as_str();
        let index = |index: i32| usize::try_from(index).ok();
        match (site.method, arguments) {
            (Method::IsBlank, []) => Ok(Val::Bool(it.chars().all(white))),
            (Method::ToString | Method::Intern, []) => Ok(Val::Str(text)),
            (Method::ToUpperCase, []) => self.heap.keep(&it.to_uppercase()),
            (Method::ToLowerCase, []) => self.heap.keep(&it.to_lowercase()),
            (Method::Trim, []) => self.heap.keep(it.trim_matches(blank)),
            (Method::Strip, []) => self.heap.keep(it.trim_matches(white)),
            (Method::StripLeading, []) => self.heap.keep(it.trim_start_matches(white)),
            (Method::StripTrailing, []) => self.heap.keep(it.trim_end_matches(white)),
            (Method::HashCode, []) => Ok(Val::Int(units::hash(it))),
            (Method::ToCharArray, []) => {
                let chars: Vec<Val> = it.encode_utf16().map(Val::Char).collect();
                self.heap.list(ListKind::Strings, &chars)
            }
            (Method::GetBytes, [Val::Str(charset)]) if !is_utf8(self.heap.str(*charset)) => {
                thrown("an encoding other than UTF-8")
            }
            (Method::GetBytes, [] | [Val::Str(_)]) => {
                let bytes: Vec<Val> = it.bytes().map(|byte| Val::Int(i32::from(byte as i8))).collect();
                self.heap.list(ListKind::Strings, &bytes)
            }
            (Method::Substring, [Val::Int(from)]) => {
                match index(*from).and_then(|from| units::slice(it, from, units::len(it))) {
                    Some(part) => self.heap.keep(&part),
                    None => bounds(),
                }
            }
            (Method::Substring | Method::SubSequence, [Val::Int(from), Val::Int(to)]) => {
                match index(*from).zip(index(*to)).and_then(|(from, to)| units::slice(it, from, to)) {
                    Some(part) => self.heap.keep(&part),
                    None => bounds(),
                }
            }
            (Method::CharAt, [Val::Int(at)]) => match index(*at).and_then(|at| units::at(it, at)) {
                Some(unit) => Ok(Val::Char(unit)),
                None => bounds(),
            },
            (Method::CodePointAt, [Val::Int(at)]) => {
                let Some(at) = index(*at) else { return bounds() };
                match (units::at(it, at), units::at(it, at + 1)) {
                    (None, _) => bounds(),
                    (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                        Ok(Val::Int(0x1_0000 + (i32::from(high - 0xd800) << 10) + i32::from(low - 0xdc00)))
                    }
                    (Some(unit), _) => Ok(Val::Int(i32::from(unit))),
                }
            }
            (Method::CodePointBefore, [Val::Int(at)]) => {
                let before =
                    index(*at).and_then(|at| units::slice(it, 0, at)).and_then(|text| text.chars().next_back());
                before.map_or_else(bounds, |char| Ok(Val::Int(u32::from(char) as i32)))
            }
            (Method::CodePointCount, [Val::Int(from), Val::Int(to)]) => {
                match index(*from).zip(index(*to)).and_then(|(from, to)| units::slice(it, from, to)) {
                    Some(part) => Ok(Val::count(part.chars().count())),
                    None => bounds(),
                }
            }
            (Method::ContentEquals, [Val::Str(other)]) => Ok(Val::Bool(it == self.heap.str(*other))),
            (Method::IndexOf | Method::LastIndexOf, [what, from @ ..]) => {
                let part = match what {
                    Val::Str(part) => self.heap.str(*part).to_owned(),
                    Val::Int(code) => match u32::try_from(*code).ok().and_then(char::from_u32) {
                        Some(char) => char.to_string(),
                        None => return Ok(Val::Int(-1)),
                    },
                    Val::Null => return thrown("a null where a string is needed"),
                    _ => return Ok(Val::Null),
                };
                let from = match from {
                    [] => None,
                    [Val::Int(from)] => Some(*from),
                    _ => return Ok(Val::Null),
                };
                Ok(Val::Int(found(it, &part, from, site.method == Method::LastIndexOf)))
            }
            (Method::StartsWith, [Val::Str(part), Val::Int(from)]) => {
                let (part, at) = (self.heap.str(*part), index(*from).filter(|from| *from <= units::len(it)));
                let rest = at.and_then(|at| it.get(units::offset(it, at)..));
                Ok(Val::Bool(rest.is_some_and(|rest| rest.starts_with(part))))
            }
            (Method::Contains, [Val::Str(part)]) => Ok(Val::Bool(it.contains(self.heap.str(*part)))),
            (Method::StartsWith, [Val::Str(part)]) => Ok(Val::Bool(it.starts_with(self.heap.str(*part)))),
            (Method::EndsWith, [Val::Str(part)]) => Ok(Val::Bool(it.ends_with(self.heap.str(*part)))),
            (Method::Equals, [other]) => self.heap.equal(Val::Str(text), *other, 0).map(Val::Bool),
            (Method::EqualsIgnoreCase, [Val::Null]) => Ok(Val::Bool(false)),
            (Method::EqualsIgnoreCase, [Val::Str(other)]) => Ok(Val::Bool(folded(it) == folded(self.heap.str(*other)))),
            (Method::CompareTo, [Val::Str(other)]) => Ok(Val::Int(order(it, self.heap.str(*other)))),
            (Method::CompareTo, [_]) => thrown("a string compared to something else"),
            (Method::CompareToIgnoreCase, [Val::Str(other)]) => {
                Ok(Val::Int(order(&folded(it), &folded(self.heap.str(*other)))))
            }
            (Method::Concat, [Val::Str(other)]) => {
                let start = self.heap.made.len();
                self.heap.made.push_str(it);
                self.heap.append(*other);
                self.heap.kept(start)
            }
            (Method::Repeat, [Val::Int(times)]) => {
                let Some(times) = index(*times) else { return thrown("a string repeated less than zero times") };
                if it.len().saturating_mul(times) > self.heap.limits.text {
                    return Err(RenderError::Text);
                }
                self.heap.keep(&it.repeat(times))
            }
            (Method::Replace, [Val::Str(part), Val::Str(by)]) => {
                let (part, by) = (self.heap.str(*part).to_owned(), self.heap.str(*by).to_owned());
                self.room(it.len() + it.matches(part.as_str()).count().saturating_mul(by.len()))?;
                let made = it.replace(&part, &by);
                self.heap.keep(&made)
            }
            (Method::Replace, [Val::Char(one), Val::Char(by)]) => {
                let changed: Vec<u16> = it.encode_utf16().map(|unit| if unit == *one { *by } else { unit }).collect();
                self.heap.keep(&units::decode(&changed))
            }
            (Method::ReplaceAll | Method::ReplaceFirst, [Val::Str(pattern), Val::Str(by)]) => {
                let by = self.heap.str(*by).to_owned();
                let most = if site.method == Method::ReplaceAll { usize::MAX } else { 1 };
                self.with_pattern(site, *pattern, it.len(), |machine, pattern| machine.replace(it, pattern, &by, most))
            }
            (Method::Matches, [Val::Str(pattern)]) => {
                self.with_pattern(site, *pattern, it.len(), |_, pattern| Ok(Val::Bool(pattern.is_whole(it))))
            }
            (Method::Split, [Val::Str(pattern)]) => {
                self.with_pattern(site, *pattern, it.len(), |machine, pattern| machine.split(it, pattern, 0))
            }
            (Method::Split, [Val::Str(pattern), Val::Int(limit)]) => {
                self.with_pattern(site, *pattern, it.len(), |machine, pattern| machine.split(it, pattern, *limit))
            }
            (Method::RegionMatches, [Val::Int(at), Val::Str(other), Val::Int(from), Val::Int(len)]) => {
                let other = self.heap.str(*other).to_owned();
                Ok(Val::Bool(region(it, *at, &other, *from, *len)))
            }
            (
                Method::RegionMatches,
                [Val::Bool(fold), Val::Int(at), Val::Str(other), Val::Int(from), Val::Int(len)],
            ) => {
                let other = self.heap.str(*other).to_owned();
                Ok(Val::Bool(if *fold {
                    region(&folded(it), *at, &folded(&other), *from, *len)
                } else {
                    region(it, *at, &other, *from, *len)
                }))
            }
            (Method::ValueOf, [value]) if !value.is_null() => self.string_of(*value),
            (Method::Format, [Val::Str(format), values @ ..]) => {
                let format = self.heap.str(*format).to_owned();
                let values = match values {
                    [Val::List(list)] if self.heap.the_list(*list).kind == ListKind::Strings => {
                        self.heap.items(*list).to_vec()
                    }
                    values => values.to_vec(),
                };
                self.format(&format, &values)
            }
            (Method::Join, [Val::Str(by), Val::List(list)]) => {
                let by = self.heap.str(*by).to_owned();
                let mut out = String::new();
                for (at, item) in self.heap.items(*list).to_vec().into_iter().enumerate() {
                    if !matches!(item, Val::Str(_) | Val::Null) {
                        return thrown("an element that is no string");
                    }
                    if at > 0 {
                        out.push_str(&by);
                    }
                    self.heap.print(item, &mut out, 0)?;
                }
                self.heap.keep(&out)
            }
            (Method::Join, [Val::Str(by), parts @ ..]) if parts.iter().all(|part| matches!(part, Val::Str(_))) => {
                let by = self.heap.str(*by).to_owned();
                let parts: Vec<&str> = parts
                    .iter()
                    .map(|part| if let Val::Str(part) = part { self.heap.str(*part) } else { "" })
                    .collect();
                let joined = parts.join(&by);
                self.heap.keep(&joined)
            }
            (
                Method::Contains
                | Method::StartsWith
                | Method::EndsWith
                | Method::Concat
                | Method::Matches
                | Method::Split
                | Method::CompareToIgnoreCase,
                [Val::Null],
            )
            | (Method::Replace | Method::ReplaceAll | Method::ReplaceFirst | Method::Split, [Val::Null, _])
            | (Method::Replace | Method::ReplaceFirst, [_, Val::Null]) => thrown("a null where a string is needed"),
            _ => Ok(Val::Null),
        }
    }

    /// Room for a string that is about to be made.
    pub(super) fn room(&mut self, bytes: usize) -> Run<()> {
        if self.heap.made.len().saturating_add(bytes) > self.heap.limits.text {
            return Err(RenderError::Text);
        }
        self.heap.pay(bytes)
    }

    /// The pattern as it was written, or read now and kept.
    fn with_pattern(
        &mut self,
        site: &Site,
        text: Text,
        searched: usize,
        run: impl FnOnce(&mut Self, &Pattern) -> Run<Val>,
    ) -> Run<Val> {
        let refused = |why: &String| thrown(format!("a regular expression that is none: {why}"));
        if let Some(pattern) = &site.pattern {
            return match pattern {
                Ok(pattern) => {
                    self.heap.pay(pattern.cost(searched))?;
                    run(self, pattern)
                }
                Err(why) => refused(why),
            };
        }
        let source = self.heap.str(text).to_owned();
        self.heap.pay(source.len() * 64)?;
        let is_whole = site.method == Method::Matches;
        let kept = if is_whole { &mut self.whole_patterns } else { &mut self.patterns };
        let pattern = match kept.take(&source) {
            Some(pattern) => pattern,
            None => match if is_whole { Pattern::parse_whole(&source) } else { Pattern::parse(&source) } {
                Ok(pattern) => {
                    self.heap.pay(pattern.size())?;
                    pattern
                }
                Err(why) if why.unsupported => return Err(RenderError::Unsupported(why.reason)),
                Err(why) => return refused(&why.reason),
            },
        };
        self.heap.pay(pattern.cost(searched))?;
        let result = run(self, &pattern);
        let kept = if is_whole { &mut self.whole_patterns } else { &mut self.patterns };
        kept.keep(source, 2 * pattern.size(), pattern);
        result
    }

    fn replace(&mut self, text: &str, pattern: &Pattern, by: &str, most: usize) -> Run<Val> {
        let (mut out, mut from) = (String::with_capacity(text.len()), 0);
        for groups in pattern.matches(text).take(most) {
            let Some(Some((start, end))) = groups.first().copied() else { break };
            self.heap.pay(by.len() + looked_at(pattern, text, end))?;
            out.push_str(text.get(from..start).unwrap_or(""));
            replacement(by, text, pattern, &groups, &mut out)?;
            if out.len() > self.heap.limits.text {
                return Err(RenderError::Text);
            }
            from = end;
        }
        out.push_str(text.get(from..).unwrap_or(""));
        self.heap.keep(&out)
    }

    /// Java 8's: an empty match at the beginning splits nothing off, empty parts at the end are left out without a limit.
    fn split(&mut self, text: &str, pattern: &Pattern, limit: i32) -> Run<Val> {
        let most = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let (mut parts, mut from) = (Vec::new(), 0);
        for groups in pattern.matches(text) {
            let Some(Some((start, end))) = groups.first().copied() else { break };
            self.heap.pay(looked_at(pattern, text, end))?;
            if most.is_some_and(|most| parts.len() + 1 >= most) {
                break;
            }
            if end == 0 {
                continue;
            }
            parts.push(text.get(from..start).unwrap_or(""));
            from = end;
        }
        if parts.is_empty() && from == 0 {
            parts.push(text);
        } else {
            parts.push(text.get(from..).unwrap_or(""));
            while limit == 0 && parts.last() == Some(&"") {
                parts.pop();
            }
        }
        let mut values = Vec::with_capacity(parts.len());
        for part in parts {
            values.push(self.heap.keep(part)?);
        }
        self.heap.list(ListKind::Strings, &values)
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("UTF-8") || charset.eq_ignore_ascii_case("UTF8")
}

/// What a match was found by, more than by what it matches.
fn looked_at(pattern: &Pattern, text: &str, end: usize) -> usize {
    if pattern.looks_again() { pattern.cost(text.len().saturating_sub(end)) / 4 } else { 0 }
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The difference of the first units that differ, or of the lengths.
fn order(one: &str, other: &str) -> i32 {
    let (mut left, mut right) = (one.encode_utf16(), other.encode_utf16());
    loop {
        match (left.next(), right.next()) {
            (Some(one), Some(other)) if one != other => return i32::from(one) - i32::from(other),
            (Some(_), Some(_)) => {}
            _ => return units::len(one) as i32 - units::len(other) as i32,
        }
    }
}

fn found(text: &str, part: &str, from: Option<i32>, last: bool) -> i32 {
    let at = if last {
        match from {
            Some(from) if from < 0 => None,
            Some(from) => {
                let end = units::offset(text, usize::try_from(from).unwrap_or(0)).saturating_add(part.len());
                let mut end = end.min(text.len());
                while !text.is_char_boundary(end) {
                    end += 1;
                }
                text.get(..end).and_then(|text| text.rfind(part))
            }
            None => text.rfind(part),
        }
    } else {
        let start = units::offset(text, usize::try_from(from.unwrap_or(0)).unwrap_or(0));
        text.get(start..).and_then(|rest| rest.find(part)).map(|at| at + start)
    };
    at.map_or(-1, |at| units::index(text, at) as i32)
}

fn region(text: &str, at: i32, other: &str, from: i32, len: i32) -> bool {
    let part = |text: &str, at: i32| {
        let at = usize::try_from(at).ok()?;
        let len = usize::try_from(len).unwrap_or(0);
        units::slice(text, at, at.checked_add(len)?).map(std::borrow::Cow::into_owned)
    };
    match (part(text, at), part(other, from)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// A replacement: `$1`, `${name}`, and a backslash before what is meant as it stands.
fn replacement(
    by: &str,
    text: &str,
    pattern: &Pattern,
    groups: &[Option<(usize, usize)>],
    out: &mut String,
) -> Run<()> {
    let mut chars = by.chars().peekable();
    while let Some(char) = chars.next() {
        let group = match char {
            '\\' => match chars.next() {
                Some(char) => {
                    out.push(char);
                    continue;
                }
                None => return thrown("a replacement ends with a backslash"),
            },
            '$' if chars.peek() == Some(&'{') => named_group(&mut chars, pattern)?,
            '$' => numbered_group(&mut chars, groups.len())?,
            char => {
                out.push(char);
                continue;
            }
        };
        if let Some((start, end)) = groups.get(group).copied().flatten() {
            out.push_str(text.get(start..end).unwrap_or(""));
        }
    }
    Ok(())
}

/// `{name}`, behind a `$`.
fn named_group(chars: &mut Peekable<Chars<'_>>, pattern: &Pattern) -> Run<usize> {
    chars.next();
    let mut name = String::new();
    loop {
        match chars.next() {
            Some('}') => break,
            Some(char) => name.push(char),
            None => return thrown("a replacement with a group name that is not closed"),
        }
    }
    match pattern.group(&name) {
        Some(group) => Ok(group),
        None => thrown(format!("a replacement with a group `{name}` that is not there")),
    }
}

/// `12`, behind a `$`: as many digits as there are groups for.
fn numbered_group(chars: &mut Peekable<Chars<'_>>, groups: usize) -> Run<usize> {
    let Some(digit) = chars.next().and_then(|char| char.to_digit(10)) else {
        return thrown("a replacement with an illegal group reference");
    };
    let mut group = digit as usize;
    if group >= groups {
        return thrown(format!("a replacement with a group {group} that is not there"));
    }
    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
        let longer = group * 10 + digit as usize;
        if longer >= groups {
            break;
        }
        group = longer;
        chars.next();
    }
    Ok(group)
}
