//! Percent-encoding (RFC 3986, 2.1) and its form variant, over bytes. Malformed escapes stay as they are.

use std::borrow::Cow;

/// Decodes `%XX`. A `%` that no two hexadecimal digits follow is kept.
#[must_use]
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'%') { Cow::Owned(decoded(text, false)) } else { Cow::Borrowed(text) }
}

/// Is every `%` followed by two hexadecimal digits?
#[must_use]
pub fn is_encoded(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'%')
        .skip(1)
        .all(|tail| matches!(tail, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

/// Decodes as `application/x-www-form-urlencoded` does: `%XX`, and `+` for a space.
#[must_use]
pub fn decode_form(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        Cow::Owned(decoded(text, true))
    } else {
        Cow::Borrowed(text)
    }
}

fn decoded(text: &[u8], form: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (b'+', _) if form => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => hex.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// Appends `text` with everything escaped but the unreserved characters `A-Z a-z 0-9 - . _ ~`.
pub fn encode_into(out: &mut Vec<u8>, text: &[u8]) {
    encode_but(out, text, b"");
}

/// Appends `text` for use inside a path: unreserved characters, sub-delimiters, `:`, `@` and `/` stay.
pub fn encode_path_into(out: &mut Vec<u8>, text: &[u8]) {
    encode_but(out, text, b"!$&'()*+,;=:@/");
}

/// Appends a piece of a path, encoded as it is, for use inside a query: what means more there is escaped.
pub fn path_to_query_into(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'&' | b'+' | b';' | b'#' => encode_but(out, &[byte], b""),
            _ => out.push(byte),
        }
    }
}

fn encode_but(out: &mut Vec<u8>, text: &[u8], kept: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(byte);
        } else {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_keeps_what_is_malformed() {
        let check = |text: &str, plain: &str, form: &str| {
            assert_eq!(decode(text.as_bytes()).as_ref(), plain.as_bytes(), "{text}");
            assert_eq!(decode_form(text.as_bytes()).as_ref(), form.as_bytes(), "{text}");
        };
        check("a%2Fb", "a/b", "a/b");
        check("a+b%2b", "a+b+", "a b+");
        check("%", "%", "%");
        check("%4", "%4", "%4");
        check("%4g%41", "%4gA", "%4gA");
        check("%252F", "%2F", "%2F");
    }

    #[test]
    fn what_is_encoded_has_two_digits_after_every_percent_sign() {
        let check = |text: &str, expected| assert_eq!(is_encoded(text.as_bytes()), expected, "{text}");
        check("/a b", true);
        check("%2F%c3%A9", true);
        check("%", false);
        check("a%2", false);
        check("%20%do", false);
    }

    #[test]
    fn every_byte_survives_the_round_trip() {
        let all: Vec<u8> = (0..=255).collect();
        let (mut strict, mut path) = (Vec::new(), Vec::new());
        encode_into(&mut strict, &all);
        encode_path_into(&mut path, &all);
        assert_eq!(decode(&strict).as_ref(), all);
        assert_eq!(decode(&path).as_ref(), all);
        assert!(strict.ends_with(b"%FE%FF"));
    }
}
