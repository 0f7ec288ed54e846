//! What a plain YAML scalar is, as AWS's tools see it: what looks like a date, an account id with a leading zero, `yes`
//! or `1e3` stays a text.

use super::tree::Value;

/// The value of a plain scalar.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// Decimal numbers without leading zeros; a fraction needs its point.
fn number(text: &str) -> Option<serde_json::Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits(whole) {
        return None;
    }
    match fraction {
        // Longer than any integer: a text of digits.
        None => text.strip_prefix('+').unwrap_or(text).parse::<i64>().ok().map(Into::into),
        Some(fraction) if !fraction.is_empty() && digits(fraction) => {
            text.parse().ok().and_then(serde_json::Number::from_f64)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_scalar_is_what_aws_tools_see_in_it() {
        let check = |text: &str, expected: &str| assert_eq!(format!("{:?}", plain(text)), expected, "{text}");
        check("", "Null");
        check("true", "Bool(true)");
        check("12", "Number(Number(12))");
        check("-3", "Number(Number(-3))");
        check("2.0", "Number(Number(2.0))");
        for text in
            ["yes", "on", "No", "012345678901", "2012-10-17", "3.0.1", "1e3", "0x1F", "1_000", ".5", "5.", ".inf", "+"]
        {
            check(text, &format!("String({text:?})"));
        }
        check("99999999999999999999", "String(\"99999999999999999999\")");
    }
}
