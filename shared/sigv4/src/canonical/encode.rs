//! Percent-encoding as signatures want it: everything but unreserved characters, in upper case.

/// Appends bytes, escaped; `/` stays where `keep_slash`.
pub(super) fn encode_into(out: &mut Vec<u8>, bytes: &[u8], keep_slash: bool) {
    if bytes.iter().all(|&byte| stays(byte, keep_slash)) {
        out.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        push(out, byte, keep_slash);
    }
}

/// Appends text that is escaped somehow, escaped as it should be; `+` is a space.
pub(super) fn recode_into(out: &mut Vec<u8>, text: &[u8], keep_slash: bool) {
    if text.iter().all(|&byte| stays(byte, keep_slash)) {
        out.extend_from_slice(text);
        return;
    }
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                push(out, digit(*high) << 4 | digit(*low), keep_slash);
                rest = after;
            }
            (b'+', _) => push(out, b' ', keep_slash),
            _ => push(out, byte, keep_slash),
        }
    }
}

fn push(out: &mut Vec<u8>, byte: u8, keep_slash: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if stays(byte, keep_slash) {
        out.push(byte);
    } else {
        let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
        out.extend([b'%', hex(byte >> 4), hex(byte & 15)]);
    }
}

fn stays(byte: u8, keep_slash: bool) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~') || (byte == b'/' && keep_slash)
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => hex.wrapping_sub(b'A').wrapping_add(10),
    }
}
