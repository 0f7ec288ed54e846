//! Headers: an ordered list of names and values in one buffer, and the edits made to it.

use std::fmt;
use std::ops::Range;

/// The headers of one message, pseudo headers included. Names are lower case; values are bytes; both may repeat.
///
/// Lookups scan the list: messages have tens of headers, and a scan over one buffer beats a map of them.
#[derive(Clone, Default)]
pub struct Headers {
    buffer: Vec<u8>,
    fields: Vec<Field>,
    edits: Vec<RecordedEdit>,
    /// Taken from somewhere else: edits are recorded, and the values may be anything.
    snapshot: bool,
}

#[derive(Clone)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

#[derive(Clone)]
enum RecordedEdit {
    Replace(Field),
    Add(Field),
    Remove(Range<usize>),
}

/// One change since the snapshot was taken, in the order in which it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// The header has this one value now.
    Replace(&'a [u8], &'a [u8]),
    /// One more value.
    Add(&'a [u8], &'a [u8]),
    /// No such header any more.
    Remove(&'a [u8]),
}

/// A name or value that must never be written: it would end the header line, or is no header name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalHeader {
    name: String,
}

/// A header that must stand once stands several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No headers yet, with room for a small answer's.
    #[must_use]
    pub fn for_answer() -> Self {
        Self { buffer: Vec::with_capacity(256), fields: Vec::with_capacity(8), ..Self::default() }
    }

    /// Headers that lie in `buffer` already, as (name, value) ranges of it, names in lower case as every proxy keeps them.
    /// Pairs outside the buffer are left out.
    pub fn from_buffer(buffer: Vec<u8>, pairs: impl IntoIterator<Item = (Range<usize>, Range<usize>)>) -> Self {
        let pairs = pairs.into_iter();
        let fields = Vec::with_capacity(pairs.size_hint().0);
        let mut headers = Self { buffer, fields, edits: Vec::new(), snapshot: true };
        for (name, value) in pairs {
            if headers.buffer.get(value.clone()).is_some() && headers.buffer.get(name.clone()).is_some() {
                headers.fields.push(Field { name, value });
            }
        }
        headers
    }

    /// Headers from pairs, as a test or a reply writes them.
    pub fn from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut headers = Self { snapshot: true, ..Self::default() };
        for (name, value) in pairs {
            let field = headers.store(name.as_ref(), value.as_ref());
            headers.fields.push(field);
        }
        headers
    }

    /// The first value of a header. `name` is lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The first value, where it is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Every value of a header, in order. `name` is lower case.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.fields
            .iter()
            .filter(move |field| self.slice(&field.name) == name.as_bytes())
            .map(|field| self.slice(&field.value))
    }

    /// The value of a header that must not repeat.
    ///
    /// # Errors
    /// [`Repeated`] if the header stands more than once.
    pub fn single(&self, name: &str) -> Result<Option<&[u8]>, Repeated> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Repeated),
            (first, None) => Ok(first),
        }
    }

    /// Is there such a header?
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Every (name, value), in order, pseudo headers included.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (self.slice(&field.name), self.slice(&field.value)))
    }

    /// The (name, value) at a place of that order.
    #[must_use]
    #[inline]
    pub fn at(&self, place: usize) -> Option<(&[u8], &[u8])> {
        self.fields.get(place).map(|field| (self.slice(&field.name), self.slice(&field.value)))
    }

    /// How many (name, value) pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Gives a header this one value.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the name is no header name or the value would break out of its line.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), IllegalHeader> {
        let field = self.legal(name, value.as_ref())?;
        self.put(field);
        Ok(())
    }

    /// Adds a value to a header.
    ///
    /// # Errors
    /// As [`Headers::set`].
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), IllegalHeader> {
        let field = self.legal(name, value.as_ref())?;
        self.fields.push(field.clone());
        self.record(RecordedEdit::Add(field));
        Ok(())
    }

    /// Takes a header away, all its values. `name` is lower case.
    pub fn remove(&mut self, name: &str) {
        if let Some(field) = self.fields.iter().find(|field| self.slice(&field.name) == name.as_bytes()) {
            let name_range = field.name.clone();
            let buffer = &self.buffer;
            self.fields.retain(|field| buffer.get(field.name.clone()) != Some(name.as_bytes()));
            self.record(RecordedEdit::Remove(name_range));
        }
    }

    /// Takes every header away whose name is not wanted, all its values; `wanted` sees each of them.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str, &[u8]) -> bool) {
        let Self { buffer, fields, edits, snapshot } = self;
        let text = |range: &Range<usize>| buffer.get(range.clone()).unwrap_or_default();
        fields.retain(|field| {
            let name = text(&field.name);
            let kept = wanted(std::str::from_utf8(name).unwrap_or_default(), text(&field.value));
            let is_recorded = || matches!(edits.last(), Some(RecordedEdit::Remove(last)) if text(last) == name);
            if !kept && *snapshot && !is_recorded() {
                edits.push(RecordedEdit::Remove(field.name.clone()));
            }
            kept
        });
    }

    /// Gives each header that `others` has the value that it has there.
    ///
    /// # Errors
    /// As [`Headers::set`]; never for others that were made here, whose every header was looked at when it was set.
    pub fn set_all(&mut self, others: &Headers) -> Result<(), IllegalHeader> {
        for (name, value) in others.iter() {
            let field = match others.snapshot {
                true => self.legal(&String::from_utf8_lossy(name), value)?,
                false => self.store(name, value),
            };
            self.put(field);
        }
        Ok(())
    }

    /// Could a value end the header's line? Never where every header was set or added here.
    #[must_use]
    pub fn may_split(&self) -> bool {
        self.snapshot && !self.fields.iter().all(|field| is_value(self.slice(&field.value)))
    }

    /// What has changed since the snapshot, in order. Headers that were made here have no edits: all of them are new.
    pub fn edits(&self) -> impl Iterator<Item = Edit<'_>> {
        self.edits.iter().map(|edit| match edit {
            RecordedEdit::Replace(field) => Edit::Replace(self.slice(&field.name), self.slice(&field.value)),
            RecordedEdit::Add(field) => Edit::Add(self.slice(&field.name), self.slice(&field.value)),
            RecordedEdit::Remove(name) => Edit::Remove(self.slice(name)),
        })
    }

    /// Forgets the edits: they have been written.
    pub fn settle(&mut self) {
        self.edits.clear();
    }

    fn record(&mut self, edit: RecordedEdit) {
        if self.snapshot {
            self.edits.push(edit);
        }
    }

    fn put(&mut self, field: Field) {
        match self.position(&field.name) {
            None => self.fields.push(field.clone()),
            Some(first) => self.replace(first, field.clone()),
        }
        self.record(RecordedEdit::Replace(field));
    }

    fn position(&self, name: &Range<usize>) -> Option<usize> {
        self.fields.iter().position(|field| self.slice(&field.name) == self.slice(name))
    }

    /// Puts `field` in place of every field of its name, where the first of them stood.
    fn replace(&mut self, first: usize, field: Field) {
        let (buffer, name) = (&self.buffer, field.name.clone());
        let mut at = 0;
        self.fields.retain(|other| {
            at += 1;
            at <= first + 1 || buffer.get(other.name.clone()) != buffer.get(name.clone())
        });
        if let Some(slot) = self.fields.get_mut(first) {
            *slot = field;
        }
    }

    fn legal(&mut self, name: &str, value: &[u8]) -> Result<Field, IllegalHeader> {
        if !is_name(name) || !is_value(value) {
            return Err(IllegalHeader { name: name.to_owned() });
        }
        Ok(self.store(name.as_bytes(), value))
    }

    fn store(&mut self, name: &[u8], value: &[u8]) -> Field {
        let start = self.buffer.len();
        self.buffer.extend(name.iter().map(u8::to_ascii_lowercase));
        let middle = self.buffer.len();
        self.buffer.extend_from_slice(value);
        Field { name: start..middle, value: middle..self.buffer.len() }
    }

    #[inline]
    fn slice(&self, range: &Range<usize>) -> &[u8] {
        match self.buffer.get(range.clone()) {
            Some(text) => text,
            None => nowhere(),
        }
    }
}

