//! Paths and their operations: resources and their methods.

use gatehouse_api::{Authorization, DEFAULT_ROUTE, HttpMethod, Method, Problem, ResourcePath, Segment, resource_id};

use crate::at::At;
use crate::extensions::ANY_METHOD;
use crate::importer::Importer;
use crate::protocol::is_default_route;

const PATH_ITEM_FIELDS: &[&str] = &[
    "$ref",
    "summary",
    "description",
    "servers",
    "parameters",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "query",
];

const OPERATION_FIELDS: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
    "consumes",
    "produces",
    "schemes",
    "isDefaultRoute",
];

impl<'a> Importer<'a> {
    /// Every method of every path, in the order of the document.
    pub(crate) fn methods(&mut self, root: &At<'a>) -> Vec<Method> {
        let Some(paths) = root.get("paths") else { return Vec::new() };
        let mut methods = Vec::new();
        for (path, item) in self.map(&paths) {
            if path.starts_with("x-") {
                continue;
            }
            if let Some(path) = self.resource_path(path, &item) {
                self.path_item(&path, item, &mut methods);
            }
        }
        methods
    }

    fn resource_path(&mut self, path: &str, at: &At<'a>) -> Option<String> {
        if is_default_route(path) {
            self.http_api(at, "the route `$default`");
            return self.is_http().then(|| DEFAULT_ROUTE.to_owned());
        }
        let path = match path {
            "/" if !self.base_path.is_empty() => self.base_path.clone(),
            path => format!("{}{path}", self.base_path),
        };
        if self.is_http() && path.len() > 1 && path.ends_with('/') {
            let message = format!("a route of its own for a path that ends with a slash (`{path}`) is not served");
            self.problems.push(Problem::error(&at.place, message));
            return None;
        }
        match ResourcePath::parse(&path) {
            Ok(path) => {
                self.path_parts(&path, at);
                Some(path.to_string())
            }
            Err(why) => {
                self.problems.push(Problem::error(&at.place, format!("`{path}` {why}")));
                None
            }
        }
    }

    /// What a REST API's paths may have: "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable", says the service, which
    /// takes commas and `$` all the same.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    fn path_parts(&mut self, path: &ResourcePath, at: &At<'a>) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:,$".contains(&byte);
        for segment in path.segments() {
            if let Segment::Literal(part) = segment
                && !self.is_http()
                && !part.bytes().all(allowed)
            {
                let message =
                    format!("`{path}` has `{part}`: a REST API's paths have letters, digits and `._-:,$` only");
                self.problems.push(Problem::error(&at.place, message));
            }
        }
    }

    fn path_item(&mut self, path: &str, at: At<'a>, methods: &mut Vec<Method>) {
        let Some(item) = self.follow(at) else { return };
        self.map(&item);
        self.known_fields(&item, PATH_ITEM_FIELDS);
        for (key, operation) in item.entries() {
            let http_method = match key {
                ANY_METHOD => HttpMethod::Any,
                "get" => HttpMethod::Get,
                "put" => HttpMethod::Put,
                "post" => HttpMethod::Post,
                "delete" => HttpMethod::Delete,
                "options" => HttpMethod::Options,
                "head" => HttpMethod::Head,
                "patch" => HttpMethod::Patch,
                "trace" | "query" => {
                    let message = format!("API Gateway has no method `{key}`");
                    self.problems.push(Problem::error(&operation.place, message));
                    continue;
                }
                _ => continue,
            };
            methods.extend(self.method(path, http_method, &item, operation));
        }
    }

    fn method(&mut self, path: &str, http_method: HttpMethod, item: &At<'a>, at: At<'a>) -> Option<Method> {
        let operation = self.follow(at)?;
        self.map(&operation);
        self.known_fields(&operation, OPERATION_FIELDS);
        let path = self.route_path(path, http_method, &operation)?;
        let path = path.as_str();
        if operation.get("x-amazon-apigateway-integration").is_none() {
            let message = "the method has no `x-amazon-apigateway-integration`: API Gateway does not deploy it";
            self.problems.push(Problem::warning(&operation.place, message));
        }
        let (authorization, api_key_required) = self.authorization(&operation);
        if self.is_http() {
            return Some(self.route(path, http_method, authorization, &operation));
        }
        let request = self.request(item, &operation, &format!("{http_method}{path}"));
        let method = Method {
            http_method,
            resource_path: path.to_owned(),
            resource_id: resource_id(path),
            operation_name: self.text_of(&operation, "operationId"),
            authorization,
            api_key_required,
            request_validator: self.validator_of(&operation).or_else(|| self.default_validator.clone()),
            request_parameters: request.request_parameters,
            request_models: request.request_models,
            method_responses: self.method_responses(&operation),
            integration: self.integration(&operation),
            place: operation.place.clone(),
        };
        self.check_mappings(&method);
        Some(method)
    }

    /// The path of an operation: the default route's, if it says that it is this.
    fn route_path(&mut self, path: &str, http_method: HttpMethod, operation: &At<'a>) -> Option<String> {
        let default = operation.get("isDefaultRoute");
        if let Some(default) = &default {
            self.http_api(default, "`isDefaultRoute`");
        }
        let is_default = self.boolean_of(operation, "isDefaultRoute") == Some(true);
        let path = if is_default && self.is_http() { DEFAULT_ROUTE } else { path };
        if path == DEFAULT_ROUTE && http_method != HttpMethod::Any {
            let message = format!("the route `{path}` is for all methods: it has one `{ANY_METHOD}`");
            self.problems.push(Problem::error(&operation.place, message));
            return None;
        }
        Some(path.to_owned())
    }

    /// A route of an HTTP API, which declares nothing of its requests and responses.
    fn route(
        &mut self,
        path: &str,
        http_method: HttpMethod,
        authorization: Authorization,
        operation: &At<'a>,
    ) -> Method {
        if let Some(validator) = operation.get("x-amazon-apigateway-request-validator") {
            self.unguarded(&validator, "request validation");
        }
        Method {
            http_method,
            resource_path: path.to_owned(),
            resource_id: resource_id(path),
            operation_name: self.text_of(operation, "operationId"),
            authorization,
            api_key_required: false,
            request_validator: None,
            request_parameters: Vec::new(),
            request_models: Vec::new(),
            method_responses: Vec::new(),
            integration: self.integration(operation),
            place: operation.place.clone(),
        }
    }
}
