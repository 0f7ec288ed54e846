//! HTTP_PROXY of an HTTP API: the request goes on over the proxy's own route, streamed, with its parameters mapped as HTTP
//! APIs do; so does the response.

use gatehouse_api::{ConnectionType, Integration, IntegrationUri, ParameterMapping, Problem, UriPart};
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::{Body, Headers, IllegalHeader, Origin, Request, Response};
use gatehouse_integration::{
    BODY_READ, CLUSTER_HEADER, HeaderRule, HttpApiRequest, Overrides, RequestParameters, http_api_response_header,
    refuse_failure,
};
use gatehouse_lambda::forwarded_port;
use gatehouse_mapping::{MethodRequest, StageVariables};

use super::{Mappings, forwarded};

/// How long an integration may take unless it says otherwise, in milliseconds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
pub(crate) const DEFAULT_TIMEOUT: u32 = 30_000;

/// An HTTP_PROXY integration, compiled.
#[derive(Debug)]
pub(crate) struct HttpApiProxy {
    /// `None`: an address that a missing stage variable made invalid.
    endpoint: Option<(IntegrationUri, String)>,
    /// The route's path parameters, which fill those of the URI by their names.
    parameters: RequestParameters,
    mappings: Mappings,
    /// `None`: the client's own verb.
    method: Option<String>,
    timeout_millis: String,
    hands_on: HandsOn,
}

/// What of the client's path the backend gets behind the URI's own.
#[derive(Debug)]
enum HandsOn {
    /// Nothing but what the URI's parameters name.
    Nothing,
    /// The default route: the path within the stage.
    Path,
    /// A private integration: the stage, too.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html>
    StageAndPath,
}

impl HttpApiProxy {
    pub(crate) fn compile(
        integration: &Integration,
        uri: Option<IntegrationUri>,
        is_default_route: bool,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let uri = uri.map(with_plain_query);
        let filled = uri.as_ref().map(|uri| filled(uri, integration)).unwrap_or_default();
        Self {
            endpoint: uri.map(|uri| (uri.clone(), uri.cluster())),
            parameters: RequestParameters::compile(&filled, problems),
            mappings: Mappings::compile(integration, problems),
            method: integration.http_method.clone().filter(|method| !method.eq_ignore_ascii_case("ANY")),
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT).to_string(),
            hands_on: match integration.connection_type {
                ConnectionType::VpcLink => HandsOn::StageAndPath,
                ConnectionType::Internet if is_default_route => HandsOn::Path,
                ConnectionType::Internet => HandsOn::Nothing,
            },
        }
    }

    /// Must the client's body be there, for a mapping to read it?
    pub(crate) fn wants_body(&self) -> bool {
        self.mappings.request.as_ref().is_some_and(|mappings| mappings.reads_body())
    }

    /// Must the backend's body be there?
    pub(crate) fn wants_response_body(&self, response: &Response) -> bool {
        response.origin == Origin::Upstream && self.mappings.response.reads_body(response.status())
    }

    /// The headers of the backend's request. `inside` is the path within the stage.
    ///
    /// # Errors
    /// 500 for an invalid endpoint address, and for a mapping to what cannot be sent.
    pub(crate) fn prepare(&self, from: &MethodRequest<'_>, inside: &str, trace_id: &str) -> Result<Headers, Rejection> {
        let misconfigured = Rejection::new(ResponseType::ApiConfigurationError);
        let (uri, cluster) = self.endpoint.as_ref().ok_or(misconfigured)?;
        let mut request = Request { headers: from.request.headers.clone(), body: Body::Unread };
        clean(&mut request.headers);
        forwarded::fold(&mut request.headers)?;
        request.headers.set("x-forwarded-port", forwarded_port(from.request))?;
        if from.request.body == Body::Empty {
            request.headers.set("content-length", "0")?;
        }
        request.headers.set(":authority", &uri.authority)?;
        request.headers.set(":path", self.target(uri, from, inside)?)?;
        if let Some(method) = &self.method {
            request.headers.set(":method", method)?;
        }
        request.headers.set("x-amzn-trace-id", trace_id)?;
        if let Some(mappings) = &self.mappings.request {
            let read = within_stage(from.request, inside, body_read(from.request, mappings))?;
            mappings.edits(&MethodRequest { request: &read, ..*from }).apply(&mut request)?;
        }
        // A request of HTTP/1.1 has a host, whatever a mapping removes.
        if !request.headers.has(":authority") {
            request.headers.set(":authority", &uri.authority)?;
        }
        request.headers.set("x-envoy-upstream-rq-timeout-ms", &self.timeout_millis)?;
        request.headers.set(CLUSTER_HEADER, cluster)?;
        Ok(request.headers)
    }

    /// The path and query to ask the backend for.
    fn target(&self, uri: &IntegrationUri, from: &MethodRequest<'_>, inside: &str) -> Result<Vec<u8>, Rejection> {
        let target = self.parameters.target(Some(&uri.target), true, from, &Overrides::default())?;
        let stage = match self.hands_on {
            HandsOn::Nothing => return Ok(target),
            HandsOn::Path => "",
            HandsOn::StageAndPath => {
                from.context.stage.as_deref().filter(|stage| *stage != "$default").unwrap_or_default()
            }
        };
        let slash = if stage.is_empty() { "" } else { "/" };
        let (path, query) = target.split_at(target.iter().position(|byte| *byte == b'?').unwrap_or(target.len()));
        let path = path.strip_suffix(b"/").unwrap_or(path);
        Ok([path, slash.as_bytes(), stage.as_bytes(), inside.as_bytes(), query].concat())
    }

    /// The client's view of the backend's response.
    ///
    /// # Errors
    /// The answer to a failure that Envoy reports in the backend's place; 500 for a mapping to what cannot be sent, and for one that
    /// reads a body which is too large to be read.
    pub(crate) fn finish(
        &self,
        response: &mut Response,
        context: &gatehouse_context::Context,
        stage_variables: &StageVariables,
    ) -> Result<(), Rejection> {
        refuse_failure(response)?;
        if response.body == Body::Unread && self.wants_response_body(response) {
            return Err(Rejection::new(ResponseType::Default5xx));
        }
        response.headers.retain(|name, _| {
            // What frames the body is Envoy's own matter.
            let frames = matches!(name, "content-length" | "transfer-encoding");
            (frames || http_api_response_header(name) != HeaderRule::Dropped) && !name.starts_with("x-envoy-")
        });
        self.mappings.response.apply(response, context, stage_variables)
    }
}

