//! `$a.b`, `$a[b]`, and assignments to them.

use super::Machine;
use crate::error::{Run, thrown};
use crate::heap::ListKind;
use crate::value::{Builtin, Text, Val};

/// Java's getters begin with a capital, a template's names may or may not.
fn named(name: &str, getter: &str) -> bool {
    name.len() == getter.len()
        && name.get(1..) == getter.get(1..)
        && name.chars().next().map(|first| first.to_ascii_lowercase())
            == getter.chars().next().map(|first| first.to_ascii_lowercase())
}

impl Machine<'_> {
    /// A property; null if there is none.
    pub(super) fn property(&mut self, of: Val, name: Text) -> Run<Val> {
        let text = self.heap.str(name);
        Ok(match of {
            Val::Map(map) => {
                self.heap.pay(0)?;
                self.heap.get_str(map, self.heap.str(name)).unwrap_or(Val::Null)
            }
            Val::Builtin(Builtin::Input) if named(text, "body") => self.body_text(),
            Val::Builtin(builtin @ (Builtin::Context | Builtin::StageVariables)) => {
                let map = self.map_of_builtin(builtin)?;
                self.heap.get_str(map, self.heap.str(name)).unwrap_or(Val::Null)
            }
            Val::List(list) if named(text, "empty") && self.heap.the_list(list).kind != ListKind::Strings => {
                Val::Bool(self.heap.items(list).is_empty())
            }
            Val::Str(value) if named(text, "empty") => Val::Bool(value.len == 0),
            Val::Str(value) if named(text, "blank") => Val::Bool(self.heap.str(value).chars().all(char::is_whitespace)),
            Val::Str(value) if named(text, "bytes") => {
                let bytes: Vec<Val> =
                    self.heap.str(value).bytes().map(|byte| Val::Int(i32::from(byte as i8))).collect();
                self.heap.list(ListKind::Strings, &bytes)?
            }
            Val::Double(value) if named(text, "naN") => Val::Bool(value.is_nan()),
            Val::Double(value) if named(text, "infinite") => Val::Bool(value.is_infinite()),
            Val::Entry(entry) if named(text, "key") => self.heap.item(entry, 0).unwrap_or(Val::Null),
            Val::Entry(entry) if named(text, "value") => self.heap.item(entry, 1).unwrap_or(Val::Null),
            Val::Scope(scope) => {
                let name = text.to_owned();
                self.scope_property(scope, &name)
            }
            _ => Val::Null,
        })
    }

    /// What `$foreach` has.
    pub(crate) fn scope_property(&self, id: u32, name: &str) -> Val {
        let Some(scope) = self.scopes.get(id as usize) else { return Val::Null };
        match name {
            "index" => Val::Int(scope.index),
            "count" => Val::Int(scope.index + 1),
            "hasNext" => Val::Bool(scope.has_next),
            "first" => Val::Bool(scope.index < 1),
            "last" => Val::Bool(!scope.has_next),
            "parent" => scope.parent.map_or(Val::Null, Val::Scope),
            "topmost" => {
                let mut top = id;
                while let Some(parent) = self.scopes.get(top as usize).and_then(|scope| scope.parent) {
                    top = parent;
                }
                Val::Scope(top)
            }
            "depth" => {
                let (mut depth, mut at) = (1, id);
                while let Some(parent) = self.scopes.get(at as usize).and_then(|scope| scope.parent) {
                    (depth, at) = (depth + 1, parent);
                }
                Val::Int(depth)
            }
            _ => Val::Null,
        }
    }

    /// `get(index)`; a negative one counts from the end.
    pub(super) fn element(&mut self, of: Val, index: Val) -> Run<Val> {
        self.may_count(of, index)?;
        match (of, index) {
            (Val::List(list), Val::Int(_)) => match self.place(list, index) {
                Some(Some(at)) => Ok(self.heap.item(list, at).unwrap_or(Val::Null)),
                Some(None) => thrown("an index out of a list's bounds"),
                None => Ok(Val::Null),
            },
            (Val::Map(map), key) => {
                self.heap.pay(0)?;
                Ok(self.heap.get(map, self.counted(map, key)).unwrap_or(Val::Null))
            }
            (Val::Builtin(builtin @ (Builtin::Context | Builtin::StageVariables)), key) => {
                let map = self.map_of_builtin(builtin)?;
                Ok(self.heap.get(map, key).unwrap_or(Val::Null))
            }
            _ => Ok(Val::Null),
        }
    }

    /// What has no size has no end to count from.
    fn may_count(&self, of: Val, index: Val) -> Run<()> {
        let sized = matches!(
            of,
            Val::List(_) | Val::Map(_) | Val::Scope(_) | Val::Builtin(Builtin::Context | Builtin::StageVariables)
        );
        match index {
            Val::Int(index) if index < 0 && !sized => thrown("a negative index of what has no size"),
            _ => Ok(()),
        }
    }

    /// A negative index counts from a map's size too.
    fn counted(&self, map: u32, key: Val) -> Val {
        match key {
            Val::Int(index) if index < 0 => {
                Val::Int(index + self.heap.to_i32(Val::count(self.heap.inserted(map).len())))
            }
            key => key,
        }
    }

    /// Which element of a list is meant, if it is one of those that have an order; and whether there is one.
    fn place(&self, list: u32, index: Val) -> Option<Option<usize>> {
        let Val::Int(index) = index else { return None };
        if matches!(self.heap.the_list(list).kind, ListKind::Keys | ListKind::Values | ListKind::Entries) {
            return None;
        }
        let len = self.heap.items(list).len();
        let index = i64::from(index) + if index < 0 { i64::try_from(len).unwrap_or(0) } else { 0 };
        Some(usize::try_from(index).ok().filter(|at| *at < len))
    }

    /// `$a.b = value`: a map takes it, nothing else does.
    pub(super) fn set_property(&mut self, of: Val, name: Val, value: Val) -> Run<()> {
        let map = match of {
            Val::Map(map) => map,
            Val::Builtin(builtin @ (Builtin::Context | Builtin::StageVariables)) => self.map_of_builtin(builtin)?,
            _ => return Ok(()),
        };
        self.heap.put(map, name, value).map(|_| ())
    }

    /// `$a[b] = value`
    pub(super) fn set_element(&mut self, of: Val, index: Val, value: Val) -> Run<()> {
        self.may_count(of, index)?;
        match of {
            Val::List(list) => match self.place(list, index) {
                Some(Some(at)) => self.heap.set_item(list, at, value),
                Some(None) => return thrown("an index out of a list's bounds"),
                None => {}
            },
            Val::Map(map) => {
                let key = self.counted(map, index);
                self.heap.put(map, key, value)?;
            }
            of => self.set_property(of, index, value)?,
        }
        Ok(())
    }
}
