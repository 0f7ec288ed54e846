//! Tokens made by `jwt-simple`, read and verified here; and everything that is done to tokens by those who have no key.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_jwt::{Compact, Error, KeySet, PureSignatures, Token};
use jwt_simple::prelude::*;

struct Keys {
    rsa: RS256KeyPair,
    ec: ES256KeyPair,
    ed: Ed25519KeyPair,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    rsa: RS256KeyPair::generate(2048).unwrap().with_key_id("rsa"),
    ec: ES256KeyPair::generate().with_key_id("ec"),
    ed: Ed25519KeyPair::generate().with_key_id("ed"),
});

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jwks() -> String {
    let rsa = KEYS.rsa.public_key().to_components();
    let ec = KEYS.ec.public_key().public_key().to_bytes_uncompressed();
    format!(
        r#"{{"keys":[
          {{"kty":"RSA","use":"sig","alg":"RS256","kid":"rsa","n":"{}","e":"{}"}},
          {{"kty":"EC","crv":"P-256","kid":"ec","x":"{}","y":"{}"}},
          {{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"{}"}},
          {{"kty":"oct","kid":"hmac","k":"c2VjcmV0"}},
          {{"kty":"RSA","use":"enc","kid":"enc","n":"{}","e":"AQAB"}},
          {{"kty":"EC","crv":"P-384","kid":"p384","x":"AA","y":"AA"}}]}}"#,
        b64(&rsa.n),
        b64(&rsa.e),
        b64(&ec[1..33]),
        b64(&ec[33..]),
        b64(KEYS.ed.public_key().to_bytes()),
        b64(&rsa.n),
    )
}

fn verified(token: &str) -> Result<bool, Error> {
    let keys = KeySet::parse(jwks().as_bytes())?;
    let compact = Compact::decode(token)?;
    let token = Token::read(&compact)?;
    Ok(keys.find(&token)?.is_signed(&token, &PureSignatures))
}

fn made() -> [String; 3] {
    let claims = || Claims::create(Duration::from_secs(60)).with_issuer("me");
    [KEYS.rsa.sign(claims()).unwrap(), KEYS.ec.sign(claims()).unwrap(), KEYS.ed.sign(claims()).unwrap()]
}

