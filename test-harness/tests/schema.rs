//! The JSON schemas of what is written for the filters: generated from the types that read it, committed for editors, and
//! held against the pages, their examples, the samples and the configurations of all cases.
//!
//! `BLESS=1` writes them anew (`make schema`).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gatehouse_api::deployment::config::Deployment;
use gatehouse_jwt_authorizer::config::JwtAuthorizer;
use gatehouse_lambda_authorizer::config::Authorizer;
use gatehouse_lambda_integration::config::LambdaIntegration;
use gatehouse_mock::config::Mock;
use gatehouse_request_transform::config::RequestTransform;
use gatehouse_request_validator::config::RequestValidator;
use gatehouse_sigv4_verifier::config::SigV4Verifier;
use gatehouse_test_harness::setup;
use gatehouse_usage_plan::config::{ApiKey, Throttle, UsagePlan, UsageStore};
use gatehouse_usage_plan_filter::config::UsagePlans;
use schemars::{JsonSchema, SchemaGenerator, schema_for};
use serde_json::{Value, json};

/// A filter's folder → the schema of its configuration.
fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("gateway", deployment()),
        ("jwt-authorizer", of::<JwtAuthorizer>()),
        ("lambda-integration", of::<LambdaIntegration>()),
        ("mock", of::<Mock>()),
        ("request-authorizer", request_authorizer()),
        ("request-transform", of::<RequestTransform>()),
        ("request-validator", of::<RequestValidator>()),
        ("sigv4-verifier", of::<SigV4Verifier>()),
        ("token-authorizer", of::<Authorizer>()),
        ("usage-plan", of::<UsagePlans>()),
    ]
}

fn of<T: JsonSchema>() -> Value {
    schema_for!(T).to_value()
}

/// What a whole token must match, only the authorizer of tokens has: the other refuses it.
fn request_authorizer() -> Value {
    let mut schema = of::<Authorizer>();
    schema["properties"].as_object_mut().unwrap().remove("identityValidationExpression").unwrap();
    schema
}

/// The gateway's configuration is the deployment document. What of it the model passes on unread, other crates know.
fn deployment() -> Value {
    let mut generator = SchemaGenerator::default();
    let plans = generator.subschema_for::<Vec<UsagePlan>>().to_value();
    let keys = generator.subschema_for::<Vec<ApiKey>>().to_value();
    let throttle = generator.subschema_for::<Throttle>().to_value();
    let store = generator.subschema_for::<UsageStore>().to_value();
    let mut schema = generator.into_root_schema_for::<Deployment>().to_value();
    let mut put = |name: &str, inner: Value| {
        let property = schema["properties"][name].as_object_mut().unwrap();
        property.extend(inner.as_object().unwrap().clone());
    };
    put("usagePlans", json!({"anyOf": [plans, as_printed(&plans)]}));
    let file = json!({"type": "string", "description": "A file of keys, `keys.csv`."});
    put("apiKeys", json!({"anyOf": [keys, as_printed(&keys), file]}));
    put("throttleSettings", throttle);
    put("usageStore", store);
    schema
}

/// A list as the command line of AWS prints it, which `gatehouse` reads, too.
fn as_printed(list: &Value) -> Value {
    json!({"type": "object", "properties": {"items": list}, "required": ["items"], "additionalProperties": false})
}

fn folder() -> PathBuf {
    setup::root().join("envoy/schema")
}

fn file_of(plugin: &str) -> PathBuf {
    folder().join(format!("{}.json", if plugin == "gateway" { "deployment" } else { plugin }))
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let mut files = BTreeSet::new();
    for (plugin, schema) in schemas() {
        let (path, text) = (file_of(plugin), format!("{schema:#}\n"));
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == text, "{} is not that of the types: run `make schema`", path.display());
        files.insert(path);
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(files.contains(&path), "{} is of no filter", path.display());
    }
}

