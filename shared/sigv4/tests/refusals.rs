//! Requests that are refused, each with AWS's type and words, and which of two reasons comes first.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use gatehouse_http::{Body, Headers, Request};
use gatehouse_sigv4::{
    Claim, Credentials, Detail, Error, Key, Rules, SecretKey, SessionToken, Signer, Verified, parse_basic_date, sha256,
};

const NOW: &[u8] = b"20150830T123600Z";
const GOOD: &str = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/execute-api/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=00";

fn now() -> u64 {
    parse_basic_date(NOW).unwrap()
}

fn request(target: &str, pairs: &[(&str, &str)]) -> Request {
    let mut all = vec![(":method", "GET"), (":path", target), (":authority", "api.example")];
    all.extend(pairs);
    Request { headers: Headers::from_pairs(all), body: Body::Empty }
}

fn verify(request: &Request, token: Option<&str>, expires_at: Option<u64>) -> Result<Verified, Error> {
    let rules = Rules::execute_api("us-east-1");
    let claim: Claim<'_> = rules.read(request, now())?;
    let key = SecretKey::new("secret").derive(claim.scope());
    let token = token.map(SessionToken::new);
    let credentials =
        Credentials { access_key_id: "AKID", key: Key::V4(&key), session_token: token.as_ref(), expires_at };
    claim.verify(&credentials, &sha256(request.body.bytes()))
}

fn check(request: &Request, error_type: &str, message: &str) {
    let error = verify(request, None, None).unwrap_err();
    assert_eq!((error.error_type(), &*error.message(Detail::Brief)), (error_type, message));
}

fn with_authorization(authorization: &str, date: &str) -> Request {
    request("/", &[("authorization", authorization), ("x-amz-date", date)])
}

const DATE: &str = "20150830T123600Z";

#[test]
fn a_request_has_one_signature() {
    check(&request("/", &[]), "MissingAuthenticationTokenException", "Missing Authentication Token");
    let both = request("/?X-Amz-Signature=0", &[("authorization", GOOD), ("x-amz-date", DATE)]);
    check(&both, "InvalidSignatureException", "");
    let twice = request("/", &[("authorization", GOOD), ("authorization", GOOD), ("x-amz-date", DATE)]);
    check(&twice, "IncompleteSignatureException", "'Authorization' must be given once.");
    let joined = format!("{GOOD},{GOOD}");
    assert!(verify(&with_authorization(&joined, DATE), None, None).is_err());
}

#[test]
fn escapes_come_before_the_signature() {
    let malformed = "MalformedQueryStringException";
    check(&request("/?a=%", &[]), malformed, "Incomplete trailing escape % sequence");
    check(&request("/?a=%zz", &[]), malformed, "Illegal hex character in escape % pattern: %zz");
    for path in ["/%zz", "/..", "a", "*"] {
        assert_eq!(verify(&request(path, &[]), None, None).unwrap_err().status(), 400, "{path}");
    }
}

