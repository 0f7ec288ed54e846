//! Projects of templates that stand in the tests themselves.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use gatehouse_cli::finding::Finding;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::source::Files;

pub(crate) const TEMPLATE: &str = "template.yaml";
pub(crate) const DEPLOYMENT: &str = "deployment.yaml";

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|it| it.message.clone()).collect()
}

/// Loads and compiles what files of a folder of their own say: a deployment document, or without one a template. Gives what is
/// told beside, or everything that is wrong.
pub(crate) fn load(files: &[(&str, String)]) -> Result<(Project, Vec<String>), String> {
    let mut hasher = std::hash::DefaultHasher::new();
    files.hash(&mut hasher);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("project-{:x}", hasher.finish()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let input = match files.iter().any(|(name, _)| *name == DEPLOYMENT) {
        true => Input { deployment: Some(folder.join(DEPLOYMENT)), ..Input::default() },
        false => Input { definition: Some(folder.join(TEMPLATE)), ..Input::default() },
    };
    let project = Project::load(&mut Files::default(), &input);
    let compiled = project.and_then(|project| project.compile().map(|gateway| (project.warnings(&gateway), project)));
    std::fs::remove_dir_all(folder).unwrap();
    let (warnings, project) = compiled.map_err(|wrong| texts(&wrong).join("; "))?;
    Ok((project, texts(&warnings)))
}
