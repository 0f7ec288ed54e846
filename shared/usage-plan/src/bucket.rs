//! A token bucket as one number: the moment at which it is full again.
//!
//! A token is worth the time in which it comes back. Who takes one moves the moment at which the bucket is full by that
//! much; who would move it further than the whole bucket lasts is refused. So a bucket at rest needs no state at all.

use crate::allowance::Allowance;

const SECOND: u64 = 1_000_000_000;

/// A rate and a burst. A bucket is full at first.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    burst: u32,
    /// Nanoseconds in which a token comes back, rounded up: never faster than the rate.
    interval: u64,
    /// Nanoseconds in which an empty bucket fills.
    depth: u64,
}

impl Bucket {
    /// A bucket of `burst` tokens into which `rate` come a second. Without a rate or without a burst it admits nothing.
    #[must_use]
    pub fn new(rate: f64, burst: u32) -> Self {
        let burst = if rate > 0.0 { burst } else { 0 };
        // Casting saturates: a rate close to nothing waits for ever.
        let interval = ((SECOND as f64 / rate).ceil() as u64).max(1);
        Self { burst, interval, depth: interval.saturating_mul(u64::from(burst)) }
    }

    /// How many tokens it holds.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Nanoseconds in which a token comes back.
    #[must_use]
    pub(crate) const fn interval(&self) -> u64 {
        self.interval
    }

    /// Takes a token: when the bucket is full after that.
    ///
    /// # Errors
    /// The nanoseconds until there is a token; none if there will never be one.
    pub(crate) fn take(&self, full_at: u64, now: u64) -> Result<u64, Option<u64>> {
        if self.burst == 0 {
            return Err(None);
        }
        // At the end of time (the year 2554) nothing is admitted: a token could not be counted.
        let after = full_at.max(now).checked_add(self.interval).ok_or(None)?;
        match after.saturating_sub(now.saturating_add(self.depth)) {
            0 => Ok(after),
            wait => Err(Some(wait)),
        }
    }

    /// Undoes a [`Bucket::take`] of the moment `taken`: when the bucket is full without it.
    ///
    /// What of the token can have come back by now has come back: nobody knows what the others took and gave back meanwhile, and a
    /// bucket that was full in between would have run over.
    pub(crate) fn give_back(&self, full_at: u64, taken: u64, now: u64) -> u64 {
        full_at.saturating_sub(self.interval.saturating_sub(now.saturating_sub(taken)))
    }

    pub(crate) fn allowance(&self, full_at: u64, now: u64) -> Allowance {
        let left = now.saturating_add(self.depth).saturating_sub(full_at.max(now)) / self.interval;
        Allowance {
            limit: self.burst,
            remaining: u32::try_from(left).unwrap_or(u32::MAX).min(self.burst),
            reset_nanos: full_at.saturating_sub(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    /// How many of the requests at these moments (nanoseconds) are served.
    fn served(bucket: Bucket, full_at: &mut u64, moments: impl Iterator<Item = u64>) -> usize {
        moments
            .filter(|now| match bucket.take(*full_at, *now) {
                Ok(after) => {
                    *full_at = after;
                    true
                }
                Err(_) => false,
            })
            .count()
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
    #[test]
    fn the_documentations_examples_of_10_000_a_second_and_5_000_at_once() {
        let bucket = Bucket::new(10_000.0, 5_000);
        let check = |groups: &[(u64, u64, usize)], expected: &[usize]| {
            let mut full_at = 0;
            let start = 1_760_000_000_000 * MILLI;
            let served: Vec<usize> = groups
                .iter()
                .map(|(from, to, requests)| {
                    let step = (to - from) * MILLI / *requests as u64;
                    let moments = (0..*requests as u64).map(|it| start + from * MILLI + it * step);
                    // A request knows its millisecond only.
                    served(bucket, &mut full_at, moments.map(|it| it / MILLI * MILLI))
                })
                .collect();
            assert_eq!(served, expected, "{groups:?}");
        };
        // 10,000 requests evenly in a second: all are served.
        check(&[(0, 1000, 10_000)], &[10_000]);
        // 10,000 in the first millisecond: 5,000 are served.
        check(&[(0, 0, 10_000)], &[5_000]);
        // 5,000 in the first millisecond, 5,000 evenly in the other 999: all are served.
        check(&[(0, 0, 5_000), (1, 1000, 5_000)], &[5_000, 5_000]);
        // 5,000 in the first millisecond, 1,000 at 101 ms: all are served, and no more than ten others.
        check(&[(0, 0, 5_000), (101, 101, 1_000)], &[5_000, 1_000]);
        check(&[(0, 0, 5_000), (101, 101, 2_000)], &[5_000, 1_010]);
    }

    #[test]
    fn nothing_a_second_or_nothing_at_once_admits_nothing() {
        for (rate, burst) in [(0.0, 5), (10.0, 0), (-1.0, 5), (f64::NAN, 5)] {
            assert_eq!(Bucket::new(rate, burst).take(0, SECOND), Err(None), "{rate} {burst}");
        }
    }

    #[test]
    fn who_is_refused_learns_when_to_come_again() {
        let bucket = Bucket::new(4.0, 1);
        let after = bucket.take(0, SECOND).unwrap();
        assert_eq!(bucket.take(after, SECOND), Err(Some(SECOND / 4)));
        assert_eq!(bucket.take(after, SECOND + SECOND / 4), Ok(SECOND + SECOND / 2));
    }

    #[test]
    fn rates_at_the_borders_do_not_overflow() {
        for rate in [f64::MIN_POSITIVE, 1e-9, 1e9, 1e300, f64::INFINITY] {
            for burst in [1, u32::MAX] {
                for now in [0, 1, u64::MAX] {
                    let bucket = Bucket::new(rate, burst);
                    let full_at = bucket.take(0, now).unwrap_or(u64::MAX);
                    let _ = (bucket.allowance(full_at, now), bucket.give_back(full_at, full_at, now));
                }
            }
        }
    }

    #[test]
    fn at_the_end_of_time_nothing_is_admitted_rather_than_everything() {
        let bucket = Bucket::new(1.0, 3);
        assert_eq!(bucket.take(0, u64::MAX), Err(None));
        let mut full_at = 0;
        assert!(served(bucket, &mut full_at, std::iter::repeat_n(u64::MAX - SECOND, 9)) <= 3);
    }

    #[test]
    fn a_clock_that_goes_back_refuses_until_it_has_caught_up() {
        let bucket = Bucket::new(1.0, 1);
        let after = bucket.take(0, 10 * SECOND).unwrap();
        assert_eq!(bucket.take(after, 3 * SECOND), Err(Some(8 * SECOND)));
        assert_eq!(bucket.take(after, 11 * SECOND), Ok(12 * SECOND));
    }
}
