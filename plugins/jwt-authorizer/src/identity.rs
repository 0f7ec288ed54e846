//! Where a request has its token.

use std::borrow::Cow;

use gatehouse_http::Request;
use gatehouse_jwt::Error as TokenError;

use crate::error::Error;

/// The header or query parameter that holds the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// A header's name, in lower case.
    Header(String),
    /// A query parameter's name.
    Query(String),
}

impl IdentitySource {
    /// Reads `method.request.header.NAME` of a REST API.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn of_rest(written: &str) -> Result<Self, String> {
        match header(written, "method.request.header.") {
            Some(source) => Ok(source),
            None => Err(format!("`{written}` is no header: use `method.request.header.NAME`")),
        }
    }

    /// Reads `$request.header.NAME` or `$request.querystring.NAME` of an HTTP API.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn of_http(written: &str) -> Result<Self, String> {
        let query = || {
            let name = written.strip_prefix("$request.querystring.").filter(|name| !name.is_empty())?;
            Some(Self::Query(name.to_owned()))
        };
        header(written, "$request.header.").or_else(query).ok_or_else(|| {
            format!("`{written}` is no identity source: use `$request.header.NAME` or `$request.querystring.NAME`")
        })
    }

    /// The token of a request, without `Bearer`. Who brings two brings none that is accepted.
    pub(crate) fn token<'r>(&self, request: &'r Request) -> Result<Cow<'r, [u8]>, Error> {
        const TWO: Error = Error::Token(TokenError::Malformed("there are two"));
        let value = match self {
            IdentitySource::Header(name) => request.headers.single(name).map_err(|_| TWO)?.map(Cow::Borrowed),
            IdentitySource::Query(name) => {
                let query = request.query();
                let mut values = query.all(name);
                match (values.next(), values.next()) {
                    (_, Some(_)) => return Err(TWO),
                    (value, None) => value,
                }
            }
        };
        match value.map(bare) {
            Some(token) if !token.is_empty() => Ok(token),
            _ => Err(Error::Missing),
        }
    }
}

fn header(written: &str, prefix: &str) -> Option<IdentitySource> {
    let name = written.strip_prefix(prefix)?;
    // What Envoy would not take for a header's name could never be there.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!name.is_empty() && name.bytes().all(allowed)).then(|| IdentitySource::Header(name.to_ascii_lowercase()))
}

/// A token without the scheme in front of it, in any case (RFC 9110, 11.1), and without blanks around it.
fn bare(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(bare_of(value)),
        Cow::Owned(value) => Cow::Owned(bare_of(&value).to_vec()),
    }
}

fn bare_of(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    match value.split_first_chunk::<7>() {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"bearer ") => rest.trim_ascii_start(),
        _ if value.eq_ignore_ascii_case(b"bearer") => b"",
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers};

    use super::*;

    fn check(source: &IdentitySource, target: &str, headers: &[&str], expected: Result<&str, Error>) {
        let mut pairs = vec![(":path", target)];
        pairs.extend(headers.iter().map(|value| ("authorization", *value)));
        let request = Request { headers: Headers::from_pairs(pairs), body: Body::Empty };
        let found = source.token(&request).map(|it| String::from_utf8(it.into_owned()).unwrap());
        assert_eq!(found, expected.map(str::to_owned), "{target} {headers:?}");
    }

    #[test]
    fn a_token_is_what_stands_behind_bearer_or_alone() {
        let header = IdentitySource::of_rest("method.request.header.Authorization").unwrap();
        let two = || Error::Token(TokenError::Malformed("there are two"));
        check(&header, "/", &["a.b.c"], Ok("a.b.c"));
        check(&header, "/", &["Bearer a.b.c"], Ok("a.b.c"));
        check(&header, "/", &["bEARER   a.b.c "], Ok("a.b.c"));
        check(&header, "/", &["Bearer Bearer a"], Ok("Bearer a"));
        check(&header, "/", &["Basic a"], Ok("Basic a"));
        for none in [&[][..], &[""], &["Bearer"], &["Bearer "], &["  "]] {
            check(&header, "/?Authorization=a", none, Err(Error::Missing));
        }
        check(&header, "/", &["a", "a"], Err(two()));
        let query = IdentitySource::of_http("$request.querystring.token").unwrap();
        check(&query, "/?token=a.b%2Ec", &["x"], Ok("a.b.c"));
        check(&query, "/?token=Bearer+a", &[], Ok("a"));
        check(&query, "/?Token=a", &[], Err(Error::Missing));
        check(&query, "/?token=", &[], Err(Error::Missing));
        check(&query, "/?token=a&token=b", &[], Err(two()));
    }

    #[test]
    fn what_is_no_identity_source_is_refused_by_name() {
        for wrong in [
            "",
            "method.request.header.",
            "method.request.querystring.a",
            "$request.header.a",
            "method.request.header.a b",
        ] {
            assert!(IdentitySource::of_rest(wrong).unwrap_err().contains(&format!("`{wrong}`")));
        }
        for wrong in ["", "$request.header.", "$request.body.a", "method.request.header.a", "$request.querystring."] {
            assert!(IdentitySource::of_http(wrong).unwrap_err().contains(&format!("`{wrong}`")));
        }
    }
}
