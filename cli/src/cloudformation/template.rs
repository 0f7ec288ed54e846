//! An API inside a CloudFormation or SAM template.

use super::function::function;
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

/// The REST API of a template.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// Its logical id.
    pub(crate) resource: &'a str,
    /// Where its definition is.
    pub(crate) definition: Definition<'a>,
    /// What of it the deployment document must say here.
    pub(crate) warnings: Vec<Finding>,
}

/// Where a resource has its definition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Definition<'a> {
    /// In the template.
    Inline(&'a Tree),
    /// In the file of this path.
    File(&'a Tree),
}

/// Whether a document is a template, not a definition.
pub(crate) fn is_template(tree: &Tree) -> bool {
    let is_definition = tree.get("openapi").is_some() || tree.get("swagger").is_some();
    let is_template = tree.get("AWSTemplateFormatVersion").is_some()
        || matches!(tree.get("Resources"), Some(Tree { value: Value::Map(_), .. }));
    is_template && !is_definition
}

/// The REST API of a template.
///
/// # Errors
/// There is none, or several and none is named; or it has none in a form that can be read.
pub(crate) fn find<'a>(template: &'a Tree, named: Option<&str>) -> Result<Found<'a>, Vec<Finding>> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let apis: Vec<&Entry> = resources.iter().filter(|entry| is_rest_api(&entry.value)).collect();
    let api = match (named, apis.as_slice()) {
        (Some(named), apis) => apis.iter().find(|entry| entry.key == named).copied(),
        (None, [api]) => Some(*api),
        (None, _) => None,
    };
    let Some(api) = api else { return Err(vec![which(template, named, &apis)]) };
    let definition = definition(api).map_err(|finding| vec![finding])?;
    let (errors, warnings): (Vec<_>, Vec<_>) = outside(template, api, resources).partition(Finding::is_error);
    if errors.is_empty() { Ok(Found { resource: &api.key, definition, warnings }) } else { Err(errors) }
}

fn kind(resource: &Tree) -> &str {
    resource.get("Type").and_then(Tree::text).unwrap_or_default()
}

fn is_rest_api(resource: &Tree) -> bool {
    matches!(kind(resource), "AWS::Serverless::Api" | "AWS::ApiGateway::RestApi")
}

/// That it is not clear which resource is meant.
fn which(template: &Tree, named: Option<&str>, apis: &[&Entry]) -> Finding {
    let names: Vec<String> = apis.iter().map(|api| format!("`{}`", api.key)).collect();
    let message = match (named, names.is_empty()) {
        (_, true) => "the template has no `AWS::Serverless::Api` and no `AWS::ApiGateway::RestApi`".to_owned(),
        (Some(named), false) => format!("`{named}` is no REST API of this template: {} are", names.join(", ")),
        (None, false) => format!("the template has several REST APIs: {}", names.join(", ")),
    };
    let finding = apis.iter().fold(Finding::error(template.at, message), |finding, api| finding.also(api.at, "here"));
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let is_http = |entry: &&Entry| matches!(kind(&entry.value), "AWS::Serverless::HttpApi" | "AWS::ApiGatewayV2::Api");
    match (names.first(), resources.iter().find(is_http)) {
        (Some(name), _) => finding.help(format!("name one with `--resource {}`", name.trim_matches('`'))),
        (None, Some(http)) => {
            finding.also(http.at, "this is an HTTP API: those are not read from templates yet, name its definition")
        }
        (None, None) => finding,
    }
}

fn definition(api: &Entry) -> Result<Definition<'_>, Finding> {
    let properties = api.value.get("Properties");
    let property = |name: &str| properties.and_then(|properties| properties.get(name));
    let stored = property("BodyS3Location").or(property("DefinitionUri").filter(|uri| function(uri).is_none()));
    match (property("DefinitionBody").or(property("Body")), stored) {
        (Some(body), _) => Ok(Definition::Inline(body)),
        (None, Some(uri)) if uri.text().is_some_and(|uri| !uri.starts_with("s3://")) => Ok(Definition::File(uri)),
        (None, Some(uri)) => Err(Finding::error(uri.at, format!("the definition of `{}` is in S3", api.key))
            .help("name its file instead of this template")),
        (None, None) => Err(Finding::error(api.at, format!("`{}` has no definition of its own", api.key)).help(
            "what is made of functions' events or of single resources is not read: \
             export the deployed API with `aws apigateway get-export --parameters extensions=apigateway`",
        )),
    }
}

