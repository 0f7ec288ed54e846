//! The bootstrap of an API with every kind of endpoint, as it is written to a file. With `BLESS=1` it is written anew.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;

use gatehouse_cli::bootstrap::{Surroundings, bootstrap, bootstrap_as_json};
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::source::Files;

const EXPECTED: &str = "tests/bootstrap/envoy.yaml";

#[test]
fn the_bootstrap_is_as_expected() {
    let input = Input {
        definition: Some("tests/bootstrap/api.yaml".into()),
        deployment: Some("tests/bootstrap/deployment.yaml".into()),
        resource: None,
    };
    let project = Project::load(&mut Files::default(), &input).unwrap();
    let around = Surroundings {
        admin_port: Some(9901),
        wasm: "/usr/lib/gatehouse/gateway.wasm".into(),
        ..Surroundings::default()
    };
    let found = bootstrap(&project, &project.compile().unwrap(), &around);
    if std::env::var_os("BLESS").is_some() {
        fs::write(EXPECTED, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(EXPECTED).unwrap());
    let same = bootstrap_as_json(&project, &project.compile().unwrap(), &around).unwrap();
    let read = |text: String| Files::default().parse("envoy".as_ref(), text).unwrap().node();
    assert!(same.starts_with('{') && read(same) == read(found));
}
