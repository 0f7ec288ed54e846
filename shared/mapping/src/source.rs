//! Where a value of the method request comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatehouse_context::Context;
use gatehouse_http::{Request, percent};

use crate::{InvalidMapping, quoted};

/// The variables of a stage.
pub type StageVariables = BTreeMap<String, String>;

/// A source of a request mapping or of a gateway response's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `'text'`
    Static(String),
    /// `context.requestId`
    Context(String),
    /// `stageVariables.name`
    StageVariable(String),
    /// `method.request.header.Name`: the last value.
    Header(String),
    /// `method.request.multivalueheader.Name`: every value, joined by commas.
    MultiValueHeader(String),
    /// `method.request.querystring.name`: the last value.
    QueryString(String),
    /// `method.request.multivaluequerystring.name`: every value.
    MultiValueQueryString(String),
    /// `method.request.path.name`
    Path(String),
}

/// What a [`Source`] reads from.
#[derive(Clone, Copy, Debug)]
pub struct MethodRequest<'a> {
    /// The client's request.
    pub request: &'a Request,
    /// The path parameters of the matched resource, percent-encoded as the client sent them.
    pub path_parameters: PathParameters<'a>,
    /// `$context`.
    pub context: &'a Context,
    /// The stage's variables.
    pub stage_variables: &'a StageVariables,
}

/// Names and raw values of path parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathParameters<'a>(pub &'a [(&'a str, &'a [u8])]);

impl<'a> PathParameters<'a> {
    /// The value of a parameter, percent-encoded as the client sent it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }
}

const ALLOWED: &str = "`method.request.{header|querystring|path|multivalueheader|multivaluequerystring}.NAME`, \
                       `stageVariables.NAME`, `context.NAME` or a static value in 'single quotes'";

impl Source {
    /// Reads an expression as an API definition writes it.
    ///
    /// # Errors
    /// [`InvalidMapping`] if there is no such expression, or if it reads the body.
    pub fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let unknown = || InvalidMapping::Unknown { text: text.to_owned(), allowed: ALLOWED };
        if let Some(value) = quoted(text) {
            return Ok(Source::Static(value.to_owned()));
        }
        if let Some(name) = text.strip_prefix("context.") {
            return if Context::knows(name) { Ok(Source::Context(name.to_owned())) } else { Err(unknown()) };
        }
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return if name.is_empty() { Err(unknown()) } else { Ok(Source::StageVariable(name.to_owned())) };
        }
        let rest = text.strip_prefix("method.request.").ok_or_else(unknown)?;
        if rest == "body" || rest.starts_with("body.") || rest.starts_with("body[") {
            return Err(InvalidMapping::Body { text: text.to_owned() });
        }
        match rest.split_once('.') {
            Some((_, "")) | None => Err(unknown()),
            Some(("header", name)) => Ok(Source::Header(header_name(name))),
            Some(("multivalueheader", name)) => Ok(Source::MultiValueHeader(header_name(name))),
            Some(("querystring", name)) => Ok(Source::QueryString(name.to_owned())),
            Some(("multivaluequerystring", name)) => Ok(Source::MultiValueQueryString(name.to_owned())),
            Some(("path", name)) => Ok(Source::Path(name.to_owned())),
            Some(_) => Err(unknown()),
        }
    }

    /// The one value: the last where several came, joined where the source is a multi-value header; `None` if absent.
    ///
    /// Query and path values come decoded.
    #[must_use]
    pub fn value<'a>(&'a self, from: &MethodRequest<'a>) -> Option<Cow<'a, [u8]>> {
        match self {
            Source::Static(text) => Some(Cow::Borrowed(text.as_bytes())),
            Source::Context(name) => from.context.lookup(name).map(bytes),
            Source::StageVariable(name) => from.stage_variables.get(name).map(|text| Cow::Borrowed(text.as_bytes())),
            Source::Header(name) if is_hop_header(name) => None,
            Source::Header(name) => from.request.headers.all(name).last().map(Cow::Borrowed),
            Source::MultiValueHeader(name) if is_hop_header(name) => None,
            Source::MultiValueHeader(name) => joined(from.request.headers.all(name).map(Cow::Borrowed)),
            Source::QueryString(name) | Source::MultiValueQueryString(name) => from.request.query().last(name),
            Source::Path(name) => from.path_parameters.get(name).map(percent::decode),
        }
    }

    /// Every value: several only where the source is a multi-value query parameter.
    #[must_use]
    pub fn values<'a>(&'a self, from: &MethodRequest<'a>) -> Vec<Cow<'a, [u8]>> {
        match self {
            Source::MultiValueQueryString(name) => from.request.query().all(name).collect(),
            _ => self.value(from).into_iter().collect(),
        }
    }
}

