//! How many requests a key has in a day, a week or a month.

use crate::allowance::Allowance;
use crate::calendar::{DAY_MILLIS, Period, date_of, day_of};

/// A number of requests in a period.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// In every period.
    pub limit: u32,
    /// Fewer in the first period: that in which the key began.
    pub offset: u32,
    /// How long it holds.
    pub period: Period,
    /// The day on which the key began, counted from 1970-01-01; none if there is no offset.
    pub began: Option<u32>,
}

/// What has been used of a quota, and the day on which that is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) requests: u32,
    pub(crate) until: u32,
}

impl Used {
    pub(crate) fn read(value: u64) -> Self {
        let half = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default();
        Self { requests: half(value), until: half(value >> 32) }
    }

    pub(crate) fn write(self) -> u64 {
        u64::from(self.until) << 32 | u64::from(self.requests)
    }
}

impl Quota {
    /// Counts a request.
    ///
    /// # Errors
    /// The nanoseconds until the next period.
    pub(crate) fn take(&self, used: Option<Used>, now: u64) -> Result<Used, u64> {
        let (limit, until) = self.at(now);
        let requests = self.requests(used, until);
        if requests >= limit { Err(nanos_until(until, now)) } else { Ok(Used { requests: requests + 1, until }) }
    }

    /// Undoes a [`Quota::take`] that was answered with `after`.
    pub(crate) fn give_back(used: Used, after: Used) -> Used {
        let same = u32::from(used.until == after.until);
        Used { requests: used.requests.saturating_sub(same), ..used }
    }

    pub(crate) fn allowance(&self, used: Option<Used>, now: u64) -> Allowance {
        let (limit, until) = self.at(now);
        let remaining = limit.saturating_sub(self.requests(used, until));
        Allowance { limit, remaining, reset_nanos: nanos_until(until, now) }
    }

    /// The limit in the period around a day.
    #[must_use]
    pub fn limit_on(&self, day: u32) -> u32 {
        self.window(u64::from(day) * DAY_MILLIS).0
    }

    /// The limit in the period around a moment in milliseconds since 1970, and the nanoseconds until that ends.
    pub(crate) fn window(&self, now_millis: u64) -> (u32, u64) {
        let now = now_millis.saturating_mul(1_000_000);
        let (limit, until) = self.at(now);
        (limit, nanos_until(until, now))
    }

    /// The period around a moment, by its length and its first day: `MONTH:2026-11-01`.
    pub(crate) fn period_name(&self, now_millis: u64) -> String {
        self.name_of_period(day_of(now_millis))
    }

    /// The period around a day, as descriptors name it.
    pub(crate) fn name_of_period(&self, day: u32) -> String {
        format!("{}:{}", self.period.name(), date_of(self.period.around(day).start))
    }

    /// What has been used in the period around a moment, if this is what remains.
    pub(crate) fn used_of(&self, remaining: u32, now: u64) -> Used {
        let (limit, until) = self.at(now);
        Used { requests: limit.saturating_sub(remaining), until }
    }

    /// The limit in the period around a moment, and the day on which it ends.
    fn at(&self, now: u64) -> (u32, u32) {
        let period = self.period.around(day_of(now / 1_000_000));
        let is_first = self.began.is_some_and(|began| period.contains(&began));
        (self.limit.saturating_sub(if is_first { self.offset } else { 0 }), period.end)
    }

    fn requests(&self, used: Option<Used>, until: u32) -> u32 {
        used.filter(|used| used.until == until).map_or(0, |used| used.requests)
    }
}

fn nanos_until(day: u32, now: u64) -> u64 {
    (u64::from(day) * DAY_MILLIS).saturating_mul(1_000_000).saturating_sub(now)
}

/// Whether a period has ended.
pub(crate) fn is_over(used: Used, now: u64) -> bool {
    nanos_until(used.until, now) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;
    const DAY: u64 = 24 * HOUR;

    #[test]
    fn the_offset_is_subtracted_in_the_first_period_only() {
        let quota = Quota { limit: 5, offset: 2, period: Period::Day, began: Some(10) };
        let served = |day: u64| {
            let mut used = None;
            std::iter::from_fn(|| {
                used = Some(quota.take(used, day * DAY + HOUR).ok()?);
                used
            })
            .count()
        };
        assert_eq!([served(9), served(10), served(11)], [5, 3, 5]);
    }

    #[test]
    fn who_has_used_it_up_waits_for_the_next_period() {
        let quota = Quota { limit: 1, offset: 0, period: Period::Day, began: None };
        let used = quota.take(None, 10 * DAY + HOUR).unwrap();
        assert_eq!(quota.take(Some(used), 10 * DAY + 2 * HOUR), Err(22 * HOUR));
        assert_eq!(quota.take(Some(used), 11 * DAY).unwrap(), Used { requests: 1, until: 12 });
        assert_eq!(quota.allowance(Some(used), 11 * DAY - 1).remaining, 0);
        assert_eq!(quota.allowance(Some(used), 11 * DAY).remaining, 1);
    }

    #[test]
    fn an_offset_above_the_limit_leaves_nothing() {
        let quota = Quota { limit: 1, offset: 9, period: Period::Day, began: Some(0) };
        assert_eq!(quota.take(None, 0), Err(DAY));
    }
}
