//! From a rejection to an answer: what the API defines, else its defaults, else the built-in table.

use gatehouse_api::{GatewayResponse, Problem, ResponseType};
use gatehouse_context::Context;
use gatehouse_http::{Answer, Headers, Request, accepted};
use gatehouse_mapping::{InvalidMapping, MethodRequest, PathParameters, Source, StageVariables};

use crate::Rejection;
use crate::built_in::{Spelling, built_in};
use crate::template::Template;

/// The gateway responses of one API, ready to answer.
#[derive(Clone, Debug, Default)]
pub struct GatewayResponses {
    defined: Vec<Defined>,
}

/// One that the API defines, compiled.
#[derive(Clone, Debug)]
struct Defined {
    response_type: ResponseType,
    status_code: Option<u16>,
    /// Of several sources the first that has a value.
    headers: Vec<(String, Vec<Source>)>,
    templates: Vec<(String, Template)>,
}

/// What a gateway response may read of the client's request.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// The request.
    pub request: &'a Request,
    /// The path parameters, where a resource matched.
    pub path_parameters: PathParameters<'a>,
    /// The stage's variables.
    pub stage_variables: &'a StageVariables,
}

impl GatewayResponses {
    /// Compiles what an API defines.
    ///
    /// # Errors
    /// Every header and template that cannot be used, with its place.
    pub fn compile(responses: &[GatewayResponse]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let defined = responses.iter().map(|response| Defined::compile(response, &mut problems)).collect();
        if problems.is_empty() { Ok(Self { defined }) } else { Err(problems) }
    }

    /// The answer to a rejection. `$context.error` is filled in first, so that templates and the access log see it.
    pub fn answer(&self, rejection: &Rejection, client: &Client<'_>, context: &mut Context) -> Answer {
        let built_in = built_in(rejection.response_type);
        let message = rejection.message.as_deref().or(built_in.message);
        let quoted = message.map_or_else(|| "null".to_owned(), json_string);
        context.error.message = message.map(Into::into);
        context.error.message_string = Some(quoted.as_str().into());
        context.error.response_type = Some(rejection.response_type.name().into());
        context.error.validation_error_string = rejection.validation_error.as_deref().map(Into::into);
        let defined = self.find(rejection.response_type);
        let status = defined
            .and_then(|defined| defined.status_code)
            .or(rejection.status)
            .or(rejection.response_type.default_status_code())
            .unwrap_or(if is_5xx(rejection.response_type) { 500 } else { 400 });
        context.status = Some(status);

        let Client { request, path_parameters, stage_variables } = *client;
        let from = MethodRequest { request, path_parameters, context, stage_variables };
        let template = defined.and_then(|defined| defined.template(request.headers.text("accept")));
        let (content_type, body) = match (template, defined) {
            (Some((content_type, template)), _) => (content_type, template.render(&from)),
            (None, Some(_)) => (JSON, Spelling::Tight.body(&quoted).into_bytes()),
            (None, None) => {
                // What a signature lacks is told in no denial's spelling, and before any method ran.
                let is_of_a_signature = rejection.error_type.is_some()
                    && matches!(rejection.response_type, ResponseType::AccessDenied | ResponseType::Default4xx);
                let spelling = if is_of_a_signature { Spelling::Tight } else { built_in.spelling };
                (JSON, spelling.body(&quoted).into_bytes())
            }
        };
        let headers = headers(content_type, rejection.error_type.unwrap_or(built_in.error_type), defined, &from);
        Answer { status, headers, body }
    }

    /// The entry for a type: its own, else the default of its class (which gives status, headers and templates).
    fn find(&self, response_type: ResponseType) -> Option<&Defined> {
        let default = if is_5xx(response_type) { ResponseType::Default5xx } else { ResponseType::Default4xx };
        let entry = |wanted| self.defined.iter().find(|defined| defined.response_type == wanted);
        entry(response_type).or_else(|| entry(default))
    }
}

