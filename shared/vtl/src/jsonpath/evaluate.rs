//! Where a path leads.

use super::{Condition, Function, Path, Step};
use crate::error::{RenderError, Run, thrown};
use crate::heap::{Heap, ListKind, MapKind};
use crate::value::Val;

impl Path {
    /// What it leads to: a value or nothing, or, where it may lead to several, a list of them.
    ///
    /// # Errors
    /// A filter over what is no collection, several names before the end; or it takes too long.
    pub(crate) fn read(&self, heap: &mut Heap<'_>, root: Val) -> Run<Option<Val>> {
        self.read_from(heap, root, root)
    }

    /// The same from elsewhere. A function is asked of what a path leads to: of each of several, but of all together behind a
    /// path that begins with a scan. `keys()` forgets such a path: Jayway gives it the document.
    pub(super) fn read_from(&self, heap: &mut Heap<'_>, root: Val, from: Val) -> Run<Option<Val>> {
        let Some(function) = self.function else { return self.found(heap, root, from) };
        let scans = self.begins_with_scan();
        if scans && function == Function::Keys {
            return function.apply(heap, root);
        }
        match self.found(heap, root, from)? {
            None => Ok(None),
            Some(Val::List(several)) if !scans && !self.is_definite() => {
                let mut each = heap.items(several).to_vec();
                for value in &mut each {
                    *value = function.apply(heap, *value)?.unwrap_or(Val::Null);
                }
                heap.list(ListKind::Json, &each).map(Some)
            }
            Some(value) => function.apply(heap, value),
        }
    }

    /// The same without its function.
    fn found(&self, heap: &mut Heap<'_>, root: Val, from: Val) -> Run<Option<Val>> {
        let mut found = Vec::new();
        let is_definite = self.is_definite();
        let mut walk = Walk { heap, root, found: &mut found };
        walk.steps(&self.steps, from, 0)?;
        if is_definite {
            return Ok(found.first().copied());
        }
        heap.list(ListKind::Json, &found).map(Some)
    }
}

pub(super) struct Walk<'w, 'a> {
    pub(super) heap: &'w mut Heap<'a>,
    pub(super) root: Val,
    found: &'w mut Vec<Val>,
}

impl Walk<'_, '_> {
    fn steps(&mut self, steps: &[Step], at: Val, depth: u32) -> Run<()> {
        self.heap.pay(16)?;
        if depth > self.heap.limits.depth {
            return Err(RenderError::Depth);
        }
        let Some((step, rest)) = steps.split_first() else {
            self.found.push(at);
            return Ok(());
        };
        match (step, at) {
            (Step::Names(names), Val::Map(map)) => self.names(names, rest, map, depth),
            (Step::Indices(indices), Val::List(list)) => {
                for index in indices {
                    if let Some(item) = item(self.heap, list, *index) {
                        self.steps(rest, item, depth + 1)?;
                    }
                }
                Ok(())
            }
            (Step::Slice(from, to), Val::List(list)) => {
                for index in sliced(*from, *to, self.heap.items(list).len()) {
                    if let Some(item) = item(self.heap, list, index) {
                        self.steps(rest, item, depth + 1)?;
                    }
                }
                Ok(())
            }
            (Step::Wildcard, collection) => {
                for value in self.children(collection) {
                    self.steps(rest, value, depth + 1)?;
                }
                Ok(())
            }
            (Step::Filter(condition), Val::Map(_)) => {
                if self.holds(condition, at)? {
                    self.steps(rest, at, depth + 1)?;
                }
                Ok(())
            }
            (Step::Filter(condition), Val::List(list)) => {
                for value in self.heap.items(list).to_vec() {
                    if self.holds(condition, value)? {
                        self.steps(rest, value, depth + 1)?;
                    }
                }
                Ok(())
            }
            (Step::Scan, _) => self.scan(rest, at, depth),
            (Step::Names(_) | Step::Indices(_) | Step::Slice(..) | Step::Filter(_), _) => Ok(()),
        }
    }

    fn names(&mut self, names: &[String], rest: &[Step], map: u32, depth: u32) -> Run<()> {
        if let [name] = names {
            return match self.heap.get_str(map, name) {
                Some(value) => self.steps(rest, value, depth + 1),
                None => Ok(()),
            };
        }
        if !rest.is_empty() {
            // Newer versions go on with each of them.
            for name in names {
                if let Some(value) = self.heap.get_str(map, name) {
                    self.steps(rest, value, depth + 1)?;
                }
            }
            return Ok(());
        }
        let mut entries = Vec::new();
        for name in names {
            if let Some(value) = self.heap.get_str(map, name) {
                entries.push((self.heap.keep(name)?, value));
            }
        }
        let merged = self.heap.map_of(MapKind::Linked, &entries)?;
        self.found.push(merged);
        Ok(())
    }

