//! Arithmetic and comparison with Java's types: the wider operand's, and wider still when it overflows.

use std::cmp::Ordering;

use crate::big::Big;
use crate::decimal::Decimal;
use crate::error::{Run, thrown};
use crate::heap::Heap;
use crate::value::Val;

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// In which type two numbers are calculated.
enum Base {
    Long(i64, i64),
    Float(f32, f32),
    Double(f64, f64),
    Big(Big, Big),
    Decimal(Decimal, Decimal),
}

impl Heap<'_> {
    /// Two numbers calculated; null when that makes none.
    pub(crate) fn arithmetic(&mut self, operator: Arithmetic, left: Val, right: Val) -> Run<Val> {
        use Arithmetic::{Add, Div, Mod, Mul, Sub};
        if matches!(operator, Div | Mod) && self.to_f64(right) == 0.0 {
            return Ok(Val::Null);
        }
        match self.base(left, right) {
            None => thrown("a number that is infinite, or none, beside a decimal"),
            Some(Base::Long(one, other)) => {
                let result = match operator {
                    Add => one.checked_add(other),
                    Sub => one.checked_sub(other),
                    Mul => one.checked_mul(other),
                    Div => Some(one.wrapping_div(other)),
                    Mod => Some(one.wrapping_rem(other)),
                };
                let narrow = !matches!((left, right), (Val::Long(_), _) | (_, Val::Long(_)));
                match (result, operator) {
                    (Some(value), _) => match i32::try_from(value) {
                        Ok(value) if narrow => Ok(Val::Int(value)),
                        _ => Ok(Val::Long(value)),
                    },
                    (None, Add) => self.big(Big::from(one).add(&Big::from(other))),
                    (None, Sub) => self.big(Big::from(one).sub(&Big::from(other))),
                    (None, _) => self.big(Big::from(one).mul(&Big::from(other))),
                }
            }
            Some(Base::Double(one, other)) => Ok(Val::Double(match operator {
                Add => one + other,
                Sub => one - other,
                Mul => one * other,
                Div => one / other,
                Mod => one % other,
            })),
            Some(Base::Float(one, other)) => Ok(Val::Float(match operator {
                Add => one + other,
                Sub => one - other,
                Mul => one * other,
                Div => one / other,
                Mod => one % other,
            })),
            Some(Base::Big(one, other)) => {
                self.pay(one.bits() * other.bits() / 64)?;
                let result = match operator {
                    Add => Some(one.add(&other)),
                    Sub => Some(one.sub(&other)),
                    Mul => Some(one.mul(&other)),
                    Div => one.div_rem(&other).map(|(quotient, _)| quotient),
                    Mod if other.is_negative() => return thrown("the modulus is not positive"),
                    // `BigInteger.mod`, which is never negative.
                    Mod => {
                        one.div_rem(&other).map(|(_, rest)| if rest.is_negative() { rest.add(&other) } else { rest })
                    }
                };
                result.map_or(Ok(Val::Null), |value| self.big(value))
            }
            Some(Base::Decimal(one, other)) => {
                self.pay(one.unscaled.bits() * other.unscaled.bits() / 64)?;
                let result = match operator {
                    Add => one.add(&other),
                    Sub => one.sub(&other),
                    Mul => one.mul(&other),
                    Div => one.div(&other),
                    Mod => return thrown("cannot calculate the modulo of decimals"),
                };
                match result {
                    Some(value) => self.decimal(value),
                    None => thrown("a decimal of too many digits"),
                }
            }
        }
    }

    /// Which of two numbers is the greater one. What is no number at all (NaN) is greater than any, as in `MathUtils`.
    pub(crate) fn compare(&self, left: Val, right: Val) -> Option<Ordering> {
        let floats = |one: f64, other: f64| {
            if one < other {
                Ordering::Less
            } else if one == other {
                Ordering::Equal
            } else {
                Ordering::Greater
            }
        };
        Some(match self.base(left, right)? {
            Base::Long(one, other) => one.cmp(&other),
            Base::Double(one, other) => floats(one, other),
            Base::Float(one, other) => floats(f64::from(one), f64::from(other)),
            Base::Big(one, other) => one.cmp(&other),
            Base::Decimal(one, other) => one.compare(&other),
        })
    }

    fn base(&self, left: Val, right: Val) -> Option<Base> {
        let whole = |value| matches!(value, Val::Int(_) | Val::Long(_) | Val::Big(_));
        let wide = |value| matches!(value, Val::Big(_));
        let decimal = |value| matches!(value, Val::Decimal(_));
        let (both, one_big) = (whole(left) && whole(right), wide(left) || wide(right));
        if decimal(left) || decimal(right) || one_big && !both {
            return Some(Base::Decimal(self.to_decimal(left)?, self.to_decimal(right)?));
        }
        if both {
            return Some(match one_big {
                true => Base::Big(self.to_big(left), self.to_big(right)),
                false => Base::Long(self.to_i64(left), self.to_i64(right)),
            });
        }
        if let (Val::Float(_), Val::Float(_) | Val::Int(_) | Val::Long(_))
        | (Val::Int(_) | Val::Long(_), Val::Float(_)) = (left, right)
        {
            return Some(Base::Float(self.to_f32(left), self.to_f32(right)));
        }
        Some(Base::Double(self.to_f64(left), self.to_f64(right)))
    }

    /// `longValue()`
    pub(crate) fn to_i64(&self, value: Val) -> i64 {
        match value {
            Val::Int(value) => i64::from(value),
            Val::Long(value) => value,
            Val::Float(value) => value as i64,
            Val::Double(value) => value as i64,
            Val::Big(id) => self.bigs.get(id as usize).map_or(0, Big::low_bits),
            Val::Decimal(id) => self.decimals.get(id as usize).map_or(0, |decimal| decimal.whole().low_bits()),
            _ => 0,
        }
    }

    /// `intValue()`
    pub(crate) fn to_i32(&self, value: Val) -> i32 {
        match value {
            Val::Float(value) => value as i32,
            Val::Double(value) => value as i32,
            value => self.to_i64(value) as i32,
        }
    }

    /// `doubleValue()`
    pub(crate) fn to_f64(&self, value: Val) -> f64 {
        match value {
            Val::Int(value) => f64::from(value),
            Val::Long(value) => value as f64,
            Val::Float(value) => f64::from(value),
            Val::Double(value) => value,
            Val::Big(id) => self.bigs.get(id as usize).map_or(0.0, Big::to_f64),
            Val::Decimal(id) => self.decimals.get(id as usize).map_or(0.0, Decimal::to_f64),
            _ => f64::NAN,
        }
    }

    /// How much work it is to spell a number out, and so to read it as a double: nothing to speak of, but for a large one.
    pub(crate) fn work_to_spell(&self, value: Val) -> usize {
        let bits = match value {
            Val::Big(id) => self.bigs.get(id as usize).map_or(0, Big::bits),
            Val::Decimal(id) => self.decimals.get(id as usize).map_or(0, |decimal| decimal.unscaled.bits()),
            _ => 0,
        };
        bits * bits / 64
    }

    /// `floatValue()`
    pub(crate) fn to_f32(&self, value: Val) -> f32 {
        match value {
            Val::Float(value) => value,
            Val::Int(value) => value as f32,
            Val::Long(value) => value as f32,
            value => self.to_f64(value) as f32,
        }
    }

    fn to_big(&self, value: Val) -> Big {
        match value {
            Val::Big(id) => self.bigs.get(id as usize).cloned().unwrap_or_default(),
            value => Big::from(self.to_i64(value)),
        }
    }

    fn to_decimal(&self, value: Val) -> Option<Decimal> {
        match value {
            Val::Decimal(id) => self.decimals.get(id as usize).cloned(),
            Val::Big(id) => self.bigs.get(id as usize).map(|big| Decimal { unscaled: big.clone(), scale: 0 }),
            value => Decimal::exactly(self.to_f64(value)),
        }
    }
}
