//! Limits of stages and methods that there are not: who has mistyped a name should not believe that it is limited.

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
        for (number, stage) in api.stages.iter().enumerate() {
            let place = Place::root().then("apis").then(index).then("stages").then(number).then("methodSettings");
            let unused = stage.method_settings.unused(&methods);
            found.extend(unused.map(|key| no_method(&place.then(key), key, &api.api_id)));
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

fn no_method(place: &Place, key: &str, api_id: &str) -> Fault {
    warning(place, format!("`{key}` is no method of the API `{api_id}`: this applies to nothing"))
}

fn warning(place: &Place, message: String) -> Fault {
    Fault { api: None, problem: Problem::warning(place, message) }
}
