//! SAM: a template as people write it, before CloudFormation's transform. What `Globals` say is put into the resources, the APIs
//! that the events of functions imply are resources of their own, and what an API's properties and those events say is put into
//! its definition, as the transform does it. Everything behind it is the same as for a transformed template.
//!
//! What is not understood is a fault, as soon as it could change what is served or who may call.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html>

mod auth;
mod authorizers;
mod cors;
mod events;
mod globals;
mod guards;
mod http;
mod parts;
mod policy;
mod rest;
mod stages;
mod usage_plan;

use crate::cloudformation::{self, Environment};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// The template as CloudFormation would create it: with its `Globals`, and with what events of functions imply.
///
/// # Errors
/// What cannot be merged, and those of [`cloudformation::for_each`] and [`cloudformation::created`].
pub(crate) fn template(written: &Tree, environment: Environment<'_>) -> Result<Tree, Vec<Finding>> {
    let mut template = cloudformation::for_each(written, environment)?;
    let implied = events::imply(&mut template).map_err(|finding| vec![finding])?;
    globals::merge(&mut template).map_err(|finding| vec![finding])?;
    let mut created = cloudformation::created(&template, environment)?;
    events::without_unused(&mut created, &implied);
    stages::add(&mut created, environment);
    usage_plan::add(&mut created, environment);
    Ok(created)
}

/// Puts into an API's definition what the transform would; gives what the operator should know.
///
/// # Errors
/// What is not understood, and what the transform would refuse.
pub(crate) fn expand(
    definition: &mut Tree,
    template: &Tree,
    resource: &str,
    environment: Environment<'_>,
) -> Result<Vec<Finding>, Vec<Finding>> {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let Some(entry) = resources.iter().find(|entry| entry.key == resource) else { return Ok(Vec::new()) };
    let is_http = match cloudformation::kind(&entry.value) {
        "AWS::Serverless::Api" => false,
        "AWS::Serverless::HttpApi" => true,
        _ => return Ok(Vec::new()),
    };
    let mut api = Api { entry, resources, environment, is_http, findings: Vec::new() };
    let properties = entry.value.get("Properties");
    if let Some(wrong) = properties.filter(|it| !matches!(it.value, Value::Map(_) | Value::Null)) {
        api.wrong(wrong.at, format!("{} where the properties of `{resource}` are expected", wrong.kind()));
    }
    if definition.get("paths").is_none_or(|paths| matches!(paths.value, Value::Null)) {
        definition.set("paths", cloudformation::map(Vec::new(), entry.at));
    }
    match is_http {
        true => api.http(definition),
        false => api.rest(definition),
    }
    if api.findings.is_empty() && definition.get("paths").is_none_or(|paths| paths.entries().is_empty()) {
        api.wrong(entry.at, format!("`{resource}` has no methods: no definition, and no function with events of it"));
    }
    let (errors, warnings): (Vec<_>, Vec<_>) = api.findings.into_iter().partition(Finding::is_error);
    if errors.is_empty() { Ok(warnings) } else { Err(once(errors)) }
}

/// What one value would mend is told once.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        if !told.iter().any(|known| known.message == finding.message && known.help == finding.help) {
            told.push(finding);
        }
    }
    told
}

/// An API whose definition is being expanded.
struct Api<'a> {
    entry: &'a Entry,
    resources: &'a [Entry],
    environment: Environment<'a>,
    is_http: bool,
    findings: Vec<Finding>,
}

impl Api<'_> {
    fn property(&self, name: &str) -> Option<&Tree> {
        self.entry.value.get("Properties")?.get(name).filter(|it| !matches!(it.value, Value::Null))
    }

    /// Whether the definition is the transform's alone.
    fn is_managed(&self) -> bool {
        self.property("DefinitionBody").is_none() && !self.is_elsewhere()
    }

    /// Whether the definition is in a file, which the transform does not see.
    fn is_elsewhere(&self) -> bool {
        self.property("DefinitionUri").is_some()
    }

    /// A property without functions.
    fn resolved(&mut self, name: &str) -> Option<Tree> {
        let written = self.property(name)?.clone();
        self.resolve(&written)
    }

    fn resolve(&mut self, written: &Tree) -> Option<Tree> {
        match cloudformation::resolve(written, self.environment) {
            // `AWS::NoValue`.
            Ok(Tree { value: Value::Null, .. }) => None,
            Ok(value) => Some(value),
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }

    fn wrong(&mut self, at: At, message: impl Into<String>) {
        self.findings.push(Finding::error(at, message));
    }

    /// What is written is a map of those keys alone, each with a value.
    fn knows(&mut self, written: &Tree, what: &str, keys: &[&str]) {
        if !matches!(written.value, Value::Map(_)) {
            self.wrong(written.at, format!("{} where {what} is expected", written.kind()));
        }
        for entry in written.entries() {
            if !keys.contains(&entry.key.as_str()) {
                self.wrong(entry.at, format!("`{}` of {what} is not understood", entry.key));
            } else if matches!(entry.value.value, Value::Null) {
                self.wrong(entry.at, format!("`{}` of {what} has no value", entry.key));
            }
        }
    }

    /// A boolean, and nothing that only looks like one: the transform takes the text `false` for true.
    fn flag(&mut self, of: &Tree, key: &str, otherwise: bool) -> bool {
        match of.get(key).map(|it| (&it.value, it.at)) {
            None => otherwise,
            Some((Value::Bool(value), _)) => *value,
            Some((_, at)) => {
                self.wrong(at, format!("`{key}` is neither `true` nor `false`"));
                otherwise
            }
        }
    }
}
