//! The documentation's aws-chunked examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    ChunkError, Chunked, ChunkedBody, Claim, Credentials, Key, PathRule, PublicKey, PureP256, Rules, Scope, SecretKey,
    SignedPayload, Signer, SigningKey, parse_basic_date,
};

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

/// SigV4A's, which are random: awscrt has signed the request, OpenSSL the strings that aws-c-auth's tests have.
const V4A_SEED: &str = "3046022100ae100ce72c6b5490a6d69fd5bc11497597fa4d7899dfea993a64121958449c61022100c4aebbbd35b1e92\
    4fc963aebabd9372547772c6403ebd1df2c206ebb2a1feaa6";
const V4A_CHUNKS: [&str; 3] = [
    "304402200e5de9c5ad4a5ac22782e7de6cff2592baa6174b4a3613dd929778e2815159e302207f909a1968cebeeaf77255d7baf1da632ce5e4\
     51d327ca5d8617ff9fff280bca****",
    "30450221009e33d934e300ac5e2ec4f9a97d51091813dfe3375ddb7d035254b3c63e2edfb1022030e8b7140c55b8578ee85ca0a1e906f29acc\
     d61e93bd36fba7f2dc84ba66d7f2**",
    "3046022100c7eb1beaf963fb9c923cdcf468905107f35ac37db0efede89e17661d9dc2bd1b022100bffbfad7011e4bd8768621311a5543f645\
     f210032a2d331c6a127524d44c3bc2",
];
const V4A_TRAILER: &str = "304502201e0f4d28855fbfd136627a20d5ce2fc1b6d85ba18f10b19e19a1f5419d43a2d4022100bd2f7d4d7d2c7f\
    120a31405533bb8aee34d4655c1a4393a2ade40e738a988889**";
const V4A_WITHOUT_TRAILER: (&str, [&str; 3]) = (
    "30450220503ed4b170437524bf6b1199a84c49e1459d44b4d1752fc50d80578123828037022100d2bd1ddfdc2b961d18d7695f215ffac6d5e8\
     c94786ab1b83d2995cfe20a62b03",
    [
        "3045022044b0216e7ebfffa0f6fc76cae05f39fef83379e659305cc32a0ef290b8d10470022100a238ff77f5700c0075040744f1ae4eea\
         7cedb5047c6bbaa9251350d3de3cfab5**",
        "3045022100881fabc0150f571732d2a80383f912cf4afe72aeec05133c755baa585717bd6202200e33488d32c98faaa2ab664d2772d880\
         90ab3036f18364796355494637a7e24e**",
        "3045022019cd38b4c11bde7793b227f79f9375446124ae2d7c658ae2c89458377bd27b9b0221008ba5736be4e9124cf9e21d0cb392d62f\
         5751df0f199e9954d20b38c3285ae15a**",
    ],
);

/// What checks the signatures of the access key of the documentation.
struct Keys(SigningKey, PublicKey);

impl Keys {
    fn new() -> Self {
        let secret = SecretKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let scope = Scope { date: "20130524", region: "us-east-1", service: "s3" };
        Self(secret.derive(scope), secret.public_key(ACCESS_KEY_ID).unwrap())
    }

    fn v4(&self) -> Key<'_> {
        Key::V4(&self.0)
    }

    fn v4a(&self) -> Key<'_> {
        Key::V4a(&self.1, &PureP256)
    }
}

const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// What reads the body of a request, after it has been verified.
fn verified<'k>(claim: &Claim<'_>, key: Key<'k>) -> Option<Result<Option<ChunkedBody<'k>>, ChunkError>> {
    let credentials = Credentials { access_key_id: ACCESS_KEY_ID, key, session_token: None, expires_at: None };
    let verified = claim.verify(&credentials, &[0; 32]).ok()?;
    Some(claim.chunked_body(&verified, key))
}

fn rules() -> Rules {
    Rules { chunked_payload: true, v4a: true, path: PathRule::S3, ..Rules::service("us-east-1", "s3") }
}

/// The request of awscrt that opens a body, verified.
fn opened_v4a<'k>(keys: &'k Keys, trailer: bool, seed: &str) -> Option<ChunkedBody<'k>> {
    let (end, more) = if trailer { ("-TRAILER", ";x-amz-trailer") } else { ("", "") };
    let kind = format!("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD{end}");
    let authorization = format!(
        "AWS4-ECDSA-P256-SHA256 Credential={ACCESS_KEY_ID}/20130524/s3/aws4_request, SignedHeaders=content-encoding;\
         host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-region-set{more}, Signature={seed}"
    );
    let mut pairs = vec![
        (":method", "PUT"),
        (":path", "/examplebucket/chunkObject.txt"),
        (":authority", "api.example.com"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", &kind),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-region-set", "us-east-1"),
        ("authorization", &authorization),
    ];
    pairs.extend(trailer.then_some(("x-amz-trailer", "x-amz-checksum-crc32c")));
    let request = Request { headers: Headers::from_pairs(pairs), body: Body::Unread };
    let rules = rules();
    let claim = rules.read(&request, parse_basic_date(b"20130524T000000Z").unwrap()).unwrap();
    verified(&claim, keys.v4a())?.unwrap()
}

