//! JSON written straight into one buffer.

/// An object or array that is being written.
pub(crate) struct Json<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Json<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    /// `"name":"value"`
    pub(crate) fn text(&mut self, name: &str, value: &[u8]) {
        self.name(name.as_bytes());
        string(self.out, value);
    }

    /// `"name":"value"`, or `"name":null`.
    pub(crate) fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value.as_bytes()),
            None => {
                self.name(name.as_bytes());
                self.out.extend(b"null");
            }
        }
    }

    /// `"name":1`
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.name(name.as_bytes());
        self.out.extend(value.to_string().into_bytes());
    }

    /// `"name":{…}`
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Json<'_>)) {
        self.name(name.as_bytes());
        object(self.out, write);
    }

    /// `"name":["a","b"]`
    pub(crate) fn texts<'v>(&mut self, name: &[u8], values: impl Iterator<Item = &'v [u8]>) {
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

    /// The same for a name that is any bytes.
    pub(crate) fn entry(&mut self, name: &[u8], value: &[u8]) {
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

/// `{…}`
pub(crate) fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Json<'_>)) {
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

fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..0x20 => {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                out.extend([b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
            _ => out.push(byte),
        }
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
