//! Sparing a store that does not answer: after some failures in a row it is left alone, and now and then one request asks whether
//! it is back. Each worker finds that out for itself.

use std::cell::Cell;

use gatehouse_filter::Timestamp;

/// After how many failures in a row the store is left alone.
const FAILURES: u32 = 10;
/// How long until one request asks again, in milliseconds.
const REST_MILLIS: u64 = 1_000;

/// What is known of how a store has answered lately.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: Cell<u32>,
    asks_again: Cell<Timestamp>,
}

impl Breaker {
    /// May this request ask? While the store rests, the first of each interval may.
    pub(crate) fn lets_ask(&self, now: Timestamp) -> bool {
        if self.failures.get() < FAILURES {
            return true;
        }
        if now < self.asks_again.get() {
            return false;
        }
        self.asks_again.set(now.plus_millis(REST_MILLIS));
        true
    }

    /// The store has said something about a request.
    pub(crate) fn answered(&self) {
        self.failures.set(0);
    }

    /// It has not.
    pub(crate) fn failed(&self, now: Timestamp) {
        self.failures.set(self.failures.get().saturating_add(1));
        if self.failures.get() >= FAILURES {
            self.asks_again.set(now.plus_millis(REST_MILLIS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_fails_is_asked_by_one_request_an_interval_until_it_answers() {
        let (breaker, at) = (Breaker::default(), Timestamp::from_millis);
        for failure in 0..FAILURES {
            assert!(breaker.lets_ask(at(0)), "{failure}");
            breaker.failed(at(0));
        }
        assert!(!breaker.lets_ask(at(999)));
        assert!(breaker.lets_ask(at(1_000)), "one asks");
        assert!(!breaker.lets_ask(at(1_000)), "and no other");
        // A probe whose client has left is never told of: the next interval has another.
        assert!(breaker.lets_ask(at(2_000)));
        breaker.failed(at(2_500));
        assert!(!breaker.lets_ask(at(3_499)));
        assert!(breaker.lets_ask(at(3_500)));
        breaker.answered();
        assert!(breaker.lets_ask(at(3_500)) && breaker.lets_ask(at(3_500)));
    }

    #[test]
    fn an_answer_in_between_begins_anew() {
        let (breaker, now) = (Breaker::default(), Timestamp::from_millis(0));
        for _ in 0..3 {
            (1..FAILURES).for_each(|_| breaker.failed(now));
            breaker.answered();
        }
        assert!(breaker.lets_ask(now));
    }
}
