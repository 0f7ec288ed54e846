//! What is known of a request: the values of condition keys.

mod digits;

use std::borrow::Cow;
use std::net::IpAddr;

use crate::instant::Instant;
use crate::ip::Ip;
use crate::key::{GlobalKey, Key, Kind, Name, hash, lower};
use digits::Digits;

/// The values of a request's condition keys.
///
/// A key that is not set is absent, which policies can tell from an empty value. Values are borrowed; addresses, booleans
/// and dates of global keys are read when they are set, so that a decision only compares integers. Setting a key again
/// replaces what it was.
///
/// A single value and a list of that value differ in one way: a policy variable is only replaced by the former.
#[derive(Clone, Debug)]
pub struct RequestContext<'a> {
    global: [Entry; GlobalKey::ALL.len()],
    named: Vec<(u32, Cow<'a, str>, Entry)>,
    values: Vec<Value<'a>>,
    /// The texts of the time that was set.
    iso: [u8; 20],
    epoch: Digits,
}

/// Which of the values are a key's; none of them if it is absent.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    start: u32,
    end: u32,
    single: bool,
}

/// One value of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    text: Text<'a>,
    pub(crate) typed: Typed,
}

#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    Given(&'a str),
    Iso,
    Epoch,
}

/// What a value was read as when it was set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Typed {
    /// It was not: who needs a number or a date reads it.
    Unread,
    Ip(Ip),
    Bool(bool),
    Date(Instant),
}

impl Default for RequestContext<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> RequestContext<'a> {
    /// A context without any key.
    #[must_use]
    pub fn new() -> Self {
        Self {
            global: [Entry::default(); GlobalKey::ALL.len()],
            named: Vec::new(),
            values: Vec::with_capacity(8),
            iso: *b"1970-01-01T00:00:00Z",
            epoch: Digits::new(0),
        }
    }

    /// Sets a global key to one value.
    pub fn set(&mut self, key: GlobalKey, value: &'a str) {
        self.put(key, Value { text: Text::Given(value), typed: Typed::read(key.kind(), value) });
    }

    /// Sets a global key to an address; `text` is the address as string operators see it.
    pub fn set_ip(&mut self, key: GlobalKey, ip: IpAddr, text: &'a str) {
        self.put(key, Value { text: Text::Given(text), typed: Typed::Ip(ip.into()) });
    }

    /// Sets a global key to a boolean.
    pub fn set_bool(&mut self, key: GlobalKey, value: bool) {
        let text = if value { "true" } else { "false" };
        self.put(key, Value { text: Text::Given(text), typed: Typed::Bool(value) });
    }

    /// Sets `aws:CurrentTime` and `aws:EpochTime`, in seconds since 1970.
    pub fn set_time(&mut self, seconds: i64) {
        let instant = Instant::from_epoch(seconds);
        let typed = Typed::Date(instant);
        self.epoch = Digits::new(seconds);
        self.put(GlobalKey::EpochTime, Value { text: Text::Epoch, typed });
        if let Some(iso) = instant.iso() {
            self.iso = iso;
            self.put(GlobalKey::CurrentTime, Value { text: Text::Iso, typed });
        }
    }

    /// Sets a key, by its name in any case, to one value.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: &'a str) {
        self.put_all(name.into(), [value], true);
    }

    /// Sets a key, by its name in any case, to a list of values; an empty list is as good as none.
    pub fn insert_many(&mut self, name: impl Into<Cow<'a, str>>, values: impl IntoIterator<Item = &'a str>) {
        self.put_all(name.into(), values, false);
    }

    /// Whether the key is set, by its name in any case.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        !self.values(&Key::new(name)).is_empty()
    }

    fn put(&mut self, key: GlobalKey, value: Value<'a>) {
        let start = self.values.len();
        self.values.push(value);
        self.enter(key, self.entry_from(start, true));
    }

    fn put_all(&mut self, name: Cow<'a, str>, values: impl IntoIterator<Item = &'a str>, single: bool) {
        let global = GlobalKey::find(&name);
        let kind = global.map_or(Kind::Text, GlobalKey::kind);
        let start = self.values.len();
        let value = |value| Value { text: Text::Given(value), typed: Typed::read(kind, value) };
        self.values.extend(values.into_iter().map(value));
        let entry = self.entry_from(start, single);
        match global {
            Some(key) => self.enter(key, entry),
            None => self.enter_named(name, entry),
        }
    }

    /// The values from here on; a key whose values nobody could count is absent.
    fn entry_from(&self, start: usize, single: bool) -> Entry {
        match (u32::try_from(start), u32::try_from(self.values.len())) {
            (Ok(start), Ok(end)) => Entry { start, end, single },
            _ => Entry::default(),
        }
    }

    fn enter(&mut self, key: GlobalKey, entry: Entry) {
        if let Some(known) = self.global.get_mut(key as usize) {
            *known = entry;
        }
    }

    fn enter_named(&mut self, name: Cow<'a, str>, entry: Entry) {
        let hash = hash(&name);
        let same = |known: &str| known.chars().map(lower).eq(name.chars().map(lower));
        match self.named.iter_mut().find(|(known, text, _)| *known == hash && same(text)) {
            Some((_, _, known)) => *known = entry,
            None => self.named.push((hash, name, entry)),
        }
    }
}

