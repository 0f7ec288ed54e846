//! A moment: milliseconds since 1970, UTC, and the spellings that API Gateway gives it.

use gatehouse_calendar::{Date, DateTime, short};
use serde::{Deserialize, Serialize};

/// A moment in time. It comes from the host; nothing here asks a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// A moment, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Milliseconds from `earlier` to this moment; 0 if the clock went back.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// So many milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// `dd/MMM/yyyy:HH:mm:ss +0000`, as `$context.requestTime` has it.
    #[must_use]
    pub fn common_log(self) -> String {
        let seconds = i64::try_from(self.0 / 1000).unwrap_or_default();
        let DateTime { date, hour, minute, second } = DateTime::of_seconds(seconds);
        let (Date { year, day, .. }, month) = (date, short(date.month_name()));
        format!("{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_time_is_written_as_the_common_log_format_has_it() {
        let check = |millis, text| assert_eq!(Timestamp::from_millis(millis).common_log(), text);
        check(0, "01/Jan/1970:00:00:00 +0000");
        check(951_782_400_000, "29/Feb/2000:00:00:00 +0000");
        check(1_583_348_638_390, "04/Mar/2020:19:03:58 +0000");
        check(1_767_225_599_999, "31/Dec/2025:23:59:59 +0000");
        check(4_107_542_400_000, "01/Mar/2100:00:00:00 +0000");
    }
}
