//! Where a path leads.

use std::cmp::Ordering;

use super::{Condition, Function, Operand, Path, Relation, Step};
use crate::error::{RenderError, Run, thrown};
use crate::heap::{Heap, ListKind, MapKind};
use crate::value::Val;

impl Path {
    /// What it leads to: a value or nothing, or, where it may lead to several, a list of them.
    ///
    /// # Errors
    /// A filter over what is no collection, several names before the end; or it takes too long.
    pub(crate) fn read(&self, heap: &mut Heap<'_>, root: Val) -> Run<Option<Val>> {
        let found = self.found(heap, root, root)?;
        let Some(function) = self.function else { return Ok(found) };
        match found {
            Some(value) => function.apply(heap, value),
            None => Ok(None),
        }
    }

    /// The same without its function.
    fn found(&self, heap: &mut Heap<'_>, root: Val, from: Val) -> Run<Option<Val>> {
        let mut found = Vec::new();
        let is_definite = self.is_definite();
        let mut walk = Walk { heap, root, found: &mut found, upstream: true };
        walk.steps(&self.steps, from, 0)?;
        if is_definite {
            return Ok(found.first().copied());
        }
        heap.list(ListKind::Json, &found).map(Some)
    }
}

struct Walk<'w, 'a> {
    heap: &'w mut Heap<'a>,
    root: Val,
    found: &'w mut Vec<Val>,
    upstream: bool,
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
                let len = i64::try_from(self.heap.items(list).len()).unwrap_or(i64::MAX);
                let end = |end: i32| (i64::from(end) + if end < 0 { len } else { 0 }).clamp(0, len);
                let (from, to) = (from.map_or(0, end), to.map_or(len, end));
                for index in from..to {
                    let item = usize::try_from(index).ok().and_then(|index| self.heap.item(list, index));
                    self.steps(rest, item.unwrap_or(Val::Null), depth + 1)?;
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
        if !rest.is_empty() && self.upstream {
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

    fn value<'o>(&mut self, operand: &'o Operand, at: Val) -> Run<Known<'o>> {
        Ok(match operand {
            Operand::Path(path, root) => {
                let from = if *root { self.root } else { at };
                match path.found(self.heap, self.root, from)? {
                    Some(value) => Known::Value(value),
                    None => Known::Nothing,
                }
            }
            Operand::Text(text) => Known::Text(text),
            Operand::Number(number) => Known::Value(Val::Double(*number)),
            Operand::Bool(value) => Known::Value(Val::Bool(*value)),
            Operand::Null => Known::Value(Val::Null),
            Operand::List(list) => Known::List(list),
            Operand::Pattern(_) => Known::Nothing,
        })
    }

    fn compared(&mut self, left: &Operand, relation: Relation, right: &Operand, at: Val) -> Run<bool> {
        let (one, other) = (self.value(left, at)?, self.value(right, at)?);
        Ok(match relation {
            Relation::Equal => self.equal(&one, &other)?,
            Relation::NotEqual => !self.equal(&one, &other)?,
            Relation::Less => self.order(&one, &other) == Some(Ordering::Less),
            Relation::LessEqual => matches!(self.order(&one, &other), Some(Ordering::Less | Ordering::Equal)),
            Relation::Greater => self.order(&one, &other) == Some(Ordering::Greater),
            Relation::GreaterEqual => matches!(self.order(&one, &other), Some(Ordering::Greater | Ordering::Equal)),
            Relation::Matches => match (self.string(&one), right) {
                (Some(text), Operand::Pattern(pattern)) => {
                    let text = text.to_owned();
                    self.heap.pay(pattern.cost(text.len()))?;
                    pattern.is_whole(&text)
                }
                _ => false,
            },
            Relation::In => self.is_among(&one, &other, at)?,
            Relation::NotIn => !self.is_among(&one, &other, at)?,
            Relation::Contains => self.is_among(&other, &one, at)?,
            Relation::All | Relation::SubsetOf => {
                let (all, of) = if relation == Relation::All { (other, one) } else { (one, other) };
                match all {
                    Known::List(list) => {
                        for operand in list {
                            let value = self.value(operand, at)?;
                            if !self.is_among(&value, &of, at)? {
                                return Ok(false);
                            }
                        }
                        true
                    }
                    Known::Value(Val::List(list)) => {
                        for value in self.heap.items(list).to_vec() {
                            if !self.is_among(&Known::Value(value), &of, at)? {
                                return Ok(false);
                            }
                        }
                        true
                    }
                    _ => false,
                }
            }
            Relation::Size => self.size(&one).is_some_and(|size| Some(size) == self.number(&other)),
            Relation::Empty => match other {
                Known::Value(Val::Bool(empty)) => self.size(&one).is_some_and(|size| (size == 0.0) == empty),
                _ => false,
            },
        })
    }

