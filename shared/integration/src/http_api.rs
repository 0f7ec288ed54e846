//! Parameter mapping of HTTP APIs: `append:header.x`, `overwrite:path`, `remove:querystring.y` on the way to the backend, and
//! headers and status codes on the way back.
//!
//! Every value is read from the message as it came, whatever another mapping makes of it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html>

use std::borrow::Cow;

use gatehouse_api::{ParameterMapping, Problem};
use gatehouse_context::Context;
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Headers, Request, Response, percent};
use gatehouse_mapping::{MethodRequest, StageVariables, header_name, joined};

use crate::expression::{Expression, Piece, Side, Source};
use crate::headers::{is_proxys_own, may_be_written, read_alike};
use crate::request_parameters::says_who_calls;

/// The mappings of a request, compiled.
#[derive(Clone, Debug, Default)]
pub struct HttpApiRequest(Vec<Mapping>);

/// The mappings of responses by their status code, compiled.
#[derive(Clone, Debug, Default)]
pub struct HttpApiResponse(Vec<(u16, Vec<Mapping>)>);

/// What is to be done to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpApiEdits(Vec<(Action, Target, Vec<u8>)>);

#[derive(Clone, Debug)]
struct Mapping {
    action: Action,
    target: Target,
    value: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Append,
    Overwrite,
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// Its name as messages have it.
    Header(String),
    QueryString(String),
    Path,
    StatusCode,
}

/// Is this the key of a mapping of HTTP APIs, rather than of REST APIs?
#[must_use]
pub fn is_http_api_key(key: &str) -> bool {
    key.split_once(':').is_some_and(|(action, _)| matches!(action, "append" | "overwrite" | "remove"))
}

impl HttpApiRequest {
    /// Compiles the mappings; what cannot be used is noted with its place.
    pub fn compile(mappings: &[ParameterMapping], problems: &mut Vec<Problem>) -> Self {
        Self(compile(mappings, Side::Request, problems))
    }

    /// Does a mapping read the client's body?
    #[must_use]
    pub fn reads_body(&self) -> bool {
        reads_body(&self.0)
    }

    /// What is to be done to a request. A mapping to what is not there does nothing, unless it would say who calls.
    #[must_use]
    pub fn edits(&self, from: &MethodRequest<'_>) -> HttpApiEdits {
        let source = Source {
            headers: &from.request.headers,
            body: from.request.body.bytes(),
            context: from.context,
            stage_variables: from.stage_variables,
            request: Some(from),
        };
        let alike =
            self.0.iter().filter(|mapping| mapping.tells_the_caller()).flat_map(|mapping| mapping.alike(source));
        let edit = |mapping: &Mapping| match mapping.value(source) {
            Some(value) => Some((mapping.action, mapping.target.clone(), value)),
            // Only the gateway says who calls: where it has nothing to say, the client's own word must not reach the backend.
            None if mapping.tells_the_caller() => Some((Action::Remove, mapping.target.clone(), Vec::new())),
            None => None,
        };
        HttpApiEdits(alike.chain(self.0.iter().filter_map(edit)).collect())
    }
}

impl HttpApiEdits {
    /// Edits a request.
    ///
    /// # Errors
    /// 500 for a value that no header can have.
    pub fn apply(&self, request: &mut Request) -> Result<(), Rejection> {
        for (action, target, value) in &self.0 {
            match target {
                Target::Header(name) => edit_header(&mut request.headers, *action, name, value)?,
                Target::QueryString(name) => edit_query(request, *action, name, value)?,
                Target::Path => {
                    let mut target = value.clone();
                    if !request.query().raw().is_empty() {
                        target.push(b'?');
                        target.extend_from_slice(request.query().raw());
                    }
                    request.set_target(target)?;
                }
                Target::StatusCode => {}
            }
        }
        Ok(())
    }
}

impl HttpApiResponse {
    /// Adds the mappings of one status code; what cannot be used is noted with its place.
    pub fn add(&mut self, status: u16, mappings: &[ParameterMapping], problems: &mut Vec<Problem>) {
        self.0.push((status, compile(mappings, Side::Response, problems)));
    }

    /// Does a mapping of this status read the backend's body?
    #[must_use]
    pub fn reads_body(&self, status: u16) -> bool {
        self.of(status).is_some_and(reads_body)
    }

