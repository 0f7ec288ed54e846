//! One usage plan: as written, checked, and ready.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::calendar::Period;
use crate::config::{self, FailureMode, Scope, StoreType};
use crate::invalid::{Findings, escaped};
use crate::limit::Rule;
use crate::store::UsageStore;
use crate::{Bucket, Limit, Quota};

/// How many methods of a stage a plan can throttle.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_METHOD_THROTTLES: usize = 20;
/// AWS counts in 32 bits.
const MAX: i64 = 2_147_483_647;
const VERBS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A plan whose limits are for each of its keys.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) stages: Vec<Stage>,
    throttle: Option<Kept>,
    /// Without the day on which the key began.
    quota: Option<Kept>,
    /// What becomes of requests while the store does not answer.
    pub(crate) failure_mode: FailureMode,
    /// Whether less is allowed in a key's first period.
    pub(crate) has_offset: bool,
}

/// A limit, and where what is used of it is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    limit: Limit,
    scope: Scope,
}

/// A stage in a plan.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) api_id: String,
    pub(crate) stage: String,
    methods: BTreeMap<String, Kept>,
}

impl Plan {
    pub(crate) fn compile(
        written: config::UsagePlan,
        store: Option<&UsageStore>,
        place: &str,
        findings: &mut Findings,
    ) -> Self {
        let id = written.id;
        if id.is_empty() {
            findings.add(format_args!("{place}/id"), "an id is needed");
        }
        if written.failure_mode.is_some() && store.is_none() {
            findings.add(format_args!("{place}/failureMode"), "there is no `usageStore` that could fail");
        }
        let throttle = written.throttle.and_then(|throttle| {
            let place = format!("{place}/throttle");
            let scope = scope(throttle, store, &place, findings);
            let limit = Limit::throttle(&["plan", &id], bucket(throttle, &place, findings)?);
            Some(Kept { limit, scope })
        });
        let quota = written.quota.and_then(|quota| quota_of(&quota, &format!("{place}/quota"), findings));
        let mut seen = BTreeSet::new();
        let mut stages = Vec::with_capacity(written.api_stages.len());
        for (at, stage) in written.api_stages.into_iter().enumerate() {
            let place = format!("{place}/apiStages/{at}");
            let (api, name) = (stage.api_id.clone(), stage.stage.clone());
            if api.is_empty() || name.is_empty() {
                let message = format!(
                    "invalid API stage {{api: {api}, stage: {name}}} specified for usage plan `{id}`: both are needed"
                );
                findings.add(&place, message);
            }
            if !seen.insert((api, name)) {
                findings.add(&place, format!("the plan has the stage `{}` of `{}` already", stage.stage, stage.api_id));
            }
            stages.push(Stage::compile(stage, &id, store, &place, findings));
        }
        let has_offset = quota.is_some_and(|quota| quota.offset > 0);
        let scope = if store.is_some() { Scope::Cluster } else { Scope::Local };
        let quota = quota.map(|quota| Kept { limit: Limit::quota(&["plan", &id], quota), scope });
        let of_store = store.map(|store| store.failure_mode).unwrap_or_default();
        let failure_mode = written.failure_mode.unwrap_or(of_store);
        Self { id, stages, throttle, quota, failure_mode, has_offset }
    }

    /// The plan's stage, if it has it.
    pub(crate) fn stage(&self, api_id: &str, stage: &str) -> Option<&Stage> {
        self.stages.iter().find(|known| known.api_id == api_id && known.stage == stage)
    }

    /// What a request of a key counts against that is kept here or there, in the order in which it is asked.
    pub(crate) fn limits(
        &self,
        scope: Scope,
        stage: &Stage,
        method: &str,
        began: Option<u32>,
    ) -> impl Iterator<Item = Limit> {
        let quota = self.quota.map(|kept| Kept { limit: kept.limit.beginning(began), ..kept });
        let kept = [stage.methods.get(method).copied(), self.throttle, quota].into_iter().flatten();
        kept.filter(move |kept| kept.scope == scope).map(|kept| kept.limit)
    }

    /// The quota of a key that began on this day.
    pub(crate) fn quota(&self, began: Option<u32>) -> Option<Quota> {
        match self.quota?.limit.beginning(began).rule() {
            Rule::Quota(quota) => Some(quota),
            Rule::Throttle(_) => None,
        }
    }
}

