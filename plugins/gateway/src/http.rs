//! HTTP: the backend gets a request of the integration's making, and the client an answer of the integration response's.

use gatehouse_api::{Integration, IntegrationUri, Problem};
use gatehouse_context::Context;
use gatehouse_filter::{Callout, Failure, Rejection, Reply, ResponseType};
use gatehouse_http::{Answer, Headers, Request, Response};
use gatehouse_integration::{Answered, IntegrationResponses, RequestTemplates};
use gatehouse_mapping::{IntegrationReply, MethodRequest, StageVariables};

use crate::http_proxy::DEFAULT_TIMEOUT;
use crate::request_parameters::{RequestParameters, verb};

/// An HTTP integration, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    /// `None`: an address that a missing stage variable made invalid.
    endpoint: Option<(IntegrationUri, String)>,
    parameters: RequestParameters,
    templates: RequestTemplates,
    responses: IntegrationResponses,
    /// `None`: the client's own verb.
    method: Option<String>,
    timeout_millis: u32,
    api_id: String,
    user_agent: String,
}

impl Http {
    pub(crate) fn compile(
        integration: &Integration,
        uri: Option<IntegrationUri>,
        api_id: &str,
        problems: &mut Vec<Problem>,
    ) -> Self {
        if let Some(handling) = integration.content_handling {
            let message = format!("contentHandling `{}` is not served yet", handling.name());
            problems.push(Problem::error(&integration.place.then("contentHandling"), message));
        }
        Self {
            endpoint: uri.map(|uri| (uri.clone(), uri.cluster())),
            parameters: RequestParameters::compile(integration, problems),
            templates: RequestTemplates::compile(integration, problems),
            responses: IntegrationResponses::compile(&integration.responses, problems),
            method: integration.http_method.clone().filter(|method| !method.eq_ignore_ascii_case("ANY")),
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT),
            api_id: api_id.to_owned(),
            user_agent: format!("AmazonAPIGateway_{api_id}"),
        }
    }

    /// Must the client's body be there?
    pub(crate) fn wants_body(&self, request: &Request) -> bool {
        self.templates.passes_through(request)
    }

    /// The call to the backend.
    ///
    /// # Errors
    /// 415 for a body that may not pass; 500 for an invalid endpoint address or an illegal mapping.
    pub(crate) fn callout(&self, from: &MethodRequest<'_>, trace_id: &str) -> Result<Callout, Rejection> {
        let (uri, cluster) = self.endpoint.as_ref().ok_or(Rejection::new(ResponseType::ApiConfigurationError))?;
        let body = utf8(&self.templates.body(from.request)?);
        let verb = verb(from);
        let mut headers = Headers::new();
        headers.set(":method", self.method.as_deref().map_or(verb, str::as_bytes))?;
        headers.set(":path", self.parameters.target(uri, false, from))?;
        headers.set(":authority", &uri.authority)?;
        headers.set(":scheme", uri.origin.scheme.name())?;
        headers.set("accept", "application/json")?;
        headers.set("user-agent", &self.user_agent)?;
        if !matches!(verb, b"GET" | b"HEAD" | b"OPTIONS") {
            let content_type = from.request.headers.get("content-type").unwrap_or(b"application/json");
            headers.set("content-type", content_type)?;
        }
        for (name, value) in self.parameters.headers(from)? {
            headers.set(if name == "host" { ":authority" } else { name }, value)?;
        }
        headers.set("x-amzn-apigateway-api-id", &self.api_id)?;
        headers.set("x-amzn-trace-id", trace_id)?;
        headers.set("content-length", body.len().to_string())?;
        Ok(Callout { cluster: cluster.clone(), headers, body, timeout_millis: self.timeout_millis })
    }

    /// The client's answer to what the backend said.
    ///
    /// # Errors
    /// 504 where the backend did not answer; 500 where no integration response is for what it said.
    pub(crate) fn answer(
        &self,
        reply: Reply,
        request: &Request,
        context: &Context,
        stage_variables: &StageVariables,
    ) -> Result<Answer, Rejection> {
        let response = answered(reply)?;
        let tested = response.status().to_string();
        let body = utf8(response.body.bytes());
        let answered = Answered { tested: &tested, body: &body, accept: request.headers.text("accept") };
        let from = IntegrationReply { headers: &response.headers, context, stage_variables };
        self.responses.answer(&answered, &from)
    }
}

fn answered(reply: Reply) -> Result<Response, Rejection> {
    let network_error = Rejection::new(ResponseType::IntegrationFailure);
    match reply {
        Reply::Answered(response) => Ok(response),
        Reply::Failed(Failure::Timeout) => Err(Rejection::new(ResponseType::IntegrationTimeout)),
        Reply::Failed(Failure::Unreachable | Failure::Reset) => {
            Err(network_error.message("Network error communicating with endpoint"))
        }
        Reply::Failed(Failure::NotSent) => Err(Rejection::new(ResponseType::Default5xx)),
    }
}

/// Without binary media types a body is text: what is not UTF-8 becomes U+FFFD, as recorded on the real service.
fn utf8(body: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(_) => body.to_vec(),
        Err(_) => String::from_utf8_lossy(body).into_owned().into_bytes(),
    }
}
