//! A template as it is written for SAM is the same API as what SAM's own transform makes of it. The `*.transformed.json` are what
//! aws-sam-translator 1.110.0 writes, without its roles, permissions, stages and deployments.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic is a failed test")]

use std::path::Path;

use gatehouse_api::Node;
use gatehouse_api::deployment::Definition;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::report;
use gatehouse_cli::source::Files;

/// The API that is made of a file, without order and places, and what is said of it.
fn api(file: &str) -> (String, String) {
    let folder = Path::new("tests/sam");
    let mut files = Files::default();
    let input =
        Input { definition: Some(folder.join(file)), deployment: Some(folder.join("deployment.yaml")), resource: None };
    let project = Project::load(&mut files, &input);
    let compiled = project.and_then(|project| project.compile().map(|_| project));
    let project = compiled.unwrap_or_else(|findings| panic!("{file}: {}", report::text(&findings, &files, false)));
    let api = &project.deployment.apis[0];
    let Some(Definition::Document(node)) = &api.definition else { panic!("{file}") };
    let imported = gatehouse_openapi::import_as(&sorted(node), api.protocol_type, api.basepath).unwrap();
    // The transform names an API after its stack.
    let api = gatehouse_api::RestApi { name: String::new(), version: None, ..imported.api };
    (without_places(&format!("{api:#?}")), report::text(&project.warnings, &files, false))
}

fn sorted(node: &Node) -> Node {
    match node {
        Node::List(items) => Node::List(items.iter().map(sorted).collect()),
        Node::Map(entries) => {
            // The default route may be written with a slash.
            let key = |key: &str| if key == "/$default" { "$default".to_owned() } else { key.to_owned() };
            let value = |name: &str, value: &Node| match name {
                "Statement" | "Resource" => in_any_order(sorted(value)),
                _ => sorted(value),
            };
            let mut entries: Vec<_> = entries.iter().map(|(name, it)| (key(name), value(name, it))).collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Node::Map(entries)
        }
        other => other.clone(),
    }
}

/// Of a policy's lists.
fn in_any_order(node: Node) -> Node {
    let Node::List(mut items) = node else { return node };
    items.sort_by_key(|item| format!("{item:?}"));
    Node::List(items)
}

fn without_places(shown: &str) -> String {
    let mut lines = shown.lines();
    let mut kept = Vec::new();
    while let Some(line) = lines.next() {
        match line.trim_start() {
            "place: Place(" => {
                lines.nth(1);
            }
            _ => kept.push(line),
        }
    }
    kept.join("\n")
}

fn check(name: &str) {
    let (written, _) = api(&format!("{name}.yaml"));
    let (transformed, _) = api(&format!("{name}.transformed.json"));
    let differs = written.lines().zip(transformed.lines()).find(|(one, other)| one != other);
    assert!(written == transformed, "{name} is another API: {differs:?}");
}

#[test]
fn the_rest_api_that_events_imply_is_the_transform_s() {
    check("implied");
}

#[test]
fn authorizers_and_keys_of_a_rest_api_are_the_transform_s() {
    check("auth");
    check("auth-openapi");
    check("signed");
}

#[test]
fn a_definition_with_events_is_the_transform_s() {
    check("merged");
    check("overridden");
    check("http-body");
}

#[test]
fn http_apis_are_the_transform_s() {
    check("http-implied");
    check("http-auth");
}
