//! Any text is a pattern or none, and what was taken apart holds together.
#![no_main]

use gatehouse_pattern::{Pattern, Syntax, Whole, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if let Ok(found) = Pattern::parse(pattern) {
        for groups in found.matches(text).take(10) {
            let (start, end) = groups[0].unwrap();
            assert!(text.get(start..end).is_some());
        }
        // What is searched for looks nowhere: as a whole it is the same pattern.
        assert_eq!(Whole::parse(pattern).unwrap().is_match(text), found.is_whole(text));
    }
    for syntax in [Syntax::Java, Syntax::Ecma] {
        if let Some(parts) = split(pattern, syntax) {
            assert!(!parts.conditions.is_empty() && parts.rest.len() < pattern.len());
        }
    }
});
