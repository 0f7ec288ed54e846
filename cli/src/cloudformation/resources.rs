//! An API that a template makes of single resources, as CDK's `RestApi` does: put together into the definition that an export
//! of it would be, every value where it was written.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html>

use super::parts::{METHODS, Parts, entry, list, map, operation_key, reference, renamed, text};
use crate::finding::Finding;
use crate::source::{At, Entry, MAX_DEPTH, Tree, Value};

const INTEGRATION: &[(&str, &str)] = &[
    ("Type", "type"),
    ("IntegrationHttpMethod", "httpMethod"),
    ("Uri", "uri"),
    ("Credentials", "credentials"),
    ("RequestParameters", "requestParameters"),
    ("RequestTemplates", "requestTemplates"),
    ("PassthroughBehavior", "passthroughBehavior"),
    ("ContentHandling", "contentHandling"),
    ("TimeoutInMillis", "timeoutInMillis"),
    ("CacheKeyParameters", "cacheKeyParameters"),
    ("CacheNamespace", "cacheNamespace"),
    ("ConnectionType", "connectionType"),
    ("ConnectionId", "connectionId"),
    ("ResponseTransferMode", "responseTransferMode"),
    // Of Terraform alone.
    ("TlsConfig", "tlsConfig"),
];
const INTEGRATION_RESPONSE: &[(&str, &str)] = &[
    ("StatusCode", "statusCode"),
    ("ResponseParameters", "responseParameters"),
    ("ResponseTemplates", "responseTemplates"),
    ("ContentHandling", "contentHandling"),
];
const AUTHORIZER: &[(&str, &str)] = &[
    ("Type", "type"),
    ("AuthorizerUri", "authorizerUri"),
    ("AuthorizerCredentials", "authorizerCredentials"),
    ("IdentitySource", "identitySource"),
    ("IdentityValidationExpression", "identityValidationExpression"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("ProviderARNs", "providerARNs"),
];
const VALIDATOR: &[(&str, &str)] =
    &[("ValidateRequestBody", "validateRequestBody"), ("ValidateRequestParameters", "validateRequestParameters")];

/// CloudFormation takes several without a pattern and makes one of them; which, no page says. Of Terraform, API Gateway refuses the second.
const ONE_FOR_EACH: &str = "say which answers each is for, with a `SelectionPattern` of its own, or leave out all but one: \
     only one of them could ever answer";

/// What the resources of each kind can have. Who may call, and what is validated, is among it: nothing else is looked over.
const PARTS: &[(&str, &[&str])] = &[
    (
        "Method",
        &[
            "RestApiId",
            "ResourceId",
            "HttpMethod",
            "AuthorizationType",
            "AuthorizerId",
            "AuthorizationScopes",
            "ApiKeyRequired",
            "RequestValidatorId",
            "RequestParameters",
            "RequestModels",
            "Integration",
            "MethodResponses",
            "OperationName",
        ],
    ),
    (
        "Authorizer",
        &[
            "RestApiId",
            "Name",
            "Type",
            "AuthType",
            "AuthorizerUri",
            "AuthorizerCredentials",
            "IdentitySource",
            "IdentityValidationExpression",
            "AuthorizerResultTtlInSeconds",
            "ProviderARNs",
        ],
    ),
    ("RequestValidator", &["RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"]),
    ("Model", &["RestApiId", "Name", "ContentType", "Description", "Schema"]),
    ("Resource", &["RestApiId", "ParentId", "PathPart"]),
];

/// The models that an API has from its creation.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>
const OF_EVERY_API: &[&str] = &["Empty", "Error"];

/// The definition of an API whose methods are resources; none if it has no methods.
///
/// # Errors
/// What refers to something that the template does not have, and what says who may call in a way that is not understood.
pub(super) fn definition(resources: &[Entry], api: &Entry) -> Result<Option<Tree>, Vec<Finding>> {
    let mut methods = Methods { parts: Parts::of_rest_api(resources, api) };
    PARTS.iter().for_each(|(part, known)| methods.parts.only(part, known));
    methods.identity_sources();
    let paths = methods.paths();
    if paths.is_empty() && methods.parts.findings.is_empty() {
        return Ok(None);
    }
    let at = api.at;
    let components = vec![entry("schemas", at, methods.models(at)), entry("securitySchemes", at, methods.schemes(at))];
    let validators = entry("x-amazon-apigateway-request-validators", at, methods.validators(at));
    methods.parts.definition(paths, components, vec![validators]).map(Some)
}

struct Methods<'a> {
    parts: Parts<'a>,
}