    /// Edits a response.
    ///
    /// # Errors
    /// 500 for a value that no header can have, or that is no status code.
    pub fn apply(
        &self,
        response: &mut Response,
        context: &Context,
        stage_variables: &StageVariables,
    ) -> Result<(), Rejection> {
        let Some(mappings) = self.of(response.status()) else { return Ok(()) };
        let source =
            Source { headers: &response.headers, body: response.body.bytes(), context, stage_variables, request: None };
        let values: Vec<_> = mappings.iter().map(|mapping| mapping.value(source)).collect();
        for (mapping, value) in mappings.iter().zip(values) {
            let Some(value) = value else { continue };
            match &mapping.target {
                Target::Header(name) => edit_header(&mut response.headers, mapping.action, name, &value)?,
                Target::StatusCode => response.headers.set(":status", status_code(&value)?)?,
                Target::QueryString(_) | Target::Path => {}
            }
        }
        Ok(())
    }

    fn of(&self, status: u16) -> Option<&[Mapping]> {
        self.0.iter().find(|(other, _)| *other == status).map(|(_, mappings)| mappings.as_slice())
    }
}

fn compile(mappings: &[ParameterMapping], side: Side, problems: &mut Vec<Problem>) -> Vec<Mapping> {
    let mut compiled = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        match Mapping::parse(&mapping.target, &mapping.source, side) {
            Ok(mapping) => compiled.push(mapping),
            Err(message) => problems.push(Problem::error(&mapping.place, message)),
        }
    }
    compiled
}

fn reads_body(mappings: &[Mapping]) -> bool {
    mappings
        .iter()
        .any(|mapping| mapping.value.0.iter().any(|piece| matches!(piece, Piece::Body(_) | Piece::WholeBody)))
}

impl Mapping {
    fn parse(key: &str, value: &str, side: Side) -> Result<Self, String> {
        let allowed = match side {
            Side::Request => "`append|overwrite|remove:header.NAME`, `…:querystring.NAME` or `overwrite:path`",
            Side::Response => "`append|overwrite|remove:header.NAME` or `overwrite:statuscode`",
        };
        let unknown = || format!("`{key}` is no mapping of an HTTP API here, use {allowed}");
        let (action, target) = key.split_once(':').ok_or_else(unknown)?;
        let action = match action {
            "append" => Action::Append,
            "overwrite" => Action::Overwrite,
            "remove" => Action::Remove,
            _ => return Err(unknown()),
        };
        let target = match (target.split_once('.'), target, action, side) {
            (Some(("header", name)), ..) if !name.is_empty() => Target::Header(header(name)?),
            (Some(("querystring", name)), _, _, Side::Request) if !name.is_empty() => Target::QueryString(name.into()),
            (None, "path", Action::Overwrite, Side::Request) => Target::Path,
            (None, "statuscode", Action::Overwrite, Side::Response) => Target::StatusCode,
            _ => return Err(unknown()),
        };
        let value = if action == Action::Remove { Expression(Vec::new()) } else { Expression::parse(value, side)? };
        let written = value.written();
        match &target {
            Target::Header(name) if name != ":authority" => may_be_written(name, written.as_deref())?,
            Target::StatusCode => {
                if let Some(text) = written.filter(|text| status_code(text.as_bytes()).is_err()) {
                    return Err(format!("`{text}` is no status code that can be sent, use 200 to 599"));
                }
            }
            _ => {}
        }
        Ok(Self { action, target, value })
    }

    /// Does it say who calls, where a client could say it? The host is the integration's.
    fn tells_the_caller(&self) -> bool {
        let is_caller = |piece: &Piece| matches!(piece, Piece::Context(name) if says_who_calls(name));
        !matches!(&self.target, Target::Header(name) if name == ":authority") && self.value.0.iter().any(is_caller)
    }

    /// The removal of headers that a backend may take for the one that is set.
    fn alike(&self, source: Source<'_>) -> Vec<(Action, Target, Vec<u8>)> {
        let Target::Header(name) = &self.target else { return Vec::new() };
        let others = read_alike(source.headers, name).into_iter().filter(|other| other != name);
        others.map(|other| (Action::Remove, Target::Header(other), Vec::new())).collect()
    }

    /// The value to set; `None` where it is a reference to what is not there.
    fn value(&self, source: Source<'_>) -> Option<Vec<u8>> {
        if self.target == Target::Path {
            return Some(self.value.path(source));
        }
        self.value.value(source)
    }
}

/// A header's name as messages have it.
fn header(name: &str) -> Result<String, String> {
    let lower = name.to_ascii_lowercase();
    if is_reserved(&lower) || is_proxys_own(&lower) {
        return Err(format!("`{name}` is reserved: no mapping of an HTTP API can change it"));
    }
    Ok(header_name(name))
}

