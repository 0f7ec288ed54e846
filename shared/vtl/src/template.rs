//! A template, compiled once and rendered often.

use crate::error::{RenderError, TemplateError};
use crate::input::Input;
use crate::limits::Limits;
use crate::machine::Machine;
use crate::parser::{self, Program};
use crate::rendered::Rendered;

/// A mapping template, ready to render.
#[derive(Debug)]
pub struct Template {
    program: Program,
}

impl Template {
    /// Compiles a template; `name` is what errors call it.
    ///
    /// # Errors
    /// What Velocity would not parse, a template of more than 300 KB or nested more than 64 levels deep, and a regular
    /// expression in it that cannot be matched in linear time.
    pub fn parse(name: &str, source: &str) -> Result<Self, TemplateError> {
        parser::parse(name, source).map(|program| Self { program })
    }

    /// Whether it may look at the body: a filter need not keep one for a template that does not.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        self.program.reads_body
    }

    /// Renders it.
    ///
    /// # Errors
    /// What AWS answers with 500: a method that throws, a path that is none; and more of anything than the limits allow.
    pub fn render(&self, input: &Input<'_>, limits: &Limits) -> Result<Rendered, RenderError> {
        let replaced;
        let body = match std::str::from_utf8(input.body) {
            Ok("") => "{}",
            Ok(body) => body,
            Err(_) => {
                replaced = String::from_utf8_lossy(input.body);
                replaced.as_ref()
            }
        };
        Machine::new(&self.program, body, input, *limits).render()
    }
}