/// What the template says about an API outside of its definition.
fn outside<'a>(template: &'a Tree, api: &'a Entry, resources: &'a [Entry]) -> impl Iterator<Item = Finding> + use<'a> {
    let own = api.value.get("Properties").map(Tree::entries).unwrap_or_default();
    let globals = template.get("Globals").and_then(|globals| globals.get("Api")).map(Tree::entries);
    let globals = globals.filter(|_| kind(&api.value) == "AWS::Serverless::Api").unwrap_or_default();
    let others = resources.iter().filter(|entry| changes_an_api(&entry.value, &api.key)).map(|entry| {
        let message = format!("`{}` changes the API outside of its definition", entry.key);
        Finding::error(entry.at, message).help("write what it stands for in the definition")
    });
    own.iter().chain(globals).filter_map(property).chain(others)
}

/// What is to be said about a property of an API's resource.
fn property(property: &Entry) -> Option<Finding> {
    let instead = match property.key.as_str() {
        "Body" | "DefinitionBody" | "DefinitionUri" | "Name" | "Description" | "Tags" | "PropagateTags" => return None,
        "StageName" | "OpenApiVersion" | "FailOnWarnings" | "AlwaysDeploy" => return None,
        "Variables"
        | "AccessLogSetting"
        | "MethodSettings"
        | "TracingEnabled"
        | "Domain"
        | "CacheClusterEnabled"
        | "CacheClusterSize"
        | "CanarySetting"
        | "EndpointConfiguration" => {
            let message = format!("`{}` of a template is not read", property.key);
            return Some(
                Finding::warning(property.at, message).help("say in the deployment document what of it is to be"),
            );
        }
        "Policy" => "`x-amazon-apigateway-policy`",
        "BinaryMediaTypes" => "`x-amazon-apigateway-binary-media-types`",
        "MinimumCompressionSize" => "`x-amazon-apigateway-minimum-compression-size`",
        "ApiKeySourceType" => "`x-amazon-apigateway-api-key-source`",
        "DisableExecuteApiEndpoint" => "`x-amazon-apigateway-endpoint-configuration`",
        "GatewayResponses" => "`x-amazon-apigateway-gateway-responses`",
        "Auth" => "security schemes with `x-amazon-apigateway-authorizer`, and `security` of the operations",
        "Cors" => "the OPTIONS methods",
        _ => "what it stands for",
    };
    let message = format!("`{}` changes the API outside of its definition", property.key);
    Some(Finding::error(property.at, message).help(format!("write {instead} in the definition")))
}

fn changes_an_api(resource: &Tree, api: &str) -> bool {
    let part = kind(resource).strip_prefix("AWS::ApiGateway::").unwrap_or_default();
    matches!(part, "Method" | "Resource" | "Authorizer" | "GatewayResponse" | "RequestValidator" | "Model")
        && resource.get("Properties").and_then(|it| it.get("RestApiId")).is_some_and(|id| refers_to(id, api))
}

fn refers_to(id: &Tree, api: &str) -> bool {
    function(id).is_some_and(|(_, argument)| argument.text() == Some(api))
}

/// The methods that SAM would add to a definition for the events of functions.
pub(crate) fn missing_events(template: &Tree, api: &str, definition: &Tree) -> Vec<Finding> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let functions = resources.iter().filter(|entry| kind(&entry.value) == "AWS::Serverless::Function");
    let events = functions.filter_map(|entry| entry.value.get("Properties")?.get("Events")).flat_map(Tree::entries);
    events.filter_map(|event| missing_event(event, api, definition)).collect()
}

fn missing_event(event: &Entry, api: &str, definition: &Tree) -> Option<Finding> {
    let properties = event.value.get("Properties").filter(|_| kind(&event.value) == "Api")?;
    properties.get("RestApiId").filter(|id| refers_to(id, api))?;
    let (path, method) = (properties.get("Path")?.text()?, properties.get("Method")?.text()?.to_ascii_lowercase());
    let item = definition.get("paths").and_then(|paths| paths.get(path));
    let key = if method == "any" { "x-amazon-apigateway-any-method" } else { &method };
    if item.is_some_and(|item| item.get(key).is_some()) {
        return None;
    }
    let message = format!("the event `{}` adds the method `{method}` of `{path}` to the definition", event.key);
    Some(Finding::error(event.at, message).help("write it in the definition"))
}