impl<'a> RequestContext<'a> {
    #[inline]
    fn entry(&self, key: &Key) -> Option<&Entry> {
        match key {
            Key::Global(key) => self.global.get(*key as usize),
            Key::Named(name) => self.named_entry(name),
        }
    }

    fn named_entry(&self, name: &Name) -> Option<&Entry> {
        let found = self.named.iter().find(|(hash, text, _)| *hash == name.hash && name.is(text));
        found.map(|(_, _, entry)| entry)
    }

    /// A key's values; none if it is absent.
    #[inline]
    pub(crate) fn values(&self, key: &Key) -> &[Value<'a>] {
        let entry = self.entry(key);
        entry.and_then(|it| self.values.get(it.start as usize..it.end as usize)).unwrap_or_default()
    }

    /// What a policy variable of this key is replaced by: only a key with one value has that.
    pub(crate) fn variable(&self, key: &Key) -> Option<&str> {
        let entry = self.entry(key).filter(|entry| entry.single)?;
        self.values.get(entry.start as usize).map(|value| self.text(value))
    }

    /// A value as string operators see it.
    #[inline]
    pub(crate) fn text<'v>(&'v self, value: &Value<'v>) -> &'v str {
        match value.text {
            Text::Given(text) => text,
            Text::Iso => std::str::from_utf8(&self.iso).unwrap_or_default(),
            Text::Epoch => self.epoch.as_str(),
        }
    }
}

impl Typed {
    fn read(kind: Kind, value: &str) -> Self {
        let typed = match kind {
            Kind::Text => None,
            Kind::Ip => Ip::parse(value).map(Typed::Ip),
            Kind::Bool => boolean(value).map(Typed::Bool),
            Kind::Date => Instant::parse(value).map(Typed::Date),
        };
        typed.unwrap_or(Typed::Unread)
    }
}

/// `true` or `false`, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(context: &RequestContext<'_>, name: &str) -> Vec<String> {
        context.values(&Key::new(name)).iter().map(|value| context.text(value).to_owned()).collect()
    }

    #[test]
    fn a_key_is_found_by_its_name_in_any_case_and_set_again_is_replaced() {
        let mut context = RequestContext::new();
        context.insert("aws:PrincipalTag/Team", "red");
        context.insert("AWS:sourceIp", "192.0.2.1");
        context.set(GlobalKey::UserAgent, "curl");
        context.insert("aws:useragent", "wget");
        context.insert_many("aws:principaltag/TEAM", ["blue", "green"]);
        assert_eq!(texts(&context, "aws:principalTag/team"), ["blue", "green"]);
        assert_eq!(texts(&context, "aws:SourceIp"), ["192.0.2.1"]);
        assert_eq!(texts(&context, "aws:UserAgent"), ["wget"]);
        assert!(context.contains("aws:userAgent") && !context.contains("aws:Referer"));
    }

    #[test]
    fn the_time_has_two_texts() {
        let mut context = RequestContext::new();
        context.set_time(1_709_209_800);
        assert_eq!(texts(&context, "aws:CurrentTime"), ["2024-02-29T12:30:00Z"]);
        assert_eq!(texts(&context, "aws:EpochTime"), ["1709209800"]);
        context.set_time(-1);
        assert_eq!(texts(&context, "aws:EpochTime"), ["-1"]);
    }

    #[test]
    fn only_a_single_value_replaces_a_variable() {
        let mut context = RequestContext::new();
        context.insert("single", "a");
        context.insert_many("list", ["a"]);
        let variable = |name: &str| context.variable(&Key::new(name));
        assert_eq!((variable("SINGLE"), variable("list"), variable("absent")), (Some("a"), None, None));
    }
}
