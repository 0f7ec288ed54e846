//! What a resource says under a name, and what of it is unknown.

use super::document::Resource;
use super::kinds::BLOCKS;
use super::{stages, usage};
use crate::source::{At, Tree, Value};

/// A resource's argument, of which something is said.
#[derive(Clone, Copy)]
pub(super) struct Argument<'d> {
    pub(super) resource: &'d Resource<'d>,
    pub(super) name: &'d str,
    pub(super) at: At,
    pub(super) value: Option<&'d Tree>,
    /// What of it a plan does not know.
    pub(super) unknown: Option<&'d Tree>,
    /// What its configuration makes it of.
    pub(super) expression: Option<&'d Tree>,
}

/// What a resource has under a name; nothing where that is empty, or left to the provider.
pub(super) fn argument<'d>(resource: &'d Resource<'d>, name: &'d str) -> Option<Argument<'d>> {
    let found = resource.values.iter().find(|entry| entry.key == name);
    let value = found.map(|found| &found.value).filter(|value| !is_empty(value));
    let expression = resource.expressions.and_then(|it| it.get(name));
    // A block may be dynamic, which the configuration does not show; that of an endpoint the provider has of itself.
    let is_block = BLOCKS.iter().any(|(block, _)| *block == name)
        || usage::BLOCKS.contains(&name)
        || stages::BLOCKS.contains(&name);
    let may_be_dynamic = name == "response_parameters" || is_block;
    let is_written = expression.is_some() || (may_be_dynamic && name != "endpoint_configuration");
    let unknown = resource.unknown.and_then(|unknown| unknown.get(name)).filter(|it| is_written && has_unknown(it));
    let at = found.map_or(resource.at, |found| found.at);
    (value.is_some() || unknown.is_some()).then_some(Argument { resource, name, at, value, unknown, expression })
}

/// The provider's nothing.
pub(super) fn is_empty(value: &Tree) -> bool {
    match &value.value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a value is more than what the provider has for what nobody has written.
pub(super) fn says_something(value: &Tree) -> bool {
    match &value.value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::List(items) => items.iter().any(says_something),
        Value::Map(entries) => entries.iter().any(|entry| says_something(&entry.value)),
    }
}

pub(super) fn has_unknown(unknown: &Tree) -> bool {
    match &unknown.value {
        Value::Bool(is_unknown) => *is_unknown,
        Value::List(items) => items.iter().any(has_unknown),
        Value::Map(entries) => entries.iter().any(|entry| has_unknown(&entry.value)),
        _ => false,
    }
}
