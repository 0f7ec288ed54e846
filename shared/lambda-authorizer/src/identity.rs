//! Who asks, as far as the identity sources tell, and under which keys an answer for them is kept.

use std::fmt;
use std::hash::Hasher as _;

use gatehouse_mapping::{MethodRequest, Source, is_hop_header};
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::authorizer::{Authorizer, Identified, Kind};
use crate::error::Error;

/// The caller's identity.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The token; of a TOKEN authorizer only.
    pub token: Option<&'a str>,
    /// What this worker keeps an answer under: a hash of every value that identifies the caller, by a secret of the worker's
    /// own; zero where none is kept. It costs a tenth of [`Authorizer::key`].
    pub mark: u128,
}

impl Authorizer {
    /// Reads the identity of a request.
    ///
    /// Several headers where one token is read are none: the function and the backend could take different ones.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] where API Gateway answers 401 without asking: no token, one that the expression does not
    /// match, a source that is missing or empty, a value that is no UTF-8: an event cannot say what the backend would see.
    ///
    /// A source that is named must be there, whether answers are cached or not: so says `CreateAuthorizer` of
    /// `identitySource`, and so SAM's integration tests see it (`test_authorizers_max`: a TTL of 0, no source, 401).
    pub fn identify<'a>(&self, from: &MethodRequest<'a>, secret: &[u8; 16]) -> Result<Identity<'a>, Error> {
        if self.ttl_seconds == 0 {
            return Ok(Identity { token: self.read(from, &mut |_| ())?, mark: 0 });
        }
        let mut hash = SipHasher24::new_with_key(secret);
        let token = self.read(from, &mut |bytes| hash.write(bytes))?;
        Ok(Identity { token, mark: hash.finish128().as_u128() })
    }

    /// What all workers keep an answer under: a hash of every value that identifies the caller. `scope` sets apart whose
    /// answers must never meet: configuration, API, stage.
    ///
    /// # Errors
    /// As [`Authorizer::identify`].
    pub fn key(&self, from: &MethodRequest<'_>, scope: &[u8]) -> Result<[u8; 32], Error> {
        let mut hash = Sha256::new();
        let mut take = |bytes: &[u8]| hash.update(bytes);
        add(scope, &mut take);
        add(self.name.as_bytes(), &mut take);
        self.read(from, &mut take)?;
        Ok(hash.finalize().into())
    }

    /// The token, where there is one; `take` gets every value that identifies the caller, so that no two callers read the same.
    fn read<'a>(&self, from: &MethodRequest<'a>, take: &mut dyn FnMut(&[u8])) -> Result<Option<&'a str>, Error> {
        match &self.kind {
            Kind::Token { header, expression } => {
                let token = single(from, header).filter(|token| !token.is_empty()).ok_or(Error::Unauthorized)?;
                if expression.as_ref().is_some_and(|expression| !expression.is_match(token)) {
                    return Err(Error::Unauthorized);
                }
                add(token.as_bytes(), take);
                Ok(Some(token))
            }
            Kind::Request { sources } => {
                for identified in sources {
                    if !add_all(identified, from, take)? {
                        return Err(Error::Unauthorized);
                    }
                }
                Ok(None)
            }
        }
    }
}

impl Authorizer {
    /// The values of the identity sources, in their order, as the function of an HTTP API is told them.
    pub(crate) fn identities(&self, from: &MethodRequest<'_>) -> Vec<Vec<u8>> {
        let Kind::Request { sources } = &self.kind else { return Vec::new() };
        let value = |identified: &Identified| match &identified.source {
            Source::Header(name) if is_hop_header(name) => Vec::new(),
            Source::Header(name) => from.request.headers.all(name).collect::<Vec<_>>().join(&b","[..]),
            Source::QueryString(name) => from.request.query().all(name).collect::<Vec<_>>().join(&b","[..]),
            other => other.value(from).map(|value| value.into_owned()).unwrap_or_default(),
        };
        sources.iter().map(value).collect()
    }
}

fn single<'a>(from: &MethodRequest<'a>, header: &str) -> Option<&'a str> {
    if is_hop_header(header) {
        return None;
    }
    from.request.headers.single(header).ok()?.and_then(|value| std::str::from_utf8(value).ok())
}

