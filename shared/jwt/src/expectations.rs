//! What a token must claim.

use crate::claims::Claims;
use crate::error::Error;
use crate::registered::RegisteredClaims;

/// What a token must claim to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
    /// Who must have issued it.
    pub issuer: &'a str,
    /// For whom it must be: one of these is `aud`, or `client_id` where there is no `aud`. None asks for nothing.
    pub audiences: &'a [String],
    /// Which of Cognito's tokens it must be.
    pub token_use: Use,
    /// One of these must be among its scopes; none asks for nothing.
    pub scopes: &'a [String],
    /// How far the issuer's clock may be wrong, in seconds.
    pub skew: u32,
}

/// Which of Cognito's tokens it must be, by `token_use`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Use {
    /// Whatever it is.
    #[default]
    Any,
    /// An identity token.
    Id,
    /// An access token.
    Access,
}

impl Expectations<'_> {
    /// Holds claims against what is expected, at a time in seconds since 1970. The first that is wrong is told, scopes last.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, claims: &Claims<'_>, now: i64) -> Result<(), Error> {
        self.check_registered(&RegisteredClaims::of(claims), now)
    }

    /// The same, of claims that have been looked up before.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check_registered(&self, claims: &RegisteredClaims, now: i64) -> Result<(), Error> {
        if claims.issuer.as_deref() != Some(self.issuer) {
            return Err(Error::Issuer);
        }
        self.check_audience(claims)?;
        self.check_times(claims, now)?;
        let token_use = match self.token_use {
            Use::Any => None,
            Use::Id => Some("id"),
            Use::Access => Some("access"),
        };
        if token_use.is_some_and(|expected| claims.token_use.as_deref() != Some(expected)) {
            return Err(Error::TokenUse);
        }
        if self.scopes.is_empty() || claims.scopes.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(());
        }
        Err(Error::Scope(self.scopes.to_vec()))
    }

    fn check_audience(&self, claims: &RegisteredClaims) -> Result<(), Error> {
        let told = claims.audiences.as_deref().unwrap_or_default();
        let is_ours = |told: &String| self.audiences.contains(told);
        if self.audiences.is_empty() || told.iter().any(is_ours) { Ok(()) } else { Err(Error::Audience) }
    }

    fn check_times(&self, claims: &RegisteredClaims, now: i64) -> Result<(), Error> {
        let skew = i64::from(self.skew);
        if claims.expires.saturating_add(skew) <= now {
            return Err(Error::Expired);
        }
        if claims.begins == i64::MAX || claims.begins.saturating_sub(skew) > now {
            return Err(Error::NotYetValid);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000;

    fn check(expected: &Expectations<'_>, text: &str, outcome: Result<(), Error>) {
        let claims = Claims::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(expected.check(&claims, NOW), outcome, "{text}");
    }

    #[test]
    fn a_token_is_its_issuers_for_us_and_now() {
        let audiences = ["ours".to_owned(), "too".to_owned()];
        let it = Expectations { issuer: "i", audiences: &audiences, token_use: Use::Any, scopes: &[], skew: 0 };
        check(&it, r#"{"iss":"i","aud":"ours","exp":1001}"#, Ok(()));
        check(&it, r#"{"iss":"i","aud":["theirs","too"],"exp":1001}"#, Ok(()));
        check(&it, r#"{"iss":"i","client_id":"ours","exp":1001}"#, Ok(()));
        check(&it, r#"{"iss":"i","aud":"ours","exp":1000.5}"#, Err(Error::Expired));
        check(&it, r#"{"iss":"i","aud":"ours","exp":1001,"nbf":1000,"iat":1000}"#, Ok(()));
        check(&it, r#"{"iss":"I","aud":"ours","exp":1001}"#, Err(Error::Issuer));
        check(&it, r#"{"iss":["i"],"aud":"ours","exp":1001}"#, Err(Error::Issuer));
        check(&it, r#"{"aud":"ours","exp":1001}"#, Err(Error::Issuer));
        for audience in [
            r#""aud":"theirs""#,
            r#""aud":[]"#,
            r#""aud":7,"client_id":"ours""#,
            r#""aud":["ours",7]"#,
            r#""client_id":["ours"]"#,
            r#""x":1"#,
        ] {
            check(&it, &format!(r#"{{"iss":"i",{audience},"exp":1001}}"#), Err(Error::Audience));
        }
        for exp in ["1000", "\"1001\"", "null", "-1", "1e300", "[1001]"] {
            check(&it, &format!(r#"{{"iss":"i","aud":"ours","exp":{exp}}}"#), Err(Error::Expired));
        }
        check(&it, r#"{"iss":"i","aud":"ours"}"#, Err(Error::Expired));
        for begins in [r#""nbf":1001"#, r#""iat":1001"#, r#""nbf":"0""#, r#""iat":null"#] {
            check(&it, &format!(r#"{{"iss":"i","aud":"ours","exp":2000,{begins}}}"#), Err(Error::NotYetValid));
        }
    }

    #[test]
    fn clocks_may_be_wrong_as_far_as_is_said() {
        let it = Expectations { issuer: "i", audiences: &[], token_use: Use::Any, scopes: &[], skew: 5 };
        check(&it, r#"{"iss":"i","exp":996}"#, Ok(()));
        check(&it, r#"{"iss":"i","exp":995}"#, Err(Error::Expired));
        check(&it, r#"{"iss":"i","exp":9223372036854775807,"nbf":1005,"iat":-9223372036854775808}"#, Ok(()));
        check(&it, r#"{"iss":"i","exp":2000,"nbf":1006}"#, Err(Error::NotYetValid));
    }

    #[test]
    fn scopes_ask_for_an_access_token_and_one_of_them() {
        let scopes = ["a/read".to_owned(), "a/write".to_owned()];
        let it = Expectations { issuer: "i", audiences: &[], token_use: Use::Access, scopes: &scopes, skew: 0 };
        check(&it, r#"{"iss":"i","exp":2000,"token_use":"access","scope":"x a/write"}"#, Ok(()));
        check(&it, r#"{"iss":"i","exp":2000,"token_use":"id","scope":"a/write"}"#, Err(Error::TokenUse));
        let missing = Error::Scope(scopes.to_vec());
        check(&it, r#"{"iss":"i","exp":2000,"token_use":"access","scope":"a/writer"}"#, Err(missing.clone()));
        check(&it, r#"{"iss":"i","exp":2000,"token_use":"access"}"#, Err(missing.clone()));
        assert_eq!(
            missing.www_authenticate(),
            r#"Bearer scope="a/read a/write" error="insufficient_scope" error_description="expected scopes: [a/read a/write]""#
        );
        assert_eq!((missing.http_status(), Error::Expired.http_status()), (403, 401));
        assert_eq!(
            Error::Audience.www_authenticate(),
            r#"Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience""#
        );
        let it = Expectations { token_use: Use::Id, scopes: &[], ..it };
        check(&it, r#"{"iss":"i","exp":2000,"token_use":"id"}"#, Ok(()));
        check(&it, r#"{"iss":"i","exp":2000}"#, Err(Error::TokenUse));
    }
}
