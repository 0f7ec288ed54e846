//! Which protocol a definition is for: what only HTTP APIs have, and what only REST APIs have.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html>

use gatehouse_api::{DEFAULT_ROUTE, Node, Problem, ProtocolType};

use crate::at::At;
use crate::extensions::ANY_METHOD;
use crate::importer::Importer;

/// The protocol of a document that nobody says it of: `HTTP` where it holds what only HTTP APIs have.
pub(crate) fn protocol_of(document: &Node) -> ProtocolType {
    let root = At::root(document);
    let components = root.get("components");
    let integrations = components.as_ref().and_then(|it| it.get("x-amazon-apigateway-integrations"));
    let schemes = components.as_ref().and_then(|it| it.get("securitySchemes")).or(root.get("securityDefinitions"));
    // What REST APIs have no use for does no harm there: an integration says more.
    let is_rest = entries(root.get("paths")).iter().any(is_rest_path);
    let marked = OF_HTTP_APIS.iter().any(|name| root.get(name).is_some() && !is_rest)
        || entries(integrations).iter().any(is_http_integration)
        || entries(schemes).iter().any(is_http_scheme)
        || entries(root.get("paths")).iter().any(is_http_path);
    if marked || has_default_route(&root) { ProtocolType::Http } else { ProtocolType::Rest }
}

fn entries<'a>(at: Option<At<'a>>) -> Vec<At<'a>> {
    at.map(|at| at.entries()).unwrap_or_default().into_iter().map(|(_, entry)| entry).collect()
}

fn has_default_route(root: &At<'_>) -> bool {
    root.get("paths").is_some_and(|paths| paths.entries().iter().any(|(path, _)| is_default_route(path)))
}

/// Is this how a document writes the path of the default route?
pub(crate) fn is_default_route(path: &str) -> bool {
    path.strip_prefix('/').unwrap_or(path) == DEFAULT_ROUTE
}

fn is_http_path(item: &At<'_>) -> bool {
    let is_default = |operation: &At<'_>| is(operation.get("isDefaultRoute"), &["true"]);
    item.get(ANY_METHOD).as_ref().is_some_and(is_default)
        || entries(Some(item.clone()))
            .iter()
            .filter_map(|operation| operation.get("x-amazon-apigateway-integration"))
            .any(|integration| is_http_integration(&integration))
}

fn is_rest_path(item: &At<'_>) -> bool {
    let integrations = entries(Some(item.clone())).into_iter();
    let integrations = integrations.filter_map(|operation| operation.get("x-amazon-apigateway-integration"));
    integrations.into_iter().any(|integration| is(integration.get("type"), REST_TYPES))
}

fn is_http_integration(integration: &At<'_>) -> bool {
    is(integration.get("payloadFormatVersion"), &["2.0", "2"])
        || ["integrationSubtype", "responseParameters"].iter().any(|field| integration.get(field).is_some())
        || integration.get("requestParameters").is_some_and(|mappings| mappings.entries().iter().any(is_http_mapping))
}

/// Is this how HTTP APIs map parameters: `append:header.x`?
fn is_http_mapping((target, _): &(&str, At<'_>)) -> bool {
    ["append:", "overwrite:", "remove:"].iter().any(|action| target.starts_with(action))
}

fn is_http_scheme(scheme: &At<'_>) -> bool {
    let Some(authorizer) = scheme.get("x-amazon-apigateway-authorizer") else { return false };
    is(authorizer.get("type"), &["jwt"])
        || authorizer.get("jwtConfiguration").is_some()
        || is(authorizer.get("enableSimpleResponses"), &["true"])
        || is(authorizer.get("authorizerPayloadFormatVersion"), &["2.0", "2"])
}

/// Is a value, written in whatever way, one of these texts?
pub(crate) fn is(at: Option<At<'_>>, texts: &[&str]) -> bool {
    let text = match at.map(|at| at.node) {
        Some(Node::String(text)) => text.clone(),
        Some(Node::Number(number)) => number.to_string(),
        Some(Node::Bool(value)) => value.to_string(),
        Some(Node::Null | Node::List(_) | Node::Map(_)) | None => return false,
    };
    texts.iter().any(|known| known.eq_ignore_ascii_case(&text))
}

/// The types of integrations that only REST APIs have.
pub(crate) const REST_TYPES: &[&str] = &["mock", "http", "aws"];

/// What a REST API has no use for: API Gateway imports it without.
const OF_HTTP_APIS: &[&str] = &["x-amazon-apigateway-importexport-version", "x-amazon-apigateway-cors"];

/// What an HTTP API has no use for, and does not miss.
const IGNORED: &[&str] = &[
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-binary-media-types",
    "x-amazon-apigateway-gateway-responses",
    "x-amazon-apigateway-minimum-compression-size",
    "x-amazon-apigateway-request-validators",
];

impl<'a> Importer<'a> {
    /// Is it an HTTP API?
    pub(crate) fn is_http(&self) -> bool {
        self.protocol == ProtocolType::Http
    }

    /// Reports what only HTTP APIs have, of a REST API.
    pub(crate) fn http_api(&mut self, at: &At<'a>, what: &str) {
        if !self.is_http() {
            let message = format!("{what} is a feature of HTTP APIs: with `protocolType: REST` it can't be served");
            self.problems.push(Problem::error(&at.place, message));
        }
    }

    /// Reports what the root of an HTTP API's document holds, of a REST API.
    pub(crate) fn report_http_api(&mut self, root: &At<'a>) {
        for extension in OF_HTTP_APIS {
            if let Some(at) = root.get(extension) {
                let message = format!("`{extension}` means nothing in a REST API and is ignored");
                self.problems.push(Problem::warning(&at.place, message));
            }
        }
    }

    /// Reports what HTTP APIs have and nothing here serves.
    pub(crate) fn not_served(&mut self, at: &At<'a>, what: &str) {
        self.problems.push(Problem::error(&at.place, format!("{what} of HTTP APIs are not served yet")));
    }

    /// Reports what guards a REST API, of an HTTP API: it must not be lost in silence.
    pub(crate) fn unguarded(&mut self, at: &At<'a>, what: &str) {
        let message = format!("HTTP APIs have no {what}: nothing would come of it");
        self.problems.push(Problem::error(&at.place, message));
    }

    /// Reports fields that API Gateway ignores when it imports an HTTP API.
    pub(crate) fn ignored_in_http_apis(&mut self, at: &At<'a>, fields: &[&str]) {
        for field in fields {
            if let Some(at) = at.get(field) {
                let message = format!("`{field}` means nothing in an HTTP API and is ignored");
                self.problems.push(Problem::warning(&at.place, message));
            }
        }
    }

    /// Reports what the root of a REST API's document holds, of an HTTP API.
    pub(crate) fn report_rest_api(&mut self, root: &At<'a>) {
        self.ignored_in_http_apis(root, IGNORED);
        if let Some(policy) = root.get("x-amazon-apigateway-policy") {
            self.unguarded(&policy, "resource policies");
        }
        if let Some(validator) = root.get("x-amazon-apigateway-request-validator") {
            self.unguarded(&validator, "request validation");
        }
    }
}
