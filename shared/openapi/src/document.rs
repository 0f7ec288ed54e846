//! The document's root: what it says about the API as a whole.

use gatehouse_api::{
    ApiKeySource, EndpointConfiguration, EndpointType, Method, Policy, Problem, RequestValidator, RestApi, Router,
};

use crate::at::At;
use crate::importer::{Dialect, Importer};

/// `minimumCompressionSize` goes up to the largest payload.
const MAX_PAYLOAD: u32 = 10 * 1024 * 1024;

const SWAGGER_FIELDS: &[&str] = &[
    "swagger",
    "info",
    "host",
    "basePath",
    "schemes",
    "consumes",
    "produces",
    "paths",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
    "tags",
    "externalDocs",
];
const OPENAPI_FIELDS: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "paths",
    "components",
    "security",
    "tags",
    "externalDocs",
    "webhooks",
    "jsonSchemaDialect",
    "$self",
];

impl<'a> Importer<'a> {
    /// The API that the document describes; wherever it can't be read, a problem has been noted.
    pub(crate) fn api(&mut self) -> RestApi {
        let root = self.root.clone();
        let fields = if self.dialect == Dialect::Swagger2 { SWAGGER_FIELDS } else { OPENAPI_FIELDS };
        self.known_fields(&root, fields);
        self.report_what_is_not_served(&root);
        let mut api = RestApi { protocol_type: self.protocol, cors: self.cors(&root), ..RestApi::default() };
        self.info(&root, &mut api);
        self.settings(&root, &mut api);
        if self.is_http() {
            self.report_rest_api(&root);
        } else {
            self.validators(&root);
            self.schemas();
        }
        self.security_schemes();
        if !self.is_http() {
            api.gateway_responses = self.gateway_responses(&root);
        }
        api.methods = self.methods(&root);
        self.check_routes(&api.methods);
        api.request_validators = std::mem::take(&mut self.request_validators);
        api.models = std::mem::take(&mut self.models);
        api.authorizers = std::mem::take(&mut self.authorizers);
        api
    }

    fn info(&mut self, root: &At<'a>, api: &mut RestApi) {
        let Some(info) = root.get("info") else {
            self.problems.push(Problem::warning(&root.place, "the document has no `info`: the API has no name"));
            return;
        };
        if self.map(&info).iter().all(|(key, _)| *key != "title") {
            self.problems.push(Problem::warning(&info.place, "`title` is missing: the API has no name"));
        }
        api.name = self.text_of(&info, "title").unwrap_or_default();
        api.description = self.text_of(&info, "description");
        api.version = self.text_of(&info, "version");
    }

    fn settings(&mut self, root: &At<'a>, api: &mut RestApi) {
        self.reached(root, api);
        if self.is_http() {
            return;
        }
        let source = self.named_of(root, "x-amazon-apigateway-api-key-source", ApiKeySource::ALL, ApiKeySource::name);
        api.api_key_source = source.unwrap_or_default();
        api.binary_media_types = self.texts_of(root, "x-amazon-apigateway-binary-media-types");
        api.minimum_compression_size =
            self.number_of(root, "x-amazon-apigateway-minimum-compression-size", 0, MAX_PAYLOAD);
        api.policy = self.policy(root);
    }

    /// How the API is reached.
    fn reached(&mut self, root: &At<'a>, api: &mut RestApi) {
        api.security_policy = self.text_of(root, "x-amazon-apigateway-security-policy");
        api.endpoint_access_mode = self.text_of(root, "x-amazon-apigateway-endpoint-access-mode");
        let servers = root.get("servers").map(|servers| self.list(&servers)).unwrap_or_default();
        for at in std::iter::once(root).chain(&servers) {
            if let Some(configuration) = at.get("x-amazon-apigateway-endpoint-configuration") {
                self.endpoint_configuration(&configuration, api);
            }
        }
    }

    fn policy(&mut self, root: &At<'a>) -> Option<Policy> {
        let at = root.get("x-amazon-apigateway-policy")?;
        self.map(&at);
        Some(Policy { document: at.node.clone(), place: at.place })
    }

