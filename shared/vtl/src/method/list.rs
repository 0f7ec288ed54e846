//! `ArrayList`, `JSONArray`, and arrays, which Velocity wraps as lists.

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
            return self.call_collection(method, id, arguments);
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
            _ => self.call_collection(method, id, arguments),
        }
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
