//! The bytes of a slot: what has been used of several limits.
//!
//! ```text
//! byte 0      1                     9                17
//! format (1)  latest moment seen    tag, value       tag, value …      all little-endian, values in nanoseconds
//! ```
//!
//! A limit of which nothing is used has no entry: a bucket that is full, a quota whose period is over. Those are left
//! out whenever a page is written, so that a page holds whoever is active and nobody else. Time does not go back in a
//! page: a clock that does stands still in it.

use crate::limit::{Limit, Tag};
use crate::quota::{Used, is_over};

const FORMAT: u8 = 1;
const HEAD: usize = 9;
const ENTRY: usize = 16;

/// A page as it was loaded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page<'a> {
    latest: u64,
    entries: &'a [u8],
}

impl<'a> Page<'a> {
    /// A page from its bytes; none if they are no page, empty if there are none.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let (head, entries) = bytes.split_first_chunk::<HEAD>()?;
        let (format, latest) = head.split_first()?;
        let latest = u64::from_le_bytes(*latest.first_chunk()?);
        (*format == FORMAT && entries.len().is_multiple_of(ENTRY)).then_some(Self { latest, entries })
    }

    /// This moment in nanoseconds, or the latest that the page has seen.
    pub(crate) fn now(&self, now_millis: u64) -> u64 {
        now_millis.saturating_mul(1_000_000).max(self.latest)
    }

    /// What has been used of a limit.
    pub(crate) fn value(&self, tag: Tag) -> Option<u64> {
        self.entries().find(|(known, _)| *known == tag).map(|(_, value)| value)
    }

    /// The page with other values for these limits.
    pub(crate) fn with(&self, now: u64, limits: &[Limit], values: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.entries.len() + limits.len() * ENTRY);
        bytes.push(FORMAT);
        bytes.extend(now.to_le_bytes());
        let others = self.entries().filter(|(tag, _)| limits.iter().all(|limit| limit.tag != *tag));
        let these = limits.iter().zip(values).map(|(limit, value)| (limit.tag, *value));
        for (tag, value) in others.chain(these).filter(|(tag, value)| !is_at_rest(*tag, *value, now)) {
            bytes.extend(tag.bits().to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    fn entries(&self) -> impl Iterator<Item = (Tag, u64)> + 'a {
        self.entries.chunks_exact(ENTRY).filter_map(|entry| {
            let (tag, value) = entry.split_first_chunk::<8>()?;
            Some((Tag::from_bits(u64::from_le_bytes(*tag)), u64::from_le_bytes(*value.first_chunk()?)))
        })
    }
}

fn is_at_rest(tag: Tag, value: u64, now: u64) -> bool {
    match tag.is_quota() {
        true => Used::read(value).requests == 0 || is_over(Used::read(value), now),
        false => value <= now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bucket, Period, Quota};

    fn limits() -> [Limit; 2] {
        let quota = Quota { limit: 5, offset: 0, period: Period::Day, began: None };
        [Limit::throttle(&["a"], Bucket::new(1.0, 1)), Limit::quota(&["a"], quota)]
    }

    #[test]
    fn what_is_written_is_read() {
        let used = Used { requests: 3, until: 1 };
        let bytes = Page::default().with(7, &limits(), &[8, used.write()]);
        let page = Page::read(&bytes).unwrap();
        assert_eq!((bytes.len(), page.now(0)), (HEAD + 2 * ENTRY, 7));
        assert_eq!(limits().map(|limit| page.value(limit.tag)), [Some(8), Some(used.write())]);
    }

    #[test]
    fn what_is_at_rest_is_left_out() {
        let [bucket, quota] = limits();
        let bytes = Page::default().with(7, &[bucket], &[7]);
        assert_eq!(bytes.len(), HEAD);
        let bytes = Page::default().with(7, &[bucket, quota], &[8, Used { requests: 1, until: 1 }.write()]);
        let bytes = Page::read(&bytes).unwrap().with(86_400_000_000_000, &[], &[]);
        assert_eq!(bytes.len(), HEAD);
    }

    #[test]
    fn other_bytes_are_no_page() {
        for bytes in [[0].as_slice(), &[FORMAT], &[2; 9], &[FORMAT; 10], &[FORMAT; 24]] {
            assert!(Page::read(bytes).is_none(), "{bytes:?}");
        }
        assert!(Page::read(&[FORMAT; 25]).is_some() && Page::read(&[]).is_some());
    }
}
