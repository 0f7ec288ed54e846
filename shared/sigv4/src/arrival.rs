//! What is asked of a request more than once, found in one look through its headers.

use std::borrow::Cow;

use gatehouse_http::{Headers, Query, Request};

use crate::error::Error;
use crate::scan;

/// A request, looked through.
pub(crate) struct Arrival<'r> {
    pub(crate) sent: Sent<'r>,
    /// Is there a path, even an empty one?
    pub(crate) has_target: bool,
    /// Of all names and values.
    pub(crate) bytes: usize,
    /// Does `host` stand more than once? What would be signed is not what somebody else may route by.
    pub(crate) has_hosts: bool,
    pub(crate) authorization: Header<'r>,
    pub(crate) date: Header<'r>,
    pub(crate) amz_date: Header<'r>,
    pub(crate) token: Header<'r>,
    pub(crate) content_sha256: Header<'r>,
    pub(crate) region_set: Header<'r>,
}

/// What may be signed of a request, as sent.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'r> {
    pub(crate) headers: &'r Headers,
    pub(crate) method: &'r [u8],
    pub(crate) path: &'r [u8],
    pub(crate) query: Query<'r>,
    /// What the client called: `:authority`, or `host` where there is no such thing.
    pub(crate) host: &'r [u8],
}

/// A header that should stand once.
#[derive(Clone, Copy)]
pub(crate) struct Header<'r> {
    name: &'static str,
    first: Option<&'r [u8]>,
    /// Does it stand more than once?
    repeats: bool,
    /// With another value?
    differs: bool,
}

impl<'r> Arrival<'r> {
    pub(crate) fn of(request: &'r Request) -> Self {
        let mut arrival = Self::nothing(&request.headers);
        let (mut method, mut target, mut authority, mut host) = (None, None, None, None);
        for (name, value) in request.headers.iter() {
            arrival.bytes += name.len() + value.len();
            // A guard compares words where a pattern would compare bytes.
            match name {
                _ if name == b":method" => method = method.or(Some(value)),
                _ if name == b":path" => target = target.or(Some(value)),
                _ if name == b":authority" => authority = authority.or(Some(value)),
                _ if name == b"host" => {
                    arrival.has_hosts |= host.is_some();
                    host = host.or(Some(value));
                }
                _ if name == b"authorization" => arrival.authorization.add(value),
                _ if name == b"date" => arrival.date.add(value),
                _ if name == b"x-amz-date" => arrival.amz_date.add(value),
                _ if name == b"x-amz-security-token" => arrival.token.add(value),
                _ if name == b"x-amz-content-sha256" => arrival.content_sha256.add(value),
                _ if name == b"x-amz-region-set" => arrival.region_set.add(value),
                _ => {}
            }
        }
        let (path, query) = scan::cut(target.unwrap_or_default(), b'?');
        arrival.has_target = target.is_some();
        arrival.sent.method = method.unwrap_or_default();
        (arrival.sent.path, arrival.sent.query) = (path, Query::new(query.unwrap_or_default()));
        arrival.sent.host = authority.filter(|it| !it.is_empty()).or(host).unwrap_or_default();
        arrival
    }

    fn nothing(headers: &'r Headers) -> Self {
        Self {
            sent: Sent { headers, method: b"", path: b"", query: Query::default(), host: b"" },
            has_target: false,
            bytes: 0,
            has_hosts: false,
            authorization: Header::new("Authorization"),
            date: Header::new("date"),
            amz_date: Header::new("x-amz-date"),
            token: Header::new("x-amz-security-token"),
            content_sha256: Header::new("x-amz-content-sha256"),
            region_set: Header::new("x-amz-region-set"),
        }
    }
}

impl<'r> Header<'r> {
    fn new(name: &'static str) -> Self {
        Self { name, first: None, repeats: false, differs: false }
    }

    fn add(&mut self, value: &'r [u8]) {
        match self.first {
            None => self.first = Some(value),
            Some(first) => {
                self.repeats = true;
                self.differs |= first != value;
            }
        }
    }

    /// Is it there at all?
    pub(crate) fn is_there(&self) -> bool {
        self.first.is_some()
    }

    /// The value of a header that stands once.
    pub(crate) fn once(&self) -> Result<Option<Cow<'r, [u8]>>, Error> {
        if self.repeats { Err(Error::Repeated(self.name)) } else { Ok(self.trimmed()) }
    }

    /// The value as it was sent of a header that stands once; empty where there is none.
    pub(crate) fn once_raw(&self) -> Result<&'r [u8], Error> {
        if self.repeats { Err(Error::Repeated(self.name)) } else { Ok(self.first.unwrap_or_default()) }
    }

    /// The value of a header that says the same wherever it stands.
    pub(crate) fn same(&self) -> Result<Option<Cow<'r, [u8]>>, Error> {
        if self.differs { Err(Error::Repeated(self.name)) } else { Ok(self.trimmed()) }
    }

    fn trimmed(&self) -> Option<Cow<'r, [u8]>> {
        self.first.map(|value| Cow::Borrowed(value.trim_ascii()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatehouse_http::Body;

    fn check(pairs: &[(&str, &str)], look: impl Fn(&Arrival<'_>) -> bool) {
        let request = Request { headers: Headers::from_pairs(pairs.iter().copied()), body: Body::Empty };
        assert!(look(&Arrival::of(&request)), "{pairs:?}");
    }

    #[test]
    fn the_first_of_each_counts() {
        check(&[(":path", "/a?b?c"), (":path", "/d")], |it| it.sent.path == b"/a" && it.sent.query.raw() == b"b?c");
        check(&[(":path", ""), (":path", "/d")], |it| it.has_target && it.sent.path.is_empty());
        check(&[(":method", "GET"), (":method", "PUT")], |it| {
            it.sent.method == b"GET" && it.bytes == 20 && !it.has_target
        });
    }

    #[test]
    fn the_host_is_what_the_client_called() {
        check(&[("host", "a"), ("host", "b")], |it| it.sent.host == b"a" && it.has_hosts);
        check(&[("host", "a"), (":authority", "b")], |it| it.sent.host == b"b" && !it.has_hosts);
        check(&[("host", "a"), (":authority", "")], |it| it.sent.host == b"a");
        check(&[], |it| it.sent.host.is_empty());
    }

    #[test]
    fn what_repeats_is_known_and_whether_it_differs() {
        let check = |values: &[&str], once: bool, same: bool| {
            let names = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set", "date"];
            for (at, name) in names.into_iter().enumerate() {
                let headers = Headers::from_pairs(values.iter().map(|value| (name, value)));
                let request = Request { headers, body: Body::Empty };
                let it = Arrival::of(&request);
                let headers = [it.amz_date, it.token, it.content_sha256, it.region_set, it.date];
                assert_eq!((headers[at].once().is_ok(), headers[at].same().is_ok()), (once, same), "{name} {values:?}");
                assert_eq!(headers[at].is_there(), !values.is_empty());
            }
        };
        check(&[], true, true);
        check(&["a"], true, true);
        check(&["a", "a"], false, true);
        check(&["a", "b", "a"], false, false);
    }
}
