//! Several limits of one slot, checked and taken as one.

use std::fmt;

use crate::allowance::{Allowance, seconds};
use crate::limit::{Limit, Rule};
use crate::page::Page;
use crate::quota::{Quota, Used};

/// A request that every limit admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What the slot holds then.
    pub state: Vec<u8>,
    /// What is left of the limit that leaves least; none without limits.
    pub allowance: Option<Allowance>,
    /// With it a request is given back.
    pub receipt: Receipt,
}

/// When a request was counted, in nanoseconds, and what was written for each limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    taken: u64,
    written: Vec<u64>,
}

/// A limit that does not admit a request. Nothing was taken of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which kind it is.
    pub refusal: Refusal,
    /// What is left of it: nothing.
    pub allowance: Allowance,
    /// Nanoseconds after which it would admit a request; none if it never does.
    pub retry_after_nanos: Option<u64>,
}

/// Why a request that is counted is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `THROTTLED`: 429, `Too Many Requests`.
    Throttled,
    /// `QUOTA_EXCEEDED`: 429, `Limit Exceeded`.
    QuotaExceeded,
}

impl Refusal {
    /// The name of its gateway response.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    #[must_use]
    pub const fn response_type(self) -> &'static str {
        match self {
            Refusal::Throttled => "THROTTLED",
            Refusal::QuotaExceeded => "QUOTA_EXCEEDED",
        }
    }
}

impl Refused {
    /// The value of `Retry-After`, at least a second; none if coming again is no use.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_nanos.map(|nanos| seconds(nanos).max(1))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.allowance.limit;
        match self.refusal {
            Refusal::Throttled => write!(f, "throttled: more than {of} requests at once"),
            Refusal::QuotaExceeded => write!(f, "quota exceeded: all {of} requests of the period are used"),
        }
    }
}

impl std::error::Error for Refused {}

/// Counts a request against every limit, at a moment in milliseconds since 1970. The first limit that refuses is named,
/// and then none has counted it. Bytes that are no state count as none: only [`is_state`] tells.
///
/// The state changes only if the caller's compare-and-swap succeeds; otherwise it loads and takes again.
///
/// # Errors
/// [`Refused`]: the slot stays as it is.
pub fn take(state: &[u8], now_millis: u64, limits: &[Limit]) -> Result<Taken, Refused> {
    let page = Page::read(state).unwrap_or_default();
    let now = page.now(now_millis);
    let mut values = Vec::with_capacity(limits.len());
    let mut tightest: Option<Allowance> = None;
    for limit in limits {
        let (value, allowance) = limit.take(page.value(limit.tag), now)?;
        values.push(value);
        tightest = Some(tightest.map_or(allowance, |known| known.tighter(allowance)));
    }
    let state = page.with(now, limits, &values);
    Ok(Taken { state, allowance: tightest, receipt: Receipt { taken: now, written: values } })
}

/// Gives a request back that was taken and then refused elsewhere. A bucket gets what of the token cannot have come back
/// meanwhile, so that whatever others take and give back no more is admitted than it allows.
#[must_use]
pub fn give_back(state: &[u8], now_millis: u64, limits: &[Limit], receipt: &Receipt) -> Vec<u8> {
    let page = Page::read(state).unwrap_or_default();
    let now = page.now(now_millis);
    let values: Vec<u64> = limits
        .iter()
        .zip(&receipt.written)
        .map(|(limit, written)| {
            page.value(limit.tag).map_or(0, |value| limit.give_back(value, receipt.taken, *written, now))
        })
        .collect();
    page.with(now, limits, &values)
}

/// The state when so much remains of a quota. A throttle stays as it is.
#[must_use]
pub(crate) fn noted(state: &[u8], now_millis: u64, limit: &Limit, remaining: u32) -> Vec<u8> {
    let page = Page::read(state).unwrap_or_default();
    let now = page.now(now_millis);
    match limit.rule {
        Rule::Quota(quota) => page.with(now, std::slice::from_ref(limit), &[quota.used_of(remaining, now).write()]),
        Rule::Throttle(_) => page.with(now, &[], &[]),
    }
}

/// Whether bytes are a state, an empty one included. Anything else is replaced when a request is taken.
#[must_use]
pub fn is_state(bytes: &[u8]) -> bool {
    Page::read(bytes).is_some()
}

impl Limit {
    fn take(&self, value: Option<u64>, now: u64) -> Result<(u64, Allowance), Refused> {
        match self.rule {
            Rule::Throttle(bucket) => {
                let full_at = value.unwrap_or_default();
                let refused = |retry_after_nanos| Refused {
                    refusal: Refusal::Throttled,
                    allowance: bucket.allowance(full_at, now),
                    retry_after_nanos,
                };
                let after = bucket.take(full_at, now).map_err(refused)?;
                Ok((after, bucket.allowance(after, now)))
            }
            Rule::Quota(quota) => {
                let used = value.map(Used::read);
                let refused = |wait| Refused {
                    refusal: Refusal::QuotaExceeded,
                    allowance: quota.allowance(used, now),
                    retry_after_nanos: Some(wait).filter(|_| quota.limit > 0),
                };
                let after = quota.take(used, now).map_err(refused)?;
                Ok((after.write(), quota.allowance(Some(after), now)))
            }
        }
    }

