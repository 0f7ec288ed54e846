//! One usage plan: as written, checked, and ready.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Period;
use crate::config;
use crate::invalid::{Findings, escaped};
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
    throttle: Option<Limit>,
    /// Without the day on which the key began.
    quota: Option<Limit>,
    /// Whether less is allowed in a key's first period.
    pub(crate) has_offset: bool,
}

/// A stage in a plan.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) api_id: String,
    pub(crate) stage: String,
    methods: BTreeMap<String, Limit>,
}

impl Plan {
    pub(crate) fn compile(written: config::UsagePlan, place: &str, findings: &mut Findings) -> Self {
        let id = written.id;
        if id.is_empty() {
            findings.add(format_args!("{place}/id"), "an id is needed");
        }
        let bucket = written.throttle.and_then(|throttle| bucket(throttle, &format!("{place}/throttle"), findings));
        let throttle = bucket.map(|bucket| Limit::throttle(&["plan", &id], bucket));
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
            stages.push(Stage::compile(stage, &id, &place, findings));
        }
        let has_offset = quota.is_some_and(|quota| quota.offset > 0);
        let quota = quota.map(|quota| Limit::quota(&["plan", &id], quota));
        Self { id, stages, throttle, quota, has_offset }
    }

    /// The plan's stage, if it has it.
    pub(crate) fn stage(&self, api_id: &str, stage: &str) -> Option<&Stage> {
        self.stages.iter().find(|known| known.api_id == api_id && known.stage == stage)
    }

    /// What a request of a key counts against, in the order in which it is asked.
    pub(crate) fn limits(&self, stage: &Stage, method: &str, began: Option<u32>) -> impl Iterator<Item = Limit> {
        let quota = self.quota.map(|quota| quota.beginning(began));
        [stage.methods.get(method).copied(), self.throttle, quota].into_iter().flatten()
    }
}

impl Stage {
    fn compile(written: config::ApiStage, plan: &str, place: &str, findings: &mut Findings) -> Self {
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
            let Some(bucket) = bucket(throttle, &place, findings) else { continue };
            let limit = Limit::throttle(&["method", plan, &written.api_id, &written.stage, &method], bucket);
            methods.insert(method, limit);
        }
        Self { api_id: written.api_id, stage: written.stage, methods }
    }
}

/// `/path/VERB`; the root's is `//VERB`.
fn is_method(method: &str) -> bool {
    method.rsplit_once('/').is_some_and(|(path, verb)| path.starts_with('/') && VERBS.contains(&verb))
}

pub(crate) fn bucket(written: config::Throttle, place: &str, findings: &mut Findings) -> Option<Bucket> {
    let (Some(rate), Some(burst)) = (written.rate_limit, written.burst_limit) else {
        findings.add(place, "needs `rateLimit` and `burstLimit`: requests a second, and at once");
        return None;
    };
    Some(Bucket::new(
        check_rate(rate, place, "rateLimit", findings)?,
        check_burst(burst, place, "burstLimit", findings)?,
    ))
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
    whole(burst, MAX, "requests at once", &format!("{place}/{field}"), findings)
}

fn quota_of(written: &config::Quota, place: &str, findings: &mut Findings) -> Option<Quota> {
    let period = Period::parse(&written.period);
    if period.is_none() {
        let message = format!("`{}` is no period: use `DAY`, `WEEK` or `MONTH`", written.period);
        findings.add(format_args!("{place}/period"), message);
    }
    let limit = whole(written.limit, MAX, "requests", &format!("{place}/limit"), findings)?;
    let offset = whole(written.offset, i64::from(limit), "requests", &format!("{place}/offset"), findings)?;
    Some(Quota { limit, offset, period: period?, began: None })
}

fn whole(number: i64, most: i64, of: &str, place: &str, findings: &mut Findings) -> Option<u32> {
    let found = u32::try_from(number).ok().filter(|_| number <= most);
    if found.is_none() {
        findings.add(place, format!("`{number}`: 0 to {most} {of} are allowed"));
    }
    found
}
