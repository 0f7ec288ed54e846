//! Algorithms, and what is asked of whoever verifies signatures.

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// With SHA-384.
    Rs384,
    /// With SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// A signature that is to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification<'a> {
    /// By which algorithm: what the key is for, not what the token says.
    pub algorithm: Algorithm,
    /// The key, as a SubjectPublicKeyInfo in DER.
    pub public_key: &'a [u8],
    /// The signature; of ECDSA in DER.
    pub signature: &'a [u8],
    /// What is signed.
    pub text: &'a [u8],
}

/// Who verifies signatures: the host, or `PureSignatures` with the feature `pure`.
pub trait Signatures {
    /// Is it the signature?
    fn verifies(&self, verification: &Verification<'_>) -> bool;
}

impl Algorithm {
    /// As `alg` names it, to the letter.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Es256, Self::EdDsa].into_iter().find(|it| it.name() == name)
    }

    /// As `alg` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The name of its hash, `sha256`; none of Ed25519, which has its own.
    #[must_use]
    pub fn hash(self) -> Option<&'static str> {
        match self {
            Self::Rs256 | Self::Es256 => Some("sha256"),
            Self::Rs384 => Some("sha384"),
            Self::Rs512 => Some("sha512"),
            Self::EdDsa => None,
        }
    }
}