#[test]
fn the_date_comes_before_the_scope_and_the_scope_before_the_key() {
    let elsewhere = GOOD.replace("us-east-1", "eu-west-1").replace("AKID", "NONE");
    check(
        &with_authorization(&elsewhere, "20150830T123059Z"),
        "InvalidSignatureException",
        "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z (20150830T123600Z - 5 min.)",
    );
    check(
        &with_authorization(&elsewhere, "20150830T124101Z"),
        "InvalidSignatureException",
        "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z (20150830T123600Z + 5 min.)",
    );
    check(
        &with_authorization(&elsewhere, DATE),
        "InvalidSignatureException",
        "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    );
    check(
        &with_authorization(&GOOD.replace("AKID", "NONE"), DATE),
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    );
    check(
        &with_authorization(&GOOD.replace("host;", "").replace("us-east-1", ""), "x"),
        "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    check(
        &with_authorization(GOOD, "Sun, 30 Aug 2015 12:36:00 GMT"),
        "IncompleteSignatureException",
        "Date must be in ISO-8601 'basic format'. Got 'Sun, 30 Aug 2015 12:36:00 GMT'. See \
         http://en.wikipedia.org/wiki/ISO_8601",
    );
    check(
        &with_authorization(&GOOD.replace("AKID/", "").replace("/us-east-1", ""), DATE),
        "IncompleteSignatureException",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
         '20150830/execute-api/aws4_request'",
    );
}

#[test]
fn a_list_of_signed_headers_that_no_client_signs_is_a_mismatch_and_an_empty_one_has_no_host() {
    for list in ["host;host;x-amz-date", "x-amz-date;host", "Host;x-amz-date", "host;;x-amz-date"] {
        let error = verify(&with_authorization(&GOOD.replace("host;x-amz-date", list), DATE), None, None).unwrap_err();
        assert_eq!((error.error_type(), error.status()), ("InvalidSignatureException", 403), "{list}");
        assert!(error.message(Detail::Full).starts_with("The request signature we calculated"), "{list}");
    }
    check(
        &with_authorization(&GOOD.replace("host;x-amz-date", ""), DATE),
        "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
}

#[test]
fn a_token_is_the_keys_own() {
    let signed = |token| {
        let secret = SecretKey::new("secret");
        let mut request = request("/", &[]);
        let signer = Signer { session_token: token, ..Signer::execute_api("AKID", &secret, "us-east-1") };
        signer.sign(&mut request, now()).unwrap();
        request
    };
    let check = |sent, own, expires_at, expected: Option<&str>| {
        let found = verify(&signed(sent), own, expires_at).err().map(|error| error.error_type());
        assert_eq!(found, expected, "{sent:?} {own:?} {expires_at:?}");
    };
    check(None, None, None, None);
    check(Some("t"), Some("t"), Some(now() + 1), None);
    check(Some("t"), Some("t"), Some(now()), Some("ExpiredTokenException"));
    check(Some("t"), Some("u"), None, Some("UnrecognizedClientException"));
    check(Some("t"), None, None, Some("UnrecognizedClientException"));
    check(None, Some("t"), None, Some("UnrecognizedClientException"));
}

#[test]
fn a_mismatch_tells_what_should_have_been_signed() {
    let request = request("/prod/a%20b?b=1&a=2", &[("authorization", GOOD), ("x-amz-date", DATE)]);
    let error = verify(&request, None, None).unwrap_err();
    let brief = "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
        Access Key and signing method. Consult the service documentation for details.";
    assert_eq!(error.message(Detail::Brief), brief);
    assert_eq!(
        error.message(Detail::Full),
        format!(
            "{brief}\n\nThe Canonical String for this request should have been\n'GET\n/prod/a%2520b\na=2&b=1\n\
             host:api.example\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n\nThe String-to-Sign should have been\n\
             'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/execute-api/aws4_request\n\
             c0a1b5a5a671595036548aa61f7beaa37177713d28eb578d6dcb7acc5fab6f1e'\n"
        )
    );
    assert!(!format!("{error:?}").contains("prod"));
}

#[test]
fn a_presigned_request_is_good_until_it_expires_and_for_its_body_only() {
    let presigned = |expires| {
        let secret = SecretKey::new("secret");
        let mut request = request("/a?b=c", &[]);
        Signer::execute_api("AKID", &secret, "us-east-1").presign(&mut request, now() - 600, expires).unwrap();
        request
    };
    assert!(verify(&presigned(600), None, None).is_ok());
    check(
        &presigned(599),
        "InvalidSignatureException",
        "Signature expired: 20150830T122600Z is now earlier than 20150830T122601Z (20150830T123600Z - 599 sec.)",
    );
    assert!(matches!(verify(&presigned(0), None, None), Err(Error::Expired(_))));
    assert_eq!(verify(&presigned(604_801), None, None), Err(Error::LongExpires));
    let mut with_body = presigned(600);
    with_body.body = Body::Read(b"x".to_vec());
    assert!(matches!(verify(&with_body, None, None), Err(Error::SignatureMismatch(_))));
}

/// The SDK for JavaScript moves every `x-amz-*` header into the query, in lower case.
#[test]
fn a_header_that_moved_into_the_query_is_a_parameter_like_any_other() {
    let secret = SecretKey::new("secret");
    let signer = Signer::execute_api("AKID", &secret, "us-east-1");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for moved in [empty, "UNSIGNED-PAYLOAD"] {
        let mut request = request(&format!("/pets?x-amz-content-sha256={moved}"), &[]);
        signer.presign(&mut request, now(), 60).unwrap();
        assert!(verify(&request, None, None).is_ok(), "{moved}");
        request.body = Body::Read(b"another".to_vec());
        assert!(matches!(verify(&request, None, None), Err(Error::SignatureMismatch(_))), "{moved}");
    }
}

#[test]
fn how_long_a_presigned_request_is_good_is_a_number_of_seconds_of_a_week() {
    const LONG: &str = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be \
        less than 604800 seconds";
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host\
        &X-Amz-Credential=AKID/20150830/us-east-1/execute-api/aws4_request&X-Amz-Expires";
    for (expires, message) in [
        ("abc", "X-Amz-Expires should be a number"),
        ("", "X-Amz-Expires should be a number"),
        ("1.5", "X-Amz-Expires should be a number"),
        ("+60", "X-Amz-Expires should be a number"),
        ("-", "X-Amz-Expires should be a number"),
        ("-1", "X-Amz-Expires must be non-negative"),
        ("604801", LONG),
        ("99999999999999999999999", LONG),
    ] {
        let request = request(&format!("/?{query}={}", expires.replace('+', "%2B")), &[]);
        check(&request, "IncompleteSignatureException", message);
    }
}

#[test]
fn a_declared_digest_is_the_bodys_whether_or_not_it_is_signed() {
    let secret = SecretKey::new("secret");
    let mut request = request("/", &[]);
    request.body = Body::Read(b"x".to_vec());
    Signer::execute_api("AKID", &secret, "us-east-1").sign(&mut request, now()).unwrap();
    let declares = |digest: &str| {
        let mut request = request.clone();
        request.headers.add("x-amz-content-sha256", digest).unwrap();
        verify(&request, None, None)
    };
    assert!(declares("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881").is_ok());
    for digest in [gatehouse_sigv4::EMPTY_SHA256, &"0".repeat(64)] {
        assert!(matches!(declares(digest), Err(Error::SignatureMismatch(_))), "{digest}");
    }
}

#[test]
fn a_request_has_one_host() {
    let secret = SecretKey::new("secret");
    let mut request = request("/", &[]);
    Signer::execute_api("AKID", &secret, "us-east-1").sign(&mut request, now()).unwrap();
    let host = request.headers.get("host").or(request.headers.get(":authority")).unwrap().to_vec();
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, value) in request.headers.iter().filter(|(name, _)| !matches!(*name, b"host" | b":authority")) {
        pairs.push((name.to_vec(), value.to_vec()));
    }
    let with = |hosts: &[&[u8]]| {
        let hosts = hosts.iter().map(|host| (b"host".to_vec(), host.to_vec()));
        let headers = Headers::from_pairs(pairs.iter().cloned().chain(hosts));
        verify(&Request { headers, body: Body::Empty }, None, None)
    };
    assert!(with(&[&host]).is_ok());
    for more in [&host, b"other".as_slice()] {
        assert_eq!(with(&[&host, more]), Err(Error::TooLarge));
    }
}

#[test]
fn what_goes_to_the_backend_has_no_signature_and_the_verified_path() {
    let secret = SecretKey::new("secret");
    let mut query = request("/a//b/../c?x=1&y", &[]);
    let mut header = query.clone();
    let signer = Signer::execute_api("AKID", &secret, "us-east-1");
    signer.presign(&mut query, now(), 60).unwrap();
    signer.sign(&mut header, now()).unwrap();
    for mut request in [query, header] {
        verify(&request, None, None).unwrap().clean(&mut request).unwrap();
        assert_eq!(request.target(), b"/a/c?x=1&y");
        assert!(!request.headers.has("authorization"));
    }
}

#[test]
fn a_dot_segment_at_the_end_is_signed_with_a_slash_or_without_and_goes_on_as_it_was_signed() {
    let secret = SecretKey::new("secret");
    let signer = Signer::execute_api("AKID", &secret, "us-east-1");
    for (sent, signed) in [
        ("/pets/1/..", "/pets"),
        ("/pets/1/..", "/pets/"),
        ("/pets//.", "/pets"),
        ("/pets/.", "/pets/"),
        ("/pets/..?a=1", "/?a=1"),
    ] {
        let mut request = request(signed, &[]);
        signer.sign(&mut request, now()).unwrap();
        request.set_target(sent).unwrap();
        let verified = verify(&request, None, None);
        verified.unwrap_or_else(|error| panic!("{sent}: {error}")).clean(&mut request).unwrap();
        assert_eq!(request.target(), signed.as_bytes(), "{sent}");
    }
    for (sent, signed) in [("/pets/", "/pets"), ("/pets/./", "/pets"), ("/pets", "/pets/"), ("/pets/..a", "/pets")] {
        let mut request = request(signed, &[]);
        signer.sign(&mut request, now()).unwrap();
        request.set_target(sent).unwrap();
        assert!(matches!(verify(&request, None, None), Err(Error::SignatureMismatch(_))), "{sent}");
    }
}

#[test]
fn payloads_that_are_not_hashed_are_refused_by_default() {
    for word in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x"] {
        let pairs = [("authorization", GOOD), ("x-amz-date", DATE), ("x-amz-content-sha256", word)];
        assert_eq!(verify(&request("/", &pairs), None, None), Err(Error::UnacceptablePayload), "{word}");
    }
}
