//! The examples of the standards: RFC 7515 (appendix A), RFC 8037 (appendix A).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use gatehouse_jwt::{
    Algorithm, Compact, Expectations, KeySet, PureSignatures, Signatures as _, Token, Use, Verification,
};

const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn check(key: &str, header: &str, signature: &str) {
    let keys = KeySet::parse(format!(r#"{{"keys":[{key}]}}"#).as_bytes()).unwrap();
    let text = format!("{header}.{CLAIMS}.{signature}");
    let compact = Compact::decode(&text).unwrap();
    let token = Token::read(&compact).unwrap();
    assert!(keys.find(&token).unwrap().is_signed(&token, &PureSignatures), "{header}");
    let expected = Expectations { issuer: "joe", audiences: &[], token_use: Use::Any, scopes: &[], skew: 0 };
    assert_eq!(expected.check(token.claims(), 1_300_819_379), Ok(()));
    assert!(expected.check(token.claims(), 1_300_819_380).is_err());
    assert_eq!(token.claims().rest_text("http://example.com/is_root").as_deref(), Some("true"));
    // One bit of the signature, or of the claims, and it is another one.
    for other in [text.replace(CLAIMS, &CLAIMS.replace("joe", "jof").replace("b2Ui", "b2Yi")), flipped(&text)] {
        let compact = Compact::decode(&other).unwrap();
        let token = Token::read(&compact).unwrap();
        assert!(!keys.find(&token).unwrap().is_signed(&token, &PureSignatures), "{header}");
    }
}

fn flipped(text: &str) -> String {
    let (rest, signature) = text.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{rest}.{first}{}", signature.get(1..).unwrap())
}

#[test]
fn rfc_7515_a_2_rs256() {
    check(
        r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#,
        "eyJhbGciOiJSUzI1NiJ9",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    );
}

#[test]
fn rfc_7515_a_3_es256() {
    check(
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        "eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
}

/// Its payload is a sentence, and no token: the key and the signature are what it is for.
#[test]
fn rfc_8037_a_4_eddsa() {
    let keys = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let keys = KeySet::parse(keys).unwrap();
    let compact = Compact::decode("eyJhbGciOiJFZERTQSJ9.e30.AA").unwrap();
    let token = Token::read(&compact).unwrap();
    let public_key = keys.find(&token).unwrap().as_der();
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    use base64::Engine as _;
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verifies = |text: &[u8]| {
        let signature = &signature;
        PureSignatures.verifies(&Verification { algorithm: Algorithm::EdDsa, public_key, signature, text })
    };
    assert!(verifies(text));
    assert!(!verifies(&text[1..]));
}