#[test]
fn every_plugin_has_a_schema() {
    let plugins: BTreeSet<String> = fs::read_dir(setup::root().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(plugins, schemas().into_iter().map(|(plugin, _)| plugin.to_owned()).collect());
}

/// What the schema has against a document.
fn problems(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn accepts(plugin: &str, document: &Value, whose: &str) {
    let schemas = schemas();
    let (_, schema) = schemas.iter().find(|(name, _)| *name == plugin).unwrap();
    let problems = problems(schema, document);
    assert!(problems.is_empty(), "{whose}: {problems:#?}");
}

#[test]
fn what_the_filters_accept_in_their_cases_the_schemas_accept() {
    let schemas = schemas();
    let (mut accepted, mut refused) = (0, 0);
    for case in setup::cases().unwrap() {
        let plugin = case.plugin.replace('_', "-").replace("usage-plan-filter", "usage-plan");
        let Some((_, schema)) = schemas.iter().find(|(name, _)| *name == plugin) else { continue };
        // What is refused may not even be a document.
        let setup = setup::setup(&[&case], || 1).ok().filter(|setup| !setup.configuration.is_empty());
        let configuration = setup.and_then(|setup| serde_json::from_slice(&setup.configuration).ok());
        let Some(configuration) = configuration else {
            assert!(case.rejected.is_some(), "{} has no configuration", case.name);
            continue;
        };
        let problems = problems(schema, &configuration);
        match &case.rejected {
            None => {
                assert!(problems.is_empty(), "{}: {problems:#?}", case.name);
                accepted += 1;
            }
            Some(_) if fs::read_to_string(&case.path).unwrap().contains("unknown field") => {
                assert!(!problems.is_empty(), "{}: the schema knows a field that the filter does not", case.name);
                refused += 1;
            }
            Some(_) => {}
        }
    }
    assert!(accepted > 30 && refused > 0, "{accepted} accepted, {refused} refused");
}

#[test]
fn the_samples_are_deployment_documents_and_say_so_to_editors() {
    let folder = setup::root().join("envoy/samples");
    let mut samples = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_str().unwrap().ends_with(".deployment.yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let document: Value = serde_yaml_ng::from_str(&text).unwrap();
        accepts("gateway", &document, path.to_str().unwrap());
        let line = "# yaml-language-server: $schema=../schema/deployment.json";
        assert_eq!(text.lines().next(), Some(line), "{}", path.display());
        samples += 1;
    }
    assert!(samples > 5);
}

#[test]
fn lists_as_awss_command_line_prints_them_are_accepted() {
    let path = setup::root().join("cli/tests/inputs/unused-limits/deployment.yaml");
    let document: Value = serde_yaml_ng::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(document["apiKeys"]["items"].is_array() && document["usagePlans"]["items"].is_array());
    accepts("gateway", &document, "what `gatehouse check` reads");
}

#[test]
fn the_examples_on_the_pages_are_configurations() {
    for (plugin, schema) in schemas() {
        let page = page(plugin);
        let examples = blocks(&page, "json");
        assert!(!examples.is_empty(), "the page of {plugin} has no example");
        for example in examples {
            let document: Value =
                serde_json::from_str(&example).unwrap_or_else(|why| panic!("{plugin}: {why}: {example}"));
            let problems = problems(&schema, &document);
            assert!(problems.is_empty(), "an example on the page of {plugin}: {problems:#?}");
        }
    }
}

#[test]
fn the_pages_name_every_field_and_none_that_is_not_there() {
    for (plugin, schema) in schemas() {
        let page = page(plugin);
        let mut wrong = Vec::new();
        for (outer, field) in rows(&page) {
            let path = if outer.is_empty() { field.clone() } else { format!("{outer}.{field}") };
            if resolve(&schema, &schema, &steps(&path)).is_none() {
                wrong.push(format!("`{path}` is no field"));
            }
        }
        for field in schema["properties"].as_object().unwrap().keys() {
            // What the compiler writes, nobody else does.
            let is_named = field == "packedApiKeys"
                || ["`{}`", "`{}:", "\n{}:", "`{}.", "`{}[]"]
                    .iter()
                    .any(|form| page.contains(&form.replace("{}", field)));
            if !is_named {
                wrong.push(format!("`{field}` is not on the page"));
            }
        }
        assert!(wrong.is_empty(), "the page of {plugin}: {wrong:#?}");
    }
}

/// Of the deployment document also what lies deeper, there or on the pages that it leads to.
#[test]
fn the_page_of_the_deployment_document_names_every_field_within_it() {
    let pages: String = ["gateway", "usage-plan", "sigv4-verifier", "jwt-authorizer"].map(page).concat();
    let named: BTreeSet<&str> = pages.split(|c: char| !c.is_alphanumeric()).collect();
    let schema = deployment();
    let definitions = schema["$defs"].as_object().unwrap().values();
    let fields: BTreeSet<&String> =
        definitions.filter_map(|it| it["properties"].as_object()).flat_map(serde_json::Map::keys).collect();
    // Those of canaries, which are refused altogether.
    let refused = ["percentTraffic", "stageVariableOverrides", "useStageCache"];
    let missing: Vec<_> =
        fields.into_iter().filter(|it| !named.contains(it.as_str()) && !refused.contains(&it.as_str())).collect();
    assert!(missing.is_empty(), "on no page: {missing:?}");
}

#[test]
fn a_wrong_document_is_refused() {
    let minimal = json!({"accountId": "123456789012", "region": "us-east-1",
        "apis": [{"apiId": "a", "stages": [{"stageName": "dev"}]}]});
    let refused = |pointer: &str, value: Value| {
        let mut document = minimal.clone();
        let (outer, key) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(outer).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
        !problems(&deployment(), &document).is_empty()
    };
    assert!(problems(&deployment(), &minimal).is_empty());
    assert!(!refused("/accountId", json!(123)), "YAML reads digits as a number");
    assert!(!refused("/functions", json!({"*": {"type": "HTTP", "url": "http://127.0.0.1:1"}})));
    assert!(refused("/acountId", json!("1")));
    assert!(refused("/apis/0/stages/0/stgeName", json!("x")));
    assert!(refused("/functions", json!({"*": {"type": "TCP", "url": "http://127.0.0.1:1"}})));
    assert!(refused("/usagePlans", json!([{"id": "a", "quotas": {}}])));
    assert!(refused("/apiKeys", json!(1)));
    assert!(refused("/iam", json!({"accessKeys": [{"accessKeyId": "A", "secretAccessKey": "s", "principal": {}}]})));
}

fn page(plugin: &str) -> String {
    fs::read_to_string(setup::root().join("plugins").join(plugin).join(Path::new("README.md"))).unwrap()
}

/// The blocks of a page that are written in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The fields in the first column of a page's tables of fields, with the field that the table is about.
fn rows(page: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut outer = None;
    for line in page.lines() {
        let first = line.split('|').nth(1).map(str::trim);
        match (first, &outer) {
            (Some("field"), _) => outer = Some(String::new()),
            (Some(head), _) if head.starts_with("field of ") => outer = Some(quoted(head)[0].clone()),
            (Some("---"), _) => {}
            (Some(cell), Some(outer)) => rows.extend(siblings(cell).into_iter().map(|field| (outer.clone(), field))),
            (None, _) => outer = None,
            (Some(_), None) => {}
        }
    }
    rows
}

/// `` `apis[].apiId`, `name` `` are two fields of the same map.
fn siblings(cell: &str) -> Vec<String> {
    let fields = quoted(cell);
    let inside = fields.first().and_then(|first| first.rsplit_once('.')).map(|(inside, _)| format!("{inside}."));
    let full = |(index, field): (usize, &String)| match (&inside, index) {
        (Some(inside), 1..) => format!("{inside}{field}"),
        _ => field.clone(),
    };
    fields.iter().enumerate().map(full).collect()
}

fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// `responses.*.statusCode`, `accessKeys[].status`
fn steps(path: &str) -> Vec<String> {
    path.split('.')
        .flat_map(|step| match step.strip_suffix("[]") {
            Some(list) => vec![list.to_owned(), "[]".to_owned()],
            None => vec![step.to_owned()],
        })
        .collect()
}

/// What a schema says of the place that a path leads to.
fn resolve<'a>(root: &'a Value, schema: &'a Value, steps: &[String]) -> Option<&'a Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return resolve(root, root.pointer(reference.strip_prefix('#')?)?, steps);
    }
    for choices in ["anyOf", "oneOf", "allOf"].iter().filter_map(|kind| schema.get(kind)?.as_array()) {
        if let Some(found) = choices.iter().find_map(|choice| resolve(root, choice, steps)) {
            return Some(found);
        }
    }
    let Some((step, rest)) = steps.split_first() else { return Some(schema) };
    let next = match step.as_str() {
        "*" => schema.get("additionalProperties"),
        "[]" => schema.get("items"),
        name => schema.get("properties")?.get(name),
    };
    resolve(root, next?, rest)
}
