//! The request mappings of an HTTP integration, compiled: headers to set, query parameters to send, the path to fill.

use std::borrow::Cow;

use gatehouse_api::{ParameterMapping, Problem, TargetTemplate, UriPart};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Headers, percent};
use gatehouse_mapping::{MethodRequest, RequestTarget, Source, header_name};
use gatehouse_vtl::Overrides;

use crate::body_source::{BodySource, InvalidJson};
use crate::headers::{illegal_request_header, is_proxys_own, may_be_written, read_alike};

/// What an integration maps, and where to.
#[derive(Clone, Debug, Default)]
pub struct RequestParameters {
    headers: Vec<(String, Value)>,
    query: Vec<(String, Value)>,
    path: Vec<(String, Value)>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
enum Value {
    Parameter(Source),
    Body(BodySource),
}

impl RequestParameters {
    /// Compiles the mappings; what cannot be used is noted with its place.
    pub fn compile(mappings: &[ParameterMapping], problems: &mut Vec<Problem>) -> Self {
        let mut compiled = Self::default();
        for mapping in mappings {
            let target = RequestTarget::parse(&mapping.target).map_err(|error| error.to_string());
            match target.and_then(|target| Ok((target, Value::parse(&mapping.source)?))) {
                Ok((RequestTarget::Header(name), _)) if is_proxys_own(&name) => {
                    let message = format!("`{name}` is the proxy's own header: no mapping can set it");
                    problems.push(Problem::error(&mapping.place, message));
                }
                Ok((RequestTarget::Header(name), source)) => match may_be_written(&name, source.written()) {
                    Ok(()) => compiled.headers.push((name, source)),
                    Err(message) => problems.push(Problem::error(&mapping.place, message)),
                },
                Ok((RequestTarget::QueryString(name), source)) => compiled.query.push((name, source)),
                Ok((RequestTarget::Path(name), source)) => compiled.path.push((name, source)),
                Err(message) => problems.push(Problem::error(&mapping.place, message)),
            }
        }
        compiled
    }

    /// Does a mapping read the client's body?
    pub fn read_body(&self) -> bool {
        let all = self.headers.iter().chain(&self.query).chain(&self.path);
        all.into_iter().any(|(_, value)| matches!(value, Value::Body(_)))
    }

    /// Is a query parameter mapped?
    pub fn map_query(&self) -> bool {
        !self.query.is_empty()
    }

    /// The names of the headers that are to be set, in lower case.
    pub fn header_names<'a>(&'a self, overrides: &'a Overrides) -> impl Iterator<Item = Cow<'a, str>> {
        let overridden = overrides.request_header.iter().map(|(name, _)| Cow::Owned(name.to_ascii_lowercase()));
        self.headers.iter().map(|(name, _)| Cow::Borrowed(name.as_str())).chain(overridden)
    }

    /// The names of a client's headers by which it says itself who calls, where a mapping is to. Only the gateway says so, also
    /// where it has nothing to say: they must not reach the backend. Nor does one that the definition maps to nothing.
    pub fn claims(&self, headers: &Headers) -> Vec<String> {
        let is_caller =
            |value: &Value| matches!(value, Value::Parameter(Source::Context(name)) if says_who_calls(name));
        let callers = self.headers.iter().filter(|(_, value)| is_caller(value) || value.written() == Some(""));
        callers.flat_map(|(name, _)| read_alike(headers, name)).collect()
    }

    /// The headers to set, in order, each by the name that requests have it under and with its value. Those of one hop are left out though mapped; what a template
    /// overrides comes last, and wins.
    ///
    /// # Errors
    /// 500 for a header that no mapping may set, as recorded on the real service; 400 for a body that is no JSON.
    pub fn headers(
        &self,
        from: &MethodRequest<'_>,
        overrides: &Overrides,
    ) -> Result<Vec<(String, Vec<u8>)>, Rejection> {
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            if illegal_request_header(name) {
                return Err(Rejection::new(ResponseType::ApiConfigurationError));
            }
            if is_of_one_hop(name) {
                continue;
            }
            // What is empty is not sent, as what is missing.
            if let Some(value) = value.one(from)?.filter(|value| !value.is_empty()) {
                headers.push((header_name(name), value.into_owned()));
            }
        }
        for (name, values) in &overrides.request_header {
            let name = name.to_ascii_lowercase();
            if illegal_request_header(&name) || is_proxys_own(&name) {
                return Err(Rejection::new(ResponseType::ApiConfigurationError));
            }
            if !is_of_one_hop(&name) {
                headers.push((header_name(&name), values.join(",").into_bytes()));
            }
        }
        Ok(headers)
    }

