//! The integration response: chosen by what the backend answered, it gives the client's status, headers and body.

use gatehouse_api::{IntegrationResponse, Problem};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Answer, Headers};
use gatehouse_mapping::{IntegrationReply, Literal, ResponseSource, response_header_target, whole_match};
use regex_lite::Regex;

use crate::{HeaderRule, mapped_response_header};

/// The integration responses of a method, in the order of the definition.
#[derive(Clone, Debug)]
pub struct IntegrationResponses(Vec<Response>);

#[derive(Clone, Debug)]
struct Response {
    /// Matches the whole of the tested value; absent in the default response.
    pattern: Option<Regex>,
    status_code: u16,
    headers: Vec<(String, ResponseSource)>,
    templates: Vec<(String, Literal)>,
}

/// What the integration answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// What the selection patterns are held against: the status code, or a function's `errorMessage`.
    pub tested: &'a str,
    /// The body, which passes where no template replaces it.
    pub body: &'a [u8],
    /// The client's `Accept`.
    pub accept: Option<&'a str>,
}

const JSON: &str = "application/json";

impl IntegrationResponses {
    /// Compiles what an integration says. What cannot be used is noted as a problem with its place.
    #[must_use]
    pub fn compile(responses: &[IntegrationResponse], problems: &mut Vec<Problem>) -> Self {
        Self(responses.iter().map(|response| Response::compile(response, problems)).collect())
    }

    /// The client's answer.
    ///
    /// # Errors
    /// API_CONFIGURATION_ERROR where no response matches and there is no default, or a header may not be written.
    pub fn answer(&self, answered: &Answered<'_>, reply: &IntegrationReply<'_>) -> Result<Answer, Rejection> {
        let matching = |response: &&Response| response.pattern.as_ref().is_some_and(|p| p.is_match(answered.tested));
        let default = |response: &&Response| response.pattern.is_none();
        let chosen = self.0.iter().find(matching).or_else(|| self.0.iter().find(default));
        chosen.ok_or(Rejection::new(ResponseType::ApiConfigurationError))?.answer(answered, reply)
    }
}

impl Response {
    fn compile(response: &IntegrationResponse, problems: &mut Vec<Problem>) -> Self {
        let mut compiled = Self {
            pattern: pattern(response, problems),
            status_code: response.status_code,
            headers: Vec::new(),
            templates: Vec::new(),
        };
        if !(200..=599).contains(&response.status_code) {
            let message = format!("status code `{}` cannot be sent, use 200 to 599", response.status_code);
            problems.push(Problem::error(&response.place.then("statusCode"), message));
        }
        if let Some(handling) = response.content_handling {
            let message = format!("contentHandling `{}` is not served yet", handling.name());
            problems.push(Problem::error(&response.place.then("contentHandling"), message));
        }
        for mapping in &response.response_parameters {
            match header(&mapping.target, &mapping.source) {
                Ok(Some(header)) => compiled.headers.push(header),
                Ok(None) => {}
                Err(message) => problems.push(Problem::error(&mapping.place, message)),
            }
        }
        for (content_type, text) in &response.response_templates {
            match Literal::parse(text) {
                Ok(template) => compiled.templates.push((content_type.clone(), template)),
                Err(error) => {
                    let place = response.place.then("responseTemplates").then(content_type);
                    problems.push(Problem::error(&place, error.to_string()));
                }
            }
        }
        compiled
    }

    fn answer(&self, answered: &Answered<'_>, reply: &IntegrationReply<'_>) -> Result<Answer, Rejection> {
        let template = self.template(answered.accept);
        let content_type = template.map_or(JSON, |(content_type, _)| content_type);
        let mut headers = Headers::for_answer();
        headers.set("content-type", content_type)?;
        for (name, source) in &self.headers {
            if let Some(value) = source.value(reply) {
                headers.set(name, value)?;
            }
        }
        let body = template.map_or(answered.body, |(_, template)| template.text().as_bytes()).to_vec();
        Ok(Answer { status: self.status_code, headers, body })
    }

    /// The template for the first type of `accept` that has one, else the JSON one, else the first.
    fn template(&self, accept: Option<&str>) -> Option<(&str, &Literal)> {
        let find =
            |wanted: &str| self.templates.iter().find(|(content_type, _)| content_type.eq_ignore_ascii_case(wanted));
        let ranges = accept.unwrap_or_default().split(',');
        let accepted = ranges.filter_map(|range| find(range.split(';').next().unwrap_or_default().trim())).next();
        let chosen = accepted.or_else(|| find(JSON)).or_else(|| self.templates.first());
        chosen.map(|(content_type, template)| (content_type.as_str(), template))
    }
}

