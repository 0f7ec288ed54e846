//! Stages: an API as it is reached.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::config;
use super::method_settings::MethodSettingsTable;
use crate::stage_variables::is_name;
use crate::{Place, Problem};

/// One stage of an API.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The first segment of its paths, or [`DEFAULT_STAGE`].
    pub stage_name: String,
    /// A host of its own, where paths have no stage segment.
    pub domain_name: Option<String>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
    /// What is set for its methods.
    pub method_settings: MethodSettingsTable,
    /// The access log, if it has one.
    pub access_log_settings: Option<AccessLogSettings>,
    /// What `$context.deploymentId` says.
    pub deployment_id: Option<String>,
    /// For humans.
    pub description: Option<String>,
    /// What its backends are shown: one of the deployment's client certificates.
    pub client_certificate_id: Option<String>,
    /// The release that gets some of its requests, if there is one.
    pub canary: Option<Box<Canary>>,
    /// It is such a release itself.
    pub is_canary: bool,
    /// Where it is defined.
    pub place: Place,
}

/// A canary release: some of a stage's requests, taken at random, see other stage variables.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// How many of a hundred requests it gets.
    pub percent_traffic: f64,
    /// The stage as those requests see it.
    pub release: Stage,
}

impl Stage {
    /// The stage itself, and its canary.
    pub fn releases(&self) -> impl Iterator<Item = &Stage> {
        std::iter::once(self).chain(self.canary.as_deref().map(|canary| &canary.release))
    }

    /// What metrics call it: `prod`, and its canary `prod/Canary`.
    #[must_use]
    pub fn dimension(&self) -> Cow<'_, str> {
        if self.is_canary { format!("{}/Canary", self.stage_name).into() } else { self.stage_name.as_str().into() }
    }
}

/// The stage of an HTTP API whose paths have no segment of their own for it.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>
pub const DEFAULT_STAGE: &str = "$default";

/// The access log of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessLogSettings {
    /// One line with `$context` variables.
    pub format: String,
    /// Where it is defined.
    pub place: Place,
}

/// Understands the stages of an API, noting what is wrong and what is not served yet.
pub(super) fn stages(
    written: Vec<config::Stage>,
    place: &Place,
    problems: &mut Vec<Problem>,
    unserved: &mut Vec<Problem>,
) -> Vec<Stage> {
    if written.is_empty() {
        problems.push(Problem::error(place, "there is no stage: name at least one"));
    }
    let mut seen = BTreeSet::new();
    let mut stages = Vec::with_capacity(written.len());
    for (index, stage) in written.into_iter().enumerate() {
        let place = place.then(index);
        if !seen.insert(stage.stage_name.clone()) {
            let message = format!("`{}` is the name of another stage too", stage.stage_name);
            problems.push(Problem::error(&place.then("stageName"), message));
        }
        stages.push(understood(stage, place, problems, unserved));
    }
    stages
}

fn understood(written: config::Stage, place: Place, problems: &mut Vec<Problem>, unserved: &mut Vec<Problem>) -> Stage {
    note_unserved(&written, &place, unserved);
    check_name(&written.stage_name, &place.then("stageName"), problems);
    check_variables(&written.variables, &place.then("variables"), problems);
    let settings_place = place.then("methodSettings");
    let method_settings = MethodSettingsTable::new(written.method_settings, &settings_place, problems, unserved);
    let access_log_settings =
        written.access_log_settings.map(|log| access_log(&log, place.then("accessLogSettings"), problems));
    let mut stage = Stage {
        stage_name: written.stage_name,
        domain_name: written.domain_name.map(|name| super::domain(&name, &place.then("domainName"), problems)),
        variables: written.variables,
        method_settings,
        access_log_settings,
        deployment_id: written.deployment_id,
        description: written.description,
        client_certificate_id: written.client_certificate_id,
        canary: None,
        is_canary: false,
        place,
    };
    stage.canary = written.canary_settings.map(|settings| Box::new(canary(&stage, settings, problems, unserved)));
    stage
}

