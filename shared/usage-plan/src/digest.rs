//! What is kept of a key's value.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How much of the SHA-256 is kept: 128 bits. A value that a client makes up is one of a million keys with a chance of
/// 2⁻¹⁰⁸, and two configured keys that are the same are found when they are configured.
pub(crate) const LENGTH: usize = 16;

/// The first 128 bits of the SHA-256 of a key's value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub(crate) [u8; LENGTH]);

impl Digest {
    /// Of what a client sent.
    #[must_use]
    pub fn of(value: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::digest(value).into();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }

    /// From the 64 hexadecimal digits of a SHA-256.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Compared in constant time.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let differing = (self.head() ^ other.head()) | (self.tail() ^ other.tail());
        differing.ct_eq(&0).into()
    }

    /// 64 bits that say where it lies among others.
    pub(crate) fn head(&self) -> u64 {
        u64::from_be_bytes(self.0.first_chunk().copied().unwrap_or_default())
    }

    /// 64 other bits.
    pub(crate) fn tail(&self) -> u64 {
        u64::from_be_bytes(self.0.last_chunk().copied().unwrap_or_default())
    }

    /// An id as API Gateway's look: ten letters and digits that are always the same for the same key.
    pub(crate) fn id(&self) -> String {
        let hash: [u8; 32] = Sha256::new().chain_update(b"gatehouse api key id").chain_update(self.0).finalize().into();
        let mut number = u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default());
        let mut next = || {
            let digit = u32::try_from(number % 36).unwrap_or_default();
            number /= 36;
            char::from_digit(digit, 36).unwrap_or_default()
        };
        (0..10).map(|_| next()).collect()
    }
}

/// Not shown: whoever has it can try values.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_beginning_of_the_sha256() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(Digest::from_hex(hex).unwrap().is(&Digest::of(b"abc")));
        assert!(Digest::from_hex(&hex.to_uppercase()).unwrap().is(&Digest::of(b"abc")));
        for wrong in
            ["", hex.trim_start_matches("b"), &format!("{hex}0"), &hex.replace('b', "g"), &hex.replace('b', "+")]
        {
            assert!(Digest::from_hex(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_id_is_ten_letters_and_digits() {
        let id = Digest::of(b"abc").id();
        assert!(id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()), "{id}");
        assert_ne!(id, Digest::of(b"abd").id());
    }
}
