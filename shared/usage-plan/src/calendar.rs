//! Days, weeks and months of the UTC calendar. A day is its number since 1970-01-01.

use std::ops::Range;

use gatehouse_calendar::Date;

/// Milliseconds of a day.
pub(crate) const DAY_MILLIS: u64 = 86_400_000;
/// 9999-12-31: whoever comes later is there.
const LAST_DAY: u64 = 2_932_896;

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
                let first = first_of_month(day);
                // No month is longer: that day lies in the next one.
                first..first_of_month(first.saturating_add(31))
            }
        }
    }
}

fn first_of_month(day: u32) -> u32 {
    let of_month = Date::of_days(day.into()).day;
    day.saturating_sub(u32::try_from(of_month - 1).unwrap_or_default())
}

/// The day of a moment in milliseconds since 1970.
pub(crate) fn day_of(millis: u64) -> u32 {
    u32::try_from((millis / DAY_MILLIS).min(LAST_DAY)).unwrap_or_default()
}

/// The day of a date, if there is such a date from 1970 to 9999. Months and days begin with 1.
#[must_use]
pub fn day_of_date(year: u32, month: u32, day: u32) -> Option<u32> {
    let date = Date { year: year.into(), month: month.into(), day: day.into() };
    ((1970..=9999).contains(&year) && date.exists()).then(|| number(date))
}

/// A day's date: `2026-11-21`.
#[must_use]
pub fn date_of(day: u32) -> String {
    let Date { year, month, day } = Date::of_days(day.into());
    format!("{year:04}-{month:02}-{day:02}")
}

/// A date's number: 0 before 1970.
fn number(date: Date) -> u32 {
    u32::try_from(date.days()).unwrap_or_default()
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
