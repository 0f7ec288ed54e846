//! Tokens for tests: keys that everybody knows, and a hand that signs whatever it is given.
#![allow(clippy::unwrap_used, clippy::panic, reason = "for tests alone")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::Digest as _;

/// The private keys `one` and `two` (RSA), `ec` (P-256) and `ed` (Ed25519).
#[derive(Debug)]
pub struct TestKey {
    id: String,
    secret: Secret,
}

#[derive(Debug)]
enum Secret {
    Rsa(Box<RsaPrivateKey>),
    Ec(p256::ecdsa::SigningKey),
    Ed(ed25519_compact::KeyPair),
}

impl TestKey {
    /// A key by its id.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let rsa = |der| Secret::Rsa(Box::new(RsaPrivateKey::from_pkcs8_der(der).unwrap()));
        let secret = match id {
            "one" => rsa(include_bytes!("testing/one.der").as_slice()),
            "two" => rsa(include_bytes!("testing/two.der").as_slice()),
            "ec" => Secret::Ec(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()),
            "ed" => Secret::Ed(ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new([7; 32]))),
            _ => panic!("there is no key `{id}`"),
        };
        Self { id: id.to_owned(), secret }
    }

    /// The algorithm that it is for, unless another one is asked for.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.secret {
            Secret::Rsa(_) => "RS256",
            Secret::Ec(_) => "ES256",
            Secret::Ed(_) => "EdDSA",
        }
    }

    /// Its public half, as an entry of a key set, for this algorithm.
    #[must_use]
    pub fn jwk(&self, algorithm: &str) -> String {
        let of = |kind: &str, numbers: &str| {
            format!(r#"{{"kid":"{}","use":"sig","alg":"{algorithm}","kty":"{kind}",{numbers}}}"#, self.id)
        };
        match &self.secret {
            Secret::Rsa(key) => {
                let (n, e) = (encoded(key.n().to_bytes_be()), encoded(key.e().to_bytes_be()));
                of("RSA", &format!(r#""n":"{n}","e":"{e}""#))
            }
            Secret::Ec(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let (x, y) = (encoded(point.x().unwrap()), encoded(point.y().unwrap()));
                of("EC", &format!(r#""crv":"P-256","x":"{x}","y":"{y}""#))
            }
            Secret::Ed(key) => of("OKP", &format!(r#""crv":"Ed25519","x":"{}""#, encoded(*key.pk))),
        }
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, algorithm: &str, text: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Rsa(key) => {
                let key = RsaPrivateKey::clone(key);
                let signature: pkcs1v15::Signature = match algorithm {
                    "RS384" => pkcs1v15::SigningKey::<sha2::Sha384>::new(key).sign(text),
                    "RS512" => pkcs1v15::SigningKey::<sha2::Sha512>::new(key).sign(text),
                    _ => pkcs1v15::SigningKey::<sha2::Sha256>::new(key).sign(text),
                };
                rsa::signature::SignatureEncoding::to_vec(&signature)
            }
            Secret::Ec(key) => {
                let signature: p256::ecdsa::Signature = key.sign(text);
                signature.to_bytes().to_vec()
            }
            Secret::Ed(key) => key.sk.sign(text, None).to_vec(),
        }
    }

    /// A token with these claims, JSON, under an honest header.
    #[must_use]
    pub fn token(&self, claims: &str) -> String {
        let algorithm = self.algorithm();
        self.token_with(&format!(r#"{{"alg":"{algorithm}","kid":"{}"}}"#, self.id), claims)
    }

    /// A token with this header and these claims, whatever they say, signed by this key's algorithm.
    #[must_use]
    pub fn token_with(&self, header: &str, claims: &str) -> String {
        let algorithm = ["RS384", "RS512"].into_iter().find(|it| header.contains(it)).unwrap_or(self.algorithm());
        signed(header, claims, |text| self.sign(algorithm, text))
    }
}

/// A token whose signature is what is made of its text.
#[must_use]
pub fn signed(header: &str, claims: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encoded(header), encoded(claims));
    let signature = encoded(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// A key set of these keys.
#[must_use]
pub fn key_set(ids: &[&str]) -> String {
    let keys: Vec<String> = ids.iter().map(|id| TestKey::new(id)).map(|key| key.jwk(key.algorithm())).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// HMAC with SHA-256, for those who take a public key for a secret.
#[must_use]
pub fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    let digest = sha2::Sha256::digest(key);
    let short = if key.len() > 64 { &*digest } else { key };
    block.iter_mut().zip(short).for_each(|(own, byte)| *own = *byte);
    let inner = sha2::Sha256::digest([block.map(|byte| byte ^ 0x36).as_slice(), text].concat());
    sha2::Sha256::digest([block.map(|byte| byte ^ 0x5c).as_slice(), &*inner].concat()).to_vec()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
