//! Headers and parameters by name, as events list them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatehouse_context::Context;
use gatehouse_http::{Request, percent};
use gatehouse_mapping::{CLIENT_SPELLINGS, PathParameters, is_hop_header};

use crate::json::Json;

/// A name and a value.
pub type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// A name, and all that came under it.
pub type Named<'p> = (&'p [u8], Vec<&'p [u8]>);

/// The values by name, names in the order of their first value. A client may send thousands of names: none is looked
/// for in a list.
#[must_use]
pub fn by_name<'p>(pairs: &'p [Pair<'_>]) -> Vec<Named<'p>> {
    let mut places: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut named: Vec<Named<'p>> = Vec::new();
    for (name, value) in pairs {
        let place = *places.entry(name.as_ref()).or_insert(named.len());
        match named.get_mut(place) {
            Some((_, values)) => values.push(value.as_ref()),
            None => named.push((name.as_ref(), vec![value.as_ref()])),
        }
    }
    named
}

/// Writes the last value of each name.
pub fn last(map: &mut Json<'_>, named: &[Named<'_>]) {
    for (name, values) in named {
        map.entry(name, values.last().copied().unwrap_or_default());
    }
}

/// Writes all values of each name.
pub fn all(map: &mut Json<'_>, named: &[Named<'_>]) {
    for (name, values) in named {
        map.texts(name, values.iter().copied());
    }
}

/// Writes the values of the path's parameters: a REST API's function has them as they were sent, an HTTP API's decoded.
pub fn path_parameters(map: &mut Json<'_>, parameters: &PathParameters<'_>, is_http: bool) {
    for (name, value) in parameters.0 {
        path(map, name, Some(value), is_http);
    }
}

/// Writes a path, or a piece of one: an HTTP API tells functions what it stands for. Recorded: snapshots of
/// <https://github.com/aws/aws-lambda-dotnet> (`V2_UnicodeCharactersInPath`, `V1_UnicodeCharactersInPathHttpV1`).
pub fn path(map: &mut Json<'_>, name: &str, path: Option<&[u8]>, is_http: bool) {
    match path {
        Some(path) if is_http => map.text(name, &percent::decode(path)),
        Some(path) => map.text(name, path),
        None => map.text_or_null(name, None),
    }
}

/// Writes the client's `User-Agent`; where it sent none, an HTTP API says so by a text of no length (recorded, as above).
pub fn user_agent(map: &mut Json<'_>, request: &Request, is_http: bool) {
    let none = is_http.then_some("");
    map.text_or_null("userAgent", request.headers.text("user-agent").or(none));
}

/// The same for HTTP APIs, whose gateway writes these itself and all others that it knows in lower case, whatever a client
/// wrote: `accept`, `authorization`. As public recordings of events 1.0 have it, one of them in a test of
/// <https://github.com/spring-cloud/spring-cloud-function> (`CustomRuntimeEventLoopTest`).
const HTTP_SPELLINGS: [&str; 8] = [
    "Content-Length",
    "Content-Type",
    "Host",
    "User-Agent",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];

/// The headers that a function is told: neither those that API Gateway takes away, nor those of the proxy itself. `own`
/// are names in the spelling of the API's definition.
#[must_use]
pub fn headers<'a>(own: &[&'a str], request: &'a Request) -> Vec<Pair<'a>> {
    spelled(request, |name| own.iter().copied().chain(CLIENT_SPELLINGS).find(|known| known.eq_ignore_ascii_case(name)))
}

/// The headers that a function behind an HTTP API is told. The length of the body is always among them, `0` where there is
/// none (recorded): that of `body`, or what the client said for an authorizer, which has no body.
#[must_use]
pub fn http_headers<'a>(own: &[&'a str], request: &'a Request, body: Option<usize>) -> Vec<Pair<'a>> {
    let is_known = |name: &str| CLIENT_SPELLINGS.iter().any(|known| known.eq_ignore_ascii_case(name));
    let own = || own.iter().copied().filter(|name| !is_known(name));
    let spelling = |name: &str| HTTP_SPELLINGS.into_iter().chain(own()).find(|known| known.eq_ignore_ascii_case(name));
    let mut headers = spelled(request, spelling);
    let length = match (body, request.headers.get("content-length")) {
        (Some(bytes), _) => Cow::Owned(bytes.to_string().into_bytes()),
        (None, Some(said)) => Cow::Borrowed(said),
        (None, None) => Cow::Borrowed(b"0".as_slice()),
    };
    headers.push((Cow::Borrowed(b"Content-Length"), length));
    headers
}

/// The header of a request's trace, which API Gateway adds before it asks an authorizer (recorded), where the client sent
/// none.
#[must_use]
pub fn trace_header<'a>(request: &Request, context: &'a Context) -> Option<Pair<'a>> {
    let id = context.xray_trace_id.as_deref().filter(|_| !request.headers.has("x-amzn-trace-id"))?;
    Some((Cow::Borrowed(b"X-Amzn-Trace-Id"), Cow::Borrowed(id.as_bytes())))
}

fn spelled<'a>(request: &'a Request, spelling: impl Fn(&str) -> Option<&'a str>) -> Vec<Pair<'a>> {
    let mut headers: Vec<Pair<'a>> = Vec::with_capacity(request.headers.len() + 2);
    for (name, value) in request.headers.iter() {
        let name = match std::str::from_utf8(name) {
            Ok(":authority") => "host",
            // Said below: a client's own word is not handed on.
            Ok("x-forwarded-port") => continue,
            Ok(name) if is_for_function(name) => name,
            _ => continue,
        };
        headers.push((Cow::Borrowed(spelling(name).unwrap_or(name).as_bytes()), Cow::Borrowed(value)));
    }
    let port = if request.headers.get("x-forwarded-proto") == Some(b"https") { b"443".as_slice() } else { b"80" };
    headers.push((Cow::Borrowed(b"X-Forwarded-Port"), Cow::Borrowed(port)));
    headers
}

fn is_for_function(name: &str) -> bool {
    !name.starts_with(':') && !name.starts_with("x-envoy-") && !name.starts_with("x-gatehouse-") && !is_hop_header(name)
}
