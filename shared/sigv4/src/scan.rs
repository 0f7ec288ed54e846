//! Looking through bytes several at a time, without a branch for each: of sixteen the compiler makes vectors.

/// Is there a byte that `is`?
#[inline]
pub(crate) fn any(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    let (chunks, rest) = text.as_chunks::<16>();
    chunks.iter().any(|chunk| among(chunk, is)) || among(rest, is)
}

/// Where the first byte is that is `wanted`.
#[inline]
pub(crate) fn position(text: &[u8], wanted: u8) -> Option<usize> {
    let (words, _) = text.as_chunks::<8>();
    let marked = equal(wanted);
    for (at, word) in words.iter().enumerate() {
        let marks = marked(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(8 * at + first(marks));
        }
    }
    let marks = marked(last_word(text));
    (marks != 0).then(|| 8 * words.len() + first(marks))
}

/// The text before the first `between`, and what is after it.
#[inline]
pub(crate) fn cut(text: &[u8], between: u8) -> (&[u8], Option<&[u8]>) {
    match position(text, between) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// Gives the place of every byte that `marked` marks: of eight in one number it sets the highest bit of some.
#[inline]
pub(crate) fn each(text: &[u8], marked: impl Fn(u64) -> u64, mut visit: impl FnMut(usize)) {
    let (words, _) = text.as_chunks::<8>();
    let mut give = |start, mut marks| {
        while marks != 0 {
            visit(start + first(marks));
            marks &= marks - 1;
        }
    };
    for (at, word) in words.iter().enumerate() {
        let marks = marked(u64::from_le_bytes(*word));
        if marks != 0 {
            give(8 * at, marks);
        }
    }
    give(8 * words.len(), marked(last_word(text)));
}

/// Gives every piece of a text between bytes that `marked` marks.
#[inline]
pub(crate) fn pieces<'t>(text: &'t [u8], marked: impl Fn(u64) -> u64, mut visit: impl FnMut(&'t [u8])) {
    let mut start = 0;
    each(text, marked, |end| {
        visit(text.get(start..end).unwrap_or_default());
        start = end + 1;
    });
    visit(text.get(start..).unwrap_or_default());
}

/// What is left of a text after words of eight bytes, and after it bytes that nobody looks for.
#[inline]
fn last_word(text: &[u8]) -> u64 {
    let (_, rest) = text.as_chunks::<8>();
    let bits = 8 * (text.len() % 8);
    let last = match text.last_chunk::<8>() {
        // One shift of 64 bits is none.
        Some(last) => u64::from_le_bytes(*last) >> 1 >> (63 - bits),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    last | u64::MAX << bits
}

#[inline]
fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Marks the bytes that are `wanted`.
#[inline]
pub(crate) fn equal(wanted: u8) -> impl Fn(u64) -> u64 + Copy {
    move |word| {
        let differs = word ^ u64::from_le_bytes([wanted; 8]);
        !(((differs & LOW) + LOW) | differs | LOW)
    }
}

/// Marks the bytes up to `most`, which is no more than 127.
#[inline]
pub(crate) fn up_to(most: u8) -> impl Fn(u64) -> u64 + Copy {
    move |word| !(((word & LOW) + (LOW - u64::from_le_bytes([most & 0x7f; 8]))) | word | LOW)
}

/// Are there two neighbours that are `first` and `second`?
#[inline]
pub(crate) fn any_pair(text: &[u8], are: impl Fn(u8, u8) -> bool + Copy) -> bool {
    let seconds = text.get(1..).unwrap_or_default();
    let (chunks, _) = seconds.as_chunks::<16>();
    let found = chunks.iter().zip(text.as_chunks::<16>().0).any(|(seconds, firsts)| {
        firsts.iter().zip(seconds).fold(false, |found, (&first, &second)| found | are(first, second))
    });
    let rest = text.get(chunks.len() * 16..).unwrap_or_default();
    found || rest.iter().zip(rest.iter().skip(1)).fold(false, |found, (&first, &second)| found | are(first, second))
}

#[inline]
fn among(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255_u8 {
            for other in 0..255_u8 {
                let expected = if byte == other { Some(0) } else { None };
                assert_eq!(position(&[byte; 9], other), expected, "{byte} {other}");
                let (most, mut marks) = (other & 0x7f, 0);
                each(&[byte; 9], up_to(most), |_| marks += 1);
                assert_eq!(marks, if byte <= most { 9 } else { 0 }, "{byte} {most}");
            }
        }
    }

    #[test]
    fn bytes_and_pairs_are_found_wherever_they_are() {
        for length in 0..70 {
            let plain = vec![b'a'; length];
            assert!(!any(&plain, |byte| byte == b'x') && position(&plain, b'x').is_none());
            assert!(!any_pair(&plain, |first, second| first == b'a' && second == b'x'));
            for at in 0..length {
                let mut text = plain.clone();
                text[at] = b'x';
                assert!(any(&text, |byte| byte == b'x'), "{length} {at}");
                assert_eq!(position(&text, b'x'), Some(at), "{length}");
                assert_eq!(cut(&text, b'x'), (&plain[..at], Some(&plain[at + 1..])));
                for between in [b'x', b'a'] {
                    let mut found = Vec::new();
                    pieces(&text, equal(between), |piece| found.push(piece));
                    assert!(text.split(|&byte| byte == between).eq(found));
                }
                assert_eq!(any_pair(&text, |first, second| first == b'a' && second == b'x'), at > 0, "{length} {at}");
            }
        }
    }
}
