//! What is left of a limit, and the headers that say so where the operator wants them. API Gateway sends none.

/// What is left of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The burst of a throttle, or the limit of a quota in this period.
    pub limit: u32,
    /// How many requests are left now.
    pub remaining: u32,
    /// Nanoseconds until a throttle's bucket is full again, or until a quota's period ends.
    pub reset_nanos: u64,
}

impl Allowance {
    /// `x-ratelimit-limit`, `x-ratelimit-remaining` and `x-ratelimit-reset` (seconds, rounded up).
    #[must_use]
    pub fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", seconds(self.reset_nanos).to_string()),
        ]
    }

    /// Which of two leaves less; the first if they leave the same.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        if other.remaining < self.remaining { other } else { self }
    }
}

/// Whole seconds, rounded up.
pub(crate) const fn seconds(nanos: u64) -> u64 {
    nanos.div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_up() {
        let allowance = Allowance { limit: 5, remaining: 2, reset_nanos: 1_000_000_001 };
        let headers = allowance.headers().map(|(name, value)| format!("{name}: {value}"));
        assert_eq!(headers, ["x-ratelimit-limit: 5", "x-ratelimit-remaining: 2", "x-ratelimit-reset: 2"]);
    }
}