    /// The path and query to ask the backend for: the URI's, filled (without one, the client's path); the client's query
    /// where it passes; and next to it the mapped, of the same name too, as recorded on the real service. What a template overrides is instead of what is
    /// mapped.
    ///
    /// # Errors
    /// 400 for a body that is no JSON and mapped as such.
    pub fn target(
        &self,
        template: Option<&TargetTemplate>,
        pass_query: bool,
        from: &MethodRequest<'_>,
        overrides: &Overrides,
    ) -> Result<Vec<u8>, Rejection> {
        let mut target = match template {
            Some(template) => self.fill(&template.path, Position::Path, from, overrides)?,
            None => from.request.path().to_vec(),
        };
        let mut query = Query { target: &mut target, any: false };
        if let Some(template) = template.filter(|template| !template.query.is_empty()) {
            query.raw(&self.fill(&template.query, Position::Query, from, overrides)?);
        }
        if pass_query {
            for (name, value) in from.request.query().encoded() {
                query.pair(name, value);
            }
        }
        for (name, value) in &self.query {
            if overrides.request_querystring.iter().any(|(other, _)| other == name) {
                continue;
            }
            let values = value.all(from)?;
            if values.iter().all(|value| value.is_empty()) {
                continue;
            }
            for value in values {
                query.plain(name, &value);
            }
        }
        for (name, values) in &overrides.request_querystring {
            for value in values {
                query.plain(name, value.as_bytes());
            }
        }
        Ok(target)
    }

    fn fill(
        &self,
        parts: &[UriPart],
        position: Position,
        from: &MethodRequest<'_>,
        overrides: &Overrides,
    ) -> Result<Vec<u8>, Rejection> {
        let mut out = Vec::with_capacity(128);
        for part in parts {
            let name = match part {
                UriPart::Text(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                UriPart::Parameter(name) => name,
            };
            if let Some((_, values)) = overrides.request_path.iter().find(|(other, _)| other == name) {
                percent::encode_into(&mut out, values.join(",").as_bytes());
                continue;
            }
            let value = self.path.iter().find(|(other, _)| other == name).map(|(_, value)| value);
            match value.map(|value| value.encoded(position, from)).transpose()?.flatten() {
                Some(value) => out.extend(value),
                // API Gateway sends what nothing fills as it is written.
                None => out.extend(format!("{{{name}}}").as_bytes()),
            }
        }
        Ok(out)
    }
}

impl Value {
    fn parse(text: &str) -> Result<Self, String> {
        match BodySource::parse(text) {
            Some(source) if text.starts_with("method.request.") => source.map(Value::Body),
            _ => Source::parse(text).map(Value::Parameter).map_err(|error| error.to_string()),
        }
    }

    /// The value that stands in the definition itself.
    fn written(&self) -> Option<&str> {
        match self {
            Value::Parameter(Source::Static(text)) => Some(text),
            _ => None,
        }
    }

    fn one<'a>(&'a self, from: &MethodRequest<'a>) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
        match self {
            Value::Parameter(source) => Ok(source.value(from)),
            Value::Body(source) => source.value(from.request.body.bytes()).map_err(|InvalidJson| {
                Rejection::new(ResponseType::BadRequestBody).message("Invalid JSON in request body")
            }),
        }
    }

    fn all<'a>(&'a self, from: &MethodRequest<'a>) -> Result<Vec<Cow<'a, [u8]>>, Rejection> {
        match self {
            Value::Parameter(source) => Ok(source.values(from)),
            Value::Body(_) => Ok(self.one(from)?.into_iter().collect()),
        }
    }

