//! The canonical query: parameters decoded, encoded alike, and sorted.

use gatehouse_http::Query;

use super::encode::{Stay, is_needed, recode_into, run};
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
    let mut pairs = Pairs::new();
    match cut(&mut pairs, query.raw(), left) {
        Some(()) => write_sorted(out, pairs.as_mut_slice()),
        None => write_recoded(out, query.raw(), left),
    }
}

#[cold]
fn write_recoded(out: &mut Text, query: &[u8], left: Left) {
    let mut encoded = Few::<u8, 512>::new();
    for part in query.split(|&byte| byte == b'&') {
        let (name, value) = scan::cut(part, b'=');
        if !part.is_empty() && !left.leaves(name) {
            recode_into(&mut encoded, name, Stay::Unreserved);
            encoded.push(b'=');
            recode_into(&mut encoded, value.unwrap_or_default(), Stay::Unreserved);
            encoded.push(b'&');
        }
    }
    let mut pairs = Pairs::new();
    if cut(&mut pairs, encoded.as_slice(), Left::None).is_some() {
        write_sorted(out, pairs.as_mut_slice());
    }
}

fn write_sorted(out: &mut Text, pairs: &mut [Pair<'_>]) {
    // By pairs: joined by `=`, names of which one begins the other would change places.
    pairs.sort_unstable();
    for (at, pair) in pairs.iter().enumerate() {
        let Some((name, value)) = pair else { return };
        out.extend_from_slices([if at > 0 { b"&" } else { b"" }, name, b"=", value]);
    }
}

/// A name and a value; what is not there is cheaply written.
type Pair<'q> = Option<(&'q [u8], &'q [u8])>;
type Pairs<'q> = Few<Pair<'q>, 16>;

/// Cuts a query into its pairs; `None` if it is not encoded as it should be.
fn cut<'q>(pairs: &mut Pairs<'q>, query: &'q [u8], left: Left) -> Option<()> {
    let (mut start, mut equals, mut at) = (0, None, 0);
    loop {
        at += run(query.get(at..)?, Stay::Unreserved);
        match query.get(at..)? {
            [b'=', ..] if equals.is_none() => equals = Some(at),
            [b'%', high, low, ..] if is_needed(*high, *low) => at += 2,
            end @ ([] | [b'&', ..]) => {
                let name = query.get(start..equals.unwrap_or(at))?;
                if start < at && !left.leaves(name) {
                    pairs.push(Some((name, query.get(equals.map_or(at, |equals| equals + 1)..at)?)));
                }
                if end.is_empty() {
                    return Some(());
                }
                (start, equals) = (at + 1, None);
            }
            _ => return None,
        }
        at += 1;
    }
}

impl Left {
    #[inline]
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
            assert_eq!(String::from_utf8(out.clone().into_vec()).unwrap(), expected, "{raw}");
            let mut recoded = Text::new();
            write_recoded(&mut recoded, raw.as_bytes(), left);
            assert_eq!(recoded.as_slice(), out.as_slice(), "{raw}");
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