/// Stage variables of the canary go before the stage's, which it keeps where it names none of its own. Recorded.
fn canary(
    stage: &Stage,
    written: config::CanarySettings,
    problems: &mut Vec<Problem>,
    unserved: &mut Vec<Problem>,
) -> Canary {
    let place = stage.place.then("canarySettings");
    let percent_traffic = written.percent_traffic;
    if !(0.0..=100.0).contains(&percent_traffic) {
        let message = format!("`{percent_traffic}` is no percentage: use 0 to 100");
        problems.push(Problem::error(&place.then("percentTraffic"), message));
    }
    check_variables(&written.stage_variable_overrides, &place.then("stageVariableOverrides"), problems);
    if written.deployment_id.is_some() && written.deployment_id != stage.deployment_id {
        let message = "a canary of another deployment is not served: leave it out, or name the stage's `deploymentId`; \
                       the canary then differs by its stage variables";
        unserved.push(Problem::error(&place.then("deploymentId"), message));
    }
    let mut release = Stage { is_canary: true, ..stage.clone() };
    release.variables.extend(written.stage_variable_overrides);
    Canary { percent_traffic, release }
}

/// <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html>: letters, digits, hyphens, underscores, at
/// most 128.
fn check_name(name: &str, place: &Place, problems: &mut Vec<Problem>) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name == DEFAULT_STAGE {
        return;
    }
    if name.is_empty() || name.len() > 128 || !name.bytes().all(allowed) {
        let message = format!("`{name}` is no stage name: use up to 128 letters, digits, hyphens and underscores");
        problems.push(Problem::error(place, message));
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html> and the pattern that `CreateStage` gives. That has no space,
/// but what the service says of a value that it refuses does.
fn check_variables(variables: &BTreeMap<String, String>, place: &Place, problems: &mut Vec<Problem>) {
    if variables.len() > 100 {
        let message = format!("{} stage variables are too many: 100 are allowed", variables.len());
        problems.push(Problem::error(place, message));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" -._~:/?#&=,".contains(&byte);
    for (name, value) in variables {
        let place = place.then(name);
        if !is_name(name) || name.len() > 64 {
            let message = format!("`{name}` is no stage variable's name: use up to 64 letters, digits and underscores");
            problems.push(Problem::error(&place, message));
        }
        if value.is_empty() || value.len() > 512 || !value.bytes().all(allowed) {
            let message = format!(
                "`{value}` is no stage variable's value: use 1 to 512 letters, digits, spaces and characters of `-._~:/?#&=,`"
            );
            problems.push(Problem::error(&place, message));
        }
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>: one line that names the request.
fn access_log(written: &config::AccessLogSettings, place: Place, problems: &mut Vec<Problem>) -> AccessLogSettings {
    let format = written.format.trim_end_matches(['\n', '\r']);
    let names_request = ["$context.requestId", "$context.extendedRequestId"].iter().any(|id| format.contains(id));
    if !names_request {
        let message = "the format must contain `$context.requestId` or `$context.extendedRequestId`";
        problems.push(Problem::error(&place.then("format"), message));
    }
    if format.contains(['\n', '\r']) {
        let message = "the format must be one line: in YAML, fold it with `>-`";
        problems.push(Problem::error(&place.then("format"), message));
    }
    AccessLogSettings { format: format.to_owned(), place }
}

fn note_unserved(stage: &config::Stage, place: &Place, unserved: &mut Vec<Problem>) {
    if stage.tracing_enabled {
        unserved.push(Problem::warning(&place.then("tracingEnabled"), "X-Ray is not served yet: nothing is traced"));
    }
    if stage.cache_cluster_enabled {
        unserved.push(Problem::warning(&place.then("cacheClusterEnabled"), "responses are not cached yet"));
    }
    if stage.web_acl_arn.is_some() {
        unserved.push(Problem::error(&place.then("webAclArn"), "the web application firewall is not served"));
    }
    if stage.access_log_settings.as_ref().is_some_and(|log| log.destination_arn.is_some()) {
        let message = "the access log goes where Envoy writes its access log, not to a log group or stream";
        unserved.push(Problem::warning(&place.then("accessLogSettings").then("destinationArn"), message));
    }
}
