//! `equals` and `hashCode`, as Java has them.

use super::{Heap, ListKind};
use crate::big::Big;
use crate::decimal::Decimal;
use crate::error::{RenderError, Run};
use crate::units;
use crate::value::Val;

impl Heap<'_> {
    /// `equals()`
    pub(crate) fn equal(&self, one: Val, other: Val, depth: u32) -> Run<bool> {
        if depth > self.limits.depth {
            return Err(RenderError::Depth);
        }
        Ok(match (one, other) {
            (Val::Str(one), Val::Str(other)) => self.str(one) == self.str(other),
            (Val::Double(one), Val::Double(other)) => {
                one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
            }
            (Val::Float(one), Val::Float(other)) => one.to_bits() == other.to_bits(),
            (Val::Big(one), Val::Big(other)) => self.bigs.get(one as usize) == self.bigs.get(other as usize),
            (Val::Decimal(one), Val::Decimal(other)) => {
                self.decimals.get(one as usize) == self.decimals.get(other as usize)
            }
            (Val::List(one), Val::List(other)) => {
                if one == other {
                    return Ok(true);
                }
                let set = |id| matches!(self.the_list(id).kind, ListKind::Keys | ListKind::Entries);
                let plain = |id| matches!(self.the_list(id).kind, ListKind::Array | ListKind::Json);
                let (left, right) = (self.items(one), self.items(other));
                if left.len() != right.len() || !(plain(one) && plain(other) || set(one) && set(other)) {
                    return Ok(false);
                }
                if set(one) {
                    for item in left {
                        if !self.contains(right, *item, depth + 1)? {
                            return Ok(false);
                        }
                    }
                    return Ok(true);
                }
                for (left, right) in left.iter().zip(right) {
                    if !self.equal(*left, *right, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Val::Map(one), Val::Map(other)) => {
                if one == other {
                    return Ok(true);
                }
                let (left, right) = (self.inserted(one), self.inserted(other));
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (key, value) in left {
                    match self.get(other, *key) {
                        Some(known) if self.equal(*value, known, depth + 1)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Val::Entry(one), Val::Entry(other)) => {
                // Key and value; whose they are does not count.
                let (left, right) = (self.items(one), self.items(other));
                for (left, right) in left.iter().zip(right).take(2) {
                    if !self.equal(*left, *right, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (one, other) => one == other,
        })
    }

    pub(crate) fn contains(&self, items: &[Val], value: Val, depth: u32) -> Run<bool> {
        for item in items {
            if self.equal(*item, value, depth)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `hashCode()`
    pub(crate) fn hash(&self, value: Val, depth: u32) -> Run<i32> {
        if depth > self.limits.depth {
            return Err(RenderError::Depth);
        }
        let long = |value: i64| (value ^ ((value as u64) >> 32) as i64) as i32;
        Ok(match value {
            Val::Str(text) => units::hash(self.str(text)),
            Val::Bool(value) => {
                if value {
                    1231
                } else {
                    1237
                }
            }
            Val::Int(value) => value,
            Val::Long(value) => long(value),
            Val::Double(value) => long(value.to_bits() as i64),
            Val::Float(value) => value.to_bits() as i32,
            Val::Char(unit) => i32::from(unit),
            Val::Big(big) => self.bigs.get(big as usize).map_or(0, Big::hash),
            Val::Decimal(decimal) => self.decimals.get(decimal as usize).map_or(0, Decimal::hash),
            Val::List(id) => {
                let set = matches!(self.the_list(id).kind, ListKind::Keys | ListKind::Entries);
                let mut hash = if set { 0i32 } else { 1 };
                for item in self.items(id) {
                    let item = self.hash(*item, depth + 1)?;
                    hash = if set { hash.wrapping_add(item) } else { hash.wrapping_mul(31).wrapping_add(item) };
                }
                hash
            }
            Val::Map(id) => {
                let mut hash = 0i32;
                for (key, value) in self.inserted(id) {
                    hash = hash.wrapping_add(self.hash(*key, depth + 1)? ^ self.hash(*value, depth + 1)?);
                }
                hash
            }
            Val::Entry(id) => {
                let mut hash = 0;
                for item in self.items(id).iter().take(2) {
                    hash ^= self.hash(*item, depth + 1)?;
                }
                hash
            }
            _ => 0,
        })
    }
}
