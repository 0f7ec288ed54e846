//! What is counted of usage plans and throttles: what belongs to a plan by plan, the rest by itself.

use gatehouse_filter::{Host, MetricKind};
use gatehouse_usage_plan::Refusal;

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

    fn of(self, plan: Option<usize>) -> Self {
        let before = plan.map_or(0, |plan| u32::try_from(plan + 1).unwrap_or_default());
        Self::from(self.first + before * Self::COUNT)
    }
}
