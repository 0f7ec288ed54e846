//! Patterns that look ahead, held against an engine that backtracks.
#![allow(clippy::unwrap_used, reason = "a test")]

use gatehouse_pattern::{Split, Syntax, Whole, split};
use proptest::prelude::*;

/// Patterns over few letters, with what an engine of either kind reads alike.
fn pattern() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => "[abc]".prop_map(|it| it),
        1 => Just("[ab]".to_owned()),
        1 => Just("[^a]".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("\\w".to_owned()),
    ];
    let part = atom.prop_recursive(3, 12, 3, |inner| {
        let sequence = || proptest::collection::vec(inner.clone(), 0..3).prop_map(|parts| parts.concat());
        prop_oneof![
            2 => (inner.clone(), prop_oneof![Just("*"), Just("+"), Just("?"), Just("{2}"), Just("{1,2}"), Just("*?")])
                .prop_map(|(part, count)| format!("(?:{part}){count}")),
            2 => (sequence(), sequence()).prop_map(|(one, other)| format!("({one}|{other})")),
            3 => (prop_oneof![Just("(?="), Just("(?!")], sequence()).prop_map(|(open, inner)| format!("{open}{inner})")),
        ]
    });
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn looking_ahead_means_what_backtracking_makes_of_it(
        pattern in pattern(), frame in 0..3_u8, texts in proptest::collection::vec("[abc]{0,5}", 8)
    ) {
        let pattern = match frame {
            0 => pattern,
            1 => format!("^{pattern}$"),
            _ => format!("^({pattern})$"),
        };
        let Ok(whole) = Whole::parse(&pattern) else { return Ok(()) };
        let oracle = fancy_regex::Regex::new(&format!(r"\A(?:{pattern})\z")).unwrap();
        for text in &texts {
            prop_assert_eq!(whole.is_match(text), oracle.is_match(text).unwrap(), "{} {}", pattern, text);
        }
        // And without an end, for those who look for the beginning alone.
        let Some(Split { rest, conditions }) = split(&format!("^{pattern}"), Syntax::Ecma) else { return Ok(()) };
        let (oracle, begins) = (fancy_regex::Regex::new(&format!("^{pattern}")).unwrap(), |pattern: &str, text: &str| {
            fancy_regex::Regex::new(pattern).unwrap().is_match(text).unwrap()
        });
        for text in &texts {
            let is_match = begins(&rest, text) && conditions.iter().all(|it| begins(&it.start, text) == it.holds);
            prop_assert_eq!(is_match, oracle.is_match(text).unwrap(), "{} {}", pattern, text);
        }
    }
}
