//! `#foreach`: over what, round by round, and how it is left.

use super::{Loop, Machine, Scope};
use crate::error::{RenderError, Run, thrown};
use crate::heap::{List, ListKind};
use crate::parser::FOREACH;
use crate::value::{Builtin, Val};

impl Machine<'_> {
    /// Begins a loop, if that is something to loop over.
    pub(super) fn each(&mut self, slot: u32, over: Val, end: usize) -> Run<bool> {
        let (list, at, map) = match over {
            Val::List(list) => match self.heap.the_list(list) {
                List { kind, of: Some(map), .. } => {
                    let items = self.heap.items(list).to_vec();
                    let Val::List(list) = self.heap.list(kind, &items)? else { return Ok(false) };
                    (list, 0, Some((map, self.heap.map_mods(map))))
                }
                _ => (list, 0, None),
            },
            Val::Iter(id) => {
                let Some(iteration) = self.iterations.get(id as usize) else { return Ok(false) };
                (iteration.list, iteration.at, None)
            }
            Val::Map(_) | Val::Builtin(Builtin::Context | Builtin::StageVariables) => {
                let map = match over {
                    Val::Map(map) => map,
                    Val::Builtin(builtin) => self.map_of_builtin(builtin)?,
                    _ => return Ok(false),
                };
                let values: Vec<Val> = self.heap.entries(map).into_iter().map(|(_, value)| value).collect();
                let Val::List(list) = self.heap.list(ListKind::Values, &values)? else { return Ok(false) };
                (list, 0, Some((map, self.heap.map_mods(map))))
            }
            _ => return Ok(false),
        };
        let parent = match self.variable(FOREACH) {
            Val::Scope(parent) => Some(parent),
            _ => None,
        };
        let saved = [slot, FOREACH, FOREACH + 1, FOREACH + 2].map(|slot| self.variable(slot));
        self.scopes.push(Scope { index: -1, has_next: false, parent });
        let scope = u32::try_from(self.scopes.len() - 1).unwrap_or(u32::MAX);
        let mods = self.heap.the_list(list).mods;
        let (stack, captures) = (self.stack.len(), self.captures.len());
        self.loops.push(Loop {
            slot,
            end,
            list,
            at,
            mods,
            map,
            scope,
            holds: false,
            lifted: false,
            saved,
            stack,
            captures,
        });
        self.set(FOREACH, Val::Scope(scope));
        Ok(true)
    }

    /// Goes on to the next element, if there is one.
    pub(super) fn next_round(&mut self) -> Run<bool> {
        let Some(it) = self.loops.last_mut() else { return Ok(false) };
        let len = self.heap.items(it.list).len();
        // As Java's iterators: one that stands anywhere but at the end has a next element.
        if it.at == len {
            return Ok(false);
        }
        let changed = match it.map {
            Some((map, mods)) => self.heap.map_mods(map) != mods,
            None => self.heap.the_list(it.list).mods != it.mods,
        };
        if changed || it.at > len {
            return thrown("a collection was changed while it is iterated over");
        }
        let value = match it.map {
            // As it is now, not as it was when the loop began.
            Some((map, _)) if self.heap.the_list(it.list).kind == ListKind::Values && self.heap.is_linked(map) => {
                self.heap.inserted(map).get(it.at).map(|(_, value)| *value)
            }
            _ => self.heap.item(it.list, it.at),
        };
        let value = value.unwrap_or(Val::Null);
        it.at += 1;
        it.holds = false;
        let (slot, scope, has_next) = (it.slot, it.scope, it.at != len);
        let Some(scope) = self.scopes.get_mut(scope as usize) else { return Ok(false) };
        (scope.index, scope.has_next) = (scope.index + 1, has_next);
        let index = scope.index;
        if u32::try_from(index).unwrap_or(0) >= self.heap.limits.loops {
            return Err(RenderError::Loops);
        }
        if self.program.counts_rounds {
            self.set(FOREACH + 1, Val::Int(index + 1));
            self.set(FOREACH + 2, Val::Bool(has_next));
        }
        if value.is_null() {
            self.lift(slot, false);
        }
        self.set(slot, value);
        if let Some(it) = self.loops.last_mut() {
            it.holds = value.is_null();
            self.holds |= it.holds;
        }
        Ok(true)
    }

    /// Whether what is assigned to a variable is not seen.
    #[cold]
    pub(super) fn is_held(&self, slot: u32) -> bool {
        self.loops.iter().any(|it| it.holds && !it.lifted && it.slot == slot)
    }

    /// Whether what is assigned to a variable is seen again, though the elements of loops are null.
    pub(super) fn lift(&mut self, slot: u32, lifted: bool) {
        self.loops.iter_mut().filter(|it| it.holds && it.slot == slot).for_each(|it| it.lifted = lifted);
    }

    /// Leaves the loop there and those in it; gives where to go on.
    pub(super) fn leave(&mut self, to: usize) -> usize {
        let mut end = usize::MAX;
        while self.loops.len() > to {
            let Some(it) = self.loops.pop() else { break };
            if self.holds && it.saved.first().is_some_and(|saved| saved.is_null()) {
                self.lift(it.slot, true);
            }
            for (slot, value) in [FOREACH, FOREACH + 1, FOREACH + 2, it.slot]
                .into_iter()
                .zip([1, 2, 3, 0].map(|at| it.saved.get(at).copied().unwrap_or(Val::Null)))
            {
                self.set(slot, value);
            }
            self.stack.truncate(it.stack);
            if let Some(start) = self.captures.get(it.captures) {
                self.output.truncate(*start);
            }
            self.captures.truncate(it.captures);
            end = it.end;
        }
        end
    }
}
