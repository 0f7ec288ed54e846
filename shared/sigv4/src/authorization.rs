//! The `Authorization` header: an algorithm, and `Credential`, `SignedHeaders`, `Signature` in any order.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::arrival::Arrival;
use crate::error::Error;
use crate::hash::sha256;
use crate::presented::{Algorithm, Carrier, Presented};
use crate::scan;

/// Reads the header, and the headers that belong to it.
pub(crate) fn read<'r>(arrival: &Arrival<'r>) -> Result<Presented<'r>, Error> {
    let header = arrival.authorization.once_raw()?;
    let fields = Fields::read(header)?;
    let date = date(arrival)?;
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (fields.credential, fields.signature, fields.signed_headers, date.clone())
    else {
        return Err(fields.missing(header, date.is_none()));
    };
    let algorithm = Algorithm::parse(fields.algorithm)
        .ok_or_else(|| Error::UnsupportedAlgorithm(String::from_utf8_lossy(fields.algorithm).into_owned()))?;
    Ok(Presented {
        carrier: Carrier::Header,
        algorithm,
        credential: credential.into(),
        signed_headers: signed_headers.into(),
        signature: signature.into(),
        date,
        expires: None,
        token: arrival.token.once()?,
        content_sha256: arrival.content_sha256.once()?,
        region_set: arrival.region_set.once()?,
    })
}

/// `X-Amz-Date`, or else `Date`. curl sends the former twice when its user sets it: equal ones are one.
fn date<'r>(arrival: &Arrival<'r>) -> Result<Option<Cow<'r, [u8]>>, Error> {
    if arrival.amz_date.is_there() { arrival.amz_date.same() } else { arrival.date.once() }
}

#[derive(Default)]
struct Fields<'r> {
    algorithm: &'r [u8],
    credential: Option<&'r [u8]>,
    signed_headers: Option<&'r [u8]>,
    signature: Option<&'r [u8]>,
}

impl<'r> Fields<'r> {
    /// Parts are separated by white space and commas, the algorithm's part too.
    fn read(header: &'r [u8]) -> Result<Self, Error> {
        let mut rest = header;
        let mut fields = Self { algorithm: part(&mut rest).unwrap_or_default(), ..Self::default() };
        let mut repeated = None;
        while let Some(part) = part(&mut rest) {
            // Missing equal signs come first, wherever they are.
            if fields.set(part).ok_or_else(|| Error::NotKeyValue(digest(header)))?.is_some() {
                repeated = repeated.or_else(|| part.split(|&byte| byte == b'=').next().and_then(field));
            }
        }
        // AWS takes the last one; two that differ are an attempt at something.
        repeated.map_or(Ok(fields), |name| Err(Error::Repeated(name)))
    }

    /// Takes a part, and gives what was there before; `None` where it has no equal sign.
    fn set(&mut self, part: &'r [u8]) -> Option<Option<&'r [u8]>> {
        if let Some(value) = part.strip_prefix(b"Credential=") {
            return Some(self.credential.replace(value));
        }
        if let Some(value) = part.strip_prefix(b"SignedHeaders=") {
            return Some(self.signed_headers.replace(value));
        }
        if let Some(value) = part.strip_prefix(b"Signature=") {
            return Some(self.signature.replace(value));
        }
        part.contains(&b'=').then_some(None)
    }

    fn missing(&self, header: &[u8], no_date: bool) -> Error {
        let sentences = [
            (self.credential.is_none(), "Authorization header requires 'Credential' parameter."),
            (self.signature.is_none(), "Authorization header requires 'Signature' parameter."),
            (self.signed_headers.is_none(), "Authorization header requires 'SignedHeaders' parameter."),
            (no_date, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
        ];
        let missing: Vec<_> = sentences.iter().filter(|(missing, _)| *missing).map(|(_, text)| *text).collect();
        Error::MissingFields(missing.join(" "), digest(header))
    }
}

/// Takes the next part off the front.
fn part<'r>(rest: &mut &'r [u8]) -> Option<&'r [u8]> {
    const BETWEEN: [u8; 3] = [b' ', b'\t', b','];
    while let Some((_, after)) = rest.split_first().filter(|(byte, _)| BETWEEN.contains(byte)) {
        *rest = after;
    }
    let (part, after) = rest.split_at(scan::position(rest, BETWEEN).unwrap_or(rest.len()));
    *rest = after;
    Some(part).filter(|part| !part.is_empty())
}

