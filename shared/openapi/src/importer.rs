//! What importing knows on its way.

use gatehouse_api::deployment::config::Basepath;
use gatehouse_api::{Authorizer, Model, Node, Problem, ProtocolType, RequestValidator};

use crate::at::At;
use crate::base_path::base_path;
use crate::security::Scheme;

/// What importing knows on its way.
pub(crate) struct Importer<'a> {
    pub(crate) root: At<'a>,
    pub(crate) dialect: Dialect,
    pub(crate) protocol: ProtocolType,
    /// What every path begins with besides what is written.
    pub(crate) base_path: String,
    /// What was found out, in order.
    pub(crate) problems: Vec<Problem>,
    /// The security schemes by name.
    pub(crate) schemes: Vec<(&'a str, Scheme)>,
    pub(crate) authorizers: Vec<Authorizer>,
    pub(crate) request_validators: Vec<RequestValidator>,
    /// The validator of methods that name none.
    pub(crate) default_validator: Option<RequestValidator>,
    /// The document's models, then those of bodies that have a schema of their own.
    pub(crate) models: Vec<Model>,
}

/// The language of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Swagger2,
    OpenApi30,
    OpenApi31,
}

impl<'a> Importer<'a> {
    /// Begins with a document whose language is known.
    pub(crate) fn new(
        document: &'a Node,
        protocol: ProtocolType,
        basepath: Basepath,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let root = At::root(document);
        let dialect = Dialect::of(&root, problems)?;
        Some(Self {
            root,
            dialect,
            protocol,
            base_path: base_path(document, basepath),
            problems: Vec::new(),
            schemes: Vec::new(),
            authorizers: Vec::new(),
            request_validators: Vec::new(),
            default_validator: None,
            models: Vec::new(),
        })
    }
}

impl Dialect {
    fn of(root: &At<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        const EXPECTED: &str = "`openapi: 3.0.1` (or another 3.0 or 3.1) or `swagger: \"2.0\"` is expected";
        let (field, version) = match (root.get("swagger"), root.get("openapi")) {
            (Some(field), None) => (field, "2."),
            (None, Some(field)) => (field, "3."),
            (Some(field), Some(_)) => {
                let message = format!("the document has both `swagger` and `openapi`: {EXPECTED}");
                problems.push(Problem::error(&field.place, message));
                return None;
            }
            (None, None) => {
                problems.push(Problem::error(&root.place, format!("this is no API definition: {EXPECTED}")));
                return None;
            }
        };
        let text = match field.node {
            Node::String(text) => text.clone(),
            Node::Number(number) => number.to_string(),
            _ => field.node.kind().to_owned(),
        };
        let dialect = match version {
            "2." => matches!(text.as_str(), "2.0" | "2").then_some(Dialect::Swagger2),
            _ if text == "3.0" || text.starts_with("3.0.") => Some(Dialect::OpenApi30),
            _ if text == "3.1" || text.starts_with("3.1.") => Some(Dialect::OpenApi31),
            _ => None,
        };
        if dialect.is_none() {
            problems.push(Problem::error(&field.place, format!("`{text}` is not known: {EXPECTED}")));
        }
        dialect
    }
}
