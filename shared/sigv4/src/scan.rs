//! Looking through bytes several at a time, without a branch for each: of sixteen the compiler makes vectors.

/// Is there a byte that `is`?
#[inline]
pub(crate) fn any(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    let (chunks, rest) = text.as_chunks::<16>();
    chunks.iter().any(|chunk| among(chunk, is)) || among(rest, is)
}

/// Where the first byte is that is one of `wanted`.
#[inline]
pub(crate) fn position<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<usize> {
    let (chunks, _) = text.as_chunks::<16>();
    let is_wanted = |byte: u8| wanted.iter().fold(false, |found, &other| found | (byte == other));
    let without = 16 * chunks.iter().position(|chunk| among(chunk, is_wanted)).unwrap_or(chunks.len());
    let (words, rest) = text.get(without..).unwrap_or_default().as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        if let Some(found) = first_of(*word, wanted) {
            return Some(without + 8 * at + found);
        }
    }
    let before = text.len() - rest.len();
    match text.last_chunk::<8>() {
        // Bytes that have been looked at are looked at again: none of them is found.
        Some(last) => first_of(*last, wanted).map(|found| text.len() - 8 + found),
        None => rest.iter().position(|byte| wanted.contains(byte)).map(|at| before + at),
    }
}

/// The text before the first `between`, and what is after it.
#[inline]
pub(crate) fn cut(text: &[u8], between: u8) -> (&[u8], Option<&[u8]>) {
    match position(text, [between]) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// All eight are compared in one number: the highest bit of every byte that is wanted is set.
#[inline]
fn first_of<const N: usize>(bytes: [u8; 8], wanted: [u8; N]) -> Option<usize> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let word = u64::from_le_bytes(bytes);
    let found = wanted.iter().fold(0, |found, &byte| {
        let differs = word ^ u64::from_le_bytes([byte; 8]);
        found | !(((differs & LOW) + LOW) | differs | LOW)
    });
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
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
            for other in 0..=255_u8 {
                let expected = if byte == other { Some(0) } else { None };
                assert_eq!(position(&[byte; 9], [other]), expected, "{byte} {other}");
            }
        }
    }

    #[test]
    fn bytes_and_pairs_are_found_wherever_they_are() {
        for length in 0..70 {
            let plain = vec![b'a'; length];
            assert!(!any(&plain, |byte| byte == b'x') && position(&plain, [b'x']).is_none());
            assert!(!any_pair(&plain, |first, second| first == b'a' && second == b'x'));
            for at in 0..length {
                let mut text = plain.clone();
                text[at] = b'x';
                assert!(any(&text, |byte| byte == b'x'), "{length} {at}");
                assert_eq!(position(&text, [b'y', b'x']), Some(at), "{length}");
                assert_eq!(cut(&text, b'x'), (&plain[..at], Some(&plain[at + 1..])));
                assert_eq!(any_pair(&text, |first, second| first == b'a' && second == b'x'), at > 0, "{length} {at}");
            }
        }
    }
}
