//! `Auth.UsagePlan`: a plan of the API, or one of all that say so, with a key that AWS makes.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html>

use super::Api;
use super::guards::NONE;
use super::parts::{boolean, put, reference};
use super::stages;
use crate::cloudformation::{Environment, entry, kind, list, map, resolve, single, text};
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

const CREATE: &str = "CreateUsagePlan";
const PER_API: &str = "PER_API";
const SHARED: &str = "SHARED";
const OF_PLAN: &[&str] = &["UsagePlanName", "Description", "Quota", "Tags", "Throttle"];

/// Adds the plans that APIs ask for, whose stages are there. Of an API that is not understood [`Api::usage_plan`] tells.
pub(super) fn add(template: &mut Tree, environment: Environment<'_>) {
    let Some(resources) = template.get_mut("Resources") else { return };
    let is_api = |it: &&Entry| kind(&it.value) == "AWS::Serverless::Api";
    let apis: Vec<Entry> = resources.entries().iter().filter(is_api).cloned().collect();
    let mut shared = Vec::new();
    for api in &apis {
        let Some(properties) = api.value.get("Properties") else { continue };
        let stage = stages::id_of(&api.key, properties.get("StageName"));
        let Some(plan) = properties.get("Auth").and_then(|auth| auth.get("UsagePlan")) else { continue };
        let at = plan.at;
        let its_stage = map(
            vec![entry("ApiId", api.at, reference(&api.key, api.at)), entry("Stage", at, reference(&stage, at))],
            at,
        );
        match creates(plan, environment).as_deref() {
            Some(PER_API) => {
                let id = format!("{}UsagePlan", api.key);
                put_plan(resources, plan, &id, &format!("{}ApiKey", api.key), vec![its_stage]);
            }
            // Of several the last one says what the plan is, and all are in it.
            Some(SHARED) => {
                shared.push(its_stage);
                put_plan(resources, plan, "ServerlessUsagePlan", "ServerlessApiKey", shared.clone());
            }
            _ => {}
        }
    }
}

/// Whose plan it is; a parameter may say so.
fn creates(plan: &Tree, environment: Environment<'_>) -> Option<String> {
    resolve(plan.get(CREATE)?, environment).ok()?.scalar()
}

fn put_plan(resources: &mut Tree, written: &Tree, id: &str, key_id: &str, stages: Vec<Tree>) {
    let at = written.at;
    let mut plan = vec![entry("ApiStages", at, list(stages, at))];
    plan.extend(written.entries().iter().filter(|it| OF_PLAN.contains(&it.key.as_str())).cloned());
    put(resources, id, "AWS::ApiGateway::UsagePlan", map(plan, at));
    put(resources, key_id, "AWS::ApiGateway::ApiKey", single("Enabled", boolean(true, at), at));
    let member = vec![
        entry("KeyId", at, reference(key_id, at)),
        text("KeyType", "API_KEY", at),
        entry("UsagePlanId", at, reference(id, at)),
    ];
    put(resources, &format!("{id}Key"), "AWS::ApiGateway::UsagePlanKey", map(member, at));
}

impl Api<'_> {
    /// Tells what of a `UsagePlan` the transform would refuse.
    pub(super) fn usage_plan(&mut self, plan: &Tree) {
        self.knows(plan, "`UsagePlan`", &[&[CREATE], OF_PLAN].concat());
        let creates = creates(plan, self.environment).unwrap_or_default();
        if matches!(plan.value, Value::Map(_)) && ![PER_API, SHARED, NONE].contains(&creates.as_str()) {
            let at = plan.get(CREATE).map_or(plan.at, |it| it.at);
            let message = format!("`{CREATE}` is one of `{PER_API}`, `{SHARED}` and `{NONE}`");
            self.findings.push(Finding::error(at, message));
        }
    }
}
