//! Limits in several slots, taken as one, and which slot is whose.
//!
//! Shared data cannot delete, and an entry costs some 165 bytes: one for every key would be 165 MB for a million idle
//! ones. So keys share pages. Which page is a key's is said by its digest, whose bits are evenly spread, and there is a
//! page for every [`KEYS_PER_PAGE`] configured keys: an idle key costs ten bytes. An active one has sixteen bytes for
//! every limit of which it has used something ([`crate::take()`]); only configured keys have any, so that no client makes
//! a page grow. The number of pages is a power of two: a key stays on its page while keys come and go, until their
//! number crosses one.

use crate::Allowance;
use crate::limit::Limit;
use crate::take::{Receipt, Refused, Taken, give_back, noted, take};

/// How many keys share a page, on average, at most.
pub const KEYS_PER_PAGE: usize = 16;

/// How often a contended slot is tried again.
const ATTEMPTS: usize = 64;

/// Shared slots that are changed by compare-and-swap.
pub trait Slots {
    /// What a slot holds, and its version.
    fn load(&self, slot: u32) -> Option<(Vec<u8>, u32)>;

    /// Puts other bytes into a slot that still has this version; false if it has not.
    fn swap(&self, slot: u32, version: u32, state: &[u8]) -> bool;
}

/// The limits of a request that lie in one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The slot.
    pub slot: u32,
    /// In the order in which they are asked.
    pub limits: Vec<Limit>,
}

/// Why a request was not counted. It was not taken of any limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// A limit refuses it.
    Refused(Refused),
    /// There is no such slot, or others kept writing to it: nobody knows.
    Unavailable,
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// How many pages so many keys have.
#[must_use]
pub fn pages(keys: usize) -> u32 {
    let pages = keys.div_ceil(KEYS_PER_PAGE).max(1);
    u32::try_from(pages).ok().and_then(u32::checked_next_power_of_two).unwrap_or(1 << 31)
}

/// A request that is counted, and may yet be given back.
#[derive(Debug)]
pub struct Held {
    /// What is left of the tightest limit; none without limits.
    pub allowance: Option<Allowance>,
    demands: Vec<Demand>,
    receipts: Vec<Receipt>,
}

impl Held {
    /// Undoes it: somebody else has refused the request.
    pub fn give_back(&self, slots: &impl Slots, now_millis: u64) {
        for (demand, receipt) in self.demands.iter().zip(&self.receipts) {
            demand.give_back(slots, now_millis, receipt);
        }
    }
}

/// Counts a request as [`take_all`] does, and remembers what to give back.
///
/// # Errors
/// [`NotTaken`]: then no limit has counted it.
pub fn hold(slots: &impl Slots, now_millis: u64, demands: Vec<Demand>) -> Result<Held, NotTaken> {
    let (allowance, receipts) = take_each(slots, now_millis, &demands)?;
    Ok(Held { allowance, demands, receipts })
}

/// Notes what a store says is left of a quota, from which is counted when it does not answer. A slot that others keep
/// writing to goes without: this is no permission.
pub fn note(slots: &impl Slots, now_millis: u64, slot: u32, limit: &Limit, remaining: u32) {
    if let Some((state, version)) = slots.load(slot) {
        slots.swap(slot, version, &noted(&state, now_millis, limit, remaining));
    }
}

/// Counts a request against limits in several slots, each of which may be given once. The first that refuses is named,
/// and what had been taken of others is given back. What is left of the tightest limit is the answer.
///
/// # Errors
/// [`NotTaken`]: then no limit has counted it.
pub fn take_all(slots: &impl Slots, now_millis: u64, demands: &[Demand]) -> Result<Option<Allowance>, NotTaken> {
    take_each(slots, now_millis, demands).map(|(allowance, _)| allowance)
}

fn take_each(
    slots: &impl Slots,
    now_millis: u64,
    demands: &[Demand],
) -> Result<(Option<Allowance>, Vec<Receipt>), NotTaken> {
    let prepared = demands.iter().map(|demand| demand.prepare(slots, now_millis)).collect::<Result<Vec<_>, _>>()?;
    let mut taken: Vec<Receipt> = Vec::with_capacity(demands.len());
    let mut tightest: Option<Allowance> = None;
    for (demand, prepared) in demands.iter().zip(prepared) {
        match demand.commit(slots, now_millis, prepared) {
            Ok((allowance, receipt)) => {
                taken.push(receipt);
                tightest = [tightest, allowance].into_iter().flatten().reduce(Allowance::tighter);
            }
            Err(refused) => {
                for (demand, receipt) in demands.iter().zip(&taken) {
                    demand.give_back(slots, now_millis, receipt);
                }
                return Err(refused);
            }
        }
    }
    Ok((tightest, taken))
}

impl Demand {
    /// What would be written.
    fn prepare(&self, slots: &impl Slots, now_millis: u64) -> Result<(Taken, u32), NotTaken> {
        let (state, version) = slots.load(self.slot).ok_or(NotTaken::Unavailable)?;
        Ok((take(&state, now_millis, &self.limits)?, version))
    }

