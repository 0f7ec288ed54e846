//! Numbers as JSON writes them: compared, divided and printed exactly, whatever their size, in time that grows with
//! their digits alone. `1e999999999` costs no more than `1`.

use std::cmp::Ordering;

/// A number: its significant digits, without zeros at either end, as if behind `0.`, times a power of ten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a> {
    negative: bool,
    digits: (&'a [u8], &'a [u8]),
    /// The power of ten; 0 for zero, which has no digits.
    point: i64,
    /// It was written without a point and an exponent.
    is_integer: bool,
}

impl<'a> Number<'a> {
    /// A number that JSON has already been found to hold.
    pub(crate) fn read(text: &'a str) -> Self {
        let is_integer = !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // The reader has seen to it that it fits.
        let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().unwrap_or_default();
        let mut point = exponent.saturating_add(i64::try_from(whole.len()).unwrap_or_default());
        let mut digits = (whole.trim_start_matches('0'), fraction);
        point -= length(whole.len() - digits.0.len());
        if digits.0.is_empty() {
            digits.1 = fraction.trim_start_matches('0');
            point -= length(fraction.len() - digits.1.len());
        }
        digits.1 = digits.1.trim_end_matches('0');
        if digits.1.is_empty() {
            digits.0 = digits.0.trim_end_matches('0');
        }
        if digits.0.is_empty() && digits.1.is_empty() {
            return Self { negative: false, digits: (b"", b""), point: 0, is_integer };
        }
        Self { negative, digits: (digits.0.as_bytes(), digits.1.as_bytes()), point, is_integer }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.digits.0.iter().chain(self.digits.1).copied()
    }

    fn precision(&self) -> i64 {
        length(self.digits.0.len() + self.digits.1.len())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.precision() == 0
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// What all writings of the same number have in common.
    pub(crate) fn identity(&self) -> (bool, i64, impl Iterator<Item = u8> + use<'a>) {
        (self.negative, self.point, self.digits())
    }

    pub(crate) fn compare(&self, other: &Number<'_>) -> Ordering {
        let sign = |number: &Number<'_>| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let signs = sign(self).cmp(&sign(other));
        if signs != Ordering::Equal {
            return signs;
        }
        let magnitudes = self.point.cmp(&other.point).then_with(|| self.digits().cmp(other.digits()));
        if self.negative { magnitudes.reverse() } else { magnitudes }
    }

    /// The number, if it is whole and has 64 bits at most.
    pub(crate) fn small(&self) -> Option<i64> {
        if self.point > 19 || self.precision() > self.point {
            return None;
        }
        let mut plain = String::from(if self.negative { "-" } else { "" });
        self.push_plain(&mut plain);
        if self.is_zero() { Some(0) } else { plain.parse().ok() }
    }

    /// As Java's `BigDecimal` prints it, without zeros at the end; a whole number that was written as one in full.
    pub(crate) fn push_to(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        if self.is_zero() {
            out.push('0');
            return;
        }
        let (precision, adjusted) = (self.precision(), self.point - 1);
        let scale = precision - self.point;
        if self.is_integer || (scale >= 0 && adjusted >= -6) {
            return self.push_plain(out);
        }
        for (index, digit) in self.digits().enumerate() {
            if index == 1 {
                out.push('.');
            }
            out.push(char::from(digit));
        }
        if adjusted != 0 {
            let sign = if adjusted > 0 { "+" } else { "" };
            out.push_str(&format!("E{sign}{adjusted}"));
        }
    }

    /// Few zeros are added: a whole number had them, another has at most six.
    fn push_plain(&self, out: &mut String) {
        if self.point <= 0 {
            out.push_str("0.");
            (self.point..0).for_each(|_| out.push('0'));
        }
        for (index, digit) in (0..).zip(self.digits()) {
            if index == self.point && self.point > 0 {
                out.push('.');
            }
            out.push(char::from(digit));
        }
        (self.precision()..self.point).for_each(|_| out.push('0'));
    }
}

/// How a number of few digits without an exponent compares to a whole one: the most there are, in the least time.
#[inline]
pub(crate) fn compare_short(text: &str, to: i64) -> Option<Ordering> {
    let (mut whole, mut digits, mut rest) = (0_i64, 0, false);
    let negative = text.starts_with('-');
    let mut bytes = text.bytes().skip(usize::from(negative));
    for byte in bytes.by_ref() {
        match byte {
            b'0'..=b'9' if digits < 18 => whole = whole * 10 + i64::from(byte - b'0'),
            b'.' => break,
            _ => return None,
        }
        digits += 1;
    }
    for byte in bytes {
        match byte {
            b'0' => {}
            b'1'..=b'9' => rest = true,
            _ => return None,
        }
    }
    let beyond = if negative { Ordering::Less } else { Ordering::Greater };
    let whole = if negative { -whole } else { whole };
    Some(whole.cmp(&to).then(if rest { beyond } else { Ordering::Equal }))
}

/// What a number must be a multiple of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    digits: u64,
    exponent: i64,
}

