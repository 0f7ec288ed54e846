//! Numbers, booleans, characters.

use std::cmp::Ordering;

use super::Method;
use crate::error::{Run, thrown};
use crate::machine::Machine;
use crate::value::Val;

fn sign(order: Ordering) -> Val {
    Val::Int(order as i32)
}

impl Machine<'_> {
    /// A call on a number, with the static methods that Java finds on one.
    pub(super) fn call_number(&mut self, method: Method, it: Val, arguments: &[Val]) -> Run<Val> {
        let kind = |value: Val| std::mem::discriminant(&value);
        match (method, arguments) {
            (Method::IntValue, []) => Ok(Val::Int(self.heap.to_i32(it))),
            (Method::ShortValue, []) => Ok(Val::Int(i32::from(self.heap.to_i32(it) as i16))),
            (Method::ByteValue, []) => Ok(Val::Int(i32::from(self.heap.to_i32(it) as i8))),
            (Method::LongValue, []) => Ok(Val::Long(self.heap.to_i64(it))),
            (Method::DoubleValue, []) => Ok(Val::Double(self.heap.to_f64(it))),
            (Method::FloatValue, []) => Ok(Val::Float(self.heap.to_f32(it))),
            (Method::ToString, []) => self.string_of(it),
            (Method::HashCode, []) => self.heap.hash(it, 0).map(Val::Int),
            (Method::Equals, [other]) => self.heap.equal(it, *other, 0).map(Val::Bool),
            (Method::CompareTo, [other]) if kind(it) == kind(*other) => {
                let order = match (it, *other) {
                    (Val::Double(one), Val::Double(other)) => Some(one.total_cmp(&other)),
                    (one, other) => self.heap.compare(one, other),
                };
                Ok(order.map_or(Val::Null, sign))
            }
            (Method::CompareTo, [_]) => thrown("a number compared to something else"),
            (Method::IsNaN, []) if matches!(it, Val::Double(_) | Val::Float(_)) => {
                Ok(Val::Bool(self.heap.to_f64(it).is_nan()))
            }
            (Method::IsInfinite, []) if matches!(it, Val::Double(_) | Val::Float(_)) => {
                Ok(Val::Bool(self.heap.to_f64(it).is_infinite()))
            }
            (Method::Abs, []) if matches!(it, Val::Big(_) | Val::Decimal(_)) && self.heap.to_f64(it) < 0.0 => {
                self.heap.arithmetic(crate::number::Arithmetic::Sub, Val::Int(0), it)
            }
            (Method::Abs, []) if matches!(it, Val::Big(_) | Val::Decimal(_)) => Ok(it),
            _ => self.call_static(method, it, arguments),
        }
    }

    fn call_static(&mut self, method: Method, it: Val, arguments: &[Val]) -> Run<Val> {
        let text = match arguments {
            [Val::Str(text)] => self.heap.str(*text).to_owned(),
            _ => String::new(),
        };
        let is_text = matches!(arguments, [Val::Str(_)]);
        let none = || thrown(format!("`{text}` is no number"));
        let whole = |text: &str| {
            text.strip_prefix('+').filter(|rest| !rest.starts_with(['+', '-'])).unwrap_or(text).parse::<i64>().ok()
        };
        match (it, method, arguments) {
            (
                Val::Int(_) | Val::Long(_),
                Method::ParseInt | Method::ParseLong | Method::ValueOf,
                [Val::Str(text), Val::Int(radix)],
            ) if (method == Method::ParseInt) <= matches!(it, Val::Int(_))
                && (method == Method::ParseLong) <= matches!(it, Val::Long(_)) =>
            {
                let text = self.heap.str(*text);
                let value = u32::try_from(*radix)
                    .ok()
                    .filter(|radix| (2..=36).contains(radix))
                    .and_then(|radix| i64::from_str_radix(text, radix).ok());
                match (it, value, value.map(i32::try_from)) {
                    (Val::Int(_), _, Some(Ok(value))) => Ok(Val::Int(value)),
                    (Val::Long(_), Some(value), _) => Ok(Val::Long(value)),
                    _ => thrown("a text that is no number of that radix"),
                }
            }
            (Val::Int(_), Method::ToString, [Val::Int(value), Val::Int(radix)]) => {
                self.heap.keep(&in_radix(i64::from(*value), *radix))
            }
            (Val::Long(_), Method::ToString, [value @ (Val::Int(_) | Val::Long(_)), Val::Int(radix)]) => {
                let text = in_radix(self.heap.to_i64(*value), *radix);
                self.heap.keep(&text)
            }
            (Val::Int(_) | Val::Long(_), Method::Decode, [Val::Str(_)]) => {
                match (it, decoded(&text), decoded(&text).map(i32::try_from)) {
                    (Val::Int(_), _, Some(Ok(value))) => Ok(Val::Int(value)),
                    (Val::Long(_), Some(value), _) => Ok(Val::Long(value)),
                    _ => none(),
                }
            }
            (Val::Int(_), Method::BitCount, [Val::Int(value)]) => Ok(Val::Int(value.count_ones() as i32)),
            (Val::Int(_), Method::Reverse, [Val::Int(value)]) => Ok(Val::Int(value.reverse_bits())),
            (Val::Int(_), Method::HashCode, [Val::Int(value)]) => Ok(Val::Int(*value)),
            (Val::Int(_), Method::ParseInt | Method::ValueOf, _) if is_text => {
                whole(&text).and_then(|value| i32::try_from(value).ok()).map_or_else(none, |value| Ok(Val::Int(value)))
            }
            (Val::Int(_), Method::ValueOf, [Val::Int(value)]) => Ok(Val::Int(*value)),
            (Val::Int(_), Method::Compare, [Val::Int(one), Val::Int(other)]) => Ok(sign(one.cmp(other))),
            (Val::Int(_), Method::Max, [Val::Int(one), Val::Int(other)]) => Ok(Val::Int(*one.max(other))),
            (Val::Int(_), Method::Min, [Val::Int(one), Val::Int(other)]) => Ok(Val::Int(*one.min(other))),
            (Val::Int(_), Method::Sum, [Val::Int(one), Val::Int(other)]) => Ok(Val::Int(one.wrapping_add(*other))),
            (Val::Int(_), Method::Signum, [Val::Int(value)]) => Ok(Val::Int(value.signum())),
            (Val::Int(_), Method::ToHexString, [Val::Int(value)]) => self.heap.write(format_args!("{value:x}")),
            (Val::Int(_), Method::ToOctalString, [Val::Int(value)]) => self.heap.write(format_args!("{value:o}")),
            (Val::Int(_), Method::ToBinaryString, [Val::Int(value)]) => self.heap.write(format_args!("{value:b}")),
            (Val::Int(_), Method::ToString, [Val::Int(value)]) => self.heap.write(value),
            (Val::Long(_), Method::ParseLong | Method::ValueOf, _) if is_text => {
                whole(&text).map_or_else(none, |value| Ok(Val::Long(value)))
            }
            (Val::Long(_), Method::ValueOf, [Val::Int(_) | Val::Long(_)]) => {
                Ok(Val::Long(arguments.first().map_or(0, |value| self.heap.to_i64(*value))))
            }
            (
                Val::Long(_),
                Method::Max | Method::Min | Method::Sum | Method::Compare,
                [one @ (Val::Int(_) | Val::Long(_)), other @ (Val::Int(_) | Val::Long(_))],
            ) => {
                let (one, other) = (self.heap.to_i64(*one), self.heap.to_i64(*other));
                Ok(match method {
                    Method::Max => Val::Long(one.max(other)),
                    Method::Min => Val::Long(one.min(other)),
                    Method::Sum => Val::Long(one.wrapping_add(other)),
                    _ => sign(one.cmp(&other)),
                })
            }
            (
                Val::Long(_),
                Method::ToString
                | Method::ToHexString
                | Method::ToOctalString
                | Method::ToBinaryString
                | Method::Signum
                | Method::BitCount
                | Method::HashCode,
                [value @ (Val::Int(_) | Val::Long(_))],
            ) => {
                let value = self.heap.to_i64(*value);
                match method {
                    Method::ToString => self.heap.write(value),
                    Method::ToHexString => self.heap.write(format_args!("{value:x}")),
                    Method::ToOctalString => self.heap.write(format_args!("{value:o}")),
                    Method::ToBinaryString => self.heap.write(format_args!("{value:b}")),
                    Method::Signum => Ok(Val::Int(value.signum() as i32)),
                    Method::BitCount => Ok(Val::Int(value.count_ones() as i32)),
                    _ => self.heap.hash(Val::Long(value), 0).map(Val::Int),
                }
            }
            (
                Val::Double(_),
                Method::ToString | Method::ValueOf | Method::IsFinite | Method::IsInfinite | Method::HashCode,
                [value],
            ) if narrow(*value) => {
                let value = self.heap.to_f64(*value);
                match method {
                    Method::ToString => self.string_of(Val::Double(value)),
                    Method::ValueOf => Ok(Val::Double(value)),
                    Method::IsFinite => Ok(Val::Bool(value.is_finite())),
                    Method::IsInfinite => Ok(Val::Bool(value.is_infinite())),
                    _ => self.heap.hash(Val::Double(value), 0).map(Val::Int),
                }
            }
            (Val::Float(_), Method::ToString, [value @ (Val::Int(_) | Val::Long(_) | Val::Float(_))]) => {
                let value = self.heap.to_f32(*value);
                self.string_of(Val::Float(value))
            }
            (Val::Double(_), Method::ParseDouble | Method::ValueOf, _) if is_text => {
                text.trim().parse().ok().map_or_else(none, |value| Ok(Val::Double(value)))
            }
            (Val::Double(_), Method::Max | Method::Min | Method::Sum | Method::Compare, [one, other])
                if narrow(*one) && narrow(*other) =>
            {
                let (one, other) = (self.heap.to_f64(*one), self.heap.to_f64(*other));
                Ok(match method {
                    Method::Max => Val::Double(one.max(other)),
                    Method::Min => Val::Double(one.min(other)),
                    Method::Sum => Val::Double(one + other),
                    _ => sign(one.total_cmp(&other)),
                })
            }
            (Val::Double(_), Method::IsNaN, [value]) if narrow(*value) => {
                Ok(Val::Bool(self.heap.to_f64(*value).is_nan()))
            }
            _ => Ok(Val::Null),
        }
    }

    /// A call on a boolean.
    pub(super) fn call_bool(&mut self, method: Method, it: bool, arguments: &[Val]) -> Run<Val> {
        match (method, arguments) {
            (Method::BooleanValue, []) => Ok(Val::Bool(it)),
            (Method::ToString, []) => self.string_of(Val::Bool(it)),
            (Method::ToString, [Val::Bool(other)]) => self.string_of(Val::Bool(*other)),
            (Method::HashCode, []) => self.heap.hash(Val::Bool(it), 0).map(Val::Int),
            (Method::Equals, [other]) => Ok(Val::Bool(*other == Val::Bool(it))),
            (Method::CompareTo, [Val::Bool(other)]) => Ok(sign(it.cmp(other))),
            (Method::CompareTo, [_]) => thrown("a boolean compared to something else"),
            (Method::ParseBoolean | Method::ValueOf, [Val::Str(text)]) => {
                Ok(Val::Bool(self.heap.str(*text).eq_ignore_ascii_case("true")))
            }
            (Method::ValueOf, [Val::Bool(other)]) => Ok(Val::Bool(*other)),
            (Method::LogicalAnd, [Val::Bool(one), Val::Bool(other)]) => Ok(Val::Bool(*one && *other)),
            (Method::LogicalOr, [Val::Bool(one), Val::Bool(other)]) => Ok(Val::Bool(*one || *other)),
            (Method::LogicalXor, [Val::Bool(one), Val::Bool(other)]) => Ok(Val::Bool(one != other)),
            (Method::Compare, [Val::Bool(one), Val::Bool(other)]) => Ok(sign(one.cmp(other))),
            (Method::HashCode, [value @ Val::Bool(_)]) => self.heap.hash(*value, 0).map(Val::Int),
            _ => Ok(Val::Null),
        }
    }

    /// A call on a character.
    pub(super) fn call_char(&mut self, method: Method, unit: u16, arguments: &[Val]) -> Run<Val> {
        match (method, arguments) {
            (Method::ToString, []) => self.string_of(Val::Char(unit)),
            (Method::HashCode, []) => Ok(Val::Int(i32::from(unit))),
            (Method::Equals, [other]) => Ok(Val::Bool(*other == Val::Char(unit))),
            (Method::CompareTo, [Val::Char(other)]) => Ok(Val::Int(i32::from(unit) - i32::from(*other))),
            (Method::CompareTo, [_]) => thrown("a character compared to something else"),
            (Method::CharValue, []) => Ok(Val::Char(unit)),
            (Method::ToString | Method::ValueOf, [value @ Val::Char(_)]) => match method {
                Method::ToString => self.string_of(*value),
                _ => Ok(*value),
            },
            (_, [Val::Char(unit)]) => Ok(char::from_u32(u32::from(*unit)).map_or(Val::Null, |it| of_char(method, it))),
            // The same of a code point, which stays one.
            (_, [Val::Int(code)]) => {
                let found = of_char(method, u32::try_from(*code).ok().and_then(char::from_u32).unwrap_or('\u{fffe}'));
                Ok(if let Val::Char(unit) = found { Val::Int(i32::from(unit)) } else { found })
            }
            _ => Ok(Val::Null),
        }
    }
}

