//! All keys and plans: which client a value belongs to, and what its requests count against.

use std::collections::HashMap;
use std::fmt;

use gatehouse_sort::sort;

use crate::Quota;
use crate::api_keys::{ApiKey, ApiKeys, Set};
use crate::config::{self, Scope};
use crate::invalid::{Findings, Invalid};
use crate::plan::{Plan, Stage};
use crate::slots::{Demand, pages};
use crate::store::{Question, UsageStore};

/// In how many plans a key may be.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_PLANS_OF_A_KEY: usize = 10;

/// Keys and plans, understood.
#[derive(Debug)]
pub struct UsagePlans {
    keys: ApiKeys,
    plans: Vec<Plan>,
    /// The numbers of the plans of each set of [`ApiKeys`].
    sets: Vec<Vec<usize>>,
    pages: u32,
    store: Option<UsageStore>,
}

/// Whose request it is: a key that may be used on a stage.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    key: ApiKey<'a>,
    plan: &'a Plan,
    stage: &'a Stage,
    number: usize,
    pages: u32,
    has_store: bool,
}

/// Why a request that needs a key has none. All are `INVALID_API_KEY`: 403, `Forbidden`.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKey {
    /// There is no value.
    Absent,
    /// No key has this value.
    Unknown,
    /// The key is not enabled.
    Disabled,
    /// No plan of the key has this stage.
    NotInPlan,
}

impl InvalidKey {
    /// The name of its gateway response.
    pub const RESPONSE_TYPE: &'static str = "INVALID_API_KEY";
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidKey::Absent => "the request has no API key",
            InvalidKey::Unknown => "the API key is unknown",
            InvalidKey::Disabled => "the API key is disabled",
            InvalidKey::NotInPlan => "the API key is in no usage plan of the stage",
        })
    }
}

impl std::error::Error for InvalidKey {}

impl UsagePlans {
    /// Understands keys and plans.
    ///
    /// # Errors
    /// What is wrong, each with its place.
    pub fn compile(written: config::UsagePlans) -> Result<Self, Vec<Invalid>> {
        let keys = keys(&written)?;
        let mut findings = Findings::default();
        let store = written.usage_store.as_ref().map(|store| UsageStore::compile(store, &mut findings));
        let mut plans = Vec::with_capacity(written.usage_plans.len());
        let mut numbers = HashMap::new();
        for (at, plan) in written.usage_plans.into_iter().enumerate() {
            let place = format!("/usagePlans/{at}");
            if let Some(first) = numbers.insert(plan.id.clone(), at) {
                findings
                    .add(format_args!("{place}/id"), format!("`{}` is the id of /usagePlans/{first} already", plan.id));
            }
            plans.push(Plan::compile(plan, store.as_ref(), &place, &mut findings));
        }
        let sets = keys.sets().iter().map(|set| plans_of(set, &plans, &numbers, &mut findings)).collect();
        let compiled = Self { pages: pages(keys.len()), keys, plans, sets, store };
        compiled.check_first_periods(&mut findings);
        findings.or(compiled)
    }

    /// The client with this key's value on a stage.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn client(&self, value: Option<&[u8]>, api_id: &str, stage: &str) -> Result<Client<'_>, InvalidKey> {
        let key = self.keys.find(value.ok_or(InvalidKey::Absent)?).ok_or(InvalidKey::Unknown)?;
        if !key.is_enabled {
            return Err(InvalidKey::Disabled);
        }
        let found = self.plans_of(&key).find_map(|(number, plan)| Some((number, plan, plan.stage(api_id, stage)?)));
        let (number, plan, stage) = found.ok_or(InvalidKey::NotInPlan)?;
        Ok(Client { key, plan, stage, number, pages: self.pages, has_store: self.store.is_some() })
    }

    /// The store in which proxies count together.
    #[must_use]
    pub const fn store(&self) -> Option<&UsageStore> {
        self.store.as_ref()
    }

    /// The ids of the plans, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.plans.iter().map(|plan| plan.id.as_str())
    }

    /// The quotas that keys have in plans: which plan, and the key's id. None where there are more than so many.
    #[must_use]
    pub fn quotas_up_to(&self, most: usize) -> Vec<(usize, String)> {
        if self.keys.len() > most {
            return Vec::new();
        }
        let mut found = Vec::new();
        for key in self.keys.iter() {
            let plans = self.plans_of(&key).filter(|(_, plan)| plan.quota(None).is_some());
            found.extend(plans.map(|(number, _)| (number, key.id.to_owned())));
        }
        sort(&mut found);
        if found.len() > most { Vec::new() } else { found }
    }

    /// The keys of a plan by their ids, each with the quota that it has there; none of a plan without a quota.
    pub fn quotas(&self, usage_plan_id: &str) -> impl Iterator<Item = (&str, Quota)> {
        self.keys.iter().filter_map(move |key| {
            let (_, plan) = self.plans_of(&key).find(|(_, plan)| plan.id == usage_plan_id)?;
            Some((key.id, plan.quota(key.began)?))
        })
    }

    /// The quota that keys have in a plan after their first period, if it has one.
    #[must_use]
    pub fn quota(&self, usage_plan_id: &str) -> Option<Quota> {
        self.plans.iter().find(|plan| plan.id == usage_plan_id)?.quota(None)
    }

    /// How many slots the keys need: the first ones. Those of [`crate::Throttles`] come after them.
    #[must_use]
    pub const fn slots(&self) -> u32 {
        self.pages
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &ApiKeys {
        &self.keys
    }

    fn plans_of(&self, key: &ApiKey<'_>) -> impl Iterator<Item = (usize, &Plan)> {
        self.sets.get(key.set).into_iter().flatten().filter_map(|at| Some((*at, self.plans.get(*at)?)))
    }

    /// An offset is about the period in which the key began: somebody must know it.
    fn check_first_periods(&self, findings: &mut Findings) {
        if !self.plans.iter().any(|plan| plan.has_offset) {
            return;
        }
        let unknown = self.keys.iter().filter(|key| key.began.is_none());
        let mut wrong = unknown.filter_map(|key| {
            let (_, plan) = self.plans_of(&key).find(|(_, plan)| plan.has_offset)?;
            Some((key.id, &plan.id))
        });
        if let Some((key, plan)) = wrong.next() {
            let who = match wrong.count() {
                0 => format!("the key `{key}` needs"),
                others => format!("the key `{key}` and {others} more need"),
            };
            let message = format!(
                "{who} `createdDate`: the quota of the plan `{plan}` has an `offset`, which is subtracted in the first period"
            );
            findings.add("/apiKeys", message);
        }
    }
}