/// What is outside the buffer, where no field is: a branch that is never taken costs less than a choice.
#[cold]
fn nowhere() -> &'static [u8] {
    b""
}

/// A header name is a token (RFC 9110, 5.6.2), or one of the pseudo headers.
fn is_name(name: &str) -> bool {
    let token = name.strip_prefix(':').unwrap_or(name);
    !token.is_empty() && token.bytes().all(|byte| TOKEN.get(usize::from(byte)).copied().unwrap_or(false))
}

/// The bytes of a token.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 127 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        }
        byte += 1;
    }
    table
};

/// A value holds no control characters but tabs (RFC 9110, 5.5): CR and LF end a line, NUL a string, and the others are
/// refused by whoever gets them.
fn is_value(value: &[u8]) -> bool {
    !value.iter().any(|&byte| byte.is_ascii_control() && byte != b'\t')
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECRET: [&[u8]; 4] = [b"authorization", b"cookie", b"x-api-key", b"x-amz-security-token"];
        let mut list = f.debug_list();
        for (name, value) in self.iter() {
            let shown = if SECRET.contains(&name) { "[redacted]".into() } else { String::from_utf8_lossy(value) };
            list.entry(&format_args!("{}: {shown}", String::from_utf8_lossy(name)));
        }
        list.finish()
    }
}

