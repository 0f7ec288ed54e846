//! Who asks, as far as the identity sources tell, and under which key an answer for them is kept.

use std::fmt;

use gatehouse_mapping::{MethodRequest, Source, is_hop_header};
use sha2::{Digest, Sha256};

use crate::authorizer::{Authorizer, Identified, Kind};
use crate::error::Error;

/// The caller's identity.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The token; of a TOKEN authorizer only.
    pub token: Option<&'a str>,
    /// A hash of everything that an answer is kept under.
    pub key: [u8; 32],
}

impl Authorizer {
    /// Reads the identity of a request. `scope` sets apart whose answers must never meet: configuration, API, stage.
    ///
    /// Several headers where one token is read are none: the function and the backend could take different ones.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] where API Gateway answers 401 without asking: no token, one that the expression does not
    /// match, a source that is missing or empty while answers are cached.
    pub fn identify<'a>(&self, from: &MethodRequest<'a>, scope: &[u8]) -> Result<Identity<'a>, Error> {
        let mut hash = Sha256::new();
        add(&mut hash, scope);
        add(&mut hash, self.name.as_bytes());
        let token = match &self.kind {
            Kind::Token { header, expression } => {
                let token = single(from, header).filter(|token| !token.is_empty()).ok_or(Error::Unauthorized)?;
                if expression.as_ref().is_some_and(|expression| !expression.is_match(token)) {
                    return Err(Error::Unauthorized);
                }
                add(&mut hash, token.as_bytes());
                Some(token)
            }
            Kind::Request { sources } => {
                for identified in sources {
                    let found = add_all(&mut hash, identified, from);
                    if !found && self.ttl_seconds > 0 {
                        return Err(Error::Unauthorized);
                    }
                }
                None
            }
        };
        Ok(Identity { token, key: hash.finalize().into() })
    }
}

fn single<'a>(from: &MethodRequest<'a>, header: &str) -> Option<&'a str> {
    if is_hop_header(header) {
        return None;
    }
    from.request.headers.single(header).ok()?.and_then(|value| std::str::from_utf8(value).ok())
}

/// Adds every value of a source: requests that differ in any of them have different keys. Says whether there is one
/// that is not empty.
fn add_all(hash: &mut Sha256, identified: &Identified, from: &MethodRequest<'_>) -> bool {
    let mut found = false;
    let mut value = |value: &[u8]| {
        found |= !value.is_empty();
        hash.update([1]);
        add(hash, value);
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
    hash.update([0]);
    found
}

/// Adds bytes so that no two sequences of them read the same.
fn add(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    hash.update(bytes);
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("token", &self.token.map(|_| "[redacted]")).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_api::AuthorizerType;
    use gatehouse_context::Context;
    use gatehouse_http::{Body, Headers, Request};
    use gatehouse_mapping::{PathParameters, StageVariables};

    use super::*;
    use crate::authorizer::tests::written;

    fn identify(
        authorizer: &gatehouse_api::Authorizer,
        headers: &[(&str, &str)],
    ) -> Result<(Option<String>, [u8; 32]), Error> {
        let authorizer = Authorizer::compile(authorizer, &mut Vec::new()).unwrap();
        let request = Request { headers: Headers::from_pairs(headers.iter().copied()), body: Body::Empty };
        let (context, variables) = (Context::default(), StageVariables::from([("v".into(), "1".into())]));
        let path_parameters = PathParameters(&[]);
        let from = MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &variables };
        let identity = authorizer.identify(&from, b"api/stage")?;
        assert!(!format!("{identity:?}").contains("secret"), "{identity:?}");
        Ok((identity.token.map(str::to_owned), identity.key))
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
    fn every_source_must_be_there_while_answers_are_cached() {
        let sources = ["method.request.header.A", "method.request.querystring.q", "stageVariables.v"];
        let cached = written(AuthorizerType::Request, &sources, 1);
        let fresh = written(AuthorizerType::Request, &sources, 0);
        for (headers, is_there) in [
            ([(":path", "/?q=1"), ("a", "1")].as_slice(), true),
            (&[(":path", "/?q="), ("a", "1")], false),
            (&[(":path", "/"), ("a", "1")], false),
            (&[(":path", "/?q=1")], false),
            (&[(":path", "/?q=1"), ("a", "")], false),
        ] {
            assert_eq!(identify(&cached, headers).is_ok(), is_there, "{headers:?}");
            assert!(identify(&fresh, headers).is_ok(), "{headers:?}");
        }
    }

    #[test]
    fn whoever_differs_in_any_value_has_another_key() {
        let two = written(AuthorizerType::Request, &["method.request.header.A", "method.request.header.B"], 0);
        let all: [&[(&str, &str)]; 7] = [
            &[("a", "1"), ("b", "2")],
            &[("a", "12"), ("b", "")],
            &[("a", "12")],
            &[("b", "12")],
            &[("a", "1"), ("a", "2")],
            &[("a", "2"), ("a", "1")],
            &[("a", "1"), ("b", "2"), ("b", "")],
        ];
        let keys: std::collections::BTreeSet<_> =
            all.iter().map(|headers| identify(&two, headers).unwrap().1).collect();
        assert_eq!(keys.len(), all.len());
        let again = identify(&two, &[("a", "1"), ("b", "2"), ("c", "3")]).unwrap().1;
        assert!(keys.contains(&again), "what is no source makes no difference");
    }
}
