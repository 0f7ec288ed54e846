//! Signatures as cosign writes them: ECDSA on P-256 over a document that names a manifest's digest, kept in an image
//! that is found by that digest.
//!
//! `cosign verify --key gatehouse.pub --insecure-ignore-tlog …` accepts them, and so does `openssl dgst -verify`.
//!
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>

mod encrypted;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};

use super::artifact::{Artifact, Blob, IMAGE_CONFIG};
use crate::finding::Finding;
use crate::source::reason;
use encrypted::Refused;

const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Where cosign looks for the password of a key.
const PASSWORD: &str = "COSIGN_PASSWORD";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// A private key on P-256.
pub(super) struct Key(SigningKey);

impl Key {
    /// Reads a key as `openssl genpkey` or `openssl ecparam -genkey` write it, without a password, or as
    /// `cosign generate-key-pair` does, whose password is where cosign looks for it.
    ///
    /// # Errors
    /// It cannot be read, is no such key, or its password is another.
    pub(super) fn read(path: &Path) -> Result<Self, Finding> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Finding::error(None, format!("`{}` can't be read: {}", path.display(), reason(&error))))?;
        let password = std::env::var_os(PASSWORD).unwrap_or_default();
        let key = match encrypted::opened(&text, password.as_encoded_bytes()) {
            Some(Ok(der)) => SigningKey::from_pkcs8_der(&der).ok().map(Self),
            Some(Err(Refused::Password)) => {
                let message = format!("the password of `{}` is not what {PASSWORD} has", path.display());
                return Err(Finding::error(None, message));
            }
            Some(Err(Refused::Malformed)) => None,
            None => Self::parse(&text),
        };
        key.ok_or_else(|| {
            let message = format!(
                "`{}` is no private key on P-256 in PEM, of openssl's without a password or of cosign's",
                path.display()
            );
            Finding::error(None, message).help(
                "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out gatehouse.key`",
            )
        })
    }

    fn parse(text: &str) -> Option<Self> {
        // `openssl ecparam` writes the curve's name before the key.
        let of_ecparam =
            || Some(SecretKey::from_sec1_pem(text.get(text.find("-----BEGIN EC PRIVATE KEY")?..)?).ok()?.into());
        SigningKey::from_pkcs8_pem(text).ok().or_else(of_ecparam).map(Self)
    }
}

/// A signature of a manifest: what was signed, and the layer that holds it.
pub(super) struct Signed {
    payload: Blob,
    layer: Value,
}

