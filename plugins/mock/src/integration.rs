//! The MOCK integration, compiled: from a request to its answer.

use gatehouse_api::{Integration, Problem};
use gatehouse_context::Context;
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::{Answer, Headers, Request};
use gatehouse_integration::{Answered, IntegrationResponses, RequestTemplates};
use gatehouse_mapping::{IntegrationReply, StageVariables};

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
    pub fn compile(integration: &Integration, problems: &mut Vec<Problem>) -> Self {
        if let Some(handling) = integration.content_handling {
            let message = format!("contentHandling `{}` is not served yet", handling.name());
            problems.push(Problem::error(&integration.place.then("contentHandling"), message));
        }
        Self {
            templates: RequestTemplates::compile(integration, problems),
            responses: IntegrationResponses::compile(&integration.responses, problems),
        }
    }

    /// Must the client's body be there? Only where it could say the status code.
    #[must_use]
    pub fn wants_body(&self, request: &Request) -> bool {
        self.templates.passes_through(request)
    }

    /// The answer.
    ///
    /// # Errors
    /// 415 for a content type that may not pass, 500 for a template that says no status code, or one that no
    /// integration response is for.
    pub fn answer(
        &self,
        request: &Request,
        context: &Context,
        stage_variables: &StageVariables,
    ) -> Result<Answer, Rejection> {
        let body = self.templates.body(request)?;
        let status = status_code(&body).ok_or(Rejection::new(ResponseType::ApiConfigurationError))?;
        let headers = Headers::new();
        let reply = IntegrationReply { headers: &headers, context, stage_variables };
        let tested = status.to_string();
        let answered = Answered { tested: &tested, body: b"", accept: request.headers.text("accept") };
        self.responses.answer(&answered, &reply)
    }
}
