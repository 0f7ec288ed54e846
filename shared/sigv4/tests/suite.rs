//! AWS's official suite, as the crate `aws-sigv4` ships it: every request signed and verified, every stage compared.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test"
)]

use std::path::{Path, PathBuf};

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    Algorithm, Credentials, Error, Key, PublicKey, PureP256, Rules, SecretKey, SessionToken, SignedPayload, Signer,
    parse_basic_date, sha256,
};
use serde_json::Value;

/// `20150830T123600Z`, which all of them are signed at.
const AT: &str = "20150830T123600Z";

struct Case {
    name: String,
    folder: PathBuf,
    context: Value,
}

#[test]
fn every_signed_request_is_verified() {
    let mut verified = 0;
    for case in cases("v4") {
        for how in ["header", "query"] {
            let request = request(&case.read(&format!("{how}-signed-request.txt")));
            let secret = case.secret();
            let token = case.token().map(SessionToken::new);
            let mut rules = Rules::service("us-east-1", "service");
            rules.unsigned_token = case.context["omit_session_token"] == true;
            let claim = rules.read(&request, now()).unwrap_or_else(|error| panic!("{} {how}: {error:?}", case.name));
            let key = secret.derive(claim.scope());
            let credentials = Credentials {
                access_key_id: "AKIDEXAMPLE",
                key: Key::V4(&key),
                session_token: token.as_ref(),
                expires_at: None,
            };
            let found = claim.verify(&credentials, &sha256(request.body.bytes()));
            assert!(found.is_ok(), "{} {how}: {:?}", case.name, found);
            verified += 1;
        }
    }
    assert_eq!(verified, 76);
}

/// Their signatures differ from run to run: each is verified with the suite's public key, which is the derived one.
#[test]
fn every_request_signed_with_ecdsa_is_verified() {
    let mut verified = 0;
    for case in cases("v4a") {
        let suites: Value = serde_json::from_str(&case.read("public-key.json")).unwrap();
        let coordinate = |name: &str| -> [u8; 32] {
            let hex = suites[name].as_str().unwrap();
            std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        };
        let key = case.secret().public_key("AKIDEXAMPLE").unwrap();
        assert_eq!(key, PublicKey::new(coordinate("X"), coordinate("Y")), "{}", case.name);
        for how in ["header", "query"] {
            let mut rules = Rules::service("us-east-1", "service");
            (rules.v4a, rules.unsigned_token) = (true, case.context["omit_session_token"] == true);
            let token = case.token().map(SessionToken::new);
            let credentials = Credentials {
                access_key_id: "AKIDEXAMPLE",
                key: Key::V4a(&key, &PureP256),
                session_token: token.as_ref(),
                expires_at: None,
            };
            let mut request = request(&case.read(&format!("{how}-signed-request.txt")));
            let digest = sha256(request.body.bytes());
            let found = rules.read(&request, now()).and_then(|claim| claim.verify(&credentials, &digest));
            assert!(found.is_ok(), "{} {how}: {found:?}", case.name);
            // Another text, another algorithm's rules, another region.
            rules.regions = vec!["eu-west-1".into()];
            assert!(rules.read(&request, now()).is_err());
            (rules.regions, rules.v4a) = (vec!["us-east-1".into()], false);
            assert!(rules.read(&request, now()).is_err());
            rules.v4a = true;
            request.headers.set(":method", "PUT").unwrap();
            let found = rules.read(&request, now()).and_then(|claim| claim.verify(&credentials, &digest));
            assert!(matches!(found, Err(Error::SignatureMismatch(_))), "{} {how}", case.name);
            verified += 1;
        }
    }
    assert_eq!(verified, 76);
}

#[test]
fn every_stage_of_signing_is_the_suites() {
    assert_eq!((stages("v4", Algorithm::V4), stages("v4a", Algorithm::V4a)), (76, 76));
}

