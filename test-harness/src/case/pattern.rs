//! A value with placeholders: `<uuid>`, `<apigw-id>`, `<trace-id>`, `<number>`, `<any>`.

use super::text;

/// What a value must be like.
#[derive(Clone, Debug)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    Placeholder(Placeholder),
}

#[derive(Clone, Copy, Debug)]
enum Placeholder {
    Any,
    Number,
    Uuid,
    /// The 15 characters of base64 and `=` that API Gateway's extended request ids have.
    ApigwId,
    /// `1-` eight, `-` twenty-four hexadecimal digits.
    TraceId,
}

const PLACEHOLDERS: [(&str, Placeholder); 5] = [
    ("<any>", Placeholder::Any),
    ("<number>", Placeholder::Number),
    ("<uuid>", Placeholder::Uuid),
    ("<apigw-id>", Placeholder::ApigwId),
    ("<trace-id>", Placeholder::TraceId),
];

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// An escape that is none.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        let next = |rest: &str| {
            let found = PLACEHOLDERS.iter().filter_map(|(name, kind)| Some((rest.find(name)?, *name, *kind)));
            found.min_by_key(|(at, ..)| *at)
        };
        while let Some((at, name, kind)) = next(rest) {
            parts.push(Part::Text(text::bytes(&rest[..at])?));
            parts.push(Part::Placeholder(kind));
            rest = &rest[at + name.len()..];
        }
        parts.push(Part::Text(text::bytes(rest)?));
        Ok(Self { parts })
    }

    /// Is this whole value as the pattern wants it?
    pub fn matches(&self, value: &[u8]) -> bool {
        matches(&self.parts, value)
    }

    /// Does the pattern stand somewhere in a text?
    pub fn is_in(&self, text: &str) -> bool {
        let mut parts = vec![Part::Placeholder(Placeholder::Any)];
        parts.extend(self.parts.iter().cloned());
        parts.push(Part::Placeholder(Placeholder::Any));
        matches(&parts, text.as_bytes())
    }
}

fn matches(parts: &[Part], value: &[u8]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return value.is_empty() };
    match part {
        Part::Text(text) => value.strip_prefix(text.as_slice()).is_some_and(|value| matches(rest, value)),
        Part::Placeholder(Placeholder::Any) => (0..=value.len()).any(|taken| matches(rest, &value[taken..])),
        Part::Placeholder(Placeholder::Number) => {
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (1..=digits).rev().any(|taken| matches(rest, &value[taken..]))
        }
        Part::Placeholder(Placeholder::Uuid) => fixed(rest, value, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        Part::Placeholder(Placeholder::TraceId) => fixed(rest, value, "1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx"),
        Part::Placeholder(Placeholder::ApigwId) => fixed(rest, value, "bbbbbbbbbbbbbbb="),
    }
}

/// A value of fixed form: `x` is a hexadecimal digit, `b` one of base64 for URLs.
fn fixed(rest: &[Part], value: &[u8], form: &str) -> bool {
    let Some((value, after)) = value.split_at_checked(form.len()) else { return false };
    let is_like = |(byte, form): (&u8, u8)| match form {
        b'x' => byte.is_ascii_hexdigit(),
        b'b' => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        form => *byte == form,
    };
    value.iter().zip(form.bytes()).all(is_like) && matches(rest, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, value: &[u8], matches: bool) {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(value), matches, "{pattern} {}", value.escape_ascii());
    }

    #[test]
    fn placeholders_stand_for_what_they_say() {
        check("a", b"a", true);
        check("a", b"ab", false);
        check("", b"", true);
        check(r"caf\xe9\\", b"caf\xe9\\", true);
        check("<any>", b"", true);
        check("a<any>c", b"abbc", true);
        check("a<any>c", b"abbcd", false);
        check("id=<uuid>;", b"id=9a6cd3cd-b1b2-4f1a-8d0e-2e2a2c9a9b11;", true);
        check("<uuid>", b"9a6cd3cd-b1b2-4f1a-8d0e-2e2a2c9a9b1", false);
        check("<uuid>", b"9a6cd3cdxb1b2-4f1a-8d0e-2e2a2c9a9b11", false);
        check("<apigw-id>", b"abcDEFghIAMFaKE=", true);
        check("<apigw-id>", b"abcDEFghIAMFaKE", false);
        check("Root=<trace-id>", b"Root=1-5e5f7d2e-0123456789abcdef01234567", true);
        check("<number> ms", b"120 ms", true);
        check("<number>", b"", false);
    }

    #[test]
    fn what_a_text_stands_for_is_written_the_same_way() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(text::bytes(&text::escape(&all)).unwrap(), all);
        assert!(text::bytes(r"\q").is_err() && text::bytes(r"\x4").is_err() && text::bytes("\\").is_err());
        assert_eq!(text::repeated("ab * 1_000").unwrap().len(), 2000);
        assert_eq!((text::millis("5s"), text::millis("20ms")), (Ok(5000), Ok(20)));
    }
}
