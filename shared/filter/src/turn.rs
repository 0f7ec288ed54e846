//! Waiting together: of all requests that miss the same value at the same time, on any worker, one fetches it and the
//! others wait.
//!
//! ```text
//!   take ──► Held(value)            somebody fetched it before
//!        ──► Mine(lease)            fetch it, then `settle`, `fail` or `abandon`
//!        ──► Theirs(lease)          somebody else is at it: wait to be woken up, then `take_again`
//! ```
//!
//! A lease ends by itself, so that a request which disappears strands nobody; and who waits looks again from time to
//! time, so that a lost wake-up costs time and nothing else.

use gatehouse_context::Timestamp;

use crate::{Host, Table, Waiter};

/// How many requests can wait to be woken up for one value; the rest look for themselves.
const WAITERS: usize = 1_000;
/// How long a failure is told to those who waited for it, in milliseconds.
const FAILURE_MILLIS: u64 = 1_000;

/// The values of a table that requests fetch for each other.
pub struct Turns<'a> {
    table: Table<'a>,
    host: &'a dyn Host,
    now: Timestamp,
}

/// Whose turn it is to fetch a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody's: here it is.
    Held(Vec<u8>),
    /// Ours.
    Mine(Lease),
    /// Somebody else's.
    Theirs(Lease),
    /// Nobody's: whoever we waited for found this instead of a value.
    Failed(Vec<u8>),
}

/// One attempt to fetch a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease(u64);

impl<'a> Turns<'a> {
    /// The values in the host's slots, at a time.
    #[must_use]
    pub fn new(host: &'a dyn Host, now: Timestamp) -> Self {
        Self::of_first(host.store().slots(), host, now)
    }

    /// The values in the host's first slots, at a time.
    #[must_use]
    pub fn of_first(slots: u32, host: &'a dyn Host, now: Timestamp) -> Self {
        Self::of_range(0, slots, host, now)
    }

    /// The values in so many of the host's slots from `first` on, at a time.
    #[must_use]
    pub fn of_range(first: u32, slots: u32, host: &'a dyn Host, now: Timestamp) -> Self {
        Self { table: Table::of_range(first, slots, host.store()), host, now }
    }

    /// Whether another key's value that had not expired had to go.
    #[must_use]
    pub fn has_evicted(&self) -> bool {
        self.table.has_evicted()
    }

    /// Asks for a value. A turn of ours lasts `lease_millis` at most.
    #[must_use]
    pub fn take(&self, key: &[u8], here: Waiter, lease_millis: u32) -> Turn {
        self.turn(key, here, lease_millis, None)
    }

    /// Takes a turn if nobody has one and there is no value; else does not wait for it.
    #[must_use]
    pub fn try_take(&self, key: &[u8], lease_millis: u32) -> Option<Lease> {
        let (ours, mut mine) = (self.lease(), false);
        let ends = self.now.plus_millis(u64::from(lease_millis));
        let updated = self.table.update_if(key, self.now, |held, _| {
            mine = matches!(State::read(held), State::Failed(..) | State::Nothing);
            mine.then(|| (State::Fetching(ours, Vec::new()).write(), ends))
        });
        (mine && updated.is_ok()).then_some(ours)
    }

    /// Asks again after waiting for somebody's lease: a failure of theirs is ours too.
    #[must_use]
    pub fn take_again(&self, key: &[u8], here: Waiter, lease_millis: u32, waited_for: Lease) -> Turn {
        self.turn(key, here, lease_millis, Some(waited_for))
    }

    /// Puts the value in, until it expires, and wakes up who waits for it.
    pub fn settle(&self, key: &[u8], value: &[u8], expires: Timestamp) {
        let mut waiters = Vec::new();
        let updated = self.table.update(key, self.now, |held| {
            waiters = State::read(held).waiters();
            (State::Held(value).write(), expires)
        });
        // A table that is too contended keeps nothing; who waits will look and take a turn.
        if updated.is_ok() {
            self.wake(&waiters);
        }
    }

    /// Tells those who wait that there is no value, and why.
    pub fn fail(&self, key: &[u8], lease: Lease, why: &[u8]) {
        self.end(key, lease, || (State::Failed(lease, why).write(), self.now.plus_millis(FAILURE_MILLIS)));
    }

    /// Leaves without having found out anything: one of those who wait takes over.
    pub fn abandon(&self, key: &[u8], lease: Lease) {
        self.end(key, lease, || (State::Nothing.write(), self.now));
    }

