//! What every `Collection` has, and its iterators.

use super::Method;
use crate::error::{Run, thrown};
use crate::heap::ListKind;
use crate::machine::{Iteration, Machine};
use crate::value::Val;

impl Machine<'_> {
    /// A call on any collection.
    pub(super) fn call_collection(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let len = self.heap.items(id).len();
        match (method, arguments) {
            (Method::Size, []) => Ok(Val::count(len)),
            (Method::IsEmpty, []) => Ok(Val::Bool(len == 0)),
            (Method::Contains, [value]) => Ok(Val::Bool(self.position(id, *value, false)?.is_some())),
            (Method::ContainsAll, [Val::List(other)]) => {
                for value in self.heap.items(*other).to_vec() {
                    if self.position(id, value, false)?.is_none() {
                        return Ok(Val::Bool(false));
                    }
                }
                Ok(Val::Bool(true))
            }
            (Method::RemoveAll | Method::RetainAll, [Val::List(other)]) => {
                let (mut kept, mut gone) = (Vec::new(), Vec::new());
                for (at, value) in self.heap.items(id).to_vec().into_iter().enumerate() {
                    match self.position(*other, value, false)?.is_some() == (method == Method::RetainAll) {
                        true => kept.push(value),
                        false => gone.push(at),
                    }
                }
                if self.heap.the_list(id).of.is_none() {
                    return self.heap.replace_items(id, &kept).map(Val::Bool);
                }
                // From behind: the places before stay.
                for at in gone.iter().rev() {
                    self.remove_at(id, *at)?;
                }
                Ok(Val::Bool(!gone.is_empty()))
            }
            (Method::Remove, [value]) => match self.position(id, *value, false)? {
                Some(at) => {
                    self.remove_at(id, at)?;
                    Ok(Val::Bool(true))
                }
                None => Ok(Val::Bool(false)),
            },
            (Method::Clear, []) => {
                match self.heap.the_list(id).of {
                    Some(map) => self.heap.clear_map(map)?,
                    None => {
                        self.heap.replace_items(id, &[])?;
                    }
                }
                Ok(Val::EMPTY)
            }
            (Method::ToArray, []) => {
                let items = self.heap.items(id).to_vec();
                self.heap.list(ListKind::Strings, &items)
            }
            (Method::Iterator, []) => {
                self.iterations.push(Iteration { list: id, at: 0, mods: self.heap.the_list(id).mods });
                Ok(Val::Iter(u32::try_from(self.iterations.len() - 1).unwrap_or(u32::MAX)))
            }
            (Method::ContainsAll | Method::RemoveAll | Method::RetainAll | Method::AddAll, [Val::Null]) => {
                thrown("a null where a collection is needed")
            }
            (Method::Equals, [other]) => self.heap.equal(Val::List(id), *other, 0).map(Val::Bool),
            (Method::HashCode, []) => self.heap.hash(Val::List(id), 0).map(Val::Int),
            (Method::ToString, []) => self.string_of(Val::List(id)),
            _ => Ok(Val::Null),
        }
    }

    /// Takes an element out; of what shows a map, the map's entry.
    fn remove_at(&mut self, id: u32, at: usize) -> Run<()> {
        match self.heap.the_list(id).of {
            None => self.heap.remove_item(id, at).map(|_| ()),
            Some(map) => match self.heap.entries(map).get(at).copied() {
                Some((key, _)) => self.heap.remove(map, key).map(|_| ()),
                None => Ok(()),
            },
        }
    }

    /// A call on an iterator.
    pub(super) fn call_iterator(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let Some(iteration) = self.iterations.get(id as usize).copied() else { return Ok(Val::Null) };
        match (method, arguments) {
            (Method::HasNext, []) => Ok(Val::Bool(iteration.at != self.heap.items(iteration.list).len())),
            (Method::Next, []) => {
                if self.heap.the_list(iteration.list).mods != iteration.mods {
                    return thrown("a list was changed while it is iterated over");
                }
                match self.heap.item(iteration.list, iteration.at) {
                    Some(value) => {
                        if let Some(iteration) = self.iterations.get_mut(id as usize) {
                            iteration.at += 1;
                        }
                        Ok(value)
                    }
                    None => thrown("an iterator has no more elements"),
                }
            }
            _ => Ok(Val::Null),
        }
    }
}
