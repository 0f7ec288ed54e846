//! Lines: a method, a target, a body, then headers. What is signed here is verified here, in a header and in the query,
//! with the path normalised or not, and what is forwarded has no signature.
#![no_main]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{Credentials, Key, Error, Rules, SecretKey, Signer, sha256};
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_440_938_160;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, target, body) = (line(), line(), line());
    let mut headers =
        Headers::from_pairs([(&b":method"[..], method), (b":path", target), (b":authority", b"api.example")]);
    for line in lines {
        let (name, value) = line.split_at(line.iter().position(|&byte| byte == b':').unwrap_or(line.len()));
        let Ok(name) = std::str::from_utf8(name) else { return };
        // What must stand once, or is the signer's own, is not this test's.
        if ["x-amz", "authorization", "date", "host", ":"].iter().any(|own| name.to_ascii_lowercase().starts_with(own))
        {
            return;
        }
        if name.contains(',') || headers.add(name, value.get(1..).unwrap_or_default()).is_err() {
            return;
        }
    }
    let request = Request { headers, body: Body::Read(body.to_vec()) };
    if headers_break(&request) {
        return;
    }
    let secret = SecretKey::new("secret");
    for (normalize, presign) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut request = request.clone();
        let signer = Signer { normalize, ..Signer::execute_api("AKID", &secret, "us-east-1") };
        let signed = if presign { signer.presign(&mut request, NOW, 60) } else { signer.sign(&mut request, NOW) };
        if signed.is_err() {
            return;
        }
        let rules = Rules::execute_api("us-east-1");
        let claim = match rules.read(&request, NOW) {
            Ok(claim) => claim,
            // What no client may send at all, however it is signed.
            Err(
                Error::TooLarge
                | Error::MalformedPath
                | Error::MalformedQuery(_)
                | Error::TwoSignatures
                | Error::Repeated(_)
                | Error::MalformedSignedHeaders
                | Error::UnsupportedQueryAlgorithm,
            ) => continue,
            Err(error) => panic!("{error:?}"),
        };
        let key = secret.derive(claim.scope());
        let credentials = Credentials { access_key_id: "AKID", key: Key::V4(&key), session_token: None, expires_at: None };
        let verified = claim.verify(&credentials, &sha256(body)).unwrap();
        assert!(claim.verify(&credentials, &sha256(&[body, b"x"].concat())).is_err());
        if verified.clean(&mut request).is_ok() {
            assert!(!request.headers.has("authorization") && request.path().starts_with(b"/"));
        }
    }
});

fn headers_break(request: &Request) -> bool {
    request.headers.may_split()
}
