//! An authorizer, compiled: where the identity is, and how long an answer holds.

use gatehouse_api::{AuthorizerType, Problem};
use gatehouse_mapping::Source;
use gatehouse_pattern::Whole;

/// The longest that an answer may hold, in seconds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html>
const LONGEST_TTL: u32 = 3_600;

/// A Lambda authorizer's own settings.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Its name, under which answers are cached.
    pub name: String,
    /// How long an answer holds, in seconds; 0: not at all.
    pub ttl_seconds: u32,
    /// Whose it is.
    pub form: Form,
    pub(crate) kind: Kind,
}

/// Whose authorizer it is: what its function is given, and what it may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A REST API's.
    Rest,
    /// An HTTP API's, with payload format 1.0.
    HttpV1,
    /// An HTTP API's, with payload format 2.0.
    HttpV2 {
        /// The function answers yes or no instead of a policy.
        simple: bool,
    },
}

/// What the function is given.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// One header's value, which must match the expression as a whole.
    Token { header: String, expression: Option<Whole> },
    /// The request. All of the sources must be there.
    Request { sources: Vec<Identified> },
}

/// A source of the identity.
#[derive(Clone, Debug)]
pub(crate) struct Identified {
    pub(crate) source: Source,
    /// A header as the definition spells it, which is how the function expects it.
    pub(crate) header: Option<String>,
}

impl Authorizer {
    /// Compiles an authorizer of a definition; everything that is wrong is noted.
    #[must_use]
    pub fn compile(authorizer: &gatehouse_api::Authorizer, problems: &mut Vec<Problem>) -> Option<Self> {
        let place = &authorizer.place;
        let before = problems.len();
        let mut note = |field: &str, message: String| problems.push(Problem::error(&place.then(field), message));
        let ttl_seconds = authorizer.authorizer_result_ttl_in_seconds;
        if ttl_seconds > LONGEST_TTL {
            let message = format!("`{ttl_seconds}` seconds are too long: 0 to {LONGEST_TTL} are allowed");
            note("authorizerResultTtlInSeconds", message);
        }
        let kind = match authorizer.kind {
            AuthorizerType::Token => token(authorizer, &mut note),
            AuthorizerType::Request => request(authorizer, &mut note),
            AuthorizerType::CognitoUserPools | AuthorizerType::Jwt => None,
        };
        let form = match (authorizer.payload_format_version.as_deref(), authorizer.enable_simple_responses) {
            (None, _) => Form::Rest,
            (Some("2.0"), simple) => Form::HttpV2 { simple },
            (Some(_), _) => Form::HttpV1,
        };
        let name = authorizer.name.clone();
        kind.filter(|_| problems.len() == before).map(|kind| Self { name, ttl_seconds, form, kind })
    }

    /// The headers that the function expects by the definition's own spelling.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &str> {
        let sources = match &self.kind {
            Kind::Token { .. } => [].as_slice(),
            Kind::Request { sources } => sources,
        };
        sources.iter().filter_map(|identified| identified.header.as_deref())
    }
}

fn token(authorizer: &gatehouse_api::Authorizer, note: &mut impl FnMut(&str, String)) -> Option<Kind> {
    let [written] = authorizer.identity_source.as_slice() else {
        note("identitySource", "a TOKEN authorizer has one identity source: `method.request.header.NAME`".into());
        return None;
    };
    let header = match Source::parse(written) {
        Ok(Source::Header(header)) => Some(header),
        _ => {
            let message = format!("`{written}` is no header: a TOKEN authorizer reads `method.request.header.NAME`");
            note("identitySource", message);
            None
        }
    };
    let expression = authorizer.identity_validation_expression.as_deref().filter(|text| !text.is_empty());
    let expression = match expression.map(|text| (text, Whole::parse(text))) {
        Some((text, Err(error))) => {
            note("identityValidationExpression", format!("`{text}` is not served: {error}"));
            return None;
        }
        Some((_, Ok(expression))) => Some(expression),
        None => None,
    };
    Some(Kind::Token { header: header?, expression })
}

