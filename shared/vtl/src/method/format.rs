//! `String.format`, as `java.util.Formatter` has it in UTC and English, but for `%a`.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use crate::error::{RenderError, Run, thrown};
use crate::machine::Machine;
use crate::method::time::Moment;
use crate::units;
use crate::value::Val;

/// How wide and how precise: more is refused.
const MOST: usize = 10_000;

/// `%1$-5.2f`
struct Specifier {
    index: Index,
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    /// `%tY` has two letters.
    is_time: bool,
    conversion: char,
}

/// Which value is meant.
#[derive(Clone, Copy)]
enum Index {
    Next,
    /// `%<s`
    Last,
    /// `%2$s`
    At(usize),
}

impl Machine<'_> {
    /// `String.format`
    pub(super) fn format(&mut self, format: &str, values: &[Val]) -> Run<Val> {
        self.heap.pay(format.len())?;
        let mut out = String::new();
        let (mut next, mut last) = (0, None);
        let mut chars = format.chars().peekable();
        while let Some(char) = chars.next() {
            if char != '%' {
                out.push(char);
                continue;
            }
            let it = Specifier::read(&mut chars)?;
            let text = if matches!(it.conversion, '%' | 'n') && !it.is_time {
                it.literal()?
            } else {
                let at = match it.index {
                    Index::At(at) => Some(at),
                    Index::Last => last,
                    Index::Next => {
                        next += 1;
                        Some(next - 1)
                    }
                };
                last = at;
                let Some(value) = at.and_then(|at| values.get(at)) else {
                    return thrown("a format with too few values");
                };
                self.formatted(&it, *value)?
            };
            out.push_str(&it.justified(text));
            if out.len() > self.heap.limits.text {
                return Err(RenderError::Text);
            }
        }
        self.heap.keep(&out)
    }

    fn formatted(&mut self, it: &Specifier, value: Val) -> Run<String> {
        it.check()?;
        self.heap.pay_for(value)?;
        if it.is_time {
            return match value {
                Val::Long(millis) => Moment::at(millis).formatted(it.conversion).map_or_else(|| it.refused(), Ok),
                Val::Null => Ok(it.cut("null".to_owned())),
                _ => it.refused(),
            };
        }
        let lower = it.conversion.to_ascii_lowercase();
        let text = match (lower, value) {
            ('b', Val::Bool(value)) => it.cut(value.to_string()),
            ('b', value) => it.cut((!value.is_null()).to_string()),
            (_, Val::Null) => it.cut("null".to_owned()),
            ('s', value) => {
                let mut text = String::new();
                self.print_to(value, &mut text)?;
                it.cut(text)
            }
            ('h', value) => it.cut(format!("{:x}", self.heap.hash(value, 0)?)),
            ('c', Val::Char(unit)) => units::decode(&[unit]),
            ('c', Val::Int(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(char) => char.to_string(),
                None => return it.refused(),
            },
            ('d', Val::Int(_) | Val::Long(_) | Val::Big(_)) => {
                let mut text = String::new();
                self.heap.print(value, &mut text, 0)?;
                let digits = text.trim_start_matches('-');
                it.signed(digits.len() < text.len(), "", digits, "")
            }
            ('x' | 'o', Val::Int(_) | Val::Long(_)) => {
                if it.has_any("(+ ") {
                    return it.refused();
                }
                let digits = match (lower, value) {
                    ('x', Val::Int(value)) => format!("{value:x}"),
                    ('x', value) => format!("{:x}", self.heap.to_i64(value)),
                    (_, Val::Int(value)) => format!("{value:o}"),
                    (_, value) => format!("{:o}", self.heap.to_i64(value)),
                };
                let prefix = if !it.has('#') {
                    ""
                } else if lower == 'x' {
                    "0x"
                } else {
                    "0"
                };
                it.signed(false, prefix, &digits, "")
            }
            ('e' | 'f' | 'g', Val::Double(value)) => real(it, value),
            ('e' | 'f' | 'g', Val::Float(value)) => real(it, f64::from(value)),
            ('e' | 'f' | 'g', Val::Decimal(_)) => {
                let mut text = String::new();
                self.heap.print(value, &mut text, 0)?;
                let digits = text.trim_start_matches('-');
                Digits::read(digits).laid_out(it, digits.len() < text.len())
            }
            _ => return it.refused(),
        };
        Ok(if it.conversion.is_ascii_uppercase() { text.to_uppercase() } else { text })
    }
}

