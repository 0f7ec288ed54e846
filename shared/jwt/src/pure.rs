//! Signatures in Rust, for a host that verifies none; and Ed25519, which no host verifies that is known.

use p256::ecdsa::signature::Verifier as _;
use rsa::RsaPublicKey;
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePublicKey as _;

use crate::algorithm::{Algorithm, Signatures, Verification};
use crate::der;

/// Signatures in Rust. In a filter's VM an RSA signature takes 600 µs, where a host that knows it takes 19.
#[derive(Clone, Copy, Debug, Default)]
pub struct PureSignatures;

impl Signatures for PureSignatures {
    fn verifies(&self, verification: &Verification<'_>) -> bool {
        let Verification { algorithm, public_key, signature, text } = *verification;
        match algorithm {
            Algorithm::Rs256 => rsa::<sha2::Sha256>(public_key, signature, text),
            Algorithm::Rs384 => rsa::<sha2::Sha384>(public_key, signature, text),
            Algorithm::Rs512 => rsa::<sha2::Sha512>(public_key, signature, text),
            Algorithm::Es256 => es256(public_key, signature, text).is_some(),
            Algorithm::EdDsa => ed25519(public_key, signature, text).is_some(),
        }
    }
}

fn rsa<D>(public_key: &[u8], signature: &[u8], text: &[u8]) -> bool
where
    D: sha2::Digest + rsa::pkcs8::AssociatedOid,
{
    let Ok(key) = RsaPublicKey::from_public_key_der(public_key) else { return false };
    let key = pkcs1v15::VerifyingKey::<D>::new(key);
    pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| key.verify(text, &signature).is_ok())
}

fn es256(public_key: &[u8], signature: &[u8], text: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_public_key_der(public_key).ok()?;
    let signature = p256::ecdsa::DerSignature::from_bytes(signature).ok()?;
    key.verify(text, &signature).ok()
}

fn ed25519(public_key: &[u8], signature: &[u8], text: &[u8]) -> Option<()> {
    let x = public_key.last_chunk::<32>().filter(|x| der::ed25519(x) == public_key)?;
    let signature = ed25519_compact::Signature::from_slice(signature).ok()?;
    ed25519_compact::PublicKey::new(*x).verify(text, &signature).ok()
}