impl<'a> Client<'a> {
    /// `$context.identity.apiKeyId`.
    #[must_use]
    pub const fn api_key_id(&self) -> &'a str {
        self.key.id
    }

    /// The plan that applies.
    #[must_use]
    pub fn usage_plan_id(&self) -> &'a str {
        &self.plan.id
    }

    /// Which of the plans it is, in their order.
    #[must_use]
    pub const fn usage_plan(&self) -> usize {
        self.number
    }

    /// What a request for a method (`/pets/{id}/GET`) counts against in this proxy: the key's limit of the method, the
    /// key's limit, the key's quota, without those that a store keeps. None if there is none of them.
    #[must_use]
    pub fn demand(&self, method: &str) -> Option<Demand> {
        self.kept(Scope::Local, method)
    }

    /// What a store is asked about a request for a method; none if it keeps nothing of that.
    #[must_use]
    pub fn question(&self, method: &str) -> Option<Question> {
        let demand = if self.has_store { self.kept(Scope::Cluster, method)? } else { return None };
        Some(Question {
            usage_plan_id: self.plan.id.clone(),
            api_key_id: self.key.id.to_owned(),
            demand,
            failure_mode: self.plan.failure_mode,
        })
    }

    fn kept(&self, scope: Scope, method: &str) -> Option<Demand> {
        let limits = self.plan.limits(scope, self.stage, method, self.key.began);
        let limits: Vec<_> = limits.map(|limit| limit.of_client(self.key.digest.tail())).collect();
        (!limits.is_empty()).then(|| Demand { slot: self.slot(), limits })
    }

    /// The page that the first bits of the digest say.
    fn slot(&self) -> u32 {
        let bits = self.pages.trailing_zeros();
        let page = self.key.digest.head().checked_shr(u64::BITS - bits).unwrap_or_default();
        u32::try_from(page).unwrap_or_default()
    }
}

fn keys(written: &config::UsagePlans) -> Result<ApiKeys, Vec<Invalid>> {
    let Some(packed) = &written.packed_api_keys else {
        return ApiKeys::compile(&written.api_keys, &written.usage_plans);
    };
    let mut findings = Findings::default();
    if !written.api_keys.is_empty() {
        findings.add("/apiKeys", "must be empty where there are `packedApiKeys`");
    }
    for (at, _) in written.usage_plans.iter().enumerate().filter(|(_, plan)| !plan.keys.is_empty()) {
        findings
            .add(format_args!("/usagePlans/{at}/keys"), "must be empty where there are `packedApiKeys`, which know it");
    }
    match ApiKeys::unpack(packed) {
        Ok(keys) => findings.or(keys),
        Err(wrong) => {
            findings.add("/packedApiKeys", wrong);
            findings.or(ApiKeys::default())
        }
    }
}

/// The plans of a set, of which only one may have a stage.
fn plans_of(set: &Set, plans: &[Plan], numbers: &HashMap<String, usize>, findings: &mut Findings) -> Vec<usize> {
    let place = set.first.map_or("/packedApiKeys".to_owned(), |first| format!("/apiKeys/{first}"));
    if set.plans.len() > MAX_PLANS_OF_A_KEY {
        let message = format!("is in {} usage plans: at most {MAX_PLANS_OF_A_KEY} are allowed", set.plans.len());
        findings.add(&place, message);
    }
    let mut stages: HashMap<(&str, &str), &str> = HashMap::new();
    let mut found = Vec::with_capacity(set.plans.len());
    for id in &set.plans {
        let Some((number, plan)) = numbers.get(id).and_then(|at| Some((*at, plans.get(*at)?))) else {
            findings.add(&place, format!("there is no usage plan with the id `{id}`"));
            continue;
        };
        found.push(number);
        for Stage { api_id, stage, .. } in &plan.stages {
            if let Some(other) = stages.insert((api_id, stage), id).filter(|other| other != id) {
                let message = format!(
                    "is in the usage plans `{other}` and `{id}`, which both have the stage `{stage}` of `{api_id}`: a key can be in one plan of a stage"
                );
                findings.add(&place, message);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
