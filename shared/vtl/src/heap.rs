//! Where a render's values live: one string, one vector of elements, one of entries; all of it goes at once.
//!
//! Lists and maps are ranges of these. What grows past its range moves to the end, as in a bump arena: nothing is
//! freed before the render is over, and there are no destructors to run deep.

mod equality;
mod map;

use std::fmt::{self, Write as _};

use crate::big::Big;
use crate::decimal::Decimal;
use crate::error::{RenderError, Run, thrown};
use crate::limits::Limits;
use crate::value::{Of, Text, Val};
use map::Map;
pub(crate) use map::MapKind;

/// Why a number is none of ours.
pub(crate) const TOO_LARGE: &str = "a number of more than 65,536 bits";

/// A list of Java's, and which of them: they print and answer differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// `ArrayList`
    Array,
    /// json-smart's `JSONArray`: prints as JSON.
    Json,
    /// `String[]`, and what else is no collection.
    Strings,
    /// A map's `keySet()`.
    Keys,
    /// A map's `values()`.
    Values,
    /// A map's `entrySet()`.
    Entries,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub(crate) kind: ListKind,
    at: u32,
    len: u32,
    cap: u32,
    /// How often its size was changed: an iterator notices.
    pub(crate) mods: u32,
    /// The map whose keys, values or entries it shows.
    pub(crate) of: Option<u32>,
}

/// Everything a render has made.
pub(crate) struct Heap<'a> {
    pub(crate) template: &'a str,
    pub(crate) body: &'a str,
    pub(crate) made: String,
    items: Vec<Val>,
    lists: Vec<List>,
    entries: Vec<(Val, Val)>,
    maps: Vec<Map>,
    pub(crate) bigs: Vec<Big>,
    pub(crate) decimals: Vec<Decimal>,
    pub(crate) limits: Limits,
    pub(crate) steps: u64,
}