fn request(authorizer: &gatehouse_api::Authorizer, note: &mut impl FnMut(&str, String)) -> Option<Kind> {
    if authorizer.identity_validation_expression.as_deref().is_some_and(|text| !text.is_empty()) {
        let message = "only a TOKEN authorizer has an expression: a REQUEST authorizer has no token".to_owned();
        note("identityValidationExpression", message);
    }
    if authorizer.identity_source.is_empty() && authorizer.authorizer_result_ttl_in_seconds > 0 {
        let message = "without an identity source nothing can be cached: name one, or set \
                       `authorizerResultTtlInSeconds` to 0";
        note("identitySource", message.into());
    }
    let mut sources = Vec::new();
    for written in &authorizer.identity_source {
        let expression = of_rest(written);
        let header = expression.strip_prefix("method.request.header.").map(str::to_owned);
        match Source::parse(&expression).ok().or_else(|| unknown_variable(&expression)) {
            Some(
                source @ (Source::Header(_) | Source::QueryString(_) | Source::StageVariable(_) | Source::Context(_)),
            ) => {
                sources.push(Identified { source, header });
            }
            _ => {
                let message = format!(
                    "`{written}` is no identity source: use `method.request.header.NAME`, \
                     `method.request.querystring.NAME`, `stageVariables.NAME` or `context.NAME`"
                );
                note("identitySource", message);
            }
        }
    }
    Some(Kind::Request { sources })
}

/// A variable that `$context` does not have: API Gateway takes it (SAM's integration test `http_api_with_auth` asks for
/// `$context.contextVar`), and it is never there.
fn unknown_variable(expression: &str) -> Option<Source> {
    let name = expression.strip_prefix("context.").filter(|name| !name.is_empty())?;
    Some(Source::Context(name.to_owned()))
}

/// `$request.header.A` of an HTTP API is `method.request.header.A` of a REST API.
fn of_rest(written: &str) -> String {
    match written.strip_prefix('$') {
        Some(request) if request.starts_with("request.") => format!("method.{request}"),
        Some(other) => other.to_owned(),
        None => written.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_api::Place;

    use super::*;

    /// An authorizer of the model with these sources.
    pub(crate) fn written(kind: AuthorizerType, sources: &[&str], ttl: u32) -> gatehouse_api::Authorizer {
        gatehouse_api::Authorizer {
            name: "auth".into(),
            kind,
            auth_type: None,
            authorizer_uri: None,
            authorizer_credentials: None,
            identity_source: sources.iter().map(|&source| source.to_owned()).collect(),
            identity_validation_expression: None,
            authorizer_result_ttl_in_seconds: ttl,
            provider_arns: Vec::new(),
            payload_format_version: None,
            enable_simple_responses: false,
            jwt_configuration: None,
            place: Place::root(),
        }
    }

    fn check(authorizer: &gatehouse_api::Authorizer, expected: &[&str]) {
        let mut problems = Vec::new();
        let compiled = Authorizer::compile(authorizer, &mut problems);
        let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
        assert_eq!(compiled.is_some(), expected.is_empty());
    }

    #[test]
    fn an_authorizer_is_checked_as_api_gateway_checks_it() {
        let token = |sources: &[&str]| written(AuthorizerType::Token, sources, 300);
        let request = |sources: &[&str], ttl| written(AuthorizerType::Request, sources, ttl);
        check(&token(&["method.request.header.Authorization"]), &[]);
        check(&token(&[]), &["/identitySource: a TOKEN authorizer has one identity source"]);
        check(&token(&["method.request.querystring.token"]), &["`method.request.querystring.token` is no header"]);
        check(&token(&["method.request.header.A", "method.request.header.B"]), &["one identity source"]);
        check(
            &request(
                &["method.request.header.A", "method.request.querystring.b", "stageVariables.c", "context.stage"],
                1,
            ),
            &[],
        );
        check(&request(&["context.whatever"], 1), &[]);
        check(&request(&["context."], 1), &["`context.` is no identity source"]);
        check(&request(&[], 0), &[]);
        check(&request(&[], 1), &["nothing can be cached"]);
        check(&request(&["method.request.path.id"], 1), &["`method.request.path.id` is no identity source"]);
        check(
            &request(&["method.request.header.A"], 3_601),
            &["/authorizerResultTtlInSeconds: `3601` seconds are too long"],
        );
        let mut odd = request(&["method.request.header.A"], 0);
        odd.identity_validation_expression = Some("x".into());
        check(&odd, &["only a TOKEN authorizer has an expression"]);
        let mut odd = token(&["method.request.header.A"]);
        odd.identity_validation_expression = Some("(?<=a)b".into());
        check(&odd, &["/identityValidationExpression: `(?<=a)b` is not served"]);
        odd.identity_validation_expression = Some("a)|(?:b".into());
        check(&odd, &["/identityValidationExpression: `a)|(?:b` is not served"]);
    }
}
