//! `gatehouse usage`: what keys have used of a plan's quota, and what remains is changed, in the store that proxies share.
//!
//! Words and forms are those of API Gateway's GetUsage and UpdateUsage.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html>

mod webdis;

use std::collections::BTreeMap;
use std::path::PathBuf;

use gatehouse_api::deployment::{Deployment, Origin, Scheme};
use gatehouse_usage_plan::config::{self, StoreType};
use gatehouse_usage_plan::store::limitador;
use gatehouse_usage_plan::store::redis::{self, Change};
use gatehouse_usage_plan::{Quota, UsagePlans, date_of, day_of_date};
use serde::Serialize;

use crate::args::{Extend, Served, UsageGet, UsageLimits, UsageOf};
use crate::finding::Finding;
use crate::source::{At, Files};

/// How many days GetUsage tells at most: as many as the store keeps.
const MOST_DAYS: u32 = 92;

/// What GetUsage and UpdateUsage answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    usage_plan_id: String,
    start_date: String,
    end_date: String,
    /// By keys, a pair for each day: requests, and what remained.
    items: BTreeMap<String, Vec<[u32; 2]>>,
}

/// What is used. `now`, in seconds since 1970, is asked where no key has a quota: the store has a clock of its own.
///
/// # Errors
/// Something given is wrong, or the store does not answer.
pub fn get(args: &UsageGet, now: u64, files: &mut Files) -> Result<Usage, Vec<Finding>> {
    let days = [&args.start_date, &args.end_date].map(|date| date.as_deref().map(day).transpose());
    let [start, end] = days;
    let (start, end) = (start.map_err(|wrong| vec![wrong])?, end.map_err(|wrong| vec![wrong])?);
    let asked = Asked::read(&args.of, files)?;
    let mut usage = asked.usage();
    let end_of_none = end.unwrap_or(today(now));
    (usage.start_date, usage.end_date) = (date_of(start.unwrap_or(end_of_none)), date_of(end_of_none));
    for (key, quota) in asked.keys(args.key_id.as_deref())? {
        let known = asked.ask(key, &quota, Change::Get)?;
        let end = end.unwrap_or(known.today);
        let start = start.unwrap_or(end);
        usage.told(key, &quota, &known, start..=end)?;
    }
    Ok(usage)
}

/// All of the quota remains.
///
/// # Errors
/// Something given is wrong, or the store does not answer.
pub fn reset(of: &UsageOf, key_id: &str, files: &mut Files) -> Result<Usage, Vec<Finding>> {
    change(of, key_id, Change::Reset, files)
}

/// More remains, or so much, until the period ends.
///
/// # Errors
/// Something given is wrong, or the store does not answer.
pub fn extend(args: &Extend, files: &mut Files) -> Result<Usage, Vec<Finding>> {
    let change_to = match (args.by, args.remaining) {
        (Some(more), _) => Change::Add(more),
        (None, remaining) => Change::Set(remaining.unwrap_or_default()),
    };
    change(&args.of, &args.key_id, change_to, files)
}

fn change(of: &UsageOf, key_id: &str, change: Change, files: &mut Files) -> Result<Usage, Vec<Finding>> {
    let asked = Asked::read(of, files)?;
    let mut usage = asked.usage();
    for (key, quota) in asked.keys(Some(key_id))? {
        let known = asked.ask(key, &quota, change)?;
        usage.told(key, &quota, &known, known.today..=known.today)?;
    }
    Ok(usage)
}

/// The limits that Limitador needs in its file, which does not take them from who asks. `now` is in seconds since 1970.
///
/// # Errors
/// Something in the deployment document is wrong, or its store is no rate limit service.
pub fn limits(args: &UsageLimits, now: u64, files: &mut Files) -> Result<String, Vec<Finding>> {
    let written = Written::read(&args.served, &args.deployment, files)?;
    if written.store()?.kind != StoreType::RateLimitService {
        return Err(
            written.wrong("the `usageStore` is no rate limit service: one of type `REDIS` needs no limits of its own")
        );
    }
    let limits = limitador::limits(&written.compile()?, today(now));
    let lines = limits.iter().map(|limit| format!("- {}\n", serde_json::to_string(limit).unwrap_or_default()));
    Ok(format!("{LIMITS}{}", lines.collect::<String>()))
}

