//! An API that is written for Terraform is the same as one that is written for CloudFormation: from a state, from a plan in which
//! nothing is known that AWS gives, and from a state's own file.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic is a failed test")]

use std::path::{Path, PathBuf};

use gatehouse_api::deployment::Definition;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::report;
use gatehouse_cli::source::Files;
use serde_json::{Value, json};

/// The definition that is made of a file, and what is said of it.
fn definition(folder: &str, file: &str, resource: &str) -> (Value, String) {
    let (project, told) = project(folder, file, resource);
    let Some(Definition::Document(node)) = &project.deployment.apis[0].definition else { panic!("{file}") };
    let mut definition = serde_json::to_value(node).unwrap();
    without_defaults(&mut definition);
    (definition, told)
}

fn project(folder: &str, file: &str, resource: &str) -> (Project, String) {
    let folder = Path::new("tests/terraform").join(folder);
    project_of(&folder.join(file), &folder.join("deployment.yaml"), resource)
}

fn project_of(file: &Path, deployment: &Path, resource: &str) -> (Project, String) {
    let mut files = Files::default();
    let input = Input {
        definition: Some(file.to_owned()),
        deployment: Some(deployment.to_owned()),
        resource: Some(resource.to_owned()),
    };
    let project = Project::load(&mut files, &input);
    let compiled = project.and_then(|project| project.compile().map(|_| project));
    let project =
        compiled.unwrap_or_else(|findings| panic!("{}: {}", file.display(), report::text(&findings, &files, false)));
    let told = report::text(&project.warnings, &files, false);
    (project, told)
}

/// Without what the provider writes where nobody has written anything.
fn without_defaults(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        Value::Object(entries) => {
            entries.retain(|key, value| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                !matches!(
                    (key.as_str(), value.as_str()),
                    ("timeoutInMillis", "29000" | "30000")
                        | ("passthroughBehavior", "WHEN_NO_MATCH")
                        | ("connectionType", "INTERNET")
                        | ("cacheNamespace", _)
                        | ("x-amazon-apigateway-api-key-source", "HEADER")
                        | ("disableExecuteApiEndpoint", "false")
                        | ("responses", "{}")
                )
            });
            entries.retain(|key, value| {
                without_defaults(value);
                key != "x-amazon-apigateway-endpoint-configuration" || value.as_object().is_none_or(|it| !it.is_empty())
            });
        }
        _ => {}
    }
}

fn check(folder: &str, resource: &str) {
    let (expected, _) = definition(folder, "template.yaml", resource);
    let expected_stages = stages(folder, "template.yaml", resource);
    for file in ["state.json", "plan.json", "terraform.tfstate"] {
        let (found, _) = definition(folder, file, resource);
        assert_eq!(found, expected, "{folder}/{file}");
        assert_eq!(stages(folder, file, resource), expected_stages, "{folder}/{file}");
    }
}

/// The stages of the deployment document with what a file sets for them, and what of custom domain names leads to them.
fn stages(folder: &str, file: &str, resource: &str) -> Value {
    let (project, _) = project(folder, file, resource);
    let read = |place: &str| project.document.pointer(place).map(|it| serde_json::to_value(it.node()).unwrap());
    json!([read("/apis/0/stages"), read("/domainNames")])
}

#[test]
fn a_rest_api_is_what_cloudformation_would_make_of_it() {
    check("rest", "aws_api_gateway_rest_api.pets");
}

#[test]
fn http_apis_are_what_cloudformation_would_make_of_them() {
    check("http", "aws_apigatewayv2_api.orders");
    check("http", "aws_apigatewayv2_api.quick");
}

