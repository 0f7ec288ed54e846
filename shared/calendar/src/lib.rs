//! The Gregorian calendar in UTC, extended to all years as ISO 8601 has it: what a count of days or seconds since 1970-01-01 is as a date, and
//! the other way round. Nothing in here asks a clock.
//!
//! ```
//! use gatehouse_calendar::{Date, DateTime};
//!
//! let moment = DateTime::of_seconds(1_709_209_800);
//! assert_eq!(moment, DateTime { date: Date { year: 2024, month: 2, day: 29 }, hour: 12, minute: 30, second: 0 });
//! assert_eq!((moment.date.weekday_name(), moment.date.days()), ("Thursday", 19_782));
//! ```

/// Seconds of a day.
pub const DAY: i64 = 86_400;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A day of the calendar, if [`Date::exists`] says so. Months and days begin with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "they are what they are called")]
pub struct Date {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

/// A second of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "they are what they are called")]
pub struct DateTime {
    pub date: Date,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

/// Days of 400 years, after which the calendar begins anew; and those from the first of March of the year 0 to 1970-01-01.
const ERA: i64 = 146_097;
const BEFORE_1970: i64 = 719_468;

impl Date {
    /// The date of so many days since 1970-01-01, of at most 10¹⁵.
    ///
    /// Years begin in March here, so that a leap day is the last one (Howard Hinnant, "chrono-compatible low-level date algorithms").
    #[must_use]
    pub const fn of_days(days: i64) -> Self {
        let days = days + BEFORE_1970;
        let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        Self {
            year: era * 400 + year + (month >= 10) as i64,
            month: (month + 2) % 12 + 1,
            day: of_year - (153 * month + 2) / 5 + 1,
        }
    }

    /// The days since 1970-01-01, of a year of at most 10¹²; the 31st of a shorter month is the next one's first.
    #[must_use]
    pub const fn days(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        era * ERA + year * 365 + year / 4 - year / 100 + of_year - BEFORE_1970
    }

    /// Is there such a day?
    #[must_use]
    pub fn exists(self) -> bool {
        Self::of_days(self.days()) == self
    }

    /// The day of the week, from 0 for Sunday.
    #[must_use]
    pub const fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.days() + 4).rem_euclid(7) as usize
    }

    /// `Sunday`
    #[must_use]
    pub fn weekday_name(self) -> &'static str {
        WEEKDAYS.get(self.weekday()).copied().unwrap_or_default()
    }

    /// `January`
    #[must_use]
    pub fn month_name(self) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|at| MONTHS.get(at).copied()).unwrap_or_default()
    }
}

impl DateTime {
    /// The moment so many seconds since 1970.
    #[must_use]
    pub const fn of_seconds(seconds: i64) -> Self {
        let (date, second) = (Date::of_days(seconds.div_euclid(DAY)), seconds.rem_euclid(DAY));
        Self { date, hour: second / 3_600, minute: second / 60 % 60, second: second % 60 }
    }

    /// `Tue Dec 05 12:44:49 UTC 2017`, as Java prints a date.
    #[must_use]
    pub fn java_text(self) -> String {
        let Self { date, hour, minute, second } = self;
        let (weekday, month, Date { year, day, .. }) = (short(date.weekday_name()), short(date.month_name()), date);
        format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
    }
}

/// The first three letters of a name: `Sun`, `Jan`.
#[must_use]
pub fn short(name: &'static str) -> &'static str {
    name.get(..3).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_and_back() {
        for (days, year, month, day, weekday) in [
            (0, 1970, 1, 1, "Thursday"),
            (-1, 1969, 12, 31, "Wednesday"),
            (11_016, 2000, 2, 29, "Tuesday"),
            (11_017, 2000, 3, 1, "Wednesday"),
            (47_540, 2100, 2, 28, "Sunday"),
            (47_541, 2100, 3, 1, "Monday"),
            (-719_162, 1, 1, 1, "Monday"),
            (-719_163, 0, 12, 31, "Sunday"),
            (-719_528, 0, 1, 1, "Saturday"),
            (-719_529, -1, 12, 31, "Friday"),
            (2_932_896, 9999, 12, 31, "Friday"),
        ] {
            let date = Date { year, month, day };
            assert_eq!((Date::of_days(days), date.days(), date.weekday_name()), (date, days, weekday));
        }
        // Every day of an era and a bit more follows on the one before.
        for days in -1_000..ERA + 1_000 {
            let (today, next) = (Date::of_days(days), Date::of_days(days + 1));
            let follows = (next.year, next.month, next.day) == (today.year, today.month, today.day + 1)
                || (next.year, next.month, next.day) == (today.year, today.month + 1, 1)
                || (next.year, next.month, next.day) == (today.year + 1, 1, 1);
            assert!(follows && today.exists() && today.days() == days, "{today:?}");
        }
    }

    #[test]
    fn some_days_do_not_exist() {
        for (year, month, day) in [
            (2023, 2, 29),
            (2100, 2, 29),
            (2024, 2, 30),
            (2024, 4, 31),
            (2024, 1, 0),
            (2024, 1, 32),
            (2024, 0, 1),
            (2024, 13, 1),
        ] {
            assert!(!Date { year, month, day }.exists(), "{year}-{month}-{day}");
        }
    }

    #[test]
    fn seconds_before_1970_are_moments_too() {
        let date = Date { year: 1969, month: 12, day: 31 };
        assert_eq!(DateTime::of_seconds(-1), DateTime { date, hour: 23, minute: 59, second: 59 });
        assert_eq!((short(date.weekday_name()), short(date.month_name())), ("Wed", "Dec"));
    }
}
