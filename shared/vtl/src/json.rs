//! JSON as json-smart reads it in `MODE_PERMISSIVE`: names and strings without quotes or in single ones, commas too many,
//! whatever stands after the value.
//!
//! Read by bytes: every character that ends something is ASCII.

use crate::big::Big;
use crate::decimal::Decimal;
use crate::error::{RenderError, Run, thrown};
use crate::heap::{Heap, ListKind, MapKind, TOO_LARGE};
use crate::units;
use crate::value::{Of, Text, Val};

/// How deep JSON nests for json-smart; the version that AWS runs is not known, its limit is from 2.4.9 on.
const MAX_DEPTH: usize = 400;

/// What ends a string without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Never,
    Key,
    Value,
    Item,
}

impl Stop {
    fn at(self, byte: u8) -> bool {
        match self {
            Stop::Never => byte == EOI,
            Stop::Key => matches!(byte, b':' | EOI),
            Stop::Value => matches!(byte, b',' | b'}' | EOI),
            Stop::Item => matches!(byte, b',' | b']' | EOI),
        }
    }
}

/// json-smart takes this character for the end of the input, wherever it stands.
const EOI: u8 = 0x1a;

/// A collection that is open, and where its elements begin on the stack.
enum Open {
    Array { from: usize },
    Object { from: usize, key: Val },
}

struct Reader<'h, 'a, 'b> {
    heap: &'h mut Heap<'a>,
    source: Text,
    bytes: &'b [u8],
    at: usize,
    items: Vec<Val>,
    entries: Vec<(Val, Val)>,
    open: Vec<Open>,
}

impl Heap<'_> {
    /// Reads the body.
    ///
    /// # Errors
    /// json-smart would not read it, or it holds too much.
    pub(crate) fn read_body(&mut self) -> Run<Val> {
        let source = Text { of: Of::Body, start: 0, len: u32::try_from(self.body.len()).unwrap_or(u32::MAX) };
        self.read_json(source)
    }

    /// Reads any string.
    ///
    /// # Errors
    /// As of the body.
    pub(crate) fn read_json(&mut self, source: Text) -> Run<Val> {
        let range = source.start as usize..source.start as usize + source.len as usize;
        match source.of {
            Of::Body => self.read(source, self.body.as_bytes().get(range).unwrap_or_default()),
            Of::Template => self.read(source, self.template.as_bytes().get(range).unwrap_or_default()),
            Of::Render => {
                let copy = self.str(source).to_owned();
                self.read(source, copy.as_bytes())
            }
        }
    }

    fn read(&mut self, source: Text, bytes: &[u8]) -> Run<Val> {
        self.pay(bytes.len())?;
        let (items, entries, open) = (Vec::with_capacity(32), Vec::with_capacity(32), Vec::with_capacity(8));
        Reader { heap: self, source, bytes, at: 0, items, entries, open }.document()
    }
}

fn unexpected<T>(byte: u8, at: usize) -> Run<T> {
    match byte {
        EOI => thrown("the JSON ends too early"),
        byte => thrown(format!("unexpected `{}` in JSON at byte {at}", char::from(byte))),
    }
}

