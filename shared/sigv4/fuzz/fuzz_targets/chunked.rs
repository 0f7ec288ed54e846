//! The first byte says in which pieces the rest, a body in aws-chunked pieces, arrives. In whatever pieces, it is read
//! alike, and never gives more than it got.
#![no_main]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    ChunkError, Chunked, ChunkedBody, Credentials, Key, Rules, Scope, SecretKey, SignedPayload, Signer, SigningKey,
};
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_440_938_160;

fuzz_target!(|bytes: &[u8]| {
    let Some((&piece, body)) = bytes.split_first() else { return };
    for kind in [Chunked::Signed, Chunked::SignedWithTrailer, Chunked::UnsignedWithTrailer] {
        let whole = read(kind, body, usize::MAX);
        let pieces = read(kind, body, usize::from(piece).max(1));
        assert_eq!(whole, pieces);
        if let Ok(length) = whole {
            assert!(length < body.len());
        }
    }
});

fn read(kind: Chunked, body: &[u8], piece: usize) -> Result<usize, ChunkError> {
    let secret = SecretKey::new("secret");
    let key = secret.derive(Scope { date: "20150830", region: "us-east-1", service: "execute-api" });
    let (mut opened, mut out) = (opened(kind, &secret, &key), Vec::new());
    for piece in body.chunks(piece) {
        opened.decode(piece, &mut out)?;
    }
    opened.finish()?;
    Ok(out.len())
}

fn opened<'k>(kind: Chunked, secret: &SecretKey, key: &'k SigningKey) -> ChunkedBody<'k> {
    let headers = Headers::from_pairs([
        (":method", "PUT"),
        (":path", "/"),
        (":authority", "api.example"),
        ("x-amz-trailer", "x-a,x-b"),
        ("x-amz-decoded-content-length", "3"),
    ]);
    let mut request = Request { headers, body: Body::Unread };
    let signer = Signer { payload: SignedPayload::Chunked(kind), ..Signer::execute_api("AKID", secret, "us-east-1") };
    signer.sign(&mut request, NOW).unwrap();
    let rules = Rules { chunked_payload: true, ..Rules::execute_api("us-east-1") };
    let claim = rules.read(&request, NOW).unwrap();
    let key = Key::V4(key);
    let credentials = Credentials { access_key_id: "AKID", key, session_token: None, expires_at: None };
    let verified = claim.verify(&credentials, &[0; 32]).unwrap();
    claim.chunked_body(&verified, key).unwrap().unwrap()
}