impl<'a> Methods<'a> {
    fn paths(&mut self) -> Vec<Entry> {
        let mut paths: Vec<Entry> = Vec::new();
        for (method, properties) in self.parts.of("Method") {
            let Some((path, operation)) = self.path_of(method, properties).zip(self.operation(method, properties))
            else {
                continue;
            };
            self.parts.add(&mut paths, &path, operation);
        }
        paths
    }

    /// A `TOKEN` authorizer says where the token is: "IdentitySource cannot be empty".
    fn identity_sources(&mut self) {
        for (authorizer, properties) in self.parts.of("Authorizer") {
            let is_token = properties.get("Type").and_then(Tree::text) == Some("TOKEN");
            let source = properties.get("IdentitySource");
            if is_token && source.is_none_or(|source| source.text() == Some("")) {
                let message = format!("`{}` is a `TOKEN` authorizer and has no `IdentitySource`", authorizer.key);
                self.parts.wrong(authorizer.at, message);
            }
        }
    }

    fn path_of(&mut self, method: &Entry, properties: &Tree) -> Option<String> {
        let found = properties.get("ResourceId").and_then(|id| self.path(id, 0));
        if found.is_none() {
            let message = format!("the `ResourceId` of `{}` is no resource of this template", method.key);
            self.parts.wrong(method.at, message);
        }
        found
    }

    /// The path of what a `ResourceId` or `ParentId` refers to.
    fn path(&self, id: &Tree, depth: usize) -> Option<String> {
        let (resource, attribute) = reference(id)?;
        if resource == self.parts.api_id() && attribute == "RootResourceId" {
            return Some("/".into());
        }
        let (_, properties) = self.parts.of("Resource").find(|(entry, _)| entry.key == resource)?;
        let parent = properties.get("ParentId").filter(|_| depth < MAX_DEPTH)?;
        let parent = self.path(parent, depth + 1)?;
        Some(format!("{}/{}", parent.trim_end_matches('/'), properties.get("PathPart")?.scalar()?))
    }

    fn operation(&mut self, method: &Entry, properties: &Tree) -> Option<Entry> {
        let at = method.at;
        let Some(verb) = properties.get("HttpMethod").and_then(Tree::text) else {
            self.parts.wrong(at, format!("`{}` has no `HttpMethod`", method.key));
            return None;
        };
        let Some(key) = operation_key(verb) else {
            self.parts.wrong(at, format!("the `HttpMethod` of `{}` is `{verb}`: use one of {METHODS}", method.key));
            return None;
        };
        let mut operation = renamed(properties, &[("OperationName", "operationId")]);
        operation.push(entry("parameters", at, self.parameters(method, properties)));
        operation.extend(self.request_body(method, properties));
        operation.push(entry("responses", at, responses(properties, at)));
        operation.push(entry("security", at, self.security(method, properties)));
        if let Some(id) = properties.get("RequestValidatorId") {
            let name = self.named("RequestValidator", id, method);
            operation.extend(name.map(|name| text("x-amazon-apigateway-request-validator", name, id.at)));
        }
        if let Some(written) = properties.get("Integration") {
            operation.push(entry("x-amazon-apigateway-integration", written.at, self.integration(method, written)));
        }
        Some(entry(&key, at, map(operation, at)))
    }

