//! A query string, read as a form: `+` is a space, `%XX` a byte, the first `=` divides.

use std::borrow::Cow;

use crate::percent;

/// A query string without its question mark.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    raw: &'a [u8],
}

impl<'a> Query<'a> {
    /// Reads `raw`, the text after the question mark.
    #[must_use]
    pub fn new(raw: &'a [u8]) -> Self {
        Self { raw }
    }

    /// The text as it was sent.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Each name and value as sent, still encoded. Empty parts (`a&&b`) are left out; a name alone has an empty value.
    pub fn encoded(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.raw.split(|&byte| byte == b'&').filter(|part| !part.is_empty()).map(|part| {
            let at = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
            (part.get(..at).unwrap_or_default(), part.get(at + 1..).unwrap_or_default())
        })
    }

    /// Each name and value, decoded.
    pub fn pairs(&self) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> + use<'a> {
        self.encoded().map(|(name, value)| (percent::decode_form(name), percent::decode_form(value)))
    }

    /// Every value of a parameter, decoded, in order. Names are case-sensitive.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
        self.pairs().filter(move |(other, _)| other.as_ref() == name.as_bytes()).map(|(_, value)| value)
    }

    /// The last value of a parameter, decoded: what API Gateway takes where one value is asked for.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        self.all(name).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_as_a_form() {
        let check = |raw: &str, expected: &[(&str, &str)]| {
            let pairs: Vec<_> = Query::new(raw.as_bytes()).pairs().collect();
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
            let expected: Vec<_> = expected.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
            assert_eq!(pairs, expected, "{raw}");
        };
        check("", &[]);
        check("a=1&b=2", &[("a", "1"), ("b", "2")]);
        check("a=b=c&&d&=e", &[("a", "b=c"), ("d", ""), ("", "e")]);
        check("a+b=%2B%20+&%zz=%", &[("a b", "+  "), ("%zz", "%")]);
    }

    #[test]
    fn the_last_of_repeated_values_counts() {
        let query = Query::new(b"a=1&A=2&a=3");
        assert_eq!(query.last("a").as_deref(), Some(b"3".as_slice()));
        assert_eq!(query.all("a").count(), 2);
        assert_eq!(query.last("b"), None);
    }
}
