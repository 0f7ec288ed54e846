//! HTTP_PROXY: the request goes on over the proxy's own route, streamed, with its parameters mapped and its headers under
//! API Gateway's rules; so does the response.

use gatehouse_api::{Integration, IntegrationUri, Problem};
use gatehouse_filter::{Host, Rejection, ResponseType};
use gatehouse_http::{Headers, IllegalHeader, Request, Response};
use gatehouse_integration::{
    CLUSTER_HEADER, HeaderRule, Overrides, RequestParameters, backend_response_header, is_read_as, refuse_failure,
    remapped,
};
use gatehouse_mapping::{MethodRequest, is_hop_header};

use crate::http::verb;

/// How long an integration may take unless it says otherwise, in milliseconds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
pub(crate) const DEFAULT_TIMEOUT: u32 = 29_000;

/// What the filter publishes of a request that goes on: the proxy's route asks for it, which no client can write.
const FORWARDED: &str = "gatehouse_forwarded";

/// An HTTP_PROXY integration, compiled.
#[derive(Clone, Debug)]
pub(crate) struct HttpProxy {
    /// `None`: an address that a missing stage variable made invalid.
    endpoint: Option<(IntegrationUri, String)>,
    parameters: RequestParameters,
    /// `None`: the client's own verb.
    method: Option<String>,
    timeout_millis: String,
    api_id: String,
}

impl HttpProxy {
    pub(crate) fn compile(
        integration: &Integration,
        uri: Option<IntegrationUri>,
        api_id: &str,
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self {
            endpoint: uri.map(|uri| (uri.clone(), uri.cluster())),
            parameters: RequestParameters::compile(&integration.request_parameters, problems),
            method: integration.http_method.clone().filter(|method| !method.eq_ignore_ascii_case("ANY")),
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT).to_string(),
            api_id: api_id.to_owned(),
        }
    }

    /// Must the client's body be there, for a mapping to read it?
    pub(crate) fn wants_body(&self) -> bool {
        self.parameters.read_body()
    }

    /// The edits that turn the client's request into the backend's.
    ///
    /// # Errors
    /// 500 for an invalid endpoint address or an illegal mapping; 400 for a body that is no JSON and mapped as such.
    pub(crate) fn prepare(&self, from: &MethodRequest<'_>, trace_id: &str) -> Result<Prepared, Rejection> {
        let (uri, cluster) = self.endpoint.as_ref().ok_or(Rejection::new(ResponseType::ApiConfigurationError))?;
        let (mut headers, no_template) = (Headers::new(), Overrides::default());
        for (name, value) in self.parameters.headers(from, &no_template)? {
            headers.set(&name, value)?;
        }
        if !headers.has(":authority") {
            headers.set(":authority", &uri.authority)?;
        }
        headers.set(":path", self.parameters.target(Some(&uri.target), true, from, &no_template)?)?;
        let method = self.method.as_deref().map_or(verb(from), str::as_bytes);
        if method != from.request.method() {
            headers.set(":method", method)?;
        }
        headers.set("x-amzn-apigateway-api-id", &self.api_id)?;
        headers.set("x-amzn-trace-id", trace_id)?;
        headers.set("x-envoy-upstream-rq-timeout-ms", &self.timeout_millis)?;
        headers.set(CLUSTER_HEADER, cluster)?;
        let removed = self.parameters.claims(&from.request.headers);
        Ok(Prepared { removed, headers })
    }
}

/// What is to be removed from a request and set in it; the rest of it is the client's.
pub(crate) struct Prepared {
    removed: Vec<String>,
    headers: Headers,
}

impl Prepared {
    /// Edits the request, and lets it pass the proxy's route.
    ///
    /// # Errors
    /// Never for headers that were prepared.
    pub(crate) fn apply(&self, request: &mut Request, host: &dyn Host) -> Result<(), IllegalHeader> {
        let_pass(host);
        request.headers.retain(|name, _| !is_dropped(name));
        for name in &self.removed {
            request.headers.remove(name);
        }
        request.headers.set_all(&self.headers)
    }
}

/// Is this a header of the client's that no backend gets?
fn is_dropped(name: &str) -> bool {
    (is_hop_header(name) && name != "content-length" && name != "transfer-encoding")
        || matches!(name, "content-encoding" | "via")
        // The method that it names is the backend's already, who wants the header there maps it; and only the gateway says
        // which API called.
        || is_read_as(name, "x-http-method-override")
        || is_read_as(name, "x-amzn-apigateway-api-id")
        // Envoy's own: a client would steer timeouts, retries and statistics.
        || name.starts_with("x-envoy-")
}

/// Opens the proxy's route to a request that is on its way to the backend.
pub(crate) fn let_pass(host: &dyn Host) {
    host.publish(FORWARDED, b"1");
}

/// The client's view of the backend's response: headers dropped and renamed.
///
/// # Errors
/// The gateway response to a failure that Envoy reports in the backend's place.
pub(crate) fn finish(response: &mut Response) -> Result<(), Rejection> {
    refuse_failure(response)?;
    // Each under the name that the client sees.
    let mut renamed = Vec::new();
    response.headers.retain(|name, value| {
        let rule = backend_response_header(name);
        if rule == HeaderRule::Remapped {
            renamed.push((remapped(name), value.to_vec()));
        }
        match rule {
            HeaderRule::Kept => !is_of_the_proxy(name),
            // Chunks are Envoy's own matter, and the length still frames the body.
            HeaderRule::Dropped | HeaderRule::Remapped => matches!(name, "transfer-encoding" | "content-length"),
        }
    });
    for (name, value) in renamed {
        response.headers.add(&name, value)?;
    }
    if !response.headers.has("content-type") {
        response.headers.set("content-type", "application/json")?;
    }
    Ok(())
}

/// What Envoy says of its call.
fn is_of_the_proxy(name: &str) -> bool {
    matches!(name, "x-envoy-upstream-service-time" | "x-envoy-attempt-count" | "x-envoy-overloaded")
}
