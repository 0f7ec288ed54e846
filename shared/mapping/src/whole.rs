//! Regular expressions that must match all of a text, as Java's `matches` has it.

use regex_lite::{Error, Regex};

/// The expression, for whole texts; matching takes linear time.
///
/// # Errors
/// It is none, or holds what linear time cannot serve. It must be one by itself: `a)|(?:b` would leave the frame.
pub fn whole_match(expression: &str) -> Result<Regex, Error> {
    Regex::new(expression)?;
    Regex::new(&format!(r"\A(?:{expression})\z"))
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
    fn what_is_no_expression_by_itself_is_refused() {
        for wrong in ["a)|(?:b", "(", "(?<=a)b", "(a)\\1"] {
            assert!(whole_match(wrong).is_err(), "{wrong}");
        }
    }
}