/// Adds bytes so that no two sequences of them read the same.
fn add(bytes: &[u8], take: &mut dyn FnMut(&[u8])) {
    take(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    take(bytes);
}

/// Adds every value of a source: requests that differ in any of them are different. Says whether there is one that is not
/// empty.
fn add_all(identified: &Identified, from: &MethodRequest<'_>, take: &mut dyn FnMut(&[u8])) -> Result<bool, Error> {
    let (mut found, mut legible) = (false, true);
    let mut value = |value: &[u8]| {
        found |= !value.is_empty();
        legible &= std::str::from_utf8(value).is_ok();
        add(&[1], take);
        add(value, take);
    };
    match &identified.source {
        Source::Header(name) => {
            if !is_hop_header(name) {
                from.request.headers.all(name).for_each(value);
            }
        }
        Source::QueryString(name) => from.request.query().all(name).for_each(|it| value(&it)),
        other => {
            if let Some(it) = other.value(from) {
                value(&it);
            }
        }
    }
    add(&[0], take);
    if legible { Ok(found) } else { Err(Error::Unauthorized) }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("token", &self.token.map(|_| "[redacted]")).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gatehouse_api::AuthorizerType;
    use gatehouse_context::Context;
    use gatehouse_http::{Body, Headers, Request};
    use gatehouse_mapping::{PathParameters, StageVariables};

    use super::*;
    use crate::authorizer::tests::written;

    /// What a worker keeps an answer under, and what all do.
    type Keys = (u128, [u8; 32]);

    fn identify(
        authorizer: &gatehouse_api::Authorizer,
        headers: &[(&str, &str)],
    ) -> Result<(Option<String>, Keys), Error> {
        let authorizer = Authorizer::compile(authorizer, &mut Vec::new()).unwrap();
        let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
        let (context, variables) = (Context::default(), StageVariables::from([("v".into(), "1".into())]));
        let path_parameters = PathParameters(&[]);
        let from = MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &variables };
        let identity = authorizer.identify(&from, &[7; 16])?;
        assert!(!format!("{identity:?}").contains("secret"), "{identity:?}");
        let keys = (identity.mark, authorizer.key(&from, b"api/stage")?);
        assert_ne!(keys.1, authorizer.key(&from, b"api/other")?);
        let elsewhere = authorizer.identify(&from, &[8; 16])?;
        assert_eq!(elsewhere.mark == identity.mark, authorizer.ttl_seconds == 0);
        Ok((identity.token.map(str::to_owned), keys))
    }

    #[test]
    fn a_token_is_one_header_that_the_expression_matches_as_a_whole() {
        let mut token = written(AuthorizerType::Token, &["method.request.header.Authorization"], 300);
        let check = |token: &gatehouse_api::Authorizer, headers: &[(&str, &str)], expected: Option<&str>| {
            let found = identify(token, headers).map(|(token, _)| token);
            assert_eq!(found, expected.map(|it| Some(it.to_owned())).ok_or(Error::Unauthorized), "{headers:?}");
        };
        check(&token, &[("authorization", "Bearer secret")], Some("Bearer secret"));
        check(&token, &[], None);
        check(&token, &[("authorization", "")], None);
        check(&token, &[("authorization", "a"), ("authorization", "b")], None);
        let long = "x".repeat(300);
        check(&token, &[("authorization", &long)], Some(&long));
        token.identity_validation_expression = Some("Bearer [a-z]+|x".into());
        check(&token, &[("authorization", "Bearer abc")], Some("Bearer abc"));
        for wrong in ["Bearer abc1", " Bearer abc", "xx", "Bearer abc\n"] {
            check(&token, &[("authorization", wrong)], None);
        }
    }

    #[test]
    fn every_source_that_is_named_must_be_there() {
        let sources = ["method.request.header.A", "method.request.querystring.q", "stageVariables.v"];
        let [fresh, cached] = [0, 1].map(|ttl| written(AuthorizerType::Request, &sources, ttl));
        for (headers, is_there) in [
            ([(":path", "/?q=1"), ("a", "1")].as_slice(), true),
            (&[(":path", "/?q="), ("a", "1")], false),
            (&[(":path", "/"), ("a", "1")], false),
            (&[(":path", "/?q=1")], false),
            (&[(":path", "/?q=1"), ("a", "")], false),
        ] {
            assert_eq!(identify(&cached, headers).is_ok(), is_there, "{headers:?}");
            assert_eq!(identify(&fresh, headers).is_ok(), is_there, "{headers:?}, without a cache");
        }
        let unknown = written(AuthorizerType::Request, &["context.whatever"], 0);
        assert!(identify(&unknown, &[]).is_err(), "a variable that `$context` does not have is never there");
        let nobody = written(AuthorizerType::Request, &[], 0);
        assert!(identify(&nobody, &[]).is_ok(), "without a source everybody asks");
    }

    #[test]
    fn a_value_that_is_no_utf_8_is_nobody() {
        let sources = ["method.request.header.A", "method.request.querystring.q"];
        for ttl in [0, 1] {
            let request = written(AuthorizerType::Request, &sources, ttl);
            assert!(identify(&request, &[(":path", "/?q=%C3%A9"), ("a", "1")]).is_ok());
            for query in ["/?q=%E9", "/?q=%FF&q=1", "/?%71=%E9"] {
                assert_eq!(identify(&request, &[(":path", query), ("a", "1")]), Err(Error::Unauthorized), "{query}");
            }
        }
    }

    #[test]
    fn an_identity_source_may_be_the_host() {
        let host = written(AuthorizerType::Request, &["method.request.header.Host"], 1);
        assert!(identify(&host, &[(":authority", "a.example.com")]).is_ok());
        assert_eq!(identify(&host, &[]), Err(Error::Unauthorized));
    }

    #[test]
    fn whoever_differs_in_any_value_has_another_key() {
        let two = written(AuthorizerType::Request, &["method.request.header.A", "method.request.header.B"], 1);
        let all: [&[(&str, &str)]; 6] = [
            &[("a", "1"), ("b", "2")],
            &[("a", "12"), ("b", "2")],
            &[("a", "1"), ("b", "22")],
            &[("a", "1"), ("a", "2"), ("b", "2")],
            &[("a", "2"), ("a", "1"), ("b", "2")],
            &[("a", "1"), ("b", "2"), ("b", "")],
        ];
        let found: Vec<_> = all.iter().map(|headers| identify(&two, headers).unwrap().1).collect();
        let (marks, keys): (BTreeSet<_>, BTreeSet<_>) = found.into_iter().unzip();
        assert_eq!((marks.len(), keys.len()), (all.len(), all.len()));
        let (mark, key) = identify(&two, &[("a", "1"), ("b", "2"), ("c", "3")]).unwrap().1;
        assert!(marks.contains(&mark) && keys.contains(&key), "what is no source makes no difference");
    }
}
