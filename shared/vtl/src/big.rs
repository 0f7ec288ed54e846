//! `BigInteger`: a sign and 32-bit limbs, least significant first. Sizes are bounded by who calls.

use std::cmp::Ordering;

/// A whole number of any size; zero is never negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Big {
    negative: bool,
    limbs: Vec<u32>,
}

const CHUNK: u32 = 1_000_000_000;

impl Big {
    fn new(negative: bool, mut limbs: Vec<u32>) -> Self {
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        Self { negative: negative && !limbs.is_empty(), limbs }
    }

    /// Digits with a sign in front or not; nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let mut limbs: Vec<u32> = Vec::with_capacity(digits.len() / 9 + 1);
        for chunk in digits.as_bytes().chunks(9) {
            let value = chunk.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            let scale = 10u64.pow(u32::try_from(chunk.len()).unwrap_or(0));
            let mut carry = u64::from(value);
            for limb in &mut limbs {
                let wide = u64::from(*limb) * scale + carry;
                *limb = wide as u32;
                carry = wide >> 32;
            }
            if carry > 0 {
                limbs.push(carry as u32);
            }
        }
        Some(Self::new(negative, limbs))
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// How many bits the magnitude has, rounded up to limbs.
    pub(crate) fn bits(&self) -> usize {
        self.limbs.len() * 32
    }

    /// `hashCode()`
    pub(crate) fn hash(&self) -> i32 {
        let magnitude = self.limbs.iter().rev().fold(0u32, |hash, limb| hash.wrapping_mul(31).wrapping_add(*limb));
        let magnitude = magnitude as i32;
        if self.negative { magnitude.wrapping_neg() } else { magnitude }
    }

    pub(crate) fn neg(&self) -> Self {
        Self::new(!self.negative, self.limbs.clone())
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        if self.negative == other.negative {
            return Self::new(self.negative, sum(&self.limbs, &other.limbs));
        }
        match compare(&self.limbs, &other.limbs) {
            Ordering::Less => Self::new(other.negative, difference(&other.limbs, &self.limbs)),
            _ => Self::new(self.negative, difference(&self.limbs, &other.limbs)),
        }
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        let mut limbs = vec![0u32; self.limbs.len() + other.limbs.len()];
        for (at, left) in self.limbs.iter().enumerate() {
            let mut carry = 0u64;
            let mut into = limbs.iter_mut().skip(at);
            for right in other.limbs.iter().chain(std::iter::once(&0)) {
                let Some(limb) = into.next() else { break };
                let wide = u64::from(*left) * u64::from(*right) + u64::from(*limb) + carry;
                *limb = wide as u32;
                carry = wide >> 32;
            }
        }
        Self::new(self.negative != other.negative, limbs)
    }

    /// Quotient towards zero, and the remainder with the dividend's sign; nothing for a zero divisor.
    pub(crate) fn div_rem(&self, by: &Self) -> Option<(Self, Self)> {
        if by.is_zero() {
            return None;
        }
        let mut quotient = vec![0u32; self.limbs.len()];
        let mut rest: Vec<u32> = Vec::with_capacity(by.limbs.len() + 1);
        for (limb, into) in self.limbs.iter().zip(quotient.iter_mut()).rev() {
            for bit in (0..32).rev() {
                shift_in(&mut rest, (limb >> bit) & 1);
                if compare(&rest, &by.limbs) != Ordering::Less {
                    rest = Self::new(false, difference(&rest, &by.limbs)).limbs;
                    *into |= 1 << bit;
                }
            }
        }
        Some((Self::new(self.negative != by.negative, quotient), Self::new(self.negative, rest)))
    }

    /// Ten to a power, times this.
    pub(crate) fn scaled(&self, power: u32) -> Self {
        let mut limbs = self.limbs.clone();
        for _ in 0..power {
            let mut carry = 0u64;
            for limb in &mut limbs {
                let wide = u64::from(*limb) * 10 + carry;
                *limb = wide as u32;
                carry = wide >> 32;
            }
            if carry > 0 {
                limbs.push(carry as u32);
            }
        }
        Self::new(self.negative, limbs)
    }

