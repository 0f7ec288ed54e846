//! The integration response: chosen by what the backend answered, it gives the client's status, headers and body.

use std::borrow::Cow;

use gatehouse_api::{ContentHandling, IntegrationResponse, Problem};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Answer, Headers, accepted};
use gatehouse_mapping::{IntegrationReply, ResponseSource, response_header_target};
use gatehouse_pattern::Whole;
use gatehouse_vtl::Overrides;

use crate::body_source::BodySource;
use crate::headers::{may_be_written, remapped};
use crate::payload::{BinaryMediaTypes, Payload};
use crate::template::MappingTemplate;
use crate::{HeaderRule, mapped_response_header};

/// The integration responses of a method, in the order of the definition.
#[derive(Clone, Debug)]
pub struct IntegrationResponses {
    responses: Vec<Response>,
    binary: BinaryMediaTypes,
}

#[derive(Clone, Debug)]
struct Response {
    /// Matches the whole of the tested value; absent in the default response.
    pattern: Option<Whole>,
    status_code: u16,
    headers: Vec<(String, Source)>,
    templates: Vec<(String, MappingTemplate)>,
    handling: Option<ContentHandling>,
}

/// Where a header's value comes from.
#[derive(Clone, Debug)]
enum Source {
    Parameter(ResponseSource),
    Body(BodySource),
}

/// What the integration answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// What the selection patterns are held against: the status code, or a function's `errorMessage`.
    pub tested: &'a str,
    /// The body, which passes where no template replaces it.
    pub body: &'a [u8],
    /// The body's type.
    pub content_type: Option<&'a str>,
}

const JSON: &str = "application/json";

impl IntegrationResponses {
    /// Compiles what an integration says. What cannot be used is noted as a problem with its place.
    #[must_use]
    pub fn compile(responses: &[IntegrationResponse], binary: &BinaryMediaTypes, problems: &mut Vec<Problem>) -> Self {
        let responses = responses.iter().map(|response| Response::compile(response, problems)).collect();
        Self { responses, binary: binary.clone() }
    }

    /// The client's answer; `carried` is what the request's template said of it.
    ///
    /// # Errors
    /// API_CONFIGURATION_ERROR where no response matches and there is no default, a template fails, or a header may not
    /// be written.
    pub fn answer(
        &self,
        answered: &Answered<'_>,
        reply: &IntegrationReply<'_>,
        carried: &Overrides,
    ) -> Result<Answer, Rejection> {
        let response = self.choose(answered.tested)?;
        let accept = reply.from.request.headers.text("accept");
        let payload = self.binary.response(answered.body, answered.content_type, accept, response.handling)?;
        response.answer(payload, reply, carried)
    }

    /// The answer of a MOCK integration to the status that its template said. It has no body but what its template makes:
    /// that is what `contentHandling` converts.
    ///
    /// # Errors
    /// As of [`answer`](Self::answer).
    pub fn mock(&self, status: i64, reply: &IntegrationReply<'_>, carried: &Overrides) -> Result<Answer, Rejection> {
        let tested = status.to_string();
        let response = self.own(status, &tested).map_or_else(|| self.choose(&tested), Ok)?;
        let mut answer = response.answer(Payload::Text(Cow::Borrowed("")), reply, carried)?;
        if response.handling == Some(ContentHandling::ConvertToBinary) {
            answer.body = Payload::decoded(&answer.body)?.into_bytes().into_owned();
        }
        Ok(answer)
    }

    /// Of several whose pattern matches a MOCK integration's status, the response that has this status itself wins. Seen on
    /// AWS by <https://github.com/ministackorg/ministack/pull/1756>.
    fn own(&self, status: i64, tested: &str) -> Option<&Response> {
        self.responses.iter().find(|response| i64::from(response.status_code) == status && response.matches(tested))
    }

    fn choose(&self, tested: &str) -> Result<&Response, Rejection> {
        let matching = |response: &&Response| response.matches(tested);
        let default = |response: &&Response| response.pattern.is_none();
        let chosen = self.responses.iter().find(matching).or_else(|| self.responses.iter().find(default));
        chosen.ok_or(failed())
    }
}

impl Response {
    fn compile(response: &IntegrationResponse, problems: &mut Vec<Problem>) -> Self {
        if !(200..=599).contains(&response.status_code) {
            let message = format!("status code `{}` cannot be sent, use 200 to 599", response.status_code);
            problems.push(Problem::error(&response.place.then("statusCode"), message));
        }
        let pattern = pattern(response, problems);
        let mut headers = Vec::new();
        for mapping in &response.response_parameters {
            match header(&mapping.target, &mapping.source) {
                Ok(Some(header)) => headers.push(header),
                Ok(None) => {}
                Err(message) => problems.push(Problem::error(&mapping.place, message)),
            }
        }
        let place = response.place.then("responseTemplates");
        let templates = response.response_templates.iter().map(|(content_type, text)| {
            (content_type.clone(), MappingTemplate::compile(text, &place.then(content_type), problems))
        });
        let templates = templates.collect();
        Self { pattern, status_code: response.status_code, headers, templates, handling: response.content_handling }
    }

