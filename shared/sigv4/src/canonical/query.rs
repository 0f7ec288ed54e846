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
    let start = out.as_slice().len();
    let mut pairs = Few::<Pair, 16>::new();
    scan::pieces(query.raw(), b'&', |part| {
        let (name, value) = scan::cut(part, b'=');
        if part.is_empty() || left.leaves(name) {
            return;
        }
        if !pairs.as_slice().is_empty() {
            out.push(b'&');
        }
        let start_of_name = out.as_slice().len() - start;
        recode_into(out, name, Stay::Unreserved);
        let equals = out.as_slice().len() - start;
        out.push(b'=');
        recode_into(out, value.unwrap_or_default(), Stay::Unreserved);
        pairs.push(Pair { start: start_of_name, equals, end: out.as_slice().len() - start });
    });
    let written = out.as_slice().get(start..).unwrap_or_default();
    if pairs.as_slice().is_sorted_by(|one, other| one.of(written) <= other.of(written)) {
        return;
    }
    let mut unsorted = Few::<u8, 512>::new();
    unsorted.extend_from_slice(written);
    out.truncate(start);
    write_sorted(out, unsorted.as_slice(), pairs.as_mut_slice());
}

fn write_sorted(out: &mut Text, text: &[u8], pairs: &mut [Pair]) {
    // By pairs: joined by `=`, names of which one begins the other would change places.
    pairs.sort_unstable_by(|one, other| one.of(text).cmp(&other.of(text)));
    for (at, pair) in pairs.iter().enumerate() {
        let (name, value) = pair.of(text);
        out.extend_from_slices([if at > 0 { b"&" } else { b"" }, name, b"=", value]);
    }
}

/// Where a parameter is in the written text.
#[derive(Clone, Copy, Default)]
struct Pair {
    start: usize,
    equals: usize,
    end: usize,
}

impl Pair {
    fn of(self, text: &[u8]) -> (&[u8], &[u8]) {
        let text = |range| text.get(range).unwrap_or_default();
        (text(self.start..self.equals), text(self.equals + 1..self.end))
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
