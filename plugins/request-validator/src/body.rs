//! The models of request bodies, compiled: which one is for a content type.

use std::cell::RefCell;
use std::rc::Rc;

use gatehouse_api::{Model, Node, Place, Problem};
use gatehouse_http::{Request, media_type_or_json};
use gatehouse_models::{Models, References, Scratch, Source};

use crate::Error;

/// For every content type that has none of its own.
const DEFAULT: &str = "$default";

/// The models that methods use, and what validating writes into.
#[derive(Debug)]
pub(crate) struct Compiled {
    models: Models,
    scratch: RefCell<Scratch>,
}

/// The models of one method by content type.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    compiled: Rc<Compiled>,
    /// In lower case, without parameters; the number of the model.
    by_type: Vec<(String, usize)>,
}

impl Compiled {
    /// Compiles the models that are used.
    pub(crate) fn new(
        models: &[Model],
        used: &[&str],
        references: References,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let texts: Vec<String> =
            models.iter().map(|model| serde_json::to_string(&model.schema).unwrap_or_default()).collect();
        let source = |(model, schema): (&'_ Model, &'_ String)| (model.name.clone(), schema.clone());
        let written: Vec<(String, String)> = models.iter().zip(&texts).map(source).collect();
        let sources: Vec<Source<'_>> = written.iter().map(|(name, schema)| Source { name, schema }).collect();
        match Models::compile(&sources, used, references) {
            Ok(compiled) => Some(Self { models: compiled, scratch: RefCell::default() }),
            Err(found) => {
                for invalid in found {
                    let model = models.iter().find(|model| model.name == invalid.model);
                    let place = model.map_or_else(Place::root, |model| model.place.clone());
                    let place = Place::at(&format!("{}{}", place.as_str(), invalid.pointer));
                    let message = format!("model `{}`: {}", invalid.model, invalid.message);
                    problems.push(Problem::error(&place, message));
                }
                None
            }
        }
    }
}

/// Reports numbers that were not kept as they were written: what is compared would not be what the model says.
pub(crate) fn refuse_lost_digits(node: &Node, place: &Place, problems: &mut Vec<Problem>) {
    match node {
        Node::Number(number) if number.is_f64() => {
            let text = number.to_string();
            let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
            let digits = mantissa.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
            if digits > 16 {
                let message = format!(
                    "`{text}` was written with more digits than are read exactly: 16 are, and whole numbers of 64 bits"
                );
                problems.push(Problem::error(place, message));
            }
        }
        Node::List(items) => {
            (0..)
                .zip(items)
                .for_each(|(number, item): (usize, _)| refuse_lost_digits(item, &place.then(number), problems));
        }
        Node::Map(entries) => {
            for (key, value) in
                entries.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "default"))
            {
                refuse_lost_digits(value, &place.then(key), problems);
            }
        }
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::String(_) => {}
    }
}

impl Body {
    pub(crate) fn new(compiled: &Rc<Compiled>, request_models: &[(String, String)], used: &[&str]) -> Self {
        let number = |name: &str| used.iter().position(|other| *other == name).unwrap_or(usize::MAX);
        let by_type = request_models
            .iter()
            .map(|(content_type, model)| (media_type_or_json(content_type).to_ascii_lowercase(), number(model)));
        Self { compiled: Rc::clone(compiled), by_type: by_type.collect() }
    }

    /// Is there a model for the request's content type? None at all counts as JSON.
    pub(crate) fn model(&self, request: &Request) -> Option<usize> {
        let content_type = request.headers.text("content-type").map_or("application/json", media_type_or_json);
        let of = |name: &str| {
            self.by_type.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, model)| *model)
        };
        of(content_type).or_else(|| of(DEFAULT))
    }

    /// Validates the body where there is a model for it. An empty one is no JSON, whatever the model, as seen on the real
    /// service. One that was not waited for is not valid: a request can be for another method in the end than the one that
    /// was asked whether it wants the body.
    pub(crate) fn validate(&self, request: &Request) -> Result<(), Error> {
        let Some(model) = self.model(request) else { return Ok(()) };
        if request.body == gatehouse_http::Body::Unread {
            return Err(Error::Unread);
        }
        let body = request.body.bytes();
        let Compiled { models, scratch } = &*self.compiled;
        let validated = match scratch.try_borrow_mut() {
            Ok(mut scratch) => models.validate(model, body, &mut scratch),
            Err(_) => models.validate(model, body, &mut Scratch::default()),
        };
        validated.map_err(Error::Body)
    }
}
