//! Every folder in `inputs` is what a user could give: what is made of it, or what is wrong with it, is in its
//! `expected.txt`. With `BLESS=1` that is written anew.

#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use gatehouse_api::deployment::Definition;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::report;
use gatehouse_cli::source::Files;

fn outcome(folder: &Path) -> String {
    let mut files = Files::default();
    let definition = ["api.json", "api.yaml", "template.yaml"].map(|name| folder.join(name));
    let input = Input {
        definition: definition.into_iter().find(|path| path.exists()),
        deployment: Some(folder.join("deployment.yaml")),
        resource: None,
    };
    let project = Project::load(&mut files, &input);
    let compiled = project.and_then(|project| project.compile().map(|gateway| (project.warnings(&gateway), project)));
    match compiled {
        Ok((warnings, project)) => {
            let definitions = project.deployment.apis.iter().filter_map(|api| match &api.definition {
                Some(Definition::Document(node)) => Some(format!("{}\n", serde_json::to_string_pretty(node).unwrap())),
                _ => None,
            });
            definitions.chain([report::text(&warnings, &files, false)]).collect()
        }
        Err(findings) => report::text(&findings, &files, false),
    }
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir("tests/inputs").unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_input_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let (found, file) = (outcome(&folder), folder.join("expected.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, &found).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if found != expected {
            wrong.push(format!("--- {} should be\n{expected}\n--- and is\n{found}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