    fn turn(&self, key: &[u8], here: Waiter, lease_millis: u32, waited_for: Option<Lease>) -> Turn {
        let ends = self.now.plus_millis(u64::from(lease_millis));
        let ours = self.lease();
        let mut turn = Turn::Mine(ours);
        let updated = self.table.update_if(key, self.now, |held, expires| match State::read(held) {
            State::Held(value) => {
                turn = Turn::Held(value.to_vec());
                None
            }
            State::Failed(lease, why) if Some(lease) == waited_for => {
                turn = Turn::Failed(why.to_vec());
                None
            }
            State::Fetching(lease, mut waiters) => {
                turn = Turn::Theirs(lease);
                if waiters.len() >= WAITERS || waiters.contains(&here) {
                    return None;
                }
                waiters.push(here);
                Some((State::Fetching(lease, waiters).write(), expires))
            }
            State::Failed(..) | State::Nothing => {
                turn = Turn::Mine(ours);
                Some((State::Fetching(ours, Vec::new()).write(), ends))
            }
        });
        // A table without slots, or one too contended, cannot bring requests together: each fetches for itself.
        if updated.is_err() { Turn::Mine(ours) } else { turn }
    }

    /// Ends a lease if it still is the one that is held.
    fn end(&self, key: &[u8], lease: Lease, mut state: impl FnMut() -> (Vec<u8>, Timestamp)) {
        let mut waiters = Vec::new();
        let _ = self.table.update_if(key, self.now, |held, _| match State::read(held) {
            State::Fetching(held, waiting) if held == lease => {
                waiters = waiting;
                Some(state())
            }
            _ => {
                waiters.clear();
                None
            }
        });
        self.wake(&waiters);
    }

    fn wake(&self, waiters: &[Waiter]) {
        for &waiter in waiters {
            self.host.wake(waiter);
        }
    }

    fn lease(&self) -> Lease {
        let mut random = [0; 8];
        self.host.fill_random(&mut random);
        Lease(u64::from_le_bytes(random))
    }
}

