//! A path or method that no resource has: 403, with the text that API Gateway derives from the `Authorization` header; of an
//! HTTP API 404.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatehouse_api::ProtocolType;
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::Request;
use sha2::{Digest, Sha256};

/// The refusal of a request that no method is for.
pub(crate) fn rejection(protocol: ProtocolType, request: &Request) -> Rejection {
    if protocol == ProtocolType::Http {
        return Rejection::new(ResponseType::ResourceNotFound);
    }
    match incomplete_signature(request) {
        Some(message) => Rejection::incomplete_signature(message),
        None => Rejection::new(ResponseType::MissingAuthenticationToken),
    }
}

/// The refusal of a request that no stage is for, whatever its `Authorization`: `{"message":"Forbidden"}`, as clients of the
/// real service report it who leave the stage out.
pub(crate) fn no_stage(protocol: ProtocolType) -> Rejection {
    match protocol {
        ProtocolType::Rest => Rejection::new(ResponseType::WafFiltered),
        ProtocolType::Http => Rejection::new(ResponseType::ResourceNotFound),
    }
}

/// What the `Authorization` header lacks as a Signature Version 4; `None` if there is none, or nothing is missing.
///
/// The header's words are divided by white space and commas. The first is the scheme, the others must be `key=value`.
fn incomplete_signature(request: &Request) -> Option<String> {
    let header = request.headers.get("authorization")?;
    let words: Vec<&[u8]> =
        header.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter(|word| !word.is_empty()).collect();
    let (scheme, fields) = words.split_first()?;
    if fields.iter().any(|field| !field.contains(&b'=')) {
        let hash = STANDARD.encode(Sha256::digest(header));
        return Some(format!(
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
             with Base64): '{hash}'."
        ));
    }
    let has = |name: &str| fields.iter().any(|field| field.split(|b| *b == b'=').next() == Some(name.as_bytes()));
    let mut missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
        .into_iter()
        .filter(|name| !has(name))
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !request.headers.has("x-amz-date") && !request.headers.has("date") {
        missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned());
    }
    if missing.is_empty() {
        return None;
    }
    // The scheme alone is told: the rest is a secret.
    missing.push(format!("Authorization={}", String::from_utf8_lossy(scheme)));
    Some(missing.join(" "))
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers};

    use super::*;

    fn check(headers: &[(&str, &str)], response_type: ResponseType, message: Option<&str>) {
        let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
        let rejection = rejection(ProtocolType::Rest, &request);
        assert_eq!((rejection.response_type, rejection.message.as_deref()), (response_type, message), "{headers:?}");
    }

    #[test]
    fn an_unknown_route_says_what_the_authorization_header_lacks() {
        const MISSING: ResponseType = ResponseType::MissingAuthenticationToken;
        const INCOMPLETE: ResponseType = ResponseType::Default4xx;
        check(&[], MISSING, None);
        check(&[("authorization", "")], MISSING, None);
        let complete = "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f";
        check(&[("authorization", complete), ("x-amz-date", "20200101T000000Z")], MISSING, None);
        check(
            &[("authorization", "Bearer abc")],
            INCOMPLETE,
            Some(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
                 with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.",
            ),
        );
        check(
            &[("authorization", "Basic dXNlcjpw=")],
            INCOMPLETE,
            Some(
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                 parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
                 existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=Basic",
            ),
        );
        check(
            &[("authorization", complete)],
            INCOMPLETE,
            Some(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
                 Authorization=AWS4-HMAC-SHA256",
            ),
        );
    }
}