/// A selection pattern as Java's `matches` has it: it must match the whole text.
fn pattern(response: &IntegrationResponse, problems: &mut Vec<Problem>) -> Option<Regex> {
    let text = response.selection_pattern.as_deref()?;
    match whole_match(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("selection pattern `{text}` is not served: {error}");
            problems.push(Problem::error(&response.place, message));
            // A pattern that matches nothing: the problem keeps the API from being served.
            Regex::new(r"[^\s\S]").ok()
        }
    }
}

/// A header of the method response under the name that it gets; `None` where it may not pass.
fn header(target: &str, source: &str) -> Result<Option<(String, ResponseSource)>, String> {
    let name = response_header_target(target).map_err(|error| error.to_string())?;
    let source = ResponseSource::parse(source).map_err(|error| error.to_string())?;
    if name.starts_with(':') || Headers::new().set(&name, "").is_err() {
        return Err(format!("`{name}` is no header name"));
    }
    Ok(match mapped_response_header(&name) {
        HeaderRule::Kept => Some((name, source)),
        HeaderRule::Remapped => Some((format!("x-amzn-remapped-{name}"), source)),
        HeaderRule::Dropped => None,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_api::{ParameterMapping, Place};
    use gatehouse_context::Context;
    use gatehouse_mapping::StageVariables;

    use super::*;

    fn response(pattern: Option<&str>, status_code: u16, templates: &[(&str, &str)]) -> IntegrationResponse {
        IntegrationResponse {
            selection_pattern: pattern.map(str::to_owned),
            status_code,
            response_parameters: vec![ParameterMapping {
                target: "method.response.header.Date".into(),
                source: "'today'".into(),
                place: Place::root(),
            }],
            response_templates: templates.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect(),
            content_handling: None,
            place: Place::root(),
        }
    }

    fn answer(responses: &[IntegrationResponse], tested: &str, accept: Option<&str>) -> Result<Answer, Rejection> {
        let mut problems = Vec::new();
        let responses = IntegrationResponses::compile(responses, &mut problems);
        assert_eq!(problems, []);
        let headers = Headers::new();
        let reply = IntegrationReply {
            headers: &headers,
            context: &Context::default(),
            stage_variables: &StageVariables::new(),
        };
        responses.answer(&Answered { tested, body: b"backend", accept }, &reply)
    }

    #[test]
    fn a_pattern_must_match_the_whole_text_and_the_default_comes_last() {
        let responses = [
            response(None, 200, &[]),
            response(Some(r"4\d{2}"), 400, &[]),
            response(Some("404"), 444, &[]),
            response(Some(".*lost.*"), 410, &[]),
            response(Some("a|b"), 201, &[]),
        ];
        let check =
            |tested: &str, status| assert_eq!(answer(&responses, tested, None).unwrap().status, status, "{tested}");
        check("200", 200);
        check("404", 400);
        check("4040", 200);
        check("all is lost here", 410);
        check("lost\nfound", 200);
        check("ab", 200);
        check("b", 201);
    }

    #[test]
    fn no_match_and_no_default_is_a_configuration_error() {
        let rejection = answer(&[response(Some("200"), 200, &[])], "500", None).unwrap_err();
        assert_eq!(rejection.response_type, ResponseType::ApiConfigurationError);
    }

    #[test]
    fn the_body_passes_unless_a_template_replaces_it() {
        let check = |templates: &[(&str, &str)], accept: Option<&str>, content_type: &str, body: &str| {
            let answer = answer(&[response(None, 200, templates)], "200", accept).unwrap();
            assert_eq!(answer.headers.text("content-type"), Some(content_type));
            assert_eq!(answer.body, body.as_bytes());
            assert_eq!(answer.headers.text("x-amzn-remapped-date"), Some("today"));
        };
        check(&[], None, "application/json", "backend");
        check(&[("text/html", "<p>")], Some("*/*"), "text/html", "<p>");
        check(&[("text/html", "<p>"), ("application/json", "{}")], Some("application/xml"), "application/json", "{}");
        check(&[("application/json", "{}"), ("text/html", "<p>")], Some("text/html;q=1,*/*"), "text/html", "<p>");
    }

    #[test]
    fn what_cannot_be_used_is_a_problem() {
        let check = |pattern: &str, template: &str, expected: &str| {
            let mut problems = Vec::new();
            let response = response(Some(pattern), 200, &[("application/json", template)]);
            let _ = IntegrationResponses::compile(&[response], &mut problems);
            assert!(problems.len() == 1 && problems[0].message.contains(expected), "{problems:?}");
        };
        check("(", "", "selection pattern `(`");
        check("(?=a)", "", "selection pattern `(?=a)`");
        check("200", "$input.json('$')", "Velocity is not served yet");
    }
}
