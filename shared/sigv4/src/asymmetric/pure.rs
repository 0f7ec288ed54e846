//! P-256 without a host, and the key that an access key's secret stands for.

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::{P256, PublicKey, SPKI};
use crate::hash::Hmac;
use crate::key::SecretKey;

/// P-256 in Rust.
#[derive(Clone, Copy, Debug, Default)]
pub struct PureP256;

/// The order of the curve less two, the largest candidate.
const MOST: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];

impl P256 for PureP256 {
    fn verifies(&self, public_key: &[u8], signature: &[u8], message: &[u8]) -> bool {
        let Some(point) = public_key.strip_prefix(&SPKI) else { return false };
        match (VerifyingKey::from_sec1_bytes(point), DerSignature::from_bytes(signature)) {
            (Ok(key), Ok(signature)) => key.verify(message, &signature).is_ok(),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }
}

impl SecretKey {
    /// The public key with which SigV4A's signatures by this key are verified. `None` practically never: if no
    /// candidate of 254 is a key.
    #[must_use]
    pub fn public_key(&self, access_key_id: &str) -> Option<PublicKey> {
        let point = self.private_key(access_key_id)?.verifying_key().to_encoded_point(false);
        Some(PublicKey::new((*point.x()?).into(), (*point.y()?).into()))
    }

    /// SigV4A's signature of a string to sign, in hexadecimal.
    pub(crate) fn sign_v4a(&self, access_key_id: &str, text: &[u8]) -> Option<Vec<u8>> {
        let signature: DerSignature = self.private_key(access_key_id)?.try_sign(text).ok()?;
        Some(signature.as_bytes().iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect())
    }

    fn private_key(&self, access_key_id: &str) -> Option<SigningKey> {
        let hmac = Hmac::new(&self.prefixed(b"AWS4A"));
        (1..=254).find_map(|counter| candidate(&hmac, access_key_id, counter))
    }
}

/// A key by NIST SP 800-108's derivation in counter mode, if it is one.
fn candidate(hmac: &Hmac, access_key_id: &str, counter: u8) -> Option<SigningKey> {
    let mut input = Vec::with_capacity(64);
    input.extend_from_slice(&1_u32.to_be_bytes());
    input.extend_from_slice(b"AWS4-ECDSA-P256-SHA256\0");
    input.extend_from_slice(access_key_id.as_bytes());
    input.push(counter);
    input.extend_from_slice(&256_u32.to_be_bytes());
    let mut candidate = Zeroizing::new(hmac.mac(&input));
    if *candidate > MOST {
        return None;
    }
    for byte in candidate.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    SigningKey::from_slice(candidate.as_slice()).ok()
}
