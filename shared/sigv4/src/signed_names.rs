//! `SignedHeaders`: names, and where in the request their values are.

use std::borrow::Cow;

use gatehouse_http::Headers;

use crate::error::Error;
use crate::few::Few;
use crate::scan;

/// The names of a request's signed headers.
pub(crate) struct SignedNames<'r> {
    /// Joined by semicolons, as signed.
    text: Cow<'r, [u8]>,
    names: Few<Name, 24>,
    /// Is each name after the one before it?
    in_order: bool,
    has_host: bool,
}

/// Where to look for a name: the last one of each bucket, counted from one.
pub(crate) struct Index([u16; BUCKETS]);

/// Where a name is in the text, and where its values are among the headers.
#[derive(Clone, Copy, Default)]
struct Name {
    start: u32,
    end: u32,
    /// As [`Values`]: none, several, or which header it is, counted from one.
    values: u16,
    /// The name before it in its bucket, counted from one.
    before: u16,
}

/// Where the values of a name are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    Nowhere,
    /// There is one header.
    One(u16),
    /// There are several, or it is one of very many.
    Several,
}

const SEVERAL: u16 = u16::MAX;
const BUCKETS: usize = 64;
/// Nobody signs more.
const MOST: usize = 100;

impl<'r> SignedNames<'r> {
    /// Cuts the list, and puts its names into the index.
    pub(crate) fn split(text: Cow<'r, [u8]>, index: &mut Index) -> Self {
        let mut all = Self { text, names: Few::new(), in_order: true, has_host: false };
        let mut start = 0;
        scan::ends(&all.text, b';', |end| {
            // Nobody sends 4 GiB of them.
            all.names.push(Name { start, end: end as u32, values: 0, before: 0 });
            start = end as u32 + 1;
        });
        let (mut last, mut in_order, mut has_host) = (b"".as_slice(), true, false);
        for (at, name) in all.names.as_mut_slice().iter_mut().enumerate() {
            let text = name.of(&all.text);
            in_order &= text.first() > last.first() || text > last;
            has_host |= text == b"host" || text == b":authority";
            name.before = index.put(text, at);
            last = text;
        }
        (all.in_order, all.has_host) = (in_order, has_host);
        all
    }

    /// Names in lower case, each after the one before it, `host` among them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.text.is_empty() {
            return Err(Error::HostNotSigned);
        }
        let odd = |byte: u8| byte.is_ascii_uppercase() | !byte.is_ascii_graphic() | (byte == b',');
        if scan::any(&self.text, odd) || self.names.as_slice().len() > MOST || !self.in_order {
            return Err(Error::MalformedSignedHeaders);
        }
        if self.has_host { Ok(()) } else { Err(Error::HostNotSigned) }
    }

    /// Finds the values of every name. Gives the first header that is not signed and `must_be`.
    pub(crate) fn find_values<'h>(
        &mut self,
        index: &Index,
        headers: &'h Headers,
        must_be: impl Fn(&[u8]) -> bool,
    ) -> Option<&'h [u8]> {
        let (text, names) = (&*self.text, self.names.as_mut_slice());
        for (at, (name, _)) in headers.iter().enumerate() {
            match index.find(names, text, name).and_then(|number| names.get_mut(number)) {
                Some(found) if found.values == 0 => found.values = u16::try_from(at + 1).unwrap_or(SEVERAL),
                Some(found) => found.values = SEVERAL,
                None if must_be(name) => return Some(name),
                None => {}
            }
        }
        None
    }

    /// Is it among names that have been checked?
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.names.as_slice().binary_search_by(|own| own.of(&self.text).cmp(name)).is_ok()
    }

    /// The names that no header has.
    pub(crate) fn absent(&self) -> impl Iterator<Item = &[u8]> {
        self.names.as_slice().iter().filter(|name| name.values == 0).map(|name| name.of(&self.text))
    }

    /// Every name, in order, with its values' place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Values)> {
        self.names.as_slice().iter().map(|name| (name.of(&self.text), name.values()))
    }

    /// As signed.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }
}

