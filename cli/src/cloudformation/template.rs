//! An API inside a CloudFormation or SAM template.

use gatehouse_api::ProtocolType;

use super::function::function;
use super::parts::{entry, map, reference, text};
use super::properties::{self, Addition};
use super::{resources, routes};
use crate::finding::Finding;
use crate::source::{Entry, MAX_DEPTH, Tree, Value};

/// The API of a template.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// Its logical id.
    pub(crate) resource: &'a str,
    /// Which kind of API it is.
    pub(crate) protocol: ProtocolType,
    /// Where its definition is.
    pub(crate) definition: Definition<'a>,
    /// What is to be made of the definition's base path.
    pub(crate) basepath: Option<&'a Tree>,
    /// What the template says beside it.
    pub(crate) additions: Vec<Addition>,
    /// What of it the deployment document must say here.
    pub(crate) warnings: Vec<Finding>,
}

/// Where a resource has its definition.
#[derive(Clone, Debug)]
pub(crate) enum Definition<'a> {
    /// In the template.
    Inline(&'a Tree),
    /// Put together from the template's resources.
    Made(Tree),
    /// In the file of this path.
    File(&'a Tree),
}

const HTTP_API: &str = "AWS::ApiGatewayV2::Api";

/// The kinds of APIs that SAM's transform replaces.
const SAM_API: &str = "AWS::Serverless::Api";
const SAM_HTTP_API: &str = "AWS::Serverless::HttpApi";
/// What the transform puts into a definition that it sees.
const OF_SAM: &[&str] = &["Auth", "Cors", "GatewayResponses", "Models", "MergeDefinitions"];

/// Whether a document is a template, not a definition.
pub(crate) fn is_template(tree: &Tree) -> bool {
    let is_definition = tree.get("openapi").is_some() || tree.get("swagger").is_some();
    let is_template = tree.get("AWSTemplateFormatVersion").is_some()
        || matches!(tree.get("Resources"), Some(Tree { value: Value::Map(_), .. }));
    is_template && !is_definition
}

/// The resource that is the API of a template.
///
/// # Errors
/// There is none, or several and none is named.
pub(crate) fn chosen<'a>(template: &'a Tree, named: Option<&str>) -> Result<&'a Entry, Vec<Finding>> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let apis: Vec<&Entry> = resources.iter().filter(|entry| is_api(entry, resources)).collect();
    let api = match (named, apis.as_slice()) {
        (Some(named), apis) => apis.iter().find(|entry| entry.key == named).copied(),
        (None, [api]) => Some(*api),
        (None, _) => None,
    };
    api.ok_or_else(|| vec![which(template, named, &apis)])
}

/// The API of a template.
///
/// # Errors
/// There is none, or several and none is named; or it has none in a form that can be read.
pub(crate) fn find<'a>(template: &'a Tree, named: Option<&str>) -> Result<Found<'a>, Vec<Finding>> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let api = chosen(template, named)?;
    let wrong: Vec<Finding> = resources.iter().flat_map(|entry| attributes(entry, api)).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let definition = definition(api, resources)?;
    // Of an API that is put together, all parts have been read but those that are extensions.
    let is_made = matches!(definition, Definition::Made(_)) && !is_sam(api);
    let parts = resources.iter().filter(|entry| !is_made || kind(&entry.value) == properties::GATEWAY_RESPONSE);
    let overrides = resources.iter().filter(|entry| is_override(&entry.value, &api.key)).map(beside);
    let (errors, mut warnings): (Vec<_>, Vec<_>) = outside(api, parts).chain(overrides).partition(Finding::is_error);
    if !errors.is_empty() {
        return Err(errors);
    }
    warnings.extend(resources.iter().filter_map(|entry| guarded(entry, &api.key)));
    warnings.extend(resources.iter().filter_map(|entry| goes_on(entry, &api.key)));
    warnings.extend(resources.iter().filter_map(|entry| of_nobody(entry, resources)));
    let left_out = resources.iter().filter(|entry| is_websocket(entry));
    warnings.extend(left_out.map(|entry| Finding::warning(entry.at, websocket(entry))));
    let additions = own_properties(api).filter_map(properties::of_property);
    let is_http = protocol(api) == ProtocolType::Http;
    let additions = additions.chain(is_http.then(|| properties::of_http_api(api)));
    let responses = resources.iter().filter(|entry| is_part_of(&entry.value, &api.key));
    let additions = additions.chain(responses.filter_map(properties::of_resource)).collect();
    let basepath = api.value.get("Properties").and_then(basepath);
    Ok(Found { resource: &api.key, protocol: protocol(api), definition, basepath, additions, warnings })
}

/// What a resource can have besides its properties.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-product-attribute-reference.html>
const ATTRIBUTES: &[&str] = &[
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    // SAM's.
    "Connectors",
    "IgnoreGlobals",
];