const LIMITS: &str = "\
# Limits for Limitador, made by `gatehouse usage limits` of the usage plans: make them anew when a plan changes, and when a key begins
# in a plan whose quota has an offset.
";

/// Usage plans as they are written.
struct Written {
    plans: config::UsagePlans,
    /// Where the store is written, or the document.
    at: At,
}

impl Written {
    fn read(served: &Served, deployment: &PathBuf, files: &mut Files) -> Result<Self, Vec<Finding>> {
        let mut document = files.read(deployment)?;
        let understood = Deployment::read(&document.node());
        let understood = understood.map_err(|problems| crate::project::findings(&document, &problems))?;
        crate::project::put_usage(files, &mut document, &understood, &served.input(Some(deployment)))?;
        let at = document.get("usageStore").map_or(document.at, |store| store.at);
        let understood = Deployment::read(&document.node());
        let usage = understood.map_err(|problems| crate::project::findings(&document, &problems))?.usage;
        let unreadable = |problem: gatehouse_api::Problem| crate::project::findings(&document, &[problem]);
        let plans = config::UsagePlans {
            usage_plans: usage.usage_plans.map_or(Ok(Vec::new()), |node| node.read()).map_err(unreadable)?,
            api_keys: usage.api_keys.map_or(Ok(Vec::new()), |node| node.read()).map_err(unreadable)?,
            packed_api_keys: usage.packed_api_keys,
            usage_store: usage.usage_store.map(|node| node.read()).transpose().map_err(unreadable)?,
        };
        Ok(Self { plans, at })
    }

    fn store(&self) -> Result<&config::UsageStore, Vec<Finding>> {
        let message = "there is no `usageStore`: each Envoy counts for itself, and nobody else can read its counters";
        self.plans.usage_store.as_ref().ok_or_else(|| self.wrong(message))
    }

    fn compile(self) -> Result<UsagePlans, Vec<Finding>> {
        let at = self.at;
        let findings = |invalid: Vec<gatehouse_usage_plan::Invalid>| {
            invalid.iter().map(|it| Finding::error(at, it.to_string())).collect::<Vec<_>>()
        };
        UsagePlans::compile(self.plans).map_err(findings)
    }

    fn wrong(&self, message: &str) -> Vec<Finding> {
        vec![Finding::error(self.at, message.to_owned())]
    }
}

/// A plan, and the store in which it is counted.
struct Asked<'a> {
    plans: UsagePlans,
    plan: &'a str,
    origin: Origin,
}

impl<'a> Asked<'a> {
    fn read(of: &'a UsageOf, files: &mut Files) -> Result<Self, Vec<Finding>> {
        let (written, plan) = (Written::read(&of.served, &of.deployment, files)?, of.usage_plan_id.as_str());
        let store = written.store()?;
        if store.kind == StoreType::RateLimitService {
            let message = "the `usageStore` is a rate limit service, whose protocol can count and nothing else: \
                           look into its own store, or use one of type `REDIS`";
            return Err(written.wrong(message));
        }
        let origin = Origin::parse(store.url.as_deref().unwrap_or_default());
        let origin = origin.filter(|origin| origin.scheme == Scheme::Http);
        let origin =
            origin.ok_or_else(|| written.wrong("`usageStore.url` must be one like `http://127.0.0.1:7379`"))?;
        let plans = written.compile()?;
        if !plans.ids().any(|id| id == plan) {
            let known: Vec<String> = plans.ids().map(|id| format!("`{id}`")).collect();
            let others = if known.is_empty() {
                "there is none at all".to_owned()
            } else {
                format!("there is {}", known.join(", "))
            };
            let finding = Finding::error(None, format!("there is no usage plan with the id `{plan}`: {others}"));
            return Err(vec![
                finding.help("where plans are in a template, name that, too: `gatehouse usage get template.yaml -d …`"),
            ]);
        }
        Ok(Self { plans, plan, origin })
    }

    /// The key that is named, or all of the plan, with their quotas.
    fn keys(&self, named: Option<&str>) -> Result<Vec<(&str, Quota)>, Vec<Finding>> {
        let keys: Vec<_> =
            self.plans.quotas(self.plan).filter(|(key, _)| named.is_none_or(|named| named == *key)).collect();
        match (named, keys.is_empty()) {
            (Some(key), true) => {
                let message = format!("`{key}` is no key of the usage plan `{}`, or that has no quota", self.plan);
                Err(vec![Finding::error(None, message)])
            }
            _ => Ok(keys),
        }
    }