/// The headers that no mapping may name.
fn is_reserved(name: &str) -> bool {
    let prefixes = ["access-control-", "apigw-", "x-amz-", "x-amzn-"];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "authorization"
                | "connection"
                | "content-encoding"
                | "content-length"
                | "content-location"
                | "forwarded"
                | "keep-alive"
                | "origin"
                | "proxy-authenticate"
                | "proxy-authorization"
                | "te"
                | "trailers"
                | "transfer-encoding"
                | "upgrade"
                | "x-forwarded-for"
                | "x-forwarded-host"
                | "x-forwarded-proto"
                | "via"
        )
}

fn edit_header(headers: &mut Headers, action: Action, name: &str, value: &[u8]) -> Result<(), Rejection> {
    match action {
        Action::Remove => headers.remove(name),
        Action::Overwrite => headers.set(name, value)?,
        Action::Append => {
            let values = headers.all(name).map(Cow::Borrowed).chain([Cow::Borrowed(value)]);
            let all = joined(values).unwrap_or_default().into_owned();
            headers.set(name, all)?;
        }
    }
    Ok(())
}

fn edit_query(request: &mut Request, action: Action, name: &str, value: &[u8]) -> Result<(), Rejection> {
    let mut target = request.path().to_vec();
    let mut separator = b'?';
    let mut part = |bytes: &[u8], value: &[u8]| {
        target.push(std::mem::replace(&mut separator, b'&'));
        target.extend_from_slice(bytes);
        target.push(b'=');
        target.extend_from_slice(value);
    };
    for (other, value) in request.query().encoded() {
        if action == Action::Append || percent::decode_form(other) != name.as_bytes() {
            part(other, value);
        }
    }
    if action != Action::Remove {
        let (mut encoded_name, mut encoded_value) = (Vec::new(), Vec::new());
        percent::encode_into(&mut encoded_name, name.as_bytes());
        percent::encode_into(&mut encoded_value, value);
        part(&encoded_name, &encoded_value);
    }
    Ok(request.set_target(target)?)
}

