//! First-class integrations of HTTP APIs: an action of an AWS service, by its subtype.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html>

use gatehouse_api::{ConnectionType, Integration, IntegrationSubtype, IntegrationType, ParameterMapping, Problem};

use crate::at::At;
use crate::importer::Importer;
use crate::spelling::nearest;

/// What such an integration has no use for: the subtype says where it goes. A method and `INTERNET` are what tools write for all.
const IGNORED: &[&str] = &["uri", "connectionId", "tlsConfig"];

impl<'a> Importer<'a> {
    /// The integration of an HTTP API's route with an AWS service.
    pub(crate) fn service_integration(&mut self, at: &At<'a>, kind: IntegrationType) -> Option<Integration> {
        let named = self.named_of(at, "integrationSubtype", IntegrationSubtype::ALL, IntegrationSubtype::name);
        if kind != IntegrationType::AwsProxy {
            let message = "an `integrationSubtype` is for `AWS_PROXY` integrations only";
            self.problems.push(Problem::error(&at.place.then("integrationSubtype"), message));
        }
        if at.get("credentials").is_none() {
            let message = "an integration with an AWS service needs `credentials`: the role that calls it";
            self.problems.push(Problem::error(&at.place, message));
        }
        if self.text_of(at, "payloadFormatVersion").is_some_and(|version| version.starts_with('2')) {
            let message = "integrations with AWS services have one payload format, `1.0`";
            self.problems.push(Problem::warning(&at.place.then("payloadFormatVersion"), message));
        }
        for name in IGNORED {
            if let Some(at) = at.get(name) {
                let message = format!("`{name}` means nothing beside an `integrationSubtype` and is ignored");
                self.problems.push(Problem::warning(&at.place, message));
            }
        }
        if self.connection_type(at) == ConnectionType::VpcLink {
            let message = "an AWS service is not behind a VPC link";
            self.problems.push(Problem::error(&at.place.then("connectionType"), message));
        }
        let subtype = named?;
        Some(Integration {
            integration_subtype: Some(subtype),
            credentials: self.address_of(at, "credentials"),
            request_parameters: self.service_parameters(at, subtype),
            response_parameters: self.response_parameters(at),
            timeout_in_millis: self.timeout_in_http_api(at),
            payload_format_version: self.text_of(at, "payloadFormatVersion"),
            ..Integration::new(kind, at.place.clone())
        })
    }

    /// What the action is told. Recorded: one that is required and missing or empty, or that is not known, is an error, and
    /// names are case-sensitive.
    fn service_parameters(&mut self, at: &At<'a>, subtype: IntegrationSubtype) -> Vec<ParameterMapping> {
        let written = at.get("requestParameters");
        let mut mappings = Vec::new();
        for (name, source) in written.as_ref().map(|written| self.map(written)).unwrap_or_default() {
            if !subtype.parameters().any(|known| known == name) {
                self.unknown_parameter(name, &source, subtype);
                continue;
            }
            let Some(text) = self.text(&source) else { continue };
            if text.is_empty() {
                self.problems.push(Problem::error(&source.place, format!("`{name}` is empty")));
            }
            mappings.push(ParameterMapping { target: name.to_owned(), source: text, place: source.place });
        }
        let is_missing = |name: &&&str| written.as_ref().is_none_or(|written| written.get(name).is_none());
        let missing: Vec<_> = subtype.required().iter().filter(is_missing).map(|name| format!("`{name}`")).collect();
        if !missing.is_empty() {
            let place = written.as_ref().map_or(&at.place, |written| &written.place);
            let message = format!("`{}` needs {} in its `requestParameters`", subtype.name(), missing.join(", "));
            self.problems.push(Problem::error(place, message));
        }
        mappings
    }

    fn unknown_parameter(&mut self, name: &str, source: &At<'a>, subtype: IntegrationSubtype) {
        let message = match nearest(name, subtype.parameters()) {
            Some(meant) => format!("`{name}` is not known: did you mean `{meant}`?"),
            None => {
                let known: Vec<_> = subtype.parameters().map(|name| format!("`{name}`")).collect();
                format!("`{name}` is no parameter of `{}`, which has {}", subtype.name(), known.join(", "))
            }
        };
        self.problems.push(Problem::error(&source.place, message));
    }
}
