//! Custom domain names: which of their paths lead to which API and stage.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>

use super::{Api, config, domain};
use crate::{Place, Problem};

/// A custom domain name.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainName {
    /// A host's name in lower case, or `*.example.com`.
    pub name: String,
    /// What of it leads where: the longest key comes first.
    pub api_mappings: Vec<ApiMapping>,
    /// Whether its clients show certificates.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>
    pub mutual_tls: bool,
    /// Where it is defined.
    pub place: Place,
}

/// What leads to a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiMapping {
    /// What paths begin with, without slashes around it; empty for all that no other mapping has.
    pub key: String,
    /// The API's number in the deployment.
    pub api: usize,
    /// The stage; none where the path names it.
    pub stage: Option<String>,
}

/// What stands for no key of a mapping, and for no stage.
pub const NONE: &str = "(none)";
const MAX_KEY: usize = 300;

pub(super) fn understood(
    written: Vec<config::DomainName>,
    apis: &[Api],
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Vec<DomainName> {
    let mut names = Vec::with_capacity(written.len());
    for (index, written) in written.into_iter().enumerate() {
        let config::DomainName { domain_name, api_mappings, mutual_tls_authentication } = written;
        let place = place.then(index);
        let wildcard = domain_name.strip_prefix("*.");
        let name = domain(wildcard.unwrap_or(&domain_name), &place.then("domainName"), problems);
        let name = if wildcard.is_some() { format!("*.{name}") } else { name };
        if is_execute_api(&name) {
            let message =
                format!("`{name}` is API Gateway's own: stages are there already, unless the API disables it");
            problems.push(Problem::error(&place.then("domainName"), message));
        }
        let mut mappings: Vec<ApiMapping> = Vec::with_capacity(api_mappings.len());
        for (index, written) in api_mappings.into_iter().enumerate() {
            let place = place.then("apiMappings").then(index);
            let Some(mapping) = mapping(written, apis, &place, problems) else { continue };
            if mappings.iter().any(|other| other.key == mapping.key) {
                let message = format!("`{}` is the key of another mapping too", shown(&mapping.key));
                problems.push(Problem::error(&place, message));
            }
            let before = mappings.iter().take_while(|other| other.key.len() >= mapping.key.len()).count();
            mappings.insert(before, mapping);
        }
        if mappings.is_empty() {
            problems.push(Problem::error(&place.then("apiMappings"), "nothing of it leads anywhere: name a mapping"));
        }
        let mutual_tls = mutual_tls_authentication.is_some();
        if mutual_tls_authentication.is_some_and(|it| it.truststore_uri.is_some_and(|uri| uri.is_empty())) {
            let message =
                "nothing is trusted: leave `mutualTlsAuthentication` out where nobody is to show a certificate";
            problems.push(Problem::error(&place.then("mutualTlsAuthentication").then("truststoreUri"), message));
        }
        names.push(DomainName { name, api_mappings: mappings, mutual_tls, place });
    }
    names
}

/// What would have a way around `disableExecuteApiEndpoint`.
fn is_execute_api(name: &str) -> bool {
    let is_aws = [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|suffix| name.ends_with(suffix));
    is_aws && name.contains(".execute-api.")
}

fn mapping(
    written: config::ApiMapping,
    apis: &[Api],
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Option<ApiMapping> {
    let config::ApiMapping { api_mapping_key, api_id, stage } = written;
    let key = api_mapping_key.filter(|key| key != NONE).unwrap_or_default();
    if !is_key(&key) {
        let message = format!(
            "`{key}` is no key of a mapping: use up to {MAX_KEY} letters, digits and characters of `$-_.+!*'()`, with \
             single slashes between them"
        );
        problems.push(Problem::error(place, message));
    }
    let Some((api, of)) = apis.iter().enumerate().find(|(_, api)| api.api_id == api_id) else {
        problems.push(Problem::error(&place.then("apiId"), format!("there is no API `{api_id}` here")));
        return None;
    };
    let stage = stage.filter(|stage| !stage.is_empty() && stage != NONE);
    if let Some(stage) = stage.as_ref().filter(|stage| !of.stages.iter().any(|it| it.stage_name == **stage)) {
        problems.push(Problem::error(&place.then("stage"), format!("the API `{api_id}` has no stage `{stage}`")));
    }
    Some(ApiMapping { key, api, stage })
}

/// As it is written where there is none.
fn shown(key: &str) -> &str {
    if key.is_empty() { NONE } else { key }
}

fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte);
    let is_segment = |segment: &str| !segment.is_empty() && segment.bytes().all(allowed);
    key.is_empty() || (key.len() <= MAX_KEY && key.split('/').all(is_segment))
}