    fn ask(&self, key: &str, quota: &Quota, change: Change) -> Result<redis::Usage, Vec<Finding>> {
        let domain = self.plans.store().map(|store| store.domain.as_str()).unwrap_or_default();
        let command = redis::usage(domain, self.plan, key, quota, change);
        let told = |why: String| vec![Finding::error(None, format!("the store at `{}`: {why}", self.origin))];
        let body = webdis::ask(&self.origin, &command).map_err(told)?;
        redis::used(&body).map_err(|unusable| {
            let body: String = String::from_utf8_lossy(&body).chars().take(200).collect();
            told(format!("{unusable}: `{body}`"))
        })
    }

    fn usage(&self) -> Usage {
        let nothing = String::new;
        Usage {
            usage_plan_id: self.plan.to_owned(),
            start_date: nothing(),
            end_date: nothing(),
            items: BTreeMap::new(),
        }
    }
}

impl Usage {
    fn told(
        &mut self,
        key: &str,
        quota: &Quota,
        known: &redis::Usage,
        days: std::ops::RangeInclusive<u32>,
    ) -> Result<(), Vec<Finding>> {
        let (start, end) = (*days.start(), *days.end());
        if start > end || end - start >= MOST_DAYS || end > known.today {
            let message = format!(
                "from {} to {}: {MOST_DAYS} days up to today, which is {} in the store, can be told",
                date_of(start),
                date_of(end),
                date_of(known.today)
            );
            return Err(vec![Finding::error(None, message)]);
        }
        (self.start_date, self.end_date) = (date_of(start), date_of(end));
        self.items.insert(key.to_owned(), days.map(|day| on(day, quota, known)).collect());
        Ok(())
    }
}

/// Requests on a day, and what remained then: on a day without requests what remained before, in the same period.
fn on(day: u32, quota: &Quota, known: &redis::Usage) -> [u32; 2] {
    let counted = known.days.iter().rfind(|(of, ..)| *of <= day);
    let requests = counted.filter(|(of, ..)| *of == day).map_or(0, |(_, requests, _)| *requests);
    if day == known.today {
        return [requests, known.remaining];
    }
    let period = quota.period.around(day);
    let remained = counted.filter(|(of, ..)| period.contains(of)).map(|(.., left)| *left);
    [requests, remained.unwrap_or_else(|| quota.limit_on(day))]
}

/// The day of a moment in seconds since 1970.
fn today(now: u64) -> u32 {
    u32::try_from(now / 86_400).unwrap_or(u32::MAX)
}

fn day(date: &str) -> Result<u32, Finding> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    let day = next().zip(next()).zip(next()).and_then(|((year, month), day)| day_of_date(year, month, day));
    day.ok_or_else(|| Finding::error(None, format!("`{date}` is no date: write it like `2026-11-21`")))
}

#[cfg(test)]
mod tests {
    use gatehouse_usage_plan::Period;

    use super::*;

    #[test]
    fn a_day_without_requests_has_what_remained_before() {
        let first = day("2026-11-01").unwrap();
        let quota = Quota { limit: 100, offset: 10, period: Period::Month, began: Some(first - 5) };
        let days = vec![(first - 2, 4, 86), (first + 1, 3, 97), (first + 4, 2, 95)];
        let known = redis::Usage { today: first + 6, period: (first, first + 29), limit: 100, remaining: 250, days };
        let check =
            |date: &str, expected: [u32; 2]| assert_eq!(on(day(date).unwrap(), &quota, &known), expected, "{date}");
        check("2026-10-29", [0, 90]);
        check("2026-10-30", [4, 86]);
        check("2026-10-31", [0, 86]);
        check("2026-11-01", [0, 100]);
        check("2026-11-02", [3, 97]);
        check("2026-11-03", [0, 97]);
        check("2026-11-06", [0, 95]);
        // Extended since.
        check("2026-11-07", [0, 250]);
    }

    #[test]
    fn a_date_is_a_date() {
        assert_eq!(day("1970-01-02").unwrap(), 1);
        for wrong in ["", "today", "2026-02-30", "2026-1", "21.11.2026"] {
            assert!(day(wrong).unwrap_err().message.contains(wrong), "{wrong}");
        }
    }
}
