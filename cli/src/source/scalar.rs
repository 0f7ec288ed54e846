//! What a plain scalar of YAML means.
//!
//! YAML 1.1, which AWS's tools read, and YAML 1.2 disagree about much: dates, `yes`, `0777`, `1_000`, `12:30`. A text is
//! what API definitions mean by all of those: policy versions, account ids with a leading zero, method names. So only what
//! both read as JSON does is a boolean, a number or null; a text where a boolean belongs is an error of its own.

use serde_json::Number;

use super::Kind;

/// What a plain scalar means.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => match number(text) {
            Some(number) => Kind::Number(number),
            None => Kind::String(text.to_owned()),
        },
    }
}

/// A number as JSON writes it, if nothing is lost by taking it as one: a whole number that is too long stays a text.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let number: Number = text.parse().ok()?;
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    (!is_whole || number.is_i64() || number.is_u64()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_json_knows_is_more_than_a_text() {
        let check = |text: &str, expected: &str| {
            let shown = match plain(text) {
                Kind::String(text) => format!("'{text}'"),
                Kind::Number(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            assert_eq!(shown, expected, "{text}");
        };
        check("", "Null");
        check("~", "Null");
        check("true", "Bool(true)");
        check("False", "Bool(false)");
        check("29000", "29000");
        check("-1.5", "-1.5");
        check("1e3", "1000.0");
        check("123456789012", "123456789012");
        for text in [
            "yes",
            "on",
            "No",
            "y",
            "2012-10-17",
            "2012-10-17T00:00:00Z",
            "012345678901",
            "0o17",
            "0x1f",
            "1_000",
            "12:30",
            "+5",
            ".5",
            "5.",
            "1.2.3",
            ".inf",
            ".nan",
            "-",
            "1e999",
            "99999999999999999999",
            "hello",
            "0.1.0",
        ] {
            check(text, &format!("'{text}'"));
        }
    }
}
