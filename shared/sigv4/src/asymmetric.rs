//! SigV4A: the same strings, signed with a key that only its owner has. Whoever verifies needs the public key alone.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

#[cfg(feature = "p256")]
mod pure;

#[cfg(feature = "p256")]
pub use pure::PureP256;

/// Something that verifies ECDSA on P-256 with SHA-256: the host, or [`PureP256`] with the feature `p256`.
pub trait P256 {
    /// Is `signature`, in DER, that of `message` by this key? The key is a SubjectPublicKeyInfo in DER.
    fn verifies(&self, public_key: &[u8], signature: &[u8], message: &[u8]) -> bool;
}

/// The public key of an access key: the same on every day, in every region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
}

/// What precedes a point in a SubjectPublicKeyInfo of P-256 (RFC 5480).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl PublicKey {
    /// A key of its coordinates. Whether they are on the curve is for whoever verifies.
    #[must_use]
    pub fn new(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { der: [SPKI.as_slice(), &[4], &x, &y].concat() }
    }

    /// A key of what [`PublicKey::as_der`] gave.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        (der.len() == 91 && der.starts_with(&SPKI)).then(|| Self { der: der.to_vec() })
    }

    /// As a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Is it the signature of a string to sign, in lower-case hexadecimal?
    #[must_use]
    pub fn is_signed(&self, p256: &dyn P256, signature: &[u8], text: &[u8]) -> bool {
        /// The longest there is in DER is 72 bytes.
        const MOST: usize = 144;
        let signature = (signature.len() <= MOST).then(|| crate::hash::from_hex(signature)).flatten();
        signature.is_some_and(|signature| p256.verifies(&self.der, &signature, text))
    }
}
