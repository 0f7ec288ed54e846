//! Maps, and the lists that show their keys, values and entries.

use std::collections::HashMap;

use gatehouse_sort::sort_by_key;

use super::{Heap, ListKind, size};
use crate::error::{RenderError, Run, thrown};
use crate::value::Val;

/// What happened to a map, and to which of its entries.
#[derive(Clone, Copy)]
enum Change {
    Added,
    Replaced(usize),
    Removed(usize),
    Cleared,
}

/// In which order a map tells its entries, and whether it prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapKind {
    /// `LinkedHashMap`
    Linked,
    /// `HashMap`
    Hash,
    /// A `HashMap` that AWS prints as nothing.
    Silent,
    /// A `LinkedHashMap` of headers: a name that is not there is looked for in any case.
    Headers,
}

#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) kind: MapKind,
    at: u32,
    len: u32,
    cap: u32,
    pub(crate) mods: u32,
    /// Where a key stands, once there are many.
    index: Option<HashMap<Box<str>, u32>>,
    once: Option<Once>,
    /// The lists that show its keys, values and entries, once somebody asked: they change as it does.
    views: [Option<u32>; 3],
}

/// A template may put each key once, or only `status`; so many entries were there before it.
#[derive(Clone, Copy, Debug)]
struct Once {
    before: u32,
    status_alone: bool,
}

/// Beyond this many entries a map has an index.
const FEW: u32 = 16;

