//! Private keys as `cosign generate-key-pair` writes them: PKCS #8 under a password, by scrypt and NaCl's secretbox, in JSON, in PEM.
//!
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>,
//! <https://github.com/secure-systems-lab/go-securesystemslib/tree/main/encrypted>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use serde::Deserialize;

const LABELS: [&str; 2] = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];
/// What scrypt may take, in bytes (128 N r): cosign's own keys take 64 MB.
const MOST_MEMORY: u64 = 1 << 30;

/// Why such a key is not to be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is written in another way than cosign's.
    Malformed,
    /// The password is another.
    Password,
}

#[derive(Deserialize)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Derivation {
    name: String,
    params: Parameters,
    salt: String,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// The key in a text, as PKCS #8 has it in DER; `None` if it is not one of cosign's.
pub(super) fn opened(text: &str, password: &[u8]) -> Option<Result<Vec<u8>, Refused>> {
    let inside = LABELS.iter().find_map(|label| {
        let (_, after) = text.split_once(&format!("-----BEGIN {label}-----"))?;
        Some(after.split_once(&format!("-----END {label}-----"))?.0)
    })?;
    Some(Sealed::read(inside).ok_or(Refused::Malformed).and_then(|sealed| sealed.open(password)))
}

impl Sealed {
    fn read(base64: &str) -> Option<Self> {
        let packed: String = base64.split_whitespace().collect();
        let sealed: Self = serde_json::from_slice(&STANDARD.decode(packed).ok()?).ok()?;
        (sealed.kdf.name == "scrypt" && sealed.cipher.name == "nacl/secretbox").then_some(sealed)
    }

    fn open(&self, password: &[u8]) -> Result<Vec<u8>, Refused> {
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| Refused::Malformed);
        let nonce: [u8; 24] = bytes(&self.cipher.nonce)?.try_into().map_err(|_| Refused::Malformed)?;
        let key = self.kdf.params.key(password, &bytes(&self.kdf.salt)?).ok_or(Refused::Malformed)?;
        let secretbox = XSalsa20Poly1305::new(&Key::from(key));
        let sealed = bytes(&self.ciphertext)?;
        secretbox.decrypt(&Nonce::from(nonce), sealed.as_slice()).map_err(|_| Refused::Password)
    }
}

impl Parameters {
    fn key(&self, password: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
        let log_n = u8::try_from(self.n.checked_ilog2()?).ok()?;
        let memory = self.n.checked_mul(u64::from(self.r))?.checked_mul(128)?;
        if !self.n.is_power_of_two() || memory > MOST_MEMORY {
            return None;
        }
        let mut key = [0; 32];
        let parameters = scrypt::Params::new(log_n, self.r, self.p, key.len()).ok()?;
        scrypt::scrypt(password, salt, &parameters, &mut key).ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::pkcs8::DecodePrivateKey as _;

    use super::*;

    /// Of this test alone: made with libsodium and Python's scrypt, with less of scrypt than cosign takes.
    const KEY: &str = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n\
        eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjoxMDI0LCJyIjo4\n\
        LCJwIjoxfSwic2FsdCI6IkFRRUJBUUVCQVFFQkFRRUJBUUVCQVFFQkFRRUJBUUVC\n\
        QVFFQkFRRUJBUUU9In0sImNpcGhlciI6eyJuYW1lIjoibmFjbC9zZWNyZXRib3gi\n\
        LCJub25jZSI6IkFnSUNBZ0lDQWdJQ0FnSUNBZ0lDQWdJQ0FnSUNBZ0lDIn0sImNp\n\
        cGhlcnRleHQiOiJNTmg3bW1URXZmaExiNzQ1WnhtMnBBU1RQSENsaUJRNW92ODF2\n\
        cDFWN0YrT3A0TlQzV3dJaCtoaEk0RFRmOThiM0RlS1F1aGlJOUYyV0Vyd0c1elVz\n\
        MURlQ1ZLc08zeG5ReGRxLzJJc0kzdEkwNjh6YmJEZzRqUytCdnVQeHI2cGZuTkFx\n\
        VlRtMzh1Vy9hTnFyZi9sUnpMQlRXaHd3aEIzeHFuWWsxeUJCN3I0ang0U25aUTJS\n\
        NE1lMy9ydm9tRGhJdUcyMW5XUlpZNDZDQT09In0=\n\
        -----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n";

    #[test]
    fn a_key_is_opened_by_its_password_and_by_no_other() {
        let der = opened(KEY, b"pass word").unwrap().unwrap();
        assert!(SigningKey::from_pkcs8_der(&der).is_ok());
        assert_eq!(opened(KEY, b""), Some(Err(Refused::Password)));
        let of_an_older_cosign = KEY.replace("SIGSTORE", "COSIGN");
        assert_eq!(opened(&of_an_older_cosign, b"pass word"), Some(Ok(der)));
    }

    #[test]
    fn what_is_none_of_cosigns_keys_is_refused() {
        let sealed = |inside: &str| {
            let text = STANDARD.encode(inside);
            format!(
                "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n{text}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
            )
        };
        let with = |n: u64, r: u32, kdf: &str| {
            sealed(&format!(
                r#"{{"kdf": {{"name": "{kdf}", "params": {{"N": {n}, "r": {r}, "p": 1}}, "salt": ""}}, "cipher": {{"name": "nacl/secretbox",
                "nonce": "AgICAgICAgICAgICAgICAgICAgICAgIC"}}, "ciphertext": ""}}"#
            ))
        };
        assert_eq!(opened(&with(1024, 8, "scrypt"), b""), Some(Err(Refused::Password)), "it is whole");
        for malformed in [
            sealed("nonsense"),
            sealed("{}"),
            with(0, 8, "scrypt"),
            with(1000, 8, "scrypt"),
            with(1 << 40, 8, "scrypt"),
            with(1 << 63, u32::MAX, "scrypt"),
            with(1024, 8, "argon2"),
        ] {
            assert_eq!(opened(&malformed, b""), Some(Err(Refused::Malformed)), "{malformed}");
        }
        assert_eq!(opened("-----BEGIN PRIVATE KEY-----", b""), None);
        assert_eq!(opened("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", b""), None);
    }
}
