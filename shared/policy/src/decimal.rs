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
    /// An optional minus, digits, and optionally a point and digits. No exponent, no infinity, nothing around it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let scale = u32::try_from(DIGITS.checked_sub(fraction.len())?).ok()?;
        let (whole, fraction) = (integer(whole)?, integer(fraction)? * 10_u128.pow(scale));
        Some(Self { negative: negative && (whole, fraction) != (0, 0), whole, fraction })
    }
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
        for (left, right) in [("1", "1.0"), ("-0", "0.00"), ("007", "7"), ("0.10", "0.1")] {
            assert_eq!(Decimal::parse(left).unwrap(), Decimal::parse(right).unwrap());
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "10abc", "NaN", "Infinity", "1e3", " 1", "+1", ".5", "5.", "1.2.3", "0x10", "--1", "１"]
        {
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