    fn matches(&self, tested: &str) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(tested))
    }

    fn answer(
        &self,
        payload: Payload<'_>,
        reply: &IntegrationReply<'_>,
        carried: &Overrides,
    ) -> Result<Answer, Rejection> {
        let template = self.template(reply.from.request.headers.text("accept"));
        let mut headers = Headers::for_answer();
        headers.set("content-type", template.map_or(JSON, |(content_type, _)| content_type))?;
        for (name, source) in &self.headers {
            if let Some(value) = source.value(&payload, reply)? {
                headers.set(name, value)?;
            }
        }
        let mut answer = Answer { status: self.status_code, headers, body: Vec::new() };
        override_with(&mut answer, carried)?;
        answer.body = match template {
            None => payload.into_bytes().into_owned(),
            Some((_, template)) => {
                let (body, overrides) = template.render(&payload, &reply.from, Some(carried))?;
                override_with(&mut answer, &overrides)?;
                body.into_owned()
            }
        };
        Ok(answer)
    }

    /// The template for the first type of `accept` that has one, else the JSON one, else the first.
    fn template(&self, accept: Option<&str>) -> Option<(&str, &MappingTemplate)> {
        let find =
            |wanted: &str| self.templates.iter().find(|(content_type, _)| content_type.eq_ignore_ascii_case(wanted));
        let chosen = accepted(accept).find_map(find).or_else(|| find(JSON)).or_else(|| self.templates.first());
        chosen.map(|(content_type, template)| (content_type.as_str(), template))
    }
}

impl Source {
    fn parse(text: &str) -> Result<Self, String> {
        match BodySource::parse(text) {
            Some(source) if text.starts_with("integration.response.") => source.map(Source::Body),
            _ => ResponseSource::parse(text).map(Source::Parameter).map_err(|error| error.to_string()),
        }
    }

    /// # Errors
    /// 500 for a body that begins like JSON and is none.
    fn value<'a>(
        &'a self,
        payload: &'a Payload<'_>,
        reply: &IntegrationReply<'a>,
    ) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
        match (self, payload) {
            (Source::Parameter(source), _) => Ok(source.value(reply)),
            (Source::Body(source), Payload::Text(text)) => source.value(text.as_bytes()).map_err(|_| failed()),
            (Source::Body(source), Payload::Binary(bytes)) => source.value(bytes).map_err(|_| failed()),
        }
    }
}

/// What a template overrides beats what is mapped. A list's values are one header, joined by commas.
fn override_with(answer: &mut Answer, overrides: &Overrides) -> Result<(), Rejection> {
    if let Some(status) = overrides.status.filter(|status| *status >= 200) {
        answer.status = status;
    }
    for (name, values) in &overrides.response_header {
        let name = name.to_ascii_lowercase();
        may_be_written(&name, None).map_err(|_| failed())?;
        if let Some(name) = passing(name) {
            answer.headers.set(&name, values.join(","))?;
        }
    }
    Ok(())
}

fn failed() -> Rejection {
    Rejection::new(ResponseType::ApiConfigurationError)
}

/// A selection pattern as Java's `matches` has it: it must match the whole text.
fn pattern(response: &IntegrationResponse, problems: &mut Vec<Problem>) -> Option<Whole> {
    let text = response.selection_pattern.as_deref()?;
    match Whole::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("selection pattern `{text}` is not served: {error}");
            problems.push(Problem::error(&response.place, message));
            // A pattern that matches nothing: the problem keeps the API from being served.
            Whole::parse(r"[^\s\S]").ok()
        }
    }
}

/// A header of the method response under the name that it gets; `None` where it may not pass.
fn header(target: &str, source: &str) -> Result<Option<(String, Source)>, String> {
    let name = response_header_target(target).map_err(|error| error.to_string())?;
    let source = Source::parse(source)?;
    let written = match &source {
        Source::Parameter(ResponseSource::Static(text)) => Some(text.as_str()),
        _ => None,
    };
    may_be_written(&name, written)?;
    Ok(passing(name).map(|name| (name, source)))
}