/// What a slot says about its value: a kind (1 byte), then the value; or a lease (8 bytes) and either the waiters
/// (8 bytes each) or the failure.
enum State<'a> {
    Nothing,
    Held(&'a [u8]),
    Fetching(Lease, Vec<Waiter>),
    Failed(Lease, &'a [u8]),
}

impl<'a> State<'a> {
    const HELD: u8 = 1;
    const FETCHING: u8 = 2;
    const FAILED: u8 = 3;

    fn read(bytes: Option<&'a [u8]>) -> Self {
        let Some((kind, rest)) = bytes.and_then(<[u8]>::split_first) else { return State::Nothing };
        if *kind == Self::HELD {
            return State::Held(rest);
        }
        let Some((lease, rest)) = rest.split_first_chunk::<8>() else { return State::Nothing };
        let lease = Lease(u64::from_le_bytes(*lease));
        match *kind {
            Self::FETCHING => State::Fetching(lease, rest.chunks_exact(8).filter_map(read_waiter).collect()),
            Self::FAILED => State::Failed(lease, rest),
            _ => State::Nothing,
        }
    }

    fn write(&self) -> Vec<u8> {
        let with_lease = |kind, lease: &Lease| [&[kind], lease.0.to_le_bytes().as_slice()].concat();
        match self {
            State::Nothing => Vec::new(),
            State::Held(value) => [&[Self::HELD], *value].concat(),
            State::Failed(lease, why) => [&with_lease(Self::FAILED, lease), *why].concat(),
            State::Fetching(lease, waiters) => {
                let mut bytes = with_lease(Self::FETCHING, lease);
                for waiter in waiters {
                    bytes.extend(waiter.queue.to_le_bytes());
                    bytes.extend(waiter.stream.to_le_bytes());
                }
                bytes
            }
        }
    }

    fn waiters(self) -> Vec<Waiter> {
        match self {
            State::Fetching(_, waiters) => waiters,
            State::Nothing | State::Held(_) | State::Failed(..) => Vec::new(),
        }
    }
}

fn read_waiter(bytes: &[u8]) -> Option<Waiter> {
    let (queue, stream) = bytes.split_first_chunk::<4>()?;
    Some(Waiter { queue: u32::from_le_bytes(*queue), stream: u32::from_le_bytes(stream.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestHost, TestStore};

    const KEY: &[u8] = b"key";

    fn host() -> TestHost {
        TestHost::with_store(TestStore::with_slots(8))
    }

    const fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn waiter(stream: u32) -> Waiter {
        Waiter { queue: 1, stream }
    }

    fn mine(turn: Turn) -> Lease {
        let Turn::Mine(lease) = turn else { panic!("{turn:?}") };
        lease
    }

    #[test]
    fn one_fetches_and_the_others_wait_and_are_woken_up() {
        let host = host();
        let turns = Turns::new(&host, at(0));
        let lease = mine(turns.take(KEY, waiter(1), 100));
        assert_eq!(turns.take(KEY, waiter(2), 100), Turn::Theirs(lease));
        assert_eq!(turns.take(KEY, waiter(3), 100), Turn::Theirs(lease));
        assert!(matches!(turns.take(b"other", waiter(4), 100), Turn::Mine(_)));
        turns.settle(KEY, b"value", at(50));
        assert_eq!(*host.woken.borrow(), [waiter(2), waiter(3)]);
        assert_eq!(turns.take_again(KEY, waiter(2), 100, lease), Turn::Held(b"value".to_vec()));
        assert!(matches!(Turns::new(&host, at(50)).take(KEY, waiter(9), 100), Turn::Mine(_)), "expired");
    }

    #[test]
    fn a_failure_is_told_to_those_who_waited_and_to_nobody_else() {
        let host = host();
        let turns = Turns::new(&host, at(0));
        let lease = mine(turns.take(KEY, waiter(1), 100));
        let _ = turns.take(KEY, waiter(2), 100);
        turns.fail(KEY, lease, b"why");
        assert_eq!(*host.woken.borrow(), [waiter(2)]);
        assert_eq!(turns.take_again(KEY, waiter(2), 100, lease), Turn::Failed(b"why".to_vec()));
        assert!(matches!(turns.take(KEY, waiter(3), 100), Turn::Mine(_)));
    }

    #[test]
    fn a_turn_that_is_abandoned_or_over_is_taken_over_once() {
        let host = host();
        let turns = Turns::new(&host, at(0));
        let lease = mine(turns.take(KEY, waiter(1), 100));
        let _ = turns.take(KEY, waiter(2), 100);
        turns.abandon(KEY, lease);
        assert_eq!(*host.woken.borrow(), [waiter(2)]);
        let second = mine(turns.take_again(KEY, waiter(2), 100, lease));
        assert_eq!(turns.take_again(KEY, waiter(3), 100, lease), Turn::Theirs(second));
        let later = Turns::new(&host, at(100));
        let third = mine(later.take_again(KEY, waiter(3), 100, second));
        // Who comes too late with a failure ends nobody else's turn.
        later.fail(KEY, second, b"late");
        assert_eq!(later.take(KEY, waiter(4), 100), Turn::Theirs(third));
    }

    #[test]
    fn who_does_not_want_to_wait_takes_a_turn_that_nobody_has() {
        let host = host();
        let turns = Turns::new(&host, at(0));
        let lease = turns.try_take(KEY, 100).unwrap();
        assert_eq!(turns.try_take(KEY, 100), None);
        assert_eq!(turns.take(KEY, waiter(1), 100), Turn::Theirs(lease));
        turns.settle(KEY, b"value", at(50));
        assert_eq!(turns.try_take(KEY, 100), None);
        assert_eq!(*host.woken.borrow(), [waiter(1)]);
        assert!(Turns::new(&host, at(50)).try_take(KEY, 100).is_some());
        assert_eq!(Turns::new(&TestHost::default(), at(0)).try_take(KEY, 100), None, "without slots nobody could tell");
    }

    #[test]
    fn who_is_not_noted_for_a_wake_up_still_waits() {
        let host = host();
        let turns = Turns::new(&host, at(0));
        let lease = mine(turns.take(KEY, waiter(0), 100));
        for stream in 0..1_500 {
            assert_eq!(turns.take(KEY, waiter(stream), 100), Turn::Theirs(lease));
        }
        turns.settle(KEY, b"", at(50));
        assert_eq!(host.woken.borrow().len(), WAITERS);
    }

    #[test]
    fn without_slots_everybody_fetches_for_himself() {
        let host = TestHost::default();
        let turns = Turns::new(&host, at(0));
        for stream in 0..3 {
            assert!(matches!(turns.take(KEY, waiter(stream), 100), Turn::Mine(_)));
        }
        turns.settle(KEY, b"value", at(50));
        assert!(matches!(turns.take(KEY, waiter(9), 100), Turn::Mine(_)));
    }

    #[test]
    fn a_slot_with_foreign_bytes_is_nothing() {
        for bytes in [b"".as_slice(), b"\x02short", b"\x09aaaaaaaa", b"\x03"] {
            assert!(matches!(State::read(Some(bytes)), State::Nothing), "{bytes:?}");
        }
    }
}
