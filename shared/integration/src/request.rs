//! The body of the integration request: the template for the client's content type, or the client's body.

use std::borrow::Cow;

use gatehouse_api::{Integration, PassthroughBehavior, Problem};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::Request;
use gatehouse_mapping::Literal;

/// The request templates of an integration.
#[derive(Clone, Debug)]
pub struct RequestTemplates {
    templates: Vec<(String, Literal)>,
    passthrough: PassthroughBehavior,
}

impl RequestTemplates {
    /// Compiles what an integration says. Templates with Velocity are noted as problems with their place.
    #[must_use]
    pub fn compile(integration: &Integration, problems: &mut Vec<Problem>) -> Self {
        let place = integration.place.then("requestTemplates");
        let templates =
            integration.request_templates.iter().filter_map(|(content_type, text)| match Literal::parse(text) {
                Ok(template) => Some((media_type(content_type).to_ascii_lowercase(), template)),
                Err(error) => {
                    problems.push(Problem::error(&place.then(content_type), error.to_string()));
                    None
                }
            });
        Self { templates: templates.collect(), passthrough: integration.passthrough_behavior }
    }

    /// Would the client's own body pass, for want of a template for its content type?
    #[must_use]
    pub fn passes_through(&self, request: &Request) -> bool {
        let passes = match self.passthrough {
            PassthroughBehavior::Never => false,
            PassthroughBehavior::WhenNoTemplates => self.templates.is_empty(),
            PassthroughBehavior::WhenNoMatch => true,
        };
        passes && self.template(request).is_none()
    }

    /// The body to send: rendered, or the client's own.
    ///
    /// # Errors
    /// 415 where the content type has no template and may not pass.
    pub fn body<'a>(&'a self, request: &'a Request) -> Result<Cow<'a, [u8]>, Rejection> {
        match self.template(request) {
            Some(template) => Ok(Cow::Borrowed(template.text().as_bytes())),
            None if self.passes_through(request) => Ok(Cow::Borrowed(request.body.bytes())),
            None => Err(Rejection::new(ResponseType::UnsupportedMediaType)),
        }
    }

    fn template(&self, request: &Request) -> Option<&Literal> {
        let content_type = request.headers.text("content-type").map_or("application/json", media_type);
        let found = self.templates.iter().find(|(other, _)| other.eq_ignore_ascii_case(content_type));
        found.map(|(_, template)| template)
    }
}

/// The media type without its parameters; none at all counts as JSON.
fn media_type(content_type: &str) -> &str {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "" => "application/json",
        media_type => media_type,
    }
}
