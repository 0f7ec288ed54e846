//! Terraform and OpenTofu: an API in what `terraform show -json` writes of a state or of a plan, or in a state's own file, made
//! into the template that CloudFormation would have of it. Everything behind it is the same as for such a template.
//!
//! A state knows every id. A plan does not: what is made of other resources is unknown until it is applied, and is found by the
//! references of the configuration. What cannot be found is a fault, unless the deployment document's `parameters` have it.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod argument;
mod attributes;
mod body;
mod document;
mod functions;
mod kinds;
mod methods;
mod references;
mod stages;
mod usage;

use std::path::Path;

use crate::cloudformation::{self, entry, kind, map};
use crate::finding::Finding;
use crate::source::{Entry, Files, Tree};

use attributes::Attributes;
use document::Document;

/// An API's resources as a template, and what is to be said of them.
pub(crate) struct Converted {
    /// As CloudFormation would have it: resources are called by their addresses.
    pub(crate) template: Tree,
    told: Vec<Told>,
}

/// What is to be said of one API; of all, where it is not known of which.
struct Told {
    api: Option<String>,
    finding: Finding,
}

impl Converted {
    /// What is to be said of the API that is named, or of the only one.
    ///
    /// # Errors
    /// What keeps it from being served; or there is none, or several and none is named.
    pub(crate) fn told(&self, named: Option<&str>) -> Result<Vec<Finding>, Vec<Finding>> {
        match cloudformation::chosen(&self.template, named) {
            Ok(api) => self.told_of(Some(&api.key)),
            // What is not told of its parts is why there is none.
            Err(findings) => self.told_of(named).and(Err(findings)),
        }
    }

    fn told_of(&self, api: Option<&str>) -> Result<Vec<Finding>, Vec<Finding>> {
        let concerned = |told: &&Told| told.api.is_none() || told.api.as_deref() == api;
        let mut found: Vec<Finding> = Vec::new();
        for told in self.told.iter().filter(concerned) {
            if !found.iter().any(|known| known.message == told.finding.message) {
                found.push(told.finding.clone());
            }
        }
        let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Finding::is_error);
        if errors.is_empty() { Ok(warnings) } else { Err(errors) }
    }
}

pub(crate) const HOW_TO_SHOW: &str = "write what Terraform knows into a file, and name that: `terraform show -json > api.json` once it is \
                                      applied, or before `terraform plan -out plan && terraform show -json plan > api.json`";

/// Whether a file is Terraform's own language, by its name.
pub(crate) fn is_language(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| name.ends_with(end))
}

/// Whether a document is a state or a plan.
pub(crate) fn is_terraform(tree: &Tree) -> bool {
    let has = |key: &str| tree.get(key).is_some();
    let is_shown = has("format_version") && (has("terraform_version") || has("values") || has("planned_values"));
    is_shown || (has("lineage") && tree.get("version").and_then(Tree::scalar).as_deref() == Some("4"))
}

/// The APIs of a state or a plan as a template.
///
/// # Errors
/// It is neither, or has no API.
pub(crate) fn template(files: &mut Files, shown: &Tree, given: Option<&Tree>) -> Result<Converted, Vec<Finding>> {
    let document = Document::read(shown).map_err(|finding| vec![finding])?;
    let mut attributes = Attributes::new(&document, given);
    let mut resources = methods::resources(&mut attributes);
    body::read(files, &mut resources, &mut attributes);
    if !document.resources.iter().any(|it| kinds::APIS.contains(&it.kind)) {
        let message =
            "there is no `aws_api_gateway_rest_api` and no `aws_apigatewayv2_api` in what Terraform shows here";
        return Err(vec![Finding::error(shown.at, message).help(HOW_TO_SHOW)]);
    }
    let is_told = attributes.told.iter().any(|told| told.finding.is_error());
    if !is_told && !resources.iter().any(|resource| is_served(resource, &resources)) {
        let message = "no API that Terraform shows here has methods, routes or a `body`";
        return Err(vec![Finding::error(shown.at, message).help(HOW_TO_SHOW)]);
    }
    let template = map(vec![entry("Resources", shown.at, map(resources, shown.at))], shown.at);
    Ok(Converted { template, told: attributes.told })
}

/// Whether a resource is an API of which there is something to serve, or to refuse.
fn is_served(api: &Entry, resources: &[Entry]) -> bool {
    let part = match kind(&api.value) {
        "AWS::ApiGateway::RestApi" => ("AWS::ApiGateway::Method", "RestApiId"),
        "AWS::ApiGatewayV2::Api" => ("AWS::ApiGatewayV2::Route", "ApiId"),
        _ => return false,
    };
    let is_websocket = property(api, "ProtocolType").is_some_and(|it| it.text() == Some("WEBSOCKET"));
    let is_of_api = |resource: &Entry| {
        kind(&resource.value) == part.0
            && property(resource, part.1).is_some_and(|id| id.get("Ref").and_then(Tree::text) == Some(&api.key))
    };
    is_websocket || ["Body", "Target"].iter().any(|it| property(api, it).is_some()) || resources.iter().any(is_of_api)
}

fn property<'t>(of: &'t Entry, name: &str) -> Option<&'t Tree> {
    of.value.get("Properties")?.get(name)
}

#[cfg(test)]
mod tests;