    fn give_back(&self, value: u64, taken: u64, written: u64, now: u64) -> u64 {
        match self.rule {
            Rule::Throttle(bucket) => bucket.give_back(value, taken, now),
            Rule::Quota(_) => Quota::give_back(Used::read(value), Used::read(written)).write(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bucket, Period};

    const SECOND: u64 = 1_000_000_000;

    fn throttle(name: &str, rate: f64, burst: u32) -> Limit {
        Limit::throttle(&[name], Bucket::new(rate, burst))
    }

    fn quota(limit: u32) -> Limit {
        Limit::quota(&["quota"], Quota { limit, offset: 0, period: Period::Day, began: None })
    }

    #[test]
    fn if_one_limit_refuses_none_has_counted() {
        let limits = [throttle("method", 1.0, 9), throttle("key", 1.0, 2), quota(9)];
        let first = take(&[], 0, &limits).unwrap();
        let second = take(&first.state, 0, &limits).unwrap();
        assert_eq!(second.allowance.unwrap(), Allowance { limit: 2, remaining: 0, reset_nanos: 2 * SECOND });
        let refused = take(&second.state, 0, &limits).unwrap_err();
        assert_eq!((refused.refusal, refused.retry_after_seconds()), (Refusal::Throttled, Some(1)));
        let left = |limit: Limit| take(&second.state, 0, &[limit]).unwrap().allowance.unwrap().remaining;
        assert_eq!([left(limits[0]), left(limits[2])], [6, 6]);
    }

    #[test]
    fn the_first_limit_that_refuses_is_named() {
        let limits = [throttle("key", 1.0, 1), quota(1)];
        let taken = take(&[], 0, &limits).unwrap();
        assert_eq!(take(&taken.state, 0, &limits).unwrap_err().refusal, Refusal::Throttled);
        let refused = take(&taken.state, 5_000, &limits).unwrap_err();
        assert_eq!((refused.refusal, refused.retry_after_seconds()), (Refusal::QuotaExceeded, Some(86_395)));
        assert_eq!(take(&[], 0, &[quota(0)]).unwrap_err().retry_after_seconds(), None);
    }

    #[test]
    fn a_request_given_back_was_never_taken() {
        let limits = [throttle("key", 1.0, 3), quota(5)];
        let first = take(&[], 1_000, &limits).unwrap();
        let second = take(&first.state, 1_100, &limits).unwrap();
        assert_eq!(give_back(&second.state, 1_100, &limits, &second.receipt).get(9..), first.state.get(9..));
        let other = take(&second.state, 1_100, &limits).unwrap();
        let without = give_back(&other.state, 1_100, &limits, &second.receipt);
        assert_eq!(without, take(&first.state, 1_100, &limits).unwrap().state);
    }

    /// With all of each, a third would stay admitted in these 297 ms: one was given back whose token others had pushed back, who
    /// were given back themselves.
    #[test]
    fn what_has_come_back_meanwhile_is_not_given_back() {
        let limits = [throttle("key", 2.7350241722944975, 2)];
        let (mut state, mut open, mut kept) = (Vec::new(), std::collections::VecDeque::new(), 0);
        let mut event = |now: u64, what: char| match what {
            '<' if !open.is_empty() => {
                let receipt = open.pop_front().unwrap();
                state = give_back(&state, now, &limits, &receipt);
            }
            _ => {
                let Ok(taken) = take(&state, now, &limits) else { return };
                state = taken.state;
                if what == 'k' { kept += 1 } else { open.push_back(taken.receipt) }
            }
        };
        for (now, what) in
            [(0, '<'), (18, '>'), (80, '<'), (80, '>'), (80, '<'), (80, '>'), (80, 'k'), (80, '<'), (80, '>')]
        {
            event(now, what);
        }
        for (now, what) in
            [(80, '<'), (149, 'k'), (196, '<'), (250, '<'), (334, '<'), (403, 'k'), (416, 'k'), (446, 'k')]
        {
            event(now, what);
        }
        assert!(kept <= 2, "{kept}");
    }

    #[test]
    fn a_bucket_that_was_full_in_between_gets_nothing_back() {
        let limits = [throttle("key", 1.0, 1)];
        let first = take(&[], 1_000, &limits).unwrap();
        let second = take(&first.state, 2_000, &limits).unwrap();
        assert_eq!(give_back(&second.state, 2_000, &limits, &first.receipt), second.state);
    }

    #[test]
    fn bytes_that_are_no_state_are_replaced() {
        assert!(!is_state(b"what is this") && is_state(&[]));
        let taken = take(b"what is this", 0, &[quota(1)]).unwrap();
        assert!(is_state(&taken.state));
        assert!(take(&taken.state, 0, &[quota(1)]).is_err());
    }

    #[test]
    fn in_a_page_the_clock_does_not_go_back() {
        let (one, other) = (throttle("one", 1.0, 1), throttle("other", 1.0, 1));
        let taken = take(&[], 1_000, &[one]).unwrap();
        // Full again, and forgotten.
        let state = take(&taken.state, 3_000, &[other]).unwrap().state;
        // The clock goes back to when it was not.
        let state = take(&state, 1_000, &[one]).unwrap().state;
        assert!(take(&state, 1_000, &[one]).is_err() && take(&state, 3_999, &[one]).is_err());
        assert!(take(&state, 4_000, &[one]).is_ok());
    }
}
