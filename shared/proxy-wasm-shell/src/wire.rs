//! The form in which header maps cross the border of the VM: a count, the lengths of each name and value, then the
//! names and values, each followed by a zero byte.

use gatehouse_http::Headers;

/// Reads a map; `None` if it is not well formed. The buffer becomes the headers' own: nothing is copied.
pub(crate) fn read(buffer: Vec<u8>) -> Option<Headers> {
    if buffer.is_empty() {
        return Some(Headers::new());
    }
    let word = |at: usize| {
        let bytes = buffer.get(at..at + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let count = word(0)?;
    let mut at = count.checked_mul(8)?.checked_add(4)?;
    let mut pairs = Vec::with_capacity(count.min(256));
    for pair in 0..count {
        let name = at..at.checked_add(word(4 + pair * 8)?)?;
        let value = name.end.checked_add(1)?..name.end.checked_add(1)?.checked_add(word(8 + pair * 8)?)?;
        at = value.end.checked_add(1)?;
        if at > buffer.len() {
            return None;
        }
        pairs.push((name, value));
    }
    Some(Headers::from_buffer(buffer, pairs))
}

/// Writes a map.
pub(crate) fn write<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    let count = u32::try_from(pairs.clone().count()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(256);
    out.extend(count.to_le_bytes());
    for (name, value) in pairs.clone() {
        out.extend(length(name));
        out.extend(length(value));
    }
    for (name, value) in pairs {
        out.extend(name);
        out.push(0);
        out.extend(value);
        out.push(0);
    }
    out
}

/// A protobuf message whose fields are bytes, by their numbers below 16.
pub(crate) fn message(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in fields {
        out.push(number << 3 | 2);
        let mut length = value.len();
        while length >= 0x80 {
            out.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap_or_default());
        out.extend_from_slice(value);
    }
    out
}