impl Stage {
    fn compile(
        written: config::ApiStage,
        plan: &str,
        store: Option<&UsageStore>,
        place: &str,
        findings: &mut Findings,
    ) -> Self {
        let place = format!("{place}/throttle");
        if written.throttle.len() > MAX_METHOD_THROTTLES {
            let message = format!("{} methods: at most {MAX_METHOD_THROTTLES} are allowed", written.throttle.len());
            findings.add(&place, message);
        }
        let mut methods = BTreeMap::new();
        for (method, throttle) in written.throttle {
            let place = format!("{place}/{}", escaped(&method));
            if !is_method(&method) {
                findings.add(&place, format!("`{method}` is no method: write `/path/VERB`, as `/pets/{{id}}/GET`"));
            }
            let scope = scope(throttle, store, &place, findings);
            let Some(bucket) = bucket(throttle, &place, findings) else { continue };
            let limit = Limit::throttle(&["method", plan, &written.api_id, &written.stage, &method], bucket);
            methods.insert(method, Kept { limit, scope });
        }
        Self { api_id: written.api_id, stage: written.stage, methods }
    }
}

/// `/path/VERB`; the root's is `//VERB`.
fn is_method(method: &str) -> bool {
    method.rsplit_once('/').is_some_and(|(path, verb)| path.starts_with('/') && VERBS.contains(&verb))
}

/// Where a throttle's bucket is. A rate limit service counts in windows and knows no burst: what it admits is no bucket's.
fn scope(written: config::Throttle, store: Option<&UsageStore>, place: &str, findings: &mut Findings) -> Scope {
    let scope = written.scope.unwrap_or_default();
    if scope == Scope::Cluster {
        match store.map(|store| store.kind) {
            Some(StoreType::Redis) => {}
            Some(StoreType::RateLimitService) => findings.add(
                format_args!("{place}/scope"),
                "`CLUSTER` needs a `usageStore` of type `REDIS`: a rate limit service has windows, and no bucket with a burst",
            ),
            None => findings.add(format_args!("{place}/scope"), "`CLUSTER` needs a `usageStore` of type `REDIS`, which has the bucket"),
        }
        if written.share.is_some() {
            findings
                .add(format_args!("{place}/share"), "a bucket of `scope: CLUSTER` is one for all: it has no shares");
        }
    }
    scope
}

pub(crate) fn bucket(written: config::Throttle, place: &str, findings: &mut Findings) -> Option<Bucket> {
    let (Some(rate), Some(burst)) = (written.rate_limit, written.burst_limit) else {
        findings.add(place, "needs `rateLimit` and `burstLimit`: requests a second, and at once");
        return None;
    };
    let share = share(written.share, place, findings);
    let rate = check_rate(rate, place, "rateLimit", findings)?;
    let burst = check_burst(burst, place, "burstLimit", findings)?;
    // Rounded up: a share of one token is one, or nobody would ever pass.
    Some(Bucket::new(rate * share, (f64::from(burst) * share).ceil() as u32))
}

fn share(written: Option<f64>, place: &str, findings: &mut Findings) -> f64 {
    let share = written.unwrap_or(1.0);
    if !(share > 0.0 && share <= 1.0) {
        findings.add(
            format_args!("{place}/share"),
            format!("`{share}` is no share: more than 0, and 1 at most, is allowed"),
        );
    }
    share
}

pub(crate) fn check_rate(rate: f64, place: &str, field: &str, findings: &mut Findings) -> Option<f64> {
    let is_rate = rate.is_finite() && rate >= 0.0;
    if !is_rate {
        findings.add(
            format_args!("{place}/{field}"),
            format!("`{rate}` is no rate: 0 or more requests a second are allowed"),
        );
    }
    is_rate.then_some(rate)
}

pub(crate) fn check_burst(burst: i64, place: &str, field: &str, findings: &mut Findings) -> Option<u32> {
    whole(burst, 0..=MAX, "requests at once", &format!("{place}/{field}"), findings)
}

fn quota_of(written: &config::Quota, place: &str, findings: &mut Findings) -> Option<Quota> {
    let period = Period::parse(&written.period);
    if period.is_none() {
        let message = format!("`{}` is no period: use `DAY`, `WEEK` or `MONTH`", written.period);
        findings.add(format_args!("{place}/period"), message);
    }
    let limit = whole(written.limit, 1..=MAX, "requests", &format!("{place}/limit"), findings)?;
    let period = period?;
    let what = format!("as the offset of a `{}`", period.name());
    let offset = whole(written.offset, 0..=most_offset(period), &what, &format!("{place}/offset"), findings)?;
    Some(Quota { limit, offset, period, began: None })
}

/// What `CreateUsagePlan` takes: "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period".
fn most_offset(period: Period) -> i64 {
    match period {
        Period::Day => 0,
        Period::Week => 6,
        Period::Month => 27,
    }
}

fn whole(number: i64, allowed: RangeInclusive<i64>, of: &str, place: &str, findings: &mut Findings) -> Option<u32> {
    let found = u32::try_from(number).ok().filter(|_| allowed.contains(&number));
    if found.is_none() {
        let (least, most) = (allowed.start(), allowed.end());
        findings.add(place, format!("`{number}`: {least} to {most} {of} are allowed"));
    }
    found
}
