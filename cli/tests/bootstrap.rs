//! The bootstrap of an API with every kind of endpoint, as it is written to a file. With `BLESS=1` it is written anew.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;

use gatehouse_cli::bootstrap::{Surroundings, Tls, bootstrap, bootstrap_as_json};
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::source::Files;

const EXPECTED: &str = "tests/bootstrap/envoy.yaml";

fn project() -> Project {
    let input = Input {
        definition: Some("tests/bootstrap/api.yaml".into()),
        deployment: Some("tests/bootstrap/deployment.yaml".into()),
        resource: None,
    };
    Project::load(&mut Files::default(), &input).unwrap()
}

fn around() -> Surroundings {
    Surroundings { admin_port: Some(9901), wasm: "/usr/lib/gatehouse/gateway.wasm".into(), ..Surroundings::default() }
}

#[test]
fn the_bootstrap_is_as_expected() {
    let (project, around) = (project(), around());
    let found = bootstrap(&project, &project.compile().unwrap(), &around);
    if std::env::var_os("BLESS").is_some() {
        fs::write(EXPECTED, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(EXPECTED).unwrap());
}

#[test]
fn a_listener_that_ends_tls_says_whose_clients_it_trusts() {
    let project = project();
    let of = |truststore: Option<&str>| {
        let tls = Tls {
            certificate: "/tls/server.pem".into(),
            private_key: "/tls/server.key".into(),
            truststore: truststore.map(Into::into),
        };
        let written = bootstrap(&project, &project.compile().unwrap(), &Surroundings { tls: Some(tls), ..around() });
        let tree = Files::default().parse("envoy.yaml".as_ref(), written).unwrap();
        serde_json::to_value(tree.node()).unwrap()["static_resources"]["listeners"][0].take()
    };
    let listener = of(Some("/tls/clients.pem"));
    let context = &listener["filter_chains"][0]["transport_socket"]["typed_config"];
    assert_eq!(listener["listener_filters"][0]["name"], "envoy.filters.listener.tls_inspector");
    assert_eq!(context["require_client_certificate"], false);
    let common = &context["common_tls_context"];
    assert_eq!(common["tls_certificates"][0]["private_key"]["filename"], "/tls/server.key");
    assert_eq!(common["validation_context"]["trusted_ca"]["filename"], "/tls/clients.pem");
    let alone = of(None);
    let context = &alone["filter_chains"][0]["transport_socket"]["typed_config"];
    assert_eq!(context["common_tls_context"]["validation_context"], serde_json::Value::Null);
}

#[test]
fn as_json_it_says_the_same() {
    let (project, around) = (project(), around());
    let gateway = project.compile().unwrap();
    let yaml = Files::default().parse("envoy.yaml".as_ref(), bootstrap(&project, &gateway, &around)).unwrap();
    let text = bootstrap_as_json(&project, &gateway, &around).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "JSON, and no YAML");
    let json = Files::default().parse("envoy.json".as_ref(), text).unwrap();
    assert_eq!(serde_json::to_value(json.node()).unwrap(), serde_json::to_value(yaml.node()).unwrap());
}
