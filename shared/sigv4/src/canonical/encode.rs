//! Percent-encoding as signatures want it: everything but unreserved characters, in upper case.

use crate::few::Few;

/// Which bytes stay as they are.
#[derive(Clone, Copy)]
pub(super) enum Stay {
    /// Unreserved characters.
    Unreserved,
    /// And slashes.
    WithSlash,
}

/// Appends bytes, escaped.
pub(super) fn encode_into<const N: usize>(out: &mut Few<u8, N>, mut bytes: &[u8], stay: Stay) {
    loop {
        let (run, rest) = bytes.split_at(run(bytes, stay));
        out.extend_from_slice(run);
        let Some((&byte, after)) = rest.split_first() else { return };
        escape(out, byte);
        bytes = after;
    }
}

/// Appends text that is escaped somehow, escaped as it should be; `+` is a space.
pub(super) fn recode_into<const N: usize>(out: &mut Few<u8, N>, mut text: &[u8], stay: Stay) {
    loop {
        let (run, rest) = text.split_at(run(text, stay));
        out.extend_from_slice(run);
        text = match rest {
            [] => return,
            [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                encode_into(out, &[digit(*high) << 4 | digit(*low)], stay);
                after
            }
            [b'+', after @ ..] => {
                escape(out, b' ');
                after
            }
            [byte, after @ ..] => {
                escape(out, *byte);
                after
            }
        };
    }
}

/// How many bytes at the front stay.
#[inline]
pub(super) fn run(bytes: &[u8], stay: Stay) -> usize {
    let least = match stay {
        Stay::Unreserved => 2,
        Stay::WithSlash => 1,
    };
    let stays = |byte: &u8| STAYS.get(usize::from(*byte)).is_some_and(|&degree| degree >= least);
    bytes.iter().position(|byte| !stays(byte)).unwrap_or(bytes.len())
}

/// Are these the digits of a byte that does not stay, in upper case?
#[inline]
pub(super) fn is_needed(high: u8, low: u8) -> bool {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    is_digit(high) && is_digit(low) && run(&[digit(high) << 4 | digit(low)], Stay::Unreserved) == 0
}

fn escape<const N: usize>(out: &mut Few<u8, N>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 15)]);
}

/// Two for what always stays, one for a slash.
static STAYS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 127 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[byte as usize] = match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => 2,
                b'/' => 1,
                _ => 0,
            };
        }
        byte += 1;
    }
    table
};

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => hex.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_escaped_or_stays() {
        for byte in 0..=255_u8 {
            let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            for (stay, stays) in [(Stay::Unreserved, unreserved), (Stay::WithSlash, unreserved || byte == b'/')] {
                let expected = if stays { vec![b'a', byte, b'b'] } else { format!("a%{byte:02X}b").into_bytes() };
                let (mut plain, mut escaped) = (Few::<u8, 8>::new(), Few::<u8, 8>::new());
                encode_into(&mut plain, &[b'a', byte, b'b'], stay);
                recode_into(&mut escaped, format!("a%{byte:02x}b").as_bytes(), stay);
                assert_eq!((plain.as_slice(), escaped.as_slice()), (&*expected, &*expected), "{byte}");
            }
        }
    }

    #[test]
    fn text_is_recoded_whatever_it_is() {
        let check = |text: &str, expected: &str| {
            let mut out = Few::<u8, 4>::new();
            recode_into(&mut out, text.as_bytes(), Stay::Unreserved);
            assert_eq!(out.as_slice(), expected.as_bytes(), "{text}");
        };
        check("", "");
        check("a+b%2b%7e", "a%20b%2B~");
        check("%zz%4%", "%25zz%254%25");
        check("a/b%2F", "a%2Fb%2F");
    }
}
