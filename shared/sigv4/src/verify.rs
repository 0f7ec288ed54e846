//! Verification, in the order of AWS's checks: what needs no secret first, then the key, the signature last.

mod matching;
mod verified;

use std::borrow::Cow;
use std::fmt;

use gatehouse_http::{Headers, Request};
use subtle::ConstantTimeEq as _;

use crate::arrival::{Arrival, Sent};
use crate::asymmetric::{P256, PublicKey};
use crate::canonical;
use crate::chunked::{ChunkError, ChunkedBody};
use crate::date::{basic_date, parse_basic_date};
use crate::error::{Error, Mismatch, Skew};
use crate::few::Text;
use crate::hash::{Digest, digest_from_hex, hex, same};
use crate::key::{Scope, SigningKey};
use crate::payload::Payload;
use crate::presented::{Algorithm, Carrier, Presented};
use crate::rules::Rules;
use crate::scan;
use crate::scope::Credential;
use crate::signed_names::{Index, SignedNames};

pub(crate) use matching::string_to_sign;
pub use verified::Verified;

/// A signature that may be right: everything that can be known without the secret has been checked.
pub struct Claim<'r> {
    sent: Sent<'r>,
    rules: &'r Rules,
    now: u64,
    carrier: Carrier,
    algorithm: Algorithm,
    credential: Credential<'r>,
    names: SignedNames<'r>,
    signature: Cow<'r, [u8]>,
    /// Sixteen characters, as signed.
    date: Cow<'r, [u8]>,
    token: Option<Cow<'r, [u8]>>,
    payload: Payload,
    /// The last second in which it is accepted.
    until: u64,
    /// Has the path segments that are removed?
    odd_path: bool,
}

/// What the owner of an access key has.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Whose: a signature says nothing of the key's id, so it is compared once more.
    pub access_key_id: &'a str,
    /// What checks the signature.
    pub key: Key<'a>,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a SessionToken>,
    /// When they expire, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// What checks a signature. One of the other algorithm never matches.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// SigV4's, for the scope of the claim.
    V4(&'a SigningKey),
    /// SigV4A's, and who can use it.
    V4a(&'a PublicKey, &'a dyn P256),
}

impl Key<'_> {
    /// Whose signatures it checks.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Key::V4(_) => Algorithm::V4,
            Key::V4a(..) => Algorithm::V4a,
        }
    }
}

/// A session token. Never printed, compared in constant time, erased when dropped.
#[derive(Clone)]
pub struct SessionToken(zeroize::Zeroizing<Vec<u8>>);

/// Nobody signs more header bytes than Envoy lets through, or more parameters.
const MOST_HEADER_BYTES: usize = 60 * 1024;
const MOST_QUERY_BYTES: usize = 8 * 1024;
const MOST_PARAMETERS: usize = 256;
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const WEEK: u64 = 604_800;

impl Rules {
    /// Reads the signature of a request and checks all that needs no secret. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// What AWS would say first.
    pub fn read<'r>(&'r self, request: &'r Request, now: u64) -> Result<Claim<'r>, Error> {
        let arrival = Arrival::of(request);
        check_size(&arrival)?;
        let odd_path = check_path(&arrival)?;
        let presented = Presented::read(&arrival)?;
        if presented.algorithm == Algorithm::V4a && !self.v4a {
            return Err(Error::UnsupportedAlgorithm(presented.algorithm.name().to_owned()));
        }
        let Presented { carrier, algorithm, signature, date, token, .. } = presented;
        let mut index = Index::new();
        let mut names = SignedNames::split(presented.signed_headers, &mut index);
        names.check()?;
        let until = self.check_date(&date, presented.expires.as_deref(), now)?;
        let region_set = presented.region_set.as_deref().unwrap_or_default();
        let credential = Credential::read(presented.credential, algorithm, self, &date, region_set)?;
        self.check_coverage(arrival.sent.headers, &mut names, &index, carrier, algorithm)?;
        let payload = Payload::read(presented.content_sha256.as_deref(), self, algorithm, carrier)?;
        let rules = self;
        Ok(Claim {
            sent: arrival.sent,
            rules,
            now,
            carrier,
            algorithm,
            credential,
            names,
            signature,
            date,
            token,
            payload,
            until,
            odd_path,
        })
    }

