//! Limits of stages and methods that there are not: who has mistyped a name should not believe that it is limited. And stages that
//! no usage plan has, though their methods need keys, or keys name them: nobody should believe that a key may be used there.

use gatehouse_api::deployment::{Api, Deployment};
use gatehouse_api::{Place, Problem, RestApi};
use gatehouse_usage_plan::config;

use crate::compile::Fault;
use crate::metering::method_name;

/// What of `methodSettings` and usage plans applies to nothing. A plan may name APIs that are served elsewhere.
pub(crate) fn find(deployment: &Deployment, definitions: &[RestApi], plans: &[config::UsagePlan]) -> Vec<Fault> {
    let mut found = Vec::new();
    for (index, (api, definition)) in deployment.apis.iter().zip(definitions).enumerate() {
        let methods = definition.methods.iter().map(|method| (method.resource_path.as_str(), method.http_method));
        let methods: Vec<_> = methods.collect();
        let needs_key = definition.methods.iter().any(|method| method.api_key_required);
        for (number, stage) in api.stages.iter().enumerate() {
            let place = Place::root().then("apis").then(index).then("stages").then(number);
            let unused = stage.method_settings.unused(&methods);
            let settings = place.then("methodSettings");
            found.extend(unused.map(|key| no_method(&settings.then(key), key, &api.api_id)));
            let is_planned = |plan: &config::UsagePlan| {
                plan.api_stages.iter().any(|it| it.api_id == api.api_id && it.stage == stage.stage_name)
            };
            if needs_key && !plans.iter().any(is_planned) {
                found.push(no_plan(&place.then("stageName"), &stage.stage_name, &api.api_id));
            }
        }
    }
    for (number, plan) in plans.iter().enumerate() {
        for (index, stage) in plan.api_stages.iter().enumerate() {
            let place = Place::root().then("usagePlans").then(number).then("apiStages").then(index);
            let mut apis = deployment.apis.iter().zip(definitions);
            let Some((api, definition)) = apis.find(|(api, _)| api.api_id == stage.api_id) else { continue };
            found.extend(of_plan(stage, api, definition, &place));
        }
    }
    found
}

/// The stages of a key count for nothing since there are usage plans.
///
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html>
pub(crate) fn stage_keys(deployment: &Deployment, written: &config::UsagePlans) -> Vec<Fault> {
    let mut found = Vec::new();
    for (number, key) in written.api_keys.iter().enumerate() {
        for (index, stage_key) in key.stage_keys.iter().enumerate() {
            let Some((api_id, stage)) = stage_key.split_once('/') else { continue };
            let is_in = |plan: &&config::UsagePlan| {
                key.usage_plan_ids.contains(&plan.id) || key.id.as_ref().is_some_and(|id| plan.keys.contains(id))
            };
            let mut stages = written.usage_plans.iter().filter(is_in).flat_map(|plan| &plan.api_stages);
            let is_served = deployment.apis.iter().any(|api| api.api_id == api_id);
            if is_served && !stages.any(|known| known.api_id == api_id && known.stage == stage) {
                let place = Place::root().then("apiKeys").then(number).then("stageKeys").then(index);
                let message =
                    format!("`{stage_key}` lets nobody in: a usage plan of the stage does, and the key is in none");
                found.push(warning(&place, message));
            }
        }
    }
    found
}

fn of_plan(stage: &config::ApiStage, api: &Api, definition: &RestApi, place: &Place) -> Vec<Fault> {
    if !api.stages.iter().any(|known| known.stage_name == stage.stage) {
        let message = format!("the API `{}` has no stage `{}`: the plan does not apply there", api.api_id, stage.stage);
        return vec![warning(&place.then("stage"), message)];
    }
    let is_method = |key: &str| {
        definition.methods.iter().any(|method| method_name(&method.resource_path, method.http_method.name()) == key)
    };
    let unknown = stage.throttle.keys().filter(|key| !is_method(key));
    unknown.map(|key| no_method(&place.then("throttle").then(key), key, &api.api_id)).collect()
}

fn no_plan(place: &Place, stage: &str, api_id: &str) -> Fault {
    let message = format!(
        "no usage plan has the stage `{stage}` of the API `{api_id}`: its methods that need an API key let nobody in"
    );
    warning(place, message)
}

fn no_method(place: &Place, key: &str, api_id: &str) -> Fault {
    warning(place, format!("`{key}` is no method of the API `{api_id}`: this applies to nothing"))
}

fn warning(place: &Place, message: String) -> Fault {
    Fault { api: None, problem: Problem::warning(place, message) }
}
