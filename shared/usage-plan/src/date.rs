//! The day of a date as written.

use crate::calendar::{day_of, day_of_date};
use crate::config::Date;

/// The UTC day of a moment, counted from 1970-01-01.
pub(crate) fn day(date: &Date) -> Option<u32> {
    match date {
        Date::Seconds(seconds) => (*seconds >= 0.0).then(|| day_of((*seconds * 1000.0) as u64)),
        Date::Text(text) => day_of_text(text),
    }
}

/// `YYYY-MM-DD`, alone or with a time and its distance from UTC.
fn day_of_text(text: &str) -> Option<u32> {
    let (date, time) = text.split_at_checked(10)?;
    let [year, month, of_month] = numbers(date, '-', [4, 2, 2])?;
    let day = day_of_date(year, month, of_month)?;
    let Some(time) = time.strip_prefix(['T', ' ']) else { return time.is_empty().then_some(day) };
    let (clock, zone) = time.split_at_checked(time.find(['Z', '+', '-'])?)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let is_clock = hour < 24 && minute < 60 && second < 61 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let minutes = i64::from(day) * 1440 + i64::from(hour * 60 + minute) - offset(zone)?;
    u32::try_from(minutes.div_euclid(1440)).ok().filter(|_| is_clock)
}

/// Minutes ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let [hours, minutes] = if clock.contains(':') { numbers(clock, ':', [2, 2]) } else { None }
        .or_else(|| clock.split_at_checked(2).and_then(|(hours, rest)| Some([number(hours, 2)?, number(rest, 2)?])))?;
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (slot, digits) in numbers.iter_mut().zip(digits) {
        *slot = number(parts.next()?, digits)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_utc() {
        let check = |text: &str, expected| assert_eq!(day(&Date::Text(text.into())), expected, "{text}");
        check("1970-01-02", Some(1));
        check("1970-01-02T03:04:05Z", Some(1));
        check("1970-01-02T03:04:05.678+00:00", Some(1));
        check("1970-01-02T03:04:05+04:00", Some(0));
        check("1970-01-02T23:04:05-0100", Some(2));
        check("1970-01-01T00:00:00+01:00", None);
        for wrong in ["", "1970-01-2", "1970-13-02", "1970-01-02T", "1970-01-02T03:04Z", "1970-01-02T25:04:05Z"] {
            check(wrong, None);
        }
        check("1970-01-02T03:04:05", None);
        check("1970-01-02T03:04:05+é:0", None);
        assert_eq!(day(&Date::Seconds(1_795_266_776.5)), day(&Date::Text("2026-11-21".into())));
        assert_eq!(day(&Date::Seconds(-1.0)), None);
    }
}
