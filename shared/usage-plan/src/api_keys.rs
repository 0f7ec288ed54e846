//! All API keys, found by the digest of their value.
//!
//! ```text
//! starts    [0, 4, 7, …]     where the records begin whose digests have the same first bits; about four each
//! records   [26 bytes each]  sorted by their digests, which for a hash means evenly spread:
//!                            digest (16), where its id ends in `ids` (4), plans and whether it is enabled (4),
//!                            the day on which the key was made (2)
//! ids       "4k2jd8…"
//! ```
//!
//! A million keys with ids of ten letters take 37 MB in three allocations. A lookup hashes the value, goes to its start,
//! and compares all the digests there, each in constant time: three places in memory.

use std::collections::HashMap;

use gatehouse_sort::sort;

use crate::calendar::day_of_date;
use crate::config;
use crate::csv::{MAX_NAME, check_value};
use crate::date;
use crate::digest::Digest;
use crate::invalid::{Findings, Invalid};

pub(crate) mod packed;

/// How many digests begin with the same bits, on average, at most.
const AT_A_START: usize = 4;

/// API keys without their values.
#[derive(Debug, Default)]
pub struct ApiKeys {
    starts: Vec<u32>,
    records: Vec<Record>,
    ids: String,
    /// The ids of plans, each set once.
    sets: Vec<Set>,
}

/// Plans that keys are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    /// Their ids, sorted.
    pub(crate) plans: Vec<String>,
    /// Where the first key is written that is in just these; none if the keys were packed.
    pub(crate) first: Option<usize>,
}

/// Whether a key is enabled, and the number of its set of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark(u32);

/// A key in 26 bytes, as they are packed, too: records lie beside each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    digest: Digest,
    end: [u8; 4],
    mark: [u8; 4],
    began: [u8; 2],
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiKey<'a> {
    /// `$context.identity.apiKeyId`.
    pub id: &'a str,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// The day on which it was made, counted from 1970-01-01, if that is known.
    pub began: Option<u32>,
    /// Which of [`ApiKeys::sets`] it is in.
    pub(crate) set: usize,
    pub(crate) digest: Digest,
}

/// A key before it has its place.
struct Row {
    digest: Digest,
    id: String,
    mark: Mark,
    began: u16,
    /// Where it is written.
    at: usize,
}

impl Mark {
    fn new(set: usize, is_enabled: bool) -> Self {
        Self(u32::try_from(set).unwrap_or(u32::MAX >> 1) << 1 | u32::from(is_enabled))
    }

    const fn is_enabled(self) -> bool {
        self.0 & 1 == 1
    }

    const fn set(self) -> usize {
        (self.0 >> 1) as usize
    }
}

impl Record {
    const fn end(&self) -> u32 {
        u32::from_le_bytes(self.end)
    }

    const fn mark(&self) -> Mark {
        Mark(u32::from_le_bytes(self.mark))
    }

    const fn began(&self) -> u16 {
        u16::from_le_bytes(self.began)
    }
}

impl ApiKeys {
    /// Understands keys, and the plans that name them by id.
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub fn compile(keys: &[config::ApiKey], plans: &[config::UsagePlan]) -> Result<Self, Vec<Invalid>> {
        let mut findings = Findings::default();
        let mut named = plans_by_key(plans);
        let mut sets = Sets::default();
        let mut rows = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            // Whoever names a key that is wrong is not wrong, too.
            let named_by = key.id.as_deref().and_then(|id| named.remove(id));
            let Some(digest) = digest(key, at, &mut findings) else { continue };
            let id = key.id.clone().unwrap_or_else(|| digest.id());
            let named_by = named_by.or_else(|| named.remove(id.as_str())).unwrap_or_default();
            let own = key.usage_plan_ids.iter().map(String::as_str);
            let set = sets.number(at, own.chain(named_by.into_iter().map(|(plan, ..)| plan)));
            let began = began(key, at, &mut findings);
            rows.push(Row { digest, id, mark: Mark::new(set, key.enabled), began, at });
        }
        for (id, (_, plan, at)) in named.into_iter().flat_map(|(id, named)| named.into_iter().map(move |it| (id, it))) {
            findings.add(format_args!("/usagePlans/{plan}/keys/{at}"), format!("there is no key with the id `{id}`"));
        }
        check_ids(&rows, &mut findings);
        rows.sort_unstable_by_key(|row| row.digest);
        for (one, other) in rows.iter().zip(rows.iter().skip(1)).filter(|(one, other)| one.digest == other.digest) {
            let (first, second) = (one.at.min(other.at), one.at.max(other.at));
            findings.add(format_args!("/apiKeys/{second}"), format!("has the same value as /apiKeys/{first}"));
        }
        let keys = Self::of_rows(rows, sets.list)
            .map_err(|message| vec![Invalid { place: "/apiKeys".to_owned(), message: message.into() }])?;
        findings.or(keys)
    }

    fn of_rows(rows: Vec<Row>, sets: Vec<Set>) -> Result<Self, &'static str> {
        let mut keys = Self {
            starts: Vec::new(),
            records: Vec::with_capacity(rows.len()),
            ids: String::with_capacity(rows.iter().map(|row| row.id.len()).sum()),
            sets,
        };
        for Row { digest, id, mark, began, .. } in rows {
            keys.ids.push_str(&id);
            let end = u32::try_from(keys.ids.len()).map_err(|_| "the ids are longer than 4 GiB together")?;
            let (end, mark, began) = (end.to_le_bytes(), mark.0.to_le_bytes(), began.to_le_bytes());
            keys.records.push(Record { digest, end, mark, began });
        }
        keys.index();
        Ok(keys)
    }

    /// Says where the digests begin that have the same first bits.
    fn index(&mut self) {
        let starts = self.records.len().div_ceil(AT_A_START).next_power_of_two();
        self.starts = Vec::with_capacity(starts + 1);
        let mut at = 0;
        for start in 0..starts {
            while self.records.get(at).is_some_and(|record| start_of(&record.digest, starts) < start) {
                at += 1;
            }
            self.starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        self.starts.push(u32::try_from(self.records.len()).unwrap_or(u32::MAX));
    }

    /// The key with this value.
    #[must_use]
    pub fn find(&self, value: &[u8]) -> Option<ApiKey<'_>> {
        self.find_digest(&Digest::of(value))
    }

    /// The key whose value has this digest.
    #[must_use]
    pub fn find_digest(&self, digest: &Digest) -> Option<ApiKey<'_>> {
        let start = start_of(digest, self.starts.len().checked_sub(1)?);
        let from = usize::try_from(*self.starts.get(start)?).ok()?;
        let to = usize::try_from(*self.starts.get(start + 1)?).ok()?;
        let mut found = None;
        for (at, known) in self.records.get(from..to)?.iter().enumerate() {
            if known.digest.is(digest) {
                found = Some(from + at);
            }
        }
        self.key(found?)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All keys, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = ApiKey<'_>> {
        (0..self.len()).filter_map(|at| self.key(at))
    }

    /// The sets of plans that keys are in.
    pub(crate) fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// How many bytes all of it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sets: usize = self.sets.iter().flat_map(|set| &set.plans).map(|id| id.len() + size_of::<String>()).sum();
        let records = self.records.capacity() * size_of::<Record>();
        self.starts.capacity() * 4 + records + self.ids.capacity() + sets
    }

    fn key(&self, at: usize) -> Option<ApiKey<'_>> {
        let record = self.records.get(at)?;
        let from = at.checked_sub(1).map_or(Some(0), |before| self.records.get(before).map(Record::end))?;
        let ids = usize::try_from(from).ok()?..usize::try_from(record.end()).ok()?;
        Some(ApiKey {
            id: self.ids.get(ids)?,
            is_enabled: record.mark().is_enabled(),
            began: Some(u32::from(record.began())).filter(|day| *day > 0),
            set: record.mark().set(),
            digest: record.digest,
        })
    }
}

