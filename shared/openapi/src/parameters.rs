//! What a method's request holds: parameters and bodies.

use gatehouse_api::Problem;

use crate::at::At;
use crate::importer::{Dialect, Importer};

/// What is known of a method's request.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) request_parameters: Vec<(String, bool)>,
    pub(crate) request_models: Vec<(String, String)>,
}

impl<'a> Importer<'a> {
    /// The request of an operation; its own parameters win over those of its path.
    pub(crate) fn request(&mut self, path_item: &At<'a>, operation: &At<'a>, name: &str) -> Request {
        let mut request = Request::default();
        for parameter in self.merged_parameters(path_item, operation) {
            match parameter.location.as_str() {
                "path" | "query" | "header" => {
                    let location = if parameter.location == "query" { "querystring" } else { &parameter.location };
                    let key = format!("method.request.{location}.{}", parameter.name);
                    request.request_parameters.push((key, parameter.required));
                }
                "body" if self.dialect == Dialect::Swagger2 => {
                    let types = self.media_types(operation, "consumes");
                    if let Some(model) = parameter.at.get("schema").and_then(|schema| self.model_of(&schema, name)) {
                        request.request_models.extend(types.into_iter().map(|media_type| (media_type, model.clone())));
                    }
                }
                _ => self.report_location(&parameter),
            }
        }
        if let Some(body) = operation.get("requestBody").filter(|_| self.dialect != Dialect::Swagger2) {
            request.request_models.extend(self.body_models(body, name));
        }
        request
    }

    fn merged_parameters(&mut self, path_item: &At<'a>, operation: &At<'a>) -> Vec<Parameter<'a>> {
        let general = self.parameters(path_item);
        let own = self.parameters(operation);
        let same = |a: &Parameter<'_>, b: &Parameter<'_>| a.name == b.name && a.location == b.location;
        let mut merged: Vec<_> = general.into_iter().filter(|it| !own.iter().any(|other| same(it, other))).collect();
        for parameter in own {
            if merged.iter().any(|other| same(&parameter, other)) {
                let message = format!("`{}` is there twice", parameter.name);
                self.problems.push(Problem::warning(&parameter.at.place, message));
                continue;
            }
            merged.push(parameter);
        }
        merged
    }

    fn parameters(&mut self, at: &At<'a>) -> Vec<Parameter<'a>> {
        let Some(at) = at.get("parameters") else { return Vec::new() };
        let items = self.list(&at);
        items.into_iter().filter_map(|item| self.parameter(item)).collect()
    }

    fn parameter(&mut self, at: At<'a>) -> Option<Parameter<'a>> {
        let at = self.follow(at)?;
        self.map(&at);
        for field in ["name", "in"] {
            if at.get(field).is_none() && !at.entries().is_empty() {
                self.problems.push(Problem::error(&at.place, format!("the parameter has no `{field}`")));
            }
        }
        let location = self.text_of(&at, "in")?;
        let required = self.boolean_of(&at, "required").unwrap_or(false) || location == "path";
        Some(Parameter { name: self.text_of(&at, "name")?, location, required, at })
    }

    fn report_location(&mut self, parameter: &Parameter<'a>) {
        let Parameter { name, location, at, .. } = parameter;
        self.problems.push(match location.as_str() {
            "cookie" | "formData" => {
                let message = format!("API Gateway has no `{location}` parameters: `{name}` is ignored");
                Problem::warning(&at.place, message)
            }
            _ => {
                let message = format!("`{location}` is no place of a parameter: use `path`, `query` or `header`");
                Problem::error(&at.place.then("in"), message)
            }
        });
    }

    fn body_models(&mut self, body: At<'a>, name: &str) -> Vec<(String, String)> {
        let Some(body) = self.follow(body) else { return Vec::new() };
        self.map(&body);
        let mut models = Vec::new();
        for (media_type, content) in body.get("content").map(|content| self.map(&content)).unwrap_or_default() {
            if let Some(model) = content.get("schema").and_then(|schema| self.model_of(&schema, name)) {
                models.push((media_type.to_owned(), model));
            }
        }
        models
    }

    /// Swagger's `consumes` and `produces`: the operation's, else the document's, else JSON.
    pub(crate) fn media_types(&mut self, operation: &At<'a>, field: &str) -> Vec<String> {
        let at = operation.get(field).or_else(|| self.root.get(field));
        match at {
            Some(at) => self.texts(&at),
            None => vec!["application/json".to_owned()],
        }
    }
}

struct Parameter<'a> {
    name: String,
    location: String,
    required: bool,
    at: At<'a>,
}
