//! Limitador's limits: it does not read the limit that a descriptor brings along, but a file of its own, which is made here of the
//! usage plans. One limit says what every key of a plan has in every period; one more, which holds beside it, what a key has that began
//! in the middle of its first one (`offset`).
//!
//! Limitador's window begins with the first request that a limit counts. The period is a variable of the limit, so that each has a
//! counter of its own, which need only last as long as the longest period.
//!
//! <https://github.com/Kuadrant/limitador/blob/main/limitador-server/README.md>

use serde::Serialize;

use super::rate_limit_service::{API_KEY, PERIOD, USAGE_PLAN};
use crate::{Quota, UsagePlans};

/// A limit, with the names that it has in the file.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// The domain.
    namespace: String,
    /// The plan, and the key that has fewer.
    name: String,
    /// So many requests.
    max_value: u32,
    /// In so many seconds.
    seconds: u32,
    /// Of which descriptors: expressions in CEL.
    conditions: Vec<String>,
    /// What has a counter of its own.
    variables: Vec<String>,
}

/// The limits of every plan that has a quota. First periods that are over on the day `today` (its number since 1970-01-01) are left
/// out. None where there is no store.
#[must_use]
pub fn limits(plans: &UsagePlans, today: u32) -> Vec<Limit> {
    let domain = plans.store().map(|store| store.domain.as_str()).unwrap_or_default();
    let mut limits = Vec::new();
    for (plan, quota) in plans.ids().filter_map(|plan| Some((plan, plans.quota(plan)?))) {
        limits.push(Limit {
            namespace: domain.to_owned(),
            name: plan.to_owned(),
            max_value: quota.limit,
            seconds: quota.period.longest_seconds(),
            conditions: vec![is(USAGE_PLAN, plan)],
            variables: vec![entry(API_KEY), entry(PERIOD)],
        });
        limits.extend(plans.quotas(plan).filter_map(|(key, quota)| first_period(domain, plan, key, &quota, today)));
    }
    limits
}

/// What a key has in its first period, where that is less and has not ended.
fn first_period(domain: &str, plan: &str, key: &str, quota: &Quota, today: u32) -> Option<Limit> {
    let began = quota.began.filter(|began| quota.offset > 0 && quota.period.around(*began).end > today)?;
    Some(Limit {
        namespace: domain.to_owned(),
        name: format!("{plan}, first period of {key}"),
        max_value: quota.limit_on(began),
        seconds: quota.period.longest_seconds(),
        conditions: vec![is(USAGE_PLAN, plan), is(API_KEY, key), is(PERIOD, &quota.name_of_period(began))],
        variables: vec![entry(API_KEY)],
    })
}

fn entry(name: &str) -> String {
    format!("descriptors[0].{name}")
}

/// Texts of CEL are those of JSON.
fn is(name: &str, value: &str) -> String {
    format!("{} == {}", entry(name), serde_json::Value::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config, day_of_date};

    #[test]
    fn each_plan_has_a_limit_and_who_began_later_another() {
        let written: config::UsagePlans = serde_json::from_value(serde_json::json!({
            "usageStore": { "type": "RATE_LIMIT_SERVICE", "cluster": "store", "domain": "gh" },
            "usagePlans": [
                { "id": "ba\"sic", "quota": { "limit": 300, "offset": 20, "period": "MONTH" } },
                { "id": "free", "throttle": { "rateLimit": 1, "burstLimit": 1 } },
                { "id": "daily", "quota": { "limit": 5, "period": "DAY" } },
            ],
            "apiKeys": [
                { "id": "ann", "value": "annsKey-0123456789abcdef", "usagePlanIds": ["ba\"sic"], "createdDate": "2026-11-20" },
                { "id": "bob", "value": "bobsKey-0123456789abcdef", "usagePlanIds": ["ba\"sic"], "createdDate": "2026-10-20" },
            ],
        }))
        .unwrap();
        let plans = UsagePlans::compile(written).unwrap();
        let lines = |today| {
            let limits = limits(&plans, today);
            limits.iter().map(|limit| serde_json::to_string(limit).unwrap()).collect::<Vec<_>>()
        };
        let variables = r#""variables":["descriptors[0].api_key","descriptors[0].period"]"#;
        let basic = format!(
            r#"{{"namespace":"gh","name":"ba\"sic","max_value":300,"seconds":2678400,"conditions":["descriptors[0].usage_plan == \"ba\\\"sic\""],{variables}}}"#
        );
        let ann = r#"{"namespace":"gh","name":"ba\"sic, first period of ann","max_value":280,"seconds":2678400,"conditions":["descriptors[0].usage_plan == \"ba\\\"sic\"","descriptors[0].api_key == \"ann\"","descriptors[0].period == \"MONTH:2026-11-01\""],"variables":["descriptors[0].api_key"]}"#;
        let daily = format!(
            r#"{{"namespace":"gh","name":"daily","max_value":5,"seconds":86400,"conditions":["descriptors[0].usage_plan == \"daily\""],{variables}}}"#
        );
        assert_eq!(lines(day_of_date(2026, 11, 30).unwrap()), [&*basic, ann, &*daily]);
        assert_eq!(lines(day_of_date(2026, 12, 1).unwrap()), [basic, daily]);
    }
}
