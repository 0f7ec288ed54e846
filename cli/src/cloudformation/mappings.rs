//! What of custom domain names a template maps to the stages of an API, in the words of the deployment document.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apimapping.html>

use super::environment::Environment;
use super::function::resolve;
use super::parts::{entry, map, misread, text};
use super::stages::is_plain_map;
use super::template::{kind, mentions, refers_to};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// A mapping to a stage of an API.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// The resource.
    pub(crate) resource: String,
    pub(crate) at: At,
    /// What leads where; or what of it is not known.
    pub(crate) read: Result<Mapped, Vec<Finding>>,
}

/// What of a domain leads to a stage.
#[derive(Debug)]
pub(crate) struct Mapped {
    /// The domain's name.
    pub(crate) domain: String,
    pub(crate) mapping: Tree,
}

/// A domain whose clients are asked for certificates.
#[derive(Debug)]
pub(crate) struct Guarded {
    /// The resource.
    pub(crate) resource: String,
    /// Where they are asked.
    pub(crate) at: At,
    /// The domain's name; or why it is not known.
    pub(crate) domain: Result<String, Vec<Finding>>,
}

const DOMAINS: [&str; 2] = ["AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName"];
/// Who may call one a policy of its own says, and VPC endpoints.
const PRIVATE: &str = "private custom domain names are not read";

/// The mappings of the API of an environment, whose resources are those that are created.
pub(crate) fn mappings(template: &Tree, environment: Environment<'_>) -> Vec<Mapping> {
    let Some((api, api_id)) = environment.api else { return Vec::new() };
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let of = |resource: &Entry| {
        let properties = resource.value.get("Properties")?;
        let (of_api, key) = match kind(&resource.value) {
            "AWS::ApiGateway::BasePathMapping" => ("RestApiId", "BasePath"),
            "AWS::ApiGatewayV2::ApiMapping" => ("ApiId", "ApiMappingKey"),
            other => {
                let why = not_read(other).filter(|_| mentions(properties, api, 0))?;
                let read = Err(vec![Finding::error(resource.at, why)]);
                return Some(Mapping { resource: resource.key.clone(), at: resource.at, read });
            }
        };
        properties.get(of_api).filter(|id| refers_to(id, api))?;
        let read = mapping(properties, (of_api, key), api_id, (resources, environment), resource.at);
        Some(Mapping { resource: resource.key.clone(), at: resource.at, read })
    };
    resources.iter().filter_map(of).collect()
}

/// Why another kind of resource that leads to an API is left out.
fn not_read(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::ApiGateway::BasePathMappingV2" => Some(PRIVATE),
        "AWS::ApiGatewayV2::RoutingRule" => Some("routing rules are not read"),
        _ => None,
    }
}

fn mapping(
    properties: &Tree,
    (of_api, key): (&str, &str),
    api_id: &str,
    (resources, environment): (&[Entry], Environment<'_>),
    at: At,
) -> Result<Mapped, Vec<Finding>> {
    // As Terraform has it.
    if properties.get("DomainNameId").is_some() {
        return Err(vec![Finding::error(at, PRIVATE)]);
    }
    // Without what somebody wanted to say, more would lead to the API, and to all of its stages.
    let wrong = misread("it", properties, &[of_api, key, "DomainName", "Stage"]);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let known = |name: &str| match properties.get(name).map(|value| resolve(value, environment)) {
        None | Some(Ok(Tree { value: Value::Null, .. })) => Ok(None),
        Some(Ok(value)) => match value.scalar() {
            Some(text) => Ok(Some(Tree::string(text, value.at))),
            None => Err(vec![Finding::error(value.at, format!("its `{name}` is {}", value.kind()))]),
        },
        Some(Err(wrong)) => Err(wrong),
    };
    let Some(domain) = known("DomainName")? else {
        return Err(vec![Finding::error(at, "there is no `DomainName`")]);
    };
    let mut read = vec![text("apiId", api_id, at)];
    // A key may be written as a path.
    let key = known(key)?.map(|key| Tree::string(key.text().unwrap_or_default().trim_matches('/'), key.at));
    read.extend(key.map(|key| entry("apiMappingKey", key.at, key)));
    read.extend(known("Stage")?.map(|stage| entry("stage", stage.at, stage)));
    let domain = domain.text().unwrap_or_default().to_owned();
    undoubted(&domain, resources, environment)?;
    Ok(Mapped { domain, mapping: map(read, at) })
}

/// The domains of a template whose clients show certificates, whatever leads there.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-domainname-mutualtlsauthentication.html>
pub(crate) fn guarded(template: &Tree, environment: Environment<'_>) -> Vec<Guarded> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let asks = |(resource, properties): (&Entry, &Tree)| {
        let at = asks_for_certificates(properties, environment).ok()??;
        Some(Guarded { resource: resource.key.clone(), at, domain: name(properties, environment) })
    };
    domains(resources).filter_map(asks).collect()
}

/// Sees to it that the template leaves no doubt whether a domain's clients are asked for certificates.
fn undoubted(domain: &str, resources: &[Entry], environment: Environment<'_>) -> Result<(), Vec<Finding>> {
    let mut doubt = Ok(());
    for (_, properties) in domains(resources) {
        let asks = asks_for_certificates(properties, environment);
        match name(properties, environment) {
            Ok(name) if name.eq_ignore_ascii_case(domain) => return asks.map(drop),
            // It may be the one.
            Err(why) if !matches!(asks, Ok(None)) => doubt = Err(why),
            Ok(_) | Err(_) => {}
        }
    }
    doubt
}

fn domains(resources: &[Entry]) -> impl Iterator<Item = (&Entry, &Tree)> {
    let domains = resources.iter().filter(|it| DOMAINS.contains(&kind(&it.value)));
    domains.filter_map(|it| Some((it, it.value.get("Properties")?)))
}

fn name(properties: &Tree, environment: Environment<'_>) -> Result<String, Vec<Finding>> {
    let Some(name) = properties.get("DomainName") else { return Ok(String::new()) };
    Ok(resolve(name, environment)?.text().unwrap_or_default().to_owned())
}

/// Where a domain's clients are asked for certificates.
///
/// # Errors
/// Whether they are depends on what is not known.
fn asks_for_certificates(properties: &Tree, environment: Environment<'_>) -> Result<Option<At>, Vec<Finding>> {
    let Some(property) = properties.get("MutualTlsAuthentication") else {
        let included = properties.entries().iter().find(|it| it.key == "Fn::Transform");
        let unknown = included.map(|it| vec![Finding::error(it.at, "`Fn::Transform` is not resolved")]);
        return unknown.map_or(Ok(None), Err);
    };
    // What is in it changes nothing here.
    let asks = is_plain_map(property) || resolve(property, environment)?.value != Value::Null;
    Ok(asks.then_some(property.at))
}
