//! What is measured of tokens and of their issuers' keys.

use gatehouse_filter::{Host, MetricId, MetricKind};

/// The metrics of an authorizer: consecutive ids, from the first that the filter gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    first: u32,
}

/// The metrics of issuers' keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMetrics {
    first: u32,
}

/// One metric of an authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Verified,
    Unauthorized,
    Failure,
    Hit,
    Signature,
}

/// One metric of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMeasure {
    Fetched,
    Failed,
    Latency,
}

/// Names and kinds, in the order of [`Measure`].
const NAMES: [(&str, MetricKind); 5] = [
    ("JwtVerified", MetricKind::Counter),
    ("JwtUnauthorized", MetricKind::Counter),
    ("JwtError", MetricKind::Counter),
    ("JwtCacheHitCount", MetricKind::Counter),
    ("JwtSignatureCount", MetricKind::Counter),
];

/// Names and kinds, in the order of [`KeyMeasure`].
const OF_KEYS: [(&str, MetricKind); 3] =
    [("JwksCount", MetricKind::Counter), ("JwksError", MetricKind::Counter), ("JwksLatency", MetricKind::Histogram)];

impl Metrics {
    /// How many ids an authorizer takes.
    pub const COUNT: u32 = 5;

    /// The metrics from this id on.
    #[must_use]
    pub const fn from(first: u32) -> Self {
        Self { first }
    }

    /// The name and kind of the metric with this number, from 0 to [`Metrics::COUNT`].
    #[must_use]
    pub fn name(number: u32) -> (&'static str, MetricKind) {
        let index = usize::try_from(number).unwrap_or_default();
        NAMES.get(index).copied().unwrap_or(("JwtVerified", MetricKind::Counter))
    }

    pub(crate) fn count(self, measure: Measure, host: &dyn Host) {
        host.count(MetricId(self.first + measure as u32), 1);
    }
}

impl KeyMetrics {
    /// How many ids keys take.
    pub const COUNT: u32 = 3;

    /// The metrics from this id on.
    #[must_use]
    pub const fn from(first: u32) -> Self {
        Self { first }
    }

    /// The name and kind of the metric with this number, from 0 to [`KeyMetrics::COUNT`].
    #[must_use]
    pub fn name(number: u32) -> (&'static str, MetricKind) {
        let index = usize::try_from(number).unwrap_or_default();
        OF_KEYS.get(index).copied().unwrap_or(("JwksCount", MetricKind::Counter))
    }

    pub(crate) fn count(self, measure: KeyMeasure, host: &dyn Host) {
        host.count(MetricId(self.first + measure as u32), 1);
    }

    pub(crate) fn record(self, measure: KeyMeasure, value: u64, host: &dyn Host) {
        host.record(MetricId(self.first + measure as u32), value);
    }
}