/// `Character`'s static methods, for the characters of a text; a character without another case stays itself.
fn of_char(method: Method, it: char) -> Val {
    let changed = |mut other: Box<dyn Iterator<Item = char>>| match (other.next(), other.next()) {
        (Some(only), None) => Val::Char(u16::try_from(u32::from(only)).unwrap_or_default()),
        _ => Val::Char(u16::try_from(u32::from(it)).unwrap_or_default()),
    };
    match method {
        Method::IsDigit => Val::Bool(it.is_ascii_digit() || !it.is_ascii() && it.is_numeric() && !it.is_alphabetic()),
        Method::IsLetter | Method::IsAlphabetic => Val::Bool(it.is_alphabetic()),
        Method::IsLetterOrDigit => Val::Bool(it.is_alphanumeric()),
        Method::IsUpperCase => Val::Bool(it.is_uppercase()),
        Method::IsLowerCase => Val::Bool(it.is_lowercase()),
        Method::IsWhitespace => Val::Bool(super::string::white(it)),
        Method::GetNumericValue => Val::Int(it.to_digit(36).map_or(-1, |value| value as i32)),
        Method::ToUpperCase => changed(Box::new(it.to_uppercase())),
        Method::ToLowerCase => changed(Box::new(it.to_lowercase())),
        _ => Val::Null,
    }
}

/// A number in a radix; in ten for those that are none.
fn in_radix(value: i64, radix: i32) -> String {
    let radix = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)).unwrap_or(10);
    let (mut digits, mut rest) = (Vec::new(), value.unsigned_abs());
    while rest > 0 || digits.is_empty() {
        digits.extend(char::from_digit((rest % u64::from(radix)) as u32, radix));
        rest /= u64::from(radix);
    }
    if value < 0 {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

/// `0x1F`, `#1F`, `017`, `-5`
fn decoded(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = ["0x", "0X", "#"].into_iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (digits, radix) = match (hexadecimal, digits.strip_prefix('0').filter(|rest| !rest.is_empty())) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => (digits, 10),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

fn narrow(value: Val) -> bool {
    matches!(value, Val::Int(_) | Val::Long(_) | Val::Float(_) | Val::Double(_))
}