    /// A value as it stands in a URI; `None` if there is none. A path parameter keeps the client's own encoding. What
    /// comes from the client can add neither a segment to the path nor a parameter to the query.
    fn encoded(&self, position: Position, from: &MethodRequest<'_>) -> Result<Option<Vec<u8>>, Rejection> {
        let mut out = Vec::new();
        if let Value::Parameter(Source::Path(name)) = self {
            let Some(raw) = from.path_parameters.get(name) else { return Ok(None) };
            match position {
                Position::Path => out.extend_from_slice(raw),
                Position::Query => percent::path_to_query_into(&mut out, raw),
            }
            return Ok(Some(out));
        }
        let Some(value) = self.one(from)? else { return Ok(None) };
        match (self, position) {
            (Value::Parameter(Source::Static(_) | Source::StageVariable(_)), _) => {
                percent::encode_path_into(&mut out, &value);
            }
            // A whole path is wanted as one.
            (Value::Parameter(Source::Context(name)), Position::Path)
                if matches!(name.as_str(), "path" | "resourcePath") =>
            {
                percent::encode_path_into(&mut out, &value);
            }
            _ => percent::encode_into(&mut out, &value),
        }
        Ok(Some(out))
    }
}

/// Headers that no mapping can make pass.
fn is_of_one_hop(name: &str) -> bool {
    matches!(name, "connection" | "expect" | "proxy-authenticate" | "te" | "via")
}

/// Where in a URI a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Path,
    Query,
}

/// A query string being written behind a path.
struct Query<'a> {
    target: &'a mut Vec<u8>,
    any: bool,
}

impl Query<'_> {
    fn pair(&mut self, name: &[u8], value: &[u8]) {
        self.raw(name);
        self.target.push(b'=');
        self.target.extend_from_slice(value);
    }

    fn plain(&mut self, name: &str, value: &[u8]) {
        let (mut encoded_name, mut encoded_value) = (Vec::new(), Vec::new());
        percent::encode_into(&mut encoded_name, name.as_bytes());
        percent::encode_into(&mut encoded_value, value);
        self.pair(&encoded_name, &encoded_value);
    }

    fn raw(&mut self, text: &[u8]) {
        self.target.push(if self.any { b'&' } else { b'?' });
        self.any = true;
        self.target.extend_from_slice(text);
    }
}

