//! Regular expressions that must match all of a text, as Java's `matches` has it.

use std::fmt;

use regex_lite::{Error, Regex};

/// Why an expression cannot be used.
#[derive(Debug)]
pub enum Unserved {
    /// It is none, or holds what linear time cannot serve.
    Expression(Error),
    /// `a++`: Java gives nothing back that it has matched, here it would be `(a+)+`.
    Possessive,
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unserved::Expression(error) => error.fmt(f),
            Unserved::Possessive => f.write_str("possessive quantifiers are not supported"),
        }
    }
}

impl std::error::Error for Unserved {}

/// The expression, for whole texts; matching takes linear time. As in Java, `.` is neither `\n` nor `\r`.
///
/// # Errors
/// [`Unserved`]. It must be an expression by itself: `a)|(?:b` would leave the frame.
pub fn whole_match(expression: &str) -> Result<Regex, Unserved> {
    Regex::new(expression).map_err(Unserved::Expression)?;
    if has_possessive(expression) {
        return Err(Unserved::Possessive);
    }
    Regex::new(&format!(r"\A(?R:{expression})\z")).map_err(Unserved::Expression)
}

/// Is there a `+` right behind a quantifier?
fn has_possessive(expression: &str) -> bool {
    let (mut escaped, mut in_class, mut quantified) = (false, false, false);
    for c in expression.chars() {
        if c == '+' && quantified {
            return true;
        }
        quantified = !escaped && !in_class && matches!(c, '*' | '+' | '?' | '}');
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_matches_the_whole_text_or_nothing() {
        let matches = |expression: &str, text: &str| whole_match(expression).unwrap().is_match(text);
        assert!(matches("4\\d{2}", "404") && matches("a|bc", "bc") && matches("", ""));
        assert!(!matches("4\\d{2}", "4045") && !matches("a|bc", "abc") && !matches("a", "a\n"));
    }

    #[test]
    fn a_dot_is_no_end_of_a_line() {
        let matches = |expression: &str, text: &str| whole_match(expression).unwrap().is_match(text);
        assert!(!matches(".*", "a\nb") && !matches(".*", "a\rb") && !matches("(.|\n)*", "a\r\nb"));
        assert!(matches(r"[\s\S]*", "a\r\nb") && matches("(?s).*", "a\r\nb") && matches(r"(.|\r|\n)*", "a\r\nb"));
    }

    #[test]
    fn what_is_no_expression_by_itself_is_refused() {
        for wrong in ["a)|(?:b", "(", "(?<=a)b", "(a)\\1"] {
            assert!(matches!(whole_match(wrong), Err(Unserved::Expression(_))), "{wrong}");
        }
    }

    #[test]
    fn what_java_would_not_give_back_is_refused() {
        for possessive in ["a++", "a*+b", "a?+", "a{1,2}+", "(?:a+)++", r"\++a++"] {
            assert!(matches!(whole_match(possessive), Err(Unserved::Possessive)), "{possessive}");
        }
        for other in [r"\++", r"a\*+", "[*+?]+", "[a}+]", "(?:a)+", "a+?", r"\\+", "(a+)+"] {
            assert!(whole_match(other).is_ok(), "{other}");
        }
    }
}
