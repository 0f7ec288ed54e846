//! `BigDecimal`: an unscaled whole number and a scale, printed as Java does.

use std::cmp::Ordering;

use crate::big::Big;

/// `unscaled × 10^-scale`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) unscaled: Big,
    pub(crate) scale: i32,
}

/// How far two scales may lie apart before nobody calculates with them.
const MAX_SHIFT: i32 = 2_000;

impl Decimal {
    /// What `new BigDecimal(String)` takes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let unscaled = Big::parse(&format!("{whole}{fraction}"))?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        Some(Self { unscaled, scale })
    }

    /// Exactly what a double is, as `new BigDecimal(double)`; nothing for what is no number.
    pub(crate) fn exactly(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:.1074}");
        Self::parse(text.trim_end_matches('0').trim_end_matches('.'))
    }

    /// `hashCode()`
    pub(crate) fn hash(&self) -> i32 {
        self.unscaled.hash().wrapping_mul(31).wrapping_add(self.scale)
    }

    pub(crate) fn add(&self, other: &Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { unscaled: left.add(&right), scale })
    }

    pub(crate) fn sub(&self, other: &Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { unscaled: left.sub(&right), scale })
    }

    pub(crate) fn mul(&self, other: &Self) -> Option<Self> {
        Some(Self { unscaled: self.unscaled.mul(&other.unscaled), scale: self.scale.checked_add(other.scale)? })
    }

    /// `divide(other, ROUND_HALF_DOWN)`: with the dividend's scale.
    pub(crate) fn div(&self, other: &Self) -> Option<Self> {
        let (dividend, divisor) = match u32::try_from(other.scale) {
            Ok(up) if other.scale <= MAX_SHIFT => (self.unscaled.scaled(up), other.unscaled.clone()),
            Err(_) if other.scale >= -MAX_SHIFT => {
                (self.unscaled.clone(), other.unscaled.scaled(other.scale.unsigned_abs()))
            }
            _ => return None,
        };
        let (quotient, rest) = dividend.div_rem(&divisor)?;
        let (rest, divisor) = (magnitude(&rest), magnitude(&divisor));
        let up = rest.add(&rest) > divisor;
        let negative = dividend.is_negative() != divisor.is_negative() && !dividend.is_zero();
        let negative = negative != other.unscaled.is_negative();
        let step = Big::from(if negative { -1 } else { 1 });
        Some(Self { unscaled: if up { quotient.add(&step) } else { quotient }, scale: self.scale })
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match self.aligned(other) {
            Some((left, right, _)) => left.cmp(&right),
            None => self.to_f64().partial_cmp(&other.to_f64()).unwrap_or(Ordering::Equal),
        }
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// What stands before the point.
    pub(crate) fn whole(&self) -> Big {
        let divisor = Big::from(1).scaled(u32::try_from(self.scale.min(MAX_SHIFT * 2)).unwrap_or(0));
        let up = u32::try_from(self.scale.checked_neg().unwrap_or(0).min(MAX_SHIFT)).unwrap_or(0);
        self.unscaled.scaled(up).div_rem(&divisor).map(|(quotient, _)| quotient).unwrap_or_default()
    }

    fn aligned(&self, other: &Self) -> Option<(Big, Big, i32)> {
        let scale = self.scale.max(other.scale);
        let up = |it: &Self| {
            let by = scale.checked_sub(it.scale).filter(|by| *by <= MAX_SHIFT)?;
            Some(it.unscaled.scaled(u32::try_from(by).ok()?))
        };
        Some((up(self)?, up(other)?, scale))
    }
}

fn magnitude(value: &Big) -> Big {
    if value.is_negative() { value.neg() } else { value.clone() }
}

/// `toString()`: plain while the exponent is at least -6 and the scale not negative.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = magnitude(&self.unscaled).to_string();
        if self.unscaled.is_negative() {
            f.write_str("-")?;
        }
        let adjusted = i64::try_from(digits.len()).unwrap_or(i64::MAX) - 1 - i64::from(self.scale);
        if self.scale == 0 {
            return f.write_str(&digits);
        }
        if self.scale > 0 && adjusted >= -6 {
            let scale = usize::try_from(self.scale).unwrap_or(0);
            return match digits.len().checked_sub(scale).filter(|whole| *whole > 0) {
                Some(whole) => {
                    let (whole, fraction) = digits.split_at_checked(whole).unwrap_or_default();
                    write!(f, "{whole}.{fraction}")
                }
                None => write!(f, "0.{digits:0>scale$}"),
            };
        }
        let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
        let point = if rest.is_empty() { "" } else { "." };
        write!(f, "{first}{point}{rest}E{adjusted:+}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_calculated_and_printed_as_javas() {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        for same in ["1.50", "0.000001", "-12.345", "1E+3", "1.5E-7", "0", "0.00"] {
            assert_eq!(decimal(same).to_string(), same);
        }
        assert_eq!(decimal("100e-2").to_string(), "1.00");
        assert_eq!(decimal("1.5").add(&decimal("2.25")).unwrap().to_string(), "3.75");
        assert_eq!(decimal("1.5").mul(&decimal("2.25")).unwrap().to_string(), "3.375");
        assert_eq!(decimal("1.00").div(&decimal("3")).unwrap().to_string(), "0.33");
        assert_eq!(decimal("2.00").div(&decimal("-3")).unwrap().to_string(), "-0.67");
        assert_eq!(decimal("1").div(&decimal("2")).unwrap().to_string(), "0");
        assert_eq!(decimal("1.0").compare(&decimal("1.00")), Ordering::Equal);
        assert_eq!(Decimal::exactly(0.5).unwrap().to_string(), "0.5");
        assert!(Decimal::exactly(0.1).unwrap().to_string().starts_with("0.1000000000000000055511"));
        assert_eq!(decimal("123.9").whole().to_string(), "123");
        assert_eq!(decimal("1.2E+3").whole().to_string(), "1200");
    }
}
