//! Dates as signatures write them: ISO 8601's basic format, in UTC, to the second.

use gatehouse_calendar::{DAY, Date, DateTime};

/// `20150830T123600Z` of seconds since 1970. Years beyond 9999 are written as the last second of 9999.
#[must_use]
pub fn basic_date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
    let DateTime { date: Date { year, month, day }, hour, minute, second } = DateTime::of_seconds(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Seconds since 1970 of exactly `20150830T123600Z`: no other spelling is one that a client signed.
#[must_use]
pub fn parse_basic_date(text: &[u8]) -> Option<u64> {
    let &[y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = text else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    let date = Date { year, month: number(&[m1, m2])?, day: number(&[d1, d2])? };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 || year < 1970 || !date.exists() {
        return None;
    }
    u64::try_from(date.days() * DAY + hour * 3600 + minute * 60 + second).ok()
}

/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written() {
        let check = |text: &str, seconds: u64| {
            assert_eq!(parse_basic_date(text.as_bytes()), Some(seconds), "{text}");
            assert_eq!(basic_date(seconds), text);
        };
        check("19700101T000000Z", 0);
        check("20150830T123600Z", 1_440_938_160);
        check("20000229T235959Z", 951_868_799);
        check("20240301T000000Z", 1_709_251_200);
        check("99991231T235959Z", LAST.unsigned_abs());
        assert_eq!(basic_date(u64::MAX), "99991231T235959Z");
    }

    #[test]
    fn what_no_client_signs_is_no_date() {
        for text in [
            "",
            "2015-08-30T12:36:00Z",
            "20150830T123600",
            "20150830t123600Z",
            "20150230T000000Z",
            "20150631T000000Z",
            "20151301T000000Z",
            "20150800T000000Z",
            "20150830T240000Z",
            "20150830T236000Z",
            "20150830T230060Z",
            "+0150830T123600Z",
            "19691231T235959Z",
            "00000101T000000Z",
            "Mon, 09 Sep 2011 23:36:00 GMT",
        ] {
            assert_eq!(parse_basic_date(text.as_bytes()), None, "{text}");
        }
    }
}
