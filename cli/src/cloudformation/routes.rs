//! An HTTP API that a template makes of single resources, as CDK's `HttpApi` does: put together into the definition that an export
//! of it would be, every value where it was written.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html>

use super::function::function;
use super::parts::{METHODS, Parts, entry, list, map, operation_key, reference, renamed, text};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

const INTEGRATION: &[(&str, &str)] = &[
    ("IntegrationType", "type"),
    ("IntegrationSubtype", "integrationSubtype"),
    ("IntegrationMethod", "httpMethod"),
    ("IntegrationUri", "uri"),
    ("CredentialsArn", "credentials"),
    ("PayloadFormatVersion", "payloadFormatVersion"),
    ("RequestParameters", "requestParameters"),
    ("TimeoutInMillis", "timeoutInMillis"),
    ("ConnectionType", "connectionType"),
    ("ConnectionId", "connectionId"),
    ("TlsConfig", "tlsConfig"),
];
/// What of an integration changes nothing of an HTTP API, and what is written in another form.
const OTHERS: &[&str] = &["ApiId", "Description", "ResponseParameters"];
const AUTHORIZER: &[(&str, &str)] = &[
    ("AuthorizerUri", "authorizerUri"),
    ("AuthorizerCredentialsArn", "authorizerCredentials"),
    ("AuthorizerPayloadFormatVersion", "authorizerPayloadFormatVersion"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("EnableSimpleResponses", "enableSimpleResponses"),
    ("IdentityValidationExpression", "identityValidationExpression"),
];
/// What routes and authorizers can have.
const PARTS: &[(&str, &[&str])] = &[
    (
        "Route",
        &[
            "ApiId",
            "RouteKey",
            "Target",
            "AuthorizationType",
            "AuthorizerId",
            "AuthorizationScopes",
            "ApiKeyRequired",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "ModelSelectionExpression",
            "RouteResponseSelectionExpression",
        ],
    ),
    (
        "Authorizer",
        &[
            "ApiId",
            "Name",
            "AuthorizerType",
            "AuthorizerUri",
            "AuthorizerCredentialsArn",
            "AuthorizerPayloadFormatVersion",
            "AuthorizerResultTtlInSeconds",
            "EnableSimpleResponses",
            "IdentitySource",
            "IdentityValidationExpression",
            "JwtConfiguration",
        ],
    ),
];
/// Where a definition has the default route.
const DEFAULT_PATH: &str = "/$default";
const JWT: &[(&str, &str)] = &[("Audience", "audience"), ("Issuer", "issuer")];

/// The definition of an HTTP API whose routes are resources; none if it has no routes.
///
/// # Errors
/// What refers to something that the template does not have, and what says who may call in a way that is not understood.
pub(super) fn definition(resources: &[Entry], api: &Entry) -> Result<Option<Tree>, Vec<Finding>> {
    let mut routes = Routes { parts: Parts::of_http_api(resources, api) };
    PARTS.iter().for_each(|(part, known)| routes.parts.only(part, known));
    let mut paths = routes.paths();
    if let Some((path, operation)) = routes.quick_route(api) {
        routes.parts.add(&mut paths, path, operation);
    }
    if paths.is_empty() && routes.parts.findings.is_empty() {
        return Ok(None);
    }
    let schemes = entry("securitySchemes", api.at, routes.schemes(api.at));
    routes.parts.definition(paths, vec![schemes], Vec::new()).map(Some)
}

/// Whether a template has routes of an API.
pub(super) fn has_routes(resources: &[Entry], api: &Entry) -> bool {
    Parts::of_http_api(resources, api).of("Route").next().is_some()
}

/// Whether it is made with one route, from the API's own properties.
pub(super) fn is_quick(api: &Entry) -> bool {
    api.value.get("Properties").is_some_and(|properties| properties.get("Target").is_some())
}

struct Routes<'a> {
    parts: Parts<'a>,
}

impl<'a> Routes<'a> {
    fn paths(&mut self) -> Vec<Entry> {
        let mut paths: Vec<Entry> = Vec::new();
        for (route, properties) in self.parts.of("Route") {
            let Some((path, operation)) = self.operation(route, properties) else { continue };
            self.parts.add(&mut paths, path, operation);
        }
        paths
    }

    /// A route's path, and its operation.
    fn operation(&mut self, route: &Entry, properties: &'a Tree) -> Option<(&'a str, Entry)> {
        let at = route.at;
        let (path, method) = self.route_key(route, properties.get("RouteKey").and_then(Tree::text))?;
        let mut operation = renamed(properties, &[("OperationName", "operationId")]);
        operation.extend(is_default(path, at));
        operation.extend(self.security(route, properties));
        if let Some((integration, written)) = self.integration_of(route, properties) {
            let integration = self.integration(integration, written);
            operation.push(entry("x-amazon-apigateway-integration", at, integration));
        }
        Some((path, entry(&method, at, map(operation, at))))
    }