    /// Is the date one that is accepted now? Gives the last second in which it is.
    fn check_date(&self, date: &[u8], seconds: Option<&[u8]>, now: u64) -> Result<u64, Error> {
        let text = || String::from_utf8_lossy(date).into_owned();
        let signed = parse_basic_date(date).ok_or_else(|| Error::MalformedDate(text()))?;
        let window = match seconds {
            Some(seconds) => expires(seconds)?,
            None => self.skew,
        };
        let skew = |limit, window| Skew { date: text(), limit: basic_date(limit), now: basic_date(now), window };
        if signed.saturating_add(window) < now || window == 0 {
            return Err(Error::Expired(skew(now.saturating_sub(window), window)));
        }
        if now.saturating_add(self.skew) < signed {
            return Err(Error::NotYetCurrent(skew(now.saturating_add(self.skew), self.skew)));
        }
        Ok(signed.saturating_add(window))
    }

    /// What is signed is there, and what is there is signed where it has to be.
    fn check_coverage(
        &self,
        headers: &Headers,
        names: &mut SignedNames<'_>,
        index: &Index,
        carrier: Carrier,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let presigned = carrier == Carrier::Query;
        if names.find_values(index, headers, |name| self.must_be_signed(name, presigned)).is_some() {
            return Err(Error::UnsignedHeaders);
        }
        if algorithm == Algorithm::V4a && !presigned && !names.has(b"x-amz-region-set") {
            return Err(Error::UnsignedHeaders);
        }
        match names.absent().find(|name| !matches!(*name, b"host" | b":authority" | b"expect")) {
            Some(name) => Err(Error::AbsentSignedHeader(String::from_utf8_lossy(name).into_owned())),
            None => Ok(()),
        }
    }
}

impl<'r> Claim<'r> {
    /// Who claims to have signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        self.credential.key_id()
    }

    /// The session token that came along.
    #[must_use]
    pub fn session_token(&self) -> Option<&[u8]> {
        self.token.as_deref()
    }

    /// Which signature it is.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Where the signature is.
    #[must_use]
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// What the key is to be derived for: values that the rules allow.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope { date: self.credential.date(), region: self.credential.region(), service: &self.rules.service }
    }

    /// When it was signed, as signed.
    #[must_use]
    pub fn date(&self) -> &str {
        text_of(&self.date)
    }

    /// The credential after the access key's id, as signed.
    #[must_use]
    pub fn credential_scope(&self) -> &str {
        self.credential.scope()
    }

    /// The signature itself, as presented. It is what sets one request apart from all others, if it is SigV4's; of
    /// SigV4A's, which are random, whoever has one can make another.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The last second since 1970 in which the claim is accepted.
    #[must_use]
    pub fn good_until(&self) -> u64 {
        self.until
    }

    /// The names of the signed headers, with semicolons between them.
    #[must_use]
    pub fn signed_headers(&self) -> &[u8] {
        self.names.text()
    }

    /// What should have been signed, for a body with this digest.
    #[must_use]
    pub fn expected(&self, body: &Digest) -> Mismatch {
        let mut canonical_request = Text::new();
        let body = hex(body);
        let payload = self.payload.line(&body, self.algorithm);
        let string_to_sign = self.text(&mut canonical_request, self.sent.host, payload, self.first_form());
        Mismatch { canonical_request: canonical_request.into_vec(), string_to_sign: string_to_sign.into_vec() }
    }

    /// What is signed of the body.
    #[must_use]
    pub fn payload(&self) -> Payload {
        self.payload
    }

    /// Checks everything that is left. `body` is the digest of the body; it is not looked at where the payload is
    /// [`Payload::Unsigned`] or [`Payload::Chunked`].
    ///
    /// # Errors
    /// An expired or wrong session token, or another signature.
    pub fn verify(&self, credentials: &Credentials<'_>, body: &Digest) -> Result<Verified, Error> {
        self.check_token(credentials)?;
        // What is declared is what is signed, also where the declaration itself is not.
        if matches!(self.payload, Payload::Declared(declared) if declared != *body) {
            return Err(Error::SignatureMismatch(Box::new(self.expected(body))));
        }
        self.matching(body, |text| match (credentials.key, self.algorithm()) {
            (Key::V4(key), Algorithm::V4) => {
                let signature = digest_from_hex(&self.signature);
                // Without a signature of the right shape one is calculated all the same.
                bool::from(same(&key.sign(text), &signature.unwrap_or_default())) & signature.is_some()
            }
            (Key::V4a(key, p256), Algorithm::V4a) => key.is_signed(p256, &self.signature, text),
            (Key::V4(_), Algorithm::V4a) | (Key::V4a(..), Algorithm::V4) => false,
        })
    }

    /// Checks a request whose body's digest is declared before the body is there: what would be refused in any case
    /// is refused now. Says whether there was a declaration to check; [`Claim::verify`] is needed all the same.
    ///
    /// # Errors
    /// As [`Claim::verify`].
    pub fn verify_early(&self, credentials: &Credentials<'_>) -> Result<bool, Error> {
        match self.payload {
            Payload::Declared(digest) => self.verify(credentials, &digest).map(|_| true),
            Payload::Body | Payload::Unsigned | Payload::Chunked(_) => self.check_token(credentials).map(|()| false),
        }
    }

    /// What reads the body of a verified request that comes in pieces, or `None` if it does not. `key` is the one that
    /// verified it.
    ///
    /// # Errors
    /// [`ChunkError::NoLength`]; the body may not be used.
    pub fn chunked_body<'k>(&self, _verified: &Verified, key: Key<'k>) -> Result<Option<ChunkedBody<'k>>, ChunkError> {
        let Payload::Chunked(kind) = self.payload else { return Ok(None) };
        let header = |name| self.sent.headers.single(name).ok().flatten().map(<[u8]>::trim_ascii);
        let length = header("x-amz-decoded-content-length").and_then(|length| std::str::from_utf8(length).ok());
        let length = length.filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()));
        let length = length.and_then(|length| length.parse().ok()).ok_or(ChunkError::NoLength)?;
        let declared = String::from_utf8_lossy(header("x-amz-trailer").unwrap_or_default()).to_ascii_lowercase();
        let declared = declared.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let context = format!("{}\n{}", text_of(&self.date), self.credential.scope());
        Ok(Some(ChunkedBody::open(kind, key, context, self.signature.to_vec(), length, declared.collect())))
    }

    /// The token must be the key's own, and there must be none where the key has none.
    fn check_token(&self, credentials: &Credentials<'_>) -> Result<(), Error> {
        if credentials.access_key_id != self.access_key_id() {
            return Err(Error::InvalidToken);
        }
        match (credentials.session_token, self.session_token()) {
            (Some(SessionToken(own)), Some(presented)) if bool::from(own.as_slice().ct_eq(presented)) => {}
            (None, None) if !self.access_key_id().starts_with("ASIA") => {}
            _ => return Err(Error::InvalidToken),
        }
        if credentials.expires_at.is_some_and(|expiry| expiry <= self.now) { Err(Error::ExpiredToken) } else { Ok(()) }
    }
}

