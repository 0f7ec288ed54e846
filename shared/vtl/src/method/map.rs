//! `Map`

use super::Method;
use crate::error::{Run, thrown};
use crate::heap::ListKind;
use crate::machine::Machine;
use crate::value::Val;

impl Machine<'_> {
    /// A call on a map.
    pub(super) fn call_map(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let len = self.heap.inserted(id).len();
        self.heap.pay(0)?;
        match (method, arguments) {
            (Method::Size, []) => Ok(Val::count(len)),
            (Method::IsEmpty, []) => Ok(Val::Bool(len == 0)),
            (Method::Get, [key]) => Ok(self.heap.get(id, *key).unwrap_or(Val::Null)),
            (Method::GetOrDefault, [key, other]) => Ok(self.heap.get(id, *key).unwrap_or(*other)),
            (Method::ContainsKey, [key]) => Ok(Val::Bool(self.heap.get(id, *key).is_some())),
            (Method::ContainsValue, [value]) => {
                self.heap.pay(len)?;
                let values: Vec<Val> = self.heap.inserted(id).iter().map(|(_, value)| *value).collect();
                self.heap.contains(&values, *value, 0).map(Val::Bool)
            }
            (Method::Put, [key, value]) => Ok(self.heap.put(id, *key, *value)?.unwrap_or(Val::Null)),
            (Method::PutIfAbsent, [key, value]) => match self.heap.get(id, *key) {
                Some(known) if !known.is_null() => Ok(known),
                _ => {
                    self.heap.put(id, *key, *value)?;
                    Ok(Val::Null)
                }
            },
            (Method::PutAll, [Val::Map(other)]) => {
                for (key, value) in self.heap.entries(*other) {
                    self.heap.put(id, key, value)?;
                }
                Ok(Val::EMPTY)
            }
            (Method::PutAll, [Val::Null]) => thrown("a null where a map is needed"),
            (Method::Replace, [key, value]) => match self.heap.get(id, *key) {
                Some(_) => Ok(self.heap.put(id, *key, *value)?.unwrap_or(Val::Null)),
                None => Ok(Val::Null),
            },
            (Method::Replace, [key, old, new]) => match self.heap.get(id, *key) {
                Some(known) if self.heap.equal(known, *old, 0)? => {
                    self.heap.put(id, *key, *new)?;
                    Ok(Val::Bool(true))
                }
                _ => Ok(Val::Bool(false)),
            },
            (Method::Remove, [key, value]) => match self.heap.get(id, *key) {
                Some(known) if self.heap.equal(known, *value, 0)? => {
                    self.heap.remove(id, *key)?;
                    Ok(Val::Bool(true))
                }
                _ => Ok(Val::Bool(false)),
            },
            (Method::Clone, []) => {
                let entries = self.heap.inserted(id).to_vec();
                self.heap.map(self.heap.map_kind(id), &entries)
            }
            (Method::Remove, [key]) => Ok(self.heap.remove(id, *key)?.unwrap_or(Val::Null)),
            (Method::Clear, []) => {
                self.heap.clear_map(id)?;
                Ok(Val::EMPTY)
            }
            (Method::KeySet, []) => self.heap.view(ListKind::Keys, id),
            (Method::Values, []) => self.heap.view(ListKind::Values, id),
            (Method::EntrySet, []) => self.heap.view(ListKind::Entries, id),
            (Method::Equals, [other]) => self.heap.equal(Val::Map(id), *other, 0).map(Val::Bool),
            (Method::HashCode, []) => self.heap.hash(Val::Map(id), 0).map(Val::Int),
            (Method::ToString, []) => self.string_of(Val::Map(id)),
            _ => Ok(Val::Null),
        }
    }
}
