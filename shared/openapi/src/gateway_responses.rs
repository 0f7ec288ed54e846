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

    /// `path` and `querystring` are among the documented positions, and SAM writes them: a response has neither.
    fn gateway_response_parameters(&mut self, at: &At<'a>) -> Vec<(String, String)> {
        let (headers, others): (Vec<_>, Vec<_>) = self
            .mappings_of(at, "responseParameters")
            .into_iter()
            .partition(|mapping| is_of(&mapping.target, "gatewayresponse.header."));
        for mapping in others {
            let target = &mapping.target;
            let is_known = ["gatewayresponse.path.", "gatewayresponse.querystring."].iter().any(|it| is_of(target, it));
            self.problems.push(match is_known {
                true => Problem::warning(&mapping.place, format!("`{target}` is ignored: a response has headers only")),
                false => {
                    let message = format!("`{target}` is no header: write `gatewayresponse.header.Name`");
                    Problem::error(&mapping.place, message)
                }
            });
        }
        headers.into_iter().map(|mapping| (mapping.target, mapping.source)).collect()
    }
}

fn is_of(target: &str, position: &str) -> bool {
    target.strip_prefix(position).is_some_and(|name| !name.is_empty())
}
