//! Models: the JSON schemas that a request's body must satisfy, and the words in which it is told why it does not.
//!
//! API Gateway validates with json-schema-validator, draft 4. This is the same, as its own messages show: which keywords
//! apply, in which order they complain, what of a document is looked at once something was wrong. It differs in time: a
//! model is compiled once, a document is read into a flat tape, validated without an allocation, and only one that fails
//! is looked at again for the words.
//!
//! ```text
//!  schemas ──compile──► Models ─┐
//!  body ─────read─────► tape ───┴─valid?──yes──► Ok
//!                                   └────no──explain──► [object has missing required properties (["name"])]
//! ```
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

mod compile;
mod equality;
mod explain;
mod format;
mod json;
mod number;
mod pattern;
mod schema;
mod text;
mod validate;

use std::fmt;

pub use compile::{Invalid, References, Source};
pub use json::{InvalidJson, MAX_DEPTH};

use json::Tape;
use schema::{Schema, SchemaId};

/// Models, compiled together: they may refer to each other.
#[derive(Debug, Default)]
pub struct Models {
    schemas: Vec<Schema>,
    /// The models that were asked for, in that order.
    roots: Vec<SchemaId>,
    /// The sources as they were written: what `enum` holds is compared where it stands.
    documents: Vec<Written>,
}

/// A source and its tape.
#[derive(Debug)]
struct Written {
    text: String,
    tape: Tape,
}

/// What validation writes into, to be used again by the next: one for a worker.
#[derive(Debug, Default)]
pub struct Scratch {
    tape: Tape,
}

/// Why a body does not satisfy its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is no JSON, as strictly read.
    NotJson(InvalidJson),
    /// What the validator says of it, in its order.
    Schema(Vec<String>),
    /// Validating it would take more steps than its length is worth, or nests deeper than it may.
    TooCostly,
}

/// How long all messages about one body may be together, in bytes; the last is cut.
pub const MESSAGES_LIMIT: usize = 10_240;

impl Models {
    /// Compiles models: those in `used`, and what they refer to.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with the model and the place in it. What the real validator takes and this
    /// one cannot do in linear time is among it.
    pub fn compile(sources: &[Source<'_>], used: &[&str], references: References) -> Result<Self, Vec<Invalid>> {
        compile::compile(sources, used, references)
    }

    /// Validates a body against the model that was the so-manieth in `used`.
    ///
    /// # Errors
    /// Why it does not satisfy the model. It does not satisfy one that is not there.
    pub fn validate(&self, model: usize, body: &[u8], scratch: &mut Scratch) -> Result<(), Mismatch> {
        let result = self.validate_in(model, body, &mut scratch.tape);
        scratch.tape.trim();
        result
    }

    fn validate_in(&self, model: usize, body: &[u8], tape: &mut Tape) -> Result<(), Mismatch> {
        let not_text =
            |error: std::str::Utf8Error| InvalidJson { at: error.valid_up_to(), reason: "bytes that are no UTF-8" };
        let text = std::str::from_utf8(body).map_err(|error| Mismatch::NotJson(not_text(error)))?;
        tape.read(text).map_err(Mismatch::NotJson)?;
        let Some(schema) = self.roots.get(model) else { return Err(Mismatch::Schema(Vec::new())) };
        let mut check = validate::Check::new(self, text.len());
        let document = tape.document(text);
        let value = document.root();
        let valid = check.valid(*schema, value, 0);
        match (valid, check.is_exhausted()) {
            (_, true) => Err(Mismatch::TooCostly),
            (true, false) => Ok(()),
            (false, false) => Err(Mismatch::Schema(explain::messages(self, *schema, value, text.len()))),
        }
    }

    fn schema(&self, id: SchemaId) -> Option<&Schema> {
        self.schemas.get(id.0 as usize)
    }
}

/// As `$context.error.validationErrorString` has it: `[one message, another]`.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::NotJson(_) => f.write_str("[Unknown error parsing request body]"),
            Mismatch::Schema(messages) => write!(f, "[{}]", messages.join(", ")),
            Mismatch::TooCostly => f.write_str("[Validating the request body takes too many steps]"),
        }
    }
}

impl std::error::Error for Mismatch {}
