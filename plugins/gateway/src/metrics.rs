//! API Gateway's metrics: `Count`, `4XXError`, `5XXError`, `Latency`, `IntegrationLatency`, by stage and method.
//!
//! In Envoy's statistics they are named `apigateway.ApiId=…;Stage=…;Resource=…;Method=…;Count`; the compiled bootstrap
//! turns the pairs into Prometheus labels.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html>

use gatehouse_api::Method;
use gatehouse_filter::{Host, Metric, MetricId, MetricKind};
use gatehouse_jwt_authorizer::{KeyMetrics, Metrics as JwtMetrics};
use gatehouse_lambda_authorizer::Metrics as AuthorizerMetrics;
use gatehouse_sigv4_verifier::Metrics as IamMetrics;
use gatehouse_usage_plan::UsagePlans;
use gatehouse_usage_plan_filter::{Gauges, Metrics as UsageMetrics, REMAINING};

/// The names of all metrics, five for each method of each stage, and for each stage's unknown routes; and those of
/// authorizers.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Whatever has metrics, by its first id.
    groups: Vec<Group>,
    next: u32,
    /// The first id of a stage: first those of its unknown routes, then its methods'.
    stages: Vec<u32>,
}

/// Consecutive ids with the same dimensions.
#[derive(Debug)]
struct Group {
    first: u32,
    /// The metric's name up to its last part.
    dimensions: String,
    name: fn(u32) -> (&'static str, MetricKind),
}

/// What one request adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) stage: usize,
    pub(crate) method: Option<usize>,
    pub(crate) status: Option<u16>,
    /// Milliseconds.
    pub(crate) latency: u64,
    /// Milliseconds; `None` where no backend was asked.
    pub(crate) integration_latency: Option<u64>,
}

const KINDS: [(&str, MetricKind); 5] = [
    ("Count", MetricKind::Counter),
    ("4XXError", MetricKind::Counter),
    ("5XXError", MetricKind::Counter),
    ("Latency", MetricKind::Histogram),
    ("IntegrationLatency", MetricKind::Histogram),
];

/// How many ids a method takes.
const OF_METHOD: u32 = 5;

fn of_method(number: u32) -> (&'static str, MetricKind) {
    let index = usize::try_from(number).unwrap_or_default();
    KINDS.get(index).copied().unwrap_or(("Count", MetricKind::Counter))
}

impl Metrics {
    pub(crate) fn add_stage(&mut self, api_id: &str, stage: &str, methods: &[Method]) {
        self.stages.push(self.next);
        let dimensions = |resource: &str, method: &str| {
            let resource = value(resource);
            format!("apigateway.ApiId={api_id};Stage={stage};Resource={resource};Method={method};")
        };
        self.add(dimensions("-", "-"), OF_METHOD, of_method);
        for method in methods {
            self.add(dimensions(&method.resource_path, method.http_method.name()), OF_METHOD, of_method);
        }
    }

    pub(crate) fn add_authorizer(&mut self, api_id: &str, stage: &str, authorizer: &str) -> AuthorizerMetrics {
        let dimensions = format!("apigateway.ApiId={api_id};Stage={stage};Authorizer={};", value(authorizer));
        AuthorizerMetrics::from(self.add(dimensions, AuthorizerMetrics::COUNT, AuthorizerMetrics::name))
    }

    pub(crate) fn add_tokens(&mut self, api_id: &str, stage: &str, authorizer: &str) -> JwtMetrics {
        let dimensions = format!("apigateway.ApiId={api_id};Stage={stage};Authorizer={};", value(authorizer));
        JwtMetrics::from(self.add(dimensions, JwtMetrics::COUNT, JwtMetrics::name))
    }

    pub(crate) fn add_keys(&mut self) -> KeyMetrics {
        KeyMetrics::from(self.add("apigateway.".to_owned(), KeyMetrics::COUNT, KeyMetrics::name))
    }

    /// Makes room for what usage plans and throttles count.
    pub(crate) fn add_usage(&mut self, plans: &UsagePlans) -> (UsageMetrics, Gauges) {
        let first = self.add("apigateway.".to_owned(), UsageMetrics::COUNT, UsageMetrics::name);
        let plan_of = |plan: &str| format!("apigateway.UsagePlan={};", value(plan));
        let ids: Vec<&str> = plans.ids().collect();
        for plan in &ids {
            self.add(plan_of(plan), UsageMetrics::COUNT, UsageMetrics::name);
        }
        let gauges = Gauges::of(plans).from(self.next);
        for (plan, key) in gauges.quotas() {
            let plan = ids.get(plan).copied().unwrap_or_default();
            self.add(format!("{}ApiKeyId={};", plan_of(plan), value(key)), 1, |_| REMAINING);
        }
        (UsageMetrics::from(first), gauges)
    }

    pub(crate) fn add_iam(&mut self) -> IamMetrics {
        IamMetrics::from(self.add("apigateway.".to_owned(), IamMetrics::COUNT, IamMetrics::name))
    }

    fn add(&mut self, dimensions: String, count: u32, name: fn(u32) -> (&'static str, MetricKind)) -> u32 {
        let first = self.next;
        self.groups.push(Group { first, dimensions, name });
        self.next += count;
        first
    }

    pub(crate) fn metric(&self, id: MetricId) -> Metric {
        let after = self.groups.partition_point(|group| group.first <= id.0);
        match after.checked_sub(1).and_then(|index| self.groups.get(index)) {
            Some(group) => {
                let (name, kind) = (group.name)(id.0 - group.first);
                Metric { name: format!("{}{name}", group.dimensions), kind }
            }
            None => Metric { name: "apigateway.Count".to_owned(), kind: MetricKind::Counter },
        }
    }

    pub(crate) fn measure(&self, measured: Measured, host: &dyn Host) {
        let Some(stage) = self.stages.get(measured.stage) else { return };
        let row = measured.method.map_or(0, |method| u32::try_from(method + 1).unwrap_or_default());
        let id = |kind: u32| MetricId(stage + row * OF_METHOD + kind);
        host.count(id(0), 1);
        match measured.status {
            Some(400..=499) => host.count(id(1), 1),
            Some(500..=599) => host.count(id(2), 1),
            _ => {}
        }
        host.record(id(3), measured.latency);
        if let Some(latency) = measured.integration_latency {
            host.record(id(4), latency);
        }
    }
}

/// A semicolon would end the value.
fn value(text: &str) -> String {
    text.replace(';', "%3B")
}
