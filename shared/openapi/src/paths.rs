//! Paths and their operations: resources and their methods.

use gatehouse_api::{HttpMethod, Method, Problem, ResourcePath, resource_id};

use crate::at::At;
use crate::extensions::ANY_METHOD;
use crate::importer::Importer;

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
        if matches!(path, "$default" | "/$default") {
            self.http_api(at, "the route `$default`");
            return None;
        }
        match ResourcePath::parse(path) {
            Ok(path) => Some(path.to_string()),
            Err(why) => {
                self.problems.push(Problem::error(&at.place, format!("`{path}` {why}")));
                None
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
        if let Some(default) = operation.get("isDefaultRoute") {
            self.http_api(&default, "`isDefaultRoute`");
        }
        let (authorization, api_key_required) = self.authorization(&operation);
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
        if operation.get("x-amazon-apigateway-integration").is_none() {
            let message = "the method has no `x-amazon-apigateway-integration`: API Gateway does not deploy it";
            self.problems.push(Problem::warning(&operation.place, message));
        }
        self.check_mappings(&method);
        Some(method)
    }
}
