//! Signatures as the host verifies them, or as we do where it does not.

use std::cell::Cell;

use gatehouse_filter::{Hash, Host};
use gatehouse_jwt::{Algorithm, Signatures, Verification};

/// The host's signatures; with the feature `pure`, in Rust what it does not verify: Ed25519, and all on hosts without
/// `verify_signature`.
pub(crate) struct HostSignatures<'a> {
    host: &'a dyn Host,
    /// Nobody could tell.
    refused: Cell<bool>,
}

impl<'a> HostSignatures<'a> {
    pub(crate) fn new(host: &'a dyn Host) -> Self {
        Self { host, refused: Cell::new(false) }
    }

    /// Was there a signature of which the host could not tell whether it is right?
    pub(crate) fn could_not_tell(&self) -> bool {
        self.refused.get()
    }

    fn ask(&self, hash: Hash, verification: &Verification<'_>) -> bool {
        let Verification { public_key, signature, text, .. } = *verification;
        let told = self.host.verifies(hash, public_key, signature, text);
        told.unwrap_or_else(|| self.in_rust(verification))
    }

    #[cfg(feature = "pure")]
    fn in_rust(&self, verification: &Verification<'_>) -> bool {
        gatehouse_jwt::PureSignatures.verifies(verification)
    }

    #[cfg(not(feature = "pure"))]
    fn in_rust(&self, _: &Verification<'_>) -> bool {
        self.refused.set(true);
        false
    }
}

impl Signatures for HostSignatures<'_> {
    fn verifies(&self, verification: &Verification<'_>) -> bool {
        match verification.algorithm {
            Algorithm::Rs256 | Algorithm::Es256 => self.ask(Hash::Sha256, verification),
            Algorithm::Rs384 => self.ask(Hash::Sha384, verification),
            Algorithm::Rs512 => self.ask(Hash::Sha512, verification),
            Algorithm::EdDsa => self.in_rust(verification),
        }
    }
}
