//! Base64, read as it goes: `BinaryEquals` compares bytes.

/// The bytes that canonical, padded base64 says, one by one; none where it is not that.
pub(crate) fn decode(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.as_bytes().chunks(4).enumerate().flat_map(move |(at, chunk)| {
        let last = (at + 1) * 4 >= text.len();
        let (bytes, length) = quartet(chunk, last).unwrap_or(([None; 3], 1));
        bytes.into_iter().take(length)
    })
}

/// Three bytes, or fewer in a text's last four characters.
fn quartet(chunk: &[u8], last: bool) -> Option<([Option<u8>; 3], usize)> {
    let &[first, second, third, fourth] = chunk else { return None };
    let (padding, third, fourth) = match (third, fourth) {
        (b'=', b'=') if last => (2, b'A', b'A'),
        (_, b'=') if last => (1, third, b'A'),
        _ => (0, third, fourth),
    };
    let bits =
        [first, second, third, fourth].into_iter().try_fold(0, |bits, letter| Some(bits << 6 | sextet(letter)?))?;
    let [_, bytes @ ..] = u32::to_be_bytes(bits);
    let length = 3 - padding;
    // Bits that say nothing must not be set, or two texts would say the same.
    bytes.iter().skip(length).all(|byte| *byte == 0).then_some((bytes.map(Some), length))
}

fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Option<Vec<u8>> {
        decode(text).collect()
    }

    #[test]
    fn base64_is_decoded() {
        for (text, expected) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmE=", "fooba"), ("Pz8/Pj4+", "???>>>")]
        {
            assert_eq!(bytes(text), Some(expected.as_bytes().to_vec()), "{text}");
        }
    }

    #[test]
    fn what_is_not_canonical_base64_is_refused() {
        for text in ["Zg", "Zg=", "Zh==", "Zm9=", "=g==", "Zg==Zg==", "Zm 9", "Zm8-", "====", "Zm9v\n", "A===", "é==="]
        {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
