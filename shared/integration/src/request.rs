//! The body of the integration request: what the template for the client's content type renders to, or the client's body.

use std::borrow::Cow;

use gatehouse_api::{ContentHandling, Integration, PassthroughBehavior, Problem};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Request, media_type_or_json};
use gatehouse_mapping::MethodRequest;
use gatehouse_vtl::Overrides;

use crate::payload::BinaryMediaTypes;
use crate::template::MappingTemplate;

/// The request templates of an integration.
#[derive(Clone, Debug)]
pub struct RequestTemplates {
    templates: Vec<(String, MappingTemplate)>,
    passthrough: PassthroughBehavior,
    binary: BinaryMediaTypes,
    handling: Option<ContentHandling>,
}

/// What an integration is asked with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrationRequest<'a> {
    /// The body.
    pub body: Cow<'a, [u8]>,
    /// What the template says beside it, of the request and of the response.
    pub overrides: Overrides,
}

impl RequestTemplates {
    /// Compiles what an integration says. What cannot be used is noted as a problem with its place.
    #[must_use]
    pub fn compile(integration: &Integration, binary: &BinaryMediaTypes, problems: &mut Vec<Problem>) -> Self {
        let place = integration.place.then("requestTemplates");
        let templates = integration.request_templates.iter().map(|(content_type, text)| {
            let template = MappingTemplate::compile(text, &place.then(content_type), problems);
            (media_type_or_json(content_type).to_ascii_lowercase(), template)
        });
        Self {
            templates: templates.collect(),
            passthrough: integration.passthrough_behavior,
            binary: binary.clone(),
            handling: integration.content_handling,
        }
    }

    /// Must the client's body be there: would it pass, or be read?
    #[must_use]
    pub fn wants_body(&self, request: &Request) -> bool {
        self.template(request).map_or_else(|| self.passes_through(), MappingTemplate::reads_body)
    }

    /// What to ask the integration with.
    ///
    /// # Errors
    /// 415 where the content type has no template and may not pass; 500 for a template that fails, and for a body that
    /// is not what `contentHandling` takes it for.
    pub fn render<'a>(&'a self, from: &MethodRequest<'a>) -> Result<IntegrationRequest<'a>, Rejection> {
        let request = from.request;
        let template = self.template(request);
        if template.is_none() && !self.passes_through() {
            return Err(Rejection::new(ResponseType::UnsupportedMediaType));
        }
        let content_type = request.headers.text("content-type");
        let payload = self.binary.request(request.body.bytes(), content_type, self.handling)?;
        match template {
            None => Ok(IntegrationRequest { body: payload.into_bytes(), overrides: Overrides::default() }),
            Some(template) => {
                let (body, overrides) = template.render(&payload, from, None)?;
                Ok(IntegrationRequest { body, overrides })
            }
        }
    }

    /// May the client's own body pass, where no template is for its content type?
    fn passes_through(&self) -> bool {
        match self.passthrough {
            PassthroughBehavior::Never => false,
            PassthroughBehavior::WhenNoTemplates => self.templates.is_empty(),
            PassthroughBehavior::WhenNoMatch => true,
        }
    }

    fn template(&self, request: &Request) -> Option<&MappingTemplate> {
        let content_type = request.headers.text("content-type").map_or("application/json", media_type_or_json);
        let find = |wanted: &str| self.templates.iter().find(|(other, _)| other.eq_ignore_ascii_case(wanted));
        find(content_type).or_else(|| find("$default")).map(|(_, template)| template)
    }
}
