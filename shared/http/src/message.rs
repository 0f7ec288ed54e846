//! Requests and responses, with their pseudo headers spelled as HTTP/2 spells them.

use crate::{Headers, IllegalHeader, Query};

/// A request as a filter sees it: one snapshot of its headers, and its body where that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Every header, `:method`, `:path`, `:authority` and `:scheme` among them.
    pub headers: Headers,
    /// The body, where it has been read.
    pub body: Body,
}

/// What is known of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// There is none: the message ended with its headers.
    #[default]
    Empty,
    /// There is one, which streams by unread.
    Unread,
    /// All of it.
    Read(Vec<u8>),
    /// Another one, to be sent in place of what came.
    Replaced(Vec<u8>),
}

/// A response as a filter sees it.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Every header, `:status` among them.
    pub headers: Headers,
    /// The body, where it has been read.
    pub body: Body,
    /// Who made it.
    pub origin: Origin,
}

/// Who made a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The backend.
    #[default]
    Upstream,
    /// The proxy itself, for the reason it gives (Envoy's response code details; empty if it gives none).
    Proxy(String),
}

impl Request {
    /// The method's name, upper case as clients send it.
    #[must_use]
    pub fn method(&self) -> &[u8] {
        self.headers.get(":method").unwrap_or_default()
    }

    /// The path and the query, exactly as sent.
    #[must_use]
    pub fn target(&self) -> &[u8] {
        self.headers.get(":path").unwrap_or_default()
    }

    /// The path without the query, exactly as sent.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.target().split(|&byte| byte == b'?').next().unwrap_or_default()
    }

    /// The query string, without its question mark.
    #[must_use]
    pub fn query(&self) -> Query<'_> {
        let target = self.target();
        let at = target.iter().position(|&byte| byte == b'?').map_or(target.len(), |at| at + 1);
        Query::new(target.get(at..).unwrap_or_default())
    }

    /// The host and port that the client called.
    #[must_use]
    pub fn authority(&self) -> &[u8] {
        self.headers.get(":authority").unwrap_or_default()
    }

    /// Asks for another path and query.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the target holds bytes that would end its line.
    pub fn set_target(&mut self, target: impl AsRef<[u8]>) -> Result<(), IllegalHeader> {
        self.headers.set(":path", target)
    }

    /// Makes every semicolon of the query an ampersand: of a REST API's query both divide parameters.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    ///
    /// # Errors
    /// Never for a target that a request came with.
    pub fn divide_query_at_semicolons(&mut self) -> Result<(), IllegalHeader> {
        if !self.query().raw().contains(&b';') {
            return Ok(());
        }
        let mut target = self.target().to_vec();
        let query = target.iter_mut().skip(self.path().len());
        query.filter(|byte| **byte == b';').for_each(|byte| *byte = b'&');
        self.set_target(target)
    }
}

impl Response {
    /// The status code, or 0 where the response has none that can be read.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.headers.text(":status").and_then(|status| status.parse().ok()).unwrap_or_default()
    }
}

impl Body {
    /// The bytes, where they are known.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Empty | Body::Unread => &[],
            Body::Read(bytes) | Body::Replaced(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_splits_at_its_first_question_mark() {
        let check = |target: &str, path: &str, query: &str| {
            let request = Request { headers: Headers::from_pairs([(":path", target)]), body: Body::Empty };
            assert_eq!((request.path(), request.query().raw()), (path.as_bytes(), query.as_bytes()), "{target}");
        };
        check("/a?b=c", "/a", "b=c");
        check("/a", "/a", "");
        check("/a?", "/a", "");
        check("/a?b?c", "/a", "b?c");
        check("", "", "");
    }

    #[test]
    fn a_semicolon_divides_the_query_and_nothing_else() {
        let check = |target: &str, expected: &str| {
            let mut request = Request { headers: Headers::from_pairs([(":path", target)]), body: Body::Empty };
            request.divide_query_at_semicolons().unwrap();
            assert_eq!(request.target(), expected.as_bytes(), "{target}");
        };
        check("/a;b?c=1;d=2&e;", "/a;b?c=1&d=2&e&");
        check("/a?b=1%3B2", "/a?b=1%3B2");
        check("/a;b", "/a;b");
        check("", "");
    }

    #[test]
    fn a_status_that_cannot_be_read_is_zero() {
        let status = |value: &str| {
            Response { headers: Headers::from_pairs([(":status", value)]), ..Response::default() }.status()
        };
        assert_eq!((status("204"), status("x"), status("70000")), (204, 0, 0));
    }
}
