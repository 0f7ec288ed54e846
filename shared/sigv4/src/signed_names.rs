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
    /// The last name of each bucket, counted from one.
    buckets: [u16; BUCKETS],
    /// Is each name after the one before it?
    in_order: bool,
    has_host: bool,
}

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
    /// Cuts the list.
    pub(crate) fn split(text: Cow<'r, [u8]>) -> Self {
        let mut all = Self { text, names: Few::new(), buckets: [0; BUCKETS], in_order: true, has_host: false };
        let mut start = 0;
        scan::ends(&all.text, b';', |end| {
            // Nobody sends 4 GiB of them.
            all.names.push(Name { start, end: end as u32, values: 0, before: 0 });
            start = end as u32 + 1;
        });
        all.sort_in();
        all
    }

    /// Puts the names into their buckets.
    fn sort_in(&mut self) {
        let mut last: &[u8] = b"";
        for (at, name) in self.names.as_mut_slice().iter_mut().enumerate() {
            let text = name.of(&self.text);
            self.in_order &= text.first() > last.first() || text > last;
            self.has_host |= text == b"host" || text == b":authority";
            if let (Some(bucket), Ok(number)) = (self.buckets.get_mut(bucket(text)), u16::try_from(at + 1)) {
                name.before = std::mem::replace(bucket, number);
            }
            last = text;
        }
    }

    /// Names in lower case, each after the one before it, `host` among them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let odd = |byte: u8| byte.is_ascii_uppercase() | !byte.is_ascii_graphic() | (byte == b',');
        if scan::any(&self.text, odd) || self.names.as_slice().len() > MOST || !self.in_order {
            return Err(Error::MalformedSignedHeaders);
        }
        if self.has_host { Ok(()) } else { Err(Error::HostNotSigned) }
    }

    /// Finds the values of every name. Gives the first header that is not signed and `must_be`.
    pub(crate) fn find_values<'h>(
        &mut self,
        headers: &'h Headers,
        must_be: impl Fn(&[u8]) -> bool,
    ) -> Option<&'h [u8]> {
        let (text, names) = (&*self.text, self.names.as_mut_slice());
        for (at, (name, _)) in headers.iter().enumerate() {
            match number(&self.buckets, names, text, name).and_then(|number| names.get_mut(number)) {
                Some(found) if found.values == 0 => found.values = u16::try_from(at + 1).unwrap_or(SEVERAL),
                Some(found) => found.values = SEVERAL,
                None if must_be(name) => return Some(name),
                None => {}
            }
        }
        None
    }

    /// Is it among them?
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        number(&self.buckets, self.names.as_slice(), &self.text, name).is_some()
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

/// Which name it is.
#[inline]
fn number(buckets: &[u16; BUCKETS], names: &[Name], text: &[u8], name: &[u8]) -> Option<usize> {
    let mut number = *buckets.get(bucket(name))?;
    while let Some(at) = usize::from(number).checked_sub(1) {
        let candidate = names.get(at)?;
        if candidate.of(text) == name {
            return Some(at);
        }
        number = candidate.before;
    }
    None
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
        SignedNames::split(text.as_bytes().into())
    }

    #[test]
    fn names_are_lower_case_sorted_and_have_a_host() {
        let check = |text: &str, expected: Result<(), Error>| assert_eq!(split(text).check(), expected, "{text}");
        check("host", Ok(()));
        check(":authority;accept", Ok(()));
        check("accept;host;x-amz-date", Ok(()));
        check("accept;x", Err(Error::HostNotSigned));
        for text in ["", ";", ";host", "host;", "a;;host", "host;a", "host;host", "Accept;host", "a b;host", "a,b;host"]
        {
            check(text, Err(Error::MalformedSignedHeaders));
        }
        let many = |count: usize| (0..count).map(|at| format!("h{at:03}")).collect::<Vec<_>>().join(";") + ";host";
        check(&many(99), Ok(()));
        check(&many(100), Err(Error::MalformedSignedHeaders));
    }

    #[test]
    fn values_are_found_and_what_is_missing_is_known() {
        let headers = Headers::from_pairs([(":path", "/"), ("b", "1"), ("x", "2"), ("c", "3"), ("b", "4")]);
        let mut names = split("a;b;c");
        assert_eq!(names.find_values(&headers, |_| false), None);
        let found: Vec<_> = names.iter().collect();
        assert_eq!(found, [(&b"a"[..], Values::Nowhere), (b"b", Values::Several), (b"c", Values::One(3))]);
        assert_eq!(split("b;c").find_values(&headers, |name| name == b"x"), Some(&b"x"[..]));
        assert!(names.has(b"a") && !names.has(b"x") && !names.has(b""));
    }

    #[test]
    fn names_of_one_bucket_are_told_apart() {
        let all: Vec<String> = (0..1000).map(|at| format!("x-{at:03}-y")).collect();
        let text = all.join(";");
        let names = split(&text);
        assert!(all.iter().all(|name| names.has(name.as_bytes())));
        assert!(!names.has(b"x-0000-y") && !names.has(b"x-00a-y"));
    }
}
