//! API keys, usage plans and throttles in the gateway: one list for all its APIs.

use gatehouse_api::deployment::{Deployment, Origin};
use gatehouse_api::{Node, Place, Problem, ProtocolType, RestApi};
use gatehouse_usage_plan::{Invalid, MethodThrottle, Throttles, UsagePlans, config};
use gatehouse_usage_plan_filter::{Metering, Store};

use crate::compile::{Endpoint, Gateway};
use crate::unused_limits;

impl Gateway {
    /// Understands the keys and plans of a deployment, and the throttles of every method of its APIs. Its slots come
    /// behind those that are known.
    pub(crate) fn compile_metering(
        &mut self,
        deployment: &Deployment,
        definitions: &[RestApi],
        problems: &mut Vec<Problem>,
    ) -> Option<Metering> {
        let before = problems.len();
        let usage = &deployment.usage;
        let written = config::UsagePlans {
            usage_plans: read(usage.usage_plans.as_ref(), "usagePlans", problems).unwrap_or_default(),
            api_keys: read(usage.api_keys.as_ref(), "apiKeys", problems).unwrap_or_default(),
            packed_api_keys: usage.packed_api_keys.clone(),
            usage_store: read(usage.usage_store.as_ref(), "usageStore", problems),
        };
        refuse_http_apis(deployment, definitions, problems);
        self.warnings.extend(unused_limits::find(deployment, definitions, &written.usage_plans));
        self.warnings.extend(unused_limits::stage_keys(deployment, &written));
        let account: Option<config::Throttle> = read(usage.throttle_settings.as_ref(), "throttleSettings", problems);
        let endpoint = written.usage_store.as_ref().and_then(|store| endpoint(store, problems));
        if problems.len() > before {
            return None;
        }
        let plans = UsagePlans::compile(written).map_err(|invalid| tell(&invalid, problems)).ok()?;
        let throttles = throttles(deployment, definitions, account, plans.slots());
        let throttles = throttles.map_err(|invalid| tell(&invalid, problems)).ok()?;
        let throttled = account.is_some() || throttles.slots() > 1;
        let (metrics, gauges) = self.metrics.add_usage(&plans);
        let store = plans.store().cloned().zip(endpoint.as_ref());
        let store = store.map(|(store, endpoint)| Store::new(store, endpoint.cluster(), endpoint.origin.authority()));
        self.endpoints.extend(endpoint);
        let metering = Metering::new(plans, throttles, throttled, self.slots, usage.rate_limit_headers);
        Some(metering.with_store(store).with_metrics(metrics, gauges))
    }
}

/// HTTP APIs have no usage plans: one that names such an API would limit nobody.
fn refuse_http_apis(deployment: &Deployment, definitions: &[RestApi], problems: &mut Vec<Problem>) {
    let is_http = |id: &str| {
        let mut apis = deployment.apis.iter().zip(definitions);
        apis.any(|(api, definition)| api.api_id == id && definition.protocol_type == ProtocolType::Http)
    };
    let Some(Node::List(plans)) = &deployment.usage.usage_plans else { return };
    for (number, plan) in plans.iter().enumerate() {
        let Some(Node::List(stages)) = plan.get("apiStages") else { continue };
        for (index, stage) in stages.iter().enumerate() {
            if matches!(stage.get("apiId"), Some(Node::String(id)) if is_http(id)) {
                let place = Place::root().then("usagePlans").then(number).then("apiStages").then(index);
                problems.push(Problem::error(&place, "HTTP APIs have no usage plans: throttle their stages instead"));
            }
        }
    }
}

/// Where a store is.
fn endpoint(store: &config::UsageStore, problems: &mut Vec<Problem>) -> Option<Endpoint> {
    let place = Place::root().then("usageStore");
    let mut wrong = |field: &str, message: String| problems.push(Problem::error(&place.then(field), message));
    if store.cluster.is_some() {
        wrong("cluster", "the cluster is made from `url`: say where the store is".to_owned());
    }
    let written = store.url.as_deref().unwrap_or_default();
    let Some(origin) = Origin::parse(written) else {
        let message = format!("`{written}` is no origin: write scheme, host and port, such as `http://127.0.0.1:7379`");
        wrong("url", message);
        return None;
    };
    let grpc = store.kind == config::StoreType::RateLimitService;
    Some(Endpoint { grpc, ..Endpoint::at(origin) })
}

/// What usage plans and `methodSettings` know a method by.
pub(crate) fn method_name(resource_path: &str, http_method: &str) -> String {
    format!("{resource_path}/{http_method}")
}

/// The stage's name is one among those of its API.
fn stage_id(api_id: &str, stage: &str) -> String {
    format!("{api_id}/{stage}")
}

/// The throttles of every method of every stage, and the account's.
fn throttles(
    deployment: &Deployment,
    definitions: &[RestApi],
    account: Option<config::Throttle>,
    first_slot: u32,
) -> Result<Throttles, Vec<Invalid>> {
    let mut names = Vec::new();
    for (api, definition) in deployment.apis.iter().zip(definitions) {
        for stage in &api.stages {
            for method in &definition.methods {
                let settings = stage.method_settings.of(&method.resource_path, method.http_method);
                let name = method_name(&method.resource_path, method.http_method.name());
                names.push((stage_id(&api.api_id, &stage.stage_name), name, settings));
            }
        }
    }
    let methods: Vec<MethodThrottle<'_>> = names
        .iter()
        .map(|(stage, method, settings)| MethodThrottle {
            stage,
            method,
            rate_limit: settings.throttling_rate_limit,
            burst_limit: settings.throttling_burst_limit,
        })
        .collect();
    Throttles::compile(first_slot, account, &methods)
}

fn read<T: serde::de::DeserializeOwned>(node: Option<&Node>, field: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let read = node?.read();
    read.map_err(|problem| {
        let place = Place::at(&format!("/{field}{}", problem.place.as_str()));
        problems.push(Problem::error(&place, problem.message));
    })
    .ok()
}

fn tell(invalid: &[Invalid], problems: &mut Vec<Problem>) {
    problems.extend(invalid.iter().map(|it| Problem::error(&Place::at(&it.place), it.message.clone())));
}