fn field(name: &[u8]) -> Option<&'static str> {
    ["Credential", "SignedHeaders", "Signature"].into_iter().find(|field| field.as_bytes() == name)
}

/// AWS no longer repeats the header, which may hold somebody's token, but its digest.
fn digest(header: &[u8]) -> String {
    STANDARD.encode(sha256(header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Detail;
    use gatehouse_http::{Body, Headers, Request};

    fn request(header: &str) -> Request {
        let headers = Headers::from_pairs([("authorization", header), ("x-amz-date", "d")]);
        Request { headers, body: Body::Empty }
    }

    #[test]
    fn every_clients_way_of_writing_it_is_read() {
        for header in [
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x, Signature=00",
            "AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host;x,Signature=00",
            "AWS4-HMAC-SHA256,Credential=a/b,  Signature=00,  SignedHeaders=host;x",
            " \tAWS4-HMAC-SHA256\tExtra=1 Credential=a/b SignedHeaders=host;x Signature=00, ",
        ] {
            let request = request(header);
            let read = read(&Arrival::of(&request)).unwrap_or_else(|error| panic!("{header}: {error:?}"));
            assert_eq!((&*read.credential, &*read.signature), (b"a/b".as_slice(), b"00".as_slice()), "{header}");
            assert_eq!((&*read.signed_headers, read.algorithm), (b"host;x".as_slice(), Algorithm::V4), "{header}");
        }
    }

    #[test]
    fn what_is_missing_is_said_in_awss_order() {
        let check = |header: &str, error_type: &str, message: &str| {
            let error = read(&Arrival::of(&request(header))).err().unwrap();
            assert_eq!((error.error_type(), &*error.message(Detail::Brief)), (error_type, message), "{header}");
        };
        let incomplete = "IncompleteSignatureException";
        // Recorded: time-addressable-media-store's issue 8 has the words, this digest is computed.
        let hashed = |header: &str| {
            format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
                 with Base64): '{}'.",
                digest(header.as_bytes())
            )
        };
        for header in ["Bearer abc", "Basic x", "AWS4-HMAC-SHA256 Credential= a/b", "AWS4-HMAC-SHA256 Credential=a /b"]
        {
            check(header, incomplete, &hashed(header));
        }
        let header = "Basic dXNlcjpw=";
        let digest = digest(header.as_bytes());
        check(
            header,
            incomplete,
            &format!(
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                 parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded \
                 with Base64) Authorization={digest}"
            ),
        );
        for algorithm in ["AWS4-HMAC-SHA512", "aws4-hmac-sha256", "AWS"] {
            check(
                &format!("{algorithm} Credential=a, SignedHeaders=b, Signature=c"),
                incomplete,
                &format!("Unsupported AWS 'algorithm': '{algorithm}'."),
            );
        }
        check(
            "AWS4-HMAC-SHA256 Credential=a, Credential=a, SignedHeaders=b, Signature=c",
            incomplete,
            "'Credential' must be given once.",
        );
        // A missing equal sign comes first, also after what stands twice.
        let header = "AWS4-HMAC-SHA256 Signature=a, Signature=b, SignedHeaders";
        check(header, incomplete, &hashed(header));
    }

    #[test]
    fn a_date_twice_is_one_date_where_it_is_the_same() {
        let dates = |pairs: &[(&str, &str)]| {
            let request = Request { headers: Headers::from_pairs(pairs.iter().copied()), body: Body::Empty };
            date(&Arrival::of(&request)).map(|date| date.map(Cow::into_owned))
        };
        assert_eq!(dates(&[("x-amz-date", "1"), ("x-amz-date", "1"), ("date", "2")]), Ok(Some(b"1".to_vec())));
        assert_eq!(dates(&[("x-amz-date", "1"), ("x-amz-date", "2")]), Err(Error::Repeated("x-amz-date")));
        assert_eq!(dates(&[("date", "2")]), Ok(Some(b"2".to_vec())));
        assert_eq!(dates(&[]), Ok(None));
    }
}