/// SigV4A's signatures cannot be compared: the one that was made is verified.
fn stages(version: &str, algorithm: Algorithm) -> usize {
    let mut signed = 0;
    for case in cases(version) {
        for how in ["header", "query"] {
            // The crate escapes the space of one of them, which the stages and the signed request do not.
            let mut request = request(&case.read("request.txt").replace("/example%20space/", "/example space/"));
            let (secret, token) = (case.secret(), case.token());
            let payload = if case.context["sign_body"] == true { SignedPayload::Declared } else { SignedPayload::Body };
            let signer = Signer {
                algorithm,
                service: "service",
                session_token: token.as_deref(),
                normalize: case.context["normalize"] == true,
                sign_token: case.context["omit_session_token"] != true,
                payload,
                ..Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1")
            };
            let made = match how {
                "header" => signer.sign(&mut request, now()),
                _ => signer.presign(&mut request, now(), 3600),
            };
            let made = made.unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let expected = |what: &str| case.read(&format!("{how}-{what}.txt"));
            assert_eq!(text(&made.canonical_request), expected("canonical-request"), "{} {how}", case.name);
            assert_eq!(text(&made.string_to_sign), expected("string-to-sign"), "{} {how}", case.name);
            match algorithm {
                Algorithm::V4 => assert_eq!(made.signature, expected("signature"), "{} {how}", case.name),
                Algorithm::V4a => {
                    let key = secret.public_key("AKIDEXAMPLE").unwrap();
                    assert!(key.is_signed(&PureP256, made.signature.as_bytes(), &made.string_to_sign));
                    let mut rules = Rules::service("us-east-1", "service");
                    (rules.v4a, rules.unsigned_token) = (true, case.context["omit_session_token"] == true);
                    let token = token.as_deref().map(SessionToken::new);
                    let credentials = Credentials {
                        access_key_id: "AKIDEXAMPLE",
                        key: Key::V4a(&key, &PureP256),
                        session_token: token.as_ref(),
                        expires_at: None,
                    };
                    let digest = sha256(request.body.bytes());
                    let found = rules.read(&request, now()).and_then(|claim| claim.verify(&credentials, &digest));
                    assert!(found.is_ok(), "{} {how}: {found:?}", case.name);
                }
            }
            signed += 1;
        }
    }
    signed
}

impl Case {
    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap_or_else(|error| panic!("{} {file}: {error}", self.name))
    }

    fn secret(&self) -> SecretKey {
        SecretKey::new(self.context["credentials"]["secret_access_key"].as_str().unwrap())
    }

    fn token(&self) -> Option<String> {
        self.context["credentials"]["token"].as_str().map(str::to_owned)
    }
}

fn now() -> u64 {
    parse_basic_date(AT.as_bytes()).unwrap()
}

/// The folders that have a context; the crate adds two of its own, which have none.
fn cases(version: &str) -> Vec<Case> {
    let folder = suite().join(version);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(context) = std::fs::read_to_string(folder.join("context.json")) else { continue };
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        cases.push(Case { name, context: serde_json::from_str(&context).unwrap(), folder });
    }
    cases
}

/// Where cargo keeps the sources of `aws-sigv4`, which is a dependency of these tests.
fn suite() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cargo"));
    let registries = std::fs::read_dir(home.join("registry/src")).unwrap();
    let found = registries.map(|it| it.unwrap().path().join("aws-sigv4-1.6.4/aws-signing-test-suite"));
    found.into_iter().find(|path| path.exists()).unwrap()
}

/// A request as it is on the wire, lines that continue a header included.
fn request(text: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap();
    let (method, rest) = line.split_once(' ').unwrap();
    let (target, _) = rest.rsplit_once(' ').unwrap();
    let mut pairs = vec![(":method".to_owned(), method.to_owned()), (":path".to_owned(), target.to_owned())];
    for line in lines {
        if line.starts_with(' ') {
            // As a proxy unfolds it.
            pairs.last_mut().unwrap().1.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    let body = if body.is_empty() { Body::Empty } else { Body::Read(body.trim_end_matches('\n').into()) };
    Request { headers: Headers::from_pairs(pairs), body }
}
