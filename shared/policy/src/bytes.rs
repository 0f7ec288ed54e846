//! Comparing and searching short texts, word by word.
//!
//! A decision compares dozens of them. Calling `memcmp` costs more than most comparisons do, and compiled to WebAssembly it
//! and the standard library's search go byte by byte.

use std::ops::Range;

const WORD: usize = size_of::<u64>();
const BLOCK: usize = 4 * WORD;

/// Whether two texts are the same.
#[inline]
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && same_bytes(left.as_bytes(), right.as_bytes())
}

/// Whether two texts are the same but for the case of their ASCII letters.
pub(crate) fn same_ignoring_ascii_case(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (Some(left_end), Some(right_end)) = (last_word(left), last_word(right)) else {
        return left.eq_ignore_ascii_case(right);
    };
    let ((left_words, _), (right_words, _)) = (left.as_chunks::<WORD>(), right.as_chunks::<WORD>());
    let mut words = left_words.iter().zip(right_words);
    left.len() == right.len()
        && lower(left_end) == lower(right_end)
        && words.all(|(left, right)| lower(word(left)) == lower(word(right)))
}

/// Whether a text begins with another.
#[inline]
pub(crate) fn starts_with(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|start| same_bytes(start, prefix.as_bytes()))
}

/// Whether a text ends with another.
#[inline]
pub(crate) fn ends_with(text: &str, suffix: &str) -> bool {
    let start = text.len().checked_sub(suffix.len());
    start.and_then(|start| text.as_bytes().get(start..)).is_some_and(|end| same_bytes(end, suffix.as_bytes()))
}

/// Of two slices of the same length. Their last words overlap those before them, which takes less than going through what is
/// left byte by byte; they are compared first, as the ends of ARNs tell more than their beginnings.
#[inline]
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    let (Some(left_end), Some(right_end)) = (last_word(left), last_word(right)) else {
        return left.iter().zip(right).all(|(left, right)| left == right);
    };
    let ((left, _), (right, _)) = (left.as_chunks::<WORD>(), right.as_chunks::<WORD>());
    left_end == right_end && left.iter().zip(right).all(|(left, right)| word(left) == word(right))
}

/// None of a slice that is shorter.
#[inline]
fn last_word(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk::<WORD>().map(word)
}

#[inline]
fn word(bytes: &[u8; WORD]) -> u64 {
    u64::from_ne_bytes(*bytes)
}

/// Whether a piece stands anywhere in a text: in linear time, whatever they are.
///
/// Where both the first and the last byte of the piece are right, a block of places at once, the rest is compared. A text that
/// is right too often is left to the standard library, which needs longer to begin with and never goes back.
pub(crate) fn contains(text: &str, piece: &str) -> bool {
    if piece.is_empty() {
        return true;
    }
    match candidates(text, piece, 0) {
        Some(places) => stands_from(text, piece, places),
        None => false,
    }
}

/// The first places from here on of which one may be right.
#[inline(always)]
fn candidates(text: &str, piece: &str, from: usize) -> Option<Range<usize>> {
    let (text, piece) = (text.as_bytes(), piece.as_bytes());
    let (first, last) = (*piece.first()?, *piece.last()?);
    let places = text.len().checked_sub(piece.len() - 1)?;
    let (starts, ends) = (text.get(from..places)?, text.get(from + piece.len() - 1..)?);
    let mut place = from;
    let ((starts, few_starts), (ends, few_ends)) = (starts.as_chunks::<BLOCK>(), ends.as_chunks::<BLOCK>());
    let (first_word, last_word) = (repeated(first), repeated(last));
    let right = |start: &[u8; WORD], end: &[u8; WORD]| zeros((word(start) ^ first_word) | (word(end) ^ last_word));
    for (start, end) in starts.iter().zip(ends) {
        let ((starts, _), (ends, _)) = (start.as_chunks::<WORD>(), end.as_chunks::<WORD>());
        if starts.iter().zip(ends).fold(0, |found, (start, end)| found | right(start, end)) != 0 {
            return Some(place..place + BLOCK);
        }
        place += BLOCK;
    }
    let ((starts, few_starts), (ends, few_ends)) = (few_starts.as_chunks::<WORD>(), few_ends.as_chunks::<WORD>());
    for (start, end) in starts.iter().zip(ends) {
        if right(start, end) != 0 {
            return Some(place..place + WORD);
        }
        place += WORD;
    }
    let found = few_starts.iter().zip(few_ends).position(|(start, end)| *start == first && *end == last)?;
    Some(place + found..place + found + 1)
}

