//! Whatever is covered by a signature is changed, byte by byte: the request is refused, or still means the same.
//!
//! What AWS itself takes for the same: escapes in another case, the order of parameters, empty parameters, white space
//! around and inside a header's value, the separators of `Authorization`, empty and dot segments of a path, which is
//! why the path to go on with is the verified one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::OnceLock;

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    Credentials, Error, Key, Rules, Scope, SecretKey, SessionToken, Signer, SigningKey, Verified, sha256,
};

const NOW: u64 = 1_440_938_160;
static KEY: OnceLock<SigningKey> = OnceLock::new();
const TOKEN: &str = "AQoDYXdz/wEX+Lw==";

fn verify(request: &Request) -> Result<Verified, Error> {
    let rules = Rules::execute_api("us-east-1");
    let claim = rules.read(request, NOW)?;
    let scope = Scope { date: "20150830", region: "us-east-1", service: "execute-api" };
    let key = KEY.get_or_init(|| SecretKey::new("secret").derive(scope));
    let token = SessionToken::new(TOKEN);
    let credentials =
        Credentials { access_key_id: "ASIAEXAMPLE", key: Key::V4(key), session_token: Some(&token), expires_at: None };
    claim.verify(&credentials, &sha256(request.body.bytes()))
}

fn unsigned(target: &str, normalized: bool) -> (Request, bool) {
    let headers = Headers::from_pairs([
        (":method", "POST"),
        (":path", target),
        (":authority", "Api.example.com:8080"),
        ("content-type", "application/json; charset=utf-8"),
        ("x-tags", "one"),
        ("x-tags", "two  \t three"),
        ("x-empty", ""),
    ]);
    (Request { headers, body: Body::Read(b"{\"a\": 1}".to_vec()) }, normalized)
}

fn signed() -> Vec<Request> {
    let secret = SecretKey::new("secret");
    let mut all = Vec::new();
    for (request, normalize) in [
        unsigned("/", true),
        unsigned("/a//b/./c%2Fd/../e+f/", true),
        unsigned("/a//b/../c;d=1", false),
        unsigned("/a/b/c/..", true),
        unsigned("/a?a1=2&a=1&a=%2B+%c3%28&=x&y&a=b=c", true),
    ] {
        let signer = Signer {
            session_token: Some(TOKEN),
            normalize,
            ..Signer::execute_api("ASIAEXAMPLE", &secret, "us-east-1")
        };
        let (mut header, mut query) = (request.clone(), request);
        signer.sign(&mut header, NOW).unwrap();
        signer.presign(&mut query, NOW, 300).unwrap();
        all.extend([header, query]);
    }
    all
}

/// What a backend would understand.
#[derive(Debug, PartialEq)]
struct Meaning {
    path: Vec<u8>,
    query: Vec<(Vec<u8>, Vec<u8>)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn meaning(request: &Request, verified: &Verified) -> Meaning {
    let mut query: Vec<_> = request.query().pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    query.sort();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut headers = Vec::new();
    for (name, value) in request.headers.iter().filter(|(name, _)| *name != b":path") {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t') || (*byte == b',' && name == b"authorization");
        let mut words: Vec<&[u8]> = value.split(is_space).filter(|word| !word.is_empty()).collect();
        if name == b"authorization" {
            // Other fields of the header mean nothing.
            words.retain(|word| {
                [&b"AWS4-HMAC-SHA256"[..], b"Credential=", b"SignedHeaders=", b"Signature="]
                    .iter()
                    .any(|start| word.starts_with(start))
            });
        }
        headers.push((text(name), text(&words.join(&b' '))));
    }
    Meaning { path: verified.path(request).to_vec(), query, headers, body: request.body.bytes().to_vec() }
}

/// Every text that is one change away.
fn mutants(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in 0..text.len() {
        for bit in 0..7 {
            let mut flipped = text.to_vec();
            flipped[at] ^= 1 << bit;
            all.push(flipped);
        }
        let mut dropped = text.to_vec();
        dropped.remove(at);
        all.push(dropped);
        all.push(text[..at].to_vec());
    }
    for at in 0..=text.len() {
        for inserted in [b'/', b'.', b'%', b'&', b'=', b'+', b' ', b',', b';', b'0', b'a', b'\t', b'?'] {
            let mut longer = text.to_vec();
            longer.insert(at, inserted);
            all.push(longer);
        }
    }
    all
}

fn with_pairs(request: &Request, change: impl Fn(usize, &mut Vec<(Vec<u8>, Vec<u8>)>)) -> Vec<Request> {
    let pairs: Vec<_> = request.headers.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
    let changed = (0..pairs.len()).map(|at| {
        let mut pairs = pairs.clone();
        change(at, &mut pairs);
        Request { headers: Headers::from_pairs(pairs), body: request.body.clone() }
    });
    changed.collect()
}

#[test]
fn whatever_is_changed_is_refused_or_means_the_same() {
    let (mut refused, mut same) = (0, 0);
    for original in signed() {
        let verified = verify(&original).unwrap_or_else(|error| panic!("{original:?}: {error:?}"));
        let expected = meaning(&original, &verified);
        let mut check = |mutant: &Request| match verify(mutant) {
            Err(_) => refused += 1,
            Ok(verified) => {
                assert_eq!(meaning(mutant, &verified), expected);
                same += 1;
            }
        };
        let values: Vec<Vec<u8>> = original.headers.iter().map(|(_, value)| value.to_vec()).collect();
        for (at, value) in values.iter().enumerate() {
            for mutated in mutants(value) {
                for mutant in with_pairs(&original, |i, pairs| {
                    pairs[i].1 = if i == at { mutated.clone() } else { pairs[i].1.clone() }
                })
                .into_iter()
                .skip(at)
                .take(1)
                {
                    check(&mutant);
                }
            }
        }
        for body in mutants(original.body.bytes()) {
            check(&Request { headers: original.headers.clone(), body: Body::Read(body) });
        }
    }
    println!("{refused} refused, {same} the same");
    assert!(refused > 50_000);
}

#[test]
fn a_header_that_is_dropped_doubled_or_renamed_is_missed() {
    for original in signed() {
        for mutant in with_pairs(&original, |at, pairs| drop(pairs.remove(at))) {
            assert!(verify(&mutant).is_err(), "{mutant:?}");
        }
        for mutant in with_pairs(&original, |at, pairs| pairs[at].0.push(b'x')) {
            assert!(verify(&mutant).is_err(), "{mutant:?}");
        }
        let doubled = with_pairs(&original, |at, pairs| pairs.push(pairs[at].clone()));
        for mutant in doubled.iter().filter(|mutant| verify(mutant).is_ok()) {
            // Only a date that stands twice is one date, and a pseudo header cannot.
            let (name, _) = mutant.headers.iter().last().unwrap();
            assert!(name == b"x-amz-date" || name.starts_with(b":"), "{mutant:?}");
        }
        for name in ["x-amz-meta-a", "x-amz-security-token", "x-amz-date", "x-amz-content-sha256", "authorization"] {
            let mut mutant = original.clone();
            mutant.headers.add(name, "a").unwrap();
            assert!(verify(&mutant).is_err(), "{name}");
        }
    }
}

#[test]
fn a_signature_is_for_its_time_only() {
    let rules = Rules::execute_api("us-east-1");
    for original in signed() {
        for (now, accepted) in [(NOW - 301, false), (NOW - 300, true), (NOW + 300, true), (NOW + 301, false)] {
            assert_eq!(rules.read(&original, now).is_ok(), accepted, "{now}");
        }
    }
}
