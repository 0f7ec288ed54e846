//! The filter: keys, plans and throttles in front of any route.

use gatehouse_filter::{
    Exchange, Filter, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, Step, request_ids,
};
use gatehouse_http::{Answer, Request, Response};
use gatehouse_usage_plan::{ApiKeySource, Invalid, MethodThrottle, Throttles, UsagePlans, config};

use crate::metering::{Asking, Counted, Counting, Metering};
use crate::metrics::{Gauges, Metrics, REMAINING};
use crate::store::Store;

/// Lets pass who may call, as often as he may.
#[derive(Debug)]
pub struct UsagePlanFilter {
    metering: Metering,
    api_id: String,
    stage: String,
    stage_id: String,
    key: Option<ApiKeySource>,
    plans: Vec<String>,
    gauges: Gauges,
}

/// What a client is told of its limits.
pub type Told = Vec<(&'static str, String)>;

impl Filter for UsagePlanFilter {
    type Config = crate::config::UsagePlans;
    type Awaiting = Box<Asking>;
    type Memo = Told;

    const NAME: &'static str = "usage-plan";

    fn slots(&self) -> u32 {
        self.metering.slots()
    }

    fn configure(written: crate::config::UsagePlans) -> Result<Self, InvalidConfig> {
        let store = written.usage_store.as_ref().map(cluster).transpose()?;
        let plans = config::UsagePlans {
            usage_plans: written.usage_plans,
            api_keys: written.api_keys,
            packed_api_keys: None,
            usage_store: written.usage_store,
        };
        let plans = UsagePlans::compile(plans).map_err(|invalid| told(&invalid))?;
        let none: &[MethodThrottle<'_>] = &[];
        let throttles = Throttles::compile(plans.slots(), written.throttle, none).map_err(|invalid| told(&invalid))?;
        let throttled = written.throttle.is_some();
        let ids: Vec<String> = plans.ids().map(str::to_owned).collect();
        let store = plans.store().cloned().zip(store).map(|(it, cluster)| Store::new(it, cluster.clone(), cluster));
        let counters = Metrics::of_plans(u32::try_from(ids.len()).unwrap_or_default());
        let gauges = Gauges::of(&plans).from(counters);
        let metering = Metering::new(plans, throttles, throttled, 0, written.rate_limit_headers)
            .with_store(store)
            .with_metrics(Metrics::from(0), gauges.clone());
        Ok(Self {
            metering,
            gauges,
            plans: ids,
            stage_id: format!("{}/{}", written.api_id, written.stage),
            api_id: written.api_id,
            stage: written.stage,
            key: written.api_key_required.then_some(ApiKeySource::Header),
        })
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Told>) -> Outcome<Self> {
        let verb = String::from_utf8_lossy(request.method());
        // A filter before this one may know the resource.
        let path = String::from_utf8_lossy(request.path());
        let resource = exchange.context.resource_path.as_deref().unwrap_or(&path);
        let method = format!("{resource}/{verb}");
        let counted = Counted {
            request,
            api_id: &self.api_id,
            stage: &self.stage,
            stage_id: &self.stage_id,
            method: &method,
            key: self.key,
            usage_identifier_key: None,
            now: exchange.now,
        };
        let counting = self.metering.count(&counted, exchange.context, exchange.host);
        self.decide(counting, exchange)
    }

    fn on_reply(
        &self,
        asking: Box<Asking>,
        reply: Reply,
        _: &mut Request,
        exchange: &mut Exchange<'_, Told>,
    ) -> Outcome<Self> {
        let counting = self.metering.on_reply(asking, &reply, exchange.now, exchange.host);
        self.decide(counting, exchange)
    }

    fn on_response(&self, _: &Request, response: &mut Response, exchange: &mut Exchange<'_, Told>) -> Outcome<Self> {
        for (name, value) in exchange.memo.iter() {
            response.headers.set(name, value)?;
        }
        Ok(Step::Continue)
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Told>) -> Answer {
        request_ids::ensure(request, exchange.context, exchange.host);
        let mut answer = gatehouse_filter::built_in_refusal(rejection, request, exchange.context);
        for (name, value) in std::mem::take(exchange.memo) {
            // They hold digits alone.
            let _ = answer.headers.set(name, value);
        }
        answer
    }

    fn metric(&self, id: MetricId) -> Metric {
        let (plan, key, (name, kind)) = match self.gauges.quota(id) {
            Some((plan, key)) => (Some(plan), format!("ApiKeyId={};", key.replace(';', "%3B")), REMAINING),
            None => {
                let (plan, name, kind) = Metrics::in_plan(id.0);
                (plan, String::new(), (name, kind))
            }
        };
        let plan = plan.and_then(|plan| self.plans.get(plan));
        let plan = plan.map(|id| format!("UsagePlan={};", id.replace(';', "%3B"))).unwrap_or_default();
        Metric { name: format!("gatehouse.usage-plan.{plan}{key}{name}"), kind }
    }
}

impl UsagePlanFilter {
    fn decide(&self, counting: Counting, exchange: &mut Exchange<'_, Told>) -> Outcome<Self> {
        let verdict = match counting {
            Counting::Ask(callout, asking) => return Ok(Step::Await(callout, asking)),
            Counting::Done(verdict) => verdict,
        };
        if self.metering.tells() {
            *exchange.memo = verdict.headers();
        }
        match verdict.rejection() {
            Some(rejection) => Err(rejection),
            None => Ok(Step::Continue),
        }
    }
}

/// The cluster by which the store is reached.
fn cluster(store: &config::UsageStore) -> Result<String, InvalidConfig> {
    if store.url.is_some() {
        return Err(InvalidConfig::new("/usageStore/url", "this filter is given the `cluster` of the store"));
    }
    let cluster = store.cluster.clone().filter(|cluster| !cluster.is_empty());
    cluster.ok_or_else(|| InvalidConfig::new("/usageStore/cluster", "name the proxy's cluster for the store"))
}

fn told(invalid: &[Invalid]) -> InvalidConfig {
    let first = invalid.first();
    let place = first.map(|it| it.place.clone()).unwrap_or_default();
    InvalidConfig::new(place, first.map(|it| it.message.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