    /// The one route of an API that is created with its `Target`, a URL or a function's ARN.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html>
    fn quick_route(&mut self, api: &'a Entry) -> Option<(&'a str, Entry)> {
        let properties = api.value.get("Properties")?;
        let target = properties.get("Target")?;
        let (path, method) = self.route_key(api, properties.get("RouteKey").map_or(Some("$default"), Tree::text))?;
        let at = target.at;
        let is_url =
            target.text().is_some_and(|target| target.starts_with("http://") || target.starts_with("https://"));
        let (kind, http_method, version) =
            if is_url { ("HTTP_PROXY", "ANY", "1.0") } else { ("AWS_PROXY", "POST", "2.0") };
        let mut integration = vec![
            text("type", kind, at),
            text("httpMethod", http_method, at),
            text("payloadFormatVersion", version, at),
            entry("uri", at, target.clone()),
        ];
        integration.extend(renamed(properties, &[("CredentialsArn", "credentials")]));
        let mut operation = vec![entry("x-amazon-apigateway-integration", at, map(integration, at))];
        operation.extend(is_default(path, at));
        Some((path, entry(&method, at, map(operation, at))))
    }

    /// The path and the method that a `RouteKey` names.
    fn route_key(&mut self, of: &Entry, key: Option<&'a str>) -> Option<(&'a str, String)> {
        let found =
            key.and_then(|key| if key == "$default" { Some(("ANY", DEFAULT_PATH)) } else { key.split_once(' ') });
        let Some((method, path)) = found else {
            self.parts
                .wrong(of.at, format!("the `RouteKey` of `{}` is neither `$default` nor a method and a path", of.key));
            return None;
        };
        let Some(key) = operation_key(method) else {
            let message =
                format!("the `RouteKey` of `{}` has `{method}`, which is no method: use one of {METHODS}", of.key);
            self.parts.wrong(of.at, message);
            return None;
        };
        Some((path, key))
    }

    /// What a route's `Target` names.
    fn integration_of(&mut self, route: &Entry, properties: &Tree) -> Option<(&'a Entry, &'a Tree)> {
        let target = properties.get("Target");
        let found =
            target.and_then(integration_id).and_then(|id| self.parts.of("Integration").find(|(it, _)| it.key == id));
        if found.is_none() {
            let at = target.map_or(route.at, |target| target.at);
            self.parts.wrong(
                at,
                format!("the `Target` of `{}` is no `AWS::ApiGatewayV2::Integration` of this template", route.key),
            );
        }
        found
    }

    /// What guards a route: nothing of it may be lost.
    fn security(&mut self, route: &Entry, properties: &Tree) -> Option<Entry> {
        let at = route.at;
        let none = list(Vec::new(), at);
        if properties.get("ApiKeyRequired").is_some_and(|is| is.scalar().as_deref() != Some("false")) {
            self.parts.wrong(at, format!("`ApiKeyRequired` of `{}`: HTTP APIs have no API keys", route.key));
        }
        let by = properties.get("AuthorizationType").map(|by| (by.text().unwrap_or("something else"), by.at));
        self.parts.no_unread_scopes(route, properties);
        match by {
            None if properties.get("AuthorizerId").is_some() => {
                self.parts.wrong(at, format!("`{}` has an `AuthorizerId` and no `AuthorizationType`", route.key));
                None
            }
            None | Some(("NONE", _)) => Some(entry("security", at, none)),
            Some(("AWS_IAM", _)) => {
                Some(entry("x-amazon-apigateway-auth", at, map(vec![text("type", "AWS_IAM", at)], at)))
            }
            Some((by @ ("JWT" | "CUSTOM"), _)) => {
                let scopes = properties.get("AuthorizationScopes").cloned().unwrap_or(none);
                let id = properties.get("AuthorizerId");
                let Some(authorizer) = id.and_then(|id| self.parts.referred("Authorizer", id)) else {
                    self.parts
                        .wrong(at, format!("the `AuthorizerId` of `{}` is no authorizer of this template", route.key));
                    return None;
                };
                let others = if by == "JWT" { "REQUEST" } else { "JWT" };
                self.parts.not_of_type(route, authorizer, "AuthorizerType", &[others]);
                let required = map(vec![entry(&authorizer.key, at, scopes)], at);
                Some(entry("security", at, list(vec![required], at)))
            }
            Some((other, at)) => {
                self.parts.wrong(at, format!("`AuthorizationType` is {other}: `NONE`, `AWS_IAM`, `JWT` or `CUSTOM`"));
                None
            }
        }
    }

