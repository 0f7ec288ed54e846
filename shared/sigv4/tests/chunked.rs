//! The documentation's aws-chunked examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{ChunkError, ChunkedBody, Credentials, Key, PathRule, Rules, SecretKey, parse_basic_date};

const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const CHUNKS: [&str; 3] = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const TRAILER_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const TRAILER_CHUNKS: [&str; 3] = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];
const TRAILER: &str = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";

/// The request that opens a body, verified.
fn opened(trailer: bool, seed: &str) -> Option<ChunkedBody> {
    let kind =
        if trailer { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" } else { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
    let mut pairs = vec![
        (":method", "PUT"),
        (":path", "/examplebucket/chunkObject.txt"),
        (":authority", "s3.amazonaws.com"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", kind),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ];
    pairs.push(if trailer { ("x-amz-trailer", "x-amz-checksum-crc32c") } else { ("content-length", "66824") });
    let mut names: Vec<&str> = pairs[3..].iter().map(|(name, _)| *name).chain(["host"]).collect();
    names.sort_unstable();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={},\
         Signature={seed}",
        names.join(";")
    );
    pairs.push(("authorization", &authorization));
    let request = Request { headers: Headers::from_pairs(pairs), body: Body::Unread };
    let rules = Rules { chunked_payload: true, path: PathRule::S3, ..Rules::service("us-east-1", "s3") };
    let claim = rules.read(&request, parse_basic_date(b"20130524T000000Z").unwrap()).unwrap();
    let key = SecretKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").derive(claim.scope());
    let access_key_id = "AKIAIOSFODNN7EXAMPLE";
    let credentials = Credentials { access_key_id, key: Key::V4(&key), session_token: None, expires_at: None };
    let verified = claim.verify(&credentials, &[0; 32]).ok()?;
    claim.chunked_body(&verified, &key)
}

fn body(signatures: [&str; 3], end: &str) -> Vec<u8> {
    let [first, second, last] = signatures;
    let (long, short) = ("a".repeat(65536), "a".repeat(1024));
    format!(
        "10000;chunk-signature={first}\r\n{long}\r\n400;chunk-signature={second}\r\n{short}\r\n\
         0;chunk-signature={last}\r\n{end}\r\n"
    )
    .into_bytes()
}

fn trailers(signature: &str) -> String {
    format!("x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{signature}\r\n")
}

fn decode(mut opened: ChunkedBody, body: &[u8], piece: usize) -> Result<(usize, usize), ChunkError> {
    let mut out = Vec::new();
    for piece in body.chunks(piece) {
        opened.decode(piece, &mut out)?;
    }
    assert!(out.iter().all(|&byte| byte == b'a'));
    Ok((out.len(), opened.finish()?.len()))
}

#[test]
fn the_documentations_bodies_are_read_in_whatever_pieces() {
    for piece in [usize::MAX, 65536, 1000, 7] {
        let found = decode(opened(false, SEED).unwrap(), &body(CHUNKS, ""), piece);
        assert_eq!(found, Ok((66560, 0)), "{piece}");
        let with_trailer = body(TRAILER_CHUNKS, &trailers(TRAILER));
        let found = decode(opened(true, TRAILER_SEED).unwrap(), &with_trailer, piece);
        assert_eq!(found, Ok((66560, 1)), "{piece}");
    }
}

#[test]
fn what_is_not_as_signed_is_refused() {
    assert!(opened(false, TRAILER_SEED).is_none());
    let check = |trailer: bool, body: &[u8], expected: ChunkError| {
        let opened = if trailer { opened(true, TRAILER_SEED) } else { opened(false, SEED) };
        assert_eq!(decode(opened.unwrap(), body, usize::MAX), Err(expected), "{trailer} {}", body.len());
    };
    let good = body(CHUNKS, "");
    check(false, &good[..good.len() - 1], ChunkError::Malformed);
    check(false, b"", ChunkError::Malformed);
    check(false, &[good.as_slice(), b"x"].concat(), ChunkError::Malformed);
    check(false, &body([CHUNKS[1], CHUNKS[0], CHUNKS[2]], ""), ChunkError::SignatureMismatch);
    check(false, b"fffffff;chunk-signature=0\r\n", ChunkError::SignatureMismatch);
    check(false, format!("fffffff;chunk-signature={SEED}\r\n").as_bytes(), ChunkError::TooLong);
    check(false, format!("10401;chunk-signature={SEED}\r\n").as_bytes(), ChunkError::WrongLength);
    check(false, b"400\r\n", ChunkError::Malformed);
    check(false, &[b'0'; 5000], ChunkError::TooLong);
    check(true, &body(TRAILER_CHUNKS, &trailers(SEED)), ChunkError::SignatureMismatch);
    check(true, &body(TRAILER_CHUNKS, ""), ChunkError::UndeclaredTrailer);
    check(true, &body(TRAILER_CHUNKS, "x-amz-checksum-crc32c:sOO8/Q==\r\n"), ChunkError::UndeclaredTrailer);
    check(true, &body(TRAILER_CHUNKS, &(trailers(TRAILER) + "x-other:1\r\n")), ChunkError::UndeclaredTrailer);
    check(true, &body(TRAILER_CHUNKS, "x-other:1\r\n"), ChunkError::UndeclaredTrailer);
}
