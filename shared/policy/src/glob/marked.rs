//! A piece of a pattern that holds `?`: found in one pass over the text.
//!
//! Shift-And: bit *i* of the state says that the last *i + 1* characters match the first *i + 1* of the piece. Every
//! character of the text shifts the state and masks it with the places where that character may stand.

/// How many characters a piece may have: the state is an array, so that matching does not allocate.
const MAX_LETTERS: usize = 64 * WORDS;
const WORDS: usize = 32;

/// Characters and `?`s, at least one of the latter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The piece itself; none is a `?`.
    letters: Box<[Option<char>]>,
    /// Where the `?`s stand.
    anything: Box<[u64]>,
    /// Where each character may stand, `?`s included, in the order of the characters.
    places: Box<[(char, Box<[u64]>)]>,
}

impl Marked {
    /// None if it is too long.
    pub(crate) fn new(letters: &[Option<char>]) -> Option<Self> {
        if letters.len() > MAX_LETTERS {
            return None;
        }
        let mut distinct: Vec<char> = letters.iter().copied().flatten().collect();
        gatehouse_sort::sort(&mut distinct);
        distinct.dedup();
        let places = distinct.iter().map(|&letter| (letter, places(letters, Some(letter)))).collect();
        Some(Self { letters: letters.into(), anything: places_of_anything(letters), places })
    }

    #[inline(never)]
    pub(crate) fn is_all_of(&self, text: &str) -> bool {
        self.after_start(text).is_some_and(str::is_empty)
    }

    pub(crate) fn after_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text.chars();
        let same = self.letters.iter().all(|letter| rest.next().is_some_and(|next| letter.is_none_or(|it| it == next)));
        same.then_some(rest.as_str())
    }

    pub(crate) fn before_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text.chars();
        let mut letters = self.letters.iter().rev();
        let same = letters.all(|letter| rest.next_back().is_some_and(|next| letter.is_none_or(|it| it == next)));
        same.then_some(rest.as_str())
    }

    pub(crate) fn after_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut state = [0_u64; WORDS];
        let last = self.letters.len().checked_sub(1)?;
        let mut rest = text.chars();
        while let Some(letter) = rest.next() {
            let places = self.places_of(letter);
            let mut carry = 1;
            for (word, places) in state.iter_mut().zip(places) {
                let next = *word >> 63;
                *word = ((*word << 1) | carry) & places;
                carry = next;
            }
            if state.get(last / 64).is_some_and(|word| word >> (last % 64) & 1 == 1) {
                return Some(rest.as_str());
            }
        }
        None
    }

    fn places_of(&self, letter: char) -> &[u64] {
        let found = self.places.binary_search_by_key(&letter, |(known, _)| *known).ok();
        found.and_then(|at| self.places.get(at)).map_or(&self.anything, |(_, places)| places)
    }
}

fn places_of_anything(letters: &[Option<char>]) -> Box<[u64]> {
    places(letters, None)
}

/// The places where this character or a `?` stands, as bits.
fn places(letters: &[Option<char>], wanted: Option<char>) -> Box<[u64]> {
    let word = |letters: &[Option<char>]| {
        letters.iter().rev().fold(0, |bits, letter| bits << 1 | u64::from(letter.is_none() || *letter == wanted))
    };
    letters.chunks(64).map(word).collect()
}