impl Reader<'_, '_, '_> {
    fn document(mut self) -> Run<Val> {
        self.skip_blanks();
        let mut value = match self.byte() {
            byte @ (b':' | b'}' | b']') => return unexpected(byte, self.at),
            _ => self.value(Stop::Never)?,
        };
        // A value that is not there yet is a collection that was opened.
        loop {
            if let Some(done) = value.take() {
                match self.open.last() {
                    None => return Ok(done),
                    Some(Open::Array { .. }) => self.items.push(done),
                    Some(Open::Object { key, .. }) => {
                        self.entries.push((*key, done));
                        self.skip_spaces();
                        match self.byte() {
                            b'}' => {}
                            b',' => self.at += 1,
                            byte => return unexpected(byte, self.at),
                        }
                    }
                }
            }
            value = match self.open.last() {
                None => return Ok(Val::Null),
                Some(Open::Array { from }) => self.element(*from)?,
                Some(Open::Object { from, .. }) => self.member(*from)?,
            };
        }
    }

    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(EOI)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), b' ' | b'\r' | b'\n' | b'\t') {
            self.at += 1;
        }
    }

    fn skip_spaces(&mut self) {
        while self.byte() <= b' ' && self.byte() != EOI {
            self.at += 1;
        }
    }

    /// The next element, or the list if it ends.
    fn element(&mut self, from: usize) -> Run<Option<Val>> {
        loop {
            match self.byte() {
                b' ' | b'\r' | b'\n' | b'\t' | b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    self.open.pop();
                    let list = self.heap.list(ListKind::Json, self.items.get(from..).unwrap_or_default())?;
                    self.items.truncate(from);
                    return Ok(Some(list));
                }
                byte @ (b':' | b'}' | EOI) => return unexpected(byte, self.at),
                _ => return self.value(Stop::Item),
            }
        }
    }

    /// The next member's value, or the object if it ends.
    fn member(&mut self, from: usize) -> Run<Option<Val>> {
        loop {
            match self.byte() {
                b' ' | b'\r' | b'\n' | b'\t' | b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    self.open.pop();
                    let map = self.heap.map_of(MapKind::Linked, self.entries.get(from..).unwrap_or_default())?;
                    self.entries.truncate(from);
                    return Ok(Some(map));
                }
                byte @ (b':' | b']' | b'[' | b'{') => return unexpected(byte, self.at),
                byte => {
                    let name = match byte {
                        b'"' | b'\'' => self.string(byte)?,
                        _ => Val::Str(self.bare(Stop::Key)),
                    };
                    self.skip_spaces();
                    if self.byte() != b':' {
                        return unexpected(self.byte(), self.at);
                    }
                    self.at += 1;
                    if let Some(Open::Object { key, .. }) = self.open.last_mut() {
                        *key = name;
                    }
                    return self.value(Stop::Value);
                }
            }
        }
    }

    /// A value, or nothing if it is a collection that begins here.
    fn value(&mut self, stop: Stop) -> Run<Option<Val>> {
        self.skip_blanks();
        let byte = self.byte();
        let open = match byte {
            b'{' => Open::Object { from: self.entries.len(), key: Val::Null },
            b'[' => Open::Array { from: self.items.len() },
            b':' | b'}' | b']' => return unexpected(byte, self.at),
            EOI if stop != Stop::Never => return unexpected(byte, self.at),
            b'"' | b'\'' => return self.string(byte).map(Some),
            b'0'..=b'9' | b'-' => return self.number(stop).map(Some),
            _ => return Ok(Some(self.word(stop))),
        };
        self.at += 1;
        self.open.push(open);
        if self.open.len() > MAX_DEPTH { Err(RenderError::Depth) } else { Ok(None) }
    }

    fn word(&mut self, stop: Stop) -> Val {
        // A word is what begins as one: behind a control character it is a text.
        let is_text = self.byte() <= b' ';
        let text = self.bare(stop);
        match self.slice(text) {
            _ if is_text => Val::Str(text),
            b"null" => Val::Null,
            b"true" => Val::Bool(true),
            b"false" => Val::Bool(false),
            b"NaN" => Val::Float(f32::NAN),
            _ => Val::Str(text),
        }
    }

    /// What stands here up to its end, without blanks around it.
    fn bare(&mut self, stop: Stop) -> Text {
        let start = self.at;
        while !stop.at(self.byte()) {
            self.at += 1;
        }
        self.trimmed(start)
    }

    /// What was read since then, without the blanks around it: Java's `trim()`, which takes every control character for one.
    fn trimmed(&self, start: usize) -> Text {
        let blank = |byte: &&u8| **byte <= b' ';
        let bytes = self.bytes.get(start..self.at).unwrap_or_default();
        let before = bytes.iter().take_while(blank).count();
        let after = bytes.iter().skip(before).rev().take_while(blank).count();
        self.text(start + before, bytes.len() - before - after)
    }

    fn text(&self, at: usize, len: usize) -> Text {
        let start = self.source.start + u32::try_from(at).unwrap_or(u32::MAX);
        Text { of: self.source.of, start, len: u32::try_from(len).unwrap_or(u32::MAX) }
    }

    fn slice(&self, text: Text) -> &[u8] {
        let start = (text.start - self.source.start) as usize;
        self.bytes.get(start..start + text.len as usize).unwrap_or_default()
    }

    fn digits(&mut self) {
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
    }

    /// A number, or a string that begins like one.
    fn number(&mut self, stop: Stop) -> Run<Val> {
        let start = self.at;
        self.at += 1;
        self.digits();
        let mut whole = true;
        if self.byte() == b'.' {
            whole = false;
            self.at += 1;
            self.digits();
        }
        if matches!(self.byte(), b'e' | b'E') {
            whole = false;
            self.at += 1;
            if !matches!(self.byte(), b'+' | b'-' | b'0'..=b'9') {
                self.bare(stop);
                return Ok(Val::Str(self.trimmed(start)));
            }
            self.at += 1;
            self.digits();
        }
        self.skip_spaces();
        // What is no ASCII is not looked up among the stops, and ends the number.
        if self.byte() < 126 && !stop.at(self.byte()) {
            self.bare(stop);
            return Ok(Val::Str(self.trimmed(start)));
        }
        let text = self.trimmed(start);
        let digits = std::str::from_utf8(self.slice(text)).unwrap_or_default();
        // To find out how large it is would take the square of its length.
        if digits.len() > LONGEST_NUMBER {
            return thrown(TOO_LARGE);
        }
        if whole {
            return match number(digits) {
                Ok(value) => Ok(value),
                Err(big) => self.heap.big(big),
            };
        }
        match float(digits) {
            Some(Ok(value)) => Ok(Val::Double(value)),
            Some(Err(decimal)) => self.heap.decimal(decimal),
            None => thrown(format!("`{digits}` is no number")),
        }
    }

    /// A string in quotes of this kind.
    fn string(&mut self, quote: u8) -> Run<Val> {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        match rest.iter().position(|byte| *byte == quote || *byte == b'\\') {
            None => unexpected(EOI, self.at),
            Some(len) if rest.get(len) == Some(&quote) => {
                let text = self.text(self.at + 1, len);
                self.at += len + 2;
                Ok(Val::Str(text))
            }
            Some(_) => self.escaped(quote),
        }
    }

    /// The same with escapes in it. Those that nobody knows vanish, and so do control characters.
    fn escaped(&mut self, quote: u8) -> Run<Val> {
        let start = self.heap.made.len();
        let mut pending: Option<u16> = None;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let special = |byte: u8| byte == quote || byte == b'\\' || byte < 0x20 || byte == 0x7f;
            let plain = rest.iter().position(|byte| special(*byte)).unwrap_or(rest.len());
            if plain > 0 {
                if pending.take().is_some() {
                    self.heap.made.push('?');
                }
                let text = rest.get(..plain).and_then(|text| std::str::from_utf8(text).ok());
                self.heap.made.push_str(text.unwrap_or("?"));
                self.at += plain;
            }
            let unit = match self.byte() {
                EOI => return unexpected(EOI, self.at),
                b'\\' => self.escape()?,
                byte if byte == quote => break,
                _ => None,
            };
            self.at += 1;
            match (pending.take(), unit) {
                (high, None) => pending = high,
                (Some(high), Some(low @ 0xdc00..=0xdfff)) => self.heap.made.push_str(&units::decode(&[high, low])),
                (high, Some(unit)) => {
                    if high.is_some() {
                        self.heap.made.push('?');
                    }
                    match unit {
                        0xd800..=0xdbff => pending = Some(unit),
                        unit => self.heap.made.push(char::from_u32(u32::from(unit)).unwrap_or('?')),
                    }
                }
            }
        }
        if pending.is_some() {
            self.heap.made.push('?');
        }
        self.at += 1;
        self.heap.kept(start)
    }

    /// What a backslash stands for, if anything; goes on to its last character.
    fn escape(&mut self) -> Run<Option<u16>> {
        self.at += 1;
        Ok(Some(match self.byte() {
            b't' => 9,
            b'n' => 10,
            b'r' => 13,
            b'f' => 12,
            b'b' => 8,
            byte @ (b'\\' | b'/' | b'\'' | b'"') => u16::from(byte),
            b'u' => self.hex(4)?,
            b'x' => self.hex(2)?,
            _ => {
                // A character of several bytes vanishes whole.
                while self.bytes.get(self.at + 1).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    self.at += 1;
                }
                return Ok(None);
            }
        }))
    }

    fn hex(&mut self, digits: usize) -> Run<u16> {
        let mut value = 0;
        for _ in 0..digits {
            self.at += 1;
            let Some(digit) = char::from(self.byte()).to_digit(16) else { return unexpected(self.byte(), self.at) };
            value = value * 16 + digit as u16;
        }
        Ok(value)
    }
}

/// How long a number's text may be: 65,536 bits have 19,729 digits, and there may be a sign, a point and an exponent.
const LONGEST_NUMBER: usize = 19_760;

/// Whole digits as the smallest of `Integer`, `Long` and `BigInteger`; one of too many digits is big whatever its value.
fn number(digits: &str) -> Result<Val, Big> {
    if digits == "-" {
        return Ok(Val::Int(0));
    }
    let longest = if digits.starts_with('-') { 20 } else { 19 };
    match digits.parse::<i64>() {
        Ok(value) if digits.len() <= longest => Ok(i32::try_from(value).map_or(Val::Long(value), Val::Int)),
        _ => Err(Big::parse(digits).unwrap_or_default()),
    }
}

/// A double, or beyond 18 characters a `BigDecimal`.
fn float(digits: &str) -> Option<Result<f64, Decimal>> {
    if digits.len() > 18 {
        return Decimal::parse(digits).map(Err);
    }
    digits.parse().ok().map(Ok)
}