/// A header's name as requests have it: in lower case, and `Host` is a pseudo header there.
#[must_use]
pub fn header_name(name: &str) -> String {
    if name.eq_ignore_ascii_case("host") { ":authority".to_owned() } else { name.to_ascii_lowercase() }
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Headers as nearly every client writes them. A proxy has them in lower case; API Gateway gives functions and templates what
/// the client wrote.
pub const CLIENT_SPELLINGS: [&str; 32] = [
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Age",
    "Authorization",
    "Cache-Control",
    "CloudFront-Forwarded-Proto",
    "CloudFront-Is-Desktop-Viewer",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-SmartTV-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "CloudFront-Viewer-ASN",
    "CloudFront-Viewer-Country",
    "Content-Encoding",
    "Content-Type",
    "Cookie",
    "Date",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Pragma",
    "Range",
    "Referer",
    "User-Agent",
    "Via",
    "X-Amz-Cf-Id",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];

/// Values joined by commas; `None` if there are none.
pub fn joined<'a>(mut values: impl Iterator<Item = Cow<'a, [u8]>>) -> Option<Cow<'a, [u8]>> {
    let first = values.next()?;
    Some(values.fold(first, |mut all, value| {
        all.to_mut().push(b',');
        all.to_mut().extend_from_slice(&value);
        all
    }))
}

/// The twelve headers that API Gateway takes away before the method request: no mapping sees them, no backend gets them.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
#[must_use]
pub fn is_hop_header(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "content-md5"
            | "expect"
            | "max-forwards"
            | "proxy-authenticate"
            | "server"
            | "te"
            | "transfer-encoding"
            | "trailer"
            | "upgrade"
            | "www-authenticate"
    )
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers};

    use super::*;

    fn check(expression: &str, expected: &[&str]) {
        let headers = [
            (":authority", "example.com"),
            (":path", "/pets/a%20b?page=1&page=2&type=dog+cat&empty="),
            ("x-one", "1"),
            ("x-many", "1"),
            ("x-many", "2"),
            ("te", "trailers"),
        ];
        let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
        let context = Context { stage: Some("dev".into()), ..Context::default() };
        let stage_variables = StageVariables::from([("host".into(), "example.com".into())]);
        let path_parameters = PathParameters(&[("petId", b"a%20b")]);
        let from =
            MethodRequest { request: &request, path_parameters, context: &context, stage_variables: &stage_variables };
        let source = Source::parse(expression).unwrap();
        let values = source.values(&from);
        let values: Vec<_> = values.iter().map(|value| std::str::from_utf8(value).unwrap()).collect();
        assert_eq!(values, expected, "{expression}");
    }

    #[test]
    fn a_source_reads_what_it_names() {
        check("'x'", &["x"]);
        check("''", &[""]);
        check("context.stage", &["dev"]);
        check("context.apiId", &[]);
        check("stageVariables.host", &["example.com"]);
        check("stageVariables.none", &[]);
        check("method.request.path.petId", &["a b"]);
        check("method.request.path.other", &[]);
    }

    #[test]
    fn one_value_is_the_last_and_many_are_kept() {
        check("method.request.header.X-One", &["1"]);
        check("method.request.header.X-Many", &["2"]);
        check("method.request.multivalueheader.X-Many", &["1,2"]);
        check("method.request.multivalueheader.none", &[]);
        check("method.request.header.Host", &["example.com"]);
        check("method.request.querystring.page", &["2"]);
        check("method.request.querystring.Page", &[]);
        check("method.request.querystring.empty", &[""]);
        check("method.request.querystring.type", &["dog cat"]);
        check("method.request.multivaluequerystring.page", &["1", "2"]);
    }

    #[test]
    fn headers_of_one_hop_are_not_seen() {
        check("method.request.header.TE", &[]);
        check("method.request.multivalueheader.TE", &[]);
    }

    #[test]
    fn what_is_no_source_is_refused_by_name() {
        for text in [
            "",
            "x",
            "'x",
            "context.",
            "context.apiid",
            "method.request",
            "method.request.header",
            "method.request.header.",
            "method.request.cookie.a",
            "integration.request.header.a",
            "stageVariables.",
        ] {
            assert!(matches!(Source::parse(text), Err(InvalidMapping::Unknown { .. })), "{text}");
        }
        for text in ["method.request.body", "method.request.body.a.b", "method.request.body[0]"] {
            assert!(matches!(Source::parse(text), Err(InvalidMapping::Body { .. })), "{text}");
        }
    }
}
