//! What is counted of usage plans and throttles.

use gatehouse_filter::Host;
use gatehouse_usage_plan::Refusal;

use crate::metering::Verdict;

gatehouse_filter::metrics! {
    /// The metrics of usage plans.
    pub Metrics: Measure {
        Allowed: Counter "UsageAllowed",
        InvalidKey: Counter "UsageInvalidKey",
        Throttled: Counter "UsageThrottled",
        QuotaExceeded: Counter "UsageQuotaExceeded",
        Failure: Counter "UsageError",
    }
}

impl Metrics {
    /// Counts what became of a request.
    pub fn measure(self, verdict: Verdict, host: &dyn Host) {
        let measure = match verdict {
            // Where nothing is limited there is nothing to tell.
            Verdict::Admitted(None) => return,
            Verdict::Admitted(Some(_)) => Measure::Allowed,
            Verdict::InvalidKey => Measure::InvalidKey,
            Verdict::Refused(Refusal::Throttled, ..) => Measure::Throttled,
            Verdict::Refused(Refusal::QuotaExceeded, ..) => Measure::QuotaExceeded,
            Verdict::Unavailable => Measure::Failure,
        };
        self.count(measure, host);
    }
}
