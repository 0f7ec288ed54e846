//! The integration, compiled: what is made of a request, and of a response.

use gatehouse_api::{Integration, IntegrationType, ParameterMapping, Place, Problem, TargetTemplate};
use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_http::{Answer, Body, Headers, IllegalHeader, Origin, Request, Response};
use gatehouse_integration::config::{Ordered, content_handling, passthrough_behavior};
use gatehouse_integration::{
    Answered, BinaryMediaTypes, HttpApiRequest, HttpApiResponse, IntegrationRequest, IntegrationResponses, Overrides,
    RequestParameters, RequestTemplates, is_http_api_key, is_proxys_own, proxy_failure,
};
use gatehouse_mapping::{IntegrationReply, MethodRequest};

use crate::config;

/// What of a route's requests and responses is mapped.
#[derive(Debug)]
pub(crate) enum Transform {
    /// `http`: both are of the integration's making.
    Http(Box<Http>),
    /// `http_proxy` of a REST API: parameters of the request.
    Proxy { parameters: RequestParameters, target: Target },
    /// `http_proxy` of an HTTP API: parameters of both.
    HttpApi { request: HttpApiRequest, response: HttpApiResponse, method: Option<String> },
}

#[derive(Debug)]
pub(crate) struct Http {
    templates: RequestTemplates,
    parameters: RequestParameters,
    target: Target,
    responses: IntegrationResponses,
}

/// What the backend is asked for.
#[derive(Debug)]
pub(crate) struct Target {
    /// `None`: the client's own.
    method: Option<String>,
    /// `None`: the client's own.
    template: Option<TargetTemplate>,
}

/// What becomes of a request.
pub(crate) struct Mapped {
    /// All that the backend gets.
    pub(crate) headers: Headers,
    /// The body that it gets, where it is not the client's.
    pub(crate) body: Option<Vec<u8>>,
    /// What the template says of the response.
    pub(crate) carried: Overrides,
}

impl Transform {
    /// Compiles what is written, but for what is not the integration's own.
    ///
    /// # Errors
    /// What cannot be used, with its place.
    pub(crate) fn compile(written: config::RequestTransform) -> Result<Self, Problem> {
        let root = Place::root();
        let mut problems = Vec::new();
        let mappings = written.request_parameters.parameter_mappings(&root.then("requestParameters"));
        let method = written.http_method.filter(|method| !method.eq_ignore_ascii_case("ANY"));
        let target = Target { method, template: written.uri.as_deref().map(template).transpose()? };
        let transform = match written.kind.to_ascii_lowercase().as_str() {
            "http" => {
                refuse_if(!written.response_parameters.0.is_empty(), "responseParameters", "http_proxy")?;
                let binary = BinaryMediaTypes::new(&written.binary_media_types);
                let mut integration = Integration::new(IntegrationType::Http, root.clone());
                integration.request_templates = written.request_templates.0;
                integration.passthrough_behavior = passthrough_behavior(written.passthrough_behavior.as_deref())?;
                integration.content_handling =
                    content_handling(written.content_handling.as_deref(), &root.then("contentHandling"))?;
                let responses = written.responses.integration_responses()?;
                Transform::Http(Box::new(Http {
                    templates: RequestTemplates::compile(&integration, &binary, &mut problems),
                    parameters: RequestParameters::compile(&mappings, &mut problems),
                    target,
                    responses: IntegrationResponses::compile(&responses, &binary, &mut problems),
                }))
            }
            "http_proxy" => {
                refuse_if(!written.request_templates.0.is_empty(), "requestTemplates", "http")?;
                refuse_if(!written.responses.0.is_empty(), "responses", "http")?;
                refuse_if(written.passthrough_behavior.is_some(), "passthroughBehavior", "http")?;
                refuse_if(written.content_handling.is_some(), "contentHandling", "http")?;
                let response = responses_by_status(written.response_parameters.0, &mut problems)?;
                match dialect(&mappings, response.is_some())? {
                    Dialect::Rest => {
                        Transform::Proxy { parameters: RequestParameters::compile(&mappings, &mut problems), target }
                    }
                    Dialect::HttpApi => {
                        if target.template.is_some() {
                            let message =
                                "an HTTP API's mappings have `overwrite:path` in `requestParameters` for this";
                            return Err(Problem::error(&root.then("uri"), message));
                        }
                        let request = HttpApiRequest::compile(&mappings, &mut problems);
                        Transform::HttpApi { request, response: response.unwrap_or_default(), method: target.method }
                    }
                }
            }
            kind => {
                let message = format!("`{kind}` is not served by this filter, use `http` or `http_proxy`");
                return Err(Problem::error(&root.then("type"), message));
            }
        };
        match problems.into_iter().find(Problem::is_error) {
            None => Ok(transform),
            Some(problem) => Err(problem),
        }
    }