/// In the query of a URI `{name}` is text (recorded).
fn with_plain_query(mut uri: IntegrationUri) -> IntegrationUri {
    for part in &mut uri.target.query {
        if let UriPart::Parameter(name) = part {
            *part = UriPart::Text(format!("{{{name}}}"));
        }
    }
    uri
}

/// The mappings by which the parameters of a URI's path are those of the route.
fn filled(uri: &IntegrationUri, integration: &Integration) -> Vec<ParameterMapping> {
    let names = uri.target.path.iter().filter_map(|part| match part {
        UriPart::Parameter(name) => Some(name),
        UriPart::Text(_) => None,
    });
    let mapping = |name: &String| ParameterMapping {
        target: format!("integration.request.path.{name}"),
        source: format!("method.request.path.{name}"),
        place: integration.place.then("uri"),
    };
    names.map(mapping).collect()
}

/// What mappings of HTTP APIs read of a body: more of it is not looked at.
pub(crate) fn body_read<'a>(request: &'a Request, mappings: &HttpApiRequest) -> &'a [u8] {
    let body = request.body.bytes();
    if mappings.reads_body() { body.get(..BODY_READ).unwrap_or(body) } else { &[] }
}

/// A request as mappings of HTTP APIs read it: `$request.path` has no stage.
///
/// # Errors
/// Never: a part of a path is one.
pub(crate) fn within_stage(request: &Request, inside: &str, body: &[u8]) -> Result<Request, IllegalHeader> {
    let mut read = Request { headers: request.headers.clone(), body: Body::Read(body.to_vec()) };
    let mut target = if inside.is_empty() { b"/".to_vec() } else { inside.as_bytes().to_vec() };
    if !request.query().raw().is_empty() {
        target.push(b'?');
        target.extend_from_slice(request.query().raw());
    }
    read.set_target(target)?;
    Ok(read)
}

/// Removes what a backend must not see: what is about the connection, and Envoy's own, by which a client would steer
/// timeouts, retries and statistics.
fn clean(headers: &mut Headers) {
    headers.retain(|name, _| {
        let of_connection = matches!(
            name,
            "connection"
                | "expect"
                | "keep-alive"
                | "proxy-authenticate"
                | "proxy-connection"
                | "te"
                | "trailer"
                | "upgrade"
        );
        !of_connection && !name.starts_with("x-envoy-")
    });
}
