//! `ArrayList`, `JSONArray`, and arrays, which Velocity wraps as lists.

use gatehouse_sort::sort_by;

use super::Method;
use crate::error::{Run, thrown};
use crate::heap::ListKind;
use crate::machine::Machine;
use crate::value::Val;

fn bounds<T>() -> Run<T> {
    thrown("an index out of a list's bounds")
}

impl Machine<'_> {
    /// A call on a list, by index; the rest is any collection's.
    pub(super) fn call_list(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let kind = self.heap.the_list(id).kind;
        let len = self.heap.items(id).len();
        if matches!(kind, ListKind::Keys | ListKind::Values | ListKind::Entries) {
            return match (method, arguments) {
                (Method::Add, [_]) => thrown("what a map shows takes nothing"),
                (Method::AddAll, [Val::List(other)]) if !self.heap.items(*other).is_empty() => {
                    thrown("what a map shows takes nothing")
                }
                (Method::AddAll, [Val::List(_)]) => Ok(Val::Bool(false)),
                _ => self.call_collection(method, id, arguments),
            };
        }
        let place = |at: i32, end: usize| usize::try_from(at).ok().filter(|at| *at < end);
        let fixed = kind == ListKind::Strings;
        match (method, arguments) {
            (Method::Get, [Val::Int(at)]) => match place(*at, len).and_then(|at| self.heap.item(id, at)) {
                Some(value) => Ok(value),
                None => bounds(),
            },
            (Method::Set, [Val::Int(at), value]) => match place(*at, len) {
                Some(at) => {
                    let old = self.heap.item(id, at).unwrap_or(Val::Null);
                    self.heap.set_item(id, at, *value);
                    Ok(old)
                }
                None => bounds(),
            },
            (
                Method::Add | Method::AddAll | Method::Remove | Method::Clear | Method::RemoveAll | Method::RetainAll,
                _,
            ) if fixed => thrown("an array does not change its size"),
            (Method::Add, [value]) => {
                self.heap.push(id, *value)?;
                Ok(Val::Bool(true))
            }
            (Method::Add, [Val::Int(at), value]) => match place(*at, len + 1) {
                Some(at) => {
                    self.heap.insert(id, at, *value)?;
                    Ok(Val::EMPTY)
                }
                None => bounds(),
            },
            (Method::AddAll, [Val::List(other)]) => {
                let items = self.heap.items(*other).to_vec();
                for item in &items {
                    self.heap.push(id, *item)?;
                }
                Ok(Val::Bool(!items.is_empty()))
            }
            (Method::AddAll, [Val::Int(at), Val::List(other)]) => {
                let Some(at) = place(*at, len + 1) else { return bounds() };
                let items = self.heap.items(*other).to_vec();
                for (offset, item) in items.iter().enumerate() {
                    self.heap.insert(id, at + offset, *item)?;
                }
                Ok(Val::Bool(!items.is_empty()))
            }
            (Method::Remove, [Val::Int(at)]) => match place(*at, len) {
                Some(at) => self.heap.remove_item(id, at),
                None => bounds(),
            },
            (Method::Remove, [value]) => match self.position(id, *value, false)? {
                Some(at) => {
                    self.heap.remove_item(id, at)?;
                    Ok(Val::Bool(true))
                }
                None => Ok(Val::Bool(false)),
            },
            (Method::IndexOf | Method::LastIndexOf, [value]) => {
                let at = self.position(id, *value, method == Method::LastIndexOf)?;
                Ok(at.map_or(Val::Int(-1), Val::count))
            }
            (Method::SubList, [Val::Int(from), Val::Int(to)]) => {
                let range = place(*from, len + 1).zip(place(*to, len + 1)).filter(|(from, to)| from <= to);
                let Some((from, to)) = range else { return bounds() };
                let part = self.heap.items(id).get(from..to).unwrap_or_default().to_vec();
                self.heap.list(ListKind::Array, &part)
            }
            (Method::ToJsonString, []) if kind == ListKind::Json => self.string_of(Val::List(id)),
            (Method::Clone, []) if !fixed => {
                let items = self.heap.items(id).to_vec();
                self.heap.list(kind, &items)
            }
            (Method::Sort, [Val::Null]) if !fixed => self.sort(id),
            _ => self.call_collection(method, id, arguments),
        }
    }

    /// `sort(null)`: strings by their units, numbers of one class by their value; anything else cannot be compared.
    fn sort(&mut self, id: u32) -> Run<Val> {
        let mut items = self.heap.items(id).to_vec();
        self.heap.pay(items.len() * 64)?;
        let class = items.first().map(std::mem::discriminant);
        let comparable = |it: &Val| matches!(it, Val::Str(_)) || it.is_number();
        if items.len() > 1 && !items.iter().all(|it| Some(std::mem::discriminant(it)) == class && comparable(it)) {
            return thrown("elements that cannot be compared");
        }
        let heap = &self.heap;
        sort_by(&mut items, |one, other| match (*one, *other) {
            (Val::Str(one), Val::Str(other)) => heap.str(one).encode_utf16().cmp(heap.str(other).encode_utf16()),
            (one, other) => heap.compare(one, other).unwrap_or(std::cmp::Ordering::Equal),
        });
        for (at, item) in items.into_iter().enumerate() {
            self.heap.set_item(id, at, item);
        }
        Ok(Val::EMPTY)
    }

    /// Where a value stands in a list.
    pub(super) fn position(&mut self, id: u32, value: Val, last: bool) -> Run<Option<usize>> {
        self.heap.pay(self.heap.items(id).len())?;
        let mut found = None;
        for (at, item) in self.heap.items(id).iter().enumerate() {
            if self.heap.equal(*item, value, 0)? {
                found = Some(at);
                if !last {
                    break;
                }
            }
        }
        Ok(found)
    }
}
