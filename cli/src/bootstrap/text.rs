//! YAML as text: what is quoted, and how far it is indented.

use gatehouse_api::Node;

/// A YAML string: JSON's, which is the same.
pub(crate) fn quoted(text: &str) -> String {
    visible(&serde_json::Value::from(text).to_string())
}

/// A document as JSON that is easy to read.
pub(crate) fn json(node: &Node) -> String {
    // Nothing in a node can fail to be written.
    visible(&serde_json::to_string_pretty(node).unwrap_or_default())
}

/// JSON in which everything that a YAML parser might take for something else is escaped.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

/// Every line of a text that has something in it, further to the right, each with its end.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| if line.is_empty() { "\n".into() } else { format!("{:by$}{line}\n", "") };
    text.lines().map(line).collect()
}

/// A text as an item of a list.
pub(crate) fn item(text: &str) -> String {
    indented(text, 2).replacen("  ", "- ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_survive_yaml() {
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\n""#);
        assert_eq!(quoted("ü\u{85}\u{2028}\u{1F600}"), "\"ü\\u0085\\u2028\u{1F600}\"");
        assert_eq!(indented("a\n\nb", 2), "  a\n\n  b\n");
        assert_eq!(item("a:\n  b: 1"), "- a:\n    b: 1\n");
    }
}
