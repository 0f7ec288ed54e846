//! JSON that a template has as a text: CloudFormation takes a `Body`, a `Policy` and a model's `Schema` either way.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-model.html>

use gatehouse_api::Node;

use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// The value that a text holds, every part of it where the text was written; anything else as it is.
///
/// # Errors
/// A text that is no JSON.
pub(crate) fn read(written: Tree) -> Result<Tree, Finding> {
    let Some(text) = written.text() else { return Ok(written) };
    match serde_json::from_str::<Node>(text) {
        Ok(node) => Ok(tree(&node, written.at)),
        Err(error) => Err(Finding::error(written.at, format!("a text that is no JSON: {error}"))),
    }
}

/// The same of the parts of a definition that may be texts.
///
/// # Errors
/// Every text that is no JSON.
pub(crate) fn read_parts(definition: &mut Tree) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    let schemas = definition.get("components").and_then(|components| components.get("schemas"));
    let names: Vec<String> = schemas.map(Tree::entries).unwrap_or_default().iter().map(|it| it.key.clone()).collect();
    let schemas = definition.get_mut("components").and_then(|components| components.get_mut("schemas"));
    if let Some(schemas) = schemas {
        names.iter().for_each(|name| findings.extend(read_part(schemas, name)));
    }
    findings.extend(read_part(definition, "x-amazon-apigateway-policy"));
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn read_part(of: &mut Tree, key: &str) -> Option<Finding> {
    match read(of.get(key)?.clone()) {
        Ok(value) => {
            of.set(key, value);
            None
        }
        Err(finding) => Some(finding),
    }
}

/// Recursion ends where serde's does.
fn tree(node: &Node, at: At) -> Tree {
    let value = match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(*value),
        Node::Number(number) => Value::Number(number.clone()),
        Node::String(text) => Value::String(text.clone()),
        Node::List(items) => Value::List(items.iter().map(|item| tree(item, at)).collect()),
        Node::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Entry { key: key.clone(), at, value: tree(value, at) });
            Value::Map(entries.collect())
        }
    };
    Tree { value, at }
}
