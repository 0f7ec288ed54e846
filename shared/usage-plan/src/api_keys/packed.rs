//! Keys as a text that a proxy reads fast: base64 of what the index holds.
//!
//! ```text
//! "GHK1"  keys (4)  bytes of ids (4)  sets (4)
//! records (26 each)  ids
//! sets: plans (4), then each plan's length (4) and id
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ApiKeys, Record, Set};
use crate::digest::{Digest, LENGTH};

const MAGIC: &[u8; 4] = b"GHK1";

impl ApiKeys {
    /// The keys as a text, from which no key's value can be read.
    #[must_use]
    pub fn pack(&self) -> String {
        let mut bytes = Vec::with_capacity(16 + self.len() * (LENGTH + 10) + self.ids.len());
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        bytes.extend(MAGIC);
        bytes.extend([self.len(), self.ids.len(), self.sets.len()].map(number).as_flattened());
        for Record { digest, end, mark, began } in &self.records {
            [digest.0.as_slice(), end, mark, began].into_iter().for_each(|field| bytes.extend(field));
        }
        bytes.extend(self.ids.as_bytes());
        for set in &self.sets {
            bytes.extend(number(set.plans.len()));
            for plan in &set.plans {
                bytes.extend(number(plan.len()));
                bytes.extend(plan.as_bytes());
            }
        }
        STANDARD.encode(bytes)
    }

    /// Reads what [`ApiKeys::pack`] has written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn unpack(text: &str) -> Result<Self, &'static str> {
        let bytes = STANDARD.decode(text).map_err(|_| "is no base64")?;
        Self::of_bytes(&bytes).ok_or("is no list of packed keys, or a damaged one")
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Bytes(bytes.strip_prefix(MAGIC)?);
        let (keys, id_bytes, sets) = (rest.number()?, rest.number()?, rest.number()?);
        let (records, _) = rest.take(keys.checked_mul(size_of::<Record>())?)?.as_chunks();
        let records: Option<Vec<Record>> = records.iter().map(record).collect();
        let ids = rest.text(id_bytes)?;
        let sets: Option<Vec<_>> = (0..sets).map(|_| rest.set()).collect();
        let mut read = Self { starts: Vec::new(), records: records?, ids, sets: sets? };
        (rest.0.is_empty() && read.is_consistent()).then(|| {
            read.index();
            read
        })
    }

    fn is_consistent(&self) -> bool {
        let ids = u32::try_from(self.ids.len()).ok();
        self.records.is_sorted_by(|one, next| one.digest < next.digest && one.end() < next.end())
            && self.records.last().map_or(Some(0), |last| Some(last.end())) == ids
            && self.ids.is_ascii()
            && self.records.iter().all(|record| record.mark().set() < self.sets.len())
    }
}

fn record(bytes: &[u8; size_of::<Record>()]) -> Option<Record> {
    let (digest, rest) = bytes.split_first_chunk::<LENGTH>()?;
    let (end, rest) = rest.split_first_chunk()?;
    let (mark, rest) = rest.split_first_chunk()?;
    Some(Record { digest: Digest(*digest), end: *end, mark: *mark, began: *rest.first_chunk()? })
}

/// What has not been read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*number)).ok()
    }

    fn text(&mut self, length: usize) -> Option<String> {
        std::str::from_utf8(self.take(length)?).ok().map(str::to_owned)
    }

    fn set(&mut self) -> Option<Set> {
        let count = self.number()?;
        let plans: Option<_> = (0..count).map(|_| self.number().and_then(|length| self.text(length))).collect();
        Some(Set { plans: plans?, first: None })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}
