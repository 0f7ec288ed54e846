//! What a template creates: resources have a `Condition`, too.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html>

use super::environment::Environment;
use super::function::Resolver;
use super::template::kind;
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

/// The template without those resources of an API whose condition does not hold: nobody could call them at AWS.
///
/// # Errors
/// A condition that nothing defines, or that depends on a value that nothing says.
pub(crate) fn created(template: &Tree, environment: Environment<'_>) -> Result<Tree, Vec<Finding>> {
    let mut template = template.clone();
    let Some(Tree { value: Value::Map(resources), .. }) = template.get_mut("Resources") else { return Ok(template) };
    let (mut resolver, mut findings) = (Resolver::new(environment), Vec::new());
    resources.retain(|resource| {
        is_created(resource, &mut resolver).unwrap_or_else(|finding| {
            findings.push(finding);
            false
        })
    });
    if findings.is_empty() { Ok(template) } else { Err(findings) }
}

/// Of what belongs to no API nobody asks.
fn is_created(resource: &Entry, resolver: &mut Resolver<'_>) -> Result<bool, Finding> {
    let condition = resource.value.get("Condition").and_then(|condition| Some((condition.text()?, condition.at)));
    let is_of_api =
        ["AWS::ApiGateway", "AWS::Serverless::"].iter().any(|start| kind(&resource.value).starts_with(start));
    match condition {
        Some((name, at)) if is_of_api => resolver.condition(name, at, 0),
        _ => Ok(true),
    }
}
