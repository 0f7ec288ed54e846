//! What is measured of an authorizer.

use gatehouse_filter::{Host, MetricId, MetricKind};

/// The metrics of one authorizer: consecutive ids, from the first that the filter gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    first: u32,
}

/// One metric of an authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Call,
    Latency,
    Hit,
    Miss,
    Eviction,
    Unauthorized,
    ImplicitDeny,
    ExplicitDeny,
    Failure,
}

/// Names and kinds, in the order of [`Measure`].
const NAMES: [(&str, MetricKind); 9] = [
    ("AuthorizerCount", MetricKind::Counter),
    ("AuthorizerLatency", MetricKind::Histogram),
    ("AuthorizerCacheHitCount", MetricKind::Counter),
    ("AuthorizerCacheMissCount", MetricKind::Counter),
    ("AuthorizerCacheEvictionCount", MetricKind::Counter),
    ("AuthorizerUnauthorized", MetricKind::Counter),
    ("AuthorizerImplicitDeny", MetricKind::Counter),
    ("AuthorizerExplicitDeny", MetricKind::Counter),
    ("AuthorizerError", MetricKind::Counter),
];

impl Metrics {
    /// How many ids an authorizer takes.
    pub const COUNT: u32 = 9;

    /// The metrics from this id on.
    #[must_use]
    pub const fn from(first: u32) -> Self {
        Self { first }
    }

    /// The name and kind of the metric with this number, from 0 to [`Metrics::COUNT`].
    #[must_use]
    pub fn name(number: u32) -> (&'static str, MetricKind) {
        let index = usize::try_from(number).unwrap_or_default();
        NAMES.get(index).copied().unwrap_or(("AuthorizerCount", MetricKind::Counter))
    }

    pub(crate) fn count(self, measure: Measure, host: &dyn Host) {
        host.count(self.id(measure), 1);
    }

    pub(crate) fn record(self, measure: Measure, value: u64, host: &dyn Host) {
        host.record(self.id(measure), value);
    }

    fn id(self, measure: Measure) -> MetricId {
        MetricId(self.first + measure as u32)
    }
}
