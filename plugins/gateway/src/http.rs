//! HTTP: the backend gets a request of the integration's making, and the client an answer of the integration response's.

use gatehouse_api::{Integration, IntegrationUri, Problem};
use gatehouse_filter::{Callout, Rejection, Reply, ResponseType};
use gatehouse_http::{Answer, Headers, IllegalHeader, Request, Response};
use gatehouse_integration::{
    Answered, BinaryMediaTypes, IntegrationRequest, IntegrationResponses, Overrides, RequestParameters,
    RequestTemplates,
};
use gatehouse_lambda_integration::network_failure;
use gatehouse_mapping::{IntegrationReply, MethodRequest};

use crate::http_proxy::DEFAULT_TIMEOUT;

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
}

impl Http {
    pub(crate) fn compile(
        integration: &Integration,
        uri: Option<IntegrationUri>,
        api_id: &str,
        binary: &BinaryMediaTypes,
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self {
            endpoint: uri.map(|uri| (uri.clone(), uri.cluster())),
            parameters: RequestParameters::compile(&integration.request_parameters, problems),
            templates: RequestTemplates::compile(integration, binary, problems),
            responses: IntegrationResponses::compile(&integration.responses, binary, problems),
            method: integration.http_method.clone().filter(|method| !method.eq_ignore_ascii_case("ANY")),
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT),
            api_id: api_id.to_owned(),
        }
    }

    /// Must the client's body be there?
    pub(crate) fn wants_body(&self, request: &Request) -> bool {
        self.templates.wants_body(request) || self.parameters.read_body()
    }

    /// The call to the backend, and what the request's template says of the response.
    ///
    /// # Errors
    /// 415 for a body that may not pass; 400 for one that is no JSON and mapped as such; 500 for an invalid endpoint
    /// address, an illegal mapping or a template that fails.
    pub(crate) fn callout(&self, from: &MethodRequest<'_>, trace_id: &str) -> Result<(Callout, Overrides), Rejection> {
        let (uri, cluster) = self.endpoint.as_ref().ok_or(Rejection::new(ResponseType::ApiConfigurationError))?;
        let IntegrationRequest { body, overrides } = self.templates.render(from)?;
        let mut headers = head(&self.parameters, uri, self.method.as_deref(), &self.api_id, from, &overrides)?;
        set_content_type(&mut headers, from, &body)?;
        for (name, value) in self.parameters.headers(from, &overrides)? {
            headers.set(&name, value)?;
        }
        headers.set("x-amzn-apigateway-api-id", &self.api_id)?;
        headers.set("x-amzn-trace-id", trace_id)?;
        headers.set("content-length", body.len().to_string())?;
        let callout =
            Callout { cluster: cluster.clone(), headers, body: body.into_owned(), timeout_millis: self.timeout_millis };
        Ok((callout, overrides))
    }

    /// The client's answer to what the backend said.
    ///
    /// # Errors
    /// 504 where the backend did not answer; 500 where no integration response is for what it said.
    pub(crate) fn answer(
        &self,
        reply: Reply,
        from: &MethodRequest<'_>,
        carried: &Overrides,
    ) -> Result<Answer, Rejection> {
        let response = answered(reply)?;
        let answered = Answered {
            tested: &response.status().to_string(),
            body: response.body.bytes(),
            content_type: response.headers.text("content-type"),
        };
        self.responses.answer(&answered, &IntegrationReply { headers: &response.headers, from: *from }, carried)
    }
}

/// The gateway response of a backend that did not answer.
pub(crate) fn answered(reply: Reply) -> Result<Response, Rejection> {
    match reply {
        Reply::Answered(response) => Ok(response),
        Reply::Failed(failure) => Err(network_failure(failure)),
    }
}

/// The head of a request of the gateway's own making: of a client's headers its content type alone may come to it.
///
/// # Errors
/// 400 for a body that is no JSON and mapped as such; 500 for an address that cannot be written.
pub(crate) fn head(
    parameters: &RequestParameters,
    uri: &IntegrationUri,
    method: Option<&str>,
    api_id: &str,
    from: &MethodRequest<'_>,
    overrides: &Overrides,
) -> Result<Headers, Rejection> {
    let mut headers = Headers::new();
    headers.set(":method", method.map_or(verb(from), str::as_bytes))?;
    headers.set(":path", parameters.target(Some(&uri.target), false, from, overrides)?)?;
    headers.set(":authority", &uri.authority)?;
    headers.set(":scheme", uri.origin.scheme.name())?;
    headers.set("accept", "application/json")?;
    headers.set("user-agent", format!("AmazonAPIGateway_{api_id}"))?;
    Ok(headers)
}

/// Says what a body is, as the client did. Recorded: a GET says nothing of it, unless it has one.
///
/// # Errors
/// Never: what a client sent is a value.
pub(crate) fn set_content_type(
    headers: &mut Headers,
    from: &MethodRequest<'_>,
    body: &[u8],
) -> Result<(), IllegalHeader> {
    if body.is_empty() && matches!(verb(from), b"GET" | b"HEAD" | b"OPTIONS") {
        return Ok(());
    }
    headers.set("content-type", from.request.headers.get("content-type").unwrap_or(b"application/json"))
}

/// The verb of the method request, which a client may have named in `X-HTTP-Method-Override`: what was routed by is what
/// the backend is asked with.
pub(crate) fn verb<'a>(from: &MethodRequest<'a>) -> &'a [u8] {
    from.context.http_method.as_deref().map_or(from.request.method(), str::as_bytes)
}
