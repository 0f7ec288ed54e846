//! Why a token is not accepted, in API Gateway's words where it has any.

use std::fmt;

/// A token, or a key set, that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It is no token: why, for the log.
    Malformed(&'static str),
    /// It has more or fewer than three parts.
    Parts,
    /// It names an algorithm that is not accepted: this one, or nothing where that is no name to tell a client.
    Algorithm(String),
    /// No key has its key id.
    UnknownKey,
    /// Its key is for another algorithm than this one.
    WrongKey(&'static str),
    /// Its signature is another one.
    Signature,
    /// It has expired.
    Expired,
    /// It is not valid yet, or was issued in the future.
    NotYetValid,
    /// Somebody else has issued it.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// It is an identity token where an access token is wanted, or the other way round.
    TokenUse,
    /// It lacks these scopes, of which one is needed.
    Scope(Vec<String>),
    /// The key set cannot be read: why, for the log.
    KeySet(&'static str),
}

/// The longest name of an algorithm that is told to whoever has sent it, in bytes.
const LONGEST_NAME: usize = 16;

impl Error {
    /// A token names this algorithm, which is not accepted. It goes into a header: what is no plain name is not told.
    pub(crate) fn algorithm(name: &str) -> Self {
        let is_plain =
            name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        Error::Algorithm(if is_plain { name.to_owned() } else { String::new() })
    }

    /// The body of a REST API's 401: Cognito says of an expired token that it is.
    #[must_use]
    pub fn rest_message(&self) -> &'static str {
        match self {
            Error::Expired => "The incoming token has expired",
            _ => "Unauthorized",
        }
    }

    /// The status of an HTTP API: 403 where only a scope is missing.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Error::Scope(_) => 403,
            _ => 401,
        }
    }

    /// `www-authenticate` of an HTTP API.
    #[must_use]
    pub fn www_authenticate(&self) -> String {
        match self {
            Error::Scope(expected) => {
                let scopes = expected.join(" ");
                format!(
                    r#"Bearer scope="{scopes}" error="insufficient_scope" error_description="expected scopes: [{scopes}]""#
                )
            }
            other => format!(r#"Bearer scope="" error="invalid_token" error_description="{other}""#),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Algorithm(name) if !name.is_empty() => return write!(f, "signing method {name} is invalid"),
            Error::WrongKey(name) => return write!(f, "signing method {name} is invalid"),
            Error::Algorithm(_) => "signing method is invalid",
            Error::Malformed(_) => "the token is malformed",
            // As seen on the real service.
            Error::Parts => "token contains an invalid number of segments",
            Error::UnknownKey => "unable to find a signing key that matches",
            Error::Signature => "signature is invalid",
            Error::Expired => "the token has expired",
            Error::NotYetValid => "the token is not valid yet",
            Error::Issuer => "invalid issuer",
            Error::Audience => "the token does not have a valid audience",
            Error::TokenUse => "the token is not of the expected use",
            Error::Scope(_) => "insufficient scope",
            Error::KeySet(why) => why,
        })
    }
}

impl std::error::Error for Error {}
