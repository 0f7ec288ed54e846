//! `gatehouse sigv4 explain`: what is said of requests that clients have signed in the ways they do.
//!
//! Every request is signed here, changed on its way, and written down; what is said of it is in `tests/sigv4`.
//! `BLESS=1` writes that anew.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    Algorithm, Chunked, PathRule, Scope, SecretKey, SignedPayload, Signer, parse_basic_date, sha256,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const AT: &str = "20150830T123600Z";

fn now() -> u64 {
    parse_basic_date(AT.as_bytes()).unwrap()
}

fn request(method: &str, target: &str, body: &str) -> Request {
    let pairs = [(":method", method), (":path", target), ("host", "api.example"), ("accept", "*/*")];
    Request { headers: Headers::from_pairs(pairs), body: Body::Read(body.into()) }
}

fn signed(mut request: Request, change: impl FnOnce(&mut Signer<'_>)) -> Request {
    let secret = SecretKey::new(SECRET);
    let mut signer = Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1");
    change(&mut signer);
    signer.sign(&mut request, now()).unwrap();
    request
}

/// As somebody would have it in a file.
fn written(request: &Request) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut all = format!("{} {} HTTP/1.1\r\n", text(request.method()), text(request.target()));
    for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with(b":")) {
        all.push_str(&format!("{}: {}\r\n", text(name), text(value)));
    }
    format!("{all}\r\n{}", text(request.body.bytes())).into_bytes()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sigv4")
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

fn gatehouse(request: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(["sigv4", "explain"]).arg(request).args(args).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SESSION_TOKEN").output().unwrap()
}

fn check(name: &str, request: &Request, args: &[&str], code: i32) {
    let written = file(&format!("{name}.http"), &written(request));
    let defaults = [["--at", AT], ["--region", "us-east-1"]];
    let defaults = defaults.iter().filter(|[flag, _]| !args.contains(flag)).flatten().copied();
    let output = gatehouse(&written, &defaults.chain(args.iter().copied()).collect::<Vec<_>>());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{name}: {said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains(SECRET) && !said.contains('\u{1b}'), "{said}");
    let expected = folder().join(format!("{name}.txt"));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&expected, &said).unwrap();
    }
    assert_eq!(said, fs::read_to_string(&expected).unwrap_or_default(), "{name}; BLESS=1 writes it anew");
}

/// The signature of another canonical request than was made.
fn resigned(mut request: Request, change: impl FnOnce(&str) -> String, secret: &str, scope: Scope<'_>) -> Request {
    let own = SecretKey::new(SECRET);
    let signer = Signer::execute_api("AKIDEXAMPLE", &own, "us-east-1");
    let made = signer.sign(&mut request, now()).unwrap();
    let canonical_request = change(std::str::from_utf8(&made.canonical_request).unwrap());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let text = String::from_utf8(made.string_to_sign).unwrap();
    let (head, _) = text.rsplit_once('\n').unwrap();
    let text = format!("{head}\n{}", hex(&sha256(canonical_request.as_bytes())));
    let signature = hex(&SecretKey::new(secret).derive(scope).sign(text.as_bytes()));
    let header = request.headers.text("authorization").unwrap().replace(&made.signature, &signature);
    request.headers.set("authorization", header).unwrap();
    request
}

const SCOPE: Scope<'_> = Scope { date: "20150830", region: "us-east-1", service: "execute-api" };

#[test]
fn a_good_request_verifies() {
    check("good", &signed(request("GET", "/pets?b=2&a=1", ""), |_| {}), &[], 0);
    check("good-v4a", &signed(request("GET", "/", ""), |signer| signer.algorithm = Algorithm::V4a), &[], 0);
    let mut presigned = request("GET", "/pets?a=+", "");
    let secret = SecretKey::new(SECRET);
    Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1").presign(&mut presigned, now(), 60).unwrap();
    check("good-presigned", &presigned, &[], 0);
}

#[test]
fn what_comes_before_the_signature_is_said() {
    let good = signed(request("GET", "/", ""), |_| {});
    check("slow-clock", &good, &["--at", "2015-08-30T12:42:30Z"], 1);
    check("fast-clock", &good, &["--at", "1440937200"], 1);
    check("wrong-scope", &good, &["--region", "eu-west-1", "--service", "lambda"], 1);
    let mut added = good.clone();
    added.headers.add("x-amz-meta-a", "1").unwrap();
    check("unsigned-header", &added, &[], 1);
    let mut taken = good.clone();
    taken.headers.remove("accept");
    check("absent-header", &taken, &[], 1);
    check("no-signature", &request("GET", "/", ""), &[], 1);
    check("another-key", &good, &["--access-key-id", "AKIDOTHER"], 1);
    let unsigned = signed(request("PUT", "/", "body"), |signer| signer.payload = SignedPayload::Unsigned);
    check("unsigned-payload", &unsigned, &[], 1);
}

#[test]
fn the_region_of_a_set_need_not_be_told() {
    let good = signed(request("GET", "/", ""), |signer| {
        (signer.algorithm, signer.region) = (Algorithm::V4a, "eu-west-1,us-*-1");
    });
    check("good-v4a-region-set", &good, &[], 0);
    let file = file("good-v4a-any-region.http", &written(&good));
    assert_eq!(gatehouse(&file, &["--at", AT]).status.code(), Some(0));
}

#[test]
fn a_declared_digest_that_is_not_the_bodys_is_said() {
    let mut good = signed(request("PUT", "/", "body"), |_| {});
    good.headers.add("x-amz-content-sha256", gatehouse_sigv4::EMPTY_SHA256).unwrap();
    check("declared-otherwise", &good, &[], 1);
}

