//! API keys, usage plans and throttles in the gateway: who may call how often.

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{Node, Place, Problem, RestApi};
use gatehouse_context::Context;
use gatehouse_filter::{Host, Rejection, ResponseType, Store, Timestamp};
use gatehouse_http::Request;
use gatehouse_usage_plan::{
    Allowance, ApiKeySource, Client, HEADER, Invalid, MethodThrottle, NotTaken, Refusal, Slots, Throttles, UsagePlans,
    config, take_all,
};

/// The keys, plans and throttles of a deployment.
#[derive(Debug)]
pub(crate) struct Metering {
    plans: UsagePlans,
    throttles: Throttles,
    /// Is anything limited for all clients together?
    throttled: bool,
    /// The first of its slots.
    first_slot: u32,
    /// Are clients told what is left?
    pub(crate) tells: bool,
}

/// What a request is counted as.
pub(crate) struct Counted<'a> {
    pub(crate) request: &'a Request,
    pub(crate) api_id: &'a str,
    pub(crate) stage: &'a str,
    /// `{apiId}/{stageName}`
    pub(crate) stage_id: &'a str,
    /// `/pets/{id}/GET`
    pub(crate) method: &'a str,
    /// Where its key is; `None` where none is required.
    pub(crate) key: Option<ApiKeySource>,
    /// What the authorizer said of the key.
    pub(crate) usage_identifier_key: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// What became of a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may pass; what is left.
    Admitted(Option<Allowance>),
    /// It has no key that may be used here.
    InvalidKey,
    /// There were too many; after how many seconds it may come again, and what is left.
    Refused(Refusal, Option<u64>, Allowance),
    /// Nobody knows: it does not pass.
    Unavailable,
}

impl Metering {
    /// Understands the keys and plans of a deployment, and the throttles of every method of its APIs. Its slots are those
    /// from `first_slot` on.
    pub(crate) fn compile(
        deployment: &Deployment,
        definitions: &[RestApi],
        first_slot: u32,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let usage = &deployment.usage;
        let written = config::UsagePlans {
            usage_plans: read(usage.usage_plans.as_ref(), "usagePlans", problems).unwrap_or_default(),
            api_keys: read(usage.api_keys.as_ref(), "apiKeys", problems).unwrap_or_default(),
            packed_api_keys: usage.packed_api_keys.clone(),
        };
        let account: Option<config::Throttle> = read(usage.throttle_settings.as_ref(), "throttleSettings", problems);
        if problems.len() > before {
            return None;
        }
        let plans = UsagePlans::compile(written).map_err(|invalid| tell(&invalid, problems)).ok()?;
        let throttles = throttles(deployment, definitions, account, plans.slots());
        let throttles = throttles.map_err(|invalid| tell(&invalid, problems)).ok()?;
        let throttled = account.is_some() || throttles.slots() > 1;
        Some(Self { plans, throttles, throttled, first_slot, tells: usage.rate_limit_headers })
    }

    /// How many slots of shared data it needs.
    pub(crate) fn slots(&self) -> u32 {
        self.plans.slots() + self.throttles.slots()
    }

    /// Counts a request against everything that limits it. The key that it brings is known to `$context` then.
    pub(crate) fn count(&self, counted: &Counted<'_>, context: &mut Context, host: &dyn Host) -> Verdict {
        if counted.key.is_none() && !self.throttled {
            return Verdict::Admitted(None);
        }
        let mut demands = Vec::new();
        if let Some(source) = counted.key {
            match self.client(source, counted, context) {
                Some(client) => demands.extend(client.demand(counted.method)),
                None => return Verdict::InvalidKey,
            }
        }
        demands.extend(self.throttles.demands(counted.stage_id, counted.method));
        if demands.is_empty() {
            return Verdict::Admitted(None);
        }
        let slots = InStore { store: host.store(), first: self.first_slot };
        match take_all(&slots, counted.now.millis(), &demands) {
            Ok(allowance) => Verdict::Admitted(allowance),
            Err(NotTaken::Refused(refused)) => {
                Verdict::Refused(refused.refusal, refused.retry_after_seconds(), refused.allowance)
            }
            Err(NotTaken::Unavailable) => Verdict::Unavailable,
        }
    }

    /// Whose key it is. One that stands twice is nobody's.
    fn client(&self, source: ApiKeySource, counted: &Counted<'_>, context: &mut Context) -> Option<Client<'_>> {
        let header = counted.request.headers.single(HEADER).ok()?;
        let value = source.value(header, counted.usage_identifier_key.map(str::as_bytes))?;
        let client = self.plans.client(Some(value), counted.api_id, counted.stage).ok()?;
        context.identity.api_key = std::str::from_utf8(value).ok().map(Into::into);
        context.identity.api_key_id = Some(client.api_key_id().into());
        Some(client)
    }
}

impl Verdict {
    /// The gateway response to whoever may not pass.
    pub(crate) fn rejection(self) -> Option<Rejection> {
        Some(Rejection::new(match self {
            Verdict::Admitted(_) => return None,
            Verdict::InvalidKey => ResponseType::InvalidApiKey,
            Verdict::Refused(Refusal::Throttled, ..) => ResponseType::Throttled,
            Verdict::Refused(Refusal::QuotaExceeded, ..) => ResponseType::QuotaExceeded,
            Verdict::Unavailable => ResponseType::Default5xx,
        }))
    }

    /// The headers that tell what is left, where the operator wants them.
    pub(crate) fn headers(self) -> Vec<(&'static str, String)> {
        match self {
            Verdict::Admitted(Some(allowance)) => allowance.headers().into(),
            Verdict::Refused(_, retry_after, allowance) => {
                let retry_after = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
                allowance.headers().into_iter().chain(retry_after).collect()
            }
            Verdict::Admitted(None) | Verdict::InvalidKey | Verdict::Unavailable => Vec::new(),
        }
    }
}

/// What usage plans and `methodSettings` know a method by.
pub(crate) fn method_name(resource_path: &str, http_method: &str) -> String {
    format!("{resource_path}/{http_method}")
}

/// The stage's name is one among those of its API.
fn stage_id(api_id: &str, stage: &str) -> String {
    format!("{api_id}/{stage}")
}

/// The slots behind those of authorizers and signatures.
struct InStore<'a> {
    store: &'a dyn Store,
    first: u32,
}

impl Slots for InStore<'_> {
    fn load(&self, slot: u32) -> Option<(Vec<u8>, u32)> {
        self.store.load(slot.saturating_add(self.first)).map(|held| (held.value, held.version))
    }

    fn swap(&self, slot: u32, version: u32, state: &[u8]) -> bool {
        self.store.swap(slot.saturating_add(self.first), version, state).is_ok()
    }
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
