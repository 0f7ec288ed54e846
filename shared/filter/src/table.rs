//! A bounded map over the slots of a [`Store`]: every key has two possible slots, and the full key is kept in the
//! value. A full table forgets the entry that expires first: an eviction is a miss, never a wrong answer.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};

use gatehouse_context::Timestamp;

use crate::{Conflict, Slot, Store};

/// A view of a store as a map from keys to values that expire.
pub struct Table<'a> {
    store: &'a dyn Store,
    first: u32,
    slots: u32,
    evicted: Cell<bool>,
}

/// How often a contended slot is tried again before the update is given up.
const ATTEMPTS: usize = 64;

impl<'a> Table<'a> {
    /// The table in a store.
    #[must_use]
    pub fn new(store: &'a dyn Store) -> Self {
        Self::of_first(store.slots(), store)
    }

    /// The table in the first slots of a store, whose others are somebody else's.
    #[must_use]
    pub fn of_first(slots: u32, store: &'a dyn Store) -> Self {
        Self::of_range(0, slots, store)
    }

    /// The table in so many slots of a store from `first` on. With one slot and one key nothing is ever evicted.
    #[must_use]
    pub fn of_range(first: u32, slots: u32, store: &'a dyn Store) -> Self {
        let slots = slots.min(store.slots().saturating_sub(first));
        Self { store, first, slots, evicted: Cell::new(false) }
    }

    /// Whether an update has taken the place of another key's value that had not expired.
    #[must_use]
    pub fn has_evicted(&self) -> bool {
        self.evicted.get()
    }

    /// The value under a key, unless it has expired.
    #[must_use]
    pub fn get(&self, key: &[u8], now: Timestamp) -> Option<Vec<u8>> {
        self.ways(key).into_iter().flatten().find_map(|slot| {
            let found = self.store.load(slot)?;
            let entry = Entry::read(&found.value)?;
            (entry.key == key && entry.expires > now).then(|| entry.value.to_vec())
        })
    }

    /// Keeps a value until it expires, in place of the entry under the same key, else of the one that expires first.
    ///
    /// # Errors
    /// [`Conflict`] if the store has no slots, or if others kept writing to this slot.
    pub fn put(&self, key: &[u8], value: &[u8], expires: Timestamp, now: Timestamp) -> Result<(), Conflict> {
        self.update(key, now, |_| (value.to_vec(), expires))
    }

    /// Replaces the value under a key by one made from what it holds now. `change` may run several times.
    ///
    /// # Errors
    /// [`Conflict`] if the store has no slots, or if others kept writing to this slot.
    pub fn update(
        &self,
        key: &[u8],
        now: Timestamp,
        mut change: impl FnMut(Option<&[u8]>) -> (Vec<u8>, Timestamp),
    ) -> Result<(), Conflict> {
        self.update_if(key, now, |held, _| Some(change(held)))
    }

    /// Like [`Table::update`], with the time at which the value held now expires, for a change that may turn out not
    /// to be needed.
    ///
    /// # Errors
    /// [`Conflict`] if the store has no slots, or if others kept writing to this slot.
    pub fn update_if(
        &self,
        key: &[u8],
        now: Timestamp,
        mut change: impl FnMut(Option<&[u8]>, Timestamp) -> Option<(Vec<u8>, Timestamp)>,
    ) -> Result<(), Conflict> {
        for _ in 0..ATTEMPTS {
            let (slot, held) = self.choose(key).ok_or(Conflict)?;
            let alive = Entry::read(&held.value).filter(|entry| entry.expires > now);
            let evicts = alive.as_ref().is_some_and(|entry| entry.key != key);
            let entry = alive.filter(|entry| entry.key == key);
            let expires = entry.as_ref().map_or(now, |entry| entry.expires);
            let Some((value, expires)) = change(entry.map(|entry| entry.value), expires) else { return Ok(()) };
            if self.store.swap(slot, held.version, &Entry { key, value: &value, expires }.write()).is_ok() {
                self.evicted.set(self.evicted.get() || evicts);
                return Ok(());
            }
        }
        Err(Conflict)
    }

    /// The slot that holds the key, else the one of its two that expires first.
    fn choose(&self, key: &[u8]) -> Option<(u32, Slot)> {
        let mut best: Option<(Timestamp, u32, Slot)> = None;
        for slot in self.ways(key).into_iter().flatten() {
            let held = self.store.load(slot)?;
            let expires = match Entry::read(&held.value) {
                Some(entry) if entry.key == key => return Some((slot, held)),
                Some(entry) => entry.expires,
                None => Timestamp::default(),
            };
            if best.as_ref().is_none_or(|(earliest, ..)| expires < *earliest) {
                best = Some((expires, slot, held));
            }
        }
        best.map(|(_, slot, held)| (slot, held))
    }