/// The first bits of a digest, as many as say one of so many starts (a power of two).
fn start_of(digest: &Digest, starts: usize) -> usize {
    let bits = starts.trailing_zeros();
    let head = digest.head().checked_shr(u64::BITS - bits).unwrap_or_default();
    usize::try_from(head).unwrap_or_default()
}

/// The plans that name a key: their ids, and where they name it.
fn plans_by_key(plans: &[config::UsagePlan]) -> HashMap<&str, Vec<(&str, usize, usize)>> {
    let mut named: HashMap<&str, Vec<_>> = HashMap::new();
    for (number, plan) in plans.iter().enumerate() {
        for (at, key) in plan.keys.iter().enumerate() {
            named.entry(key).or_default().push((plan.id.as_str(), number, at));
        }
    }
    named
}

fn digest(key: &config::ApiKey, at: usize, findings: &mut Findings) -> Option<Digest> {
    if key.name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
        findings.add(format_args!("/apiKeys/{at}/name"), "invalid API key name, can be at most 1024 characters");
    }
    if key.id.as_ref().is_some_and(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic())) {
        findings.add(format_args!("/apiKeys/{at}/id"), "an id is visible ASCII without blanks");
    }
    match (&key.value, &key.value_sha256) {
        (Some(value), None) => match check_value(value) {
            Ok(()) => return Some(Digest::of(value.as_bytes())),
            Err(wrong) => findings.add(format_args!("/apiKeys/{at}/value"), wrong),
        },
        (None, Some(hash)) => match Digest::from_hex(hash) {
            Some(digest) => return Some(digest),
            None => findings.add(format_args!("/apiKeys/{at}/valueSha256"), "a SHA-256 has 64 hexadecimal digits"),
        },
        _ => findings.add(format_args!("/apiKeys/{at}"), "needs either `value` or `valueSha256`"),
    }
    None
}

/// Days since 1970-01-01 in 16 bits, 0 if unknown: until 2149.
fn began(key: &config::ApiKey, at: usize, findings: &mut Findings) -> u16 {
    let Some(written) = &key.created_date else { return 0 };
    let day = date::day(written).filter(|day| *day > 0 && Some(*day) < day_of_date(2149, 1, 1));
    if day.is_none() {
        let message = "use a time by ISO 8601 from 1970 to 2148, as `2026-11-21T13:12:56Z`, or seconds since 1970";
        findings.add(format_args!("/apiKeys/{at}/createdDate"), message);
    }
    day.and_then(|day| u16::try_from(day).ok()).unwrap_or_default()
}

fn check_ids(rows: &[Row], findings: &mut Findings) {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(first) = seen.insert(&row.id, row.at) {
            let message = format!("has the same id as /apiKeys/{first}: `{}`", row.id);
            findings.add(format_args!("/apiKeys/{}", row.at), message);
        }
    }
}

/// Sets of plans, each kept once: keys are in few different ones.
#[derive(Default)]
struct Sets {
    list: Vec<Set>,
    numbers: HashMap<Vec<String>, usize>,
}

impl Sets {
    fn number<'a>(&mut self, at: usize, plans: impl Iterator<Item = &'a str>) -> usize {
        let mut set: Vec<String> = plans.map(str::to_owned).collect();
        sort(&mut set);
        set.dedup();
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = self.list.len();
        self.list.push(Set { plans: set.clone(), first: Some(at) });
        self.numbers.insert(set, number);
        number
    }
}

#[cfg(test)]
mod tests;