    fn commit(
        &self,
        slots: &impl Slots,
        now_millis: u64,
        prepared: (Taken, u32),
    ) -> Result<(Option<Allowance>, Receipt), NotTaken> {
        let (mut taken, mut version) = prepared;
        for _ in 0..ATTEMPTS {
            if slots.swap(self.slot, version, &taken.state) {
                return Ok((taken.allowance, taken.receipt));
            }
            (taken, version) = self.prepare(slots, now_millis)?;
        }
        Err(NotTaken::Unavailable)
    }

    /// A request that cannot be given back stays counted: too few are admitted then, never too many.
    fn give_back(&self, slots: &impl Slots, now_millis: u64, receipt: &Receipt) {
        for _ in 0..ATTEMPTS {
            let Some((state, version)) = slots.load(self.slot) else { return };
            if slots.swap(self.slot, version, &give_back(&state, now_millis, &self.limits, receipt)) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::{Bucket, Refusal};

    /// Slots in memory, into which somebody else may write just before a swap.
    #[derive(Default)]
    struct Memory {
        slots: RefCell<Vec<(Vec<u8>, u32)>>,
        others: RefCell<Vec<Demand>>,
    }

    impl Memory {
        fn put(&self, slot: u32, state: &[u8]) {
            let held = &mut self.slots.borrow_mut()[slot as usize];
            *held = (state.to_vec(), held.1 + 1);
        }

        fn left(&self, slot: u32, limit: Limit) -> u32 {
            let (state, _) = self.load(slot).unwrap();
            take(&state, 0, &[limit]).map_or(0, |taken| taken.allowance.unwrap().remaining + 1)
        }
    }

    impl Slots for Memory {
        fn load(&self, slot: u32) -> Option<(Vec<u8>, u32)> {
            self.slots.borrow().get(slot as usize).cloned()
        }

        fn swap(&self, slot: u32, version: u32, state: &[u8]) -> bool {
            if let Some(other) = self.others.borrow_mut().pop() {
                let (state, _) = self.load(other.slot).unwrap();
                self.put(other.slot, &take(&state, 0, &other.limits).unwrap().state);
            }
            let is_current = self.load(slot).is_some_and(|(_, current)| current == version);
            if is_current {
                self.put(slot, state);
            }
            is_current
        }
    }

    fn memory() -> (Memory, Vec<Demand>) {
        let limit = |name, burst| Limit::throttle(&[name], Bucket::new(1.0, burst));
        let demands = vec![
            Demand { slot: 0, limits: vec![limit("key", 5)] },
            Demand { slot: 1, limits: vec![limit("account", 2)] },
        ];
        (Memory { slots: RefCell::new(vec![(Vec::new(), 1); 2]), ..Memory::default() }, demands)
    }

    #[test]
    fn limits_in_several_slots_are_taken_as_one() {
        let (memory, demands) = memory();
        let left: Vec<_> = (0..2).map(|_| take_all(&memory, 0, &demands).unwrap().unwrap().remaining).collect();
        assert_eq!(left, [1, 0]);
        let Err(NotTaken::Refused(refused)) = take_all(&memory, 0, &demands) else { panic!("admitted") };
        assert_eq!(refused.refusal, Refusal::Throttled);
        assert_eq!(memory.left(0, demands[0].limits[0]), 3);
    }

    #[test]
    fn what_another_worker_took_meanwhile_is_seen() {
        let (memory, demands) = memory();
        memory.others.borrow_mut().push(demands[1].clone());
        // Taken when the key's slot was swapped: the account's is tried again.
        assert_eq!(take_all(&memory, 0, &demands).unwrap().unwrap().remaining, 0);
        assert_eq!((memory.left(0, demands[0].limits[0]), memory.left(1, demands[1].limits[0])), (4, 0));
    }

    #[test]
    fn who_is_refused_at_the_last_slot_has_taken_nothing_of_the_first() {
        let (memory, demands) = memory();
        take_all(&memory, 0, &demands).unwrap();
        memory.others.borrow_mut().push(demands[1].clone());
        assert!(matches!(take_all(&memory, 0, &demands), Err(NotTaken::Refused(_))));
        assert_eq!((memory.left(0, demands[0].limits[0]), memory.left(1, demands[1].limits[0])), (4, 0));
    }

    #[test]
    fn a_slot_that_is_not_there_is_no_permission() {
        let (memory, mut demands) = memory();
        demands[1].slot = 7;
        assert_eq!(take_all(&memory, 0, &demands), Err(NotTaken::Unavailable));
        assert_eq!(memory.left(0, demands[0].limits[0]), 5);
    }

    #[test]
    fn pages_are_a_power_of_two() {
        let check = |keys, expected| assert_eq!(pages(keys), expected, "{keys}");
        check(0, 1);
        check(16, 1);
        check(17, 2);
        check(1_000_000, 65_536);
        check(usize::MAX, 1 << 31);
    }
}
