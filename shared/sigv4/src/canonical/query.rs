//! The canonical query: parameters decoded, encoded alike, and sorted.

use gatehouse_http::Query;

use super::encode::{Stay, recode_into};
use crate::few::{Few, Text};
use crate::scan;

/// The parameters that are not in the canonical query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// None: the request is signed in a header.
    None,
    /// The signature itself, wherever it stands.
    Signature,
    /// The signature, and the session token, which some clients append after signing.
    SignatureAndToken,
}

pub(super) fn write(out: &mut Text, query: Query<'_>, left: Left) {
    if query.raw().is_empty() {
        return;
    }
    let mut encoded = Few::<u8, 512>::new();
    let mut pairs = Few::<Pair, 16>::new();
    let mut rest = Some(query.raw());
    while let Some(parts) = rest {
        let part;
        (part, rest) = scan::cut(parts, b'&');
        let (name, value) = scan::cut(part, b'=');
        if part.is_empty() || left.leaves(name) {
            continue;
        }
        let start = encoded.as_slice().len();
        recode_into(&mut encoded, name, Stay::Unreserved);
        let middle = encoded.as_slice().len();
        recode_into(&mut encoded, value.unwrap_or_default(), Stay::Unreserved);
        pairs.push(Pair { start, middle, end: encoded.as_slice().len() });
    }
    let encoded = encoded.as_slice();
    // By pairs: joined by `=`, names of which one begins the other would change places.
    pairs.as_mut_slice().sort_unstable_by(|one, other| one.of(encoded).cmp(&other.of(encoded)));
    for (at, pair) in pairs.as_slice().iter().enumerate() {
        let (name, value) = pair.of(encoded);
        out.extend_from_slices([if at > 0 { b"&" } else { b"" }, name, b"=", value]);
    }
}

/// Where a parameter is in the encoded text.
#[derive(Clone, Copy, Default)]
struct Pair {
    start: usize,
    middle: usize,
    end: usize,
}

impl Pair {
    fn of(self, encoded: &[u8]) -> (&[u8], &[u8]) {
        let text = |range| encoded.get(range).unwrap_or_default();
        (text(self.start..self.middle), text(self.middle..self.end))
    }
}

impl Left {
    pub(crate) fn leaves(self, name: &[u8]) -> bool {
        match self {
            Left::None => false,
            Left::Signature => name == b"X-Amz-Signature",
            Left::SignatureAndToken => matches!(name, b"X-Amz-Signature" | b"X-Amz-Security-Token"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_alike_and_sorted() {
        let check = |raw: &str, left, expected: &str| {
            let mut out = Text::new();
            write(&mut out, Query::new(raw.as_bytes()), left);
            assert_eq!(String::from_utf8(out.into_vec()).unwrap(), expected, "{raw}");
        };
        check("", Left::None, "");
        check("a", Left::None, "a=");
        check("&a=1&&", Left::None, "a=1");
        check("b=2&a=1", Left::None, "a=1&b=2");
        check("a=2&a=1", Left::None, "a=1&a=2");
        check("a1=2&a=1", Left::None, "a=1&a1=2");
        check("foo=y&foo-1=x", Left::None, "foo=y&foo-1=x");
        check("a=b=c", Left::None, "a=b%3Dc");
        check("=b", Left::None, "=b");
        check("a=+&b=%2b&c=%7e&d=%2F/", Left::None, "a=%20&b=%2B&c=~&d=%2F%2F");
        check("a=%c3%28", Left::None, "a=%C3%28");
        check("B=1&a=2", Left::None, "B=1&a=2");
        check("X-Amz-Signature=1&X-Amz-Region-Set=*&x=2", Left::None, "X-Amz-Region-Set=%2A&X-Amz-Signature=1&x=2");
        check("X-Amz-Signature=1&x=2&X-Amz-Security-Token=3", Left::Signature, "X-Amz-Security-Token=3&x=2");
        check("X-Amz-Signature=1&x=2&X-Amz-Security-Token=3", Left::SignatureAndToken, "x=2");
    }
}