impl Heap<'_> {
    /// A map of these, of which no two have the same key.
    pub(crate) fn map(&mut self, kind: MapKind, entries: &[(Val, Val)]) -> Run<Val> {
        self.pay(entries.len())?;
        self.room(entries.len())?;
        let (at, len) = (size(self.entries.len()), size(entries.len()));
        self.entries.extend_from_slice(entries);
        self.maps.push(Map { kind, at, len, cap: len, mods: 0, index: None, once: None, views: [None; 3] });
        Ok(Val::Map(size(self.maps.len() - 1)))
    }

    /// A map of these, of which the last of equal keys counts, at the first one's place.
    pub(crate) fn map_of(&mut self, kind: MapKind, entries: &[(Val, Val)]) -> Run<Val> {
        let distinct = entries.len() < 2 || (entries.len() < 24 && self.are_distinct(entries));
        if distinct {
            return self.map(kind, entries);
        }
        let map = self.map(kind, &[])?;
        if let Val::Map(id) = map {
            for (key, value) in entries {
                self.put(id, *key, *value)?;
            }
        }
        Ok(map)
    }

    fn are_distinct(&self, entries: &[(Val, Val)]) -> bool {
        let same = |one: Val, other: Val| match (one, other) {
            (Val::Str(one), Val::Str(other)) => one.len == other.len && self.str(one) == self.str(other),
            _ => true,
        };
        let mut rest = entries;
        while let Some(((key, _), after)) = rest.split_first() {
            if after.iter().any(|(other, _)| same(*key, *other)) {
                return false;
            }
            rest = after;
        }
        true
    }

    pub(crate) fn map_kind(&self, id: u32) -> MapKind {
        self.maps.get(id as usize).map_or(MapKind::Linked, |map| map.kind)
    }

    pub(crate) fn map_mods(&self, id: u32) -> u32 {
        self.maps.get(id as usize).map_or(0, |map| map.mods)
    }

    /// Entries in the order of insertion.
    pub(crate) fn inserted(&self, id: u32) -> &[(Val, Val)] {
        let Some(map) = self.maps.get(id as usize) else { return &[] };
        self.entries.get(map.at as usize..(map.at + map.len) as usize).unwrap_or_default()
    }

    /// Entries in the order in which Java tells them.
    pub(crate) fn entries(&self, id: u32) -> Vec<(Val, Val)> {
        let inserted = self.inserted(id);
        if self.is_linked(id) {
            return inserted.to_vec();
        }
        let mut buckets = 16usize;
        while inserted.len() * 4 > buckets * 3 {
            buckets *= 2;
        }
        let bucket = |key: Val| {
            let hash = self.hash(key, 0).unwrap_or(0) as u32;
            (hash ^ (hash >> 16)) as usize & (buckets - 1)
        };
        let mut entries: Vec<_> = inserted.iter().map(|entry| (bucket(entry.0), *entry)).collect();
        sort_by_key(&mut entries, |(bucket, _)| *bucket);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Whether a map tells its entries in the order in which they were put.
    pub(crate) fn is_linked(&self, id: u32) -> bool {
        matches!(self.map_kind(id), MapKind::Linked | MapKind::Headers)
    }

    fn position(&self, id: u32, key: Val) -> Option<usize> {
        let map = self.maps.get(id as usize)?;
        if let Some(index) = &map.index {
            return index.get(&*self.indexed(key)?).map(|at| *at as usize);
        }
        let entries = self.inserted(id);
        match key {
            Val::Str(key) => {
                let text = self.str(key);
                entries.iter().position(|(known, _)| match known {
                    Val::Str(known) => known.len == key.len && self.str(*known) == text,
                    _ => false,
                })
            }
            key => entries.iter().position(|(known, _)| self.equal(*known, key, 0).unwrap_or(false)),
        }
    }

    /// A key as the index has it; collections are not found in an index.
    fn indexed(&self, key: Val) -> Option<String> {
        match key {
            Val::Str(key) => Some(format!("s{}", self.str(key))),
            Val::List(_) | Val::Map(_) | Val::Entry(_) => None,
            Val::Big(big) => Some(format!("b{}", self.bigs.get(big as usize)?)),
            Val::Decimal(decimal) => Some(format!("d{}", self.decimals.get(decimal as usize)?)),
            key => Some(format!("k{key:?}")),
        }
    }

    fn reindex(&mut self, id: u32) {
        let entries = self.inserted(id).iter().enumerate();
        let index = (entries.len() > FEW as usize).then(|| {
            let known = entries.filter_map(|(at, (key, _))| Some((self.indexed(*key)?.into_boxed_str(), size(at))));
            known.collect()
        });
        if let Some(map) = self.maps.get_mut(id as usize) {
            map.index = index;
        }
    }

    pub(crate) fn get(&self, id: u32, key: Val) -> Option<Val> {
        let found = self.position(id, key).and_then(|at| self.inserted(id).get(at)).map(|(_, value)| *value);
        match key {
            Val::Str(name) if found.is_none() => self.header(id, self.str(name)),
            _ => found,
        }
    }

    /// A header, whatever its name's case.
    fn header(&self, id: u32, name: &str) -> Option<Val> {
        if self.map_kind(id) != MapKind::Headers {
            return None;
        }
        let is = |known: &Val| matches!(known, Val::Str(text) if self.str(*text).eq_ignore_ascii_case(name));
        self.inserted(id).iter().find(|(known, _)| is(known)).map(|(_, value)| *value)
    }

    /// Whether this very key is in a map.
    pub(crate) fn has(&self, id: u32, key: Val) -> bool {
        self.position(id, key).is_some()
    }

    pub(crate) fn get_str(&self, id: u32, key: &str) -> Option<Val> {
        let map = self.maps.get(id as usize)?;
        if let Some(index) = &map.index {
            return match index.get(format!("s{key}").as_str()) {
                Some(at) => self.inserted(id).get(*at as usize).map(|(_, value)| *value),
                None => self.header(id, key),
            };
        }
        let is = |known: &Val| matches!(known, Val::Str(text) if self.str(*text) == key);
        let found = self.inserted(id).iter().find(|(known, _)| is(known)).map(|(_, value)| *value);
        found.or_else(|| self.header(id, key))
    }

    /// Puts an entry; gives what stood there.
    pub(crate) fn put(&mut self, id: u32, key: Val, value: Val) -> Run<Option<Val>> {
        self.pay(0)?;
        let found = self.position(id, key);
        if let Some(at) = found
            && let Some(before) = self.once(id, key)
        {
            if at >= before as usize {
                return thrown("a parameter is overridden twice");
            }
            return self.renew(id, key, value, before - 1);
        }
        let Some(map) = self.maps.get_mut(id as usize) else { return Ok(None) };
        if let Some(at) = found {
            let entry = self.entries.get_mut(map.at as usize + at);
            let before = entry.map(|entry| std::mem::replace(&mut entry.1, value));
            self.show(id, Change::Replaced(at))?;
            return Ok(before);
        }
        if map.len == map.cap {
            let range = map.at as usize..(map.at + map.len) as usize;
            let cap = (map.cap * 2).max(8);
            if self.items.len() + self.entries.len() + cap as usize > self.limits.elements {
                return Err(RenderError::Elements);
            }
            (map.at, map.cap) = (size(self.entries.len()), cap);
            self.entries.extend_from_within(range);
            self.entries.resize((map.at + cap) as usize, (Val::Null, Val::Null));
        }
        let at = map.len;
        if let Some(entry) = self.entries.get_mut((map.at + at) as usize) {
            *entry = (key, value);
        }
        (map.len, map.mods) = (at + 1, map.mods + 1);
        if at == FEW {
            self.reindex(id);
        } else if at > FEW
            && let Some(name) = self.indexed(key)
            && let Some(index) = self.maps.get_mut(id as usize).and_then(|map| map.index.as_mut())
        {
            index.insert(name.into_boxed_str(), at);
        }
        self.show(id, Change::Added)?;
        Ok(None)
    }

    /// From now on a map takes every key once, or `status` once.
    pub(crate) fn take_once(&mut self, id: u32, status_alone: bool) {
        if let Some(map) = self.maps.get_mut(id as usize) {
            map.once = Some(Once { before: map.len, status_alone });
        }
    }

    /// How many entries were there before a template that may put this key once.
    fn once(&self, id: u32, key: Val) -> Option<u32> {
        let Once { before, status_alone } = self.maps.get(id as usize)?.once?;
        let applies = !status_alone || matches!(key, Val::Str(text) if self.str(text) == "status");
        applies.then_some(before)
    }

    /// Replaces what was there before the template, as an entry of its own.
    fn renew(&mut self, id: u32, key: Val, value: Val, before: u32) -> Run<Option<Val>> {
        let replaced = self.remove(id, key)?;
        if let Some(once) = self.maps.get_mut(id as usize).and_then(|map| map.once.as_mut()) {
            once.before = before;
        }
        self.put(id, key, value)?;
        Ok(replaced)
    }

    /// Takes an entry out; gives its value.
    pub(crate) fn remove(&mut self, id: u32, key: Val) -> Run<Option<Val>> {
        let Some(at) = self.position(id, key) else { return Ok(None) };
        let value = self.inserted(id).get(at).map(|(_, value)| *value);
        let Some(map) = self.maps.get_mut(id as usize) else { return Ok(None) };
        let (start, len) = (map.at as usize, map.len as usize);
        if let Some(entries) = self.entries.get_mut(start..start + len) {
            entries.copy_within(at + 1.., at);
        }
        (map.len, map.mods) = (map.len - 1, map.mods + 1);
        let indexed = map.index.is_some();
        self.pay(len * if indexed { 32 } else { 1 })?;
        if indexed {
            self.reindex(id);
        }
        self.show(id, Change::Removed(at))?;
        Ok(value)
    }

    pub(crate) fn clear_map(&mut self, id: u32) -> Run<()> {
        if let Some(map) = self.maps.get_mut(id as usize) {
            (map.len, map.index, map.mods) = (0, None, map.mods + 1);
        }
        self.show(id, Change::Cleared)
    }

    /// `keySet()`, `values()` or `entrySet()`: the same list whenever it is asked for, as Java has it.
    pub(crate) fn view(&mut self, kind: ListKind, map: u32) -> Run<Val> {
        let place = usize::from(kind == ListKind::Values) + 2 * usize::from(kind == ListKind::Entries);
        if let Some(view) = self.views(map).get(place).copied().flatten() {
            return Ok(Val::List(view));
        }
        let mut items = Vec::with_capacity(self.inserted(map).len());
        for entry in self.entries(map) {
            items.push(self.shown(kind, map, entry)?);
        }
        let view = self.list(kind, &items)?;
        if let Val::List(id) = view {
            if let Some(list) = self.lists.get_mut(id as usize) {
                list.of = Some(map);
            }
            if let Some(known) = self.maps.get_mut(map as usize).and_then(|map| map.views.get_mut(place)) {
                *known = Some(id);
            }
        }
        Ok(view)
    }

    fn views(&self, map: u32) -> [Option<u32>; 3] {
        self.maps.get(map as usize).map_or([None; 3], |map| map.views)
    }

    /// An entry as a view of this kind shows it.
    fn shown(&mut self, kind: ListKind, map: u32, (key, value): (Val, Val)) -> Run<Val> {
        Ok(match kind {
            ListKind::Keys => key,
            // Its map stands in the entry too: who sets the value sets it there.
            ListKind::Entries => match self.list(ListKind::Strings, &[key, value, Val::Map(map)])? {
                Val::List(entry) => Val::Entry(entry),
                other => other,
            },
            _ => value,
        })
    }

    /// Changes what shows a map as the map was changed.
    fn show(&mut self, map: u32, change: Change) -> Run<()> {
        for list in self.views(map).into_iter().flatten() {
            self.pay(0)?;
            let (kind, is_linked) = (self.the_list(list).kind, self.is_linked(map));
            match change {
                Change::Cleared => {
                    self.replace_items(list, &[])?;
                }
                Change::Removed(at) if is_linked => {
                    self.remove_item(list, at)?;
                }
                Change::Added if is_linked => {
                    if let Some(entry) = self.inserted(map).last().copied() {
                        let item = self.shown(kind, map, entry)?;
                        self.push(list, item)?;
                    }
                }
                Change::Replaced(at) if is_linked => {
                    let value = self.inserted(map).get(at).map_or(Val::Null, |(_, value)| *value);
                    match (kind, self.item(list, at)) {
                        (ListKind::Values, _) => self.set_item(list, at, value),
                        (ListKind::Entries, Some(Val::Entry(entry))) => self.set_item(entry, 1, value),
                        _ => {}
                    }
                }
                // The order of the others may be another now.
                Change::Removed(_) | Change::Added | Change::Replaced(_) => {
                    let mut items = Vec::new();
                    for entry in self.entries(map) {
                        items.push(self.shown(kind, map, entry)?);
                    }
                    self.replace_items(list, &items)?;
                    for (at, item) in items.into_iter().enumerate() {
                        self.set_item(list, at, item);
                    }
                }
            }
        }
        Ok(())
    }
}
