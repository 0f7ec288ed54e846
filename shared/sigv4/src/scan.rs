//! Looking through bytes several at a time, without a branch for each: of sixteen and more the compiler makes vectors.

/// Is there a byte that `is`?
#[inline]
pub(crate) fn any(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    any_of::<32>(text, is).or_else(|| any_of::<8>(text, is)).unwrap_or_else(|| text.iter().any(|&byte| is(byte)))
}

/// The same, of `N` bytes at a time, where there are so many. The last ones may be looked at twice.
#[inline]
fn any_of<const N: usize>(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> Option<bool> {
    let among = |chunk: &[u8; N]| chunk.iter().fold(false, |found, &byte| found | is(byte));
    let last = text.last_chunk::<N>()?;
    Some(text.as_chunks::<N>().0.iter().any(among) || among(last))
}

/// Where the first byte is that is one of `wanted`, which are rare, and so are those below them.
#[inline]
pub(crate) fn position<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<usize> {
    let most = wanted.iter().fold(0, |most, &byte| most.max(byte));
    let may_have = |chunk: &[u8; 16]| chunk.iter().fold(false, |found, &byte| found | (byte <= most));
    let (chunks, rest) = text.as_chunks::<16>();
    for (at, chunk) in chunks.iter().enumerate() {
        if may_have(chunk)
            && let Some(found) = chunk.iter().position(|byte| wanted.contains(byte))
        {
            return Some(16 * at + found);
        }
    }
    if text.last_chunk().is_some_and(|last| !may_have(last)) {
        return None;
    }
    rest.iter().position(|byte| wanted.contains(byte)).map(|at| 16 * chunks.len() + at)
}

/// The text before the first `between`, and what is after it.
#[inline]
pub(crate) fn cut(text: &[u8], between: u8) -> (&[u8], Option<&[u8]>) {
    let (words, rest) = text.as_chunks::<8>();
    let marks = |word: &[u8; 8]| equal(u64::from_le_bytes(*word), between);
    let found = words.iter().enumerate().find_map(|(at, word)| match marks(word) {
        0 => None,
        marks => Some(8 * at + marks.trailing_zeros() as usize / 8),
    });
    let in_rest = || rest.iter().position(|&byte| byte == between).map(|at| 8 * words.len() + at);
    match found.or_else(in_rest) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// Gives the places of `between` in a text, and at last the text's end.
#[inline]
pub(crate) fn ends(text: &[u8], between: u8, mut visit: impl FnMut(usize)) {
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let mut marks = equal(u64::from_le_bytes(*word), between);
        while marks != 0 {
            visit(8 * at + marks.trailing_zeros() as usize / 8);
            marks &= marks - 1;
        }
    }
    for (at, &byte) in rest.iter().enumerate() {
        if byte == between {
            visit(8 * words.len() + at);
        }
    }
    visit(text.len());
}

/// The highest bit of every byte that is `wanted`.
#[inline]
fn equal(word: u64, wanted: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differs = word ^ u64::from_le_bytes([wanted; 8]);
    !(((differs & LOW) + LOW) | differs | LOW)
}

/// Are there two neighbours that are `first` and `second`?
#[inline]
pub(crate) fn any_pair(text: &[u8], are: impl Fn(u8, u8) -> bool + Copy) -> bool {
    let seconds = text.get(1..).unwrap_or_default();
    let firsts = text.get(..seconds.len()).unwrap_or_default();
    pairs::<32>(firsts, seconds, are)
        .or_else(|| pairs::<8>(firsts, seconds, are))
        .unwrap_or_else(|| firsts.iter().zip(seconds).any(|(&first, &second)| are(first, second)))
}

/// The same, of `N` pairs at a time, where there are so many.
#[inline]
fn pairs<const N: usize>(firsts: &[u8], seconds: &[u8], are: impl Fn(u8, u8) -> bool + Copy) -> Option<bool> {
    let among = |(firsts, seconds): (&[u8; N], &[u8; N])| {
        firsts.iter().zip(seconds).fold(false, |found, (&first, &second)| found | are(first, second))
    };
    let last = (firsts.last_chunk::<N>()?, seconds.last_chunk::<N>()?);
    Some(firsts.as_chunks::<N>().0.iter().zip(seconds.as_chunks::<N>().0).any(among) || among(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255_u8 {
            for other in 0..=255_u8 {
                let marks = u64::from(byte == other) * 0x8080_8080_8080_8080;
                assert_eq!(equal(u64::from_le_bytes([byte; 8]), other), marks, "{byte} {other}");
                assert_eq!(position(&[byte; 19], [other]), (byte == other).then_some(0), "{byte} {other}");
            }
        }
    }

    #[test]
    fn bytes_and_pairs_are_found_wherever_they_are() {
        for length in 0..70 {
            let plain = vec![b'a'; length];
            assert!(!any(&plain, |byte| byte == b'x') && position(&plain, [b'X']).is_none());
            assert!(!any_pair(&plain, |first, second| first == b'a' && second == b'x'));
            for at in 0..length {
                let mut text = plain.clone();
                text[at] = b'x';
                assert!(any(&text, |byte| byte == b'x'), "{length} {at}");
                assert_eq!(position(&text, [b'y', b'x']), Some(at), "{length}");
                assert_eq!(cut(&text, b'x'), (&plain[..at], Some(&plain[at + 1..])));
                assert_eq!(any_pair(&text, |first, second| first == b'a' && second == b'x'), at > 0, "{length} {at}");
                for between in [b'x', b'a', b'y'] {
                    let (mut found, mut start) = (Vec::new(), 0);
                    ends(&text, between, |end| {
                        found.push(&text[start..end]);
                        start = end + 1;
                    });
                    assert!(text.split(|&byte| byte == between).eq(found), "{length} {at} {between}");
                }
            }
        }
    }
}