impl Signed {
    /// Signs a manifest of a repository. The same key says the same of it every time (RFC 6979).
    pub(super) fn new(key: &Key, repository: &str, digest: &str) -> Self {
        let payload = Blob::json(&json!({
            "critical": {
                "identity": {"docker-reference": repository},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": null,
        }));
        let signature: Signature = key.0.sign(&payload.bytes);
        let mut layer = payload.descriptor(PAYLOAD, None);
        if let Some(fields) = layer.as_object_mut() {
            fields.insert("annotations".into(), json!({SIGNATURE: STANDARD.encode(signature.to_der())}));
        }
        Self { payload, layer }
    }

    /// The image of a manifest's signatures with this one, beside those of others; `None` if it has it.
    pub(super) fn beside(self, there: Option<&Value>) -> Option<Artifact> {
        let others = there.and_then(|manifest| manifest.get("layers")?.as_array().cloned()).unwrap_or_default();
        if others.contains(&self.layer) {
            return None;
        }
        let layers: Vec<Value> = others.into_iter().chain([self.layer]).collect();
        let digests: Vec<&Value> = layers.iter().filter_map(|layer| layer.get("digest")).collect();
        let config = Blob::json(&json!({
            "architecture": "",
            "os": "",
            "created": "0001-01-01T00:00:00Z",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": digests},
        }));
        let fields = json!({"config": config.descriptor(IMAGE_CONFIG, None), "layers": layers});
        Some(Artifact::new(fields, vec![config, self.payload]))
    }
}

/// The tag that cosign looks for.
pub(super) fn tag(digest: &str) -> String {
    format!("{}.sig", digest.replace(':', "-"))
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier as _;

    use super::*;

    /// Of this test alone, as openssl wrote them.
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+0ULhlAOiKSAzjDB\n\
        VlfSlcH8T9ksMKQSPPk30cTGtS2hRANCAATipq9gF7GczAZlpr9tH1JgblQVl044\n\
        y/yh24sBP2+3qRSYMwqA3FyjEFKlLAY16BGo0eobPU3kRaL1aYV2Wm5H\n\
        -----END PRIVATE KEY-----\n";
    const SEC1: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
        -----BEGIN EC PRIVATE KEY-----\n\
        MHcCAQEEIEWD0eOtMosAiJ/QhTbqzLuaPgo6ji+M8Trc9OxvCx/5oAoGCCqGSM49\n\
        AwEHoUQDQgAEvnIkEymneWGlahjH+RWovwAmHkhVmQofk5myoeQo15IxAvpv3GsF\n\
        9E8Ii17Srl0+d8TeAgvkneyYRVJ5sR+c2w==\n\
        -----END EC PRIVATE KEY-----\n";
    const P384: &str = "-----BEGIN PRIVATE KEY-----\n\
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBbEAXkiUABFIlswWZ7\n\
        bAbGCQ4PUVAaJ/HT4kPTwMMWDV+KEdtykYCbZx2EOJhD/aqhZANiAAR5ISihnhx8\n\
        WF+IuKcooSh+UpHhofRl4ucv2G7rbvPZLCnQLRtSQZMMFpV03PmIVfGegup9GaJE\n\
        GIetwn3++/u7Z2GwGnVlTFjFb4wKWfGA7I065an20AYoTSNCfamJhUU=\n\
        -----END PRIVATE KEY-----\n";

    fn key() -> Key {
        Key(SecretKey::from_slice(&[1; 32]).unwrap().into())
    }

    fn signed(key: &Key) -> Signed {
        Signed::new(key, "ghcr.io/owner/mock", "sha256:ab")
    }

    #[test]
    fn what_is_signed_names_the_digest_and_verifies() {
        let Signed { payload, layer } = signed(&key());
        let said: Value = serde_json::from_slice(&payload.bytes).unwrap();
        assert_eq!(said["critical"]["image"]["docker-manifest-digest"], "sha256:ab");
        let der = STANDARD.decode(layer["annotations"][SIGNATURE].as_str().unwrap()).unwrap();
        let verifies =
            |key: &Key| VerifyingKey::from(&key.0).verify(&payload.bytes, &Signature::from_der(&der).unwrap()).is_ok();
        assert!(verifies(&key()));
        assert!(!verifies(&Key(SecretKey::from_slice(&[2; 32]).unwrap().into())));
    }

    #[test]
    fn a_signature_is_added_once_and_beside_those_of_others() {
        let first = signed(&key()).beside(None).unwrap();
        let there: Value = serde_json::from_slice(&first.manifest.bytes).unwrap();
        assert!(signed(&key()).beside(Some(&there)).is_none(), "it is there");
        let other = Key(SecretKey::from_slice(&[2; 32]).unwrap().into());
        let both = signed(&other).beside(Some(&there)).unwrap();
        let both: Value = serde_json::from_slice(&both.manifest.bytes).unwrap();
        assert_eq!(both["layers"].as_array().unwrap().len(), 2);
        assert_eq!(both["layers"][0], there["layers"][0]);
    }

    #[test]
    fn keys_are_read_as_openssl_writes_them() {
        assert!(Key::parse(PKCS8).is_some() && Key::parse(SEC1).is_some());
        for nonsense in
            ["", P384, "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY"]
        {
            assert!(Key::parse(nonsense).is_none(), "{nonsense}");
        }
        assert_eq!(tag("sha256:ab"), "sha256-ab.sig");
    }
}
