//! Presigned requests: the fields are parameters of the query.

use std::borrow::Cow;

use gatehouse_http::{Query, percent};

use crate::arrival::Arrival;
use crate::error::Error;
use crate::presented::{Algorithm, Carrier, Presented};
use crate::scan;

/// The parameters that mean something here.
const PARAMETERS: [&str; 9] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
    "X-Amz-Region-Set",
];

/// What the SDK for JavaScript makes of the header of this name when it presigns. It declares nothing then: the body's
/// own digest is what must have been signed.
const HOISTED: &[u8] = b"x-amz-content-sha256";

/// Is there a signature in the query?
pub(crate) fn is_presigned(query: Query<'_>) -> bool {
    scan::any(query.raw(), |byte| byte == b'X')
        && query.encoded().any(|(name, _)| matches!(name, b"X-Amz-Algorithm" | b"X-Amz-Signature"))
}

/// Is this a parameter of a presigned request, which is taken away before the backend?
pub(crate) fn is_parameter(name: &[u8]) -> bool {
    PARAMETERS.iter().any(|parameter| parameter.as_bytes() == name)
}

/// Reads the query.
pub(crate) fn read<'r>(arrival: &Arrival<'r>) -> Result<Presented<'r>, Error> {
    let mut values: [Option<Cow<'r, [u8]>>; 9] = Default::default();
    for (name, value) in arrival.sent.query.encoded() {
        if name == HOISTED {
            continue;
        }
        let Some((at, parameter)) = position(name) else { continue };
        let slot = values.get_mut(at).filter(|slot| slot.is_none() && name == parameter.as_bytes());
        // Another spelling of a parameter, or one more of it, is what somebody else may read instead.
        *slot.ok_or(Error::Repeated(parameter))? = Some(percent::decode_form(value));
    }
    let [algorithm, credential, signature, signed_headers, date, expires, token, content_sha256, region_set] = values;
    let algorithm = algorithm.and_then(|name| Algorithm::parse(&name)).ok_or(Error::UnsupportedQueryAlgorithm)?;
    let missing = [&credential, &signature, &signed_headers, &date].map(Option::is_none);
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (credential, signature, signed_headers, date)
    else {
        return Err(Error::MissingParameters(sentences(missing)));
    };
    let token = token.map_or_else(|| arrival.token.once(), |token| Ok(Some(token)))?;
    let content_sha256 = content_sha256.map_or_else(|| arrival.content_sha256.once(), |it| Ok(Some(it)))?;
    Ok(Presented {
        carrier: Carrier::Query,
        algorithm,
        credential,
        signed_headers,
        signature,
        date,
        expires,
        token,
        content_sha256,
        region_set,
    })
}

/// The parameter that a name spells, in whatever case and encoding.
fn position(name: &[u8]) -> Option<(usize, &'static str)> {
    if name.len() < 10 {
        return None;
    }
    let name = percent::decode_form(name);
    let found = PARAMETERS.iter().position(|parameter| parameter.as_bytes().eq_ignore_ascii_case(&name))?;
    Some((found, PARAMETERS.get(found)?))
}

fn sentences(missing: [bool; 4]) -> String {
    const NAMES: [&str; 4] = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
    let names = NAMES.iter().zip(missing).filter(|(_, missing)| *missing);
    names.map(|(name, _)| format!("AWS query-string parameters must include '{name}'.")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatehouse_http::{Body, Headers, Request};

    fn request(query: &str) -> Request {
        Request { headers: Headers::from_pairs([(":path", format!("/?{query}"))]), body: Body::Empty }
    }

    #[test]
    fn the_parameters_are_read_in_any_order() {
        let request = request(
            "a=b&X-Amz-Signature=00&X-Amz-Credential=a%2Fb&X-Amz-Date=d&X-Amz-SignedHeaders=host%3Bx\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60",
        );
        assert!(is_presigned(request.query()));
        let read = read(&Arrival::of(&request)).map_err(|error| format!("{error:?}")).unwrap();
        assert_eq!((&*read.credential, &*read.signed_headers), (b"a/b".as_slice(), b"host;x".as_slice()));
        assert_eq!((read.carrier, read.expires.as_deref()), (Carrier::Query, Some(b"60".as_slice())));
    }

    #[test]
    fn what_is_missing_repeated_or_disguised_is_refused() {
        let check = |query: &str, message: &str| {
            let error = read(&Arrival::of(&request(query))).err().unwrap();
            assert_eq!(error.to_string(), message, "{query}");
        };
        check("X-Amz-Signature=0", "Missing Authentication Token");
        check("X-Amz-Algorithm=AWS4-HMAC-SHA512", "Missing Authentication Token");
        check(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0",
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include \
             'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string \
             parameters.",
        );
        let both = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0";
        check(&format!("{both}&X-Amz-Signature=1"), "'X-Amz-Signature' must be given once.");
        check(&format!("{both}&x-amz-credential=1"), "'X-Amz-Credential' must be given once.");
        check(&format!("{both}&X%2DAmz-Date=1"), "'X-Amz-Date' must be given once.");
    }
}