/// Whether the piece stands at one of these places or behind them: seldom asked, and so kept out of the search.
#[inline(never)]
fn stands_from(text: &str, piece: &str, mut places: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let stands_at =
        |at| bytes.get(at..at + piece.len()).is_some_and(|piece_there| same_bytes(piece_there, piece.as_bytes()));
    let mut patience = text.len();
    loop {
        let behind = places.end;
        if places.any(stands_at) {
            return true;
        }
        match patience.checked_sub(piece.len()) {
            Some(left) => patience = left,
            None => return text.contains(piece),
        }
        match candidates(text, piece, behind) {
            Some(next) => places = next,
            None => return false,
        }
    }
}

#[inline]
fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

/// The word with its ASCII letters in lower case. No sum of a byte is carried into the next: seven bits of each are added to.
#[inline]
fn lower(word: u64) -> u64 {
    let low = word & repeated(0x7f);
    let from_a = low + repeated(0x80 - b'A');
    let behind_z = low + repeated(0x7f - b'Z');
    let is_upper = (from_a ^ behind_z) & !word & repeated(0x80);
    word | is_upper >> 2
}

/// Not zero if a byte of the word is.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeated(0x01)) & !word & repeated(0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_piece_is_found_at_every_place_of_every_length() {
        for length in 0..40 {
            for piece in ["x", "xy", "xay", "xaaaaaaaay", "xaaaaaaaaaaaaaaaay"] {
                for place in 0..=length {
                    let text = format!("{}{piece}{}", "a".repeat(place), "a".repeat(length - place));
                    assert!(contains(&text, piece), "{piece} in {text}");
                }
                assert!(!contains(&"a".repeat(length), piece), "{piece} in {length} others");
            }
        }
    }

    #[test]
    fn letters_of_ascii_and_nothing_else_have_a_case() {
        for left in (0..=255).map(char::from) {
            for right in (0..=255).map(char::from) {
                let texts = [format!("ab{left}cDefgh"), format!("aB{right}cdefgh")];
                let expected = texts[0].eq_ignore_ascii_case(&texts[1]);
                assert_eq!(same_ignoring_ascii_case(&texts[0], &texts[1]), expected, "{texts:?}");
            }
        }
        assert!(!same_ignoring_ascii_case("aws:PrincipalTag/a", "aws:principaltag/aa"));
        assert!(same_ignoring_ascii_case("Team", "tEAM") && !same_ignoring_ascii_case("team", "tea"));
    }

    #[test]
    fn a_piece_is_found_behind_what_is_nearly_one() {
        for before in 0..40 {
            for between in 0..40 {
                for behind in 0..10 {
                    let text = ["a".repeat(before), "a".repeat(between), "a".repeat(behind)];
                    assert!(contains(&text.join("xby"), "xby"));
                    assert!(!contains(&text.join("xby"), "xay"));
                    let [before, between, behind] = &text;
                    assert!(contains(&format!("{before}xby{between}xcy{behind}"), "xcy"), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_nearly_right_everywhere_takes_no_longer() {
        let (text, piece) = ("a".repeat(1 << 20), format!("{}b{}", "a".repeat(2000), "a".repeat(2000)));
        assert!(!contains(&text, &piece));
        assert!(contains(&format!("{text}{piece}{text}"), &piece));
    }

    proptest! {
        #[test]
        fn these_say_what_the_standard_library_says(text in "[abé]{0,120}", piece in "[abé]{0,10}") {
            prop_assert_eq!(contains(&text, &piece), text.contains(&piece));
            prop_assert_eq!(starts_with(&text, &piece), text.starts_with(&piece));
            prop_assert_eq!(ends_with(&text, &piece), text.ends_with(&piece));
            prop_assert_eq!(same(&text, &piece), text == piece);
            prop_assert_eq!(same_ignoring_ascii_case(&text, &piece), text == piece);
            prop_assert!(same_ignoring_ascii_case(&text, &text.to_ascii_uppercase()));
            prop_assert!(same(&text, &text.clone()));
        }
    }
}