/// What of a resource of API Gateway is not understood: its properties say who may call.
fn attributes(resource: &Entry, api: &Entry) -> Vec<Finding> {
    let Entry { key, value, .. } = resource;
    if resource.key != api.key && !kind(value).starts_with("AWS::ApiGateway") {
        return Vec::new();
    }
    let other = value.entries().iter().filter(|it| !ATTRIBUTES.contains(&it.key.as_str()));
    let mut wrong: Vec<Finding> = other
        .map(|it| Finding::error(it.at, format!("`{}` of `{key}` is no attribute of a resource", it.key)))
        .collect();
    if let Some(properties) = value.get("Properties").filter(|it| !matches!(it.value, Value::Map(_))) {
        let message = format!("{} where the `Properties` of `{key}` are expected", properties.kind());
        wrong.push(Finding::error(properties.at, message));
    }
    if resource.key == api.key {
        let own = own_properties(api).filter(|it| properties::is_extension(it));
        wrong.extend(own.flat_map(properties::wrong));
    }
    wrong
}

/// That a method or a route is of an API that nothing here tells: requests for it may be for another one.
fn of_nobody(resource: &Entry, resources: &[Entry]) -> Option<Finding> {
    let id = match kind(&resource.value) {
        "AWS::ApiGateway::Method" => "RestApiId",
        "AWS::ApiGatewayV2::Route" => "ApiId",
        _ => return None,
    };
    let api = resource.value.get("Properties").and_then(|properties| properties.get(id));
    let is_known = |(name, _): (&str, &str)| resources.iter().any(|it| it.key == name);
    if api.and_then(reference).is_some_and(is_known) {
        return None;
    }
    let message = format!("which API `{}` is of is not known: it is left out", resource.key);
    let finding = Finding::warning(resource.at, message);
    Some(finding.help(format!("say so with `{id}: !Ref API`")))
}

fn protocol(api: &Entry) -> ProtocolType {
    if matches!(kind(&api.value), HTTP_API | SAM_HTTP_API) { ProtocolType::Http } else { ProtocolType::Rest }
}

fn is_sam(api: &Entry) -> bool {
    matches!(kind(&api.value), SAM_API | SAM_HTTP_API)
}

/// What kind of resource it is; nothing where it does not say so.
pub(crate) fn kind(resource: &Tree) -> &str {
    resource.get("Type").and_then(Tree::text).unwrap_or_default()
}

/// A REST API, or an HTTP API that has a definition or routes.
fn is_api(entry: &Entry, resources: &[Entry]) -> bool {
    match kind(&entry.value) {
        SAM_API | SAM_HTTP_API | "AWS::ApiGateway::RestApi" => true,
        HTTP_API if is_websocket(entry) => false,
        HTTP_API => {
            let has_body = entry.value.get("Properties").is_some_and(|properties| properties.get("Body").is_some());
            has_body || routes::has_routes(resources, entry) || routes::is_quick(entry)
        }
        _ => false,
    }
}

fn is_websocket(entry: &Entry) -> bool {
    let protocol = entry.value.get("Properties").and_then(|properties| properties.get("ProtocolType"));
    kind(&entry.value) == "AWS::Serverless::WebSocketApi"
        || (kind(&entry.value) == HTTP_API && protocol.and_then(Tree::text) == Some("WEBSOCKET"))
}

fn websocket(entry: &Entry) -> String {
    format!("`{}` is a WebSocket API: only REST APIs and HTTP APIs are served", entry.key)
}

/// That it is not clear which resource is meant.
fn which(template: &Tree, named: Option<&str>, apis: &[&Entry]) -> Finding {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let is_meant = |entry: &&Entry| named.map_or(apis.is_empty(), |named| entry.key == named) && is_websocket(entry);
    if let Some(entry) = resources.iter().find(is_meant) {
        return Finding::error(entry.at, websocket(entry));
    }
    let http = resources.iter().find(|entry| kind(&entry.value) == HTTP_API);
    if let Some(http) = http.filter(|_| apis.is_empty()) {
        return nothing_to_serve(http);
    }
    let names: Vec<String> = apis.iter().map(|api| format!("`{}`", api.key)).collect();
    let message = match (named, names.is_empty()) {
        (_, true) => "the template has no `AWS::Serverless::Api` and no `AWS::ApiGateway::RestApi`".to_owned(),
        (Some(named), false) => format!("`{named}` is no API of this template: {} are", names.join(", ")),
        (None, false) => format!("the template has several APIs: {}", names.join(", ")),
    };
    let finding = apis.iter().fold(Finding::error(template.at, message), |finding, api| finding.also(api.at, "here"));
    match names.first() {
        Some(name) => finding.help(format!("name one with `--resource {}`", name.trim_matches('`'))),
        None => finding,
    }
}

