//! A deployment document with its API definitions: read, put together, understood, and compiled as Envoy would.
//!
//! The definitions are put into the deployment's tree, so that a fault which the gateway finds anywhere in it leads back
//! to the file and line that somebody wrote.

mod api_keys;
mod definition;
mod domain_names;
mod endpoints;
mod nearest;
mod stages;
mod usage_plans;

use std::path::{Path, PathBuf};

use gatehouse_api::deployment::{AccessLogSettings, Api, Deployment};
use gatehouse_api::{AccessLogFormat, Place, Problem, RestApi};
use gatehouse_context::Context;
use gatehouse_gateway::{Fault, Gateway};

use crate::finding::Finding;
use crate::source::{At, Files, Tree, Value};
use definition::Loaded;

/// What the user names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The API's definition; none where the deployment document names it.
    pub definition: Option<PathBuf>,
    /// The deployment document.
    pub deployment: Option<PathBuf>,
    /// Which resource it is, where the definition is a CloudFormation template with several APIs, or Terraform shows several.
    pub resource: Option<String>,
}

impl Input {
    /// Where the files are that the deployment document names.
    fn directory(&self) -> &Path {
        self.deployment.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }
}

/// A deployment with its definitions.
#[derive(Debug)]
pub struct Project {
    /// The deployment document with its definitions inside.
    pub document: Tree,
    /// The same, understood.
    pub deployment: Deployment,
    /// The APIs that the definitions define, in the deployment's order.
    pub apis: Vec<RestApi>,
    /// What the operator should know.
    pub warnings: Vec<Finding>,
}

/// Where a definition may be served that comes without a deployment document: all of its functions live somewhere, under whatever
/// names, and somebody can sign.
const ANYWHERE: &str = "accountId: '123456789012'\nregion: us-east-1\n\
    apis: [{apiId: local, stages: [{stageName: dev}]}]\n\
    functions: {'*': 'http://functions.invalid'}\n\
    iam: {credentialProvider: {url: 'http://credentials.invalid'}}\n";

/// How often a template is looked at, each time with more of it assumed: a condition may hide what another one asks for.
const MOST_LOOKS: usize = 32;

const VPC_LINKS: &str = "vpcLinks";

