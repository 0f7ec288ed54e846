//! Signatures that were accepted, so that none is accepted twice.
//!
//! They are kept in slots of shared data, several to a slot, until they could not be accepted any more anyway. Memory is
//! bounded by the configuration; when a slot is full of signatures that still count, a new one is refused: forgetting one
//! would let it in again.

use std::ops::Range;

use gatehouse_filter::{Store, Timestamp};
use gatehouse_sigv4::sha256;

use crate::error::Error;

/// The memory of signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    slots: Range<u32>,
}

/// How many signatures a slot should hold, and how many it can: far more than chance piles up.
const USUAL: u32 = 16;
const MOST: usize = 96;
/// The beginning of a digest, and when it expires, in seconds.
const ENTRY: usize = 16 + 4;
/// How often a contended slot is tried again.
const ATTEMPTS: usize = 64;

impl Replay {
    /// A memory for as many signatures, in the slots from `first` on.
    #[must_use]
    pub fn new(first: u32, max_signatures: u32) -> Self {
        Self { slots: first..first.saturating_add(Self::slots(max_signatures)) }
    }

    /// How many slots so many signatures need.
    #[must_use]
    pub const fn slots(max_signatures: u32) -> u32 {
        let slots = max_signatures.div_ceil(USUAL);
        if slots == 0 { 1 } else { slots }
    }

    /// Notes a signature, by what it is of, until then.
    ///
    /// # Errors
    /// If it is known already, or cannot be noted.
    pub(crate) fn note(&self, of: &[&[u8]], until: u64, now: Timestamp, store: &dyn Store) -> Result<(), Error> {
        let digest = sha256(&of.join(&0));
        let (Some((key, rest)), Ok(until)) = (digest.split_first_chunk::<16>(), u32::try_from(until)) else {
            return Err(Error::Unforeseen);
        };
        let number = rest.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let count = self.slots.end.saturating_sub(self.slots.start);
        let slot = self.slots.start + number.checked_rem(count).ok_or(Error::Unforeseen)?;
        let now = u32::try_from(now.millis() / 1_000).unwrap_or(u32::MAX);
        for _ in 0..ATTEMPTS {
            let held = store.load(slot).ok_or(Error::Unforeseen)?;
            let mut kept = Vec::with_capacity(held.value.len() + ENTRY);
            for entry in held.value.chunks_exact(ENTRY) {
                let Some((known, expires)) = entry.split_first_chunk::<16>() else { continue };
                if expires.first_chunk::<4>().is_some_and(|expires| u32::from_le_bytes(*expires) < now) {
                    continue;
                }
                if known == key {
                    return Err(Error::Replayed);
                }
                kept.extend_from_slice(entry);
            }
            if kept.len() >= MOST * ENTRY {
                return Err(Error::TooManySignatures);
            }
            kept.extend_from_slice(key);
            kept.extend_from_slice(&until.to_le_bytes());
            if store.swap(slot, held.version, &kept).is_ok() {
                return Ok(());
            }
        }
        Err(Error::TooManySignatures)
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestStore;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_signature_is_noted_once_until_it_has_expired() {
        let (replay, store) = (Replay::new(3, 100), TestStore::with_slots(20));
        let note = |of: &[u8], now| replay.note(&[b"AKID", of], 600, at(now), &store);
        assert_eq!(note(b"one", 0), Ok(()));
        assert_eq!(note(b"two", 0), Ok(()));
        assert_eq!(note(b"one", 600), Err(Error::Replayed));
        assert_eq!(note(b"one", 601), Ok(()), "it could not be accepted any more, and is not remembered");
        assert_eq!(replay.note(&[b"AKIDo", b"ne"], 9_999, at(601), &store), Ok(()), "of somebody else");
        assert!((0..3).chain(10..20).all(|slot| store.load(slot).unwrap().value.is_empty()), "other slots are others'");
    }

    #[test]
    fn as_many_as_configured_have_room_and_what_has_none_is_refused() {
        let (most, store) = (2_000, TestStore::with_slots(Replay::slots(2_000) as usize));
        let replay = Replay::new(0, most);
        for number in 0..most {
            assert_eq!(replay.note(&[&number.to_le_bytes()], 600, at(0), &store), Ok(()), "{number}");
        }
        let refused = (0..100_000_u32).find(|number| {
            replay.note(&[b"more", &number.to_le_bytes()], 600, at(0), &store) == Err(Error::TooManySignatures)
        });
        assert!(refused.is_some_and(|number| number > most), "{refused:?}");
        assert_eq!(replay.note(&[&0_u32.to_le_bytes()], 600, at(0), &store), Err(Error::Replayed), "none is forgotten");
    }

    #[test]
    fn without_slots_nothing_is_accepted() {
        let replay = Replay::new(0, 1);
        assert_eq!(replay.note(&[b"one"], 600, at(0), &TestStore::with_slots(0)), Err(Error::Unforeseen));
    }
}
