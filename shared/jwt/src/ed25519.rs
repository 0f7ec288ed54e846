//! Ed25519 in Rust: no host that is known verifies it.

use crate::der;

/// Is it the signature of a text, by a key that is a SubjectPublicKeyInfo in DER?
#[must_use]
pub fn verifies_ed25519(public_key: &[u8], signature: &[u8], text: &[u8]) -> bool {
    verified(public_key, signature, text).is_some()
}

fn verified(public_key: &[u8], signature: &[u8], text: &[u8]) -> Option<()> {
    let x = public_key.last_chunk::<32>().filter(|x| der::ed25519(x) == public_key)?;
    let signature = ed25519_compact::Signature::from_slice(signature).ok()?;
    ed25519_compact::PublicKey::new(*x).verify(text, &signature).ok()
}