impl fmt::Display for IllegalHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "header `{}` is not legal on the wire", self.name.escape_debug())
    }
}

impl std::error::Error for IllegalHeader {}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> Headers {
        Headers::from_pairs([("Accept", "a"), ("x", "1"), ("X", "2"), ("y", "\u{fc}")])
    }

    #[test]
    fn names_are_lower_case_and_values_may_repeat() {
        let headers = headers();
        assert_eq!(headers.get("accept"), Some(b"a".as_slice()));
        assert_eq!(headers.all("x").collect::<Vec<_>>(), [b"1", b"2"]);
        assert_eq!(headers.single("x"), Err(Repeated));
        assert_eq!(headers.single("none"), Ok(None));
        assert_eq!(headers.at(2), Some((b"x".as_slice(), b"2".as_slice())));
        assert_eq!(headers.at(4), None);
        assert_eq!(Headers::from_pairs([("a", b"\xff")]).text("a"), None);
    }

    #[test]
    fn edits_are_recorded_in_order_and_seen_at_once() {
        let mut headers = headers();
        headers.set("X", "3").unwrap();
        headers.remove("accept");
        headers.remove("absent");
        headers.add("z", "4").unwrap();
        assert_eq!(headers.all("x").collect::<Vec<_>>(), [b"3"]);
        assert!(!headers.has("accept"));
        assert_eq!(
            headers.edits().collect::<Vec<_>>(),
            [Edit::Replace(b"x", b"3"), Edit::Remove(b"accept"), Edit::Add(b"z", b"4")]
        );
    }

    #[test]
    fn what_is_not_wanted_goes_once_and_what_others_have_counts() {
        let mut headers = Headers::from_pairs([("x", "1"), ("y", "2"), ("x", "3"), ("x", "4")]);
        headers.retain(|name, _| name != "x");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [(b"y".as_slice(), b"2".as_slice())]);
        assert_eq!(headers.edits().collect::<Vec<_>>(), [Edit::Remove(b"x")]);
        headers.add("x", "5").unwrap();
        headers.retain(|name, _| name != "x");
        assert_eq!(
            headers.edits().collect::<Vec<_>>(),
            [Edit::Remove(b"x"), Edit::Add(b"x", b"5"), Edit::Remove(b"x")]
        );
        let mut others = Headers::new();
        others.set("Y", "6").unwrap();
        headers.set_all(&others).unwrap();
        assert_eq!(headers.all("y").collect::<Vec<_>>(), [b"6"]);
        assert_eq!(headers.edits().last(), Some(Edit::Replace(b"y", b"6")));
        assert!(headers.set_all(&Headers::from_pairs([("y", "7\r\n")])).is_err());
    }

    #[test]
    fn what_would_break_out_of_a_header_line_cannot_be_written() {
        let mut headers = Headers::new();
        for (name, value) in
            [("a", "b\r\nc: d"), ("a", "b\n"), ("a", "\0"), ("a", "\x7f"), ("a b", "c"), ("", "c"), ("a:", "c")]
        {
            assert!(headers.set(name, value).is_err(), "{name:?}: {value:?}");
            assert!(headers.add(name, value).is_err(), "{name:?}: {value:?}");
        }
        assert!(headers.is_empty() && !headers.may_split());
        assert!(Headers::new().set("a", b"tab\tand \xff").is_ok());
        assert!(Headers::from_pairs([("a", "b\r\nc: d")]).may_split());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let shown = format!("{:?}", Headers::from_pairs([("Authorization", "Bearer abc")]));
        assert_eq!(shown, "[authorization: [redacted]]");
    }

    #[test]
    fn pairs_outside_the_buffer_are_left_out() {
        let headers = Headers::from_buffer(b"ab1".to_vec(), [(0..2, 2..3), (0..2, 2..9), (7..8, 0..1)]);
        assert_eq!(headers.iter().collect::<Vec<_>>(), [(b"ab".as_slice(), b"1".as_slice())]);
    }
}
