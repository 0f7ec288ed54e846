//! One limit that a request counts against.

use sha2::{Digest as _, Sha256};

use crate::bucket::Bucket;
use crate::quota::Quota;

/// A limit and the name under which its state is found among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub(crate) tag: Tag,
    pub(crate) rule: Rule,
}

/// What a limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// So many a second, and so many at once.
    Throttle(Bucket),
    /// So many in a period.
    Quota(Quota),
}

/// 64 bits of a hash of what the limit is for. The last bit says whether it is a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u64);

impl Limit {
    /// A throttle for what these words name.
    #[must_use]
    pub fn throttle(of: &[&str], bucket: Bucket) -> Self {
        Self { tag: Tag::new(of, false), rule: Rule::Throttle(bucket) }
    }

    /// A quota for what these words name. A quota with another period counts anew.
    #[must_use]
    pub fn quota(of: &[&str], quota: Quota) -> Self {
        let words: Vec<&str> = of.iter().copied().chain([quota.period.name()]).collect();
        Self { tag: Tag::new(&words, true), rule: Rule::Quota(quota) }
    }

    /// Is it a quota?
    #[must_use]
    pub const fn is_quota(&self) -> bool {
        self.tag.is_quota()
    }

    /// What it says.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The same quota for a key that was made on this day.
    pub(crate) fn beginning(mut self, began: Option<u32>) -> Self {
        if let Rule::Quota(quota) = &mut self.rule {
            quota.began = began;
        }
        self
    }

    /// The same limit for one of many clients.
    pub(crate) fn of_client(mut self, client: u64) -> Self {
        self.tag.0 ^= client & !1;
        self
    }
}

impl Tag {
    fn new(of: &[&str], is_quota: bool) -> Self {
        let mut hash = Sha256::new();
        for word in of {
            hash.update(u64::try_from(word.len()).unwrap_or_default().to_le_bytes());
            hash.update(word);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let head = hash.first_chunk::<8>().copied().unwrap_or_default();
        Self(u64::from_le_bytes(head) & !1 | u64::from(is_quota))
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn is_quota(self) -> bool {
        self.0 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_tag_of_its_own() {
        let bucket = Bucket::new(1.0, 1);
        let quota = |period| Quota { limit: 1, offset: 0, period, began: None };
        let limits = [
            Limit::throttle(&["a"], bucket),
            Limit::throttle(&["a", ""], bucket),
            Limit::throttle(&["a", "b"], bucket),
            Limit::throttle(&["ab"], bucket),
            Limit::quota(&["a"], quota(crate::Period::Day)),
            Limit::quota(&["a"], quota(crate::Period::Week)),
            Limit::throttle(&["a"], bucket).of_client(2),
        ];
        for (at, limit) in limits.iter().enumerate() {
            assert!(limits.iter().skip(at + 1).all(|other| other.tag != limit.tag), "{at}");
        }
        assert!(Limit::quota(&["a"], quota(crate::Period::Day)).of_client(u64::MAX).tag.is_quota());
    }
}
