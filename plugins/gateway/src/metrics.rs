//! API Gateway's metrics: `Count`, `4XXError`, `5XXError`, `Latency`, `IntegrationLatency`, by stage and method.
//!
//! In Envoy's statistics they are named `apigateway.ApiId=…;Stage=…;Resource=…;Method=…;Count`; the compiled bootstrap
//! turns the pairs into Prometheus labels.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html>

use gatehouse_api::Method;
use gatehouse_filter::{Host, Metric, MetricId, MetricKind};

/// The names of all metrics, five for each method of each stage, and for each stage's unknown routes.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// The dimensions of a method, up to the metric's own name.
    dimensions: Vec<String>,
    /// Where the dimensions of a stage begin: first those of its unknown routes, then its methods.
    stages: Vec<usize>,
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

impl Metrics {
    pub(crate) fn add_stage(&mut self, api_id: &str, stage: &str, methods: &[Method]) {
        self.stages.push(self.dimensions.len());
        let dimensions = |resource: &str, method: &str| {
            // A semicolon would end the value.
            let resource = resource.replace(';', "%3B");
            format!("apigateway.ApiId={api_id};Stage={stage};Resource={resource};Method={method};")
        };
        self.dimensions.push(dimensions("-", "-"));
        self.dimensions.extend(methods.iter().map(|it| dimensions(&it.resource_path, it.http_method.name())));
    }

    pub(crate) fn metric(&self, id: MetricId) -> Metric {
        let id = usize::try_from(id.0).unwrap_or_default();
        let dimensions = self.dimensions.get(id / KINDS.len()).map_or("apigateway.", String::as_str);
        let (name, kind) = KINDS.get(id % KINDS.len()).copied().unwrap_or(("Count", MetricKind::Counter));
        Metric { name: format!("{dimensions}{name}"), kind }
    }

    pub(crate) fn measure(&self, measured: Measured, host: &dyn Host) {
        let Some(stage) = self.stages.get(measured.stage) else { return };
        let row = stage + measured.method.map_or(0, |method| method + 1);
        let id = |kind: usize| MetricId(u32::try_from(row * KINDS.len() + kind).unwrap_or(u32::MAX));
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
