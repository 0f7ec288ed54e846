//! Numbers, booleans, characters; and `String.format`.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::Method;
use crate::error::{RenderError, Run, thrown};
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
            _ => Ok(Val::Null),
        }
    }

    /// `String.format`: `%s %d %x %f %c %b %n %%` with flags, width and precision.
    pub(super) fn format(&mut self, format: &str, values: &[Val]) -> Run<Val> {
        let (mut out, mut values) = (String::new(), values.iter());
        let mut chars = format.chars().peekable();
        while let Some(char) = chars.next() {
            if char != '%' {
                out.push(char);
                continue;
            }
            let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                let mut value = None;
                while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
                    value = Some((value.unwrap_or(0usize) * 10 + digit as usize).min(10_000));
                    chars.next();
                }
                value
            };
            let mut flags = String::new();
            while let Some(flag) = chars.next_if(|char| matches!(char, '-' | '+' | ' ' | '0' | ',' | '(' | '#')) {
                flags.push(flag);
            }
            let width = number(&mut chars);
            let precision = if chars.next_if_eq(&'.').is_some() { number(&mut chars) } else { None };
            let Some(conversion) = chars.next() else { return thrown("a format ends too early") };
            if flags.contains(['(', '#']) {
                return thrown("a format with a flag that is not served");
            }
            let text = match conversion {
                '%' => "%".to_owned(),
                'n' => "\n".to_owned(),
                _ => {
                    let Some(value) = values.next() else { return thrown("a format with too few values") };
                    self.formatted(conversion, &flags, precision, *value)?
                }
            };
            let missing = width.unwrap_or(0).saturating_sub(text.chars().count());
            if flags.contains('-') {
                out.push_str(&text);
                out.extend(std::iter::repeat_n(' ', missing));
            } else if flags.contains('0') && matches!(conversion, 'd' | 'x' | 'X' | 'f') {
                let digits = text.trim_start_matches(['-', '+']);
                out.push_str(text.strip_suffix(digits).unwrap_or(""));
                out.extend(std::iter::repeat_n('0', missing));
                out.push_str(digits);
            } else {
                out.extend(std::iter::repeat_n(' ', missing));
                out.push_str(&text);
            }
            if out.len() > self.heap.limits.text {
                return Err(RenderError::Text);
            }
        }
        self.heap.keep(&out)
    }

    fn formatted(&mut self, conversion: char, flags: &str, precision: Option<usize>, value: Val) -> Run<String> {
        let mut text = String::new();
        match (conversion, value) {
            ('s' | 'S', value) => {
                self.print_to(value, &mut text)?;
                if let Some(precision) = precision {
                    text = text.chars().take(precision).collect();
                }
            }
            ('d', Val::Int(_) | Val::Long(_) | Val::Big(_)) => self.heap.print(value, &mut text, 0)?,
            ('x' | 'X', Val::Int(value)) => {
                let _ = write!(text, "{value:x}");
            }
            ('x' | 'X', Val::Long(value)) => {
                let _ = write!(text, "{value:x}");
            }
            ('f', Val::Double(_) | Val::Float(_) | Val::Decimal(_)) => {
                let _ = write!(
                    text,
                    "{:.*}",
                    precision.unwrap_or(6).min(300),
                    half_up(self.heap.to_f64(value), precision.unwrap_or(6))
                );
            }
            ('c', Val::Char(unit)) => text = crate::units::decode(&[unit]),
            ('b' | 'B', Val::Bool(value)) => text = value.to_string(),
            ('b' | 'B', value) => text = (!value.is_null()).to_string(),
            (_, Val::Null) => text.push_str("null"),
            _ => return thrown(format!("`%{conversion}` of something else")),
        }
        if flags.contains(',') && matches!(conversion, 'd' | 'f') {
            text = grouped(&text);
        }
        if matches!(conversion, 'd' | 'f') && !text.starts_with('-') {
            if flags.contains('+') {
                text.insert(0, '+');
            } else if flags.contains(' ') {
                text.insert(0, ' ');
            }
        }
        Ok(if matches!(conversion, 'S' | 'X' | 'B') { text.to_uppercase() } else { text })
    }
}

fn narrow(value: Val) -> bool {
    matches!(value, Val::Int(_) | Val::Long(_) | Val::Float(_) | Val::Double(_))
}

/// Java rounds a tie of the shortest digits up, away from zero.
fn half_up(value: f64, digits: usize) -> f64 {
    let text = format!("{value:e}");
    let shortest = text.parse::<f64>().unwrap_or(value);
    let scale = 10f64.powi(i32::try_from(digits).unwrap_or(0));
    let scaled = shortest * scale;
    if digits < 15 && scaled.is_finite() && (scaled.fract().abs() - 0.5).abs() < 1e-9 {
        return (scaled.trunc() + scaled.signum()) / scale;
    }
    value
}

fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-');
    let mut out: String = whole.strip_suffix(digits).unwrap_or("").to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}