#[test]
fn a_body_in_pieces_is_read() {
    let kind = SignedPayload::Chunked(Chunked::UnsignedWithTrailer);
    let in_pieces = |body: &str| {
        let mut request = request("PUT", "/bucket/key", body);
        request.headers.add("content-encoding", "aws-chunked").unwrap();
        request.headers.add("x-amz-decoded-content-length", "4").unwrap();
        request.headers.add("x-amz-trailer", "x-amz-checksum-crc32").unwrap();
        signed(request, |signer| (signer.service, signer.path, signer.payload) = ("s3", PathRule::S3, kind))
    };
    let s3 = ["--service", "s3"];
    let good = in_pieces("4\r\nbody\r\n0\r\nx-amz-checksum-crc32:uqbiow==\r\n\r\n");
    check("in-pieces", &good, &s3, 0);
    check("in-pieces-too-short", &in_pieces("3\r\nbod\r\n0\r\nx-amz-checksum-crc32:uqbiow==\r\n\r\n"), &s3, 1);
    check(
        "in-pieces-other-signature",
        &good,
        &["--service", "s3", "--secret-file", other_secret().to_str().unwrap()],
        1,
    );
}

fn other_secret() -> PathBuf {
    file("other-secret.txt", b"another")
}

#[test]
fn what_clients_do_is_recognized() {
    let check_path =
        |name, target| check(name, &signed(request("GET", target, ""), |it| it.path = PathRule::S3), &[], 1);
    check_path("path-encoded-once", "/a%20b");
    check_path("path-decoded", "/a%2Fb");
    let change = |name, method, target, body, change: &dyn Fn(&str) -> String| {
        check(name, &resigned(request(method, target, body), change, SECRET, SCOPE), &[], 1);
    };
    change("raw-plus", "GET", "/?a=b+c", "", &|text| text.replace("b%20c", "b+c"));
    change("plus-escaped", "GET", "/?a=b+c", "", &|text| text.replace("b%20c", "b%2Bc"));
    change("query-unsorted", "GET", "/?b=1&a=2", "", &|text| text.replace("a=2&b=1", "b=1&a=2"));
    change("query-sorted-joined", "GET", "/?a=1&a1=2", "", &|text| text.replace("a=1&a1=2", "a1=2&a=1"));
    change("host-with-port", "GET", "/", "", &|text| text.replace("api.example", "api.example:443"));
    let empty = gatehouse_sigv4::EMPTY_SHA256;
    let of_body = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    change("empty-digest", "POST", "/", "body", &|text| text.replace(of_body, empty));
    change("port-and-payload", "POST", "/", "body", &|text| {
        text.replace("api.example", "api.example:443").replace(of_body, "UNSIGNED-PAYLOAD")
    });
    change("nothing-known", "GET", "/", "", &|text| text.replace("accept", "except"));
}

#[test]
fn other_keys_are_tried() {
    fn signed(secret: &str, scope: Scope<'_>) -> Request {
        resigned(request("GET", "/", ""), str::to_owned, secret, scope)
    }
    check("secret-with-line-feed", &signed(&format!("{SECRET}\n"), SCOPE), &[], 1);
    check("key-of-another-region", &signed(SECRET, Scope { region: "eu-west-1", ..SCOPE }), &[], 1);
    check("key-of-another-service", &signed(SECRET, Scope { service: "s3", ..SCOPE }), &[], 1);
    check("key-of-another-day", &signed(SECRET, Scope { date: "20150829", ..SCOPE }), &[], 1);
    check("another-secret", &signed("another", SCOPE), &[], 1);
}

#[test]
fn the_clients_canonical_request_is_laid_beside() {
    let target = "/a%20b?x=1";
    let mut own = request("GET", target, "");
    let secret = SecretKey::new(SECRET);
    let signer = Signer::execute_api("AKIDEXAMPLE", &secret, "us-east-1");
    let made = String::from_utf8(signer.sign(&mut own, now()).unwrap().canonical_request).unwrap();
    let beside = |name: &str, theirs: &str| {
        let request = resigned(request("GET", target, ""), |_| theirs.to_owned(), SECRET, SCOPE);
        let file = file(&format!("{name}.theirs"), theirs.as_bytes());
        check(name, &request, &["--theirs", file.to_str().unwrap()], 1);
    };
    beside("theirs-path", &made.replace("%2520", "%20"));
    beside("theirs-header", &made.replace("*/*", "text/html"));
    beside("theirs-names", &made.replace("accept:*/*\n", "").replace("accept;", ""));
    let theirs = file("theirs-same.theirs", made.as_bytes());
    let other = resigned(request("GET", target, ""), str::to_owned, "another", SCOPE);
    check("theirs-same", &other, &["--theirs", theirs.to_str().unwrap()], 1);
}

#[test]
fn what_is_unusable_is_exit_code_2() {
    let good = file("unusable.http", &written(&signed(request("GET", "/", ""), |_| {})));
    let check = |request: &Path, args: &[&str], expected: &str| {
        let output = gatehouse(request, args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(expected), "{said}");
    };
    check(&good, &["--at", "noon"], "`--at`: `noon` is no time");
    check(&good, &["--secret-file", "/nowhere"], "`/nowhere`");
    check(Path::new("/nowhere"), &[], "`/nowhere`");
    check(&file("empty.http", b"\n"), &[], "there is no request");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    let output = command.args(["sigv4", "explain"]).arg(&good).env_remove("AWS_SECRET_ACCESS_KEY").output().unwrap();
    assert!(output.status.code() == Some(2) && String::from_utf8(output.stderr).unwrap().contains("--secret-file"));
}
