//! `$util`'s encodings, as the Java classes behind them do it.

use std::fmt::Write as _;

/// commons-lang 2's `escapeJavaScript`.
pub(crate) fn escape_javascript(text: &str, out: &mut String) {
    let mut rest = text;
    let plain = |byte: u8| matches!(byte, b' '..=0x7f) && !matches!(byte, b'\'' | b'"' | b'\\' | b'/');
    while let Some(at) = rest.bytes().position(|byte| !plain(byte)) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let mut chars = after.chars();
        let Some(char) = chars.next() else { break };
        rest = chars.as_str();
        match char {
            '\'' | '"' | '\\' | '/' => out.extend(['\\', char]),
            '\u{8}' => out.push_str("\\b"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            char => {
                let mut units = [0; 2];
                for unit in char.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
    out.push_str(rest);
}

/// `URLEncoder`
pub(crate) fn url_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// `URLDecoder`; nothing for a percent sign without two digits.
pub(crate) fn url_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub(crate) fn base64_encode(text: &str, out: &mut String) {
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4u32 {
            let six = (bits >> (18 - 6 * at)) & 63;
            let char = ALPHABET.get(six as usize).copied().map_or('=', char::from);
            out.push(if at as usize <= chunk.len() { char } else { '=' });
        }
    }
}

/// The text of Base64, padded or not; nothing for what is none.
pub(crate) fn base64_decode(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if padding > 2 || digits.len() % 4 == 1 || padding > 0 && !text.len().is_multiple_of(4) {
        return None;
    }
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len()), 0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(run: fn(&str, &mut String), text: &str) -> String {
        let mut out = String::new();
        run(text, &mut out);
        out
    }

    #[test]
    fn encodings_are_javas() {
        assert_eq!(made(escape_javascript, "a'b\"c\\d/e\n\u{1}é😀"), r#"a\'b\"c\\d\/e\n\u0001\u00E9\uD83D\uDE00"#);
        assert_eq!(made(url_encode, "a b*-._~/é"), "a+b*-._%7E%2F%C3%A9");
        assert_eq!(url_decode("a+b%2F%c3%a9").as_deref(), Some("a b/é"));
        assert_eq!(url_decode("%2"), None);
        for (text, encoded) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("é€", "w6nigqw=")] {
            assert_eq!(made(base64_encode, text), encoded);
            assert_eq!(base64_decode(encoded).as_deref(), Some(text));
            assert_eq!(base64_decode(encoded.trim_end_matches('=')).as_deref(), Some(text));
        }
        for wrong in ["Y", "Y===", "YQ=", "Y!==", "YQ==YQ=="] {
            assert_eq!(base64_decode(wrong), None, "{wrong}");
        }
    }
}
