//! The request mappings of an HTTP integration, compiled: headers to set, query parameters to send, the path to fill.

use gatehouse_api::{Integration, IntegrationUri, Problem, UriPart};
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::percent;
use gatehouse_integration::illegal_request_header;
use gatehouse_mapping::{MethodRequest, RequestTarget, Source};

/// What an integration maps, and where to.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestParameters {
    headers: Vec<(String, Source)>,
    query: Vec<(String, Source)>,
    path: Vec<(String, Source)>,
}

impl RequestParameters {
    /// Compiles the mappings; what cannot be used is noted with its place.
    pub(crate) fn compile(integration: &Integration, problems: &mut Vec<Problem>) -> Self {
        let mut compiled = Self::default();
        for mapping in &integration.request_parameters {
            let target = RequestTarget::parse(&mapping.target);
            match target.and_then(|target| Ok((target, Source::parse(&mapping.source)?))) {
                Ok((RequestTarget::Header(name), source)) => compiled.headers.push((name, source)),
                Ok((RequestTarget::QueryString(name), source)) => compiled.query.push((name, source)),
                Ok((RequestTarget::Path(name), source)) => compiled.path.push((name, source)),
                Err(error) => problems.push(Problem::error(&mapping.place, error.to_string())),
            }
        }
        compiled
    }

    /// The headers to set, in order, each with its value. Those of one hop are left out though mapped.
    ///
    /// # Errors
    /// 500 for a header that no mapping may set, as recorded on the real service.
    pub(crate) fn headers(&self, from: &MethodRequest<'_>) -> Result<Vec<(&str, Vec<u8>)>, Rejection> {
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, source) in &self.headers {
            if illegal_request_header(name) {
                return Err(Rejection::new(ResponseType::ApiConfigurationError));
            }
            if matches!(name.as_str(), "connection" | "expect" | "proxy-authenticate" | "te" | "via") {
                continue;
            }
            if let Some(value) = source.value(from) {
                headers.push((name.as_str(), value.into_owned()));
            }
        }
        Ok(headers)
    }

    /// Is this query parameter of the client replaced by a mapped one?
    fn maps_query(&self, name: &[u8], from: &MethodRequest<'_>) -> bool {
        self.query.iter().any(|(mapped, source)| mapped.as_bytes() == name && source.value(from).is_some())
    }

    /// The path and query to ask the backend for: the URI's, filled; the client's query where it passes; the mapped.
    pub(crate) fn target(&self, uri: &IntegrationUri, pass_query: bool, from: &MethodRequest<'_>) -> Vec<u8> {
        let mut target = self.fill(&uri.path, from);
        let mut query = Query { target: &mut target, any: false };
        if !uri.query.is_empty() {
            query.raw(&self.fill(&uri.query, from));
        }
        if pass_query {
            for (name, value) in from.request.query().encoded() {
                if !self.maps_query(&percent::decode_form(name), from) {
                    query.pair(name, value);
                }
            }
        }
        for (name, source) in &self.query {
            for value in source.values(from) {
                let (mut encoded_name, mut encoded_value) = (Vec::new(), Vec::new());
                percent::encode_into(&mut encoded_name, name.as_bytes());
                percent::encode_into(&mut encoded_value, &value);
                query.pair(&encoded_name, &encoded_value);
            }
        }
        target
    }

    fn fill(&self, parts: &[UriPart], from: &MethodRequest<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        for part in parts {
            match part {
                UriPart::Text(text) => out.extend_from_slice(text.as_bytes()),
                UriPart::Parameter(name) => {
                    let source = self.path.iter().find(|(other, _)| other == name).map(|(_, source)| source);
                    match source {
                        Some(source) => path_value(source, from, &mut out),
                        // API Gateway sends what nothing fills as it is written.
                        None => out.extend(format!("{{{name}}}").as_bytes()),
                    }
                }
            }
        }
        out
    }
}

/// A path parameter keeps the client's own encoding. What else comes from the client cannot add a segment.
fn path_value(source: &Source, from: &MethodRequest<'_>, out: &mut Vec<u8>) {
    match source {
        Source::Path(name) => out.extend_from_slice(from.path_parameters.get(name).unwrap_or_default()),
        Source::Static(_) | Source::Context(_) | Source::StageVariable(_) => {
            percent::encode_path_into(out, &source.value(from).unwrap_or_default());
        }
        Source::Header(_) | Source::MultiValueHeader(_) | Source::QueryString(_) | Source::MultiValueQueryString(_) => {
            percent::encode_into(out, &source.value(from).unwrap_or_default());
        }
    }
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

    fn raw(&mut self, text: &[u8]) {
        self.target.push(if self.any { b'&' } else { b'?' });
        self.any = true;
        self.target.extend_from_slice(text);
    }
}