fn status_code(value: &[u8]) -> Result<String, Rejection> {
    let code = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u16>().ok());
    match code {
        Some(code @ 200..=599) => Ok(code.to_string()),
        _ => Err(Rejection::new(ResponseType::ApiConfigurationError)),
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_api::Place;
    use gatehouse_http::{Body, Origin};
    use gatehouse_mapping::PathParameters;

    use super::*;

    fn mappings(list: &[(&str, &str)]) -> Vec<ParameterMapping> {
        let mapping = |&(target, source): &(&str, &str)| ParameterMapping {
            target: target.into(),
            source: source.into(),
            place: Place::root(),
        };
        list.iter().map(mapping).collect()
    }

    /// What a request is after its mappings: its target, then the headers whose names begin with `x-` or are `:authority`.
    fn mapped(list: &[(&str, &str)]) -> String {
        let mut problems = Vec::new();
        let compiled = HttpApiRequest::compile(&mappings(list), &mut problems);
        assert_eq!(problems, []);
        let headers = [
            (":authority", "a.example"),
            (":path", "/pets/7%2F8/x?a=1&b=2&a=3%20"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("x-b", "3/../?"),
        ];
        let mut request = Request {
            headers: Headers::from_pairs(headers),
            body: Body::Read(br#"{"pets": [{"name": "Rex"}], "n": 1.50}"#.to_vec()),
        };
        let context = Context { stage: Some("prod".into()), ..Context::default() };
        let stage_variables = StageVariables::from([("base".into(), "/v1 x".into())]);
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[("petId", b"7%2F8"), ("proxy", b"7%2F8/x")]),
            context: &context,
            stage_variables: &stage_variables,
        };
        let edits = compiled.edits(&from);
        edits.apply(&mut request).unwrap();
        let mut told = String::from_utf8_lossy(request.target()).into_owned();
        for (name, value) in request.headers.iter() {
            if name.starts_with(b"x-") || name == b":authority" {
                told += &format!(" {}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value));
            }
        }
        told
    }

    const SAME: &str = "/pets/7%2F8/x?a=1&b=2&a=3%20 :authority=a.example x-a=1 x-a=2 x-b=3/../?";

    #[test]
    fn headers_are_appended_overwritten_and_removed() {
        assert_eq!(mapped(&[]), SAME);
        let check = |key: &str, value: &str, expected: &str| {
            let rest = "/pets/7%2F8/x?a=1&b=2&a=3%20 :authority=a.example";
            assert_eq!(mapped(&[(key, value), ("remove:header.x-b", "''")]), format!("{rest}{expected}"), "{key}");
        };
        check("append:header.X-C", "$context.stage", " x-a=1 x-a=2 x-c=prod");
        check("append:header.x-a", "3", " x-a=1,2,3");
        check("overwrite:header.x-a", "$request.querystring.a", " x-a=1,3 ");
        check("overwrite:header.x-a", "${request.header.X-A} and ${request.querystring.b}$", " x-a=1,2 and 2$");
        check("overwrite:header.x-a", "id $request.path.petId.", " x-a=id 7/8.");
        check("overwrite:header.x-a", "$request.body.pets[0].name", " x-a=Rex");
        check("overwrite:header.x-a", "${request.body.n}", " x-a=1.5");
        check("overwrite:header.x-a", "$request.body", r#" x-a={"pets": [{"name": "Rex"}], "n": 1.50}"#);
        check("overwrite:header.x-a", "$request.body.pets[*].name", r#" x-a=["Rex"]"#);
        check("overwrite:header.x-a", "$request.body['pets'][0]['name'] Wolf", " x-a=Rex Wolf");
        check("overwrite:header.x-a", "($request.body.pets[0].name)", " x-a=(Rex)");
        check("remove:header.x-a", "", "");
        // What is not there is not mapped.
        check("overwrite:header.x-a", "$request.header.none", " x-a=1 x-a=2");
        check("append:header.x-c", "$context.identity.principalId", " x-a=1 x-a=2");
        check("overwrite:header.x-a", "<$request.header.none>", " x-a=<>");
        check("overwrite:header.x-a", "$5 'static'", " x-a=$5 'static'");
    }

    #[test]
    fn who_calls_is_nothing_that_a_client_says() {
        let check = |key: &str, value: &str, expected: &str| {
            assert_eq!(mapped(&[(key, value)]), format!("/pets/7%2F8/x{expected}"), "{key} {value}");
        };
        let without = "?a=1&b=2&a=3%20 :authority=a.example x-b=3/../?";
        check("overwrite:header.x-a", "$context.authorizer.claims.sub", without);
        check("overwrite:header.X-A", "${context.authorizer.jwt.claims.sub}", without);
        check("append:header.x-a", "$context.authorizer.sub", without);
        check("overwrite:header.x-a", "$context.identity.cognitoIdentityId", without);
        let query = "?b=2 :authority=a.example x-a=1 x-a=2 x-b=3/../?";
        check("overwrite:querystring.a", "$context.authorizer.sub", query);
        check(
            "overwrite:header.host",
            "$context.authorizer.sub",
            "?a=1&b=2&a=3%20 :authority=a.example x-a=1 x-a=2 x-b=3/../?",
        );
        let with = "?a=1&b=2&a=3%20 :authority=a.example x-a=<> x-b=3/../?";
        check("overwrite:header.x-a", "<$context.authorizer.sub>", with);
    }

    #[test]
    fn the_host_and_the_query_can_be_mapped() {
        let check = |list: &[(&str, &str)], expected: &str| {
            assert_eq!(mapped(list), format!("/pets/7%2F8/x{expected} x-a=1 x-a=2 x-b=3/../?"));
        };
        check(&[("overwrite:header.Host", "b.example")], "?a=1&b=2&a=3%20 :authority=b.example");
        check(&[("append:querystring.a", "4 5&")], "?a=1&b=2&a=3%20&a=4%205%26 :authority=a.example");
        check(&[("overwrite:querystring.a", "$request.querystring.a")], "?b=2&a=1%2C3%20 :authority=a.example");
        check(&[("remove:querystring.a", ""), ("remove:querystring.b", "")], " :authority=a.example");
    }

    #[test]
    fn a_path_is_overwritten_and_a_client_adds_no_segment_to_it() {
        let check = |value: &str, expected: &str| {
            let mapped = mapped(&[("overwrite:path", value)]);
            assert_eq!(mapped.split('?').next().unwrap(), expected, "{value}");
        };
        check("$request.path", "/pets/7%2F8/x");
        check("/v2$request.path", "/v2/pets/7%2F8/x");
        check("/$request.path.proxy", "/7%2F8/x");
        check("fixed path", "/fixed%20path");
        check("${stageVariables.base}/${request.path.petId}/a", "/v1%20x/7%2F8/a");
        check("/$request.header.x-b", "/3%2F..%2F%3F");
        check("", "/");
    }

    #[test]
    fn values_are_those_that_came() {
        let swap = [("overwrite:header.x-a", "$request.header.x-b"), ("overwrite:header.x-b", "$request.header.x-a")];
        assert!(mapped(&swap).ends_with(" x-a=3/../? x-b=1,2"));
    }

    #[test]
    fn responses_are_mapped_by_their_status() {
        let (mut problems, mut compiled) = (Vec::new(), HttpApiResponse::default());
        let list = [
            ("overwrite:statuscode", "202"),
            ("append:header.x-method", "${response.body.method}"),
            ("overwrite:header.x-age", "$response.header.age s"),
            ("remove:header.x-upstream", "''"),
        ];
        compiled.add(200, &mappings(&list), &mut problems);
        compiled.add(500, &mappings(&[("overwrite:statuscode", "$response.header.age")]), &mut problems);
        assert_eq!(problems, []);
        assert_eq!(
            (compiled.reads_body(200), compiled.reads_body(500), compiled.reads_body(201)),
            (true, false, false)
        );
        let apply = |status: &str, age: &str| {
            let headers = Headers::from_pairs([(":status", status), ("age", age), ("x-upstream", "1")]);
            let body = Body::Read(br#"{"method": "GET"}"#.to_vec());
            let mut response = Response { headers, body, origin: Origin::Upstream };
            let applied = compiled.apply(&mut response, &Context::default(), &StageVariables::new());
            applied.map(|()| (response.status(), response.headers.text("x-method").map(str::to_owned), response))
        };
        let (status, method, response) = apply("200", "7").unwrap();
        assert_eq!((status, method.as_deref(), response.headers.text("x-age")), (202, Some("GET"), Some("7 s")));
        assert!(!response.headers.has("x-upstream"));
        assert_eq!(apply("201", "7").unwrap().0, 201);
        assert_eq!(apply("500", "404").unwrap().0, 404);
        for age in ["x", "99", "600", ""] {
            assert!(apply("500", age).is_err(), "{age}");
        }
    }

    #[test]
    fn a_status_that_cannot_be_sent_is_a_problem() {
        for (value, problem_count) in
            [("200", 0), ("599", 0), ("$response.header.age", 0), ("199", 1), ("abc", 1), ("", 1)]
        {
            let (mut problems, mut compiled) = (Vec::new(), HttpApiResponse::default());
            compiled.add(200, &mappings(&[("overwrite:statuscode", value)]), &mut problems);
            assert_eq!(problems.len(), problem_count, "{value}: {problems:?}");
        }
    }

    #[test]
    fn a_body_as_a_whole_is_what_came() {
        let check = |body: &str, expected: Option<&str>| {
            let (mut problems, mut compiled) = (Vec::new(), HttpApiResponse::default());
            compiled.add(200, &mappings(&[("overwrite:header.x", "$response.body")]), &mut problems);
            assert_eq!((problems.len(), compiled.reads_body(200)), (0, true));
            let headers = Headers::from_pairs([(":status", "200")]);
            let body = Body::Read(body.as_bytes().to_vec());
            let mut response = Response { headers, body, origin: Origin::Upstream };
            compiled.apply(&mut response, &Context::default(), &StageVariables::new()).unwrap();
            assert_eq!(response.headers.text("x"), expected);
        };
        check("plain", Some("plain"));
        check("{\"a\": ", Some("{\"a\": "));
        check("", None);
    }

    #[test]
    fn what_cannot_be_mapped_is_a_problem() {
        let check = |key: &str, value: &str, expected: &str| {
            let mut problems = Vec::new();
            let _ = HttpApiRequest::compile(&mappings(&[(key, value)]), &mut problems);
            assert!(problems.len() == 1 && problems[0].message.contains(expected), "{key} {value}: {problems:?}");
        };
        check("add:header.x", "1", "use `append|overwrite|remove:header.NAME`");
        check("append:path", "1", "is no mapping of an HTTP API here");
        check("overwrite:statuscode", "200", "is no mapping of an HTTP API here");
        check("overwrite:header.", "1", "is no mapping of an HTTP API here");
        for reserved in ["Authorization", "X-Amzn-Trace-Id", "access-control-allow-origin", "x-envoy-retry-on", "via"] {
            check(&format!("overwrite:header.{reserved}"), "1", "is reserved");
        }
        check("overwrite:header.x y", "1", "`x y` is no header name");
        check("append:header.x", "a\r\nb: c", "cannot be the value of a header");
        check("overwrite:path", "$request.body.a[", "a bracket is not closed");
        check("overwrite:path", "$request.cookie.a", "`$request.cookie.a` is no value of a mapping here");
        check("overwrite:path", "${nothing}", "`$nothing` is no value of a mapping here");
        check("overwrite:path", "${request.path", "without its `}`");
        check("overwrite:path", "$response.header.a", "is no value of a mapping here");
        check("overwrite:path", "$context.nothing", "is no value of a mapping here");
        check("overwrite:path", "${request.body..a}", "neither recursive descent");
        check("overwrite:path", "${request.body.a[?(@.b)]}", "neither recursive descent");
    }
}