    /// Which resource of one kind a property refers to.
    fn named(&mut self, part: &'static str, id: &Tree, method: &Entry) -> Option<&'a str> {
        let found = self.parts.referred(part, id);
        if found.is_none() {
            let message = format!("`{}` refers to no `AWS::ApiGateway::{part}` of this template", method.key);
            self.parts.wrong(id.at, message);
        }
        found.map(|entry| entry.key.as_str())
    }

    /// What guards a method: nothing of it may be lost.
    fn security(&mut self, method: &Entry, properties: &Tree) -> Tree {
        let mut schemes = Vec::new();
        let none = list(Vec::new(), method.at);
        let scopes = properties.get("AuthorizationScopes").cloned().unwrap_or_else(|| none.clone());
        let by = properties.get("AuthorizationType");
        self.parts.no_unread_scopes(method, properties);
        match by.map(|by| by.text().unwrap_or("something else")) {
            None if properties.get("AuthorizerId").is_some() => {
                self.parts
                    .wrong(method.at, format!("`{}` has an `AuthorizerId` and no `AuthorizationType`", method.key));
            }
            None | Some("NONE") => {}
            Some("AWS_IAM") => schemes.push(entry("AWS_IAM", method.at, none.clone())),
            Some(by @ ("CUSTOM" | "COGNITO_USER_POOLS")) => {
                let id = properties.get("AuthorizerId").unwrap_or(properties);
                if let Some(authorizer) = self.parts.referred("Authorizer", id) {
                    let others: &[&str] = if by == "CUSTOM" { &["COGNITO_USER_POOLS"] } else { &["TOKEN", "REQUEST"] };
                    self.parts.not_of_type(method, authorizer, "Type", others);
                }
                schemes.extend(self.named("Authorizer", id, method).map(|name| entry(name, id.at, scopes)));
            }
            Some(other) => {
                let message =
                    format!("`AuthorizationType` is {other}: `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`");
                self.parts.wrong(by.unwrap_or(properties).at, message);
            }
        }
        match properties.get("ApiKeyRequired").map(|is| (is.scalar(), is.at)) {
            None => {}
            Some((Some(is), _)) if is == "false" => {}
            Some((Some(is), _)) if is == "true" => schemes.push(entry("api_key", method.at, none)),
            Some((_, at)) => self.parts.wrong(at, "`ApiKeyRequired` is neither `true` nor `false`"),
        }
        let alternatives = schemes.into_iter().map(|scheme| map(vec![scheme], method.at)).collect();
        list(alternatives, method.at)
    }

    fn integration(&mut self, method: &Entry, written: &Tree) -> Tree {
        for property in written.entries() {
            let known = INTEGRATION.iter().any(|(name, _)| *name == property.key);
            if !known && property.key != "IntegrationResponses" {
                let message = format!("`{}` of the integration of `{}` is not known", property.key, method.key);
                self.parts.wrong(property.at, message);
            }
        }
        let mut integration = renamed(written, INTEGRATION);
        // A name space of caches, which nothing here has, is most often a resource's id, which nobody knows.
        integration.retain(|it| it.key != "cacheNamespace" || it.value.text().is_some());
        let mut responses: Vec<Entry> = Vec::new();
        for response in written.get("IntegrationResponses").map(Tree::items).unwrap_or_default() {
            let Some(pattern) = self.selection_pattern(method, response) else { continue };
            if responses.iter().any(|known| known.key == pattern) {
                let message = format!("two integration responses of `{}` are for `{pattern}`", method.key);
                self.parts.findings.push(Finding::error(response.at, message).help(ONE_FOR_EACH));
                continue;
            }
            responses.push(entry(&pattern, response.at, map(renamed(response, INTEGRATION_RESPONSE), response.at)));
        }
        integration.push(entry("responses", written.at, map(responses, written.at)));
        map(integration, written.at)
    }

    /// The pattern as a definition's key. Templates write numbers, too: `SelectionPattern: 400`.
    fn selection_pattern(&mut self, method: &Entry, response: &Tree) -> Option<String> {
        let Some(written) = response.get("SelectionPattern") else { return Some("default".to_owned()) };
        let pattern = written.scalar();
        if pattern.is_none() {
            let message = format!("{} where the `SelectionPattern` of `{}` is expected", written.kind(), method.key);
            self.parts.wrong(written.at, message);
        }
        pattern.map(|pattern| if pattern.is_empty() { "default".to_owned() } else { pattern })
    }

    /// What a method reads of a request: none of it may be lost, for it may be required.
    fn parameters(&mut self, method: &Entry, properties: &Tree) -> Tree {
        let Some(written) = properties.get("RequestParameters") else { return list(Vec::new(), method.at) };
        self.is_map(method, "RequestParameters", written);
        let mut parameters = Vec::new();
        for declared in written.entries() {
            match parameter(declared) {
                Some(parameter) => parameters.push(parameter),
                None => {
                    let message = format!(
                        "`{}` of `{}` is no parameter: `method.request.{{header|querystring|path}}.NAME`, `true` or `false`",
                        declared.key, method.key
                    );
                    self.parts.wrong(declared.at, message);
                }
            }
        }
        list(parameters, method.at)
    }

    fn is_map(&mut self, method: &Entry, name: &str, written: &Tree) {
        if !matches!(written.value, Value::Map(_)) {
            let message = format!("{} where the `{name}` of `{}` are expected", written.kind(), method.key);
            self.parts.wrong(written.at, message);
        }
    }

    fn request_body(&mut self, method: &Entry, properties: &Tree) -> Option<Entry> {
        let (models, at) = (properties.get("RequestModels")?, method.at);
        self.is_map(method, "RequestModels", models);
        let mut content = Vec::new();
        for model in models.entries() {
            let Some(name) = self.model(&model.value) else {
                let message = format!("`{}` refers to no `AWS::ApiGateway::Model` of this template", method.key);
                self.parts.wrong(model.at, message);
                continue;
            };
            let schema = map(vec![text("$ref", &format!("#/components/schemas/{name}"), model.at)], model.at);
            content.push(entry(&model.key, model.at, map(vec![entry("schema", model.at, schema)], model.at)));
        }
        Some(entry("requestBody", at, map(vec![entry("content", at, map(content, at))], at)))
    }

    /// The name of a model: the template's, or one that every API has.
    fn model(&self, named: &Tree) -> Option<&'a str> {
        let by_id = |id: &str| self.parts.of("Model").find(|(entry, _)| entry.key == id);
        let by_name =
            |name: &str| self.parts.of("Model").find(|(entry, properties)| model_name(entry, properties) == name);
        let found = match reference(named) {
            Some((id, _)) => by_id(id),
            None => by_name(named.text()?),
        };
        let own = found.map(|(entry, properties)| model_name(entry, properties));
        own.or_else(|| OF_EVERY_API.iter().copied().find(|known| named.text() == Some(known)))
    }

