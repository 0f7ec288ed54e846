//! What the last line of the canonical request is: a body's digest, or a word that says that it is none.

use crate::error::Error;
use crate::hash::{Digest, digest_from_hex};
use crate::presented::{Algorithm, Carrier};
use crate::rules::{PathRule, Rules};

/// What is signed of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The body's digest, which nothing declares.
    Body,
    /// The body's digest, declared in `x-amz-content-sha256`.
    Declared(Digest),
    /// Nothing: the body may be anything.
    Unsigned,
    /// Its pieces, one by one.
    Chunked(Chunked),
}

/// How the pieces of a body are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunked {
    /// Each one with the one before it.
    Signed,
    /// And trailers at the end.
    SignedWithTrailer,
    /// Only the headers are signed; a trailer has a checksum.
    UnsignedWithTrailer,
}

impl Payload {
    /// Reads `x-amz-content-sha256`. Who presigns for S3 declares nothing, and signs no body.
    pub(crate) fn read(
        declared: Option<&[u8]>,
        rules: &Rules,
        algorithm: Algorithm,
        carrier: Carrier,
    ) -> Result<Self, Error> {
        let unsigned = Some(Payload::Unsigned).filter(|_| rules.unsigned_payload);
        let payload = match declared {
            None if carrier == Carrier::Query && rules.path == PathRule::S3 => unsigned,
            None => Some(Payload::Body),
            Some(b"UNSIGNED-PAYLOAD") => unsigned,
            Some(text) => match Chunked::parse(text, algorithm) {
                Some(chunked) => Some(Payload::Chunked(chunked)).filter(|_| rules.chunked_payload),
                None => digest_from_hex(text).map(Payload::Declared),
            },
        };
        payload.ok_or(Error::UnacceptablePayload)
    }

    /// Must the body be hashed before the request is verified?
    #[must_use]
    pub fn needs_body(&self) -> bool {
        match self {
            Payload::Body | Payload::Declared(_) => true,
            Payload::Unsigned | Payload::Chunked(_) => false,
        }
    }

    /// The last line, for a body with this digest in hexadecimal.
    pub(crate) fn line(self, body: &[u8; 64], algorithm: Algorithm) -> &[u8] {
        match self {
            Payload::Body | Payload::Declared(_) => body,
            Payload::Unsigned => b"UNSIGNED-PAYLOAD",
            Payload::Chunked(chunked) => chunked.name(algorithm),
        }
    }
}

impl Chunked {
    /// Pieces are signed as their request is.
    fn parse(name: &[u8], algorithm: Algorithm) -> Option<Self> {
        let all = [Self::Signed, Self::SignedWithTrailer, Self::UnsignedWithTrailer];
        all.into_iter().find(|it| it.name(algorithm) == name)
    }

    pub(crate) fn name(self, algorithm: Algorithm) -> &'static [u8] {
        match (self, algorithm) {
            (Self::Signed, Algorithm::V4) => b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            (Self::Signed, Algorithm::V4a) => b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            (Self::SignedWithTrailer, Algorithm::V4) => b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            (Self::SignedWithTrailer, Algorithm::V4a) => b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
            (Self::UnsignedWithTrailer, _) => b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{EMPTY_SHA256, sha256};

    #[test]
    fn a_declaration_is_a_digest_or_a_word_that_is_allowed() {
        let (strict, mut lax) = (Rules::execute_api("r"), Rules::execute_api("r"));
        (lax.unsigned_payload, lax.chunked_payload) = (true, true);
        let check = |declared: Option<&str>, by_default: Option<Payload>, allowed: Option<Payload>| {
            let read = |rules| Payload::read(declared.map(str::as_bytes), rules, Algorithm::V4, Carrier::Header).ok();
            assert_eq!((read(&strict), read(&lax)), (by_default, allowed), "{declared:?}");
        };
        let empty = Some(Payload::Declared(sha256(b"")));
        check(None, Some(Payload::Body), Some(Payload::Body));
        check(Some(EMPTY_SHA256), empty, empty);
        check(Some("UNSIGNED-PAYLOAD"), None, Some(Payload::Unsigned));
        let signed = Some(Payload::Chunked(Chunked::Signed));
        check(Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), None, signed);
        let ecdsa = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
        for none in ["", "unsigned-payload", "STREAMING-X", ecdsa, &EMPTY_SHA256.to_uppercase()] {
            check(Some(none), None, None);
        }
    }

    #[test]
    fn pieces_are_signed_as_their_request_is() {
        let lax = Rules { chunked_payload: true, ..Rules::execute_api("r") };
        for kind in [Chunked::Signed, Chunked::SignedWithTrailer, Chunked::UnsignedWithTrailer] {
            for (named, signed) in [(Algorithm::V4, Algorithm::V4a), (Algorithm::V4a, Algorithm::V4)] {
                let read = |algorithm| Payload::read(Some(kind.name(named)), &lax, algorithm, Carrier::Header).ok();
                assert_eq!(read(named), Some(Payload::Chunked(kind)));
                assert_eq!(read(signed).is_some(), kind == Chunked::UnsignedWithTrailer, "{kind:?} {signed}");
            }
        }
    }

    #[test]
    fn who_presigns_for_s3_signs_no_body() {
        let s3 = Rules { path: PathRule::S3, unsigned_payload: true, ..Rules::service("r", "s3") };
        let strict = Rules { unsigned_payload: false, ..s3.clone() };
        let check = |rules: &Rules, carrier, expected: Option<Payload>| {
            assert_eq!(Payload::read(None, rules, Algorithm::V4, carrier).ok(), expected, "{carrier:?}");
        };
        check(&s3, Carrier::Query, Some(Payload::Unsigned));
        check(&s3, Carrier::Header, Some(Payload::Body));
        check(&strict, Carrier::Query, None);
        check(&Rules::execute_api("r"), Carrier::Query, Some(Payload::Body));
    }
}