    /// The lowest 64 bits, as `longValue()`.
    pub(crate) fn low_bits(&self) -> i64 {
        let low = self.limbs.iter().take(2).rev().fold(0u64, |value, limb| value << 32 | u64::from(*limb));
        if self.negative { (low as i64).wrapping_neg() } else { low as i64 }
    }

    /// The nearest double, as `doubleValue()`.
    pub(crate) fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Big {
    fn from(value: i64) -> Self {
        let magnitude = value.unsigned_abs();
        Self::new(value < 0, vec![magnitude as u32, (magnitude >> 32) as u32])
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare(&self.limbs, &other.limbs),
            (true, true) => compare(&other.limbs, &self.limbs),
        }
    }
}

impl std::fmt::Display for Big {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut limbs = self.limbs.clone();
        let mut chunks = Vec::new();
        while !limbs.is_empty() {
            let mut rest = 0u64;
            for limb in limbs.iter_mut().rev() {
                let wide = rest << 32 | u64::from(*limb);
                *limb = (wide / u64::from(CHUNK)) as u32;
                rest = wide % u64::from(CHUNK);
            }
            while limbs.last() == Some(&0) {
                limbs.pop();
            }
            chunks.push(rest);
        }
        if self.negative {
            f.write_str("-")?;
        }
        match chunks.pop() {
            None => f.write_str("0"),
            Some(first) => {
                write!(f, "{first}")?;
                chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:09}"))
            }
        }
    }
}

fn shift_in(limbs: &mut Vec<u32>, bit: u32) {
    let mut carry = bit;
    for limb in limbs.iter_mut() {
        let next = *limb >> 31;
        *limb = *limb << 1 | carry;
        carry = next;
    }
    if carry > 0 {
        limbs.push(carry);
    }
}

fn compare(left: &[u32], right: &[u32]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn sum(left: &[u32], right: &[u32]) -> Vec<u32> {
    let (long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
    let mut carry = 0u64;
    let padded = short.iter().chain(std::iter::repeat(&0));
    let mut limbs: Vec<u32> = Vec::with_capacity(long.len() + 1);
    for (one, other) in long.iter().zip(padded) {
        let wide = u64::from(*one) + u64::from(*other) + carry;
        limbs.push(wide as u32);
        carry = wide >> 32;
    }
    limbs.push(carry as u32);
    limbs
}

/// Of which the first is not the smaller one.
fn difference(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut borrow = 0i64;
    let padded = right.iter().chain(std::iter::repeat(&0));
    let mut limbs = Vec::with_capacity(left.len());
    for (one, other) in left.iter().zip(padded) {
        let wide = i64::from(*one) - i64::from(*other) - borrow;
        borrow = i64::from(wide < 0);
        limbs.push(wide as u32);
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_any_size_are_calculated_and_printed() {
        let big = |text: &str| Big::parse(text).unwrap();
        let (a, b) = (big("123456789012345678901234567890"), big("-987654321098765432109876543210"));
        assert_eq!(a.add(&b).to_string(), "-864197532086419753208641975320");
        assert_eq!(a.sub(&b).to_string(), "1111111110111111111011111111100");
        assert_eq!(a.mul(&b).to_string(), "-121932631137021795226185032733622923332237463801111263526900");
        let (quotient, rest) = b.div_rem(&a).unwrap();
        assert_eq!((quotient.to_string(), rest.to_string()), ("-8".into(), "-9000000000900000000090".into()));
        assert!(a > b && a.div_rem(&Big::default()).is_none());
        assert_eq!(big("000").to_string(), "0");
        assert_eq!(big("9223372036854775808").low_bits(), i64::MIN);
        assert_eq!(big("7").scaled(30).to_string(), "7000000000000000000000000000000");
        assert_eq!(Big::from(-1).to_string(), "-1");
        assert!(Big::parse("1x").is_none() && Big::parse("-").is_none());
    }
}
