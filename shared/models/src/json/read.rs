//! From text to tape.

use gatehouse_sort::sort_places;

use super::{InvalidJson, Kind, MAX_DEPTH, Node, Tape, after};

/// A container that has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    node: usize,
    is_map: bool,
    children: usize,
    /// One bit for each key's look; two of the same may be the same key.
    looks: u64,
    may_repeat: bool,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tape: &'t mut Tape,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, tape: &'t mut Tape) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, tape }
    }

    pub(super) fn document(mut self) -> Result<(), InvalidJson> {
        self.space();
        loop {
            // A value, or the beginning of one: `value` leaves a container open.
            if !self.value()? && !self.close()? {
                break;
            }
        }
        if self.at < self.bytes.len() {
            return self.fail("something after the value");
        }
        Ok(())
    }

    fn fail<T>(&self, reason: &'static str) -> Result<T, InvalidJson> {
        Err(InvalidJson { at: self.at, reason })
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Reads a value; true if it is a container with something in it, whose first value is next.
    fn value(&mut self) -> Result<bool, InvalidJson> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| false),
            Some(b'{') => self.open(true),
            Some(b'[') => self.open(false),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            _ => self.fail("no value"),
        }
    }

    fn push(&mut self, kind: Kind, start: usize, extent: usize) {
        self.tape.nodes.push(Node::new(kind, start, extent));
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<bool, InvalidJson> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return self.fail("no value");
        }
        self.push(kind, self.at, word.len());
        self.at += word.len();
        Ok(false)
    }

    fn open(&mut self, is_map: bool) -> Result<bool, InvalidJson> {
        if self.tape.open.len() == MAX_DEPTH {
            return self.fail("too deep");
        }
        let node = self.tape.nodes.len();
        self.push(if is_map { Kind::Map } else { Kind::List }, 0, node + 1);
        self.at += 1;
        self.space();
        if self.peek() == Some(if is_map { b'}' } else { b']' }) {
            self.at += 1;
            return Ok(false);
        }
        self.tape.open.push(Open { node, is_map, children: 1, looks: 0, may_repeat: false });
        if is_map {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: goes on to the next, closing what ends here; false at the document's end.
    fn close(&mut self) -> Result<bool, InvalidJson> {
        loop {
            self.space();
            let Some(open) = self.tape.open.last_mut() else { return Ok(false) };
            match (self.bytes.get(self.at), open.is_map) {
                (Some(b','), is_map) => {
                    open.children += 1;
                    self.at += 1;
                    self.space();
                    if is_map {
                        self.key()?;
                    }
                    return Ok(true);
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    self.at += 1;
                    self.end();
                }
                (_, true) => return self.fail("neither `,` nor `}` after a value"),
                (_, false) => return self.fail("neither `,` nor `]` after a value"),
            }
        }
    }

    fn end(&mut self) {
        let Some(mut open) = self.tape.open.pop() else { return };
        if open.may_repeat {
            open.children -= override_keys(self.text, self.tape, open.node);
        }
        let end = self.tape.nodes.len();
        let kind = if open.is_map { Kind::Map } else { Kind::List };
        if let Some(node) = self.tape.nodes.get_mut(open.node) {
            *node = Node::new(kind, open.children, end);
        }
    }

    fn key(&mut self) -> Result<(), InvalidJson> {
        if self.peek() != Some(b'"') {
            return self.fail("no key where one must be");
        }
        let look = self.string()?;
        if let Some(open) = self.tape.open.last_mut() {
            open.may_repeat |= open.looks & look != 0;
            open.looks |= look;
        }
        self.space();
        if self.peek() != Some(b':') {
            return self.fail("no `:` after a key");
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    /// Reads a string, and gives the bit of its look.
    fn string(&mut self) -> Result<u64, InvalidJson> {
        let start = self.at + 1;
        self.at = end_of_run(self.bytes, start);
        match self.peek() {
            Some(b'"') => {
                self.push(Kind::Text, start, self.at - start);
                let look = look(self.bytes, start, self.at);
                self.at += 1;
                Ok(look)
            }
            Some(b'\\') => self.escaped_string(start),
            Some(_) => self.fail("a control character in a string"),
            None => self.fail("a string without an end"),
        }
    }

    fn escaped_string(&mut self, start: usize) -> Result<u64, InvalidJson> {
        let from = self.tape.unescaped.len();
        let mut run = start;
        loop {
            self.tape.unescaped.push_str(self.text.get(run..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return self.fail("a control character in a string"),
                None => return self.fail("a string without an end"),
            }
            run = self.at;
            self.at = end_of_run(self.bytes, run);
        }
        self.at += 1;
        let to = self.tape.unescaped.len();
        self.push(Kind::Unescaped, from, to - from);
        Ok(look(self.tape.unescaped.as_bytes(), from, to))
    }

    fn escape(&mut self) -> Result<(), InvalidJson> {
        let letter = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.fail("no escape that JSON knows"),
        };
        self.at += 2;
        self.tape.unescaped.push(letter);
        Ok(())
    }

    /// `\uXXXX`, or two for a letter beyond the first 65536. A lone half of one is a letter to Java and none to UTF-8.
    fn unicode_escape(&mut self) -> Result<(), InvalidJson> {
        let Some(unit) = self.unit(self.at) else { return self.fail("no four hex digits after `\\u`") };
        self.at += 6;
        let low = (0xd800..0xdc00).contains(&unit).then(|| self.unit(self.at)).flatten();
        let letter = match low {
            Some(low) if (0xdc00..0xe000).contains(&low) => {
                self.at += 6;
                char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
            }
            _ => char::from_u32(unit),
        };
        self.tape.unescaped.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    /// The UTF-16 unit that `\uXXXX` at a place is.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }

    fn number(&mut self) -> Result<(), InvalidJson> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        let mut kind = Kind::Integer;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            kind = Kind::Decimal;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            let exponent = self.at;
            self.digits()?;
            let mantissa = self.text.get(start..exponent).unwrap_or_default();
            let fraction =
                mantissa.split_once('.').map_or(0, |(_, rest)| rest.trim_end_matches(['e', 'E', '+', '-']).len());
            let exponent = self.text.get(exponent..self.at).unwrap_or_default().parse::<i64>();
            let exponent = exponent.map(|it| if mantissa.ends_with('-') { -it } else { it });
            let scale = exponent.ok().and_then(|it| i64::try_from(fraction).ok()?.checked_sub(it));
            // Java holds the scale of a number in 32 bits, and a number beyond them is none.
            if scale.and_then(|scale| i32::try_from(scale).ok()).is_none() {
                return self.fail("an exponent beyond what a number can have");
            }
            kind = Kind::Decimal;
        }
        if let Some(b'0'..=b'9') = self.peek() {
            return self.fail("a leading zero");
        }
        self.push(kind, start, self.at - start);
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), InvalidJson> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.fail("no digit where one must be") } else { Ok(()) }
    }
}

