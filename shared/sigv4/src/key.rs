//! Secrets, and the keys that are derived from them for one day, region and service.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::hash::{Digest, Hmac};

/// A secret access key. Never printed, erased when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

/// The key that signs on one day, in one region, for one service: HMAC states that know no secret access key.
/// Never printed, erased when dropped.
#[derive(Clone)]
pub struct SigningKey(Hmac);

/// A key that is derived of a secret, to be kept where the secret should not be: it is good for one day, region and
/// service. Never printed, erased when dropped.
#[derive(Clone)]
pub struct DerivedKey(Zeroizing<Digest>);

/// Where a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// `20150830`.
    pub date: &'a str,
    /// `us-east-1`.
    pub region: &'a str,
    /// `execute-api`.
    pub service: &'a str,
}

/// The keys of one secret that are in use: one for each day, region and service, the oldest replaced by the newest.
/// The secret's owner drops them with the secret.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys {
    keys: Vec<(String, SigningKey)>,
}

impl SecretKey {
    /// Takes over a secret access key.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into().into_bytes()))
    }

    /// The key for a scope: four HMACs.
    #[must_use]
    pub fn derive(&self, scope: Scope<'_>) -> SigningKey {
        SigningKey::of(&self.derived(scope))
    }

    /// The same, in a form that can be kept.
    #[must_use]
    pub fn derived(&self, scope: Scope<'_>) -> DerivedKey {
        let start = self.prefixed(b"AWS4");
        let mut key: Zeroizing<Digest> = Zeroizing::new(Hmac::new(&start).mac(scope.date.as_bytes()));
        for step in [scope.region, scope.service, "aws4_request"] {
            key = Zeroizing::new(Hmac::new(key.as_slice()).mac(step.as_bytes()));
        }
        DerivedKey(key)
    }

    /// Is it this secret? Takes as long for every text of the secret's length.
    #[must_use]
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.ct_eq(text).into()
    }

    pub(crate) fn prefixed(&self, prefix: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut start = Zeroizing::new(Vec::with_capacity(prefix.len() + self.0.len()));
        start.extend_from_slice(prefix);
        start.extend_from_slice(&self.0);
        start
    }
}

impl DerivedKey {
    /// The key of its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for whoever keeps them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SigningKey {
    /// Makes ready what was derived.
    #[must_use]
    pub fn of(key: &DerivedKey) -> Self {
        Self(Hmac::new(key.0.as_slice()))
    }

    /// The signature of a string to sign.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> Digest {
        self.0.mac(string_to_sign)
    }
}

impl SigningKeys {
    /// Presigned requests are good for a week, so eight dates are in use at most.
    const MOST: usize = 8;

    /// No key yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key for a scope, derived from `secret` unless it has been already. Scopes must be ones that the rules allow,
    /// as [`Claim::scope`](crate::Claim::scope) gives them.
    pub fn get(&mut self, secret: &SecretKey, scope: Scope<'_>) -> SigningKey {
        match self.keys.iter().position(|(known, _)| scope.is(known)) {
            Some(at) => self.keys.swap(0, at),
            None => {
                self.keys.truncate(Self::MOST - 1);
                self.keys.insert(0, (scope.to_string(), secret.derive(scope)));
            }
        }
        self.keys.first().map_or_else(|| secret.derive(scope), |(_, key)| key.clone())
    }
}

impl Scope<'_> {
    fn is(&self, written: &str) -> bool {
        let mut parts = written.split('/');
        [self.date, self.region, self.service].iter().all(|part| parts.next() == Some(part))
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey([redacted])")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope<'_> = Scope { date: "20150830", region: "us-east-1", service: "iam" };

    #[test]
    fn the_documentations_example_derives() {
        // The string to sign and signature of AWS's former example of a request to IAM.
        let key = SecretKey::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").derive(SCOPE);
        let text = b"AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
            f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        assert_eq!(
            &crate::hash::hex(&key.sign(text)),
            b"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn a_cached_key_is_the_derived_one_and_their_number_is_bounded() {
        let (secret, mut keys) = (SecretKey::new("secret"), SigningKeys::new());
        for _ in 0..2 {
            for day in 10..30 {
                let date = format!("201508{day}");
                let scope = Scope { date: &date, ..SCOPE };
                assert_eq!(keys.get(&secret, scope).sign(b"text"), secret.derive(scope).sign(b"text"));
                assert_eq!(keys.get(&secret, SCOPE).sign(b"text"), secret.derive(SCOPE).sign(b"text"));
                assert!(keys.keys.len() <= SigningKeys::MOST);
            }
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = SecretKey::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", secret.derive(SCOPE)), "SecretKey([redacted]) SigningKey([redacted])");
    }
}