/// A double, with the digits of `Double.toString`, rounded half up.
fn real(it: &Specifier, value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return it.sign(value < 0.0, "Infinity");
    }
    Digits::read(&format!("{:e}", value.abs())).laid_out(it, value.is_sign_negative())
}

impl Specifier {
    /// What follows the per cent sign.
    fn read(chars: &mut Peekable<Chars<'_>>) -> Run<Self> {
        let mut it = Self {
            index: Index::Next,
            flags: String::new(),
            width: None,
            precision: None,
            is_time: false,
            conversion: '%',
        };
        let mut digits = taken(chars, |char| char.is_ascii_digit());
        if !digits.is_empty() && chars.next_if_eq(&'$').is_some() {
            let at = number(&digits)?;
            it.index = at.checked_sub(1).map_or(Index::Next, Index::At);
            digits.clear();
        }
        // Zeros before a width are flags.
        let width = digits.trim_start_matches('0');
        it.flags.push_str(digits.strip_suffix(width).unwrap_or(""));
        let mut width = width.to_owned();
        if width.is_empty() {
            it.flags.push_str(&taken(chars, |char| matches!(char, '-' | '#' | '+' | ' ' | '0' | ',' | '(' | '<')));
            width = taken(chars, |char| char.is_ascii_digit());
        }
        if !width.is_empty() {
            it.width = Some(number(&width)?);
        }
        if chars.next_if_eq(&'.').is_some() {
            it.precision = Some(number(&taken(chars, |char| char.is_ascii_digit()))?);
        }
        it.is_time = chars.next_if(|char| matches!(char, 't' | 'T')).is_some();
        if it.flags.contains('<') {
            it.index = Index::Last;
        }
        let mut seen = it.flags.chars();
        while let Some(flag) = seen.next() {
            if seen.as_str().contains(flag) {
                return thrown(format!("a format with the flag `{flag}` twice"));
            }
        }
        match chars.next() {
            Some(conversion) => it.conversion = conversion,
            None => return thrown("a format ends too early"),
        }
        Ok(it)
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn has_any(&self, flags: &str) -> bool {
        self.flags.contains(|flag| flags.contains(flag))
    }

    fn refused<T>(&self) -> Run<T> {
        thrown(format!("`%{}{}` of something else", self.flags, self.conversion))
    }

    /// Whether flags, width and precision are for this conversion.
    fn check(&self) -> Run<()> {
        let lower = if self.is_time { 't' } else { self.conversion.to_ascii_lowercase() };
        let bad_flags = match lower {
            's' | 'b' | 'h' | 'c' | 't' => "#+ 0,(",
            'd' => "#",
            'x' | 'o' | 'e' => ",",
            'g' => "#",
            'f' => "",
            _ => return self.refused(),
        };
        let is_whole = matches!(lower, 'd' | 'x' | 'o' | 'c' | 't');
        let is_number = matches!(lower, 'd' | 'x' | 'o' | 'e' | 'f' | 'g');
        let lacks_width = self.width.is_none() && (self.has('-') || is_number && self.has('0'));
        let contradicts = is_number && (self.has('+') && self.has(' ') || self.has('-') && self.has('0'));
        // These have no capital forms.
        let is_small = matches!(self.conversion, 'D' | 'O' | 'F') && !self.is_time;
        match self.has_any(bad_flags) || lacks_width || contradicts || is_small || is_whole && self.precision.is_some()
        {
            true => self.refused(),
            false => Ok(()),
        }
    }

    /// `%%` and `%n`
    fn literal(&self) -> Run<String> {
        let is_line = self.conversion == 'n';
        let has_flags = self.flags.chars().any(|flag| flag != '-') || is_line && self.has('-');
        if has_flags
            || self.precision.is_some()
            || is_line && self.width.is_some()
            || self.has('-') && self.width.is_none()
        {
            return self.refused();
        }
        Ok((if is_line { "\n" } else { "%" }).to_owned())
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(most) if units::len(&text) > most => units::slice(&text, 0, most).unwrap_or_default().into_owned(),
            _ => text,
        }
    }

