//! The claims that decide whether a token is accepted, looked up once: a token that is known costs no search.

use crate::claims::{Claims, Time};

/// The claims that [`crate::Expectations`] are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClaims {
    pub(crate) issuer: Option<String>,
    /// `aud`, or `client_id` where there is none; `None` where neither is of use.
    pub(crate) audiences: Option<Vec<String>>,
    /// They are what `aud` says.
    pub(crate) has_aud: bool,
    /// Seconds since 1970; long past where there is none.
    pub(crate) expires: i64,
    /// The later of `nbf` and `iat`; never where one is no time.
    pub(crate) begins: i64,
    pub(crate) token_use: Option<String>,
    pub(crate) scopes: Vec<String>,
}

impl RegisteredClaims {
    /// What `aud` says; nothing where there is none, whatever `client_id` is.
    #[must_use]
    pub fn aud(&self) -> &[String] {
        self.audiences.as_deref().filter(|_| self.has_aud).unwrap_or_default()
    }

    /// Looks them up.
    #[must_use]
    pub fn of(claims: &Claims<'_>) -> Self {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let has_aud = claims.names().any(|name| name == "aud");
        let audiences = if has_aud { claims.texts("aud") } else { claims.text("client_id").map(|id| vec![id]) };
        let begins = |name| match claims.time(name) {
            None => i64::MIN,
            Some(Time::At(seconds)) => seconds,
            Some(Time::Nonsense) => i64::MAX,
        };
        Self {
            issuer: claims.text("iss").map(str::to_owned),
            audiences: audiences.map(owned),
            has_aud,
            expires: match claims.time("exp") {
                Some(Time::At(seconds)) => seconds,
                Some(Time::Nonsense) | None => i64::MIN,
            },
            begins: begins("nbf").max(begins("iat")),
            token_use: claims.text("token_use").map(str::to_owned),
            scopes: owned(claims.scopes()),
        }
    }

    /// When the token expires, in seconds since 1970; long ago where it does not say.
    #[must_use]
    pub fn expires(&self) -> i64 {
        self.expires
    }

    /// Its scopes.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}
