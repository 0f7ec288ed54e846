//! Keys as a text that a proxy reads fast: base64 of the arrays.
//!
//! ```text
//! "GHK1"  keys (4)  bytes of ids (4)  sets (4)
//! digests (16 each)  ends (4)  marks (4)  began (2)  ids
//! sets: plans (4), then each plan's length (4) and id
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ApiKeys, Mark, Set};
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
        self.digests.iter().for_each(|digest| bytes.extend(digest.0));
        self.ends.iter().for_each(|end| bytes.extend(end.to_le_bytes()));
        self.marks.iter().for_each(|mark| bytes.extend(mark.0.to_le_bytes()));
        self.began.iter().for_each(|day| bytes.extend(day.to_le_bytes()));
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
        let digests: Vec<Digest> = rest.array(keys, Digest)?;
        let ends: Vec<u32> = rest.array(keys, u32::from_le_bytes)?;
        let marks: Vec<Mark> = rest.array(keys, |mark| Mark(u32::from_le_bytes(mark)))?;
        let began: Vec<u16> = rest.array(keys, u16::from_le_bytes)?;
        let ids = rest.text(id_bytes)?;
        let sets: Option<Vec<_>> = (0..sets).map(|_| rest.set()).collect();
        let mut read = Self { starts: Vec::new(), digests, ends, marks, began, ids, sets: sets? };
        (rest.0.is_empty() && read.is_consistent()).then(|| {
            read.index();
            read
        })
    }

    fn is_consistent(&self) -> bool {
        let ids = u32::try_from(self.ids.len()).ok();
        self.digests.is_sorted_by(|one, next| one < next)
            && self.ends.is_sorted_by(|one, next| one < next)
            && self.ends.last().copied().or(Some(0)) == ids
            && self.ids.is_ascii()
            && self.marks.iter().all(|mark| mark.set() < self.sets.len())
    }
}

/// What has not been read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*number)).ok()
    }

    /// So many items; nothing is allocated for what is not there.
    fn array<const N: usize, T>(&mut self, items: usize, read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (chunks, _) = self.take(items.checked_mul(N)?)?.as_chunks::<N>();
        Some(chunks.iter().map(|chunk| read(*chunk)).collect())
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
