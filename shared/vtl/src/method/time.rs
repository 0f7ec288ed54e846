//! A moment as `%tY` and its like show it: in UTC, as API Gateway's own times are.

use gatehouse_calendar::{Date, DateTime, short};

/// Milliseconds since 1970, cut.
pub(super) struct Moment {
    millis: i64,
    cut: DateTime,
}

impl Moment {
    pub(super) fn at(millis: i64) -> Self {
        Self { millis, cut: DateTime::of_seconds(millis.div_euclid(1000)) }
    }

    /// What this letter shows; nothing if there is no such letter.
    pub(super) fn formatted(&self, letter: char) -> Option<String> {
        let Self { millis, cut: DateTime { date, hour, minute, second } } = self;
        let Date { year, month, day } = date;
        let (fraction, twelve) = (millis.rem_euclid(1000), (hour + 11) % 12 + 1);
        let (month_name, day_name) = (date.month_name(), date.weekday_name());
        let day_of_year = date.days() - Date { month: 1, day: 1, ..*date }.days() + 1;
        Some(match letter {
            'Y' => format!("{year:04}"),
            'y' => format!("{:02}", year % 100),
            'C' => format!("{:02}", year / 100),
            'm' => format!("{month:02}"),
            'd' => format!("{day:02}"),
            'e' => day.to_string(),
            'j' => format!("{day_of_year:03}"),
            'B' => month_name.to_owned(),
            'b' | 'h' => short(month_name).to_owned(),
            'A' => day_name.to_owned(),
            'a' => short(day_name).to_owned(),
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
            'D' => format!("{month:02}/{day:02}/{:02}", year % 100),
            'F' => format!("{year:04}-{month:02}-{day:02}"),
            'c' => self.cut.java_text(),
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
