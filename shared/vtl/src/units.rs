//! Strings as Java counts them, in UTF-16 units. Half of a pair becomes `?`, as when Java encodes it.

/// `length()`
pub(crate) fn len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The string between two units; nothing if they are not in it or in the wrong order.
pub(crate) fn slice(text: &str, start: usize, end: usize) -> Option<std::borrow::Cow<'_, str>> {
    if text.is_ascii() {
        return text.get(start..end).map(Into::into);
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    units.get(start..end).map(|units| decode(units).into())
}

/// Units as a string.
pub(crate) fn decode(units: &[u16]) -> String {
    char::decode_utf16(units.iter().copied()).map(|unit| unit.unwrap_or('?')).collect()
}

/// The unit at a place.
pub(crate) fn at(text: &str, index: usize) -> Option<u16> {
    match text.as_bytes().get(index) {
        Some(byte) if text.is_ascii() => Some(u16::from(*byte)),
        _ => text.encode_utf16().nth(index),
    }
}

/// Where in the string, in bytes, a unit stands; its end for those beyond.
pub(crate) fn offset(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    let mut units = 0;
    for (at, char) in text.char_indices() {
        if units >= index {
            return at;
        }
        units += char.len_utf16();
    }
    text.len()
}

/// Which unit stands at a byte.
pub(crate) fn index(text: &str, offset: usize) -> usize {
    text.get(..offset).map_or(0, len)
}

/// `hashCode()`
pub(crate) fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}
