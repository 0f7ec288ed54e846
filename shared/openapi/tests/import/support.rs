//! Small documents, and what importing them says.

use gatehouse_api::deployment::config::Basepath;
use gatehouse_api::{Method, ProtocolType, RestApi};
use gatehouse_openapi::{Import, Node, import, import_as};

/// A document as YAML; JSON is YAML too.
pub(crate) fn node(text: &str) -> Node {
    serde_norway::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What importing a document says: problems and warnings, `severity: place: message`.
pub(crate) fn problems(text: &str) -> Vec<String> {
    problems_as(text, None)
}

/// The same, of a document whose protocol is said.
pub(crate) fn problems_as(text: &str, protocol: Option<ProtocolType>) -> Vec<String> {
    let problems = match import_as(&node(text), protocol, Basepath::Ignore) {
        Ok(Import { warnings, .. }) => warnings,
        Err(problems) => problems,
    };
    problems.iter().map(ToString::to_string).collect()
}

/// The API of a document without errors.
pub(crate) fn api(text: &str) -> RestApi {
    import(&node(text)).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).api
}

/// A document with one method, `GET /pets`, of these fields, each a line of YAML, and these at its root.
pub(crate) fn document(root: &[&str], operation: &[&str]) -> String {
    let mut lines = vec!["openapi: 3.0.1".to_owned(), "info: {title: t}".to_owned()];
    lines.extend(root.iter().map(|line| (*line).to_owned()));
    lines.extend(["paths:", "  /pets:", "    get:", "      tags: []"].map(str::to_owned));
    lines.extend(operation.iter().map(|line| format!("      {line}")));
    lines.join("\n")
}

/// The one method of such a document.
pub(crate) fn method(root: &[&str], operation: &[&str]) -> Method {
    api(&document(root, operation)).methods.remove(0)
}

/// An integration that needs nothing else.
pub(crate) const MOCK: &str = "x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}";

/// The responses that go with it.
pub(crate) const OK: &str = "responses: {200: {}}";
