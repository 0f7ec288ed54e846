//! Days, weeks and months of the UTC calendar. A day is its number since 1970-01-01.

use std::ops::Range;

/// Milliseconds of a day.
pub(crate) const DAY_MILLIS: u64 = 86_400_000;
/// 9999-12-31: whoever comes later is there.
const LAST_DAY: u64 = 2_932_896;
/// Days before each month of a year that is no leap year.
const BEFORE_MONTH: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// How long a quota holds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Sunday to Saturday: of `offset`, which once was the day that a period starts on, AWS's SDKs said that 0 is Sunday.
    ///
    /// <https://docs.rs/aws-sdk-apigateway/0.4.0/aws_sdk_apigateway/model/struct.QuotaSettings.html>
    Week,
    /// From the first of the month to its last day.
    Month,
}

impl Period {
    /// Every period, as AWS spells them.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Day, "DAY"), (Self::Week, "WEEK"), (Self::Month, "MONTH")];

    /// The period with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(period, _)| period)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(period, _)| *period == self).map_or("", |(_, name)| name)
    }

    /// The seconds of the longest one.
    #[must_use]
    pub fn longest_seconds(self) -> u32 {
        let days = match self {
            Period::Day => 1,
            Period::Week => 7,
            Period::Month => 31,
        };
        days * 86_400
    }

    /// The days of the period in which a day lies, the first of the next one excluded.
    #[must_use]
    pub fn around(self, day: u32) -> Range<u32> {
        match self {
            Period::Day => day..day.saturating_add(1),
            Period::Week => {
                // 1970-01-01 was a Thursday.
                let start = day.saturating_sub((day + 4) % 7);
                start..day + 7 - (day + 4) % 7
            }
            Period::Month => {
                let (year, month) = month_of(day);
                month_start(year, month)..month_start(year, month + 1)
            }
        }
    }
}

/// The day of a moment in milliseconds since 1970.
pub(crate) fn day_of(millis: u64) -> u32 {
    u32::try_from((millis / DAY_MILLIS).min(LAST_DAY)).unwrap_or_default()
}

/// The day of a date, if there is such a date from 1970 to 9999. Months and days begin with 1.
#[must_use]
pub fn day_of_date(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let found = month_start(year, month - 1) + day - 1;
    (found < month_start(year, month)).then_some(found)
}

/// A day's date: `2026-11-21`.
#[must_use]
pub fn date_of(day: u32) -> String {
    let (year, month) = month_of(day);
    format!("{year:04}-{:02}-{:02}", month + 1, day - month_start(year, month) + 1)
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// The first of January.
const fn year_start(year: u32) -> u32 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400;
    // 477 leap days came before 1970.
    365 * (year - 1970) + leap_days - 477
}

/// The first of a month (0 to 12, where 12 is the next January).
fn month_start(year: u32, month: u32) -> u32 {
    let before = usize::try_from(month).ok().and_then(|month| BEFORE_MONTH.get(month));
    match before {
        None => year_start(year + 1),
        Some(days) => year_start(year) + days + u32::from(month > 1 && is_leap(year)),
    }
}

/// Year and month (0 to 11) of a day.
fn month_of(day: u32) -> (u32, u32) {
    // Never too late, and too early by one year in five hundred.
    let mut year = 1970 + day / 366;
    while year_start(year + 1) <= day {
        year += 1;
    }
    let month = (1..12).take_while(|month| month_start(year, *month) <= day).count();
    (year, u32::try_from(month).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> u32 {
        let mut parts = date.split('-').map(|part| part.parse().unwrap());
        let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        day_of_date(year, month, day).unwrap()
    }

    #[test]
    fn periods_begin_and_end_with_the_utc_calendar() {
        let check = |period: Period, at: &str, from: &str, to: &str| {
            assert_eq!(period.around(day(at)), day(from)..day(to), "{at}");
        };
        check(Period::Day, "2026-11-21", "2026-11-21", "2026-11-22");
        check(Period::Week, "2026-11-21", "2026-11-15", "2026-11-22");
        check(Period::Week, "2026-11-23", "2026-11-22", "2026-11-29");
        check(Period::Week, "2026-11-22", "2026-11-22", "2026-11-29");
        check(Period::Week, "1970-01-05", "1970-01-04", "1970-01-11");
        check(Period::Week, "1970-01-04", "1970-01-04", "1970-01-11");
        check(Period::Week, "1970-01-03", "1970-01-01", "1970-01-04");
        check(Period::Month, "1970-01-01", "1970-01-01", "1970-02-01");
        check(Period::Month, "2024-02-29", "2024-02-01", "2024-03-01");
        check(Period::Month, "2023-02-28", "2023-02-01", "2023-03-01");
        check(Period::Month, "2000-02-29", "2000-02-01", "2000-03-01");
        check(Period::Month, "2100-02-28", "2100-02-01", "2100-03-01");
        check(Period::Month, "2025-12-31", "2025-12-01", "2026-01-01");
        check(Period::Month, "2026-01-01", "2026-01-01", "2026-02-01");
        assert_eq!(Period::Month.around(day("9999-12-31")), day("9999-12-01")..day("9999-12-31") + 1);
    }

    #[test]
    fn days_are_those_of_the_unix_clock() {
        let check = |date, seconds: u64| assert_eq!(day_of(seconds * 1000), day(date), "{date}");
        check("1970-01-01", 0);
        check("2000-02-29", 951_782_400);
        check("2020-03-04", 1_583_348_638);
        check("2025-12-31", 1_767_225_599);
        check("2026-01-01", 1_767_225_600);
        check("2100-03-01", 4_107_542_400);
        assert_eq!(u64::from(day_of(u64::MAX)), LAST_DAY);
    }

    #[test]
    fn there_is_no_30th_of_february() {
        for (year, month, day) in
            [(2026, 2, 29), (2024, 2, 30), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (1969, 1, 1)]
        {
            assert_eq!(day_of_date(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
