//! Looking through bytes sixteen at a time, without a branch for each: the compiler makes vectors of that.

/// Is there a byte that `is`?
#[inline]
pub(crate) fn any(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> bool {
    let (chunks, rest) = text.as_chunks::<16>();
    chunks.iter().any(|chunk| among(chunk, is)) || among(rest, is)
}

/// Where the first byte is that `is`.
#[inline]
pub(crate) fn position(text: &[u8], is: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    let (chunks, _) = text.as_chunks::<16>();
    let without = chunks.iter().position(|chunk| among(chunk, is)).unwrap_or(chunks.len()) * 16;
    let rest = text.get(without..).unwrap_or_default();
    rest.iter().position(|&byte| is(byte)).map(|at| without + at)
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
    fn bytes_and_pairs_are_found_wherever_they_are() {
        for length in 0..70 {
            let plain = vec![b'a'; length];
            assert!(!any(&plain, |byte| byte == b'x') && position(&plain, |byte| byte == b'x').is_none());
            assert!(!any_pair(&plain, |first, second| first == b'a' && second == b'x'));
            for at in 0..length {
                let mut text = plain.clone();
                text[at] = b'x';
                assert!(any(&text, |byte| byte == b'x'), "{length} {at}");
                assert_eq!(position(&text, |byte| byte == b'x'), Some(at), "{length}");
                assert_eq!(any_pair(&text, |first, second| first == b'a' && second == b'x'), at > 0, "{length} {at}");
            }
        }
    }
}
