//! Imports an API Gateway definition (OpenAPI 3 or Swagger 2 with `x-amazon-apigateway-*`) into the API model.
//!
//! [`import`] takes the document as a tree and gives a [`RestApi`], or everything that is wrong with the document, each
//! with its place. What API Gateway ignores is ignored here too, but reported; what guards an API (policies, authorizers,
//! keys, validators) is never ignored: what the model can't hold is an error.
//!
//! `host`, `basePath` and the URLs of `servers` say nothing, unless [`Basepath`] asks for more than API Gateway's default
//! `basepath=ignore`: where an API is reached is said by its deployment.
//!
//! What the document defines, a REST API or an HTTP API, is told by what it holds, or said by whoever imports it.
//!
//! Files, CloudFormation and other files' references are read before: the tree is one document, its references begin
//! with `#/`, and an intrinsic function that is left in it is an error.
//!
//! ```text
//! import ─ walk        the whole tree once: depth, references, intrinsics, extensions where they belong
//!        ├ protocol    REST or HTTP, and what the other one has
//!        ├ document    version, info, the API's own extensions
//!        ├ security    schemes → authorizers, an operation's security → its authorization
//!        ├ paths       path items → methods ─ parameters, responses, integration
//!        └ routing     resources that no request could tell apart
//! ```

mod at;
mod authorization;
mod base_path;
mod cors;
mod document;
mod extensions;
mod fields;
mod gateway_responses;
mod importer;
mod integration;
mod mappings;
mod parameters;
mod paths;
mod placeholders;
mod protocol;
mod reference;
mod responses;
mod schemas;
mod security;
mod service_integration;
mod spelling;
mod walk;

use std::collections::HashSet;

use gatehouse_api::deployment::config::Basepath;
pub use gatehouse_api::{Node, Place as Pointer};
use gatehouse_api::{Problem, ProtocolType, RestApi};

use crate::importer::Importer;

/// A definition that was imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What it says.
    pub api: RestApi,
    /// What the operator should know about it.
    pub warnings: Vec<Problem>,
}

/// Imports a definition.
///
/// # Errors
/// Everything that is wrong with the document, warnings included, in the order in which they were found.
pub fn import(document: &Node) -> Result<Import, Vec<Problem>> {
    import_as(document, None, Basepath::Ignore)
}

/// Imports a definition of an API whose protocol is said, or left to the document, and what is to be made of its base path.
///
/// # Errors
/// As of [`import`].
pub fn import_as(document: &Node, protocol: Option<ProtocolType>, basepath: Basepath) -> Result<Import, Vec<Problem>> {
    let mut problems = Vec::new();
    if walk::walk(document, &mut problems).is_err() {
        return Err(problems);
    }
    let protocol = protocol.unwrap_or_else(|| protocol::protocol_of(document));
    let Some(mut importer) = Importer::new(document, protocol, basepath, &mut problems) else { return Err(problems) };
    let api = importer.api();
    problems.append(&mut importer.problems);
    once(&mut problems);
    match problems.iter().any(Problem::is_error) {
        true => Err(problems),
        false => Ok(Import { api, warnings: problems }),
    }
}

/// What is wrong with a part that several methods share is told once.
fn once(problems: &mut Vec<Problem>) {
    let mut told = HashSet::new();
    problems.retain(|problem| told.insert((problem.place.clone(), problem.message.clone())));
}
