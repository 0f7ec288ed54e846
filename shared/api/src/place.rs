//! Where in a document something stands.

use std::fmt;

/// A place in a document: a JSON pointer (RFC 6901), `""` for the whole.
///
/// Everything in the model that an error can be about carries one, so that every later stage can name the place in
/// the document that the user wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// The whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The place that a JSON pointer names, taken as it is.
    #[must_use]
    pub fn at(pointer: &str) -> Self {
        Self(pointer.to_owned())
    }

    /// The place one step further in: a map's key or a list's index.
    #[must_use]
    pub fn then(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{step}", self.0))
    }

    /// The pointer's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Node;

    #[test]
    fn a_place_escapes_slash_and_tilde() {
        let node: Node = serde_json::from_str(r#"{"paths": {"/pets/{petId}": {"~x": 1}}}"#).unwrap();
        let place = Place::root().then("paths").then("/pets/{petId}").then("~x");
        assert_eq!(place.as_str(), "/paths/~1pets~1{petId}/~0x");
        assert_eq!(node.pointer(place.as_str()).map(Node::kind), Some("a number"));
    }
}
