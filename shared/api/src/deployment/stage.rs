//! Stages: an API as it is reached.

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
    /// Where it is defined.
    pub place: Place,
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
    Stage {
        stage_name: written.stage_name,
        domain_name: written.domain_name.map(|name| super::domain(&name, &place.then("domainName"), problems)),
        variables: written.variables,
        method_settings,
        access_log_settings,
        deployment_id: written.deployment_id,
        description: written.description,
        place,
    }
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

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html> and the pattern that `CreateStage` gives.
fn check_variables(variables: &BTreeMap<String, String>, place: &Place, problems: &mut Vec<Problem>) {
    if variables.len() > 100 {
        let message = format!("{} stage variables are too many: 100 are allowed", variables.len());
        problems.push(Problem::error(place, message));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte);
    for (name, value) in variables {
        let place = place.then(name);
        if !is_name(name) || name.len() > 64 {
            let message = format!("`{name}` is no stage variable's name: use up to 64 letters, digits and underscores");
            problems.push(Problem::error(&place, message));
        }
        if value.is_empty() || value.len() > 512 || !value.bytes().all(allowed) {
            let message = format!(
                "`{value}` is no stage variable's value: use 1 to 512 letters, digits and characters of `-._~:/?#&=,`"
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
    if stage.canary_settings.is_some() {
        unserved.push(Problem::error(&place.then("canarySettings"), "canaries are not served yet"));
    }
    if stage.client_certificate_id.is_some() {
        let message = "client certificates for backends are not served yet";
        unserved.push(Problem::error(&place.then("clientCertificateId"), message));
    }
    if stage.web_acl_arn.is_some() {
        unserved.push(Problem::error(&place.then("webAclArn"), "the web application firewall is not served"));
    }
    if stage.access_log_settings.as_ref().is_some_and(|log| log.destination_arn.is_some()) {
        let message = "the access log goes where Envoy writes its access log, not to a log group or stream";
        unserved.push(Problem::warning(&place.then("accessLogSettings").then("destinationArn"), message));
    }
}
