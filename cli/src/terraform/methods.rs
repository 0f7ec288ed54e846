//! The resources of a template: each of Terraform's is one, but those that are parts of a method.

use std::collections::HashMap;

use super::argument::argument;
use super::attributes::{Attributes, PATHS};
use super::document::Resource;
use super::kinds::{IDLE, INTEGRATION, INTEGRATION_RESPONSE, KINDS, Kind, METHOD_RESPONSE};
use crate::cloudformation::{entry, list, map};
use crate::source::{Entry, Tree, Value};

const METHOD: &str = "aws_api_gateway_method";
const POLICY: &str = "aws_api_gateway_rest_api_policy";

/// All that concerns APIs, as CloudFormation would have it.
pub(super) fn resources(attributes: &mut Attributes<'_>) -> Vec<Entry> {
    let mut resources = Vec::new();
    let mut methods = HashMap::new();
    let document = attributes.document;
    for resource in &document.resources {
        let Some(kind) = KINDS.iter().find(|kind| kind.name == resource.kind) else { continue };
        let properties = attributes.properties(resource, kind);
        let place = if resource.kind == METHOD { place(attributes, resource) } else { None };
        let other = place.and_then(|place| methods.insert(place, resources.len()));
        if let Some(Entry { key, .. }) = other.and_then(|other| resources.get(other)) {
            attributes.wrong(resource.at, format!("`{}` is the same method as `{key}`", resource.address));
        }
        let kind = entry("Type", resource.at, Tree::string(kind.resource, resource.at));
        let properties = entry("Properties", resource.at, map(properties, resource.at));
        resources.push(entry(&resource.address, resource.at, map(vec![kind, properties], resource.at)));
    }
    // Responses are put into integrations.
    for part in [&INTEGRATION, &METHOD_RESPONSE, &INTEGRATION_RESPONSE] {
        for resource in document.resources.iter().filter(|it| it.kind == part.name) {
            let properties = attributes.properties(resource, part);
            let Some(place) = place(attributes, resource) else { continue };
            let method = methods.get(&place).and_then(|method| resources.get_mut(*method));
            let method = method.and_then(|method| method.value.get_mut("Properties"));
            if !method.is_some_and(|method| put(method, part, resource, properties)) {
                let message = format!("`{}` belongs to no method and integration that is shown here", resource.address);
                attributes.wrong(resource.at, message);
            }
        }
    }
    document.resources.iter().filter(|it| it.kind == POLICY).for_each(|it| policy(&mut resources, attributes, it));
    document.resources.iter().for_each(|it| not_read(attributes, it));
    resources
}

/// Which method a resource belongs to; none where that is one of an API that is not shown.
fn place<'d>(attributes: &mut Attributes<'d>, resource: &'d Resource<'d>) -> Option<String> {
    let api = attributes.api_of(resource, &INTEGRATION)?;
    let api = api.get("Ref")?.text()?.to_owned();
    let path = argument(resource, "resource_id").and_then(|it| attributes.reference(it, PATHS))?;
    let path = serde_json::to_string(&path.node()).unwrap_or_default();
    let Some(verb) = resource.value("http_method").and_then(Tree::text) else {
        attributes.wrong(resource.at, format!("the `http_method` of `{}` is not known", resource.address));
        return None;
    };
    Some(format!("{api} {path} {verb}"))
}

/// Puts a part into its method: whether it has a place there.
fn put(method: &mut Tree, part: &Kind, resource: &Resource<'_>, properties: Vec<Entry>) -> bool {
    let properties = map(properties, resource.at);
    let of = match part.resource {
        "Integration" if method.get("Integration").is_some() => return false,
        "Integration" => {
            method.set("Integration", properties);
            return true;
        }
        "IntegrationResponses" => method.get_mut("Integration"),
        _ => Some(method),
    };
    let Some(of) = of else { return false };
    match of.get_mut(part.resource) {
        Some(Tree { value: Value::List(responses), .. }) => responses.push(properties),
        _ => of.set(part.resource, list(vec![properties], resource.at)),
    }
    true
}

/// The policy of an API that is a resource of its own. What the API's own attribute has is what the provider has read there,
/// unless it is written.
fn policy<'d>(resources: &mut [Entry], attributes: &mut Attributes<'d>, resource: &'d Resource<'d>) {
    let api = attributes.api_of(resource, &INTEGRATION);
    let Some(api) = api.as_ref().and_then(|it| it.get("Ref")?.text()) else { return };
    attributes.about(api);
    let Some(policy) = argument(resource, "policy").and_then(|it| attributes.plain(it)) else { return };
    let own = attributes.document.resources.iter().find(|it| it.address == api);
    if own.is_some_and(|it| it.expressions.is_some_and(|it| it.get("policy").is_some())) {
        attributes.wrong(resource.at, format!("`{api}` has a `policy`, and `{}` is another", resource.address));
    }
    let api = resources.iter_mut().find(|it| it.key == api).and_then(|it| it.value.get_mut("Properties"));
    if let Some(properties) = api {
        properties.set("Policy", policy);
    }
}

/// Tells what changes an API and is not read.
fn not_read<'d>(attributes: &mut Attributes<'d>, resource: &'d Resource<'d>) {
    let parts = [POLICY, INTEGRATION.name, METHOD_RESPONSE.name, INTEGRATION_RESPONSE.name];
    let is_read = KINDS.iter().any(|kind| kind.name == resource.kind) || parts.contains(&resource.kind);
    if is_read || IDLE.contains(&resource.kind) || !resource.kind.starts_with("aws_api") {
        return;
    }
    if argument(resource, "rest_api_id").or_else(|| argument(resource, "api_id")).is_none() {
        return;
    }
    let api = attributes.api_of(resource, &INTEGRATION);
    if let Some(api) = api.as_ref().and_then(|api| api.get("Ref")?.text()) {
        attributes.about(api);
        attributes.wrong(resource.at, format!("`{}` changes the API, and is not read", resource.address));
    }
}