    fn size(&self, value: &Known<'_>) -> Option<f64> {
        let size = match value {
            Known::Value(Val::List(list)) => self.heap.items(*list).len(),
            Known::List(list) => list.len(),
            value => self.string(value)?.encode_utf16().count(),
        };
        Some(size as f64)
    }

    fn is_among(&mut self, value: &Known<'_>, list: &Known<'_>, at: Val) -> Run<bool> {
        match list {
            Known::List(list) => {
                for operand in *list {
                    let one = self.value(operand, at)?;
                    if self.equal(value, &one)? {
                        return Ok(true);
                    }
                }
            }
            Known::Value(Val::List(list)) => {
                for one in self.heap.items(*list).to_vec() {
                    if self.equal(value, &Known::Value(one))? {
                        return Ok(true);
                    }
                }
            }
            list => {
                return Ok(match (self.string(list), self.string(value)) {
                    (Some(text), Some(part)) => text.contains(part),
                    _ => false,
                });
            }
        }
        Ok(false)
    }

    fn string<'s>(&'s self, value: &Known<'s>) -> Option<&'s str> {
        match value {
            Known::Text(text) => Some(text),
            Known::Value(Val::Str(text)) => Some(self.heap.str(*text)),
            _ => None,
        }
    }

    /// A number, or a string that is one.
    fn number(&self, value: &Known<'_>) -> Option<f64> {
        match value {
            Known::Value(value) if value.is_number() => Some(self.heap.to_f64(*value)),
            value => self.string(value)?.trim().parse().ok(),
        }
    }

    fn equal(&self, one: &Known<'_>, other: &Known<'_>) -> Run<bool> {
        if let (Some(one), Some(other)) = (self.string(one), self.string(other)) {
            return Ok(one == other);
        }
        if let (Some(one), Some(other)) = (self.number(one), self.number(other)) {
            return Ok(one == other);
        }
        match (one, other) {
            (Known::Nothing, Known::Nothing) => Ok(true),
            (Known::Value(one), Known::Value(other)) => self.heap.equal(*one, *other, 0),
            _ => Ok(false),
        }
    }

    fn order(&self, one: &Known<'_>, other: &Known<'_>) -> Option<Ordering> {
        if let (Some(one), Some(other)) = (self.number(one), self.number(other)) {
            return one.partial_cmp(&other);
        }
        Some(self.string(one)?.cmp(self.string(other)?))
    }
}

/// An operand's value.
enum Known<'o> {
    Nothing,
    Value(Val),
    Text(&'o str),
    List(&'o [Operand]),
}

fn item(heap: &Heap<'_>, list: u32, index: i32) -> Option<Val> {
    let len = i64::try_from(heap.items(list).len()).ok()?;
    let index = i64::from(index) + if index < 0 { len } else { 0 };
    heap.item(list, usize::try_from(index).ok()?)
}

impl Function {
    fn apply(self, heap: &mut Heap<'_>, value: Val) -> Run<Option<Val>> {
        Ok(Some(match (self, value) {
            (Function::Length, Val::List(list)) => Val::count(heap.items(list).len()),
            (Function::Length, Val::Map(map)) => Val::count(heap.inserted(map).len()),
            (Function::Length, Val::Str(text)) => Val::count(crate::units::len(heap.str(text))),
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
                let sum: f64 = numbers.iter().sum();
                Val::Double(match self {
                    Function::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
                    Function::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    Function::Sum => sum,
                    _ => sum / numbers.len() as f64,
                })
            }
            _ => return thrown("an aggregation over no numbers"),
        }))
    }
}
