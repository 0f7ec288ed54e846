//! `$ref`: the models of an API, and places in them.

use super::{At, Compiler, References};
use crate::json::{Kind, Value};

/// The address of a model begins so, and goes on `{restApiId}/models/{name}`.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>
const ADDRESS: &str = "https://apigateway.amazonaws.com/restapis/";

impl Compiler<'_> {
    /// The schema at a place, or the one that it refers to, through any number of references.
    pub(super) fn follow(&mut self, at: At) -> Option<At> {
        let mut seen = vec![at];
        let mut at = at;
        loop {
            if self.kind(at) != Kind::Map {
                let message = format!("{} is no schema: an object is expected", self.written(at));
                self.fail(at, message);
                return None;
            }
            let Some(reference) = self.get(at, "$ref") else { return Some(at) };
            let Some(text) = self.text(reference) else {
                let message =
                    format!("{} where a reference such as `#/definitions/Pet` is expected", self.written(reference));
                self.fail(reference, message);
                return None;
            };
            let Some(target) = self.target(at.document, &text) else {
                self.fail(reference, format!("`{text}` names no model and no place in this one"));
                return None;
            };
            if seen.contains(&target) {
                self.fail(reference, format!("`{text}` leads back to itself"));
                return None;
            }
            seen.push(target);
            at = target;
        }
    }

    /// What a reference in a document names.
    fn target(&mut self, document: usize, reference: &str) -> Option<At> {
        if let Some(rest) = reference.strip_prefix(ADDRESS) {
            let (_, rest) = rest.split_once("/models/")?;
            let (name, pointer) = rest.split_once('#').unwrap_or((rest, ""));
            return self.in_model(name, pointer);
        }
        let pointer = decoded(reference.strip_prefix('#')?)?;
        let in_model = |compiler: &mut Self| {
            let rest =
                ["/definitions/", "/components/schemas/"].iter().find_map(|start| pointer.strip_prefix(start))?;
            let (name, rest) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
            compiler.in_model(&unescaped(name), rest)
        };
        match self.references {
            References::OfDocument => in_model(self).or_else(|| self.within(document, &pointer)),
            References::OfModel => self.within(document, &pointer).or_else(|| in_model(self)),
        }
    }

    fn in_model(&mut self, name: &str, pointer: &str) -> Option<At> {
        let document = self.sources.iter().position(|source| source.name == name)?;
        self.read(document).then(|| self.within(document, pointer))?
    }

    fn within(&self, document: usize, pointer: &str) -> Option<At> {
        let index = self.with(At { document, index: 0 }, |root| find(root, pointer)).flatten()?;
        Some(At { document, index })
    }
}

/// The value that a JSON pointer names, by its index.
fn find(root: Value<'_>, pointer: &str) -> Option<usize> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    let mut here = root;
    for step in pointer.split('/').skip(1) {
        here = match here.kind() {
            Kind::List => here.items().nth(step.parse().ok()?)?,
            _ => here.get(&unescaped(step))?,
        };
    }
    Some(here.index())
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// `%7B` → `{`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