impl Project {
    /// Reads everything that the input names.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(files: &mut Files, input: &Input) -> Result<Self, Vec<Finding>> {
        if input.deployment.is_none() && input.definition.is_none() {
            let message = "there is no definition: name its file, or a deployment document with `--deployment`";
            return Err(vec![Finding::error(None, message)]);
        }
        match &input.deployment {
            Some(path) => {
                let document = files.read(path)?;
                Self::of(files, document, input)
            }
            None => Self::anywhere(files, input),
        }
    }

    /// Of a definition alone: what a deployment would say of its template is assumed, and told.
    fn anywhere(files: &mut Files, input: &Input) -> Result<Self, Vec<Finding>> {
        let mut document = files.parse(Path::new("<no deployment document>"), ANYWHERE.to_owned())?;
        let mut parameters = Tree { value: Value::Map(Vec::new()), at: document.at };
        let mut left = MOST_LOOKS;
        loop {
            let findings = match Self::of(files, document.clone(), input) {
                Ok(mut project) => {
                    let links = endpoints::vpc_links(&project);
                    if document.get(VPC_LINKS).is_none() && !links.entries().is_empty() {
                        document.set(VPC_LINKS, links);
                        continue;
                    }
                    project.warnings.extend(assumed(&parameters).into_iter().chain(led_anywhere(&links)));
                    return Ok(project);
                }
                Err(findings) => findings,
            };
            let known = parameters.entries().len();
            for (name, value) in findings.iter().filter_map(|it| it.assumed.as_deref()) {
                parameters.set(name, value.clone());
            }
            left -= 1;
            if parameters.entries().len() == known || left == 0 {
                return Err(findings.into_iter().chain(assumed(&parameters)).collect());
            }
            document.set("parameters", parameters.clone());
        }
    }

    /// Of a deployment document.
    fn of(files: &mut Files, mut document: Tree, input: &Input) -> Result<Self, Vec<Finding>> {
        let written = understood(&document)?;
        put_definition(&mut document, input.definition.as_deref())?;
        let Loaded { mut warnings, usage, mappings, guarded } =
            definition::load(files, &mut document, &written, input)?;
        warnings.extend(api_keys::load(&mut document, input.directory(), usage, files)?);
        if input.deployment.is_none() {
            api_keys::date(&mut document);
        }
        warnings.extend(domain_names::put(&mut document, mappings, guarded));
        // Used up; and what is secret among them is nobody's business any more.
        document.remove("parameters");
        let deployment = understood(&document)?;
        let mut project = Self { document, deployment, apis: Vec::new(), warnings };
        project.import()?;
        let unused = endpoints::unused(&project);
        if unused.is_empty() { Ok(project) } else { Err(unused) }
    }

    /// Compiles the deployment, with the code that does it in Envoy.
    ///
    /// # Errors
    /// Everything that keeps it from being served.
    pub fn compile(&self) -> Result<Gateway, Vec<Finding>> {
        Gateway::compile(&self.deployment).map_err(|faults| self.found(&faults))
    }

    /// What the operator should know about what is served.
    #[must_use]
    pub fn warnings(&self, gateway: &Gateway) -> Vec<Finding> {
        [self.warnings.clone(), self.found(&gateway.warnings), self.unknown_log_variables()].concat()
    }

    /// The variables of access logs that nothing stands for.
    fn unknown_log_variables(&self) -> Vec<Finding> {
        let logs =
            self.deployment.apis.iter().flat_map(|api| &api.stages).filter_map(|it| it.access_log_settings.as_ref());
        let mut findings = Vec::new();
        for AccessLogSettings { format, place } in logs {
            let at = self.document.locate(&place.then("format"));
            for name in AccessLogFormat::parse(format).variables().filter(|name| !Context::knows(name)) {
                findings
                    .push(Finding::warning(at, format!("nothing is known as `$context.{name}` here: the log has `-`")));
            }
        }
        findings
    }

    pub(crate) fn found(&self, faults: &[Fault]) -> Vec<Finding> {
        faults.iter().map(|fault| finding(&self.document, &fault.place(), &fault.problem)).collect()
    }

    /// Where a place of an API's definition was written.
    #[must_use]
    pub fn in_definition(&self, api: usize, place: &Place) -> At {
        self.document.locate(&within(&definition_of(api), place))
    }

    fn import(&mut self) -> Result<(), Vec<Finding>> {
        let mut errors = Vec::new();
        for index in 0..self.deployment.apis.len() {
            let place = definition_of(index);
            let Some(definition) = self.document.pointer(place.as_str()) else { continue };
            let Some(Api { protocol_type, basepath, .. }) = self.deployment.apis.get(index) else { continue };
            let problems = match gatehouse_openapi::import_as(&definition.node(), *protocol_type, *basepath) {
                Ok(import) => {
                    self.apis.push(import.api);
                    import.warnings
                }
                Err(problems) => problems,
            };
            let found =
                problems.iter().map(|problem| finding(&self.document, &within(&place, &problem.place), problem));
            let (wrong, worth_knowing): (Vec<_>, Vec<_>) = found.partition(Finding::is_error);
            errors.extend(wrong);
            self.warnings.extend(worth_knowing);
        }
        let unserved = self.deployment.unserved().iter().filter(|problem| !problem.is_error());
        self.warnings.extend(unserved.map(|problem| finding(&self.document, &problem.place, problem)));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// That a deployment must say what this report only assumes.
fn assumed(parameters: &Tree) -> Option<Finding> {
    let names: Vec<String> = parameters.entries().iter().map(|it| format!("`{}`", it.key)).collect();
    let message = format!("a deployment must say what {} will be: here it is assumed", names.join(", "));
    let help = "give it in the deployment document, by these names: `parameters: { … }`";
    (!names.is_empty()).then(|| Finding::warning(None, message).help(help))
}

/// That a deployment must say where VPC links lead.
fn led_anywhere(links: &Tree) -> Option<Finding> {
    let names: Vec<String> = links.entries().iter().map(|it| format!("`{}`", it.key)).collect();
    let message = format!("a deployment must say where the VPC link {} leads: here it is assumed", names.join(", "));
    let help = "give it in the deployment document: `vpcLinks: { … }`";
    (!names.is_empty()).then(|| Finding::warning(None, message).help(help))
}

fn definition_of(api: usize) -> Place {
    Place::root().then("apis").then(api).then("definition")
}

/// A place within what stands at another.
fn within(outer: &Place, inner: &Place) -> Place {
    Place::at(&format!("{}{}", outer.as_str(), inner.as_str()))
}

fn finding(document: &Tree, place: &Place, problem: &Problem) -> Finding {
    Finding {
        severity: problem.severity,
        help: nearest::suggestion(&problem.message),
        ..Finding::error(document.locate(place), problem.message.clone())
    }
}

/// What is wrong with a document, where it was written.
pub(crate) fn findings(document: &Tree, problems: &[Problem]) -> Vec<Finding> {
    problems.iter().map(|problem| finding(document, &problem.place, problem)).collect()
}

fn understood(document: &Tree) -> Result<Deployment, Vec<Finding>> {
    Deployment::read(&document.node()).map_err(|problems| findings(document, &problems))
}

/// Puts the usage plans and keys of templates and of a file of keys into the document, and nothing else of the APIs.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn put_usage(
    files: &mut Files,
    document: &mut Tree,
    deployment: &Deployment,
    input: &Input,
) -> Result<(), Vec<Finding>> {
    put_definition(document, input.definition.as_deref())?;
    let of_templates = definition::usage(files, document, deployment, input)?;
    api_keys::load(document, input.directory(), of_templates, files).map(drop)
}

/// Gives the definition that the user named to the one API that it can be for.
fn put_definition(document: &mut Tree, path: Option<&Path>) -> Result<(), Vec<Finding>> {
    let Some(path) = path else { return Ok(()) };
    // From where the user is, not from where the deployment document is.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let at = document.at;
    let Some(Tree { value: Value::List(apis), .. }) = document.get_mut("apis") else { return Ok(()) };
    let alone = apis.len() == 1;
    let mut candidates = apis.iter_mut().filter(|api| alone || api.get("definition").is_none());
    match (candidates.next(), candidates.next()) {
        (Some(api), None) => {
            api.set("definition", Tree::string(path.to_string_lossy(), api.at));
            Ok(())
        }
        _ => {
            let message = "the deployment document has several APIs: it must say itself which definition is whose";
            Err(vec![Finding::error(at, message).help("write `definition: path/of/api.yaml` beside each `apiId`")])
        }
    }
}
