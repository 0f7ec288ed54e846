use proptest::prelude::*;

use super::*;
use crate::text_pattern::{Syntax, tokens};

fn glob(pattern: &str) -> Glob {
    Glob::new(&tokens(pattern, Syntax { wildcards: true, variables: false }).unwrap()).unwrap()
}

/// What a pattern means, told as slowly as it can be.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, shorter))) => naive(rest, text) || naive(pattern, shorter),
        (Some((letter, rest)), Some((first, shorter))) => (*letter == '?' || letter == first) && naive(rest, shorter),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[test]
fn a_pattern_matches_the_whole_text() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("**", "any\nthing", true),
        ("?", "", false),
        ("?", "é", true),
        ("?", "\u{1F600}", true),
        ("??", "é", false),
        ("a*", "ba", false),
        ("*a", "ab", false),
        ("*a*", "bab", true),
        ("ab*ba", "aba", false),
        ("ab*ba", "abba", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("*a?c*", "xxabxabcx", true),
        ("*a?c", "aacabc", true),
        ("?a*", "a", false),
        ("*.*", "no dot", false),
        ("prod/*/x", "prod/GET/pets/x", true),
        ("[a-z]", "q", false),
        ("a.c", "abc", false),
        ("A", "a", false),
        ("*ab*ab*", "abab", true),
        ("*ab*ab*", "aba", false),
    ] {
        assert_eq!(glob(pattern).matches(text), expected, "`{pattern}` on `{text}`");
    }
}

#[test]
fn frequent_shapes_have_their_own_form() {
    assert_eq!(glob("***"), Glob::Any);
    assert_eq!(glob("a"), Glob::Exact("a".into()));
    assert_eq!(glob("a**"), Glob::Prefix("a".into()));
    assert_eq!(glob("*a"), Glob::Suffix("a".into()));
    assert_eq!(glob("a*b"), Glob::Around("a".into(), "b".into()));
    assert_eq!(glob("**a*"), Glob::Contains("a".into()));
}

#[test]
fn a_piece_with_question_marks_may_be_longer_than_a_word() {
    let piece = format!("{}?{}", "a".repeat(100), "b".repeat(100));
    let text = format!("{}{}x{}b", "a".repeat(5), "a".repeat(100), "b".repeat(100));
    assert!(glob(&format!("*{piece}*")).matches(&text));
    assert!(!glob(&format!("*{piece}c*")).matches(&text));
    assert_eq!(Piece::new(&vec![Token::One; 64 * 32 + 1]), Err(NotGlob::TooLong));
}

/// Iam.md names the attacks: stars that backtrack, long pieces that almost match. Each was seconds elsewhere.
#[test]
fn no_pattern_and_no_text_makes_matching_slow() {
    let text = "a".repeat(8192);
    let patterns = [
        "*a".repeat(500) + "b",
        "*a?".repeat(300) + "b",
        format!("*{}b*", "a".repeat(1000)),
        format!("*{}?b*", "a".repeat(1000)),
        "?*".repeat(500) + "b",
    ];
    for pattern in patterns {
        let glob = glob(&pattern);
        let work = (0..100).filter(|_| glob.matches(&text)).count();
        assert_eq!(work, 0, "{pattern}");
    }
}

proptest! {
    #[test]
    fn the_compiled_pattern_says_what_the_naive_one_says(pattern in "[ab?*é]{0,9}", text in "[abé]{0,12}") {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(glob(&pattern).matches(&text), naive(&letters(&pattern), &letters(&text)));
    }
}
