//! What all clients together are limited by: each method of a stage, and the account.

use std::collections::BTreeMap;

use crate::invalid::{Findings, Invalid, escaped};
use crate::plan::{bucket, check_burst, check_rate};
use crate::slots::Demand;
use crate::{Bucket, Limit, config};

/// What API Gateway limits an account by, and a method with only a rate or only a burst.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const ACCOUNT_THROTTLE: config::Throttle =
    config::Throttle { rate_limit: Some(10_000.0), burst_limit: Some(5_000), scope: None, share: None };

/// The limits of methods and of the account, each in a slot of its own.
#[derive(Debug, Default)]
pub struct Throttles {
    first_slot: u32,
    account: Option<Limit>,
    /// Stage, method: which of the slots, and the limit.
    methods: BTreeMap<String, BTreeMap<String, (u32, Limit)>>,
    slots: u32,
}

/// What a stage's `methodSettings` say of a method: its own entry, and what `*/*` says where that is silent.
#[derive(Clone, Copy, Debug)]
pub struct MethodThrottle<'a> {
    /// The stage.
    pub stage: &'a str,
    /// `/pets/{id}/GET`
    pub method: &'a str,
    /// `throttlingRateLimit`: requests a second.
    pub rate_limit: Option<f64>,
    /// `throttlingBurstLimit`: requests at once.
    pub burst_limit: Option<i64>,
}

impl Throttles {
    /// Understands the limits. Their slots come after those of the keys ([`crate::UsagePlans::slots`]).
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub fn compile(
        first_slot: u32,
        account: Option<config::Throttle>,
        methods: &[MethodThrottle<'_>],
    ) -> Result<Self, Vec<Invalid>> {
        let mut findings = Findings::default();
        if account.is_some_and(|account| account.scope == Some(config::Scope::Cluster)) {
            findings
                .add("/throttleSettings/scope", "`CLUSTER` is for the throttles of usage plans: a store counts by key");
        }
        let account = account.and_then(|account| bucket(account, "/throttleSettings", &mut findings));
        let account = account.map(|bucket| Limit::throttle(&["account"], bucket));
        // The account's slot is there with and without a limit, so that the others stay where they are.
        let mut throttles = Self { first_slot, account, slots: 1, ..Self::default() };
        for written in methods {
            let Some(bucket) = written.bucket(&mut findings) else { continue };
            let limit = Limit::throttle(&["stage", written.stage, written.method], bucket);
            let of_stage = throttles.methods.entry(written.stage.to_owned()).or_default();
            of_stage.insert(written.method.to_owned(), (throttles.slots, limit));
            throttles.slots += 1;
        }
        findings.or(throttles)
    }

    /// How many slots they need.
    #[must_use]
    pub const fn slots(&self) -> u32 {
        self.slots
    }

    /// What every request for a method counts against: the method's limit, the account's.
    pub fn demands(&self, stage: &str, method: &str) -> impl Iterator<Item = Demand> {
        let method = self.methods.get(stage).and_then(|methods| methods.get(method)).copied();
        let account = self.account.map(|account| (0, account));
        [method, account]
            .into_iter()
            .flatten()
            .map(|(slot, limit)| Demand { slot: self.first_slot.saturating_add(slot), limits: vec![limit] })
    }
}

impl MethodThrottle<'_> {
    fn bucket(&self, findings: &mut Findings) -> Option<Bucket> {
        if self.rate_limit.is_none() && self.burst_limit.is_none() {
            return None;
        }
        let place = format!("/stages/{}/methodSettings/{}", escaped(self.stage), escaped(self.method));
        let rate = self.rate_limit.or(ACCOUNT_THROTTLE.rate_limit)?;
        let burst = self.burst_limit.or(ACCOUNT_THROTTLE.burst_limit)?;
        let rate = check_rate(rate, &place, "throttlingRateLimit", findings)?;
        Some(Bucket::new(rate, check_burst(burst, &place, "throttlingBurstLimit", findings)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take;

    #[test]
    fn every_method_has_a_bucket_of_its_own_and_the_account_has_one() {
        let method =
            |method, rate_limit, burst_limit| MethodThrottle { stage: "prod", method, rate_limit, burst_limit };
        let methods = [
            method("/a/GET", Some(1.0), Some(2)),
            method("/b/GET", None, None),
            method("/c/GET", Some(1.0), None),
            method("/d/GET", None, Some(7)),
        ];
        let throttles = Throttles::compile(100, Some(ACCOUNT_THROTTLE), &methods).unwrap();
        let demands = |stage, method| -> Vec<(u32, u32)> {
            let left = |demand: &Demand| take(&[], 0, &demand.limits).unwrap().allowance.unwrap().limit;
            throttles.demands(stage, method).map(|demand| (demand.slot, left(&demand))).collect()
        };
        assert_eq!(demands("prod", "/a/GET"), [(101, 2), (100, 5_000)]);
        assert_eq!(demands("prod", "/b/GET"), [(100, 5_000)]);
        assert_eq!(demands("prod", "/c/GET"), [(102, 5_000), (100, 5_000)]);
        assert_eq!(demands("prod", "/d/GET"), [(103, 7), (100, 5_000)]);
        assert_eq!(demands("test", "/a/GET"), [(100, 5_000)]);
        assert_eq!(throttles.slots(), 4);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let account = config::Throttle { rate_limit: Some(1.0), ..config::Throttle::default() };
        let method = MethodThrottle { stage: "prod", method: "/a/GET", rate_limit: Some(-5.0), burst_limit: None };
        let wrong = Throttles::compile(0, Some(account), &[method]).unwrap_err();
        let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(
            wrong,
            [
                "/throttleSettings: needs `rateLimit` and `burstLimit`: requests a second, and at once",
                "/stages/prod/methodSettings/~1a~1GET/throttlingRateLimit: `-5` is no rate: 0 or more requests a second are allowed",
            ]
        );
    }
}