#[test]
fn stages_have_what_is_set_for_them() {
    let settings = json!({"*/*": {"loggingLevel": "OFF", "throttlingBurstLimit": 50, "throttlingRateLimit": 100.0},
        "pets/GET": {"loggingLevel": "OFF", "metricsEnabled": true}});
    let log = json!({"format": "$context.requestId $context.status"});
    let canary = json!({"percentTraffic": 12.5, "stageVariableOverrides": {"color": "green"}, "useStageCache": false});
    let expected = json!([{"stageName": "prod", "variables": {"color": "blue"}, "accessLogSettings": log,
        "canarySettings": canary, "methodSettings": settings}]);
    let mapping = |key: &str| json!({"apiId": "a1b2c3d4e5", "apiMappingKey": key, "stage": "prod"});
    let domain = json!({"domainName": "pets.example.com", "apiMappings": [mapping("v1"), mapping("v2/pets")]});
    let expected = json!([expected, [domain]]);
    assert_eq!(stages("rest", "plan.json", "aws_api_gateway_rest_api.pets"), expected);
    let settings =
        json!({"orders/POST": {"metricsEnabled": true, "throttlingBurstLimit": 5, "throttlingRateLimit": 2.5}});
    let expected = json!([{"stageName": "$default", "variables": {"color": "blue"}, "accessLogSettings": log,
        "methodSettings": settings}]);
    let expected = json!([expected, null]);
    assert_eq!(stages("http", "plan.json", "aws_apigatewayv2_api.orders"), expected);
}

#[test]
fn what_is_not_read_is_told() {
    let (_, told) = definition("rest", "state.json", "aws_api_gateway_rest_api.pets");
    assert!(told.contains("`aws_wafv2_web_acl_association.pets` guards the API, and is not read"), "{told}");
    let (_, told) = definition("rest", "plan.json", "aws_api_gateway_rest_api.pets");
    assert!(told.contains("`aws_wafv2_web_acl_association.pets` guards the API, and is not read"), "{told}");
}

#[test]
fn a_domain_name_whose_callers_show_certificates_is_left_out() {
    let folder = Path::new("tests/terraform/rest");
    let text = std::fs::read_to_string(folder.join("state.json")).unwrap();
    let check = |mutual: Value, is_left_out: bool| {
        let mut state: Value = serde_json::from_str(&text).unwrap();
        let resources = state.pointer_mut("/values/root_module/resources").unwrap().as_array_mut().unwrap();
        let domain = resources.iter_mut().find(|it| it["type"] == "aws_api_gateway_domain_name").unwrap();
        domain["values"]["mutual_tls_authentication"] = mutual;
        let path = std::env::temp_dir().join(format!("gatehouse-terraform-{}.json", std::process::id()));
        std::fs::write(&path, state.to_string()).unwrap();
        let (project, told) = project_of(&path, &folder.join("deployment.yaml"), "aws_api_gateway_rest_api.pets");
        std::fs::remove_file(path).unwrap();
        assert_eq!(project.document.get("domainNames").is_none(), is_left_out, "{told}");
        assert_eq!(told.contains("shows a certificate"), is_left_out, "{told}");
    };
    check(json!([{"truststore_uri": "s3://bucket/key", "truststore_version": null}]), true);
    check(json!([]), false);
}

#[test]
fn usage_plans_and_api_keys_are_known_by_their_ids_and_before_they_have_any_by_their_addresses() {
    let check = |file: &str, plan: &str, key: &str| {
        let (project, _) = project("rest", file, "aws_api_gateway_rest_api.pets");
        let read = |field: &str| serde_json::to_value(project.document.get(field).unwrap().node()).unwrap();
        let stage = json!({"apiId": "a1b2c3d4e5", "stage": "prod",
            "throttle": {"/pets/GET": {"rateLimit": 0.5, "burstLimit": 1}}});
        let plan = json!([{"id": plan, "name": "basic", "apiStages": [stage], "keys": [key],
            "throttle": {"rateLimit": 10, "burstLimit": 20}, "quota": {"limit": 100, "offset": 0, "period": "WEEK"}}]);
        let mut key = json!({"id": key, "name": "ann", "value": "anns-key-0123456789abcdef", "enabled": true});
        if file != "plan.json" {
            key["createdDate"] = json!("2026-11-01T08:00:00Z");
        }
        assert_eq!((read("usagePlans"), read("apiKeys")), (plan, json!([key])), "{file}");
    };
    check("state.json", "pl4n01", "k3y001");
    check("terraform.tfstate", "pl4n01", "k3y001");
    check("plan.json", "aws_api_gateway_usage_plan.basic", "aws_api_gateway_api_key.ann");
}

#[test]
fn the_plans_know_no_id() {
    let folders: [PathBuf; 2] = ["rest", "http"].map(|folder| Path::new("tests/terraform").join(folder));
    for folder in folders {
        let name = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(
            !name("plan.json").contains("a1b2c3d4e5") && !name("plan.json").contains("h1t2t3p4"),
            "a plan knows no id"
        );
    }
}
