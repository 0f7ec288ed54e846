//! `x-amazon-apigateway-gateway-responses`: what an API changes about gateway responses.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html>

use gatehouse_api::{GatewayResponse, Problem, ResponseType};

use crate::at::At;
use crate::importer::Importer;

impl<'a> Importer<'a> {
    /// The gateway responses that the root defines.
    pub(crate) fn gateway_responses(&mut self, root: &At<'a>) -> Vec<GatewayResponse> {
        let Some(at) = root.get("x-amazon-apigateway-gateway-responses") else { return Vec::new() };
        let mut responses: Vec<GatewayResponse> = Vec::new();
        for (name, response) in self.map(&at) {
            let Some(response) = self.gateway_response(name, response) else { continue };
            if responses.iter().any(|other| other.response_type == response.response_type) {
                let message = format!("`{name}` is the response type of another entry too");
                self.problems.push(Problem::error(&response.place, message));
            }
            responses.push(response);
        }
        responses
    }

    fn gateway_response(&mut self, name: &str, at: At<'a>) -> Option<GatewayResponse> {
        let response_type = ResponseType::parse(name);
        if response_type.is_none() {
            let names: Vec<_> = ResponseType::ALL.iter().map(|kind| format!("`{kind}`")).collect();
            let message = format!("`{name}` is no gateway response: use one of {}", names.join(", "));
            self.problems.push(Problem::error(&at.place, message));
        }
        let at = self.follow(at)?;
        self.map(&at);
        self.known_fields(&at, &["statusCode", "responseParameters", "responseTemplates"]);
        Some(GatewayResponse {
            response_type: response_type?,
            status_code: self.status_of(&at, "statusCode"),
            response_parameters: self.gateway_response_parameters(&at),
            response_templates: self.text_map_of(&at, "responseTemplates"),
            place: at.place,
        })
    }

    fn gateway_response_parameters(&mut self, at: &At<'a>) -> Vec<(String, String)> {
        let mappings = self.mappings_of(at, "responseParameters");
        for mapping in &mappings {
            let name = mapping.target.strip_prefix("gatewayresponse.header.");
            if name.is_none_or(str::is_empty) {
                let message = format!("`{}` is no header: write `gatewayresponse.header.Name`", mapping.target);
                self.problems.push(Problem::error(&mapping.place, message));
            }
        }
        mappings.into_iter().map(|mapping| (mapping.target, mapping.source)).collect()
    }
}
