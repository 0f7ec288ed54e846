//! References within the document: `#/components/parameters/Page`.

use gatehouse_api::{Node, Place, Problem};

use crate::at::At;
use crate::importer::Importer;

/// The JSON pointer that a reference within the document names; none for one into another document.
pub(crate) fn pointer(reference: &str) -> Option<String> {
    let pointer = percent_decoded(reference.strip_prefix('#')?);
    (pointer.is_empty() || pointer.starts_with('/')).then_some(pointer)
}

/// The models of an API have addresses of this form too.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>
pub(crate) fn model_of_address(reference: &str) -> Option<&str> {
    let rest = reference.strip_prefix("https://apigateway.amazonaws.com/restapis/")?;
    rest.split_once("/models/").map(|(_, name)| name)
}

impl<'a> Importer<'a> {
    /// The node itself, or what it refers to, through any number of references; none if that leads nowhere.
    ///
    /// A reference that names nothing has been reported by the walk.
    pub(crate) fn follow(&mut self, at: At<'a>) -> Option<At<'a>> {
        let mut seen = Vec::new();
        let mut at = at;
        while let Some(reference) = at.get("$ref") {
            let Node::String(text) = reference.node else {
                self.wrong_type(&reference, "a reference such as `#/components/…`");
                return None;
            };
            let pointer = pointer(text)?;
            let target = self.root.node.pointer(&pointer)?;
            self.report_siblings(&at);
            if seen.contains(&pointer) {
                self.problems.push(Problem::error(&reference.place, format!("`{text}` leads back to itself")));
                return None;
            }
            at = At { node: target, place: Place::at(&pointer) };
            seen.push(pointer);
        }
        Some(at)
    }

    fn report_siblings(&mut self, at: &At<'a>) {
        for (key, sibling) in at.entries() {
            if !matches!(key, "$ref" | "summary" | "description") && !key.starts_with("x-") {
                let message = format!("`{key}` beside `$ref` is ignored: the reference stands for the whole");
                self.problems.push(Problem::warning(&sibling.place, message));
            }
        }
    }
}

/// `%7B` → `{`; what is no valid escape stays.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        match (byte, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn digit(byte: u8) -> u8 {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_within_the_document_is_a_pointer() {
        let check = |reference, expected: Option<&str>| assert_eq!(pointer(reference).as_deref(), expected);
        check("#/definitions/Pet", Some("/definitions/Pet"));
        check("#/paths/~1pets~1%7BpetId%7D", Some("/paths/~1pets~1{petId}"));
        check("#", Some(""));
        check("#/a%", Some("/a%"));
        check("#/a%ff", Some("/a%ff"));
        check("#definitions/Pet", None);
        check("pets.yaml#/Pet", None);
        check("Pet", None);
    }

    #[test]
    fn a_model_has_an_address() {
        assert_eq!(model_of_address("https://apigateway.amazonaws.com/restapis/a1/models/Pet"), Some("Pet"));
        assert_eq!(model_of_address("https://example.com/Pet"), None);
    }
}