    fn children(&self, collection: Val) -> Vec<Val> {
        match collection {
            Val::List(list) => self.heap.items(list).to_vec(),
            Val::Map(map) => self.heap.inserted(map).iter().map(|(_, value)| *value).collect(),
            _ => Vec::new(),
        }
    }

    /// The next step at every level.
    fn scan(&mut self, rest: &[Step], at: Val, depth: u32) -> Run<()> {
        if depth > self.heap.limits.depth {
            return Err(RenderError::Depth);
        }
        let takes = match (rest.first(), at) {
            (Some(Step::Names(names)), Val::Map(map)) => {
                names.iter().all(|name| self.heap.get_str(map, name).is_some())
            }
            (Some(Step::Indices(_) | Step::Slice(..)), Val::List(_)) => true,
            (Some(Step::Wildcard), Val::Map(_) | Val::List(_)) => true,
            (Some(Step::Filter(condition)), Val::Map(_)) => {
                if self.holds(condition, at)? {
                    self.steps(rest.get(1..).unwrap_or_default(), at, depth + 1)?;
                }
                false
            }
            _ => false,
        };
        if takes {
            self.steps(rest, at, depth + 1)?;
        }
        for child in self.children(at) {
            self.heap.pay(0)?;
            if matches!(child, Val::Map(_) | Val::List(_)) {
                self.scan(rest, child, depth + 1)?;
            }
        }
        Ok(())
    }

    fn holds(&mut self, condition: &Condition, at: Val) -> Run<bool> {
        self.heap.pay(16)?;
        Ok(match condition {
            Condition::And(all) => {
                for one in all {
                    if !self.holds(one, at)? {
                        return Ok(false);
                    }
                }
                true
            }
            Condition::Or(any) => {
                for one in any {
                    if self.holds(one, at)? {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::Not(inner) => !self.holds(inner, at)?,
            Condition::Exists(path, root) => {
                let from = if *root { self.root } else { at };
                match path.found(self.heap, self.root, from)? {
                    None => false,
                    Some(Val::List(list)) if !path.is_definite() => !self.heap.items(list).is_empty(),
                    Some(_) => true,
                }
            }
            Condition::Compared(left, relation, right) => self.compared(left, *relation, right, at)?,
        })
    }
}

fn item(heap: &Heap<'_>, list: u32, index: i32) -> Option<Val> {
    let len = i64::try_from(heap.items(list).len()).ok()?;
    let index = i64::from(index) + if index < 0 { len } else { 0 };
    heap.item(list, usize::try_from(index).ok()?)
}

/// Which elements a slice takes: an open end counts a negative one from the end, two ends are indices each by itself, so that
/// `[-2:1]` begins with the last two and `[0:-1]` takes none.
fn sliced(from: Option<i32>, to: Option<i32>, len: usize) -> std::ops::Range<i32> {
    let len = i32::try_from(len).unwrap_or(i32::MAX);
    let from_end = |index: i32| if index < 0 { len.saturating_add(index) } else { index };
    match (from, to) {
        (Some(from), Some(to)) => from.max(-len)..to.min(len),
        (Some(from), None) => from_end(from).max(0)..len,
        (None, to) => 0..to.map_or(len, from_end).min(len),
    }
}

impl Function {
    fn apply(self, heap: &mut Heap<'_>, value: Val) -> Run<Option<Val>> {
        // A filter may ask it of the same for each of many.
        match value {
            Val::List(list) => heap.pay(heap.items(list).iter().map(|item| 1 + heap.work_to_spell(*item)).sum())?,
            Val::Map(map) => heap.pay(heap.inserted(map).len())?,
            _ => {}
        }
        Ok(Some(match (self, value) {
            (Function::Length, Val::List(list)) => Val::count(heap.items(list).len()),
            (Function::Length, Val::Map(map)) => Val::count(heap.inserted(map).len()),
            (Function::Keys, Val::Map(map)) => {
                let keys: Vec<Val> = heap.inserted(map).iter().map(|(key, _)| *key).collect();
                heap.list(ListKind::Keys, &keys)?
            }
            (Function::Length | Function::Keys, _) => return Ok(None),
            (_, Val::List(list)) => {
                let numbers: Vec<f64> =
                    heap.items(list).iter().filter(|item| item.is_number()).map(|item| heap.to_f64(*item)).collect();
                if numbers.is_empty() {
                    return thrown("an aggregation over no numbers");
                }
                let count = numbers.len() as f64;
                let sum: f64 = numbers.iter().sum();
                Val::Double(match self {
                    Function::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
                    Function::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    Function::Sum => sum,
                    Function::StdDev => {
                        let squares: f64 = numbers.iter().map(|number| number * number).sum();
                        (squares / count - sum * sum / count / count).sqrt()
                    }
                    _ => sum / count,
                })
            }
            _ => return thrown("an aggregation over no numbers"),
        }))
    }
}
