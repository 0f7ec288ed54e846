//! A moment: milliseconds since 1970, UTC, and the spellings that API Gateway gives it.

use serde::{Deserialize, Serialize};

/// A moment in time. It comes from the host; nothing here asks a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

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
        let seconds = self.0 / 1000;
        let (year, month, day) = date(seconds / 86_400);
        let month = MONTHS.get(month).copied().unwrap_or_default();
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        format!("{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
    }
}

/// Year, month (0-11) and day of a day count since 1970-01-01. The calendar is shifted to begin in March, so that
/// the leap day is a year's last (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn date(days: u64) -> (u64, usize, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 2 } else { march_month - 10 };
    let year = year_of_era + era * 400 + u64::from(month < 2);
    (year, usize::try_from(month).unwrap_or_default(), day)
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