fn size(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl<'a> Heap<'a> {
    pub(crate) fn new(template: &'a str, body: &'a str, limits: Limits) -> Self {
        Self {
            template,
            body,
            made: String::with_capacity(1 << 10),
            items: Vec::with_capacity(64),
            lists: Vec::with_capacity(16),
            entries: Vec::with_capacity(64),
            maps: Vec::with_capacity(16),
            bigs: Vec::new(),
            decimals: Vec::new(),
            limits,
            steps: 0,
        }
    }

    /// Pays for work: so many bytes or elements.
    pub(crate) fn pay(&mut self, work: usize) -> Run<()> {
        self.steps += 1 + (work as u64) / 32;
        if self.steps > self.limits.steps { Err(RenderError::Steps) } else { Ok(()) }
    }

    /// Pays for looking at all of a value: its elements, and the bytes of its strings.
    pub(crate) fn pay_for(&mut self, value: Val) -> Run<()> {
        let left = self.limits.steps.saturating_sub(self.steps).saturating_add(1).saturating_mul(32);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let mut left = most;
        self.weigh(value, 0, &mut left);
        self.pay(most - left)
    }

    /// Takes off what a value weighs. One that holds another many times is weighed no longer than there are steps.
    fn weigh(&self, value: Val, depth: u32, left: &mut usize) {
        *left = left.saturating_sub(if let Val::Str(text) = value { text.len as usize } else { 1 });
        if *left == 0 || depth > self.limits.depth {
            return;
        }
        match value {
            Val::List(id) => self.items(id).iter().for_each(|item| self.weigh(*item, depth + 1, left)),
            Val::Entry(id) => self.items(id).iter().take(2).for_each(|item| self.weigh(*item, depth + 1, left)),
            Val::Map(id) => {
                for (key, value) in self.inserted(id) {
                    self.weigh(*key, depth + 1, left);
                    self.weigh(*value, depth + 1, left);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn str(&self, text: Text) -> &str {
        let whole = match text.of {
            Of::Template => self.template,
            Of::Body => self.body,
            Of::Render => self.made.as_str(),
        };
        let start = text.start as usize;
        whole.get(start..start + text.len as usize).unwrap_or("")
    }

    /// Keeps a string.
    pub(crate) fn keep(&mut self, text: &str) -> Run<Val> {
        let start = self.made.len();
        self.made.push_str(text);
        self.kept(start)
    }

    /// Keeps what is displayed.
    pub(crate) fn write(&mut self, what: impl fmt::Display) -> Run<Val> {
        let start = self.made.len();
        let _ = write!(self.made, "{what}");
        self.kept(start)
    }

    /// What stands at the end of the strings since then.
    pub(crate) fn kept(&mut self, start: usize) -> Run<Val> {
        let len = self.made.len().saturating_sub(start);
        self.pay(len)?;
        if self.made.len() > self.limits.text {
            return Err(RenderError::Text);
        }
        Ok(Val::Str(Text { of: Of::Render, start: size(start), len: size(len) }))
    }

    /// Appends a string to those that are made.
    pub(crate) fn append(&mut self, text: Text) {
        let start = text.start as usize;
        let range = start..start + text.len as usize;
        match text.of {
            Of::Template => self.made.push_str(self.template.get(range).unwrap_or("")),
            Of::Body => self.made.push_str(self.body.get(range).unwrap_or("")),
            Of::Render if self.made.get(range.clone()).is_some() => self.made.extend_from_within(range),
            Of::Render => {}
        }
    }

    pub(crate) fn big(&mut self, value: Big) -> Run<Val> {
        self.pay(value.bits())?;
        if value.bits() > 1 << 16 {
            return thrown(TOO_LARGE);
        }
        self.bigs.push(value);
        Ok(Val::Big(size(self.bigs.len() - 1)))
    }

    pub(crate) fn decimal(&mut self, value: Decimal) -> Run<Val> {
        self.pay(value.unscaled.bits())?;
        if value.unscaled.bits() > 1 << 16 {
            return thrown(TOO_LARGE);
        }
        self.decimals.push(value);
        Ok(Val::Decimal(size(self.decimals.len() - 1)))
    }

    fn room(&self, more: usize) -> Run<()> {
        if self.items.len() + self.entries.len() + more > self.limits.elements {
            return Err(RenderError::Elements);
        }
        Ok(())
    }

    /// A list of these.
    pub(crate) fn list(&mut self, kind: ListKind, items: &[Val]) -> Run<Val> {
        self.pay(items.len())?;
        self.room(items.len())?;
        let (at, len) = (size(self.items.len()), size(items.len()));
        self.items.extend_from_slice(items);
        self.lists.push(List { kind, at, len, cap: len, mods: 0, of: None });
        Ok(Val::List(size(self.lists.len() - 1)))
    }

    /// What a list is; an empty one if it is not there.
    pub(crate) fn the_list(&self, id: u32) -> List {
        let nothing = List { kind: ListKind::Array, at: 0, len: 0, cap: 0, mods: 0, of: None };
        self.lists.get(id as usize).copied().unwrap_or(nothing)
    }

    pub(crate) fn items(&self, id: u32) -> &[Val] {
        let list = self.the_list(id);
        self.items.get(list.at as usize..(list.at + list.len) as usize).unwrap_or_default()
    }

    pub(crate) fn item(&self, id: u32, at: usize) -> Option<Val> {
        self.items(id).get(at).copied()
    }

    pub(crate) fn set_item(&mut self, id: u32, at: usize, value: Val) {
        let list = self.the_list(id);
        if let Some(item) = self.items.get_mut(list.at as usize + at).filter(|_| at < list.len as usize) {
            *item = value;
        }
    }

    /// Puts a value into a list, before the one that stands there.
    pub(crate) fn insert(&mut self, id: u32, at: usize, value: Val) -> Run<()> {
        let list = self.the_list(id);
        let mut start = list.at as usize;
        let mut cap = list.cap;
        if list.len == list.cap {
            if start + list.len as usize != self.items.len() || list.len == 0 {
                cap = (list.cap * 2).max(8);
                self.room(cap as usize)?;
                self.pay(list.len as usize)?;
                start = self.items.len();
                self.items.extend_from_within(list.at as usize..(list.at + list.len) as usize);
            } else {
                cap += cap.max(8);
                self.room((cap - list.cap) as usize)?;
            }
            self.items.resize(start + cap as usize, Val::Null);
        }
        let len = list.len as usize;
        if let Some(items) = self.items.get_mut(start..=start + len) {
            if at < len {
                items.copy_within(at..len, at + 1);
            }
            if let Some(item) = items.get_mut(at) {
                *item = value;
            }
        }
        if let Some(known) = self.lists.get_mut(id as usize) {
            *known = List { at: size(start), len: list.len + 1, cap, mods: list.mods + 1, ..list };
        }
        self.pay(len.saturating_sub(at))
    }

    pub(crate) fn push(&mut self, id: u32, value: Val) -> Run<()> {
        self.insert(id, self.items(id).len(), value)
    }

    /// Takes out what stands there.
    pub(crate) fn remove_item(&mut self, id: u32, at: usize) -> Run<Val> {
        let list = self.the_list(id);
        let (start, len) = (list.at as usize, list.len as usize);
        let gone = self.item(id, at).unwrap_or(Val::Null);
        if at < len
            && let Some(items) = self.items.get_mut(start..start + len)
        {
            items.copy_within(at + 1.., at);
            if let Some(known) = self.lists.get_mut(id as usize) {
                (known.len, known.mods) = (list.len - 1, list.mods + 1);
            }
        }
        self.pay(len)?;
        Ok(gone)
    }

    /// Keeps only these; says whether that changed it.
    pub(crate) fn replace_items(&mut self, id: u32, items: &[Val]) -> Run<bool> {
        let list = self.the_list(id);
        if items.len() == list.len as usize {
            return Ok(false);
        }
        let Val::List(fresh) = self.list(list.kind, items)? else { return Ok(false) };
        let fresh = self.the_list(fresh);
        if let Some(known) = self.lists.get_mut(id as usize) {
            *known = List { mods: list.mods + 1, of: list.of, ..fresh };
        }
        Ok(true)
    }
}