/// Where the next quote, backslash or control character is; eight bytes are looked at together.
#[inline]
fn end_of_run(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let Ok(chunk) = <[u8; 8]>::try_from(chunk) else { break };
        let word = u64::from_le_bytes(chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = has_zero(word ^ (ONES * 0x22)) | has_zero(word ^ (ONES * 0x5c)) | control;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at)
        && !matches!(byte, b'"' | b'\\' | 0..0x20)
    {
        at += 1;
    }
    at
}

/// A bit by which most different keys differ.
#[inline]
fn look(bytes: &[u8], start: usize, end: usize) -> u64 {
    let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or_default());
    let sum = (end - start) as u64 * 7 + byte(start) * 3 + byte(end.wrapping_sub(1)) * 5 + byte((start + end) / 2);
    1 << (sum & 63)
}

/// Marks the keys of an object that come again later; gives how many.
fn override_keys(text: &str, tape: &mut Tape, map: usize) -> usize {
    let mut keys: Vec<usize> = Vec::new();
    let end = tape.nodes.len();
    let mut key = map + 1;
    while key < end {
        keys.push(key);
        key = after(&tape.nodes, key + 1);
    }
    let document = tape.document(text);
    let name = |key: usize| document.root().at(key).text().unwrap_or_default();
    sort_places(&mut keys, &mut |a, b| name(a).cmp(name(b)).then(a.cmp(&b)));
    let repeated = keys.iter().zip(keys.iter().skip(1)).filter(|(one, next)| name(**one) == name(**next));
    let repeated: Vec<usize> = repeated.map(|(one, _)| *one).collect();
    for key in &repeated {
        if let Some(node) = tape.nodes.get_mut(*key) {
            *node = Node::new(Kind::Overridden, 0, 0);
        }
    }
    repeated.len()
}
