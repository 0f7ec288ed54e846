//! AWS_PROXY of an HTTP API with an `integrationSubtype`: an AWS service in place of a function. What it answers is the client's.

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{Integration, IntegrationSubtype, IntegrationUri, Method, Problem, REGION};
use gatehouse_context::Text;
use gatehouse_filter::{Callout, Rejection, Reply, ResponseType};
use gatehouse_http::{Answer, Headers, Response};
use gatehouse_integration::{
    HeaderRule, HttpApiResponse, ServiceCall, ServiceRequest, http_api_response_header, service_refusal,
};
use gatehouse_mapping::{MethodRequest, StageVariables};

use super::function::finished;
use super::proxy::{DEFAULT_TIMEOUT, within_stage};
use super::response_mappings;
use crate::aws::ServiceUri;
use crate::compile::{Endpoint, Gateway, Signing};
use crate::credentials;
use crate::http::answered;
use crate::lambda::Site;
use crate::stage::Backend;

/// An AWS service behind a route.
#[derive(Debug)]
pub(crate) struct HttpService {
    call: ServiceCall,
    uri: IntegrationUri,
    cluster: String,
    response: HttpApiResponse,
    timeout_millis: u32,
    api_id: String,
}

impl HttpService {
    /// Must the client's body be there?
    pub(crate) fn wants_body(&self) -> bool {
        self.call.reads_body()
    }

    /// The call to the service. `inside` is the path within the stage, which parameters read.
    ///
    /// # Errors
    /// 400 where a parameter has no value.
    pub(crate) fn callout(&self, from: &MethodRequest<'_>, inside: &str, trace_id: &str) -> Result<Callout, Rejection> {
        let read = within_stage(from.request, inside, &[])?;
        let from_within = MethodRequest { request: &read, ..*from };
        let ServiceRequest { method, target, content_type, action, body } =
            self.call.request(&from_within, from.request.body.bytes())?;
        let mut headers = Headers::new();
        headers.set(":method", method)?;
        headers.set(":path", target)?;
        headers.set(":authority", &self.uri.authority)?;
        headers.set(":scheme", self.uri.origin.scheme.name())?;
        headers.set("user-agent", format!("AmazonAPIGateway_{}", self.api_id))?;
        headers.set("x-amzn-trace-id", trace_id)?;
        for (name, value) in [("content-type", content_type), ("x-amz-target", action)] {
            if let Some(value) = value {
                headers.set(name, value)?;
            }
        }
        headers.set("content-length", body.len().to_string())?;
        Ok(Callout { cluster: self.cluster.clone(), headers, body, timeout_millis: self.timeout_millis })
    }

    /// The client's answer to what the service said.
    ///
    /// # Errors
    /// 500 for what the service refuses (recorded: not its own status), or a mapping to what cannot be sent; 503 where it did
    /// not answer.
    pub(crate) fn answer(&self, reply: Reply, from: &MethodRequest<'_>) -> Result<Answer, Rejection> {
        let mut response = succeeded(answered(reply)?)?;
        let headers = &mut response.headers;
        headers
            .retain(|name, _| http_api_response_header(name) != HeaderRule::Dropped && !name.starts_with("x-envoy-"));
        finished(response, &self.response, from)
    }
}

/// What a service says of why it refused a call, which clients are not told.
pub(crate) fn refusal(response: &Response) -> Option<Text> {
    let refused = !(200..=299).contains(&response.status());
    service_refusal(response.body.bytes()).filter(|_| refused).map(Text::from)
}

/// What a service answers to what it has done.
fn succeeded(response: Response) -> Result<Response, Rejection> {
    match response.status() {
        200..=299 => Ok(response),
        _ => Err(Rejection::new(ResponseType::IntegrationFailure).status(500)),
    }
}

impl Gateway {
    /// An integration with an AWS service.
    pub(crate) fn http_service(
        &mut self,
        subtype: IntegrationSubtype,
        method: &Method,
        integration: &Integration,
        site: Site<'_>,
        problems: &mut Vec<Problem>,
    ) -> (Backend, Option<Signing>) {
        let call = ServiceCall::compile(subtype, &integration.request_parameters, problems);
        let response = response_mappings(integration, problems);
        let named = service_of(subtype, &call, &site.stage.variables, site.deployment);
        let place = integration.place.then("requestParameters").then(REGION);
        let named = named.map_err(|message| problems.push(Problem::error(&place, message)));
        let Ok(named) = named else { return (Backend::Unserved, None) };
        let addressed = Integration { uri: Some(named.address), ..integration.clone() };
        let uri = IntegrationUri::resolve(&addressed, &site.stage.variables, site.deployment);
        let Ok(Some(uri)) = uri.map_err(|problem| problems.push(problem)) else { return (Backend::Unserved, None) };
        let signing = Some(Signing { service: named.service, region: named.region, role: None });
        let mut endpoint = Endpoint { signing, ..Endpoint::of(&uri, site.deployment) };
        let as_caller = credentials::of_integration(method, integration, &mut endpoint, site, problems);
        let service = HttpService {
            call,
            uri,
            cluster: endpoint.cluster(),
            response,
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT),
            api_id: site.api.api_id.clone(),
        };
        self.endpoints.insert(endpoint);
        (Backend::HttpService(Box::new(service)), as_caller)
    }
}

/// Where the service of a subtype is: in the region that is named, or else the API's own.
fn service_of(
    subtype: IntegrationSubtype,
    call: &ServiceCall,
    variables: &StageVariables,
    deployment: &Deployment,
) -> Result<ServiceUri, String> {
    let region = call.region(variables)?;
    ServiceUri::of_subtype(subtype, region.as_deref().unwrap_or(&deployment.region))
}

/// The address of the service that an integration of an HTTP API calls, if it calls one.
pub(crate) fn service_address(
    integration: &Integration,
    variables: &StageVariables,
    deployment: &Deployment,
) -> Option<String> {
    let subtype = integration.integration_subtype?;
    let call = ServiceCall::compile(subtype, &integration.request_parameters, &mut Vec::new());
    service_of(subtype, &call, variables, deployment).ok().map(|service| service.address)
}
