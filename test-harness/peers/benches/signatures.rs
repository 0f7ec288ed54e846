//! One signed GET, whose key is derived already: verified by ours, by scratchstack-aws-signature and with s3s-sigv4's
//! steps, signed by aws-sigv4; beside them what SHA-256 alone costs of it. All in one run.

use std::error::Error;
use std::hint::black_box;
use std::pin::pin;
use std::str::FromStr;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, sha256};
use s3s_sigv4::{AmzDate, AuthorizationV4, Payload};
use scratchstack_aws_principal::User;
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};

const NOW: u64 = 1_440_938_160;
const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: &str = "abc.execute-api.us-east-1.amazonaws.com";
const PATH: &str = "/prod/pets/1234";
const QUERY: &str = "limit=20&cursor=abc%3D%3D&sort=name";
const HEADERS: [(&str, &str); 9] = [
    ("accept", "application/json, text/plain, */*"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-language", "en-US,en;q=0.9"),
    ("content-type", "application/json"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    ("x-request-source", "web"),
    ("x-correlation", "3f1c1c52-7b0e-4f7e-9d55-2d4c5e0a9b11"),
    ("x-tenant", "example-corporation"),
    ("origin", "https://app.example.com"),
];

fn signed() -> Request {
    let target = format!("{PATH}?{QUERY}");
    let pseudo = [(":method", "GET"), (":path", &*target), (":authority", HOST)];
    let headers = Headers::from_pairs(pseudo.into_iter().chain(HEADERS));
    let mut request = Request { headers, body: Body::Empty };
    let secret = SecretKey::new(SECRET);
    Signer::execute_api(ID, &secret, "us-east-1").sign(&mut request, NOW).expect("a signature");
    request
}

fn ours(bench: &mut Criterion) {
    let (request, secret, rules) = (signed(), SecretKey::new(SECRET), Rules::execute_api("us-east-1"));
    let key = secret.derive(rules.read(&request, NOW).expect("a claim").scope());
    let credentials = Credentials { access_key_id: ID, key: Key::V4(&key), session_token: None, expires_at: None };
    let verify = |request: &Request| {
        let claim = rules.read(request, NOW).expect("a claim");
        claim.verify(&credentials, &sha256(request.body.bytes())).expect("a signature")
    };
    let mut group = bench.benchmark_group("signatures");
    group.bench_function("gatehouse verifies", |bencher| bencher.iter(|| verify(black_box(&request))));
    let text = rules.read(&request, NOW).expect("a claim").expected(&sha256(b""));
    group.bench_function("floor: 14 compressions", |bencher| {
        bencher.iter(|| (sha256(black_box(text.canonical_request())), key.sign(black_box(text.string_to_sign()))));
    });
    group.finish();
}

fn text<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers.text(name).unwrap_or_default()
}

fn s3s(bench: &mut Criterion) {
    let request = signed();
    let date = AmzDate::parse(text(&request, "x-amz-date")).expect("a date");
    let key = s3s_sigv4::derive_signing_key(SECRET, &date, "us-east-1", "execute-api");
    let verify = |request: &Request| {
        let authorization = AuthorizationV4::parse(text(request, "authorization")).expect("a header");
        let date = AmzDate::parse(text(request, "x-amz-date")).expect("a date");
        let header = |name: &&'_ str| match *name {
            "host" => HOST,
            name => text(request, name),
        };
        let headers: Vec<_> = authorization.signed_headers.iter().map(|name| (*name, header(name))).collect();
        let query: Vec<_> = request.query().pairs().collect();
        let query: Vec<_> =
            query.iter().map(|(name, value)| (String::from_utf8_lossy(name), String::from_utf8_lossy(value))).collect();
        let empty = Payload::SingleChunk(gatehouse_sigv4::EMPTY_SHA256);
        let canonical = s3s_sigv4::create_canonical_request("GET", PATH, &query, &headers, empty);
        let to_sign = s3s_sigv4::create_string_to_sign(&canonical, &date, "us-east-1", "execute-api");
        let signature = s3s_sigv4::calculate_signature_with_key(&to_sign, &key);
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        (signature, hex, authorization.signature.to_owned())
    };
    let (_, hex, presented) = verify(&request);
    assert_eq!(hex, presented);
    let mut group = bench.benchmark_group("signatures");
    group.bench_function("s3s-sigv4's steps", |bencher| bencher.iter(|| verify(black_box(&request))));
    group.finish();
}

async fn cached_key(_: GetSigningKeyRequest) -> Result<GetSigningKeyResponse, Box<dyn Error + Send + Sync>> {
    static KNOWN: LazyLock<GetSigningKeyResponse> = LazyLock::new(|| {
        let day = DateTime::from_timestamp(1_440_938_160, 0).expect("a time").date_naive();
        let key = KSecretKey::from_str(SECRET).expect("a key").to_ksigning(day, "us-east-1", "execute-api");
        let user = User::new("aws", "111122223333", "/", "ann").expect("a user");
        GetSigningKeyResponse::builder().principal(user).signing_key(key).build().expect("a response")
    });
    Ok(KNOWN.clone())
}

fn scratchstack(bench: &mut Criterion) {
    let request = signed();
    let mut builder = http::Request::get(format!("https://{HOST}{PATH}?{QUERY}")).header("host", HOST);
    for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with(b":")) {
        builder = builder.header(name, value);
    }
    let template = builder.body(()).expect("a request");
    let now = DateTime::from_timestamp(1_440_938_160, 0).expect("a time");
    let mut keys = service_for_signing_key_fn(cached_key);
    let mut group = bench.benchmark_group("signatures");
    group.bench_function("scratchstack-aws-signature verifies", |bencher| {
        bencher.iter(|| {
            let request = template.clone();
            let (options, required) = (SignatureOptions::default(), NO_ADDITIONAL_SIGNED_HEADERS);
            let verified =
                pin!(sigv4_validate_request(request, "us-east-1", "execute-api", &mut keys, now, &required, options));
            match verified.poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(verified) => verified.expect("a signature"),
                Poll::Pending => panic!("nothing to wait for"),
            }
        });
    });
    group.finish();
}

fn aws(bench: &mut Criterion) {
    let identity = aws_credential_types::Credentials::new(ID, SECRET, None, None, "bench").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("execute-api")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
        .settings(SigningSettings::default())
        .build()
        .expect("parameters")
        .into();
    let uri = format!("https://{HOST}{PATH}?{QUERY}");
    let mut group = bench.benchmark_group("signatures");
    group.bench_function("aws-sigv4 signs, deriving the key", |bencher| {
        bencher.iter(|| {
            let body = SignableBody::Bytes(b"");
            let request = SignableRequest::new("GET", &*uri, HEADERS.into_iter(), body).expect("a request");
            sign(request, &parameters).expect("a signature").signature().to_owned()
        });
    });
    group.finish();
}

criterion_group!(benches, ours, s3s, scratchstack, aws);
criterion_main!(benches);
