//! Patterns that must match all of a text.

use regex_lite::Regex;

use crate::Refused;
use crate::java::{self, compiled, translated};
use crate::lookahead::{Condition, Split, Syntax, split};

/// A pattern that matches all of a text or nothing, as Java's `matches` has it.
#[derive(Clone, Debug)]
pub struct Whole {
    whole: Regex,
    /// What the text must begin with, or must not.
    conditions: Vec<(bool, Regex)>,
    size: usize,
}

impl Whole {
    /// Reads `java.util.regex`'s syntax.
    ///
    /// # Errors
    /// [`Refused`]. It must be a pattern by itself: `a)|(?:b` would leave its frame.
    pub fn parse(java: &str) -> Result<Self, Refused> {
        let Split { rest, conditions } =
            split(java, Syntax::Java).unwrap_or_else(|| Split { rest: java.to_owned(), conditions: Vec::new() });
        let (whole, mut size) = framed(&rest, r"\z")?;
        let mut starts = Vec::with_capacity(conditions.len());
        for Condition { holds, start } in &conditions {
            let (start, more) = framed(start, "")?;
            starts.push((*holds, start));
            size += more;
        }
        Ok(Self { whole, conditions: starts, size })
    }

    /// The bytes that it takes at most, compiled.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Does all of the text match?
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(text) && self.conditions.iter().all(|(holds, start)| start.is_match(text) == *holds)
    }
}

fn framed(java: &str, end: &str) -> Result<(Regex, usize), Refused> {
    let invalid = |reason| Refused { unsupported: false, reason };
    let source = translated(java)?;
    compiled(&source).map_err(invalid)?;
    java::framed(&format!(r"\A(?:{source}){end}")).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    fn matches(pattern: &str, text: &str) -> bool {
        Whole::parse(pattern).unwrap().is_match(text)
    }

    #[test]
    fn what_nests_as_deep_as_it_may_is_a_whole_too() {
        let nested = |depth: usize| format!("{}a{}", "(?:".repeat(depth), ")".repeat(depth));
        let deepest = (1..100).take_while(|depth| Pattern::parse(&nested(*depth)).is_ok()).last().unwrap();
        assert!(deepest > 20 && matches(&nested(deepest), "a"), "{deepest}");
        assert!(Pattern::parse(&nested(deepest)).unwrap().is_whole("a"));
        assert!(Whole::parse(&nested(deepest + 1)).is_err());
    }

    #[test]
    fn a_pattern_matches_the_whole_text_or_nothing() {
        assert!(matches("4\\d{2}", "404") && matches("a|bc", "bc") && matches("", "") && matches(r"\Q.*\E", ".*"));
        assert!(!matches("4\\d{2}", "4045") && !matches("a|bc", "abc") && !matches("a", "a\n"));
    }

    #[test]
    fn a_dot_is_no_end_of_a_line() {
        assert!(!matches(".*", "a\nb") && !matches(".*", "a\rb") && !matches("(.|\n)*", "a\r\nb"));
        assert!(matches(r"[\s\S]*", "a\r\nb") && matches("(?s).*", "a\r\nb") && matches(r"(.|\r|\n)*", "a\r\nb"));
    }

    #[test]
    fn what_lies_ahead_is_looked_at_where_that_is_one_place() {
        for (pattern, yes, no) in [
            ("2(?!06)\\d{2}", &["200", "205"][..], &["206", "300", "2000"][..]),
            ("^(?!2\\d\\d$).*$", &["404", "2000", ""], &["200", "299"]),
            ("^((?!timed out).*)$", &["it timed out"], &["timed out", "timed out after 3 s"]),
            ("(?i)(?=.*bad)(?!.*worse).+", &["a BAD one"], &["good", "Bad and Worse"]),
            ("[ab]\\.(?=x)x.{2}(?!z)[yz]", &["a.x12y", "b.xzzy"], &["a.x12z", "a.y12y", "c.x12y"]),
            ("(?!a)|b", &[], &[]),
        ] {
            let Ok(whole) = Whole::parse(pattern) else {
                assert!(yes.is_empty(), "{pattern}");
                continue;
            };
            yes.iter().for_each(|text| assert!(whole.is_match(text), "{pattern} {text}"));
            no.iter().for_each(|text| assert!(!whole.is_match(text), "{pattern} {text}"));
        }
    }

    #[test]
    fn what_is_no_pattern_by_itself_is_refused() {
        for wrong in ["a)|(?:b", "(", "a{", "["] {
            assert!(Whole::parse(wrong).is_err_and(|refused| !refused.unsupported), "{wrong}");
        }
    }

    #[test]
    fn what_linear_time_does_not_serve_is_refused() {
        for hard in [
            "(?<=a)b",
            "(a)\\1",
            "a*(?!b)c",
            "(?:(?!x).)*",
            "a++",
            "a*+b",
            "a?+",
            "a{1,2}+",
            "(?:a+)++",
            r"\++a++",
            "(?>a)",
        ] {
            assert!(Whole::parse(hard).is_err_and(|refused| refused.unsupported), "{hard}");
        }
        for other in [r"\++", r"a\*+", "[*+?]+", "[a}+]", "(?:a)+", "a+?", r"\\+", "(a+)+"] {
            assert!(Whole::parse(other).is_ok(), "{other}");
        }
    }
}
