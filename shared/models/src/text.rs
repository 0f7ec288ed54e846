//! Values as the real validator's messages print them: compact JSON, Jackson's escapes, numbers as `BigDecimal` has them.

use crate::json::{Kind, Value};
use crate::number::Number;

/// Appends a value; nothing is added to a text that is longer than the limit.
pub(crate) fn push(out: &mut String, value: Value<'_>, limit: usize) {
    if out.len() > limit {
        return;
    }
    match value.kind() {
        Kind::Null | Kind::Overridden => out.push_str("null"),
        Kind::False => out.push_str("false"),
        Kind::True => out.push_str("true"),
        Kind::Integer | Kind::Decimal => push_number(out, value),
        Kind::Text | Kind::Unescaped => quote(out, value.text().unwrap_or_default()),
        Kind::List => {
            out.push('[');
            for (number, item) in value.items().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                push(out, item, limit);
            }
            out.push(']');
        }
        Kind::Map => {
            out.push('{');
            for (number, (key, item)) in value.entries().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                quote(out, key);
                out.push(':');
                push(out, item, limit);
            }
            out.push('}');
        }
    }
}

pub(crate) fn push_number(out: &mut String, value: Value<'_>) {
    Number::read(value.number().unwrap_or_default()).push_to(out);
}

/// A value's whole text.
pub(crate) fn json(value: &Value<'_>) -> String {
    let mut out = String::new();
    push(&mut out, *value, usize::MAX);
    out
}

/// `["a","b"]`
pub(crate) fn push_names<'n>(out: &mut String, names: impl IntoIterator<Item = &'n str>) {
    out.push('[');
    for (number, name) in names.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        quote(out, name);
    }
    out.push(']');
}

/// A JSON string.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..'\u{20}' => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
}
