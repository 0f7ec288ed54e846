//! Dates as signatures write them: ISO 8601's basic format, in UTC, to the second.

/// `20150830T123600Z` of seconds since 1970. Years beyond 9999 are written as the last second of 9999.
#[must_use]
pub fn basic_date(seconds: u64) -> String {
    let seconds = seconds.min(LAST);
    let (year, month, day) = civil(seconds / DAY);
    let of_day = seconds % DAY;
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Seconds since 1970 of exactly `20150830T123600Z`: no other spelling is one that a client signed.
#[must_use]
pub fn parse_basic_date(text: &[u8]) -> Option<u64> {
    let &[y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = text else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 || year < 1970 {
        return None;
    }
    let days = days(year, month, day)?;
    Some(days * DAY + hour * 3600 + minute * 60 + second)
}

const DAY: u64 = 86_400;
/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
}

/// Days since 1970 of a day that exists.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap),
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years begin in March here, so that a leap day is the last one.
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year * 365 + year / 4 - year / 100 + year / 400;
    (of_era + (153 * from_march + 2) / 5 + day - 1).checked_sub(719_468)
}

/// Year, month and day of days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: u64) -> (u64, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or_default(), u32::try_from(day).unwrap_or_default())
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
        check("99991231T235959Z", LAST);
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