#[test]
fn another_librarys_tokens_are_verified() {
    assert_eq!(KeySet::parse(jwks().as_bytes()).unwrap().len(), 3, "keys for something else are left out");
    for token in made() {
        assert_eq!(verified(&token), Ok(true), "{token}");
    }
    let long = [
        RS384KeyPair::generate(2048).map(|pair| {
            let key = pair.public_key().to_components();
            (pair.sign(Claims::create(Duration::from_secs(60))).unwrap(), key, "RS384")
        }),
        RS512KeyPair::generate(2048).map(|pair| {
            let key = pair.public_key().to_components();
            (pair.sign(Claims::create(Duration::from_secs(60))).unwrap(), key, "RS512")
        }),
    ];
    for (token, key, alg) in long.map(Result::unwrap) {
        let set =
            |alg: &str| format!(r#"{{"keys":[{{"kty":"RSA"{alg},"n":"{}","e":"{}"}}]}}"#, b64(&key.n), b64(&key.e));
        let compact = Compact::decode(&token).unwrap();
        let token = Token::read(&compact).unwrap();
        let keys = KeySet::parse(set(&format!(r#","alg":"{alg}""#)).as_bytes()).unwrap();
        assert!(keys.find(&token).unwrap().is_signed(&token, &PureSignatures), "{alg}");
        // A key that does not say is for RS256.
        assert_eq!(
            KeySet::parse(set("").as_bytes()).unwrap().find(&token),
            Err(Error::WrongKey(token.algorithm().name()))
        );
    }
}

#[test]
fn no_byte_of_a_token_can_be_another() {
    for token in made() {
        for at in (0..token.len()).step_by(3) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(!matches!(verified(&changed), Ok(true)), "{at} of {token}");
        }
        for changed in [
            format!("{token}="),
            format!("{token}A"),
            format!(" {token}"),
            format!("{token}."),
            token[..token.len() - 1].into(),
        ] {
            assert!(!matches!(verified(&changed), Ok(true)), "{changed}");
        }
    }
}

#[test]
fn what_is_longer_than_any_token_is_not_read() {
    let [rsa, ..] = made();
    let (header, rest) = rsa.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let too_long = |token: String| assert_eq!(verified(&token), Err(Error::Malformed("it is longer than 16 KB")));
    too_long(format!("{header}.{}.{signature}", "A".repeat(100_000)));
    too_long(format!("{}.{claims}.{signature}", "e30".repeat(100_000)));
    too_long(format!("{header}.{claims}.{}", "A".repeat(100_000)));
    too_long(".".repeat(100_000));
}

#[test]
fn the_key_says_the_algorithm() {
    let [rsa, ..] = made();
    let (_, rest) = rsa.split_once('.').unwrap();
    let claims = rest.split_once('.').unwrap().0;
    let with = |header: &str, signature: &str| format!("{}.{claims}.{signature}", b64(header));
    let hmac = |secret: &[u8]| {
        let key = HS256Key::from_bytes(secret).with_key_id("rsa");
        key.authenticate(Claims::create(Duration::from_secs(60))).unwrap()
    };
    let check = |token: &str, expected: Error| assert_eq!(verified(token), Err(expected), "{token}");
    let algorithm = |name: &str| Error::Algorithm(name.to_owned());
    check(&with(r#"{"alg":"none","kid":"rsa"}"#, ""), algorithm("none"));
    check(&with(r#"{"alg":"none","kid":"rsa"}"#, "AA"), algorithm("none"));
    check(&with(r#"{"alg":"rs256","kid":"rsa"}"#, "AA"), algorithm("rs256"));
    check(&with(r#"{"alg":"RS256 ","kid":"rsa"}"#, "AA"), algorithm(""));
    check(&with(r#"{"alg":["RS256"],"kid":"rsa"}"#, "AA"), algorithm(""));
    check(&with(r#"{"kid":"rsa"}"#, "AA"), algorithm(""));
    check(&with(r#"{"alg":"PS256","kid":"rsa"}"#, "AA"), algorithm("PS256"));
    // What is no plain name is not told: it would stand in a header.
    check(&with(r#"{"alg":"\" x\r\ny: z","kid":"rsa"}"#, "AA"), algorithm(""));
    check(&with(r#"{"alg":"RS256RS256RS256RS256","kid":"rsa"}"#, "AA"), algorithm(""));
    // The public key as the secret of an HMAC.
    check(&hmac(&KEYS.rsa.public_key().to_der().unwrap()), algorithm("HS256"));
    check(&hmac(KEYS.rsa.public_key().to_pem().unwrap().as_bytes()), algorithm("HS256"));
    // Another kind of key than the algorithm's.
    check(&with(r#"{"alg":"ES256","kid":"rsa"}"#, "AA"), Error::WrongKey("ES256"));
    check(&with(r#"{"alg":"RS512","kid":"rsa"}"#, "AA"), Error::WrongKey("RS512"));
    check(&with(r#"{"alg":"RS256","kid":"hmac"}"#, "AA"), Error::UnknownKey);
    check(&with(r#"{"alg":"RS256","kid":"enc"}"#, "AA"), Error::UnknownKey);
    check(&with(r#"{"alg":"RS256","kid":"RSA"}"#, "AA"), Error::UnknownKey);
    check(&with(r#"{"alg":"RS256"}"#, "AA"), Error::UnknownKey);
    // Keys that the token brings along are nobody's.
    check(&with(r#"{"alg":"RS256","jwk":{"kty":"RSA"},"jku":"http://x","x5u":"http://x"}"#, "AA"), Error::UnknownKey);
    // A signature of nothing, or of ones and zeros.
    for signature in [vec![0; 64], vec![0; 256], vec![0xff; 256], vec![1; 70]] {
        for header in
            [r#"{"alg":"RS256","kid":"rsa"}"#, r#"{"alg":"ES256","kid":"ec"}"#, r#"{"alg":"EdDSA","kid":"ed"}"#]
        {
            assert_eq!(verified(&with(header, &b64(&signature))), Ok(false), "{header}");
        }
    }
}

#[test]
fn what_is_no_token_is_none() {
    let claims = b64("{}");
    let header = b64(r#"{"alg":"RS256","kid":"rsa"}"#);
    let check = |token: &str| {
        let read = Compact::decode(token).and_then(|compact| Token::read(&compact).map(|_| ()));
        assert!(matches!(read, Err(Error::Malformed(_))), "{token}");
    };
    for token in ["", ".", "...", "a", "a.b", "a.b.c.d"] {
        assert_eq!(Compact::decode(token).map(|_| ()), Err(Error::Parts), "{token}");
    }
    for token in ["..", "Bearer a.b.c"] {
        check(token);
    }
    check(&format!("{header}.{claims}."));
    assert_eq!(Compact::decode(&format!("{header}.{claims}")).map(|_| ()), Err(Error::Parts));
    check(&format!("{header}..AA"));
    check(&format!("{header}={}.{claims}.AA", ""));
    check(&format!("{header}.{claims}.AB")); // bits that are left over
    check(&format!("{header}.{claims}.A+"));
    check(&format!("{header}.{claims}.AA\n"));
    check(&format!("{header}.{claims}.{}", "A".repeat(20_000)));
    for odd in [
        r#"{"alg":"RS256","alg":"none"}"#,
        "[]",
        "{",
        r#"{"alg":"RS256"} x"#,
        "\u{feff}{}",
        r#"{"alg":"RS256","kid":7}"#,
        r#"{"alg":"RS256","crit":["exp"]}"#,
        r#"{"alg":"RS256","b64":false}"#,
        r#"{"alg":"RS256","zip":"DEF"}"#,
        r#"{"alg":"RS256","enc":"A128GCM"}"#,
    ] {
        check(&format!("{}.{claims}.AA", b64(odd)));
    }
    for odd in [
        r#"{"sub":"me","sub":"you"}"#,
        r#"{"a":{"b":1,"b":2}}"#,
        "7",
        "\"x\"",
        "null",
        &"[".repeat(9_000),
        &format!("{{\"a\":{}1{}}}", "[".repeat(20), "]".repeat(20)),
    ] {
        check(&format!("{header}.{}.AA", b64(odd)));
    }
    // What is signed may not be a token in a token.
    check(&format!("{header}.{}.AA", b64(format!("{header}.{claims}.AA"))));
}

#[test]
fn key_sets_are_read_or_refused() {
    let n = b64([0xff; 256]);
    let refused = |text: &str| assert!(matches!(KeySet::parse(text.as_bytes()), Err(Error::KeySet(_))), "{text:.80}");
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[7]}"#, &" ".repeat(200_000)] {
        refused(text);
    }
    let rsa = |fields: &str| format!(r#"{{"keys":[{{"kty":"RSA",{fields}}}]}}"#);
    let good = rsa(&format!(r#""n":"{n}","e":"AQAB""#));
    assert_eq!(KeySet::parse(good.as_bytes()).unwrap().len(), 1);
    refused(&rsa(&format!(r#""n":"{}","e":"AQAB""#, b64([0xff; 255])))); // short
    refused(&rsa(&format!(r#""n":"{}","e":"AQAB""#, b64([0xff; 513])))); // long
    refused(&rsa(&format!(r#""n":"{}","e":"AQAB""#, b64([0xfe; 256])))); // even
    refused(&rsa(&format!(r#""n":"{n}","e":"AQ""#))); // one
    refused(&rsa(&format!(r#""n":"{n}","e":"AAE""#))); // one, with a zero in front
    refused(&rsa(&format!(r#""n":"{n}","e":"AQABAQAB""#))); // long
    refused(&rsa(&format!(r#""n":"{n}=","e":"AQAB""#)));
    refused(&rsa(&format!(r#""n":"{n}","n":"{n}","e":"AQAB""#)));
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","alg":"ES256""#)));
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","alg":"HS256""#)));
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","use":"enc""#)));
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","key_ops":["encrypt","wrapKey"]"#)));
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","use":"sig","key_ops":"verify""#)));
    let verifies = rsa(&format!(r#""n":"{n}","e":"AQAB","key_ops":["sign","verify"]"#));
    assert_eq!(KeySet::parse(verifies.as_bytes()).unwrap().len(), 1);
    refused(&rsa(&format!(r#""n":"{n}","e":"AQAB","kid":7"#)));
}

#[test]
fn only_keys_of_which_nobody_knows_which_is_meant_are_left_out() {
    let key = |kid: &str, modulus: u8| {
        let mut bytes = [0xff; 256];
        bytes[9] = modulus;
        format!(r#"{{"kty":"RSA",{kid}"n":"{}","e":"AQAB"}}"#, b64(bytes))
    };
    let (a, b, none) = (r#""kid":"a","#, r#""kid":"b","#, "");
    let check = |keys: &[String], expected: Option<usize>| {
        let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        assert_eq!(KeySet::parse(set.as_bytes()).ok().map(|set| set.len()), expected, "{set}");
    };
    check(&[key(a, 1), key(a, 1), key(b, 2)], Some(2));
    check(&[key(a, 1), key(a, 2), key(b, 2)], Some(1));
    check(&[key(a, 1), key(b, 2), key(a, 2), key(a, 1)], Some(1));
    check(&[key(a, 1), key(a, 2)], None);
    check(&[key(none, 1), key(none, 2)], Some(2));
    check(&[key(none, 1), key(none, 2), key(a, 1)], Some(3));
    // What is left is found by its id, and the others are unknown.
    let set = format!(r#"{{"keys":[{},{},{}]}}"#, key(a, 1), key(a, 2), key(b, 2));
    let set = KeySet::parse(set.as_bytes()).unwrap();
    let token = |kid: &str| format!("{}.{}.AA", b64(format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#)), b64("{}"));
    let find = |token: &str| {
        let compact = Compact::decode(token).unwrap();
        set.find(&Token::read(&compact).unwrap()).map(|_| ())
    };
    assert_eq!(find(&token("b")), Ok(()));
    assert_eq!(find(&token("a")), Err(Error::UnknownKey));
}
