//! What the last line of the canonical request is: a body's digest, or a word that says that it is none.

use crate::error::Error;
use crate::hash::{Digest, digest_from_hex};
use crate::rules::Rules;

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
    /// Reads `x-amz-content-sha256`.
    pub(crate) fn read(declared: Option<&[u8]>, rules: &Rules) -> Result<Self, Error> {
        let payload = match declared {
            None => Some(Payload::Body),
            Some(b"UNSIGNED-PAYLOAD") => Some(Payload::Unsigned).filter(|_| rules.unsigned_payload),
            Some(text) => match Chunked::parse(text) {
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
    pub(crate) fn line(self, body: &[u8; 64]) -> &[u8] {
        match self {
            Payload::Body | Payload::Declared(_) => body,
            Payload::Unsigned => b"UNSIGNED-PAYLOAD",
            Payload::Chunked(chunked) => chunked.name(),
        }
    }
}

impl Chunked {
    fn parse(name: &[u8]) -> Option<Self> {
        [Self::Signed, Self::SignedWithTrailer, Self::UnsignedWithTrailer].into_iter().find(|it| it.name() == name)
    }

    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Self::Signed => b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedWithTrailer => b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedWithTrailer => b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
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
            let read = |rules| Payload::read(declared.map(str::as_bytes), rules).ok();
            assert_eq!((read(&strict), read(&lax)), (by_default, allowed), "{declared:?}");
        };
        let empty = Some(Payload::Declared(sha256(b"")));
        check(None, Some(Payload::Body), Some(Payload::Body));
        check(Some(EMPTY_SHA256), empty, empty);
        check(Some("UNSIGNED-PAYLOAD"), None, Some(Payload::Unsigned));
        let signed = Some(Payload::Chunked(Chunked::Signed));
        check(Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), None, signed);
        for none in ["", "unsigned-payload", "STREAMING-X", &EMPTY_SHA256.to_uppercase()] {
            check(Some(none), None, None);
        }
    }
}