    /// Must the client's body be there?
    pub(crate) fn wants_body(&self) -> bool {
        match self {
            // Even one that nobody reads is replaced, and the proxy can do that only when it has come.
            Transform::Http(_) => true,
            Transform::Proxy { parameters, .. } => parameters.read_body(),
            Transform::HttpApi { request, .. } => request.reads_body(),
        }
    }

    /// Are these the mappings of an HTTP API?
    pub(crate) fn is_http_api(&self) -> bool {
        matches!(self, Transform::HttpApi { .. })
    }

    /// Must the backend's body be there?
    pub(crate) fn wants_response_body(&self, response: &Response) -> bool {
        match self {
            Transform::Http(_) => response.origin == Origin::Upstream,
            Transform::Proxy { .. } => false,
            Transform::HttpApi { response: mappings, .. } => mappings.reads_body(response.status()),
        }
    }

    /// The backend's request.
    ///
    /// # Errors
    /// 415 for a body that may not pass; 400 for one that is no JSON and mapped as such; 500 for an illegal mapping and for a
    /// template that fails.
    pub(crate) fn request(&self, from: &MethodRequest<'_>) -> Result<Mapped, Rejection> {
        match self {
            Transform::Http(http) => http.request(from),
            Transform::Proxy { parameters, target } => {
                let (mut headers, none) = (from.request.headers.clone(), Overrides::default());
                for name in parameters.claims(&from.request.headers) {
                    headers.remove(&name);
                }
                set_all(&mut headers, parameters.headers(from, &none)?)?;
                if target.template.is_some() || parameters.map_query() {
                    headers.set(":path", parameters.target(target.template.as_ref(), true, from, &none)?)?;
                }
                set_method(&mut headers, target.method.as_deref())?;
                Ok(Mapped { headers, body: None, carried: none })
            }
            Transform::HttpApi { request: mappings, method, .. } => {
                let mut request = Request { headers: from.request.headers.clone(), body: Body::Unread };
                mappings.edits(from).apply(&mut request)?;
                set_method(&mut request.headers, method.as_deref())?;
                Ok(Mapped { headers: request.headers, body: None, carried: Overrides::default() })
            }
        }
    }

    /// What the client gets instead of the backend's response; `None` where that goes on, as edited.
    ///
    /// # Errors
    /// 500 where no integration response is for what the backend said, for a template that fails, for what cannot be sent, and for a
    /// body that is too large to be read.
    pub(crate) fn response(
        &self,
        response: &mut Response,
        from: &MethodRequest<'_>,
        carried: &Overrides,
    ) -> Result<Option<Answer>, Rejection> {
        if let Origin::Proxy(details) = &response.origin {
            return match (self, response.status()) {
                (Transform::Http(_), status @ 502..=504) => Err(proxy_failure(status, details)),
                // Envoy or another filter of the route answered: nothing of it is the backend's.
                _ => Ok(None),
            };
        }
        if response.body == Body::Unread && self.wants_response_body(response) {
            return Err(Rejection::new(ResponseType::Default5xx));
        }
        match self {
            Transform::Http(http) => http.answer(response, from, carried).map(Some),
            Transform::Proxy { .. } => Ok(None),
            Transform::HttpApi { response: mappings, .. } => {
                mappings.apply(response, from.context, from.stage_variables)?;
                Ok(None)
            }
        }
    }
}