fn nothing_to_serve(http: &Entry) -> Finding {
    Finding::error(http.at, format!("`{}` has no definition and no routes", http.key))
}

fn definition<'a>(api: &'a Entry, resources: &[Entry]) -> Result<Definition<'a>, Vec<Finding>> {
    let properties = api.value.get("Properties");
    let property = |name: &str| properties.and_then(|properties| properties.get(name));
    let stored = property("BodyS3Location").or(property("DefinitionUri").filter(|uri| function(uri).is_none()));
    match (property("DefinitionBody").or(property("Body")), stored) {
        (Some(body), _) => Ok(Definition::Inline(body)),
        (None, Some(uri)) if uri.text().is_some_and(|uri| !uri.starts_with("s3://")) => Ok(Definition::File(uri)),
        (None, Some(uri)) => Err(vec![
            Finding::error(uri.at, format!("the definition of `{}` is in S3", api.key))
                .help("name its file instead of this template"),
        ]),
        (None, None) if is_sam(api) => Ok(Definition::Made(skeleton(api))),
        (None, None) if kind(&api.value) == HTTP_API => match routes::definition(resources, api)? {
            Some(made) => Ok(Definition::Made(made)),
            None => Err(vec![nothing_to_serve(api)]),
        },
        (None, None) => match resources::definition(resources, api)? {
            Some(made) => Ok(Definition::Made(made)),
            None => Err(vec![Finding::error(api.at, format!("`{}` has no definition and no methods", api.key))]),
        },
    }
}

/// What is to be made of the definition's base path: a parameter of a REST API's import, a property of an HTTP API.
fn basepath(properties: &Tree) -> Option<&Tree> {
    let parameter = |name| properties.get("Parameters").and_then(|parameters| parameters.get(name));
    parameter("basepath").or_else(|| parameter("basePath")).or_else(|| properties.get("BasePath"))
}

/// What SAM begins with where there is no definition.
fn skeleton(api: &Entry) -> Tree {
    let at = api.at;
    let version = if protocol(api) == ProtocolType::Http { ("openapi", "3.0.1") } else { ("swagger", "2.0") };
    let about = map(vec![text("title", &api.key, at), text("version", "1.0", at)], at);
    map(vec![text(version.0, version.1, at), entry("info", at, about), entry("paths", at, map(Vec::new(), at))], at)
}

/// The properties of an API's resource.
fn own_properties(api: &Entry) -> impl Iterator<Item = &Entry> {
    api.value.get("Properties").map(Tree::entries).unwrap_or_default().iter()
}

/// What the template says about an API that cannot be put into its definition.
fn outside<'a>(api: &'a Entry, parts: impl Iterator<Item = &'a Entry>) -> impl Iterator<Item = Finding> {
    let others = parts.filter(|entry| is_part_of(&entry.value, &api.key));
    let others = others.filter(|entry| properties::of_resource(entry).is_none()).map(beside);
    let own = own_properties(api).filter(|property| properties::of_property(property).is_none());
    let has = |name: &str| api.value.get("Properties").is_some_and(|properties| properties.get(name).is_some());
    let (has_body, is_expanded) = (has("Body"), is_sam(api) && !has("DefinitionUri"));
    let own = own.filter(move |own| !(is_expanded && OF_SAM.contains(&own.key.as_str())));
    own.filter_map(move |own| property(own, has_body)).chain(others)
}

fn beside(resource: &Entry) -> Finding {
    let message = format!("`{}` changes the API outside of its definition", resource.key);
    Finding::error(resource.at, message).help("write what it stands for in the definition")
}

/// Whether a resource changes what API Gateway makes of an HTTP API's `Target`, which it can guard; or what is answered, as only
/// WebSocket APIs can.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apigatewaymanagedoverrides.html>
fn is_override(resource: &Tree, api: &str) -> bool {
    let id = resource.get("Properties").and_then(|properties| properties.get("ApiId"));
    let kinds = ["ApiGatewayManagedOverrides", "IntegrationResponse", "RouteResponse"];
    let is_one = kind(resource).strip_prefix("AWS::ApiGatewayV2::").is_some_and(|kind| kinds.contains(&kind));
    is_one && id.is_some_and(|id| refers_to(id, api))
}

/// What SAM's transform gives to the stage of an API.
pub(crate) const OF_STAGES: &[&str] = &[
    "StageName",
    "Variables",
    "StageVariables",
    "AccessLogSetting",
    "AccessLogSettings",
    "RouteSettings",
    "DefaultRouteSettings",
    "MethodSettings",
    "TracingEnabled",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
];
/// What it makes mappings of.
pub(crate) const DOMAIN: &str = "Domain";

