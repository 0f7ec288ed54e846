//! What a client presents, whichever way it does: the fields of a header or of a query, not yet believed.

use std::borrow::Cow;
use std::fmt;

use crate::arrival::Arrival;
use crate::error::{BrokenEscape, Error};
use crate::{authorization, presigned, scan};

/// Where the signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned request.
    Query,
}

/// Which signature it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `AWS4-HMAC-SHA256`.
    V4,
    /// `AWS4-ECDSA-P256-SHA256`.
    V4a,
}

/// The fields as presented.
pub(crate) struct Presented<'r> {
    pub(crate) carrier: Carrier,
    pub(crate) algorithm: Algorithm,
    pub(crate) credential: Cow<'r, [u8]>,
    pub(crate) signed_headers: Cow<'r, [u8]>,
    pub(crate) signature: Cow<'r, [u8]>,
    pub(crate) date: Cow<'r, [u8]>,
    pub(crate) expires: Option<Cow<'r, [u8]>>,
    pub(crate) token: Option<Cow<'r, [u8]>>,
    pub(crate) content_sha256: Option<Cow<'r, [u8]>>,
    pub(crate) region_set: Option<Cow<'r, [u8]>>,
}

impl<'r> Presented<'r> {
    /// Finds the one carrier and reads it.
    pub(crate) fn read(arrival: &Arrival<'r>) -> Result<Self, Error> {
        if let Some(broken) = broken_escape(arrival.sent.query.raw()) {
            return Err(Error::MalformedQuery(broken));
        }
        match (arrival.authorization.is_there(), presigned::is_presigned(arrival.sent.query)) {
            (true, true) => Err(Error::TwoSignatures),
            (false, false) => Err(Error::MissingAuthenticationToken),
            (true, false) => authorization::read(arrival),
            (false, true) => presigned::read(arrival),
        }
    }
}

impl Algorithm {
    pub(crate) fn parse(name: &[u8]) -> Option<Self> {
        [Self::V4, Self::V4a].into_iter().find(|it| it.name().as_bytes() == name)
    }

    /// As clients name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "AWS4-HMAC-SHA256",
            Self::V4a => "AWS4-ECDSA-P256-SHA256",
        }
    }
}

fn broken_escape(query: &[u8]) -> Option<BrokenEscape> {
    let mut rest = query;
    while let Some(at) = scan::position(rest, [b'%']) {
        match rest.get(at + 1..at + 3) {
            None => return Some(BrokenEscape::Incomplete),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {
                rest = rest.get(at + 3..).unwrap_or_default();
            }
            Some(digits) => return Some(BrokenEscape::Illegal(format!("%{}", String::from_utf8_lossy(digits)))),
        }
    }
    None
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
