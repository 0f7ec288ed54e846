//! The MOCK integration, compiled: from a request to its answer.

use gatehouse_api::{Integration, Problem};
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::{Answer, Headers, Request};
use gatehouse_integration::{BinaryMediaTypes, IntegrationResponses, RequestTemplates};
use gatehouse_mapping::{IntegrationReply, MethodRequest};

use crate::status::status_code;

/// A MOCK integration, ready to answer.
#[derive(Clone, Debug)]
pub struct Mock {
    templates: RequestTemplates,
    responses: IntegrationResponses,
}

impl Mock {
    /// Compiles what a definition says. What cannot be used is noted as a problem with its place.
    #[must_use]
    pub fn compile(integration: &Integration, binary: &BinaryMediaTypes, problems: &mut Vec<Problem>) -> Self {
        Self {
            templates: RequestTemplates::compile(integration, binary, problems),
            responses: IntegrationResponses::compile(&integration.responses, binary, problems),
        }
    }

    /// Must the client's body be there? Only where a template reads it, or it could say the status code itself.
    #[must_use]
    pub fn wants_body(&self, request: &Request) -> bool {
        self.templates.wants_body(request)
    }

    /// The answer, and the status code that the request template said.
    ///
    /// # Errors
    /// 415 for a content type that may not pass, 500 for a template that fails or says no status code, or one that no
    /// integration response is for.
    pub fn answer(&self, from: &MethodRequest<'_>) -> Result<(Answer, i64), Rejection> {
        let asked = self.templates.render(from)?;
        let status = status_code(&asked.body).ok_or(Rejection::new(ResponseType::ApiConfigurationError))?;
        let headers = Headers::new();
        let reply = IntegrationReply { headers: &headers, from: *from };
        Ok((self.responses.mock(status, &reply, &asked.overrides)?, status))
    }
}
