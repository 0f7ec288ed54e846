//! Key sets (RFC 7517): the keys that an issuer signs with, each for one algorithm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::{Algorithm, Signatures, Verification};
use crate::der;
use crate::error::Error;
use crate::json::{self, Entry, Json};
use crate::token::Token;

/// The longest key set, in bytes.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
pub(crate) const LONGEST_SET: usize = 150_000;
const MOST_KEYS: usize = 256;
/// RFC 7518, 3.3; and what takes long to verify with is no key of anybody's.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// The keys of an issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

/// A public key, and the one algorithm that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    der: Vec<u8>,
}

impl KeySet {
    /// Reads a key set. Keys that are for something else, of a kind that is not known, or too short, are left out; so are
    /// different keys under one id, of which nobody can say which is meant.
    ///
    /// # Errors
    /// [`Error::KeySet`] if it is none, or has no key that can be used.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        if text.len() > LONGEST_SET {
            return Err(Error::KeySet("the key set is longer than 150,000 bytes"));
        }
        let set: Set =
            serde_json::from_slice(text).map_err(|_| Error::KeySet("the key set is no JSON object with `keys`"))?;
        if set.keys.len() > MOST_KEYS {
            return Err(Error::KeySet("the key set has too many keys"));
        }
        let mut keys: Vec<Key> = Vec::new();
        for raw in set.keys {
            let Some(key) = json::object(raw.get()).and_then(|jwk| Key::of(&jwk)) else { continue };
            // The same key once more says nothing new.
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let keys: Vec<Key> = keys.iter().filter(|key| !key.is_ambiguous(&keys)).cloned().collect();
        if keys.is_empty() { Err(Error::KeySet("the key set has no key that can be used")) } else { Ok(Self(keys)) }
    }

    /// The key that a token says it is signed with. Without a key id there must be but one key.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], or [`Error::WrongKey`] if the key is for another algorithm than the token names.
    pub fn find(&self, token: &Token<'_>) -> Result<&Key, Error> {
        let known: Vec<&Key> = match token.key_id() {
            Some(id) => self.0.iter().filter(|key| key.id.as_deref() == Some(id)).collect(),
            None if self.0.len() == 1 => self.0.iter().collect(),
            None => Vec::new(),
        };
        if known.is_empty() {
            return Err(Error::UnknownKey);
        }
        known
            .into_iter()
            .find(|key| key.algorithm == token.algorithm())
            .ok_or(Error::WrongKey(token.algorithm().name()))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(serde::Deserialize)]
struct Set {
    keys: Vec<Box<serde_json::value::RawValue>>,
}

impl Key {
    /// What it is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// As a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Is the token signed with it?
    #[must_use]
    pub fn is_signed(&self, token: &Token<'_>, signatures: &dyn Signatures) -> bool {
        // Once more: who forgets to look for the key must not get another algorithm.
        token.algorithm() == self.algorithm && self.verifies(token.signed(), token.signature(), signatures)
    }

    fn verifies(&self, text: &[u8], signature: &[u8], signatures: &dyn Signatures) -> bool {
        let (algorithm, public_key) = (self.algorithm, &self.der);
        let verifies = |signature: &[u8]| signatures.verifies(&Verification { algorithm, public_key, signature, text });
        match algorithm {
            Algorithm::Es256 => der::ecdsa(signature).is_some_and(|signature| verifies(&signature)),
            _ => verifies(signature),
        }
    }

    /// Is there another one with its id? Keys without an id are told apart by nobody.
    fn is_ambiguous(&self, keys: &[Self]) -> bool {
        let is_like = |other: &&Self| other.id == self.id && other.algorithm == self.algorithm;
        self.id.is_some() && keys.iter().filter(is_like).count() > 1
    }

    /// The key of an entry (RFC 7517, 7518, 8037), if it can be used here.
    fn of(jwk: &[Entry<'_>]) -> Option<Self> {
        if !is_for_signatures(jwk) {
            return None;
        }
        // A private key in a key set is a mistake of somebody's: it is not looked at.
        let (kind, der) = match json::text(jwk, "kty")? {
            "RSA" => {
                let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
                let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last % 2 == 1);
                let (modulus, exponent) = (der::without_zeros(&modulus), der::without_zeros(&exponent));
                let plausible = RSA_BYTES.contains(&modulus.len())
                    && is_odd(modulus)
                    && (1..=4).contains(&exponent.len())
                    && is_odd(exponent)
                    && exponent != [1];
                (Algorithm::Rs256, plausible.then(|| der::rsa(modulus, exponent))?)
            }
            "EC" if json::text(jwk, "crv") == Some("P-256") => {
                (Algorithm::Es256, der::p256(&coordinate(jwk, "x")?, &coordinate(jwk, "y")?))
            }
            // Nobody could verify with it: it is an unknown key, rather than one of which nothing can be said.
            "OKP" if cfg!(feature = "pure") && json::text(jwk, "crv") == Some("Ed25519") => {
                (Algorithm::EdDsa, der::ed25519(&coordinate(jwk, "x")?))
            }
            _ => return None,
        };
        let algorithm = match json::get(jwk, "alg") {
            None => kind,
            Some(Json::Text(name)) => Algorithm::parse(name).filter(|named| named.kind() == kind)?,
            Some(_) => return None,
        };
        let id = match json::get(jwk, "kid") {
            None => None,
            Some(Json::Text(id)) => Some(id.to_string()),
            Some(_) => return None,
        };
        Some(Self { id, algorithm, der })
    }
}

impl Algorithm {
    /// The algorithm that stands for all with the same kind of key.
    fn kind(self) -> Self {
        match self {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => Algorithm::Rs256,
            other => other,
        }
    }
}

/// Is it for signatures, as far as it says what it is for (RFC 7517, 4.2 and 4.3)?
fn is_for_signatures(jwk: &[Entry<'_>]) -> bool {
    let verifies = |operation: &Json<'_>| matches!(operation, Json::Text(name) if name == "verify");
    let use_fits = json::get(jwk, "use").is_none() || json::text(jwk, "use") == Some("sig");
    use_fits
        && match json::get(jwk, "key_ops") {
            None => true,
            Some(Json::List(operations)) => operations.iter().any(verifies),
            Some(_) => false,
        }
}

fn bytes(jwk: &[Entry<'_>], name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(json::text(jwk, name)?).ok()
}

fn coordinate(jwk: &[Entry<'_>], name: &str) -> Option<[u8; 32]> {
    bytes(jwk, name)?.try_into().ok()
}

#[cfg(test)]
mod wycheproof_tests;