/// A date that has been checked is text.
fn text_of(date: &[u8]) -> &str {
    std::str::from_utf8(date).unwrap_or_default()
}

fn check_size(arrival: &Arrival<'_>) -> Result<(), Error> {
    let query = arrival.sent.query;
    let too_large = arrival.bytes > MOST_HEADER_BYTES
        || query.raw().len() > MOST_QUERY_BYTES
        // Parameters have one character at least, and one between them.
        || (query.raw().len() > 2 * MOST_PARAMETERS && query.encoded().count() > MOST_PARAMETERS)
        || arrival.has_hosts
        // Two `Host` lines arrive as one with a comma from Envoy.
        || scan::any(arrival.sent.host, |byte| byte == b',');
    if too_large { Err(Error::TooLarge) } else { Ok(()) }
}

/// Says whether the path has segments that are removed.
fn check_path(arrival: &Arrival<'_>) -> Result<bool, Error> {
    let path = arrival.sent.path;
    if arrival.sent.method.is_empty() || !arrival.has_target {
        return Err(Error::MalformedPath);
    }
    let odd = canonical::is_odd(path);
    let rooted = path.is_empty() || path.starts_with(b"/");
    if rooted && canonical::is_well_formed(path) && (!odd || canonical::normalized(path).is_ok()) {
        return Ok(odd);
    }
    Err(Error::MalformedPath)
}

fn expires(text: &[u8]) -> Result<u64, Error> {
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if text.strip_prefix(b"-").is_some_and(is_number) {
        return Err(Error::NegativeExpires);
    }
    if !is_number(text) {
        return Err(Error::MalformedExpires);
    }
    // Of a number, only one that is too large for it is none.
    let seconds = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    seconds.filter(|&seconds| seconds <= WEEK).ok_or(Error::LongExpires)
}

impl SessionToken {
    /// Takes over a token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(zeroize::Zeroizing::new(token.into().into_bytes()))
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken([redacted])")
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("credential", &self.credential)
            .field("date", &text_of(&self.date))
            .field("algorithm", &self.algorithm)
            .field("carrier", &self.carrier)
            .finish_non_exhaustive()
    }
}
