//! `gatehouse check`: what of API Gateway an API uses, and how well each of it is served.

mod inventory;
mod table;

use std::collections::HashSet;

use gatehouse_api::Severity;
use gatehouse_gateway::{Fault, Gateway};

use crate::args::Check;
use crate::finding::Finding;
use crate::project::{Input, Project};
use crate::report::Format;
use crate::source::{At, Files, Tree};

/// How well a feature is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// As on API Gateway.
    Exact,
    /// With a difference that the note tells.
    Approximate,
    /// Not at all: `compile` and `run` refuse it.
    NotThere,
}

/// A feature that an API uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// What it is.
    pub name: String,
    /// How well it is served.
    pub support: Support,
    /// Where it is used.
    pub places: Vec<At>,
    /// What is different.
    pub note: Option<&'static str>,
}

/// What a project uses.
#[derive(Debug)]
pub struct Compatibility {
    /// Every feature, those that are not there last.
    pub features: Vec<Feature>,
    /// What the operator should know besides.
    pub warnings: Vec<Finding>,
}

/// Checks a project.
///
/// # Errors
/// What was given is wrong: nothing can be said about it.
pub fn check(args: &Check, files: &mut Files) -> Result<Compatibility, Vec<Finding>> {
    compatibility(files, &args.served.input(args.deployment.as_ref()))
}

/// What an input uses.
///
/// # Errors
/// It is wrong.
pub fn compatibility(files: &mut Files, input: &Input) -> Result<Compatibility, Vec<Finding>> {
    let mut features = Features::default();
    let (refused, warnings) = match Project::load(files, input) {
        Ok(project) => {
            // Of a deployment that nobody wrote, and a stage that is made up, nobody needs to know.
            let is_made_up = |fault: &Fault| input.deployment.is_none() && is_of_the_stage(&project, fault);
            let (refused, mut warnings) = match Gateway::compile(&project.deployment) {
                Ok(mut gateway) => {
                    gateway.warnings.retain(|fault| !is_made_up(fault));
                    (Vec::new(), project.warnings(&gateway))
                }
                Err(faults) => {
                    let wrong = wrong(&project, &faults);
                    if !wrong.is_empty() {
                        return Err(wrong);
                    }
                    let faults: Vec<Fault> = faults.into_iter().filter(|fault| !is_made_up(fault)).collect();
                    (project.found(&faults), project.warnings.clone())
                }
            };
            inventory::definitions(&project, &refused, &mut features);
            match input.deployment {
                Some(_) => inventory::stages(&project, &mut features),
                None => warnings.retain(|it| it.at.is_none_or(|at| at.file != project.document.at.file)),
            }
            (refused, warnings)
        }
        Err(findings) if findings.iter().filter(|it| it.is_error()).all(is_unserved) => {
            findings.into_iter().partition(Finding::is_error)
        }
        Err(findings) => return Err(findings),
    };
    for finding in &refused {
        features.add(name(&finding.message), Support::NotThere, None, finding.at);
    }
    let mut features = features.found;
    features.sort_by_key(|feature| feature.support);
    Ok(Compatibility { features, warnings })
}

/// What is wrong with the deployment document: it is the operator's own, and no feature that an API uses.
fn wrong(project: &Project, faults: &[Fault]) -> Vec<Finding> {
    let own: Vec<Fault> = faults.iter().filter(|fault| fault.api.is_none()).cloned().collect();
    project.found(&own).into_iter().filter(|finding| finding.is_error() && !is_unserved(finding)).collect()
}

/// Whether something is wrong with what stage variables are a part of.
fn is_of_the_stage(project: &Project, fault: &Fault) -> bool {
    let written = project.document.pointer(fault.place().as_str()).and_then(Tree::text);
    written.is_some_and(|text| text.contains("${stageVariables."))
}

/// Whether a finding is about something that is right, and that nothing here serves.
fn is_unserved(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.message.contains("not served")
}

/// `API keys` out of `API keys are not served yet`.
fn name(message: &str) -> String {
    if message.contains("a regular expression with") {
        return "regular expressions that take more than linear time".into();
    }
    const SUFFIXES: [&str; 4] = [" is not served yet", " are not served yet", " is not served", " are not served"];
    let stripped = SUFFIXES.iter().find_map(|suffix| message.strip_suffix(suffix));
    stripped.unwrap_or(message).to_owned()
}

impl Compatibility {
    /// Whether everything is served.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.features.iter().all(|feature| feature.support != Support::NotThere)
    }

    /// The report as text or as JSON lines.
    #[must_use]
    pub fn report(&self, files: &Files, format: Format, colour: bool) -> String {
        match format {
            Format::Text => table::table(&self.features, files, colour),
            Format::Json => table::json_lines(&self.features, files),
        }
    }
}

/// Features as they are found.
#[derive(Default)]
struct Features {
    found: Vec<Feature>,
    /// The places of each, by its number.
    known: HashSet<(usize, At)>,
}

impl Features {
    /// Adds a feature, or another place where it is used.
    fn add(&mut self, name: impl Into<String>, support: Support, note: Option<&'static str>, at: Option<At>) {
        let name = name.into();
        let is_it = |it: &Feature| it.name == name && it.support == support && it.note == note;
        let number = self.found.iter().position(is_it).unwrap_or_else(|| {
            self.found.push(Feature { name, support, places: Vec::new(), note });
            self.found.len() - 1
        });
        let at = at.filter(|at| self.known.insert((number, *at)));
        if let Some(feature) = self.found.get_mut(number) {
            feature.places.extend(at);
        }
    }
}
