//! Project Wycheproof's vectors of ECDSA as JWS has it, RSASSA-PKCS1-v1_5 and Ed25519: keys as a key set names them, signatures as tokens carry
//! them. <https://github.com/C2SP/wycheproof>

use wycheproof::TestResult;

use super::*;
use crate::PureSignatures;

/// How many vectors agree; a valid signature must verify, an invalid one must not.
#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
}

impl Tally {
    fn check(&mut self, key: &Key, (text, signature): (&[u8], &[u8]), result: TestResult, whose: &str) {
        let verifies = key.verifies(text, signature, &PureSignatures);
        match result {
            TestResult::Valid => {
                assert!(verifies, "{whose}");
                self.valid += 1;
            }
            TestResult::Invalid => {
                assert!(!verifies, "{whose}");
                self.invalid += 1;
            }
            // Whether what is acceptable is accepted is everybody's own decision.
            TestResult::Acceptable => {}
        }
    }
}

fn key(jwk: &str) -> Key {
    let set = KeySet::parse(format!(r#"{{"keys": [{jwk}]}}"#).as_bytes()).unwrap();
    set.0.into_iter().next().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A coordinate of 32 bytes, whatever zeros its vector begins with or lacks.
fn coordinate_of(bytes: &[u8]) -> String {
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
    let mut padded = vec![0; 32 - (bytes.len() - first)];
    padded.extend_from_slice(&bytes[first..]);
    base64(&padded)
}

#[test]
fn es256() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let (x, y) = (coordinate_of(&group.key.affine_x), coordinate_of(&group.key.affine_y));
        let key = key(&format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#));
        for test in &group.tests {
            tally.check(&key, (&test.msg, &test.sig), test.result, &format!("{} {}", test.tc_id, test.comment));
        }
    }
    assert!(tally.valid > 100 && tally.invalid > 50, "{} {}", tally.valid, tally.invalid);
}

#[test]
fn rs256_rs384_and_rs512() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, algorithm) in [
        (TestName::Rsa2048Sha256, "RS256"),
        (TestName::Rsa3072Sha256, "RS256"),
        (TestName::Rsa4096Sha256, "RS256"),
        (TestName::Rsa2048Sha384, "RS384"),
        (TestName::Rsa2048Sha512, "RS512"),
    ] {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let (n, e) = (base64(&group.key.n), base64(&group.key.e));
            let key = key(&format!(r#"{{"kty": "RSA", "alg": "{algorithm}", "n": "{n}", "e": "{e}"}}"#));
            for test in &group.tests {
                let whose = format!("{algorithm} {} {}", test.tc_id, test.comment);
                tally.check(&key, (&test.msg, &test.sig), test.result, &whose);
            }
        }
        assert!(tally.valid > 0 && tally.invalid > 100, "{algorithm} {} {}", tally.valid, tally.invalid);
    }
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = key(&format!(r#"{{"kty": "OKP", "crv": "Ed25519", "x": "{}"}}"#, base64(&group.key.pk)));
        for test in &group.tests {
            tally.check(&key, (&test.msg, &test.sig), test.result, &format!("{} {}", test.tc_id, test.comment));
        }
    }
    assert!(tally.valid > 50 && tally.invalid > 30, "{} {}", tally.valid, tally.invalid);
}
