//! Bytes as a case writes them: text with `\xHH`, `\r`, `\n`, `\t`, `\0` and `\\`.

/// The bytes that a text stands for.
///
/// # Errors
/// An escape that is none.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend(&rest.as_bytes()[..at]);
        let escape = rest[at + 1..].chars().next().ok_or("a `\\` at the end: write `\\\\`")?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        match escape {
            'r' => out.push(b'\r'),
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            '0' => out.push(0),
            '\\' => out.push(b'\\'),
            'x' => {
                let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.push(byte.ok_or("`\\x` without two hexadecimal digits")?);
                rest = &rest[2..];
            }
            other => return Err(format!("`\\{other}` is no escape: use \\xHH, \\r, \\n, \\t, \\0 or \\\\")),
        }
    }
    out.extend(rest.as_bytes());
    Ok(out)
}

/// The text that stands for some bytes, on one line.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\0' => out.push_str("\\0"),
                c if c.is_control() => out.extend(c.to_string().bytes().map(|byte| format!("\\x{byte:02x}"))),
                c => out.push(c),
            }
        }
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out
}

/// `x * 3` is three times `x`.
pub(super) fn repeated(text: &str) -> Result<Vec<u8>, String> {
    let (unit, times) = text.rsplit_once(" * ").ok_or("a repetition is written `x * 3`")?;
    let times: usize = times.trim().replace('_', "").parse().map_err(|_| format!("`{times}` is no number"))?;
    Ok(bytes(unit)?.repeat(times))
}

/// `5s` or `20ms`, in milliseconds.
pub(super) fn millis(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time: write `5s` or `20ms`");
    match text.strip_suffix("ms") {
        Some(millis) => millis.parse().map_err(|_| wrong()),
        None => {
            let seconds: u64 = text.strip_suffix('s').and_then(|seconds| seconds.parse().ok()).ok_or_else(wrong)?;
            Ok(seconds * 1000)
        }
    }
}
