//! The filter: keys, plans and throttles in front of any route.

use std::convert::Infallible;

use gatehouse_filter::{
    Exchange, Filter, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, Step, request_ids,
};
use gatehouse_http::{Answer, Request, Response};
use gatehouse_usage_plan::{ApiKeySource, Invalid, MethodThrottle, Throttles, UsagePlans, config};

use crate::metering::{Counted, Metering};
use crate::metrics::Metrics;

/// Lets pass who may call, as often as he may.
#[derive(Debug)]
pub struct UsagePlanFilter {
    metering: Metering,
    api_id: String,
    stage: String,
    stage_id: String,
    key: Option<ApiKeySource>,
}

/// What a client is told of its limits.
pub type Told = Vec<(&'static str, String)>;

impl Filter for UsagePlanFilter {
    type Config = crate::config::UsagePlans;
    type Awaiting = Infallible;
    type Memo = Told;

    const NAME: &'static str = "usage-plan";

    fn slots(&self) -> u32 {
        self.metering.slots()
    }

    fn configure(written: crate::config::UsagePlans) -> Result<Self, InvalidConfig> {
        let plans =
            config::UsagePlans { usage_plans: written.usage_plans, api_keys: written.api_keys, packed_api_keys: None };
        let plans = UsagePlans::compile(plans).map_err(|invalid| told(&invalid))?;
        let none: &[MethodThrottle<'_>] = &[];
        let throttles = Throttles::compile(plans.slots(), written.throttle, none).map_err(|invalid| told(&invalid))?;
        let throttled = written.throttle.is_some();
        Ok(Self {
            metering: Metering::new(plans, throttles, throttled, 0, written.rate_limit_headers),
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
        let verdict = self.metering.count(&counted, exchange.context, exchange.host);
        if self.metering.tells() {
            *exchange.memo = verdict.headers();
        }
        Metrics::from(0).measure(verdict, exchange.host);
        match verdict.rejection() {
            Some(rejection) => Err(rejection),
            None => Ok(Step::Continue),
        }
    }

    fn on_reply(&self, awaiting: Infallible, _: Reply, _: &mut Request, _: &mut Exchange<'_, Told>) -> Outcome<Self> {
        match awaiting {}
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
        let (name, kind) = Metrics::name(id.0);
        Metric { name: format!("gatehouse.usage-plan.{name}"), kind }
    }
}

fn told(invalid: &[Invalid]) -> InvalidConfig {
    let first = invalid.first();
    let place = first.map(|it| it.place.clone()).unwrap_or_default();
    InvalidConfig::new(place, first.map(|it| it.message.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