/// The request that opens a body, verified.
fn opened<'k>(keys: &'k Keys, trailer: bool, seed: &str) -> Option<ChunkedBody<'k>> {
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
    let rules = rules();
    let claim = rules.read(&request, parse_basic_date(b"20130524T000000Z").unwrap()).unwrap();
    verified(&claim, keys.v4())?.unwrap()
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

fn decode(mut opened: ChunkedBody<'_>, body: &[u8], piece: usize) -> Result<(usize, usize), ChunkError> {
    let mut out = Vec::new();
    for piece in body.chunks(piece) {
        opened.decode(piece, &mut out)?;
    }
    assert!(out.iter().all(|&byte| byte == b'a'));
    Ok((out.len(), opened.finish()?.len()))
}

#[test]
fn the_documentations_bodies_are_read_in_whatever_pieces() {
    let keys = Keys::new();
    for piece in [usize::MAX, 65536, 1000, 7] {
        let found = decode(opened(&keys, false, SEED).unwrap(), &body(CHUNKS, ""), piece);
        assert_eq!(found, Ok((66560, 0)), "{piece}");
        let with_trailer = body(TRAILER_CHUNKS, &trailers(TRAILER));
        let found = decode(opened(&keys, true, TRAILER_SEED).unwrap(), &with_trailer, piece);
        assert_eq!(found, Ok((66560, 1)), "{piece}");
    }
}

#[test]
fn what_is_not_as_signed_is_refused() {
    let keys = Keys::new();
    assert!(opened(&keys, false, TRAILER_SEED).is_none());
    let check = |trailer: bool, body: &[u8], expected: ChunkError| {
        let opened = if trailer { opened(&keys, true, TRAILER_SEED) } else { opened(&keys, false, SEED) };
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

#[test]
fn pieces_that_are_signed_with_sigv4a_are_read_in_whatever_pieces() {
    let keys = Keys::new();
    let (seed, chunks) = V4A_WITHOUT_TRAILER;
    for piece in [usize::MAX, 65536, 1000, 7] {
        let found = decode(opened_v4a(&keys, false, seed).unwrap(), &body(chunks, ""), piece);
        assert_eq!(found, Ok((66560, 0)), "{piece}");
        let with_trailer = body(V4A_CHUNKS, &trailers(V4A_TRAILER));
        let found = decode(opened_v4a(&keys, true, V4A_SEED).unwrap(), &with_trailer, piece);
        assert_eq!(found, Ok((66560, 1)), "{piece}");
    }
    assert!(opened_v4a(&keys, true, seed).is_none());
}

#[test]
fn each_signature_of_sigv4a_is_looked_at() {
    let keys = Keys::new();
    let check = |body: Vec<u8>, expected| {
        assert_eq!(decode(opened_v4a(&keys, true, V4A_SEED).unwrap(), &body, usize::MAX), expected);
    };
    let bare = V4A_CHUNKS.map(|signature| signature.trim_end_matches('*'));
    check(body(bare, &trailers(V4A_TRAILER.trim_end_matches('*'))), Ok((66560, 1)));
    for at in 0..3 {
        let mut others = V4A_CHUNKS;
        others[at] = V4A_TRAILER;
        check(body(others, &trailers(V4A_TRAILER)), Err(ChunkError::SignatureMismatch));
        for wrong in ["", "**", "30", &V4A_CHUNKS[at].to_uppercase(), &format!("{}*", V4A_CHUNKS[2])] {
            others[at] = wrong;
            check(body(others, &trailers(V4A_TRAILER)), Err(ChunkError::SignatureMismatch));
        }
    }
    check(body(V4A_CHUNKS, &trailers(V4A_CHUNKS[0])), Err(ChunkError::SignatureMismatch));
    let good = String::from_utf8(body(V4A_CHUNKS, &trailers(V4A_TRAILER))).unwrap();
    check(good.replace("sOO8/Q==", "sOO8/Q=").into_bytes(), Err(ChunkError::SignatureMismatch));
    check(good.replace("chunk-signature=3", "chunk-signature=*3").into_bytes(), Err(ChunkError::SignatureMismatch));
}

#[test]
fn a_body_whose_length_is_not_declared_is_refused() {
    let keys = Keys::new();
    let rules = rules();
    let secret = SecretKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let now = parse_basic_date(b"20130524T000000Z").unwrap();
    for lengths in
        [&[][..], &["-1"], &["+1"], &[""], &["1e3"], &["0x10"], &["99999999999999999999"], &["1", "1"], &["1,1"]]
    {
        let pairs = [(":method", "PUT"), (":path", "/a"), (":authority", "s3.amazonaws.com")].into_iter();
        let pairs = pairs.chain(lengths.iter().map(|length| ("x-amz-decoded-content-length", *length)));
        let mut request = Request { headers: Headers::from_pairs(pairs), body: Body::Unread };
        let signer = Signer {
            service: "s3",
            path: PathRule::S3,
            payload: SignedPayload::Chunked(Chunked::Signed),
            ..Signer::execute_api(ACCESS_KEY_ID, &secret, "us-east-1")
        };
        signer.sign(&mut request, now).unwrap();
        let claim = rules.read(&request, now).unwrap();
        assert_eq!(verified(&claim, keys.v4()).unwrap().err(), Some(ChunkError::NoLength), "{lengths:?}");
    }
}
