//! The definitions that a deployment document names: read, taken out of templates and of what Terraform shows, put together
//! from their files.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use gatehouse_api::ProtocolType;
use gatehouse_api::deployment::{Api, Deployment};

use super::usage_plans::OfTemplates;
use super::{Input, stages};
use crate::cloudformation::{self, Environment, Found, Guarded, Mapping, Stage, Usage};
use crate::finding::Finding;
use crate::inclusion;
use crate::sam;
use crate::source::{At, Files, Tree, Value};
use crate::terraform;

/// What templates say besides.
#[derive(Default)]
pub(super) struct Loaded {
    /// What the operator should know.
    pub(super) warnings: Vec<Finding>,
    /// Of usage plans.
    pub(super) usage: OfTemplates,
    /// Of custom domain names.
    pub(super) mappings: Vec<Mapping>,
    pub(super) guarded: Vec<Guarded>,
}

/// Puts the definition of every API into the deployment document, with what templates set for its stages.
///
/// # Errors
/// What can't be read, and what can't be resolved.
pub(super) fn load(
    files: &mut Files,
    document: &mut Tree,
    deployment: &Deployment,
    input: &Input,
) -> Result<Loaded, Vec<Finding>> {
    let (mut loaded, mut findings) = (Loaded::default(), Vec::new());
    let given = document.get("parameters").cloned();
    let directory = input.directory();
    let Some(Tree { value: Value::List(apis), .. }) = document.get_mut("apis") else {
        return Ok(loaded);
    };
    for (api, understood) in apis.iter_mut().zip(&deployment.apis) {
        let environment = Environment { given: given.as_ref(), template: None, api: None, deployment };
        let definition = written(files, api, directory, input.resource.as_deref())
            .and_then(|written| written.definition(files, &understood.api_id, environment, &mut loaded.warnings));
        match definition {
            Ok(Definition { tree, protocol, basepath, usage, stages, mappings, guarded }) => {
                loaded.usage.add(usage);
                loaded.mappings.extend(mappings);
                loaded.guarded.extend(guarded);
                if input.deployment.is_none() {
                    stages::name(api, &stages);
                }
                match stages::put(api, stages) {
                    Ok(told) => loaded.warnings.extend(told),
                    Err(found) => findings.extend(found),
                }
                findings.extend(protocol.and_then(|protocol| contradiction(api, understood, protocol)));
                if let Some(protocol) = protocol {
                    api.set("protocolType", Tree::string(protocol.name(), tree.at));
                }
                if let Some(basepath) = basepath.filter(|_| api.get("basepath").is_none()) {
                    api.set("basepath", basepath);
                }
                api.set("definition", tree);
            }
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(loaded) } else { Err(findings) }
}

/// What templates say of usage plans, and nothing of the APIs themselves: those whose definition is not here are passed over.
///
/// # Errors
/// What can't be read.
pub(super) fn usage(
    files: &mut Files,
    document: &Tree,
    deployment: &Deployment,
    input: &Input,
) -> Result<OfTemplates, Vec<Finding>> {
    let mut of_templates = OfTemplates::default();
    let given = document.get("parameters");
    let apis = document.get("apis").map(Tree::items).unwrap_or_default();
    for (api, understood) in apis.iter().zip(&deployment.apis) {
        if !is_there(api, input.directory()) {
            continue;
        }
        let environment = Environment { given, template: None, api: None, deployment };
        let written = written(files, api, input.directory(), input.resource.as_deref())?;
        let Some(template) = written.template(files, environment, &mut Vec::new())? else { continue };
        let environment = Environment { template: Some(&template), ..environment };
        let created = sam::template(&template, environment)?;
        let resource = &cloudformation::chosen(&created, written.resource.as_deref())?.key;
        of_templates.add(usage_of(&created, resource, &understood.api_id, environment));
    }
    Ok(of_templates)
}

/// Whether there is a definition, and the file that it names.
fn is_there(api: &Tree, directory: &Path) -> bool {
    let is_file = |name: &str| directory.join(name).exists();
    match api.get("definition") {
        Some(Tree { value: Value::String(text), .. }) => {
            is_file(text) || text.rsplit_once('#').is_some_and(|(name, _)| is_file(name))
        }
        written => written.is_some(),
    }
}

fn usage_of(created: &Tree, resource: &str, api_id: &str, environment: Environment<'_>) -> Usage {
    let environment = Environment { template: Some(created), api: Some((resource, api_id)), ..environment };
    cloudformation::usage(created, environment)
}

/// That the deployment document and the template's resource speak of different kinds of APIs.
fn contradiction(api: &Tree, understood: &Api, protocol: ProtocolType) -> Option<Finding> {
    let said = understood.protocol_type.filter(|said| *said != protocol)?;
    let at = api.get("protocolType").map_or(api.at, |it| it.at);
    let (said, protocol) = (said.name(), protocol.name());
    Some(Finding::error(at, format!("`{said}`, but the template's resource is an API of type `{protocol}`")))
}

/// A definition that can be imported.
struct Definition {
    tree: Tree,
    /// Which kind of API a template says that it is.
    protocol: Option<ProtocolType>,
    /// What a template says is to be made of its base path.
    basepath: Option<Tree>,
    /// What a template says of its usage plans.
    usage: Usage,
    /// What a template sets for its stages.
    stages: Vec<Stage>,
    /// What it maps to them of custom domain names.
    mappings: Vec<Mapping>,
    /// Which of those names are for clients with a certificate.
    guarded: Vec<Guarded>,
}

/// A definition as it was written.
struct Written {
    tree: Tree,
    /// Where the files are that it may name.
    directory: PathBuf,
    /// Which resource of a template it is.
    resource: Option<String>,
}

/// What an API's `definition` names: a file, a resource of a template (`template.yaml#PetsApi`), or itself.
fn written(files: &mut Files, api: &Tree, directory: &Path, resource: Option<&str>) -> Result<Written, Vec<Finding>> {
    match api.get("definition") {
        Some(Tree { value: Value::String(text), at }) => {
            let (name, fragment) = match text.rsplit_once('#') {
                Some((name, fragment)) if !directory.join(text).exists() => (name, Some(fragment)),
                _ => (text.as_str(), resource),
            };
            let path = directory.join(name);
            // What the command line names has been put where its API stands: nothing is wrong there.
            let at = Some(*at).filter(|at| *at != api.at);
            if terraform::is_language(&path) {
                let message = format!("`{name}` is written in Terraform's language, which only Terraform understands");
                return Err(vec![Finding::error(at, message).help(terraform::HOW_TO_SHOW)]);
            }
            let tree = files.read(&path).map_err(|findings| at_line(findings, at))?;
            let directory = path.parent().unwrap_or(Path::new("")).to_owned();
            Ok(Written { tree, directory, resource: fragment.map(str::to_owned) })
        }
        Some(tree) => {
            let resource = resource.map(str::to_owned);
            Ok(Written { tree: tree.clone(), directory: directory.to_owned(), resource })
        }
        None => {
            let message = "there is no definition: name its file on the command line, or as `definition` here";
            Err(vec![Finding::error(api.at, message)])
        }
    }
}

/// A file that can't be read is a fault of the line that names it.
fn at_line(findings: Vec<Finding>, at: Option<At>) -> Vec<Finding> {
    findings.into_iter().map(|it| Finding { at: it.at.or(at), ..it }).collect()
}

impl Written {
    /// The definition itself: taken out of its template, with what is in other files, without functions.
    fn definition(
        &self,
        files: &mut Files,
        api_id: &str,
        environment: Environment<'_>,
        warnings: &mut Vec<Finding>,
    ) -> Result<Definition, Vec<Finding>> {
        let Some(template) = self.template(files, environment, warnings)? else {
            if let Some(resource) = &self.resource {
                let message = format!(
                    "`{resource}` can't be found here: this is no CloudFormation template, and nothing that Terraform shows"
                );
                return Err(vec![Finding::error(self.tree.at, message)]);
            }
            let tree = inclusion::include(files, &self.tree, &self.directory)?;
            let tree = cloudformation::resolve(&tree, environment)?;
            let (usage, stages, mappings, guarded) = Default::default();
            return Ok(Definition { tree, protocol: None, basepath: None, usage, stages, mappings, guarded });
        };
        self.of_template(files, &template, api_id, environment, warnings)
    }

    /// The template that the definition is in, also of what Terraform shows.
    fn template(
        &self,
        files: &mut Files,
        environment: Environment<'_>,
        warnings: &mut Vec<Finding>,
    ) -> Result<Option<Cow<'_, Tree>>, Vec<Finding>> {
        if terraform::is_terraform(&self.tree) {
            let converted = terraform::template(files, &self.tree, environment.given)?;
            warnings.extend(converted.told(self.resource.as_deref())?);
            return Ok(Some(Cow::Owned(converted.template)));
        }
        Ok(cloudformation::is_template(&self.tree).then_some(Cow::Borrowed(&self.tree)))
    }

    /// The definition that a template has.
    fn of_template(
        &self,
        files: &mut Files,
        written: &Tree,
        api_id: &str,
        environment: Environment<'_>,
        warnings: &mut Vec<Finding>,
    ) -> Result<Definition, Vec<Finding>> {
        let environment = Environment { template: Some(written), ..environment };
        let template = sam::template(written, environment)?;
        let Found { resource, protocol, definition, basepath, additions, warnings: found } =
            cloudformation::find(&template, self.resource.as_deref())?;
        warnings.extend(found);
        let usage = usage_of(&template, resource, api_id, environment);
        let body = match definition {
            cloudformation::Definition::Inline(body) => body.clone(),
            cloudformation::Definition::Made(body) => body,
            cloudformation::Definition::File(uri) => {
                let name = uri.text().unwrap_or_default();
                let path = self.directory.join(name);
                inclusion::inside(&self.directory, &path, name, uri.at)
                    .map_err(|finding| vec![finding.help("name the definition itself instead of this template")])?;
                files.read(&path).map_err(|findings| at_line(findings, Some(uri.at)))?
            }
        };
        let environment = Environment { api: Some((resource, api_id)), ..environment };
        let body = inclusion::include(files, &body, &self.directory)?;
        let body = cloudformation::resolve(&body, environment)?;
        let mut definition = cloudformation::read(body).map_err(|finding| vec![finding])?;
        warnings.extend(sam::expand(&mut definition, &template, resource, environment)?);
        // What stands beside the definition is put into it once it is whole.
        let mut whole = |written: &Tree| {
            cloudformation::resolve(&inclusion::include(files, written, &self.directory)?, environment)
        };
        let additions: Result<Vec<_>, _> = additions.into_iter().map(|it| it.with(&mut whole)).collect();
        cloudformation::add(&mut definition, &additions?)?;
        cloudformation::read_parts(&mut definition)?;
        let of_created = Environment { template: Some(&template), ..environment };
        let stages = cloudformation::stages(&template, of_created);
        let mappings = cloudformation::mappings(&template, of_created);
        let guarded = cloudformation::guarded(&template, of_created);
        let (protocol, basepath) = (Some(protocol), basepath.cloned());
        Ok(Definition { tree: definition, protocol, basepath, usage, stages, mappings, guarded })
    }
}
