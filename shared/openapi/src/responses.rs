//! What a method may answer.

use gatehouse_api::{MethodResponse, Problem};

use crate::at::At;
use crate::importer::{Dialect, Importer};
use crate::schemas::model_name;

impl<'a> Importer<'a> {
    /// The responses that an operation declares.
    pub(crate) fn method_responses(&mut self, operation: &At<'a>) -> Vec<MethodResponse> {
        let Some(at) = operation.get("responses") else { return Vec::new() };
        let mut responses = Vec::new();
        for (key, response) in self.map(&at) {
            if key.starts_with("x-") {
                continue;
            }
            let status_code = key.parse().ok().filter(|status| (100..=599).contains(status));
            if status_code.is_none() {
                self.report_key(key, &response);
            }
            responses.extend(self.method_response(status_code, response, operation));
        }
        responses
    }

    fn method_response(&mut self, status_code: Option<u16>, at: At<'a>, operation: &At<'a>) -> Option<MethodResponse> {
        // `200:` with nothing behind it declares a status all the same.
        let at = self.follow(at)?;
        let header = |(name, _): (&str, At<'_>)| (format!("method.response.header.{name}"), false);
        let headers = at.get("headers").map(|headers| self.map(&headers)).unwrap_or_default();
        Some(MethodResponse {
            status_code,
            response_parameters: headers.into_iter().map(header).collect(),
            response_models: self.response_models(&at, operation),
            place: at.place,
        })
    }

    /// Only models with a name: nothing is validated on the way back.
    fn response_models(&mut self, at: &At<'a>, operation: &At<'a>) -> Vec<(String, String)> {
        if self.dialect == Dialect::Swagger2 {
            let Some(model) = at.get("schema").and_then(|schema| model_name(&schema)) else { return Vec::new() };
            let types = self.media_types(operation, "produces");
            return types.into_iter().map(|media_type| (media_type, model.to_owned())).collect();
        }
        let content = at.get("content").map(|content| self.map(&content)).unwrap_or_default();
        let named = |(media_type, content): (&str, At<'a>)| {
            let schema = content.get("schema")?;
            Some((media_type.to_owned(), model_name(&schema)?.to_owned()))
        };
        content.into_iter().filter_map(named).collect()
    }

    fn report_key(&mut self, key: &str, at: &At<'a>) {
        let is_range = matches!(key.as_bytes(), [b'1'..=b'5', b'X' | b'x', b'X' | b'x']);
        self.problems.push(match key == "default" || is_range {
            true => Problem::warning(&at.place, format!("API Gateway has no `{key}` responses: it is ignored")),
            false => {
                let message = format!("`{key}` is no status: write a status from 100 to 599");
                Problem::error(&at.place, message)
            }
        });
    }
}