/// What is to be said about a property of an API's resource.
fn property(property: &Entry, has_body: bool) -> Option<Finding> {
    let instead = match property.key.as_str() {
        "Body" | "DefinitionBody" | "DefinitionUri" | "Name" | "Description" | "Tags" | "PropagateTags" => return None,
        // Into an API that has nothing yet, both ways of importing are one.
        "OpenApiVersion" | "FailOnWarnings" | "AlwaysDeploy" | "Mode" => return None,
        "ProtocolType" | "Version" | "IpAddressType" => return None,
        "BasePath" if matches!(property.value.text(), Some("ignore" | "prepend" | "split")) => return None,
        // HTTP APIs have no other, and tools write it for all.
        "RouteSelectionExpression" if is_route_key(&property.value) => return None,
        // TLS is Envoy's.
        "SecurityPolicy" => return None,
        "EndpointAccessMode" if property.value.text() == Some("BASIC") => return None,
        "Target" | "RouteKey" | "CredentialsArn" if !has_body => return None,
        // One that says something is an extension of the definition.
        "Policy" if property.value.text() == Some("") => return None,
        "CorsConfiguration" if property.value.value == Value::Bool(false) => return None,
        "Parameters" => return property.value.entries().iter().find_map(import_parameter),
        // Of the stage, which SAM makes of the same resource.
        stage if stage == DOMAIN || OF_STAGES.contains(&stage) => return None,
        "GatewayResponses" => "`x-amazon-apigateway-gateway-responses`",
        "Auth" => "security schemes with `x-amazon-apigateway-authorizer`, and `security` of the operations",
        "Cors" => "the OPTIONS methods",
        _ => "what it stands for",
    };
    let message = format!("`{}` changes the API outside of its definition", property.key);
    Some(Finding::error(property.at, message).help(format!("write {instead} in the definition")))
}

/// Is this how an HTTP API finds the route of a request?
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html>
fn is_route_key(expression: &Tree) -> bool {
    matches!(expression.text(), Some("$request.method $request.path" | "${request.method} ${request.path}"))
}

/// That a firewall stands before an API.
fn guarded(resource: &Entry, api: &str) -> Option<Finding> {
    let is_firewall =
        matches!(kind(&resource.value), "AWS::WAFv2::WebACLAssociation" | "AWS::WAFRegional::WebACLAssociation");
    let arn = resource.value.get("Properties")?.get("ResourceArn")?;
    if !is_firewall || !mentions(arn, api, 0) {
        return None;
    }
    let message = format!("`{}` guards the API, and is not read", resource.key);
    Some(Finding::warning(resource.at, message).help("have requests filtered before this gateway"))
}

/// That another stack gets the API, and may add to it.
fn goes_on(resource: &Entry, api: &str) -> Option<Finding> {
    let is_stack = matches!(kind(&resource.value), "AWS::CloudFormation::Stack" | "AWS::Serverless::Application");
    if !is_stack || !mentions(resource.value.get("Properties")?, api, 0) {
        return None;
    }
    let message = format!("`{}` gets the API, and is not read: what it adds to it is left out", resource.key);
    Some(Finding::warning(resource.at, message).help("write it in this template"))
}

/// Whether a value is made with the id of an API, as the ARN of one of its stages is.
pub(super) fn mentions(tree: &Tree, api: &str, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match &tree.value {
        Value::String(text) => text == api || text.contains(&format!("${{{api}}}")),
        Value::List(items) => items.iter().any(|item| mentions(item, api, depth + 1)),
        Value::Map(entries) => entries.iter().any(|entry| mentions(&entry.value, api, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What is to be said about one of the parameters that an import was given.
fn import_parameter(parameter: &Entry) -> Option<Finding> {
    match (parameter.key.as_str(), parameter.value.text()) {
        ("basepath" | "basePath", Some("ignore" | "prepend" | "split"))
        | ("endpointConfigurationTypes" | "ignore", _) => None,
        (name, _) => {
            let message = format!("the import parameter `{name}` changes the API outside of its definition");
            Some(Finding::error(parameter.at, message).help("write in the definition what it makes of it"))
        }
    }
}

/// Whether a resource is one of those that an API without a definition is made of.
fn is_part_of(resource: &Tree, api: &str) -> bool {
    let kind = kind(resource);
    let (is_part, id) = match kind.strip_prefix("AWS::ApiGatewayV2::") {
        Some(part) => (matches!(part, "Route" | "Integration" | "Authorizer"), "ApiId"),
        None => {
            let part = kind.strip_prefix("AWS::ApiGateway::").unwrap_or_default();
            let parts = ["Method", "Resource", "Authorizer", "GatewayResponse", "RequestValidator", "Model"];
            (parts.contains(&part), "RestApiId")
        }
    };
    is_part && resource.get("Properties").and_then(|it| it.get(id)).is_some_and(|id| refers_to(id, api))
}

pub(crate) fn refers_to(id: &Tree, api: &str) -> bool {
    reference(id).is_some_and(|(resource, _)| resource == api)
}
