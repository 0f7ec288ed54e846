//! JSON written straight into one buffer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An object or array that is being written.
#[derive(Debug)]
pub struct Json<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Json<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    /// `"name":"value"`
    pub fn text(&mut self, name: &str, value: &[u8]) {
        self.name(name.as_bytes());
        string(self.out, value);
    }

    /// `"name":"value"`, or `"name":null`.
    pub fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value.as_bytes()),
            None => {
                self.name(name.as_bytes());
                self.out.extend(b"null");
            }
        }
    }

    /// `"name":"value"`, what is not UTF-8 in it as U+FFFD.
    pub fn lossy(&mut self, name: &str, value: &[u8]) {
        self.name(name.as_bytes());
        self.out.push(b'"');
        escaped(self.out, String::from_utf8_lossy(value).as_bytes());
        self.out.push(b'"');
    }

    /// `"name":"dmFsdWU="`
    pub fn base64(&mut self, name: &str, value: &[u8]) {
        self.name(name.as_bytes());
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + value.len().div_ceil(3) * 4, 0);
        if let Some(room) = self.out.get_mut(start..) {
            // The room is what it needs.
            let _ = STANDARD.encode_slice(value, room);
        }
        self.out.push(b'"');
    }

    /// `"name":…`, what is JSON already.
    pub fn raw(&mut self, name: &str, json: &str) {
        self.name(name.as_bytes());
        self.out.extend(json.as_bytes());
    }

    /// `"name":true`
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.name(name.as_bytes());
        self.out.extend(if value { b"true".as_slice() } else { b"false" });
    }

    /// `"name":{…}`, or `"name":null` where there is nothing to write.
    pub fn object_unless(&mut self, nothing: bool, name: &str, write: impl FnOnce(&mut Json<'_>)) {
        if nothing { self.text_or_null(name, None) } else { self.object(name, write) }
    }

    /// `"name":1`
    pub fn number(&mut self, name: &str, value: u64) {
        self.name(name.as_bytes());
        self.out.extend(value.to_string().into_bytes());
    }

    /// `"name":{…}`
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Json<'_>)) {
        self.name(name.as_bytes());
        object(self.out, write);
    }

    /// `"name":["a","b"]`
    pub fn texts<'v>(&mut self, name: &[u8], values: impl Iterator<Item = &'v [u8]>) {
        self.name(name);
        self.out.push(b'[');
        for (index, value) in values.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            string(self.out, value);
        }
        self.out.push(b']');
    }

    /// `"name":"value"` for a name that is any bytes.
    pub fn entry(&mut self, name: &[u8], value: &[u8]) {
        self.name(name);
        string(self.out, value);
    }

    fn name(&mut self, name: &[u8]) {
        if !std::mem::replace(&mut self.first, false) {
            self.out.push(b',');
        }
        string(self.out, name);
        self.out.push(b':');
    }
}

/// Writes `{…}`.
pub fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Json<'_>)) {
    out.push(b'{');
    write(&mut Json::new(out));
    out.push(b'}');
}

/// A string. Bytes that are not UTF-8 are taken for Latin-1, as headers once were.
fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    match std::str::from_utf8(bytes) {
        Ok(text) => escaped(out, text.as_bytes()),
        Err(_) => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            escaped(out, text.as_bytes());
        }
    }
    out.push(b'"');
}

/// Runs of bytes that stand for themselves are copied at once, eight looked at together.
fn escaped(out: &mut Vec<u8>, mut text: &[u8]) {
    while !text.is_empty() {
        let plain = plain_prefix(text);
        let (run, rest) = text.split_at_checked(plain).unwrap_or((text, &[]));
        out.extend_from_slice(run);
        let Some((&byte, rest)) = rest.split_first() else { return };
        escape(out, byte);
        text = rest;
    }
}

/// How many bytes from the start on need no escape.
fn plain_prefix(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS != 0;
    let mut at = 0;
    for chunk in text.chunks_exact(8) {
        let word = chunk.try_into().map_or(0, u64::from_ne_bytes);
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS != 0;
        if below_space || has_zero(word ^ (ONES * u64::from(b'"'))) || has_zero(word ^ (ONES * u64::from(b'\\'))) {
            break;
        }
        at += 8;
    }
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| matches!(byte, 0..0x20 | b'"' | b'\\')).unwrap_or(rest.len())
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'\n' => out.extend(b"\\n"),
        b'\r' => out.extend(b"\\r"),
        b'\t' => out.extend(b"\\t"),
        0..0x20 => {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend([b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
        }
        _ => out.extend([b'\\', byte]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(name: String, values: Vec<String>, bytes: Vec<u8>) {
            let mut out = Vec::new();
            object(&mut out, |json| {
                json.texts(name.as_bytes(), values.iter().map(String::as_bytes));
                json.text("b", &bytes);
            });
            let read: Value = serde_json::from_slice(&out).unwrap();
            if name != "b" {
                prop_assert_eq!(&read[&name], &Value::from(values));
            }
            let latin: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            let expected = String::from_utf8(bytes).unwrap_or(latin);
            prop_assert_eq!(&read["b"], &Value::from(expected));
        }
    }
}