const JSON: &str = "application/json";

/// The class goes by the type's built-in status.
fn is_5xx(response_type: ResponseType) -> bool {
    match response_type.default_status_code() {
        Some(status) => status >= 500,
        None => response_type == ResponseType::Default5xx,
    }
}

/// A header that may not be written is left out: an error answer cannot fail over it.
fn headers(content_type: &str, error_type: &str, defined: Option<&Defined>, from: &MethodRequest<'_>) -> Headers {
    let mut headers = Headers::for_answer();
    let _ = headers.set("content-type", content_type);
    let _ = headers.set("x-amzn-errortype", error_type);
    if let Some(id) = &from.context.request_id {
        let _ = headers.set("x-amzn-requestid", id.as_bytes());
    }
    if let Some(id) = &from.context.extended_request_id {
        let _ = headers.set("x-amz-apigw-id", id.as_bytes());
    }
    for (name, sources) in defined.map(|defined| defined.headers.as_slice()).unwrap_or_default() {
        if let Some(value) = sources.iter().find_map(|source| source.value(from)) {
            let _ = headers.set(name, value);
        }
    }
    headers
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Defined {
    fn compile(response: &GatewayResponse, problems: &mut Vec<Problem>) -> Self {
        let mut compiled = Self {
            response_type: response.response_type,
            status_code: response.status_code,
            headers: Vec::new(),
            templates: Vec::new(),
        };
        for (target, expression) in &response.response_parameters {
            let place = response.place.then("responseParameters").then(target);
            match header_name(target) {
                Err(message) => problems.push(Problem::error(&place, message)),
                Ok(name) => match sources(expression) {
                    Ok(sources) => compiled.headers.push((name, sources)),
                    Err(error) => problems.push(Problem::error(&place, error.to_string())),
                },
            }
        }
        for (content_type, text) in &response.response_templates {
            let place = response.place.then("responseTemplates").then(content_type);
            match Template::parse(text) {
                Ok(template) => compiled.templates.push((content_type.clone(), template)),
                Err(error) => problems.push(Problem::error(&place, error.to_string())),
            }
        }
        compiled
    }

    /// The template for the first media type of `accept` that has one, else the JSON one, else the first.
    fn template(&self, accept: Option<&str>) -> Option<(&str, &Template)> {
        let find =
            |wanted: &str| self.templates.iter().find(|(content_type, _)| content_type.eq_ignore_ascii_case(wanted));
        let chosen = accepted(accept).find_map(find).or_else(|| find(JSON)).or_else(|| self.templates.first());
        chosen.map(|(content_type, template)| (content_type.as_str(), template))
    }
}

/// Where a header's value comes from. `method.input.params.NAME`, which API Gateway's own example has, is looked for as
/// `$input.params('NAME')` is: in the path, the query string, the headers.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-gateway-responses-in-swagger.html>
fn sources(expression: &str) -> Result<Vec<Source>, InvalidMapping> {
    match expression.strip_prefix("method.input.params.") {
        Some(name) if !name.is_empty() => {
            let of = |place: &str| Source::parse(&format!("method.request.{place}.{name}"));
            ["path", "querystring", "header"].into_iter().map(of).collect()
        }
        _ => Source::parse(expression).map(|source| vec![source]),
    }
}

fn header_name(target: &str) -> Result<String, String> {
    let name = target
        .strip_prefix("gatewayresponse.header.")
        .ok_or_else(|| format!("`{target}` is no target of a gateway response, use `gatewayresponse.header.NAME`"))?
        .to_ascii_lowercase();
    if matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection") {
        return Err(format!("a gateway response cannot set header `{name}`"));
    }
    match Headers::new().set(&name, "") {
        Ok(()) if !name.starts_with(':') => Ok(name),
        _ => Err(format!("`{name}` is no header name")),
    }
}

#[cfg(test)]
mod tests;
