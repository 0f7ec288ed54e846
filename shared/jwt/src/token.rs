//! A token as it came (RFC 7515, compact form), not yet believed.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::Error;
use crate::json;

/// The longest token, in bytes: more than all headers of a request may have.
const LONGEST: usize = 16 * 1024;

const HEADER: &str = "its header is no JSON object";
const CLAIMS: &str = "its claims are no JSON object";

/// A token taken apart: its header and its claims are decoded, and what they say is not looked at.
pub struct Compact<'t> {
    signed: &'t str,
    header: String,
    claims: String,
    signature: &'t str,
}

/// A token whose parts are understood. Whether it is its issuer's, only its signature can say. Never printed.
#[derive(Clone)]
pub struct Token<'t> {
    compact: &'t Compact<'t>,
    algorithm: Algorithm,
    key_id: Option<Cow<'t, str>>,
    claims: Claims<'t>,
    signature: Vec<u8>,
}

impl<'t> Compact<'t> {
    /// Takes a token apart: `header.claims.signature`, each base64url without padding.
    ///
    /// # Errors
    /// [`Error::Parts`], [`Error::Malformed`]
    pub fn decode(text: &'t str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::Malformed("it is longer than 16 KB"));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Parts);
        };
        let header = String::from_utf8(decoded(header)?).map_err(|_| Error::Malformed(HEADER))?;
        let claims = String::from_utf8(decoded(claims)?).map_err(|_| Error::Malformed(CLAIMS))?;
        let signed = text.rsplit_once('.').map_or(text, |(signed, _)| signed);
        Ok(Self { signed, header, claims, signature })
    }

    /// What it claims, as it was written.
    #[must_use]
    pub fn into_claims(self) -> String {
        self.claims
    }
}

impl<'t> Token<'t> {
    /// Reads what a token's parts say.
    ///
    /// # Errors
    /// [`Error::Malformed`], or [`Error::Algorithm`] for one that is not accepted: `none`, HMAC, whatever is not known.
    pub fn read(compact: &'t Compact<'t>) -> Result<Self, Error> {
        let header = json::object(&compact.header).ok_or(Error::Malformed(HEADER))?;
        // Whoever must understand what we do not; and a header that is not a token's, or whose claims lie elsewhere.
        if ["crit", "b64", "zip", "enc"].iter().any(|name| json::get(&header, name).is_some()) {
            return Err(Error::Malformed("its header asks for what is not served"));
        }
        let claims = Claims::parse(&compact.claims).ok_or(Error::Malformed(CLAIMS))?;
        let name = json::text(&header, "alg").ok_or_else(|| Error::algorithm(""))?;
        let algorithm = Algorithm::parse(name).ok_or_else(|| Error::algorithm(name))?;
        let key_id = match json::get(&header, "kid") {
            None => None,
            Some(json::Json::Text(id)) => Some(id.clone()),
            Some(_) => return Err(Error::Malformed("its key id is no text")),
        };
        let signature = decoded(compact.signature)?;
        if signature.is_empty() {
            return Err(Error::Malformed("it is not signed"));
        }
        Ok(Self { compact, algorithm, key_id, claims, signature })
    }

    /// The algorithm that it names.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `kid`
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What it claims.
    #[must_use]
    pub fn claims(&self) -> &Claims<'t> {
        &self.claims
    }

    /// What is signed of it.
    #[must_use]
    pub fn signed(&self) -> &'t [u8] {
        self.compact.signed.as_bytes()
    }

    /// The signature, as the algorithm writes it in a token.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed("a part is no base64url"))
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
