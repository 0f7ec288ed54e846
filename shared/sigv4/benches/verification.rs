//! What a verification costs with a key that is derived already, beside signing by the crate `aws-sigv4`.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, SigningKey, sha256};

const NOW: u64 = 1_440_938_160;

/// Nine headers of a client, as browsers and SDKs send them. The gauge that runs in Envoy verifies the same.
const HEADERS: &str = include_str!("headers.txt");
const TARGET: &str = "/prod/pets/1234?limit=20&cursor=abc%3D%3D&sort=name";

fn headers<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    HEADERS.lines().filter_map(|line| line.split_once(": "))
}

fn unsigned(method: &str, body: &[u8]) -> Request {
    let pseudo = [(":method", method), (":path", TARGET), (":authority", "abc.execute-api.us-east-1.amazonaws.com")];
    let headers = Headers::from_pairs(pseudo.into_iter().chain(headers()));
    Request { headers, body: Body::Read(body.to_vec()) }
}

fn signed(method: &str, body: &[u8], secret: &SecretKey) -> Request {
    let mut request = unsigned(method, body);
    Signer::execute_api("AKIDEXAMPLE", secret, "us-east-1").sign(&mut request, NOW).unwrap();
    request
}

fn verification(criterion: &mut Criterion) {
    let secret = SecretKey::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let rules = Rules::execute_api("us-east-1");
    let mut group = criterion.benchmark_group("sigv4");
    for (name, method, length) in [("GET", "GET", 0), ("POST 1 KiB", "POST", 1024), ("POST 64 KiB", "POST", 65536)] {
        let request = signed(method, &vec![b'a'; length], &secret);
        let key = secret.derive(rules.read(&request, NOW).unwrap().scope());
        let credentials =
            Credentials { access_key_id: "AKIDEXAMPLE", key: Key::V4(&key), session_token: None, expires_at: None };
        group.bench_function(format!("verify {name}"), |bencher| {
            bencher.iter(|| {
                let claim = rules.read(black_box(&request), NOW).unwrap();
                claim.verify(&credentials, &sha256(request.body.bytes())).unwrap()
            });
        });
    }
    let get = signed("GET", b"", &secret);
    group.bench_function("read GET", |bencher| bencher.iter(|| rules.read(black_box(&get), NOW).unwrap()));
    group.bench_function("floor GET", |bencher| {
        let (canonical_request, string_to_sign, key) = prepared(&secret, &rules);
        bencher.iter(|| (sha256(black_box(&canonical_request)), key.sign(black_box(&string_to_sign))));
    });
    group.bench_function("derive a key", |bencher| {
        let request = signed("GET", b"", &secret);
        let claim = rules.read(&request, NOW).unwrap();
        bencher.iter(|| black_box(&secret).derive(claim.scope()));
    });
    group.bench_function("aws-sigv4 signs GET", |bencher| bencher.iter(|| peer(black_box(b""))));
    group.finish();
}

/// What is hashed of the GET, all of it written beforehand: 14 compressions and nothing else.
fn prepared(secret: &SecretKey, rules: &Rules) -> (Vec<u8>, Vec<u8>, SigningKey) {
    let mut request = unsigned("GET", b"");
    let made = Signer::execute_api("AKIDEXAMPLE", secret, "us-east-1").sign(&mut request, NOW).unwrap();
    assert_eq!((made.canonical_request.len() + 9).div_ceil(64), 10);
    let key = secret.derive(rules.read(&request, NOW).unwrap().scope());
    (made.canonical_request, made.string_to_sign, key)
}

fn peer(body: &[u8]) -> String {
    let identity = aws_credential_types::Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        None,
        None,
        "bench",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("execute-api")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!("https://abc.execute-api.us-east-1.amazonaws.com{TARGET}");
    let request = SignableRequest::new("GET", uri, headers(), SignableBody::Bytes(body)).unwrap();
    sign(request, &parameters).unwrap().signature().to_owned()
}

criterion_group!(benches, verification);
criterion_main!(benches);