    fn models(&self, at: At) -> Tree {
        let models = self.parts.of("Model").filter_map(|(model, properties)| {
            Some(entry(model_name(model, properties), model.at, properties.get("Schema")?.clone()))
        });
        let mut models: Vec<Entry> = models.collect();
        let missing: Vec<&str> =
            OF_EVERY_API.iter().copied().filter(|name| !models.iter().any(|model| model.key == **name)).collect();
        models.extend(missing.into_iter().map(|name| of_every_api(name, at)));
        map(models, at)
    }

    fn validators(&self, at: At) -> Tree {
        let validators = self.parts.of("RequestValidator").map(|(validator, properties)| {
            entry(&validator.key, validator.at, map(renamed(properties, VALIDATOR), validator.at))
        });
        map(validators.collect(), at)
    }

    fn schemes(&self, at: At) -> Tree {
        let scheme =
            |name: &str, at: At| vec![text("type", "apiKey", at), text("in", "header", at), text("name", name, at)];
        let authorizers = self.parts.of("Authorizer").map(|(authorizer, properties)| {
            let mut written = scheme("Authorization", authorizer.at);
            written.extend(renamed(properties, &[("AuthType", "x-amazon-apigateway-authtype")]));
            let extension = map(renamed(properties, AUTHORIZER), authorizer.at);
            written.push(entry("x-amazon-apigateway-authorizer", authorizer.at, extension));
            entry(&authorizer.key, authorizer.at, map(written, authorizer.at))
        });
        let mut signed = scheme("Authorization", at);
        signed.push(text("x-amazon-apigateway-authtype", "awsSigv4", at));
        let own = [entry("AWS_IAM", at, map(signed, at)), entry("api_key", at, map(scheme("x-api-key", at), at))];
        map(own.into_iter().chain(authorizers).collect(), at)
    }
}

/// `Empty`: an object; `Error`: one whose `message` is a text.
fn of_every_api(name: &str, at: At) -> Entry {
    let mut schema = vec![text("title", &format!("{name} Schema"), at), text("type", "object", at)];
    if name == "Error" {
        let message = map(vec![text("type", "string", at)], at);
        schema.push(entry("properties", at, map(vec![entry("message", at, message)], at)));
    }
    entry(name, at, map(schema, at))
}

/// What the template calls a model, or else CloudFormation.
fn model_name<'a>(model: &'a Entry, properties: &'a Tree) -> &'a str {
    properties.get("Name").and_then(Tree::text).unwrap_or(&model.key)
}

/// `method.request.header.X: true` as a definition has it; nothing where that names no parameter, or has no value.
fn parameter(declared: &Entry) -> Option<Tree> {
    let (location, name) = declared.key.strip_prefix("method.request.")?.split_once('.')?;
    let location = match location {
        "querystring" => "query",
        "header" | "path" => location,
        _ => return None,
    };
    let schema = map(vec![text("type", "string", declared.at)], declared.at);
    // A path has all that its template names.
    let required = if location == "path" { Value::Bool(true) } else { declared.value.value.clone() };
    if required == Value::Null {
        return None;
    }
    let required = Tree { value: required, at: declared.value.at };
    let written = vec![
        text("name", name, declared.at),
        text("in", location, declared.at),
        entry("required", declared.at, required),
        entry("schema", declared.at, schema),
    ];
    Some(map(written, declared.at))
}

fn responses(properties: &Tree, at: At) -> Tree {
    let declared = properties.get("MethodResponses").map(Tree::items).unwrap_or_default();
    let response = |declared: &Tree| {
        let headers = declared.get("ResponseParameters").map(Tree::entries).unwrap_or_default();
        let header = |header: &Entry| {
            let name = header.key.strip_prefix("method.response.header.")?;
            let schema = map(vec![text("type", "string", header.at)], header.at);
            Some(entry(name, header.at, map(vec![entry("schema", header.at, schema)], header.at)))
        };
        let headers = map(headers.iter().filter_map(header).collect(), declared.at);
        let status = declared.get("StatusCode")?.scalar()?;
        let written = vec![text("description", "", declared.at), entry("headers", declared.at, headers)];
        Some(entry(&status, declared.at, map(written, declared.at)))
    };
    map(declared.iter().filter_map(response).collect(), at)
}