    /// The two slots of a key; one if they fall together.
    fn ways(&self, key: &[u8]) -> [Option<u32>; 2] {
        let slots = self.slots;
        let way = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, key).hash(&mut hasher);
            let hash = u32::try_from(hasher.finish() >> 32).unwrap_or_default();
            hash.checked_rem(slots).map(|slot| self.first + slot)
        };
        let (first, second) = (way(0), way(1));
        [first, second.filter(|_| second != first)]
    }
}

/// One entry as a slot holds it: expiry (8 bytes), length of the key (4 bytes), key, value.
struct Entry<'a> {
    key: &'a [u8],
    value: &'a [u8],
    expires: Timestamp,
}

impl<'a> Entry<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (expires, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (key, value) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        Some(Self { key, value, expires: Timestamp::from_millis(u64::from_le_bytes(*expires)) })
    }

    fn write(&self) -> Vec<u8> {
        let length = u32::try_from(self.key.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(12 + self.key.len() + self.value.len());
        bytes.extend(self.expires.millis().to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.key);
        bytes.extend(self.value);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStore;

    const fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_value_is_found_until_it_expires() {
        let store = TestStore::with_slots(8);
        let table = Table::new(&store);
        table.put(b"a", b"1", at(10), at(0)).unwrap();
        assert_eq!(table.get(b"a", at(9)).as_deref(), Some(b"1".as_slice()));
        assert_eq!(table.get(b"a", at(10)), None);
        assert_eq!(table.get(b"b", at(0)), None);
    }

    #[test]
    fn an_eviction_is_a_miss_and_never_another_keys_value() {
        let store = TestStore::with_slots(4);
        let table = Table::new(&store);
        for key in 0..1000_u32 {
            table.put(&key.to_le_bytes(), &key.to_be_bytes(), at(u64::from(key) + 1), at(0)).unwrap();
        }
        assert!(table.has_evicted());
        let found: Vec<u32> = (0..1000).filter(|key: &u32| table.get(&key.to_le_bytes(), at(0)).is_some()).collect();
        assert!((1..=4).contains(&found.len()), "{found:?}");
        for key in found {
            assert_eq!(table.get(&key.to_le_bytes(), at(0)).unwrap(), key.to_be_bytes());
        }
    }

    #[test]
    fn no_update_is_lost_when_another_worker_writes_in_between() {
        let store = TestStore::with_slots(2);
        let table = Table::new(&store);
        let count = |held: Option<&[u8]>| vec![held.and_then(|value| value.first()).copied().unwrap_or(0) + 1];
        table.update(b"n", at(0), |held| (count(held), at(9))).unwrap();
        let mut disturbed = false;
        table
            .update(b"n", at(0), |held| {
                if !disturbed {
                    disturbed = true;
                    Table::new(&store).update(b"n", at(0), |held| (count(held), at(9))).unwrap();
                }
                (count(held), at(9))
            })
            .unwrap();
        assert_eq!(table.get(b"n", at(0)).unwrap(), [3]);
    }

    #[test]
    fn a_store_without_slots_keeps_nothing() {
        let store = TestStore::with_slots(0);
        assert_eq!(Table::new(&store).put(b"a", b"1", at(9), at(0)), Err(Conflict));
        assert_eq!(Table::new(&store).get(b"a", at(0)), None);
    }

    #[test]
    fn a_table_in_a_range_touches_no_other_slots() {
        let store = TestStore::with_slots(8);
        Table::of_range(3, 1, &store).put(b"a", b"1", at(10), at(0)).unwrap();
        assert_eq!(Table::of_range(3, 1, &store).get(b"a", at(0)).as_deref(), Some(b"1".as_slice()));
        let written: Vec<u32> = (0..8).filter(|slot| !store.load(*slot).unwrap().value.is_empty()).collect();
        assert_eq!(written, [3]);
        assert_eq!(Table::of_range(8, 1, &store).put(b"a", b"1", at(10), at(0)), Err(Conflict));
        assert_eq!(Table::of_range(9, 1, &store).get(b"a", at(0)), None);
    }

    #[test]
    fn a_slot_with_foreign_bytes_is_empty() {
        for bytes in [b"".as_slice(), b"short", &[0xff; 64]] {
            assert!(Entry::read(bytes).is_none(), "{bytes:?}");
        }
    }
}
