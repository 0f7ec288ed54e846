//! Headers and parameters by name, as events list them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatehouse_context::Context;
use gatehouse_http::{Request, percent};
use gatehouse_mapping::{CLIENT_SPELLINGS, PathParameters, is_hop_header};
use gatehouse_sort::sort_by;

use crate::json::Json;

/// A name and a value.
pub type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// What is known of how a client wrote the names of its headers; a proxy has all of them in lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spellings<'a> {
    /// Names in the spelling of the API's definition.
    pub own: &'a [&'a str],
    /// It wrote them in lower case, as HTTP/2 has it.
    pub http_2: bool,
}

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
        Some(path) if is_http => map.text(name, &decoded_path(path)),
        Some(path) => map.text(name, path),
        None => map.text_or_null(name, None),
    }
}

/// What an HTTP API takes a path for: it decodes it, ends it at a `?` and decodes what is left once more. Recorded by
/// <https://github.com/hotsock/voker> (`vokerhttp/testdata/ingress-paths.json`).
fn decoded_path(path: &[u8]) -> Cow<'_, [u8]> {
    match percent::decode(path) {
        Cow::Borrowed(plain) => Cow::Borrowed(plain),
        Cow::Owned(decoded) => {
            let end = decoded.iter().position(|byte| *byte == b'?').unwrap_or(decoded.len());
            Cow::Owned(percent::decode(decoded.get(..end).unwrap_or_default()).into_owned())
        }
    }
}

/// Can an HTTP API tell a function this path? What has a `%` that encodes nothing, once it was decoded, is a 400 (recorded,
/// as above).
#[must_use]
pub fn is_http_path(path: &[u8]) -> bool {
    let decoded = percent::decode(path);
    let decoded = decoded.split(|byte| *byte == b'?').next().unwrap_or_default();
    percent::is_encoded(decoded)
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

/// The names that a REST API spells so, whatever an HTTP/2 client wrote; it tells all others as that wrote them. Recorded by
/// <https://github.com/hotsock/voker> (`vokerhttp/testdata`), <https://github.com/aws/aws-sam-cli/issues/1860> and, one
/// after the other, <https://github.com/architect/sandbox> (`rest/_req-header-fmt.js`).
const REST_SPELLINGS: [&str; 8] = [
    "Authorization",
    "Date",
    "Host",
    "User-Agent",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];

/// The headers that a function is told: neither those that API Gateway takes away, nor those of the proxy itself.
#[must_use]
pub fn headers<'a>(spellings: Spellings<'a>, request: &'a Request) -> Vec<Pair<'a>> {
    let is = |name: &str, known: &&str| known.eq_ignore_ascii_case(name);
    if spellings.http_2 {
        return spelled(request, |name| REST_SPELLINGS.into_iter().find(|known| is(name, known)));
    }
    spelled(request, |name| spellings.own.iter().copied().chain(CLIENT_SPELLINGS).find(|known| is(name, known)))
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
    headers.push((Cow::Borrowed(b"X-Forwarded-Port"), Cow::Borrowed(forwarded_port(request).as_bytes())));
    headers
}

/// The port that the client called, which API Gateway says and not the client.
#[must_use]
pub fn forwarded_port(request: &Request) -> &'static str {
    if request.headers.get("x-forwarded-proto") == Some(b"https") { "443" } else { "80" }
}

/// Puts headers into the order in which events list them, as public recordings have it: a REST API's by their names in
/// whatever case, an HTTP API's by the bytes of their names.
pub fn order(headers: &mut [Pair<'_>], is_http: bool) {
    match is_http {
        true => sort_by(headers, |(one, _), (other, _)| one.cmp(other)),
        false => sort_by(headers, |(one, _), (other, _)| {
            one.iter().map(u8::to_ascii_lowercase).cmp(other.iter().map(u8::to_ascii_lowercase))
        }),
    }
}

fn is_for_function(name: &str) -> bool {
    !name.starts_with(':') && !name.starts_with("x-envoy-") && !name.starts_with("x-gatehouse-") && !is_hop_header(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded, as said of [`decoded_path`]: what was sent, and what `rawPath` was.
    #[test]
    fn http_apis_decode_paths_twice_and_end_them_at_a_question_mark() {
        let check = |sent: &str, told: Option<&str>| {
            let decoded = is_http_path(sent.as_bytes()).then(|| decoded_path(sent.as_bytes()).into_owned());
            assert_eq!(decoded.as_deref(), told.map(str::as_bytes), "{sent}");
        };
        check("/capture/plain", Some("/capture/plain"));
        check("/capture/space%20value", Some("/capture/space value"));
        check("/capture/question%3Fvalue", Some("/capture/question"));
        check("/capture/percent%25done", None);
        check("/capture/hash%23value", Some("/capture/hash#value"));
        check("/capture/slash%2Fvalue", Some("/capture/slash/value"));
        check("/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", Some("/capture/unicode-λ-世界"));
        check("/capture/literal%252Fvalue", Some("/capture/literal/value"));
        check("/capture/literal%253Fvalue", Some("/capture/literal?value"));
        check("/capture/literal%2525value", Some("/capture/literal%value"));
        // Nobody looks at what is cut off.
        check("/capture/a%3F%25", Some("/capture/a"));
    }
}
