//! Which headers may pass, and under which name.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>, and recordings of
//! the real service where the table is silent.

use std::borrow::Cow;

use gatehouse_http::Headers;

/// What stands before the name of a header that passes under another one.
const REMAPPED: &str = "x-amzn-remapped-";

/// What happens to a header on its way to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRule {
    /// It passes under its name.
    Kept,
    /// It passes as `x-amzn-remapped-<name>`.
    Remapped,
    /// It does not pass.
    Dropped,
}

/// The name under which a header that is [`HeaderRule::Remapped`] passes.
#[must_use]
pub fn remapped(name: &str) -> String {
    [REMAPPED, name].concat()
}

/// The rule for a header that a response mapping of an HTTP, AWS or MOCK integration sets. `name` is lower case.
#[must_use]
pub fn mapped_response_header(name: &str) -> HeaderRule {
    match name {
        "authorization" | "connection" | "content-length" | "content-md5" | "date" | "expect" | "host"
        | "max-forwards" | "proxy-authenticate" | "server" | "trailer" | "upgrade" | "user-agent"
        | "www-authenticate" => HeaderRule::Remapped,
        "transfer-encoding" => HeaderRule::Dropped,
        _ => HeaderRule::Kept,
    }
}

/// The rule for a header that the backend of a proxy integration sends. `name` is lower case.
///
/// By the table of known issues, but for `Host`, `X-Forwarded-For` and what was renamed already, which clients of APIs in
/// production find renamed: <https://github.com/tmfg/digitraffic-cdk> takes the first two away again,
/// api.mmt.earthdatacloud.nasa.gov sends the second, and two frontends read `x-amzn-remapped-x-amzn-remapped-…`.
#[must_use]
pub fn backend_response_header(name: &str) -> HeaderRule {
    match name {
        "authorization" | "connection" | "content-length" | "content-md5" | "date" | "host" | "max-forwards"
        | "server" | "user-agent" | "www-authenticate" | "x-amzn-requestid" | "x-forwarded-for" => HeaderRule::Remapped,
        "expect" | "proxy-authenticate" | "te" | "trailer" | "transfer-encoding" | "upgrade" | "via" => {
            HeaderRule::Dropped
        }
        _ if name.starts_with(REMAPPED) => HeaderRule::Remapped,
        _ => HeaderRule::Kept,
    }
}

/// The rule for a header that the backend of an HTTP API sends: it passes, unless it is about the connection. `name` is
/// lower case.
#[must_use]
pub fn http_api_response_header(name: &str) -> HeaderRule {
    match name {
        "connection" | "content-length" | "keep-alive" | "proxy-authenticate" | "proxy-connection" | "te"
        | "trailer" | "transfer-encoding" | "upgrade" => HeaderRule::Dropped,
        _ => HeaderRule::Kept,
    }
}

/// Is this a header that no request mapping may set? A mapping that does is a configuration error: 500.
#[must_use]
pub fn illegal_request_header(name: &str) -> bool {
    matches!(name, "content-length" | "transfer-encoding" | "x-amzn-trace-id" | "x-amzn-apigateway-api-id")
}

/// The same for integrations of AWS: AWS, and AWS_PROXY, which ignores mappings otherwise.
#[must_use]
pub fn illegal_aws_request_header(name: &str) -> bool {
    illegal_request_header(name)
        || matches!(name, "authorization" | "connection" | "expect" | "proxy-authenticate" | "te")
}

/// The header that names the cluster to the route of a generated configuration. The gateway always sets or removes it.
pub const CLUSTER_HEADER: &str = "x-gatehouse-cluster";

/// Is this a header by which Envoy is told what to do with a request? `name` is lower case.
#[must_use]
pub fn is_proxys_own(name: &str) -> bool {
    name.starts_with(':') || name.starts_with("x-envoy-") || name == CLUSTER_HEADER
}

/// Can a mapping's header be written: its name, and what the definition says that it holds?
///
/// # Errors
/// Why not.
pub(crate) fn may_be_written(name: &str, value: Option<&str>) -> Result<(), String> {
    if name.starts_with(':') || Headers::new().set(name, "").is_err() {
        return Err(format!("`{name}` is no header name"));
    }
    match value {
        Some(value) if Headers::new().set(name, value).is_err() => {
            Err(format!("`{}` cannot be the value of a header", value.escape_default()))
        }
        _ => Ok(()),
    }
}

/// The names of those headers that a backend may take for this one, itself among them: CGI and WSGI do not tell `_` from
/// `-`. `name` is lower case.
pub(crate) fn read_alike(headers: &Headers, name: &str) -> Vec<String> {
    let names = headers.iter().map(|(other, _)| String::from_utf8_lossy(other));
    names.filter(|other| is_read_as(other, name)).map(Cow::into_owned).collect()
}

/// May a backend take the header `name` for `other`? Both are lower case.
#[must_use]
pub fn is_read_as(name: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte };
    name.len() == other.len() && name.bytes().map(plain).eq(other.bytes().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use HeaderRule::{Dropped, Kept, Remapped};

    #[test]
    fn headers_pass_as_recorded() {
        let check = |name, mapped, backend| {
            assert_eq!((mapped_response_header(name), backend_response_header(name)), (mapped, backend), "{name}");
        };
        check("content-type", Kept, Kept);
        check("access-control-allow-origin", Kept, Kept);
        check("content-encoding", Kept, Kept);
        check("date", Remapped, Remapped);
        check("server", Remapped, Remapped);
        check("www-authenticate", Remapped, Remapped);
        check("content-length", Remapped, Remapped);
        check("x-amzn-requestid", Kept, Remapped);
        check("host", Remapped, Remapped);
        check("x-forwarded-for", Kept, Remapped);
        check("x-amzn-remapped-date", Kept, Remapped);
        check("te", Kept, Dropped);
        check("via", Kept, Dropped);
        check("upgrade", Remapped, Dropped);
        check("expect", Remapped, Dropped);
        check("transfer-encoding", Dropped, Dropped);
    }

    #[test]
    fn a_backend_may_take_one_header_for_another() {
        let headers = Headers::from_pairs([("x-user", "a"), ("x_user", "b"), ("x-users", "c"), ("xuser", "d")]);
        assert_eq!(read_alike(&headers, "x-user"), ["x-user", "x_user"]);
        assert_eq!(read_alike(&headers, "x_user"), ["x-user", "x_user"]);
        assert!(read_alike(&headers, "y-user").is_empty());
    }
}
