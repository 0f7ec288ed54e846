//! A token as it came (RFC 7515, compact form), not yet believed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::Error;
use crate::json;

/// The longest token, in bytes: more than all headers of a request may have.
const LONGEST: usize = 16 * 1024;

/// A token whose parts are understood. Whether it is its issuer's, only its signature can say. Never printed.
#[derive(Clone)]
pub struct Token<'t> {
    signed: &'t str,
    algorithm: Algorithm,
    key_id: Option<String>,
    claims: Claims,
    signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Reads a token: `header.claims.signature`, each base64url without padding.
    ///
    /// # Errors
    /// [`Error::Malformed`], or [`Error::Algorithm`] for one that is not accepted: `none`, HMAC, whatever is not known.
    pub fn parse(text: &'t str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::Malformed("it is longer than 16 KB"));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Malformed("it has not three parts"));
        };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed("a part is no base64url"));
        let header = json::object(&decoded(header)?).ok_or(Error::Malformed("its header is no JSON object"))?;
        // Whoever must understand what we do not; and a header that is not a token's, or whose claims lie elsewhere.
        if ["crit", "b64", "zip", "enc"].iter().any(|name| json::get(&header, name).is_some()) {
            return Err(Error::Malformed("its header asks for what is not served"));
        }
        let name = json::text(&header, "alg").ok_or_else(|| Error::algorithm(""))?;
        let algorithm = Algorithm::parse(name).ok_or_else(|| Error::algorithm(name))?;
        let key_id = match json::get(&header, "kid") {
            None => None,
            Some(json::Json::Text(id)) => Some(id.clone()),
            Some(_) => return Err(Error::Malformed("its key id is no text")),
        };
        let object = json::object(&decoded(claims)?).ok_or(Error::Malformed("its claims are no JSON object"))?;
        let signature = decoded(signature)?;
        if signature.is_empty() {
            return Err(Error::Malformed("it is not signed"));
        }
        let signed = text.rsplit_once('.').map_or(text, |(signed, _)| signed);
        Ok(Self { signed, algorithm, key_id, claims: Claims::new(object), signature })
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
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What is signed of it.
    #[must_use]
    pub fn signed(&self) -> &'t [u8] {
        self.signed.as_bytes()
    }

    /// The signature, as the algorithm writes it in a token.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
