//! `toString()` and JSON: how values look in an output.

use std::fmt::Write as _;

use crate::error::{RenderError, Run};
use crate::heap::{Heap, ListKind, MapKind};
use crate::units;
use crate::value::Val;

/// A double as `Double.toString` lays it out, with the shortest digits that tell it apart.
pub(crate) fn double(value: f64, out: &mut String) {
    let mut digits = Digits::default();
    let _ = write!(digits, "{:e}", value.abs());
    laid_out(value.is_nan(), value.is_infinite(), value.is_sign_negative(), digits.text(), out);
}

/// What is displayed, on the stack.
#[derive(Default)]
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl Digits {
    fn text(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let to = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(std::fmt::Error)?;
        to.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// The same of a float.
pub(crate) fn float(value: f32, out: &mut String) {
    let mut digits = Digits::default();
    let _ = write!(digits, "{:e}", value.abs());
    laid_out(value.is_nan(), value.is_infinite(), value.is_sign_negative(), digits.text(), out);
}

fn laid_out(nan: bool, infinite: bool, negative: bool, scientific: &str, out: &mut String) {
    if nan {
        return out.push_str("NaN");
    }
    if negative {
        out.push('-');
    }
    if infinite {
        return out.push_str("Infinity");
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if first == "0" {
        return out.push_str("0.0");
    }
    let point = |rest: &str, out: &mut String| {
        out.push('.');
        out.push_str(if rest.is_empty() { "0" } else { rest });
    };
    match exponent {
        0..=6 => {
            out.push_str(first);
            let whole = usize::try_from(exponent).unwrap_or(0);
            match rest.split_at_checked(whole) {
                Some((whole, fraction)) => {
                    out.push_str(whole);
                    point(fraction, out);
                }
                None => {
                    let _ = write!(out, "{rest:0<whole$}");
                    point("", out);
                }
            }
        }
        -3..=-1 => {
            out.push_str("0.");
            (1..-exponent).for_each(|_| out.push('0'));
            out.push_str(first);
            out.push_str(rest);
        }
        _ => {
            out.push_str(first);
            // The smallest of all doubles has two digits in Java.
            point(if (first, rest, exponent) == ("5", "", -324) { "E" } else { rest }, out);
            if out.ends_with("5.E") {
                out.truncate(out.len().saturating_sub(3));
                out.push_str("4.9");
            }
            let _ = write!(out, "E{exponent}");
        }
    }
}

/// How strings are escaped in JSON: json-smart's `LT_COMPRESS` of `$input.json`, its `NO_COMPRESS` of `toString()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slashes {
    Bare,
    Escaped,
}

/// A string in quotes.
pub(crate) fn quoted(text: &str, slashes: Slashes, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Long stretches of what needs nothing are copied whole.
    while let Some(at) =
        rest.bytes().position(|byte| !(0x20..0x7f).contains(&byte) || matches!(byte, b'"' | b'\\' | b'/'))
    {
        let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = after.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('/') if slashes == Slashes::Escaped => out.push_str("\\/"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\r') => out.push_str("\\r"),
            Some(char @ ('\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2000}'..='\u{20ff}')) => {
                let _ = write!(out, "\\u{:04X}", u32::from(char));
            }
            Some(char) => out.push(char),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

impl Heap<'_> {
    /// Appends what `toString()` gives.
    pub(crate) fn print(&self, value: Val, out: &mut String, depth: u32) -> Run<()> {
        if depth > self.limits.depth {
            return Err(RenderError::Depth);
        }
        if out.len() > self.limits.output.max(self.limits.text) {
            return Err(RenderError::Output);
        }
        match value {
            Val::Null => out.push_str("null"),
            Val::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Val::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Val::Long(value) => {
                let _ = write!(out, "{value}");
            }
            Val::Float(value) => float(value, out),
            Val::Double(value) => double(value, out),
            Val::Big(id) => {
                let _ = self.bigs.get(id as usize).map(|big| write!(out, "{big}"));
            }
            Val::Decimal(id) => {
                let _ = self.decimals.get(id as usize).map(|decimal| write!(out, "{decimal}"));
            }
            Val::Char(unit) => out.push_str(&units::decode(&[unit])),
            Val::Str(text) => out.push_str(self.str(text)),
            Val::List(id) if self.the_list(id).kind == ListKind::Json => {
                self.json(value, Slashes::Escaped, out, depth)?
            }
            Val::List(id) => {
                out.push('[');
                for (at, item) in self.items(id).iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    match *item {
                        Val::List(inner) if inner == id => out.push_str("(this Collection)"),
                        item => self.print(item, out, depth + 1)?,
                    }
                }
                out.push(']');
            }
            Val::Map(id) if self.map_kind(id) == MapKind::Silent => {}
            Val::Map(id) => {
                out.push('{');
                for (at, (key, value)) in self.entries(id).into_iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    for (value, after) in [(key, "="), (value, "")] {
                        match value {
                            Val::Map(inner) if inner == id => out.push_str("(this Map)"),
                            value => self.print(value, out, depth + 1)?,
                        }
                        out.push_str(after);
                    }
                }
                out.push('}');
            }
            Val::Entry(id) => {
                self.print(self.item(id, 0).unwrap_or(Val::Null), out, depth + 1)?;
                out.push('=');
                self.print(self.item(id, 1).unwrap_or(Val::Null), out, depth + 1)?;
            }
            Val::Scope(_) => out.push_str("{}"),
            Val::Iter(_) | Val::Block(_) | Val::Builtin(_) => {}
        }
        Ok(())
    }

    /// Appends the JSON of a value, compact.
    pub(crate) fn json(&self, value: Val, slashes: Slashes, out: &mut String, depth: u32) -> Run<()> {
        if depth > self.limits.depth {
            return Err(RenderError::Depth);
        }
        if out.len() > self.limits.output.max(self.limits.text) {
            return Err(RenderError::Output);
        }
        match value {
            Val::Str(text) => quoted(self.str(text), slashes, out),
            Val::List(id) => {
                out.push('[');
                for (at, item) in self.items(id).iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.json(*item, slashes, out, depth + 1)?;
                }
                out.push(']');
            }
            Val::Map(id) => {
                out.push('{');
                let ordered;
                let entries = match self.map_kind(id) {
                    MapKind::Linked | MapKind::Headers => self.inserted(id),
                    MapKind::Hash | MapKind::Silent => {
                        ordered = self.entries(id);
                        &ordered
                    }
                };
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    match key {
                        Val::Str(key) => quoted(self.str(*key), slashes, out),
                        key => {
                            let mut name = String::new();
                            self.print(*key, &mut name, depth + 1)?;
                            quoted(&name, slashes, out);
                        }
                    }
                    out.push(':');
                    self.json(*value, slashes, out, depth + 1)?;
                }
                out.push('}');
            }
            Val::Double(value) if value.is_infinite() => out.push_str("null"),
            Val::Float(value) if value.is_infinite() => out.push_str("null"),
            // A bean without properties, for json-smart.
            Val::Char(_) => out.push_str("{}"),
            value @ (Val::Null
            | Val::Bool(_)
            | Val::Int(_)
            | Val::Long(_)
            | Val::Float(_)
            | Val::Double(_)
            | Val::Big(_)
            | Val::Decimal(_)) => self.print(value, out, depth + 1)?,
            value => {
                let mut text = String::new();
                self.print(value, &mut text, depth + 1)?;
                quoted(&text, slashes, out);
            }
        }
        Ok(())
    }
}
