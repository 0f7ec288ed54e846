//! A moment as `%tY` and its like show it: in UTC, as API Gateway's own times are.

/// Milliseconds since 1970, cut.
pub(super) struct Moment {
    millis: i64,
    year: i64,
    month: usize,
    day: i64,
    /// From 1.
    day_of_year: i64,
    /// From Sunday.
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

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
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days before the first of January of a year, since 1970.
fn days_before(year: i64) -> i64 {
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    (year - 1970) * 365 + leaps - 477
}

impl Moment {
    pub(super) fn at(millis: i64) -> Self {
        let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        // At most a year beside it: there are 146,097 days in 400 years.
        let mut year = 1970 + days * 400 / 146_097;
        while days_before(year) > days {
            year -= 1;
        }
        while days_before(year + 1) <= days {
            year += 1;
        }
        let day_of_year = days - days_before(year);
        let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (mut month, mut day) = (0, day_of_year);
        for length in lengths {
            if day < length {
                break;
            }
            (month, day) = (month + 1, day - length);
        }
        Self {
            millis,
            year,
            month,
            day: day + 1,
            day_of_year: day_of_year + 1,
            weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0),
            hour: of_day / 3_600_000,
            minute: of_day / 60_000 % 60,
            second: of_day / 1000 % 60,
        }
    }

    /// What this letter shows; nothing if there is no such letter.
    pub(super) fn formatted(&self, letter: char) -> Option<String> {
        let Self { millis, year, month, day, day_of_year, weekday, hour, minute, second } = self;
        let (fraction, twelve) = (millis.rem_euclid(1000), (hour + 11) % 12 + 1);
        let (month_name, day_name) = (MONTHS.get(*month)?, DAYS.get(*weekday)?);
        let number = month + 1;
        Some(match letter {
            'Y' => format!("{year:04}"),
            'y' => format!("{:02}", year % 100),
            'C' => format!("{:02}", year / 100),
            'm' => format!("{number:02}"),
            'd' => format!("{day:02}"),
            'e' => day.to_string(),
            'j' => format!("{day_of_year:03}"),
            'B' => (*month_name).to_owned(),
            'b' | 'h' => month_name.get(..3)?.to_owned(),
            'A' => (*day_name).to_owned(),
            'a' => day_name.get(..3)?.to_owned(),
            'H' => format!("{hour:02}"),
            'k' => hour.to_string(),
            'I' => format!("{twelve:02}"),
            'l' => twelve.to_string(),
            'M' => format!("{minute:02}"),
            'S' => format!("{second:02}"),
            'L' => format!("{fraction:03}"),
            'N' => format!("{fraction:03}000000"),
            'p' => (if *hour < 12 { "am" } else { "pm" }).to_owned(),
            'z' => "+0000".to_owned(),
            'Z' => "UTC".to_owned(),
            's' => (millis / 1000).to_string(),
            'Q' => millis.to_string(),
            'R' => format!("{hour:02}:{minute:02}"),
            'T' => format!("{hour:02}:{minute:02}:{second:02}"),
            'r' => {
                format!("{twelve:02}:{minute:02}:{second:02} {}", if *hour < 12 { "AM" } else { "PM" })
            }
            'D' => format!("{number:02}/{day:02}/{:02}", year % 100),
            'F' => format!("{year:04}-{number:02}-{day:02}"),
            'c' => {
                let (name, month) = (day_name.get(..3)?, month_name.get(..3)?);
                format!("{name} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_cut_as_the_calendar_has_it() {
        for (millis, expected) in [
            (0, "1970-01-01 00:00:00 Thu 001"),
            (1_583_348_638_390, "2020-03-04 19:03:58 Wed 064"),
            (951_782_400_000, "2000-02-29 00:00:00 Tue 060"),
            (-1, "1969-12-31 23:59:59 Wed 365"),
            (4_102_444_799_999, "2099-12-31 23:59:59 Thu 365"),
            (-9_145_631_407_856, "1680-03-08 18:49:52 Fri 068"),
            (-62_135_596_800_000, "0001-01-01 00:00:00 Mon 001"),
            (i64::from(i32::MAX) * 1000, "2038-01-19 03:14:07 Tue 019"),
        ] {
            let moment = Moment::at(millis);
            let of = |letter| moment.formatted(letter).unwrap_or_default();
            assert_eq!(format!("{} {} {} {}", of('F'), of('T'), of('a'), of('j')), expected, "{millis}");
        }
        assert!(Moment::at(i64::MAX).formatted('F').is_some() && Moment::at(i64::MIN).formatted('F').is_some());
    }
}
