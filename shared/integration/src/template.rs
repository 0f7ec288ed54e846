//! A mapping template of an integration: what it is written as, and what it renders to.

use std::borrow::Cow;
use std::rc::Rc;

use gatehouse_api::{Place, Problem};
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_mapping::MethodRequest;
use gatehouse_vtl::{Input, Limits, Overrides, Template};

use crate::parameters::{Parameters, Variables};
use crate::payload::Payload;

/// A template, compiled.
#[derive(Clone, Debug)]
pub(crate) enum MappingTemplate {
    /// It is empty: the body passes, as the service's console says of it. So it does where an export writes `__passthrough__`.
    ///
    /// <https://github.com/aws/aws-cli/issues/1610>
    Passthrough,
    /// Nothing in it is Velocity: it renders to itself.
    Text(String),
    /// Velocity.
    Velocity(Rc<Template>),
    /// Velocity would not parse it: whoever asks for it gets a 500, as of API Gateway.
    Broken,
}

impl MappingTemplate {
    /// Compiles a template. One that Velocity would not parse is noted with line and column: API Gateway deploys it, and
    /// answers 500 whenever it is rendered. One that needs what is not served keeps the API from being served.
    pub(crate) fn compile(text: &str, place: &Place, problems: &mut Vec<Problem>) -> Self {
        if matches!(text, "" | "__passthrough__") {
            return MappingTemplate::Passthrough;
        }
        if !text.contains(['$', '#']) {
            return MappingTemplate::Text(text.to_owned());
        }
        match Template::parse("template", text) {
            Ok(template) => MappingTemplate::Velocity(Rc::new(template)),
            Err(error) => {
                let message = format!("line {}, column {}: {}", error.line, error.column, error.reason);
                problems.push(if error.unserved {
                    Problem::error(place, format!("{message}, which is not served"))
                } else {
                    Problem::warning(place, format!("{message}: requests that need this template are answered 500"))
                });
                MappingTemplate::Broken
            }
        }
    }

    /// May it look at the body?
    pub(crate) fn reads_body(&self) -> bool {
        match self {
            MappingTemplate::Text(_) | MappingTemplate::Broken => false,
            MappingTemplate::Passthrough => true,
            MappingTemplate::Velocity(template) => template.reads_body(),
        }
    }

    /// The body, and what is overridden beside it. `carried` is what the request's template left for the response's.
    ///
    /// # Errors
    /// 500 for a template that fails, and for bytes that are no text.
    pub(crate) fn render<'t>(
        &'t self,
        payload: &Payload<'_>,
        from: &MethodRequest<'_>,
        carried: Option<&Overrides>,
    ) -> Result<(Cow<'t, [u8]>, Overrides), Rejection> {
        let failed = Rejection::new(ResponseType::ApiConfigurationError);
        let (template, body) = match (self, payload) {
            (MappingTemplate::Passthrough, _) => {
                return Ok((Cow::Owned(payload.clone().into_bytes().into_owned()), Overrides::default()));
            }
            (MappingTemplate::Broken, _) | (_, Payload::Binary(_)) => return Err(failed),
            (MappingTemplate::Text(text), Payload::Text(_)) => {
                return Ok((Cow::Borrowed(text.as_bytes()), Overrides::default()));
            }
            (MappingTemplate::Velocity(template), Payload::Text(body)) => (template, body),
        };
        let parameters = Parameters::of(from);
        let (path, querystring, header) = parameters.values();
        let variables: Vec<(&str, &str)> =
            from.stage_variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let input = Input {
            body: body.as_bytes(),
            path: &path,
            querystring: &querystring,
            header: &header,
            context: &Variables(from.context),
            stage_variables: &variables,
            carried,
        };
        let rendered = template.render(&input, &Limits::default()).map_err(|_| failed)?;
        Ok((Cow::Owned(rendered.output.into_bytes()), rendered.overrides))
    }
}
