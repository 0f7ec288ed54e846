//! What is counted of usage plans and throttles: what belongs to a plan by plan, the rest by itself. Behind it are gauges of
//! what remains of quotas, by plan and key, where a store knows it and there are few enough.

use std::rc::Rc;

use gatehouse_filter::{Host, MetricId, MetricKind};
use gatehouse_usage_plan::{Refusal, UsagePlans};

use crate::metering::Verdict;

gatehouse_filter::metrics! {
    /// The metrics of usage plans: first of what belongs to none, then of each plan in its order.
    pub Metrics: Measure {
        Allowed: Counter "UsageAllowed",
        InvalidKey: Counter "UsageInvalidKey",
        Throttled: Counter "UsageThrottled",
        QuotaExceeded: Counter "UsageQuotaExceeded",
        Failure: Counter "UsageError",
        StoreError: Counter "UsageStoreError",
        StoreSkipped: Counter "UsageStoreSkipped",
    }
}

/// The name of a gauge.
pub const REMAINING: (&str, MetricKind) = ("UsageQuotaRemaining", MetricKind::Gauge);

/// How many gauges there are at most: with more quotas of keys there is none, for each costs Envoy memory for ever.
const MOST_GAUGES: usize = 1_000;

/// The gauges of what remains of quotas: which plan, and the key's id, in order.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    first: u32,
    quotas: Rc<[(usize, String)]>,
}

impl Gauges {
    /// Those of a store's quotas; none where proxies count for themselves, of which none knows what remains.
    #[must_use]
    pub fn of(plans: &UsagePlans) -> Self {
        let quotas = if plans.store().is_some() { plans.quotas_up_to(MOST_GAUGES) } else { Vec::new() };
        Self { first: 0, quotas: quotas.into() }
    }

    /// The same under ids from this one on.
    #[must_use]
    pub fn from(self, first: u32) -> Self {
        Self { first, ..self }
    }

    /// Plans and keys, in the order of their ids.
    pub fn quotas(&self) -> impl Iterator<Item = (usize, &str)> {
        self.quotas.iter().map(|(plan, key)| (*plan, key.as_str()))
    }

    /// The one with this id.
    #[must_use]
    pub fn quota(&self, id: MetricId) -> Option<(usize, &str)> {
        let index = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        self.quotas.get(index).map(|(plan, key)| (*plan, key.as_str()))
    }

    pub(crate) fn show(&self, plan: usize, key: &str, remaining: u32, host: &dyn Host) {
        let found = self.quotas.binary_search_by(|(of, id)| (*of, id.as_str()).cmp(&(plan, key)));
        if let Some(number) = found.ok().and_then(|index| u32::try_from(index).ok()) {
            host.record(MetricId(self.first + number), u64::from(remaining));
        }
    }
}

impl Metrics {
    /// How many ids so many plans take.
    #[must_use]
    pub const fn of_plans(plans: u32) -> u32 {
        Self::COUNT * (plans + 1)
    }

    /// The name and kind of the one with this number, and the plan that it belongs to.
    #[must_use]
    pub fn in_plan(number: u32) -> (Option<usize>, &'static str, MetricKind) {
        let (name, kind) = Self::name(number % Self::COUNT);
        let plan = (number / Self::COUNT).checked_sub(1).and_then(|plan| usize::try_from(plan).ok());
        (plan, name, kind)
    }

    /// Counts what became of a request.
    pub(crate) fn measure(self, verdict: Verdict, plan: Option<usize>, host: &dyn Host) {
        let measure = match verdict {
            // Where nothing is limited there is nothing to tell.
            Verdict::Admitted(None) => return,
            Verdict::Admitted(Some(_)) => Measure::Allowed,
            Verdict::InvalidKey => Measure::InvalidKey,
            Verdict::Refused(Refusal::Throttled, ..) => Measure::Throttled,
            Verdict::Refused(Refusal::QuotaExceeded, ..) => Measure::QuotaExceeded,
            Verdict::Unavailable => Measure::Failure,
        };
        self.of(plan).count(measure, host);
    }

    /// Counts that the store did not say whether a request may pass.
    pub(crate) fn store_error(self, plan: usize, host: &dyn Host) {
        self.of(Some(plan)).count(Measure::StoreError, host);
    }

    /// Counts that the store was not asked, for it does not answer.
    pub(crate) fn store_skipped(self, plan: usize, host: &dyn Host) {
        self.of(Some(plan)).count(Measure::StoreSkipped, host);
    }

    fn of(self, plan: Option<usize>) -> Self {
        let before = plan.map_or(0, |plan| u32::try_from(plan + 1).unwrap_or_default());
        Self::from(self.first + before * Self::COUNT)
    }
}
