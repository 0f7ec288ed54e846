//! Models and request validators.

use crate::{Node, Place};

/// A model: a JSON schema (draft 4) with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, as methods refer to it.
    pub name: String,
    /// The schema as written, its `$ref` to other models included.
    pub schema: Node,
    /// Where it is defined.
    pub place: Place,
}

/// What of a request is validated before the integration sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestValidator {
    /// Its name, as methods refer to it.
    pub name: String,
    /// Whether the body must satisfy its model.
    pub validate_request_body: bool,
    /// Whether required parameters must be there.
    pub validate_request_parameters: bool,
    /// Where it is defined.
    pub place: Place,
}
