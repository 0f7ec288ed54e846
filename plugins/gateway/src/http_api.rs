//! What HTTP APIs have of their own: integrations that map parameters their way, and CORS.

mod cors;
mod forwarded;
mod function;
mod proxy;
mod service;

use gatehouse_api::{Integration, Problem};
use gatehouse_integration::{HttpApiRequest, HttpApiResponse};

pub(crate) use cors::{CallingOrigin, CorsPolicy, is_preflight};
pub(crate) use function::HttpFunction;
pub(crate) use proxy::{DEFAULT_TIMEOUT, HttpApiProxy};
pub(crate) use service::{HttpService, refusal, service_address};

/// The mappings of an integration, compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mappings {
    /// `None`: the request goes on as it came.
    request: Option<HttpApiRequest>,
    response: HttpApiResponse,
}

impl Mappings {
    pub(crate) fn compile(integration: &Integration, problems: &mut Vec<Problem>) -> Self {
        let mappings = &integration.request_parameters;
        let request = (!mappings.is_empty()).then(|| HttpApiRequest::compile(mappings, problems));
        Self { request, response: response_mappings(integration, problems) }
    }
}

/// The mappings of an integration's responses, compiled.
fn response_mappings(integration: &Integration, problems: &mut Vec<Problem>) -> HttpApiResponse {
    let mut response = HttpApiResponse::default();
    for (status, mappings) in &integration.response_parameters {
        response.add(*status, mappings, problems);
    }
    response
}

#[cfg(test)]
mod tests;