    fn endpoint_configuration(&mut self, at: &At<'a>, api: &mut RestApi) {
        self.map(at);
        self.known_fields(at, &["disableExecuteApiEndpoint", "vpcEndpointIds", "types", "ipAddressType"]);
        api.disable_execute_api_endpoint |= self.boolean_of(at, "disableExecuteApiEndpoint").unwrap_or(false);
        let EndpointConfiguration { types, vpc_endpoint_ids, ip_address_type } = &mut api.endpoint_configuration;
        if self.is_http() {
            self.ignored_in_http_apis(at, &["types", "ipAddressType"]);
            let kinds = at.get("types").map(|types| self.texts(&types)).unwrap_or_default();
            let is_private = kinds.iter().any(|kind| kind.eq_ignore_ascii_case(EndpointType::Private.name()));
            let private = at.get("vpcEndpointIds").or_else(|| at.get("types").filter(|_| is_private));
            if let Some(private) = private {
                self.unguarded(&private, "private endpoints");
            }
            return;
        }
        vpc_endpoint_ids.extend(self.texts_of(at, "vpcEndpointIds"));
        *ip_address_type = self.text_of(at, "ipAddressType").or(ip_address_type.take());
        for kind in at.get("types").map(|types| self.list(&types)).unwrap_or_default() {
            types.extend(self.named(&kind, EndpointType::ALL, EndpointType::name));
        }
    }

    fn validators(&mut self, root: &At<'a>) {
        if let Some(at) = root.get("x-amazon-apigateway-request-validators") {
            for (name, validator) in self.map(&at) {
                self.map(&validator);
                self.known_fields(&validator, &["validateRequestBody", "validateRequestParameters"]);
                let validator = RequestValidator {
                    name: name.to_owned(),
                    validate_request_body: self.boolean_of(&validator, "validateRequestBody").unwrap_or(false),
                    validate_request_parameters: self
                        .boolean_of(&validator, "validateRequestParameters")
                        .unwrap_or(false),
                    place: validator.place,
                };
                self.request_validators.push(validator);
            }
        }
        self.default_validator = self.validator_of(root);
    }

    /// The validator that the root or an operation names.
    pub(crate) fn validator_of(&mut self, at: &At<'a>) -> Option<RequestValidator> {
        let at = at.get("x-amazon-apigateway-request-validator")?;
        let name = self.text(&at)?;
        let found = self.request_validators.iter().find(|validator| validator.name == name).cloned();
        if found.is_none() {
            let names: Vec<_> = self.request_validators.iter().map(|it| format!("`{}`", it.name)).collect();
            let there_are = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
            let message = format!("`{name}` is not in `x-amazon-apigateway-request-validators`: {there_are}");
            self.problems.push(Problem::error(&at.place, message));
        }
        found
    }

    fn report_what_is_not_served(&mut self, root: &At<'a>) {
        if !self.is_http() {
            self.report_http_api(root);
        }
        if let Some(at) = root.get("webhooks") {
            self.problems.push(Problem::error(&at.place, "API Gateway has no `webhooks`: they can't be served"));
        }
    }

    /// Reports methods that no request could tell apart.
    fn check_routes(&mut self, methods: &[Method]) {
        let (mut router, is_http) = (Router::new(self.protocol), self.is_http());
        let default_routes = methods.iter().filter(|method| method.is_default_route());
        if let Some(method) = default_routes.skip(1).last() {
            let message = "there is another `$default` route";
            self.problems.push(Problem::error(&method.place, message));
        }
        for method in methods.iter().filter(|method| !method.is_default_route()) {
            if let Err(why) = router.insert(&method.resource_path, method.http_method, ()) {
                let message = format!("`{}` {why}", method.resource_path);
                self.problems.push(Problem::error(&method.place, message));
            }
        }
        let is_kept = |method: &&Method| matches!(method.resource_path.as_str(), "/ping" | "/sping");
        for method in methods.iter().filter(is_kept).filter(|_| !is_http) {
            // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
            let message = format!("API Gateway keeps `{}` for its own health checks", method.resource_path);
            self.problems.push(Problem::warning(&method.place, message));
        }
    }
}
