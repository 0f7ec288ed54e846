//! The samples that are shipped: each imports without an error, and its deployment fits it.

use std::fs;
use std::path::PathBuf;

use gatehouse_api::deployment::{Definition, Deployment, Origin};
use gatehouse_api::{IntegrationType, RestApi, Router, substitute_stage_variables};

use crate::support::{api, node, problems};

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../envoy/samples")
}

fn read(name: &str) -> String {
    fs::read_to_string(samples().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn deployments() -> Vec<(String, Deployment)> {
    let names = fs::read_dir(samples()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".deployment.yaml")).collect();
    names.sort();
    let understood = |name: String| {
        let deployment =
            Deployment::read(&node(&read(&name))).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        (name, deployment)
    };
    names.into_iter().map(understood).collect()
}

#[test]
fn petstore_is_the_same_api_in_both_languages() {
    let openapi = api(&read("petstore.openapi.yaml"));
    let swagger = api(&read("petstore.swagger.json"));
    assert_eq!(openapi.methods, swagger.methods);
    assert_eq!((openapi.name, openapi.description), (swagger.name, swagger.description));
    let names = |api: &[gatehouse_api::Model]| api.iter().map(|model| model.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&openapi.models), names(&swagger.models));
}

#[test]
fn petstore_has_the_methods_of_the_sample() {
    let methods = api(&read("petstore.swagger.json")).methods;
    let found: Vec<_> = methods
        .iter()
        .map(|method| {
            let integration = method.integration.as_ref().unwrap();
            format!("{} {} {}", method.http_method, method.resource_path, integration.kind.name())
        })
        .collect();
    assert_eq!(
        found,
        [
            "GET / MOCK",
            "GET /pets HTTP",
            "POST /pets HTTP",
            "OPTIONS /pets MOCK",
            "GET /pets/{petId} HTTP",
            "OPTIONS /pets/{petId} MOCK",
        ]
    );
}

#[test]
fn every_sample_is_imported_without_a_word() {
    for (name, deployment) in deployments() {
        assert_eq!(deployment.unserved(), [], "{name}");
        for api in &deployment.apis {
            let Some(Definition::File(file)) = &api.definition else { panic!("{name}") };
            assert_eq!(problems(&read(file)), Vec::<String>::new(), "{file}");
        }
    }
}

#[test]
fn every_sample_can_be_served_and_its_backends_live_somewhere() {
    for (name, deployment) in deployments() {
        for deployed in &deployment.apis {
            let Some(Definition::File(file)) = &deployed.definition else { panic!("{name}") };
            let RestApi { methods, protocol_type, .. } = api(&read(file));
            let mut router = Router::new(protocol_type);
            for method in &methods {
                if !method.is_default_route() {
                    router.insert(&method.resource_path, method.http_method, ()).unwrap();
                }
                let integration = method.integration.as_ref().unwrap();
                let Some(uri) = &integration.uri else { continue };
                for stage in &deployed.stages {
                    let uri = substitute_stage_variables(uri, &stage.variables);
                    if matches!(integration.kind, IntegrationType::Aws | IntegrationType::AwsProxy) {
                        let function = uri.split("/functions/").nth(1).and_then(|rest| rest.split('/').next());
                        assert_ne!(
                            deployment.functions.find(function.unwrap()).signing_region.as_deref(),
                            Some("us-east-1")
                        );
                        continue;
                    }
                    let (origin, _) = Origin::split(&uri).unwrap_or_else(|| panic!("{file}: {uri}"));
                    assert!(deployment.endpoints.contains_key(&origin), "{name}: {origin}");
                }
            }
        }
    }
}
