//! Numbers as policies compare them: decimal and exact, never floating point.

use std::cmp::Ordering;

/// How many digits either side of the point may have.
const DIGITS: usize = 38;

/// `-12.5`: a sign, what is before the point, and what is behind it, filled up to 38 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    whole: u128,
    fraction: u128,
}

impl Decimal {
    /// What JSON has as a number: an optional minus, digits, optionally a point and digits, optionally an exponent. No
    /// infinity, nothing around it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (digits, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(it, by)| (it, Some(by)));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let scale = u32::try_from(DIGITS.checked_sub(fraction.len())?).ok()?;
        let (mut value, mut part) = (integer(whole)?, integer(fraction)? * 10_u128.pow(scale));
        if let Some(exponent) = exponent {
            (value, part) = shifted(whole, fraction, shift(exponent)?)?;
        }
        Some(Self { negative: negative && (value, part) != (0, 0), whole: value, fraction: part })
    }
}

/// By how many places an exponent moves the point.
fn shift(exponent: &str) -> Option<i32> {
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits_only = (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits_only.then(|| exponent.parse().ok())?
}

/// Digits around a point that stands so many places further to the right. None if there is no room for one that counts.
fn shifted(whole: &str, fraction: &str, places: i32) -> Option<(u128, u128)> {
    let (mut value, mut part) = (0, 0);
    let mut power = i32::try_from(whole.len()).ok()?.checked_add(places)?;
    for byte in whole.bytes().chain(fraction.bytes()) {
        power = power.checked_sub(1)?;
        let digit = u128::from(byte.checked_sub(b'0')?);
        match u32::try_from(power) {
            _ if digit == 0 => {}
            Ok(power) if (power as usize) < DIGITS => value += digit * 10_u128.pow(power),
            Ok(_) => return None,
            Err(_) => part += digit * 10_u128.pow(u32::try_from(power.checked_add(38)?).ok()?),
        }
    }
    Some((value, part))
}

fn integer(digits: &str) -> Option<u128> {
    let digits_only = (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits_only.then(|| digits.parse().ok())?
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = (self.whole, self.fraction).cmp(&(other.whole, other.fraction));
        match (self.negative, other.negative) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        let ordered = ["-10", "-9.5", "-0.1", "0", "0.1", "9", "10", "9007199254740992", "9007199254740993"];
        for pair in ordered.windows(2) {
            assert!(Decimal::parse(pair[0]).unwrap() < Decimal::parse(pair[1]).unwrap(), "{pair:?}");
        }
        for (left, right) in [
            ("1", "1.0"),
            ("-0", "0.00"),
            ("007", "7"),
            ("0.10", "0.1"),
            // As JSON writes numbers, and its writers write small and large ones.
            ("1e3", "1000"),
            ("1E+2", "100.0"),
            ("-1.25e1", "-12.5"),
            ("1e-07", "0.0000001"),
            ("1.5e0", "1.5"),
            ("0e999", "0"),
            ("1e37", "10000000000000000000000000000000000000"),
        ] {
            assert_eq!(Decimal::parse(left).unwrap(), Decimal::parse(right).unwrap());
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            "10abc",
            "NaN",
            "Infinity",
            " 1",
            "+1",
            ".5",
            "5.",
            "1.2.3",
            "0x10",
            "--1",
            "１",
            "e3",
            "1e",
            "1e+",
            "1e1.5",
            "1e++1",
            ".5e1",
            "1e38",
            "1e-39",
            "1e99999999999",
            "1e-99999999999",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(39)), None);
    }

    proptest! {
        #[test]
        fn integers_compare_as_integers(left in any::<i64>(), right in any::<i64>()) {
            let decimal = |value: i64| Decimal::parse(&value.to_string()).unwrap();
            prop_assert_eq!(decimal(left).cmp(&decimal(right)), left.cmp(&right));
        }
    }
}
