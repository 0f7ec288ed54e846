//! What is measured of AWS_IAM.

use gatehouse_filter::{Host, MetricId, MetricKind};

/// The metrics of AWS_IAM at one stage: consecutive ids, from the first that the filter gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    first: u32,
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Verified,
    Unsigned,
    Invalid,
    Denied,
    Replayed,
    Failure,
    ProviderCall,
    ProviderLatency,
    ProviderHit,
    ProviderMiss,
}

/// Names and kinds, in the order of [`Measure`].
const NAMES: [(&str, MetricKind); 10] = [
    ("IamVerified", MetricKind::Counter),
    ("IamUnsigned", MetricKind::Counter),
    ("IamInvalidSignature", MetricKind::Counter),
    ("IamDenied", MetricKind::Counter),
    ("IamReplayed", MetricKind::Counter),
    ("IamError", MetricKind::Counter),
    ("CredentialProviderCount", MetricKind::Counter),
    ("CredentialProviderLatency", MetricKind::Histogram),
    ("CredentialProviderCacheHitCount", MetricKind::Counter),
    ("CredentialProviderCacheMissCount", MetricKind::Counter),
];

impl Metrics {
    /// How many ids AWS_IAM takes.
    pub const COUNT: u32 = 10;

    /// The metrics from this id on.
    #[must_use]
    pub const fn from(first: u32) -> Self {
        Self { first }
    }

    /// The name and kind of the metric with this number, from 0 to [`Metrics::COUNT`].
    #[must_use]
    pub fn name(number: u32) -> (&'static str, MetricKind) {
        let index = usize::try_from(number).unwrap_or_default();
        NAMES.get(index).copied().unwrap_or(("IamVerified", MetricKind::Counter))
    }

    pub(crate) fn count(self, measure: Measure, host: &dyn Host) {
        host.count(MetricId(self.first + measure as u32), 1);
    }

    pub(crate) fn record(self, measure: Measure, value: u64, host: &dyn Host) {
        host.record(MetricId(self.first + measure as u32), value);
    }
}