/// The name under which a header passes; `None` where it may not.
fn passing(name: String) -> Option<String> {
    match mapped_response_header(&name) {
        HeaderRule::Kept => Some(name),
        HeaderRule::Remapped => Some(remapped(&name)),
        HeaderRule::Dropped => None,
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_api::{ParameterMapping, Place};
    use gatehouse_context::Context;
    use gatehouse_http::Request;
    use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};

    use super::*;

    const BODY: &[u8] = br#"{"name": "Rex"}"#;

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
        let responses = IntegrationResponses::compile(responses, &BinaryMediaTypes::default(), &mut problems);
        assert_eq!(problems, []);
        let headers = Headers::from_pairs([("x-a", "1")]);
        let mut request = Request::default();
        accept.inspect(|accept| request.headers.set("accept", accept).unwrap());
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[("id", b"4%202")]),
            context: &Context { stage: Some("dev".into()), ..Context::default() },
            stage_variables: &StageVariables::new(),
        };
        let mut carried = Overrides::default();
        carried.response_header.push(("X-Carried".into(), vec!["a".into(), "b".into()]));
        let reply = IntegrationReply { headers: &headers, from };
        responses.answer(&Answered { tested, body: BODY, content_type: None }, &reply, &carried)
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
    fn of_a_mock_the_response_of_its_own_status_wins() {
        let responses =
            [response(Some(r"4\d{2}"), 400, &[]), response(Some("4.4"), 404, &[]), response(None, 200, &[])];
        let responses = IntegrationResponses::compile(&responses, &BinaryMediaTypes::default(), &mut Vec::new());
        let (request, headers) = (Request::default(), Headers::default());
        let from = MethodRequest {
            request: &request,
            path_parameters: PathParameters(&[]),
            context: &Context::default(),
            stage_variables: &StageVariables::new(),
        };
        let reply = IntegrationReply { headers: &headers, from };
        let status = |tested| responses.mock(tested, &reply, &Overrides::default()).unwrap().status;
        assert_eq!((status(404), status(414), status(200), status(500)), (404, 400, 200, 200));
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
        check(&[], None, "application/json", r#"{"name": "Rex"}"#);
        check(&[("text/html", "<p>")], Some("*/*"), "text/html", "<p>");
        check(&[("text/html", "")], None, "text/html", r#"{"name": "Rex"}"#);
        check(&[("text/html", "__passthrough__")], None, "text/html", r#"{"name": "Rex"}"#);
        check(&[("text/html", " ")], None, "text/html", " ");
        check(&[("text/html", "<p>"), ("application/json", "{}")], Some("application/xml"), "application/json", "{}");
        check(&[("application/json", "{}"), ("text/html", "<p>")], Some("text/html;q=1,*/*"), "text/html", "<p>");
    }

    #[test]
    fn what_cannot_be_used_is_a_problem() {
        let check = |pattern: &str, template: &str, expected: &str| {
            let mut problems = Vec::new();
            let response = response(Some(pattern), 200, &[("application/json", template)]);
            let _ = IntegrationResponses::compile(&[response], &BinaryMediaTypes::default(), &mut problems);
            assert!(problems.len() == 1 && problems[0].message.contains(expected), "{problems:?}");
        };
        check("(", "", "selection pattern `(`");
        check("(?<=a)b", "", "selection pattern `(?<=a)b`");
        check("200", "#if(", "line 1, column 5: ");
        check("200", "$a.replaceAll('(?=a)', '')", "which is not served");
    }

    #[test]
    fn a_template_reads_what_came_and_its_overrides_win() {
        let template = r#"#set($context.responseOverride.status = 201)
#set($context.responseOverride.header.Date = "now")
$input.path('$.name') $input.params('id') $context.stage $context.responseOverride.header.get('X-Carried')"#;
        let answer = answer(&[response(None, 200, &[("text/plain", template)])], "200", None).unwrap();
        assert_eq!(answer.status, 201);
        assert_eq!(answer.headers.text("x-amzn-remapped-date"), Some("now"));
        assert_eq!(answer.headers.text("x-carried"), Some("a,b"));
        assert_eq!(String::from_utf8(answer.body).unwrap(), "Rex 4 2 dev a,b");
    }

    #[test]
    fn a_header_comes_out_of_the_body() {
        let mut with_body = response(None, 200, &[]);
        let place = Place::root();
        with_body.response_parameters = vec![ParameterMapping {
            target: "method.response.header.X-Name".into(),
            source: "integration.response.body.name".into(),
            place,
        }];
        assert_eq!(answer(&[with_body], "200", None).unwrap().headers.text("x-name"), Some("Rex"));
    }

    #[test]
    fn a_template_that_fails_is_a_configuration_error() {
        let failing = "#foreach($i in [1..2000])x#end";
        let rejection = answer(&[response(None, 200, &[("application/json", failing)])], "200", None).unwrap_err();
        assert_eq!(rejection.response_type, ResponseType::ApiConfigurationError);
    }
}
