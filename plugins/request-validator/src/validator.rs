//! The phase: what a method's request validator asks of a request.

use std::rc::Rc;

use gatehouse_api::{Method, Model, Problem};
use gatehouse_http::Request;
use gatehouse_mapping::{MethodRequest, Source};
use gatehouse_models::References;
use gatehouse_sort::sort_by;

use crate::Error;
use crate::body::{Body, Compiled, refuse_lost_digits};

/// A request validator with what it validates at one method.
#[derive(Clone, Debug)]
pub struct RequestValidator {
    /// The required parameters, in the order in which they are named: `header` before `path` before `querystring`.
    parameters: Vec<(String, Source)>,
    body: Option<Body>,
}

impl RequestValidator {
    /// Compiles the validators of methods, with the models of their API; `None` for a method whose requests are not
    /// validated. What cannot be used is noted with its place. A model that no validated body has is not looked at.
    #[must_use]
    pub fn compile(
        methods: &[Method],
        models: &[Model],
        references: References,
        problems: &mut Vec<Problem>,
    ) -> Vec<Option<Rc<Self>>> {
        let mut used: Vec<&str> = Vec::new();
        for (_, model) in
            methods.iter().filter(|method| validates_body(method)).flat_map(|method| &method.request_models)
        {
            if !used.contains(&model.as_str()) {
                used.push(model);
            }
        }
        let before = problems.len();
        for model in models.iter().filter(|_| !used.is_empty()) {
            refuse_lost_digits(&model.schema, &model.place, problems);
        }
        let compiled = Compiled::new(models, &used, references, problems).map(Rc::new);
        let compiled = compiled.filter(|_| problems.len() == before);
        methods.iter().map(|method| Self::of(method, compiled.as_ref(), &used, problems).map(Rc::new)).collect()
    }

    fn of(
        method: &Method,
        compiled: Option<&Rc<Compiled>>,
        used: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let validator = method.request_validator.as_ref()?;
        let mut parameters = Vec::new();
        if validator.validate_request_parameters {
            for (key, _) in method.request_parameters.iter().filter(|(_, required)| *required) {
                match Source::parse(key) {
                    Ok(source @ (Source::Header(_) | Source::QueryString(_) | Source::Path(_))) => {
                        parameters.push((key.clone(), source))
                    }
                    Ok(_) | Err(_) => {
                        let message =
                            format!("`{key}` is no parameter: use `method.request.{{header|querystring|path}}.NAME`");
                        problems.push(Problem::error(&method.place, message));
                    }
                }
            }
        }
        sort_by(&mut parameters, |(one, _), (other, _)| one.cmp(other));
        let body = compiled
            .filter(|_| validates_body(method))
            .map(|compiled| Body::new(compiled, &method.request_models, used));
        (!parameters.is_empty() || body.is_some()).then_some(Self { parameters, body })
    }

    /// Must the body be there? Only where there is a model for it.
    #[must_use]
    pub fn wants_body(&self, request: &Request) -> bool {
        self.body.as_ref().is_some_and(|body| body.model(request).is_some())
    }

    /// Validates a request: its required parameters, then its body.
    ///
    /// # Errors
    /// All parameters that are missing, or what is wrong with the body.
    pub fn validate(&self, from: &MethodRequest<'_>) -> Result<(), Error> {
        let missing: Vec<String> = self
            .parameters
            .iter()
            .filter(|(_, source)| is_blank(source, from))
            .map(|(key, _)| name(key).to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(Error::MissingParameters(missing));
        }
        self.body.as_ref().map_or(Ok(()), |body| body.validate(from.request))
    }
}

fn validates_body(method: &Method) -> bool {
    method.request_validator.as_ref().is_some_and(|it| it.validate_request_body) && !method.request_models.is_empty()
}

/// Whether a parameter is absent, or nothing but white space.
fn is_blank(source: &Source, from: &MethodRequest<'_>) -> bool {
    source.value(from).is_none_or(|value| value.trim_ascii().is_empty())
}

/// `method.request.header.X-A` → `X-A`
fn name(key: &str) -> &str {
    key.splitn(4, '.').nth(3).unwrap_or(key)
}
