//! Dates as policies write them: ISO 8601 in AWS's reading, or seconds since 1970.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>

use gatehouse_calendar::{DAY, Date, DateTime};

/// A point in time, in nanoseconds' precision. A date without a zone is in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    seconds: i64,
    nanos: u32,
}

impl Instant {
    pub(crate) const fn from_epoch(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// `YYYY[-MM[-DD]][Thh[:mm[:ss[.f]]][Z|±hh[:mm]]]`, or an integer of seconds.
    ///
    /// Digits alone are seconds, but for four of them: those are a year, for nobody means the first three hours of 1970.
    /// The hour may have one digit, and nothing need follow the `T`: AWS accepts both.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Self::from_epoch);
        }
        let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
        let (nanos, seconds) = time_of_day(time)?;
        Some(Self { seconds: days(date)?.checked_mul(DAY)?.checked_add(seconds)?, nanos })
    }

    /// `2024-05-06T07:08:09Z`, for a year of four digits.
    pub(crate) fn iso(self) -> Option<[u8; 20]> {
        let DateTime { date: Date { year, month, day }, hour, minute, second } = DateTime::of_seconds(self.seconds);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut put = |at: usize, width: usize, value: i64| {
            let mut rest = value;
            for digit in text.iter_mut().skip(at).take(width).rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
                rest /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, hour);
        put(14, 2, minute);
        put(17, 2, second);
        (0..=9999).contains(&year).then_some(text)
    }
}

/// The days since 1970 of `YYYY[-MM[-DD]]`.
fn days(date: &str) -> Option<i64> {
    let (sign, date) = date.strip_prefix('-').map_or((1, date), |date| (-1, date));
    let mut parts = date.split('-');
    // The years that Java's dates reach.
    let year = sign * number(parts.next()?, 1..=9, 0..=292_278_993)?;
    let month = parts.next().map_or(Some(1), |month| number(month, 1..=2, 1..=12))?;
    let day = parts.next().map_or(Some(1), |day| number(day, 1..=2, 1..=31))?;
    (parts.next().is_none() && year >= -292_275_054).then(|| Date { year, month, day }.days())
}

/// The nanoseconds and seconds of `hh[:mm[:ss[.f]]][Z|±hh[:mm]]`, or of nothing.
fn time_of_day(time: &str) -> Option<(u32, i64)> {
    let (time, zone) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => match time.find(['+', '-']) {
            Some(at) => {
                let (time, zone) = time.split_at_checked(at)?;
                (time, offset(zone)?)
            }
            None => (time, 0),
        },
    };
    if time.is_empty() {
        return (zone == 0).then_some((0, 0));
    }
    let mut parts = time.splitn(3, ':');
    let hours = number(parts.next()?, 1..=2, 0..=23)?;
    let minutes = parts.next().map_or(Some(0), |minutes| number(minutes, 1..=2, 0..=59))?;
    let (seconds, nanos) = parts.next().map_or(Some((0, 0)), seconds)?;
    Some((nanos, hours * 3600 + minutes * 60 + seconds - zone))
}

/// `±hh[:mm]`, in seconds.
fn offset(zone: &str) -> Option<i64> {
    let (sign, zone) = match zone.strip_prefix('-') {
        Some(zone) => (-1, zone),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
    Some(sign * (number(hours, 2..=2, 0..=23)? * 3600 + number(minutes, 2..=2, 0..=59)? * 60))
}

/// `ss[.f]`, with up to nine digits of a fraction.
fn seconds(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = u32::try_from(fraction.len()).ok()?;
    let nanos = number(fraction, 1..=9, 0..=999_999_999)? * 10_i64.pow(9_u32.checked_sub(digits)?);
    Some((number(whole, 1..=2, 0..=59)?, u32::try_from(nanos).ok()?))
}

/// Digits alone, so many of them, of a value within bounds.
fn number(text: &str, width: std::ops::RangeInclusive<usize>, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = width.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?.filter(|value| bounds.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_aws_reads_them() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01", 0),
            ("1970", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2024-02-29T12:30Z", 1_709_209_800),
            ("2024-02-29T12:30:00+02:00", 1_709_202_600),
            ("2024-02-29T12:30:00-02", 1_709_217_000),
            ("2024-02-29t12:30:00z", 1_709_209_800),
            ("2016-12-13t2:00:00.593194+23", 1_481_511_600),
            ("1700000000", 1_700_000_000),
            ("0", 0),
            ("9223372036854775807", i64::MAX),
            ("01T", -62_135_596_800),
            ("-0001-01-01", -62_198_755_200),
        ] {
            assert_eq!(Instant::parse(text).map(|instant| instant.seconds), Some(seconds), "{text}");
        }
        assert!(Instant::parse("-292275054").is_some());
        assert!(Instant::parse("2024-01-01T00:00:00.25Z") > Instant::parse("2024-01-01T00:00:00.123456789Z"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "234-13",
            "2024-00-01",
            "2024-01-32",
            "2024-01-01-01",
            "2024-01-01T24:00:00Z",
            "2024-01-01T1:60",
            "2024-01-01T01:00:60Z",
            "2016-12-13t2:00:00.593194+1",
            "2016-12-13t2:00:00.1999999999+10:59",
            "12.5",
            "+5",
            "9223372036854775808",
            "2024-01-01T00:00:00ZZ",
            "2024-01-01T+01:00",
            "99999999999-01-01",
            " 2024",
            "２０２４",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_written_as_it_is_read() {
        for seconds in [0, 951_782_399, 951_782_400, 1_709_209_800, 4_102_444_799, -1] {
            let instant = Instant::from_epoch(seconds);
            let text = String::from_utf8(instant.iso().unwrap().to_vec()).unwrap();
            assert_eq!(Instant::parse(&text), Some(instant), "{text}");
        }
        assert_eq!(Instant::from_epoch(i64::MAX / 1000).iso(), None);
    }
}
