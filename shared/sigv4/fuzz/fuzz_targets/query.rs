//! A target, with parameters of a presigned request or not: it is refused, nobody has signed it.
#![no_main]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{Credentials, Key, Detail, Rules, SecretKey, sha256};
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_440_938_160;

fuzz_target!(|bytes: &[u8]| {
    // Half of what makes a presigned request is there, so that the other half may be found.
    let prefix: &[u8] = b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20150830T123600Z&";
    let target = [prefix, bytes].concat();
    let mut pairs: Vec<(&[u8], &[u8])> = vec![(b":method", b"GET"), (b":authority", b"api.example")];

    pairs.push((b":path", &target));
    let request = Request { headers: Headers::from_pairs(pairs), body: Body::Empty };
    let mut lax = Rules::service("*", "execute-api");
    (lax.v4a, lax.unsigned_payload, lax.chunked_payload, lax.sign_amz_headers) = (true, true, true, false);
    for rules in [Rules::execute_api("us-east-1"), lax] {
        let error = match rules.read(&request, NOW) {
            Err(error) => error,
            Ok(claim) => {
                let key = SecretKey::new("secret").derive(claim.scope());
                let access_key_id = claim.access_key_id();
                let credentials = Credentials { access_key_id, key: Key::V4(&key), session_token: None, expires_at: None };
                let _ = claim.verify_early(&credentials);
                claim.verify(&credentials, &sha256(b"")).unwrap_err()
            }
        };
        let _ = (error.message(Detail::Full), error.error_type(), error.status());
    }
});