impl Index {
    pub(crate) fn new() -> Self {
        Self([0; BUCKETS])
    }

    /// Puts a name in, and gives the one before it in its bucket.
    #[inline]
    fn put(&mut self, name: &[u8], at: usize) -> u16 {
        match (self.0.get_mut(bucket(name)), u16::try_from(at + 1)) {
            (Some(bucket), Ok(number)) => std::mem::replace(bucket, number),
            _ => 0,
        }
    }

    /// Which of the names it is.
    #[inline]
    fn find(&self, names: &[Name], text: &[u8], name: &[u8]) -> Option<usize> {
        let mut number = *self.0.get(bucket(name))?;
        while let Some(at) = usize::from(number).checked_sub(1) {
            let candidate = names.get(at)?;
            if candidate.of(text) == name {
                return Some(at);
            }
            number = candidate.before;
        }
        None
    }
}

impl Name {
    #[inline]
    fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    fn values(&self) -> Values {
        match self.values.checked_sub(1) {
            None => Values::Nowhere,
            Some(_) if self.values == SEVERAL => Values::Several,
            Some(at) => Values::One(at),
        }
    }
}

/// Names of one request differ in their length or at their ends.
#[inline]
fn bucket(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    (usize::from(*first) + 3 * usize::from(*last) + 7 * name.len()) % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> SignedNames<'_> {
        SignedNames::split(text.as_bytes().into(), &mut Index::new())
    }

    #[test]
    fn names_are_lower_case_sorted_and_have_a_host() {
        let check = |text: &str, expected: Result<(), Error>| assert_eq!(split(text).check(), expected, "{text}");
        check("host", Ok(()));
        check(":authority;accept", Ok(()));
        check("accept;host;x-amz-date", Ok(()));
        check("accept;x", Err(Error::HostNotSigned));
        check("", Err(Error::HostNotSigned));
        for text in [";", ";host", "host;", "a;;host", "host;a", "host;host", "Accept;host", "a b;host", "a,b;host"] {
            check(text, Err(Error::MalformedSignedHeaders));
        }
        let many = |count: usize| (0..count).map(|at| format!("h{at:03}")).collect::<Vec<_>>().join(";") + ";host";
        check(&many(99), Ok(()));
        check(&many(100), Err(Error::MalformedSignedHeaders));
    }

    #[test]
    fn values_are_found_and_what_is_missing_is_known() {
        let headers = Headers::from_pairs([(":path", "/"), ("b", "1"), ("x", "2"), ("c", "3"), ("b", "4")]);
        let find = |text: &'static str, must_be: fn(&[u8]) -> bool| {
            let mut index = Index::new();
            let mut names = SignedNames::split(text.as_bytes().into(), &mut index);
            let unsigned = names.find_values(&index, &headers, must_be).map(<[u8]>::to_vec);
            (names, unsigned)
        };
        let (names, unsigned) = find("a;b;c", |_| false);
        assert_eq!(unsigned, None);
        let found: Vec<_> = names.iter().collect();
        assert_eq!(found, [(&b"a"[..], Values::Nowhere), (b"b", Values::Several), (b"c", Values::One(3))]);
        assert_eq!(find("b;c", |name| name == b"x").1, Some(b"x".to_vec()));
        assert!(names.has(b"a") && !names.has(b"x") && !names.has(b""));
    }

    #[test]
    fn names_of_one_bucket_are_told_apart() {
        let all: Vec<String> = (0..1000).map(|at| format!("x-{at:03}-y")).collect();
        let (text, mut index) = (all.join(";"), Index::new());
        let names = SignedNames::split(text.as_bytes().into(), &mut index);
        let find = |name: &str| index.find(names.names.as_slice(), text.as_bytes(), name.as_bytes());
        for (at, name) in all.iter().enumerate() {
            assert_eq!((find(name), names.has(name.as_bytes())), (Some(at), true), "{name}");
        }
        for name in ["x-0000-y", "x-00a-y", ""] {
            assert_eq!((find(name), names.has(name.as_bytes())), (None, false), "{name}");
        }
    }
}
