//! SHA-256 and HMAC-SHA-256, with what can be computed ahead computed ahead.

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The digest of nothing, in hexadecimal: what a request without a body signs.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The digest of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// A body's digest, taken as the body arrives.
#[derive(Clone, Default)]
pub struct BodyHasher(Sha256);

impl BodyHasher {
    /// Nothing has arrived.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// More has arrived.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// All has arrived.
    #[must_use]
    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

/// HMAC-SHA-256 with its key absorbed already: the two states after the padded key. Erased when dropped.
#[derive(Clone)]
pub(crate) struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = zeroize::Zeroizing::new([0_u8; 64]);
        let hashed = zeroize::Zeroizing::new(if key.len() > block.len() { sha256(key) } else { Digest::default() });
        let key = if key.len() > block.len() { hashed.as_slice() } else { key };
        block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        let inner = Sha256::new_with_prefix(block.as_slice());
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        Self { inner, outer: Sha256::new_with_prefix(block.as_slice()) }
    }

    pub(crate) fn mac(&self, message: &[u8]) -> Digest {
        let inner = self.inner.clone().chain_update(message).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

/// Appends bytes in lower-case hexadecimal.
pub(crate) fn hex_into(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

/// Reads lower-case hexadecimal, which is all that clients write and all that is accepted.
pub(crate) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() % 2 == 1 {
        return None;
    }
    text.chunks_exact(2).map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.last()?)?)).collect()
}

/// Reads a digest of 64 lower-case digits.
pub(crate) fn digest_from_hex(text: &[u8]) -> Option<Digest> {
    if text.len() != 64 {
        return None;
    }
    from_hex(text)?.try_into().ok()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        hex_into(&mut out, bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rfc_4231s_vectors() {
        let check = |key: &[u8], message: &[u8], expected: &str| {
            assert_eq!(hex(&Hmac::new(key).mac(message)), expected);
        };
        check(&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        check(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
    }

    #[test]
    fn a_body_may_come_in_pieces() {
        assert_eq!(hex(&BodyHasher::new().finish()), EMPTY_SHA256);
        let mut hasher = BodyHasher::new();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), sha256(b"abc"));
    }

    #[test]
    fn only_lower_case_hexadecimal_is_read() {
        assert_eq!(from_hex(b"00ff"), Some(vec![0, 255]));
        assert_eq!((from_hex(b"0"), from_hex(b"0F"), from_hex(b"0g")), (None, None, None));
        assert_eq!(digest_from_hex(EMPTY_SHA256.as_bytes()), Some(sha256(b"")));
        assert_eq!(digest_from_hex(b"00"), None);
    }
}
