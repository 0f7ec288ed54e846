//! What a template creates: resources have a `Condition`, too, and their properties are chosen by `Fn::If`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html>

use super::environment::Environment;
pub(super) use super::function::Resolver;
use super::function::function;
use super::template::kind;
use crate::finding::Finding;
use crate::source::{Entry, MAX_DEPTH, Tree, Value};

/// What must be known to put a definition together: the others' functions stay, and are resolved where they stand.
const KNOWN: &[&str] =
    &["PathPart", "HttpMethod", "RouteKey", "AuthorizationType", "AuthorizerType", "ResponseType", "ProtocolType"];

/// What a template is made of, and a SAM template.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Hooks",
    "Transform",
    "Globals",
    "Resources",
    "Outputs",
];

/// CloudFormation's own transforms that leave an API as it is, or are done here.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html>
const TRANSFORMS: &[&str] = &[
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::ServiceCatalog",
];

/// The template without those resources of an API whose condition does not hold, for nobody could call them at AWS, and with
/// those properties that conditions choose; those that say what a resource is are resolved. Of what belongs to no API nobody asks.
///
/// # Errors
/// A condition that nothing defines, or that depends on a value that nothing says; a section that no template has, and a macro, for
/// it could be one that guards all methods.
pub(crate) fn created(template: &Tree, environment: Environment<'_>) -> Result<Tree, Vec<Finding>> {
    let others = template.entries().iter().filter(|section| !SECTIONS.contains(&section.key.as_str()));
    let others = others.map(|it| Finding::error(it.at, format!("`{}` is no section of a template", it.key)));
    let mut findings: Vec<Finding> = others.chain(macros(template)).collect();
    let mut template = template.clone();
    let Some(Tree { value: Value::Map(resources), .. }) = template.get_mut("Resources") else { return Ok(template) };
    let mut resolver = Resolver::new(environment);
    resources.retain_mut(|resource| {
        if !is_of_api(resource) {
            return true;
        }
        let is_created = is_created(resource, &mut resolver).unwrap_or_else(|finding| {
            findings.push(finding);
            false
        });
        if let (true, Some(properties)) = (is_created, resource.value.get_mut("Properties")) {
            findings.extend(choose(properties, &mut resolver).err());
        }
        is_created
    });
    if findings.is_empty() { Ok(template) } else { Err(findings) }
}

/// What would be made of the template before anything is created.
fn macros(template: &Tree) -> impl Iterator<Item = Finding> {
    let all = match template.get("Transform") {
        Some(Tree { value: Value::List(transforms), .. }) => transforms.iter().collect(),
        one => one.into_iter().collect::<Vec<&Tree>>(),
    };
    let of_resources = template.get("Resources").and_then(|resources| resources.get("Fn::Transform"));
    all.into_iter().chain(of_resources).filter_map(|transform| {
        let name = transform.text().or(transform.get("Name").and_then(Tree::text)).unwrap_or(transform.kind());
        if TRANSFORMS.contains(&name) {
            return None;
        }
        let message = format!("the macro `{name}` is not run, and could change the API");
        let help = "give the template that it makes: `aws cloudformation get-template --template-stage Processed`";
        Some(Finding::error(transform.at, message).help(help))
    })
}

fn is_of_api(resource: &Entry) -> bool {
    ["AWS::ApiGateway", "AWS::Serverless::"].iter().any(|start| kind(&resource.value).starts_with(start))
}

fn is_created(resource: &Entry, resolver: &mut Resolver<'_>) -> Result<bool, Finding> {
    let condition = resource.value.get("Condition");
    match condition.and_then(|condition| Some((condition.text()?, condition.at))) {
        Some((name, at)) => resolver.condition(name, at, 0),
        None => Ok(true),
    }
}

/// The properties that are there.
fn choose(properties: &mut Tree, resolver: &mut Resolver<'_>) -> Result<(), Finding> {
    let Value::Map(entries) = &mut properties.value else { return Ok(()) };
    let mut chosen = Vec::with_capacity(entries.len());
    for Entry { key, at, value } in entries.drain(..) {
        let Some(value) = branch(value, resolver, 0)? else { continue };
        let is_known = KNOWN.contains(&key.as_str()) && function(&value).is_some();
        let value = if is_known { resolver.value(&value, 0)? } else { value };
        chosen.push(Entry { key, at, value });
    }
    *entries = chosen;
    Ok(())
}

/// What `Fn::If` chooses; none for `AWS::NoValue`.
pub(super) fn branch(written: Tree, resolver: &mut Resolver<'_>, depth: usize) -> Result<Option<Tree>, Finding> {
    match function(&written) {
        Some(("Ref", name)) if name.text() == Some("AWS::NoValue") => Ok(None),
        Some(("Fn::If", argument)) if depth < MAX_DEPTH => match argument.items() {
            [condition, one, other] if condition.text().is_some() => {
                let holds = resolver.condition(condition.text().unwrap_or_default(), condition.at, depth)?;
                branch(if holds { one.clone() } else { other.clone() }, resolver, depth + 1)
            }
            _ => Ok(Some(written)),
        },
        _ => Ok(Some(written)),
    }
}
