//! SHA-256 and HMAC-SHA-256, with what can be computed ahead computed ahead.

use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The digest of nothing, in hexadecimal: what a request without a body signs.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The same as bytes.
const EMPTY: Digest = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The digest of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    if bytes.is_empty() { EMPTY } else { finish(&INITIAL, 0, bytes) }
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
    inner: Zeroizing<State>,
    outer: Zeroizing<State>,
}

impl Hmac {
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0_u8; 64]);
        let hashed = Zeroizing::new(if key.len() > block.len() { sha256(key) } else { Digest::default() });
        let key = if key.len() > block.len() { hashed.as_slice() } else { key };
        block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
        Self { inner: absorbed(&block, 0x36), outer: absorbed(&block, 0x5c) }
    }

    pub(crate) fn mac(&self, message: &[u8]) -> Digest {
        let inner = finish(&self.inner, 64, message);
        finish(&self.outer, 64, &inner)
    }
}

/// What SHA-256 knows between two blocks.
type State = [u32; 8];

/// FIPS 180-4, 5.3.3.
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

fn absorbed(key: &[u8; 64], pad: u8) -> Zeroizing<State> {
    let block = Zeroizing::new(key.map(|byte| byte ^ pad));
    let mut state = Zeroizing::new(INITIAL);
    compress256(&mut state, std::slice::from_ref(&block));
    state
}

/// The digest of `before` bytes, which are in the state already, and the rest. Nothing of it goes through a buffer but
/// the last block.
fn finish(state: &State, before: usize, rest: &[u8]) -> Digest {
    let mut state = Zeroizing::new(*state);
    let (blocks, tail) = rest.as_chunks::<64>();
    compress256(&mut state, blocks);
    let mut last = [[0_u8; 64]; 2];
    if let Some((slots, [end, ..])) = last.as_flattened_mut().split_at_mut_checked(tail.len()) {
        slots.copy_from_slice(tail);
        *end = 0x80;
    }
    // The length in bits ends the last block, after at least one byte of padding.
    let last = last.get_mut(..if tail.len() < 56 { 1 } else { 2 }).unwrap_or_default();
    let bits = 8 * (before as u64 + rest.len() as u64);
    if let Some(length) = last.last_mut().and_then(|block| block.last_chunk_mut::<8>()) {
        *length = bits.to_be_bytes();
    }
    compress256(&mut state, last);
    let mut digest = Digest::default();
    let (words, _) = digest.as_chunks_mut::<4>();
    words.iter_mut().zip(state.iter()).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
    digest
}

/// Are they the same? In constant time.
pub(crate) fn same(one: &Digest, other: &Digest) -> Choice {
    let words = |digest: &Digest| -> [u64; 4] {
        let (words, _) = digest.as_chunks::<8>();
        std::array::from_fn(|at| words.get(at).map_or(0, |word| u64::from_ne_bytes(*word)))
    };
    words(one).as_slice().ct_eq(words(other).as_slice())
}

/// A digest in lower-case hexadecimal.
pub(crate) fn hex(digest: &Digest) -> [u8; 64] {
    let digit = |nibble: u8| nibble + if nibble > 9 { b'a' - 10 } else { b'0' };
    let mut nibbles = [0; 64];
    let (pairs, _) = nibbles.as_chunks_mut::<2>();
    // Of a pair as a number the low byte is the first digit.
    let pair = |byte: u16| byte >> 4 | (byte & 15) << 8;
    pairs.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = pair(u16::from(*byte)).to_le_bytes());
    nibbles.map(digit)
}

/// Reads lower-case hexadecimal, which is all that clients write and all that is accepted.
pub(crate) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect::<Option<_>>();
    bytes.filter(|_| rest.is_empty())
}

/// Reads a digest of 64 lower-case digits.
pub(crate) fn digest_from_hex(text: &[u8]) -> Option<Digest> {
    let text: &[u8; 64] = text.try_into().ok()?;
    let is_digit = |byte: u8| byte.is_ascii_digit() | (byte.wrapping_sub(b'a') < 6);
    let legal = text.iter().fold(true, |legal, &byte| legal & is_digit(byte));
    // A letter has bit 6, and `a` is 1 in its lowest bits.
    let value = |digit: u8| (digit & 15) + 9 * (digit >> 6);
    let mut digest = Digest::default();
    let values = text.map(value);
    let (pairs, _) = values.as_chunks::<2>();
    // Of a pair as a number the low byte is the first digit.
    let byte = |pair: u16| (pair << 4 | pair >> 8).to_le_bytes()[0];
    digest.iter_mut().zip(pairs).for_each(|(slot, pair)| *slot = byte(u16::from_le_bytes(*pair)));
    Some(digest).filter(|_| legal)
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

    fn hex(digest: &Digest) -> String {
        String::from_utf8(super::hex(digest).to_vec()).unwrap()
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
    fn every_length_is_padded_as_it_must_be() {
        let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            assert_eq!(sha256(bytes), <Digest>::from(Sha256::digest(bytes)), "{length}");
            assert_eq!(digest_from_hex(hex(&sha256(bytes)).as_bytes()), Some(sha256(bytes)));
        }
    }

    #[test]
    fn one_bit_makes_a_digest_another() {
        let digest = sha256(b"a");
        assert!(bool::from(same(&digest, &digest)));
        for bit in 0..256 {
            let mut other = digest;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!bool::from(same(&digest, &other)), "{bit}");
        }
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
        for text in [EMPTY_SHA256.to_uppercase(), EMPTY_SHA256.replace("b855", "b85g"), "00".into(), "0".repeat(65)] {
            assert_eq!(digest_from_hex(text.as_bytes()), None, "{text}");
        }
    }
}