    fn integration(&mut self, integration: &Entry, written: &Tree) -> Tree {
        for property in written.entries() {
            let known = INTEGRATION.iter().map(|(name, _)| name).chain(OTHERS).any(|name| *name == property.key);
            if !known {
                self.parts.wrong(
                    property.at,
                    format!("`{}` of the integration `{}` is not known", property.key, integration.key),
                );
            }
        }
        let mut converted = renamed(written, INTEGRATION);
        if let Some(responses) = written.get("ResponseParameters") {
            let by_status = responses.entries().iter();
            let by_status = by_status.filter_map(|of| self.response_parameters(of)).collect();
            converted.push(entry("responseParameters", responses.at, map(by_status, responses.at)));
        }
        map(converted, integration.at)
    }

    /// `{"ResponseParameters": [{"Destination": "overwrite:header.x", "Source": "y"}]}` as a definition has it.
    fn response_parameters(&mut self, of: &Entry) -> Option<Entry> {
        let list = of.value.get("ResponseParameters").map(Tree::items).unwrap_or_default();
        let pair = |item: &Tree| Some(entry(item.get("Destination")?.text()?, item.at, item.get("Source")?.clone()));
        let pairs: Option<Vec<Entry>> = list.iter().map(pair).collect();
        let pairs = pairs.filter(|pairs| !pairs.is_empty());
        if pairs.is_none() {
            self.parts.wrong(
                of.at,
                format!("`{}` has no list of `Destination` and `Source` in its `ResponseParameters`", of.key),
            );
        }
        Some(entry(&of.key, of.at, map(pairs?, of.at)))
    }

    fn schemes(&mut self, at: At) -> Tree {
        let schemes: Vec<Entry> = self
            .parts
            .of("Authorizer")
            .filter_map(|(authorizer, properties)| self.scheme(authorizer, properties))
            .collect();
        map(schemes, at)
    }

    fn scheme(&mut self, authorizer: &Entry, properties: &Tree) -> Option<Entry> {
        let at = authorizer.at;
        let (scheme, kind) = match properties.get("AuthorizerType").and_then(Tree::text) {
            Some("JWT") => (vec![text("type", "oauth2", at)], "jwt"),
            Some("REQUEST") => {
                (vec![text("type", "apiKey", at), text("in", "header", at), text("name", "Unused", at)], "request")
            }
            _ => {
                self.parts
                    .wrong(at, format!("the `AuthorizerType` of `{}` is neither `JWT` nor `REQUEST`", authorizer.key));
                return None;
            }
        };
        let mut extension = vec![text("type", kind, at)];
        extension.extend(renamed(properties, AUTHORIZER));
        if let Some(sources) = properties.get("IdentitySource") {
            let texts: Option<Vec<&str>> = sources.items().iter().map(Tree::text).collect();
            let is_list = matches!(sources.value, Value::List(_));
            let Some(texts) = texts.filter(|texts| is_list && (kind == "request" || !texts.is_empty())) else {
                self.parts
                    .wrong(sources.at, format!("the `IdentitySource` of `{}` is no list of texts", authorizer.key));
                return None;
            };
            extension.push(text("identitySource", &texts.join(", "), sources.at));
        }
        if let Some(jwt) = properties.get("JwtConfiguration") {
            let what = format!("the `JwtConfiguration` of `{}`", authorizer.key);
            self.parts.only_of(&what, jwt, &["Audience", "Issuer"]);
            extension.push(entry("jwtConfiguration", jwt.at, map(renamed(jwt, JWT), jwt.at)));
        }
        let extension = entry("x-amazon-apigateway-authorizer", at, map(extension, at));
        Some(entry(&authorizer.key, at, map(scheme.into_iter().chain([extension]).collect(), at)))
    }
}

/// What a definition says of the default route.
fn is_default(path: &str, at: At) -> Option<Entry> {
    (path == DEFAULT_PATH).then(|| entry("isDefaultRoute", at, Tree { value: Value::Bool(true), at }))
}

/// The logical id in `integrations/{id}`, however that is joined.
fn integration_id(target: &Tree) -> Option<&str> {
    match function(target)? {
        ("Fn::Join", argument) => match argument.items() {
            [between, parts] => match (between.text()?, parts.items()) {
                ("", [start, id]) if start.text() == Some("integrations/") => reference(id).map(|(name, _)| name),
                ("/", [start, id]) if start.text() == Some("integrations") => reference(id).map(|(name, _)| name),
                _ => None,
            },
            _ => None,
        },
        ("Fn::Sub", argument) => argument.text()?.strip_prefix("integrations/${")?.strip_suffix('}'),
        _ => None,
    }
}
