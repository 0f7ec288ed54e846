//! Endpoints, VPC links, functions, user pools, issuers and client certificates that nothing leads to: a host misspelt, whose requests would go where nobody wants.

use std::collections::BTreeSet;

use gatehouse_api::deployment::{Origin, Stage};
use gatehouse_api::{ConnectionType, Integration, IntegrationType, substitute_stage_variables, vpc_link_names};
use gatehouse_gateway::{called_functions, called_services, issuers, user_pools};
use gatehouse_lambda_authorizer::FunctionUri;

use super::Project;
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

/// The VPC links of integrations by their ids, as a deployment document could have them.
pub(super) fn vpc_links(project: &Project) -> Tree {
    let mut links = Tree { value: Value::Map(Vec::new()), at: project.document.at };
    for (api, definition) in project.deployment.apis.iter().zip(&project.apis) {
        for integration in definition.methods.iter().filter_map(|method| method.integration.as_ref()) {
            let names = api.releases().filter_map(|stage| vpc_link_names(integration, &stage.variables).pop());
            for name in names.filter(|name| !name.is_empty()) {
                links.set(&name, Tree::string("http://vpc-link.invalid", links.at));
            }
        }
    }
    links
}

/// A finding for each entry of `endpoints`, `vpcLinks`, `functions`, `userPools`, `issuers` and `clientCertificates` that is of no use.
pub(super) fn unused(project: &Project) -> Vec<Finding> {
    let (mut origins, mut links) = (BTreeSet::new(), BTreeSet::new());
    for (api, definition) in project.deployment.apis.iter().zip(&project.apis) {
        let services = api.releases().flat_map(|stage| called_services(definition, &project.deployment, stage));
        origins.extend(services.filter_map(|address| Origin::split(&address).map(|(origin, _)| origin)));
        for integration in definition.methods.iter().filter_map(|method| method.integration.as_ref()) {
            for stage in api.releases() {
                match integration.connection_type {
                    ConnectionType::VpcLink => links.extend(vpc_link_names(integration, &stage.variables)),
                    ConnectionType::Internet => origins.extend(origin(integration, stage)),
                }
            }
        }
    }
    let mut pools = BTreeSet::new();
    for (id, origin) in project.apis.iter().flat_map(|definition| user_pools(definition, &project.deployment)) {
        pools.insert(id);
        origins.extend(origin);
    }
    let mut named = BTreeSet::new();
    for (issuer, found) in project.apis.iter().flat_map(|definition| issuers(definition, &project.deployment)) {
        named.insert(issuer);
        origins.extend(found);
    }
    let origins: BTreeSet<String> = origins.iter().map(Origin::to_string).collect();
    let normal = |key: &str| Origin::parse(key).map_or_else(|| key.to_owned(), |origin| origin.to_string());
    let entries = |key| project.document.get(key).map(Tree::entries).unwrap_or_default();
    let endpoints = entries("endpoints").iter().filter(|entry| !origins.contains(&normal(&entry.key)));
    let called = functions(project);
    let unqualified = |arn: &str| arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":");
    let is_called = |key: &str| key == "*" || called.iter().any(|arn| arn == key || unqualified(arn) == key);
    let unused_functions = entries("functions").iter().filter(|entry| !is_called(&entry.key));
    let stages = project.deployment.apis.iter().flat_map(|api| &api.stages);
    let shown: BTreeSet<String> = stages.filter_map(|stage| stage.client_certificate_id.clone()).collect();
    let by_name = [
        ("vpcLinks", "the VPC link of no integration", &links),
        ("userPools", "the user pool of no authorizer", &pools),
        ("issuers", "the issuer of no authorizer", &named),
        ("clientCertificates", "the client certificate of no stage", &shown),
    ];
    let found_by_name = by_name.into_iter().flat_map(|(key, uses, used)| {
        let unused = entries(key).iter().filter(|entry| !used.contains(&entry.key));
        unused.map(move |entry| finding(entry, uses, used))
    });
    let found = endpoints.map(|entry| finding(entry, "the origin of no integration", &origins)).chain(found_by_name);
    found.chain(unused_functions.map(|entry| finding(entry, "a function that nothing calls", &called))).collect()
}

/// The ARNs of the functions that authorizers and integrations call.
fn functions(project: &Project) -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    for (api, definition) in project.deployment.apis.iter().zip(&project.apis) {
        for uri in definition.authorizers.iter().filter_map(|authorizer| authorizer.authorizer_uri.as_deref()) {
            let arns = api.releases().filter_map(|stage| FunctionUri::parse(uri, &stage.variables).ok());
            called.extend(arns.map(|uri| uri.arn));
        }
        called.extend(api.releases().flat_map(|stage| called_functions(definition, stage)));
    }
    called
}

fn origin(integration: &Integration, stage: &Stage) -> Option<Origin> {
    match integration.kind {
        IntegrationType::Http | IntegrationType::HttpProxy => {
            let uri = substitute_stage_variables(integration.uri.as_deref()?, &stage.variables);
            Origin::split(&uri).map(|(origin, _)| origin)
        }
        IntegrationType::Mock | IntegrationType::Aws | IntegrationType::AwsProxy => None,
    }
}

fn finding(entry: &Entry, uses: &str, used: &BTreeSet<String>) -> Finding {
    let used: Vec<String> = used.iter().map(|it| format!("`{it}`")).collect();
    let instead = if used.is_empty() { String::new() } else { format!(": {} would be", used.join(", ")) };
    Finding::error(entry.at, format!("`{}` is {uses}{instead}", entry.key))
}