impl Http {
    /// Of the client's headers the backend gets those that frame the request, and the body's type.
    fn request(&self, from: &MethodRequest<'_>) -> Result<Mapped, Rejection> {
        let IntegrationRequest { body, overrides } = self.templates.render(from)?;
        let mut headers = from.request.headers.clone();
        for (name, _) in from.request.headers.iter() {
            let name = String::from_utf8_lossy(name);
            if !stays(&name) {
                headers.remove(&name);
            }
        }
        headers.set("accept", "application/json")?;
        set_method(&mut headers, self.target.method.as_deref())?;
        let bodiless = matches!(headers.get(":method"), Some(b"GET" | b"HEAD" | b"OPTIONS"));
        if bodiless {
            headers.remove("content-type");
        } else if !headers.has("content-type") {
            headers.set("content-type", "application/json")?;
        }
        set_all(&mut headers, self.parameters.headers(from, &overrides)?)?;
        headers.set(":path", self.parameters.target(self.target.template.as_ref(), false, from, &overrides)?)?;
        let body = if bodiless { Vec::new() } else { body.into_owned() };
        let body = match &from.request.body {
            Body::Empty if body.is_empty() => None,
            // The proxy can replace a body, and cannot add one.
            Body::Empty => {
                let message = "A request without a body cannot be given one";
                return Err(Rejection::new(ResponseType::ApiConfigurationError).message(message));
            }
            Body::Unread | Body::Read(_) | Body::Replaced(_) => Some(body),
        };
        Ok(Mapped { headers, body, carried: overrides })
    }

    fn answer(&self, response: &Response, from: &MethodRequest<'_>, carried: &Overrides) -> Result<Answer, Rejection> {
        let answered = Answered {
            tested: &response.status().to_string(),
            body: response.body.bytes(),
            content_type: response.headers.text("content-type"),
        };
        self.responses.answer(&answered, &IntegrationReply { headers: &response.headers, from: *from }, carried)
    }
}

/// Whose mappings they are.
enum Dialect {
    Rest,
    HttpApi,
}

fn dialect(mappings: &[ParameterMapping], maps_responses: bool) -> Result<Dialect, Problem> {
    let of_http_api = mappings.iter().filter(|mapping| is_http_api_key(&mapping.target)).count();
    match (mappings.iter().find(|mapping| !is_http_api_key(&mapping.target)), of_http_api, maps_responses) {
        (None, 0, false) | (Some(_), 0, false) => Ok(Dialect::Rest),
        (None, ..) => Ok(Dialect::HttpApi),
        (Some(other), ..) => {
            let message = format!(
                "`{}` is a mapping of REST APIs beside those of an HTTP API (`append|overwrite|remove:…`): use either",
                other.target
            );
            Err(Problem::error(&other.place, message))
        }
    }
}

fn responses_by_status(
    written: Vec<(String, Ordered<String>)>,
    problems: &mut Vec<Problem>,
) -> Result<Option<HttpApiResponse>, Problem> {
    let mut compiled = None;
    for (status, mappings) in written {
        let place = Place::root().then("responseParameters").then(&status);
        match status.parse() {
            Ok(code @ 200..=599) => {
                let mappings = mappings.parameter_mappings(&place);
                compiled.get_or_insert_with(HttpApiResponse::default).add(code, &mappings, problems);
            }
            _ => return Err(Problem::error(&place, format!("`{status}` is no status code, use 200 to 599"))),
        }
    }
    Ok(compiled)
}

fn refuse_if(written: bool, field: &str, kind: &str) -> Result<(), Problem> {
    match written {
        false => Ok(()),
        true => Err(Problem::error(&Place::root().then(field), format!("only type `{kind}` has this"))),
    }
}

fn template(uri: &str) -> Result<TargetTemplate, Problem> {
    if uri.starts_with('/') {
        return Ok(TargetTemplate::parse(uri));
    }
    let message = format!("`{uri}` is no path: begin it with a slash; the route says which backend is asked");
    Err(Problem::error(&Place::root().then("uri"), message))
}

/// Headers that a request of the integration's making keeps: what frames it, and what the proxy put there for itself.
fn stays(name: &str) -> bool {
    is_proxys_own(name)
        || matches!(name, "content-type" | "content-length" | "transfer-encoding" | "x-request-id" | "x-amzn-trace-id")
        || matches!(name, "traceparent" | "tracestate")
        // Without it Envoy finds no route.
        || name == "x-forwarded-proto"
}

fn set_method(headers: &mut Headers, method: Option<&str>) -> Result<(), IllegalHeader> {
    method.map_or(Ok(()), |method| headers.set(":method", method))
}

fn set_all(headers: &mut Headers, mapped: Vec<(String, Vec<u8>)>) -> Result<(), IllegalHeader> {
    for (name, value) in mapped {
        headers.set(&name, value)?;
    }
    Ok(())
}
