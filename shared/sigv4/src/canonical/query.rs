//! The canonical query: parameters decoded, encoded alike, and sorted.

use std::ops::Range;

use gatehouse_http::Query;

use super::encode::recode_into;

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

pub(super) fn write(out: &mut Vec<u8>, query: Query<'_>, left: Left) {
    if query.raw().is_empty() {
        return;
    }
    let mut encoded = Vec::with_capacity(query.raw().len() + 32);
    let mut pairs = Vec::with_capacity(16);
    for (name, value) in query.encoded().filter(|(name, _)| !left.leaves(name)) {
        let name = appended(&mut encoded, name);
        pairs.push((name, appended(&mut encoded, value)));
    }
    let text = |range: &Range<usize>| encoded.get(range.clone()).unwrap_or_default();
    // By pairs: joined by `=`, names of which one begins the other would change places.
    pairs.sort_unstable_by(|(name, value), (other, its)| (text(name), text(value)).cmp(&(text(other), text(its))));
    for (at, (name, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(text(name));
        out.push(b'=');
        out.extend_from_slice(text(value));
    }
}

fn appended(encoded: &mut Vec<u8>, raw: &[u8]) -> Range<usize> {
    let start = encoded.len();
    recode_into(encoded, raw, false);
    start..encoded.len()
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
            let mut out = Vec::new();
            write(&mut out, Query::new(raw.as_bytes()), left);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{raw}");
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