    fn justified(&self, text: String) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(units::len(&text));
        let blanks = " ".repeat(missing);
        if self.has('-') { text + &blanks } else { blanks + &text }
    }

    /// A magnitude with the sign that the flags ask for.
    fn sign(&self, negative: bool, magnitude: &str) -> String {
        match (negative, self.has('(')) {
            (true, true) => format!("({magnitude})"),
            (true, false) => format!("-{magnitude}"),
            (false, _) if self.has('+') => format!("+{magnitude}"),
            (false, _) if self.has(' ') => format!(" {magnitude}"),
            (false, _) => magnitude.to_owned(),
        }
    }

    /// The same with groups of three, and zeros before it up to the width.
    fn signed(&self, negative: bool, prefix: &str, magnitude: &str, suffix: &str) -> String {
        let magnitude = if self.has(',') { grouped(magnitude) } else { magnitude.to_owned() };
        let bare = self.sign(negative, &format!("{prefix}{magnitude}{suffix}"));
        let zeros = if self.has('0') { self.width.unwrap_or(0).saturating_sub(bare.len()) } else { 0 };
        self.sign(negative, &format!("{prefix}{}{magnitude}{suffix}", "0".repeat(zeros)))
    }
}

/// A number that is not negative: `0.DIGITS` times ten to this power.
struct Digits {
    digits: String,
    exponent: i64,
}

impl Digits {
    /// Reads `12.5` and `1.25e-7`.
    fn read(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.trim_start_matches('+').parse().unwrap_or(0);
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let zeros = all.len() - digits.len();
        let exponent = exponent + i64::try_from(whole.len()).unwrap_or(0) - i64::try_from(zeros).unwrap_or(0);
        Self { digits: digits.to_owned(), exponent: if digits.is_empty() { 1 } else { exponent } }
    }

    /// Keeps so many digits, rounded half up.
    fn rounded(&self, keep: i64) -> Self {
        let Ok(keep) = usize::try_from(keep) else { return Self { digits: String::new(), exponent: self.exponent } };
        let up = self.digits.as_bytes().get(keep).is_some_and(|digit| *digit >= b'5');
        let mut digits: Vec<u8> = self.digits.bytes().take(keep).collect();
        let mut exponent = self.exponent;
        if up {
            let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
            digits.truncate(digits.len() - nines);
            match digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    digits.push(b'1');
                    exponent += 1;
                }
            }
        }
        Self { digits: String::from_utf8(digits).unwrap_or_default(), exponent }
    }

    fn laid_out(&self, it: &Specifier, negative: bool) -> String {
        let precision = it.precision.map_or(6, |digits| i64::try_from(digits).unwrap_or(0));
        match it.conversion.to_ascii_lowercase() {
            'f' => {
                it.signed(negative, "", &self.rounded(self.exponent.saturating_add(precision)).plain(precision, it), "")
            }
            'e' => self.rounded(precision + 1).scientific(precision, it, negative),
            _ => {
                let precision = precision.max(1);
                let rounded = self.rounded(precision);
                if rounded.digits.is_empty() || (-3..=precision).contains(&rounded.exponent) {
                    let places = precision - rounded.exponent;
                    return it.signed(negative, "", &rounded.plain(places, it), "");
                }
                rounded.scientific(precision - 1, it, negative)
            }
        }
    }

    /// `12.50`
    fn plain(&self, places: i64, it: &Specifier) -> String {
        let places = usize::try_from(places).unwrap_or(0);
        let (whole, fraction) = match usize::try_from(self.exponent) {
            Ok(point) if !self.digits.is_empty() => {
                let padded = format!("{:0<point$}", self.digits);
                let (whole, fraction) = padded.split_at_checked(point).unwrap_or((&padded, ""));
                (whole.to_owned(), fraction.to_owned())
            }
            _ => {
                let zeros = usize::try_from(-self.exponent).unwrap_or(0).min(places);
                (String::new(), format!("{}{}", "0".repeat(zeros), self.digits))
            }
        };
        let whole = if whole.is_empty() { "0" } else { &whole };
        let point = if places > 0 || it.has('#') { "." } else { "" };
        format!("{whole}{point}{fraction:0<places$}")
    }

    /// `1.25e-07`
    fn scientific(&self, places: i64, it: &Specifier, negative: bool) -> String {
        let places = usize::try_from(places).unwrap_or(0);
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or(("0", ""));
        let point = if places > 0 || it.has('#') { "." } else { "" };
        let exponent = self.exponent - 1;
        let mut suffix = String::new();
        let _ = write!(suffix, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
        it.signed(negative, "", &format!("{first}{point}{rest:0<places$}"), &suffix)
    }
}

fn taken(chars: &mut Peekable<Chars<'_>>, is: fn(char) -> bool) -> String {
    let mut text = String::new();
    while let Some(char) = chars.next_if(|char| is(*char)) {
        text.push(char);
    }
    text
}

fn number(digits: &str) -> Run<usize> {
    match digits.parse() {
        Ok(number) if number <= MOST => Ok(number),
        Ok(_) => Err(RenderError::Text),
        Err(_) => thrown("a format with no number where one is needed"),
    }
}

fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
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