impl Divisor {
    /// Eighteen digits fit into what remainders are reckoned with; `None` beyond them.
    pub(crate) fn new(number: &Number<'_>) -> Option<Self> {
        if number.precision() > 18 {
            return None;
        }
        let digits = number.digits().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        (digits > 0).then_some(Self { digits, exponent: number.point - number.precision() })
    }

    /// Whether a number is a multiple, exactly.
    pub(crate) fn divides(&self, number: &Number<'_>) -> bool {
        if number.is_zero() {
            return true;
        }
        let power = number.point - number.precision() - self.exponent;
        // Neither has zeros at its end: nothing is left of the number to be divided by ten.
        let Ok(power) = u64::try_from(power) else { return false };
        let divisor = u128::from(self.digits);
        let remainder = number.digits().fold(0, |sum, digit| (sum * 10 + u128::from(digit - b'0')) % divisor);
        (remainder * power_of_ten(power, divisor)).is_multiple_of(divisor)
    }
}

/// Ten to a power, of which only the remainder counts.
fn power_of_ten(mut power: u64, divisor: u128) -> u128 {
    let (mut result, mut base) = (1 % divisor, 10 % divisor);
    while power > 0 {
        if power & 1 == 1 {
            result = result * base % divisor;
        }
        base = base * base % divisor;
        power >>= 1;
    }
    result
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_the_real_validator_prints_them() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            Number::read(text).push_to(&mut out);
            assert_eq!(out, expected, "{text}");
        };
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0.00", "0"),
            ("11", "11"),
            ("-100", "-100"),
            ("1.10", "1.1"),
            ("10.0", "1E+1"),
            ("12.3E+7", "1.23E+8"),
            ("1e-3", "0.001"),
            ("0.0000012", "0.0000012"),
            ("0.00000012", "1.2E-7"),
            ("1e400", "1E+400"),
            ("1e2147483647", "1E+2147483647"),
            ("123.456", "123.456"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("0.1e1", "1"),
            ("1e0001", "1E+1"),
            ("-12.5e-10", "-1.25E-9"),
            ("1000000", "1000000"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn numbers_compare_by_their_value() {
        let order = [
            "-1e999999999",
            "-10",
            "-9.99",
            "-0.1e-5",
            "0.0",
            "1e-999999999",
            "0.1",
            "0.11",
            "1",
            "1.5",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551616",
            "1e22",
            "1e999999999",
        ];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                assert_eq!(Number::read(a).compare(&Number::read(b)), i.cmp(&j), "{a} {b}");
            }
        }
        for short in ["0", "-0", "-0.0", "7.5", "-7.5", "7", "-7", "0.5", "-0.5", "6.99", "8.0", "999999999999999999.9"]
        {
            for to in [-8, -7, -1, 0, 1, 7, 8] {
                let exact = Number::read(short).compare(&Number::read(&to.to_string()));
                assert_eq!(compare_short(short, to), Some(exact), "{short} {to}");
            }
        }
        assert_eq!((compare_short("1e3", 1), compare_short("1234567890123456789", 1)), (None, None));
        for same in ["10", "10.0", "1e1", "0.1e2", "100e-1", "1.0E+1"] {
            assert_eq!(Number::read(same).compare(&Number::read("10")), Ordering::Equal, "{same}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        let check = |number: &str, divisor: &str, expected: bool| {
            let divisor = Divisor::new(&Number::read(divisor)).unwrap();
            assert_eq!(divisor.divides(&Number::read(number)), expected, "{number}");
        };
        check("0", "3", true);
        check("9", "3", true);
        check("10", "3", false);
        check("-9", "3", true);
        check("0.0075", "0.0001", true);
        check("0.00751", "0.0001", false);
        check("0.3", "0.1", true);
        check("4.35", "0.01", true);
        check("0.015", "0.01", false);
        check("1e308", "0.5", true);
        check("1e999999999", "7", false);
        check("1e999999999", "1024", true);
        check("20", "10", true);
        check("25", "10", false);
        check("12391239123912391239123", "123912391239123912", false);
        check("1239123912391239120", "123912391239123912", true);
        assert!(Divisor::new(&Number::read("1234567890123456789")).is_none());
        assert!(Divisor::new(&Number::read("1e30")).is_some());
    }
}
