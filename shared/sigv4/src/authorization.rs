//! The `Authorization` header: an algorithm, and `Credential`, `SignedHeaders`, `Signature` in any order.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_http::Request;

use crate::error::Error;
use crate::hash::sha256;
use crate::presented::{Algorithm, Carrier, Presented, once};

/// Reads the header, and the headers that belong to it.
pub(crate) fn read(request: &Request) -> Result<Presented<'_>, Error> {
    let header = request.headers.single("authorization").map_err(|_| Error::Repeated("Authorization"))?;
    let header = header.unwrap_or_default();
    let fields = Fields::read(header)?;
    let date = date(request)?;
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
        token: once(request, "x-amz-security-token")?,
        content_sha256: once(request, "x-amz-content-sha256")?,
        region_set: once(request, "x-amz-region-set")?,
    })
}

/// `X-Amz-Date`, or else `Date`. curl sends the former twice when its user sets it: equal ones are one.
fn date(request: &Request) -> Result<Option<Cow<'_, [u8]>>, Error> {
    let mut dates = request.headers.all("x-amz-date");
    let Some(first) = dates.next() else { return once(request, "date") };
    if dates.any(|other| other != first) {
        return Err(Error::Repeated("x-amz-date"));
    }
    Ok(Some(first.trim_ascii().into()))
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
        let parts = header.split(|byte| matches!(byte, b' ' | b'\t' | b',')).filter(|part| !part.is_empty());
        let mut parts = parts;
        let mut fields = Self { algorithm: parts.next().unwrap_or_default(), ..Self::default() };
        // Missing equal signs come first, wherever they are.
        if parts.clone().any(|part| !part.contains(&b'=')) {
            return Err(Error::NotKeyValue(digest(header)));
        }
        for part in parts {
            let at = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
            let (name, value) = part.split_at(at);
            fields.set(name, value.get(1..).unwrap_or_default())?;
        }
        Ok(fields)
    }

    fn set(&mut self, name: &[u8], value: &'r [u8]) -> Result<(), Error> {
        let (field, name) = match name {
            b"Credential" => (&mut self.credential, "Credential"),
            b"SignedHeaders" => (&mut self.signed_headers, "SignedHeaders"),
            b"Signature" => (&mut self.signature, "Signature"),
            _ => return Ok(()),
        };
        // AWS takes the last one; two that differ are an attempt at something.
        if field.replace(value).is_some() { Err(Error::Repeated(name)) } else { Ok(()) }
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

/// AWS no longer repeats the header, which may hold somebody's token, but its digest.
fn digest(header: &[u8]) -> String {
    STANDARD.encode(sha256(header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Detail;
    use gatehouse_http::{Body, Headers};

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
            let read = read(&request).unwrap_or_else(|error| panic!("{header}: {error:?}"));
            assert_eq!((&*read.credential, &*read.signature), (b"a/b".as_slice(), b"00".as_slice()), "{header}");
            assert_eq!((&*read.signed_headers, read.algorithm), (b"host;x".as_slice(), Algorithm::V4), "{header}");
        }
    }

    #[test]
    fn what_is_missing_is_said_in_awss_order() {
        let check = |header: &str, error_type: &str, message: &str| {
            let error = read(&request(header)).err().unwrap();
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
    }

    #[test]
    fn a_date_twice_is_one_date_where_it_is_the_same() {
        let dates = |pairs: &[(&str, &str)]| {
            let request = Request { headers: Headers::from_pairs(pairs.iter().copied()), body: Body::Empty };
            date(&request).map(|date| date.map(Cow::into_owned))
        };
        assert_eq!(dates(&[("x-amz-date", "1"), ("x-amz-date", "1"), ("date", "2")]), Ok(Some(b"1".to_vec())));
        assert_eq!(dates(&[("x-amz-date", "1"), ("x-amz-date", "2")]), Err(Error::Repeated("x-amz-date")));
        assert_eq!(dates(&[("date", "2")]), Ok(Some(b"2".to_vec())));
        assert_eq!(dates(&[]), Ok(None));
    }
}
