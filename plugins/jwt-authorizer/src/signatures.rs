//! Signatures as the host verifies them.

use std::cell::Cell;

use gatehouse_filter::{Hash, Host};
use gatehouse_jwt::{Algorithm, Signatures, Verification};

/// The host's signatures, and Ed25519 in Rust.
pub(crate) struct HostSignatures<'a> {
    host: &'a dyn Host,
    /// The host could not tell.
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
        self.refused.set(told.is_none());
        told.unwrap_or(false)
    }

    #[cfg(feature = "ed25519")]
    fn ed25519(&self, verification: &Verification<'_>) -> bool {
        let Verification { public_key, signature, text, .. } = *verification;
        gatehouse_jwt::verifies_ed25519(public_key, signature, text)
    }

    #[cfg(not(feature = "ed25519"))]
    fn ed25519(&self, _: &Verification<'_>) -> bool {
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
            Algorithm::EdDsa => self.ed25519(verification),
        }
    }
}