/// Does this part of `$context` say who calls: what an authorizer has found out, or a signature?
pub(crate) fn says_who_calls(name: &str) -> bool {
    name.starts_with("authorizer.") || name.starts_with("identity.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use gatehouse_api::deployment::Deployment;
    use gatehouse_api::{Integration, IntegrationType, IntegrationUri, Node, ParameterMapping, Place};
    use gatehouse_context::Context;
    use gatehouse_http::{Body, Request};
    use gatehouse_mapping::{PathParameters, StageVariables};

    use super::*;

    const DEPLOYMENT: &str = r#"{"accountId": "123456789012", "region": "us-east-1",
        "apis": [{"apiId": "a1b2c3d4e5", "stages": [{"stageName": "dev"}]}]}"#;

    fn integration(uri: &str, mappings: &[(&str, &str)]) -> Integration {
        let mut integration = Integration::new(IntegrationType::HttpProxy, Place::root());
        integration.uri = Some(format!("http://a.test{uri}"));
        integration.request_parameters = mappings
            .iter()
            .map(|(target, source)| ParameterMapping {
                target: format!("integration.request.{target}"),
                source: (*source).into(),
                place: Place::root(),
            })
            .collect();
        integration
    }

    /// The target that `GET {target}` leads to at `uri`; the path parameter `p` is `value`.
    fn check(uri: &str, mappings: &[(&str, &str)], target: &str, value: &str, expected: &str) {
        let (mut problems, integration) = (Vec::new(), integration(uri, mappings));
        let parameters = RequestParameters::compile(&integration.request_parameters, &mut problems);
        assert_eq!(problems, []);
        let deployment = Deployment::read(&serde_json::from_str::<Node>(DEPLOYMENT).unwrap()).unwrap();
        let uri = IntegrationUri::resolve(&integration, &BTreeMap::new(), &deployment).unwrap().unwrap();
        let mut context = Context { path: Some("/dev/x".into()), ..Context::default() };
        context.identity.user_agent = Some("../a?b".into());
        let request = Request { headers: Headers::from_pairs([(":path", target)]), body: Body::Empty };
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[("p", value.as_bytes())]),
            context: &context,
            stage_variables: &StageVariables::new(),
        };
        let got = parameters.target(Some(&uri.target), true, &from, &Overrides::default()).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    #[test]
    fn the_uri_the_client_and_the_mappings_add_up_as_recorded() {
        let mappings = [
            ("path.pathVar", "method.request.path.p"),
            ("path.qsVar", "method.request.querystring.testVar"),
            ("querystring.queryString", "method.request.querystring.testQueryString"),
            ("querystring.testQs", "method.request.querystring.testQueryString"),
        ];
        let asked = "/foobar?testQueryString=foo&testVar=bar";
        let expected = "/?testVar=foobar&testQs=bar&testQueryString=foo&testVar=bar&queryString=foo&testQs=foo";
        check("/?testVar={pathVar}&testQs={qsVar}", &mappings, asked, "foobar", expected);
    }

    #[test]
    fn what_nothing_fills_stays_as_it_is_written() {
        check("/{a}/{b}", &[("path.a", "method.request.querystring.none")], "/", "", "/{a}/{b}");
    }

    #[test]
    fn what_is_empty_is_not_sent() {
        let mapped = |source| [("querystring.a", source)];
        check("/", &mapped("method.request.querystring.q"), "/?q=", "", "/?q=");
        check("/", &mapped("''"), "/", "", "/");
        check("/", &mapped("method.request.multivaluequerystring.q"), "/?q=&q=1", "", "/?q=&q=1&a=&a=1");
        check("/", &mapped("method.request.multivaluequerystring.q"), "/?q=&q=", "", "/?q=&q=");
        let (mut problems, integration) = (Vec::new(), integration("/", &[("header.x", "''"), ("header.y", "'1'")]));
        let parameters = RequestParameters::compile(&integration.request_parameters, &mut problems);
        let request = Request { headers: Headers::from_pairs([("x", "mine"), ("y", "mine")]), body: Body::Empty };
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[]),
            context: &Context::default(),
            stage_variables: &StageVariables::new(),
        };
        let headers = parameters.headers(&from, &Overrides::default()).unwrap();
        assert_eq!(headers, [("y".to_owned(), b"1".to_vec())]);
        // What the definition maps to nothing is not the client's to say.
        assert_eq!(parameters.claims(&request.headers), ["x"]);
    }

    #[test]
    fn a_client_can_add_neither_a_segment_nor_a_parameter() {
        let path = [("path.a", "method.request.path.p")];
        check("/x/{a}", &path, "/", "b%2Fc&d+e", "/x/b%2Fc&d+e");
        check("/x?a={a}", &path, "/", "b%26&admin=1+2", "/x?a=b%26%26admin=1%2B2");
        check("/x/{a}", &[("path.a", "method.request.querystring.q")], "/?q=../b", "", "/x/..%2Fb?q=../b");
        check("/x/{a}", &[("path.a", "context.identity.userAgent")], "/", "", "/x/..%2Fa%3Fb");
        check("/x{a}", &[("path.a", "context.path")], "/", "", "/x/dev/x");
        check("/x?p={a}", &[("path.a", "context.path")], "/", "", "/x?p=%2Fdev%2Fx");
    }

    #[test]
    fn envoys_own_headers_cannot_be_mapped() {
        for name in ["x-envoy-retry-on", "X-Gatehouse-Cluster", ":method"] {
            let mut problems = Vec::new();
            let integration = integration("/", &[(&format!("header.{name}"), "'x'")]);
            RequestParameters::compile(&integration.request_parameters, &mut problems);
            assert_eq!(problems.len(), 1, "{name}");
        }
    }

    #[test]
    fn what_can_never_be_written_is_a_problem() {
        let check = |target: &str, source: &str, expected: &str| {
            let mut problems = Vec::new();
            let integration = integration("/", &[(target, source)]);
            RequestParameters::compile(&integration.request_parameters, &mut problems);
            assert!(problems.len() == 1 && problems[0].message.contains(expected), "{target}: {problems:?}");
        };
        check("header.x y", "'1'", "`x y` is no header name");
        check("header.x:y", "'1'", "is no header name");
        check("header.\u{e9}", "context.stage", "is no header name");
        check("header.x", "'a\r\nb: c'", "cannot be the value of a header");
        check("header.x", "method.request.body[", "a bracket is not closed");
        check("querystring.x", "method.request.body.a.nope()", "is no function");
    }
}
