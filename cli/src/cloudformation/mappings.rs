//! What of custom domain names a template maps to the stages of an API, in the words of the deployment document.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apimapping.html>

use super::environment::Environment;
use super::function::resolve;
use super::parts::{entry, map, misread, text};
use super::template::{kind, mentions, refers_to};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// A mapping to a stage of an API.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// The resource.
    pub(crate) resource: String,
    pub(crate) at: At,
    /// The domain's name, and the mapping; or what of it is not known.
    pub(crate) read: Result<(String, Tree), Vec<Finding>>,
    /// Whether who calls the domain shows a certificate (mutual TLS).
    pub(crate) is_mutual: bool,
}

const DOMAINS: &[&str] = &["AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName"];
/// The property of a domain name, and of SAM's `Domain`, that says where the certificates are.
pub(crate) const MUTUAL_TLS: &str = "MutualTlsAuthentication";

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
                return Some(Mapping { resource: resource.key.clone(), at: resource.at, read, is_mutual: false });
            }
        };
        properties.get(of_api).filter(|id| refers_to(id, api))?;
        let read = mapping(properties, (of_api, key), api_id, environment, resource.at);
        let is_mutual = read.as_ref().is_ok_and(|(domain, _)| is_mutual(resources, domain, environment));
        Some(Mapping { resource: resource.key.clone(), at: resource.at, read, is_mutual })
    };
    resources.iter().filter_map(of).collect()
}

/// Whether a domain of that name has a truststore: certificates that its callers' have to come from.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>
fn is_mutual(resources: &[Entry], domain: &str, environment: Environment<'_>) -> bool {
    let is_it = |properties: &Tree| {
        let name = properties.get("DomainName").map(|name| resolve(name, environment));
        name.and_then(Result::ok)?.scalar().filter(|name| name.eq_ignore_ascii_case(domain))
    };
    // What is not known could be one.
    let asks = |properties: &Tree| match properties.get(MUTUAL_TLS).map(|it| resolve(it, environment)) {
        None => false,
        Some(Ok(known)) => {
            !matches!(&known.value, Value::Null) && !matches!(&known.value, Value::Map(it) if it.is_empty())
        }
        Some(Err(_)) => true,
    };
    let domains = resources.iter().filter(|it| DOMAINS.contains(&kind(&it.value)));
    domains.filter_map(|it| it.value.get("Properties")).any(|it| is_it(it).is_some() && asks(it))
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
    environment: Environment<'_>,
    at: At,
) -> Result<(String, Tree), Vec<Finding>> {
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
    Ok((domain.text().unwrap_or_default().to_owned(), map(read, at)))
}
