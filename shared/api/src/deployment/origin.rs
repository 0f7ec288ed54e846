//! Origins: where a backend is, and where it lives here.

use std::fmt;

/// Scheme, host and port of a URL. Two spellings of the same origin are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// In lower case; an IPv6 address keeps its brackets.
    pub host: String,
    /// The scheme's own where the URL names none.
    pub port: u16,
}

/// How a backend is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// 80 or 443.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl Origin {
    /// The origin of a URL, and what follows it (empty, or from `/`, `?` or `#` on).
    ///
    /// None if this is no `http` or `https` URL with a host: API Gateway calls it an invalid endpoint address.
    #[must_use]
    pub fn split(url: &str) -> Option<(Self, &str)> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = [Scheme::Http, Scheme::Https].into_iter().find(|one| one.name().eq_ignore_ascii_case(scheme))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (host, port) = host_and_port(authority)?;
        Some((Self { scheme, host: host.to_ascii_lowercase(), port: port.unwrap_or(scheme.default_port()) }, rest))
    }

    /// The origin that this text is, with nothing but a slash behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::split(text).filter(|(_, rest)| matches!(*rest, "" | "/")).map(|(origin, _)| origin)
    }

    /// Host and port as the `Host` header has them: without the scheme's own port.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of `[::1]` belong to the address.
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok().filter(|port| *port != 0)?)),
        _ => (authority, None),
    };
    is_host(host).then_some((host, port))
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|it| it.parse::<std::net::Ipv6Addr>().is_ok()),
        None => is_host_name(host),
    }
}

/// Whether this can be a host's name: letters, digits, dots, hyphens and (as Docker and AWS have them) underscores.
pub(super) fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, origin: &str, rest: &str) {
        let (found, tail) = Origin::split(url).unwrap_or_else(|| panic!("{url}"));
        assert_eq!((found.to_string().as_str(), tail), (origin, rest), "{url}");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        check("http://a.example/pets?x=1", "http://a.example", "/pets?x=1");
        check("HTTPS://A.example:443", "https://a.example", "");
        check("https://a.example:80/", "https://a.example:80", "/");
        check("http://127.0.0.1:9000", "http://127.0.0.1:9000", "");
        check("http://[::1]:9000/x", "http://[::1]:9000", "/x");
        check("http://[::1]", "http://[::1]", "");
        check("http://my_backend?x", "http://my_backend", "?x");
        check("http://a.example/{proxy}", "http://a.example", "/{proxy}");
    }

    #[test]
    fn what_has_no_host_is_no_origin() {
        for url in [
            "",
            "a.example",
            "ftp://a.example",
            "http://",
            "http:///pets",
            "http://:80",
            "http://a.example:0",
            "http://a.example:x",
            "http://a.example:99999",
            "http://u:p@a.example",
            "http://a..example",
            "http://[::1",
            "http://[x]",
            "http://${stageVariables.host}",
            "arn:aws:apigateway:us-east-1:sqs:path/1/q",
        ] {
            assert_eq!(Origin::split(url), None, "{url}");
        }
        assert_eq!(Origin::parse("http://a.example/pets"), None);
        assert_eq!(Origin::parse("http://a.example/").unwrap().to_string(), "http://a.example");
    }
}
