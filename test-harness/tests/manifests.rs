//! What is under `envoy/` to be loaded as it is: plain configurations start on the real Envoy, and what Kubernetes is given
//! says the same to each filter as its schema, refuses requests when a filter fails, and has no secret in it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gatehouse_cli::bootstrap::{Surroundings, bootstrap};
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::source::Files;
use gatehouse_test_harness::real::find_envoy;
use gatehouse_test_harness::setup;
use serde::Deserialize as _;
use serde_json::Value;

fn envoy_folder() -> PathBuf {
    setup::root().join("envoy")
}

fn plugins() -> BTreeSet<String> {
    fs::read_dir(setup::root().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// What Envoy says of a configuration whose filters are where the build has put them; `Ok` if it would start with it.
fn validate(name: &str, configuration: &str) -> Result<(), String> {
    let modules = setup::module("mock").unwrap().parent().unwrap().to_owned();
    let modules = fs::canonicalize(modules).unwrap();
    let configuration = configuration.replace("/etc/gatehouse/", &format!("{}/", modules.display()));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    fs::write(&path, configuration).unwrap();
    let output = Command::new(find_envoy().unwrap())
        .args(["--mode", "validate", "-c"])
        .arg(&path)
        .env("ALICES_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn no_envoy() -> bool {
    std::env::var_os("GATEHOUSE_SKIP_ENVOY").is_some_and(|skip| skip == "1")
}

/// Envoy enters a VM for every callback that a filter exports.
#[test]
fn no_filter_exports_a_callback_that_it_does_not_listen_to() {
    for plugin in plugins() {
        let path = setup::module(&plugin.replace('-', "_"))
            .or_else(|_| setup::module(&format!("{}_filter", plugin.replace('-', "_"))));
        let module = fs::read(path.unwrap()).unwrap();
        let has = |name: &str| module.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(has("proxy_on_request_headers"), "{plugin}");
        for idle in ["proxy_on_done", "proxy_on_downstream_data", "proxy_on_grpc_close", "proxy_on_foreign_function"] {
            assert!(!has(idle), "{plugin}: {idle}");
        }
    }
}

#[test]
fn envoy_starts_with_the_configuration_of_every_filter() {
    if no_envoy() {
        return;
    }
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(envoy_folder().join("filters")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        if let Err(said) = validate(&name, &text) {
            panic!("{name}: {said}");
        }
        seen.insert(name);
    }
    assert_eq!(seen, plugins());
}

/// With a configuration that the filter refuses: else starting would tell nothing.
#[test]
fn envoy_does_not_start_with_a_field_that_nobody_knows() {
    if no_envoy() {
        return;
    }
    for name in ["mock", "gateway"] {
        let text = fs::read_to_string(envoy_folder().join(format!("filters/{name}.yaml"))).unwrap();
        let (before, configuration) = text.split_once("value: |").unwrap();
        let broken = format!("{before}value: |{}", configuration.replacen('{', "{\"unknown\": 1,", 1));
        let said = validate(&format!("{name}-broken"), &broken).unwrap_err();
        assert!(said.contains("unknown field"), "{name}: {said}");
    }
}

/// The whole pipeline is what `gatehouse compile` makes of the PetStore sample.
#[test]
fn the_pipeline_is_what_is_compiled() {
    let deployment = envoy_folder().join("samples/petstore.deployment.yaml");
    let input = Input { deployment: Some(deployment), ..Input::default() };
    let project = Project::load(&mut Files::default(), &input).unwrap();
    let gateway = project.compile().unwrap();
    let around = Surroundings { wasm: "/etc/gatehouse/gateway.wasm".into(), ..Surroundings::default() };
    let text = bootstrap(&project, &gateway, &around);
    let path = envoy_folder().join("filters/gateway.yaml");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{} is not what is compiled: BLESS=1 writes it anew", path.display());
}

#[test]
fn envoy_takes_the_configuration_with_a_registry() {
    if no_envoy() {
        return;
    }
    let text = fs::read_to_string(envoy_folder().join("remote.yaml")).unwrap();
    validate("remote", &text).unwrap_or_else(|said| panic!("{said}"));
    assert!(text.contains("retry_policy"), "without it a registry that is down means 503 for ever");
}

/// The objects of every file in a folder of `envoy/kubernetes`.
fn objects(folder: &str, kind: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in fs::read_dir(envoy_folder().join("kubernetes").join(folder)).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let documents = serde_yaml_ng::Deserializer::from_str(&text).map(|it| Value::deserialize(it).unwrap());
        found.extend(documents.filter(|document| document["kind"] == kind));
    }
    assert!(!found.is_empty(), "there is no {kind} in {folder}");
    found
}

/// Whether the filter's schema takes a configuration.
fn check_configuration(filter: &str, configuration: &Value) {
    let path = envoy_folder().join("schema").join(format!("{filter}.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let problems: Vec<String> = jsonschema::draft202012::new(&schema)
        .unwrap()
        .iter_errors(configuration)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{filter}: {problems:#?}");
    let text = configuration.to_string();
    assert!(!text.contains("\"value\"") && !text.contains("plainText"), "{filter}: a secret is in a manifest");
}

fn is_hash(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// <https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/>
#[test]
fn wasm_plugins_name_digests_fail_closed_and_are_in_order() {
    let mut order = Vec::new();
    for plugin in objects("istio", "WasmPlugin") {
        assert_eq!(plugin["apiVersion"], "extensions.istio.io/v1alpha1");
        let (name, spec) = (plugin["metadata"]["name"].as_str().unwrap(), &plugin["spec"]);
        assert!(plugins().contains(name), "{name} is no filter");
        assert!(is_hash(&spec["sha256"]), "{name}: {}", spec["sha256"]);
        let url = format!("/{name}@sha256:{}", spec["sha256"].as_str().unwrap());
        assert!(spec["url"].as_str().unwrap().starts_with("oci://") && spec["url"].as_str().unwrap().ends_with(&url));
        assert_eq!((&spec["failStrategy"], &spec["pluginName"]), (&"FAIL_CLOSE".into(), &name.into()));
        assert!(spec["imagePullSecret"].is_string() && spec["selector"]["matchLabels"].is_object());
        order.push((std::cmp::Reverse(spec["priority"].as_i64().unwrap()), name.to_owned()));
        check_configuration(name, &spec["pluginConfig"]);
    }
    order.sort();
    assert_eq!(order.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["token-authorizer", "usage-plan"]);
}

/// <https://gateway.envoyproxy.io/docs/api/extension_types/#envoyextensionpolicy>
#[test]
fn an_extension_policy_names_digests_and_fails_closed() {
    for policy in objects("envoy-gateway", "EnvoyExtensionPolicy") {
        assert_eq!(policy["apiVersion"], "gateway.envoyproxy.io/v1alpha1");
        let filters = policy["spec"]["wasm"].as_array().unwrap();
        let names: Vec<&str> = filters.iter().map(|filter| filter["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["jwt-authorizer", "usage-plan"]);
        for (filter, name) in filters.iter().zip(names) {
            let image = &filter["code"]["image"];
            assert_eq!((&filter["rootID"], &filter["failOpen"]), (&name.into(), &false.into()));
            assert_eq!(filter["code"]["type"], "Image");
            assert!(is_hash(&image["sha256"]) && image["pullSecretRef"]["name"].is_string(), "{name}");
            assert!(image["url"].as_str().unwrap().contains(&format!("/{name}:")), "{name}");
            check_configuration(name, &filter["config"]);
        }
    }
}

/// What kustomize does with the overlays' replacements: each has a source and a target, and no digest of a filter is left.
///
/// <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>
#[test]
fn overlays_put_every_digest_in() {
    for (folder, kind, digests) in [("istio", "WasmPlugin", 2), ("envoy-gateway", "EnvoyExtensionPolicy", 2)] {
        let overlay = format!("overlays/{folder}");
        let map = &objects(&overlay, "ConfigMap")[0];
        assert_eq!(
            map["metadata"]["annotations"]["config.kubernetes.io/local-config"], "true",
            "{folder}: it is not applied"
        );
        let mut targets = objects(folder, kind);
        let mut replaced = 0;
        for replacement in objects(&overlay, "Kustomization")[0]["replacements"].as_array().unwrap() {
            let key = replacement["source"]["fieldPath"].as_str().unwrap().strip_prefix("data.").unwrap();
            assert!(map["data"][key].is_string(), "{folder}: {key}");
            let select = &replacement["targets"][0]["select"];
            let named = |target: &&mut Value| select["name"].is_null() || target["metadata"]["name"] == select["name"];
            let target = targets.iter_mut().find(named).unwrap();
            let path = replacement["targets"][0]["fieldPaths"][0].as_str().unwrap();
            let field = target.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap();
            let filter = key.rsplit_once('-').unwrap().0;
            assert!(
                path.ends_with("sha256") || field.as_str().unwrap().contains(filter),
                "{folder}: {key} goes to {field}"
            );
            *field = Value::from("replaced");
            replaced += usize::from(path.ends_with("sha256"));
        }
        assert_eq!(replaced, digests, "{folder}");
        let left = targets.iter().any(|target| target.to_string().contains(&"0".repeat(64)));
        assert!(!left, "{folder}: a digest is left as it was");
    }
}

/// The metrics that filters count: the tables of their modules, and the gateway's own.
fn counted() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["plugins", "shared"] {
        for entry in fs::read_dir(setup::root().join(folder)).unwrap() {
            let Ok(text) = fs::read_to_string(entry.unwrap().path().join("src/metrics.rs")) else { continue };
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let of_a_kind =
                lines.filter(|line| ["Counter", "Histogram", "Gauge"].iter().any(|kind| line.contains(kind)));
            names.extend(of_a_kind.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())));
        }
    }
    names
}

/// What of `text` begins with that: names of metrics.
fn named(text: &str, prefix: &str) -> BTreeSet<String> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = text.match_indices(prefix).filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        Some(rest.get(..rest.find(|c| !is_inside(c)).unwrap_or(rest.len()))?.to_owned())
    });
    found.collect()
}

/// Every page of the repository, by its path from the root.
fn pages() -> Vec<PathBuf> {
    let of = |folder: &str| {
        let entries = fs::read_dir(setup::root().join(folder)).unwrap();
        let pages = entries.map(|entry| Path::new(folder).join(entry.unwrap().file_name()));
        pages.filter(|path| path.extension().is_some_and(|it| it == "md")).collect::<Vec<_>>()
    };
    let plugins = fs::read_dir(setup::root().join("plugins")).unwrap();
    let plugins = plugins.map(|entry| Path::new("plugins").join(entry.unwrap().file_name()).join("README.md"));
    ["", "envoy", "envoy/samples", "test-harness/cases"].into_iter().flat_map(of).chain(plugins).collect()
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut links = 0;
    for page in pages() {
        let text = fs::read_to_string(setup::root().join(&page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.contains(char::is_whitespace) {
                continue;
            }
            links += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let of = setup::root().join(if path.is_empty() { page.clone() } else { page.with_file_name(path) });
            let leads = of.exists() && (heading.is_empty() || headings(&of).contains(&heading.to_owned()));
            if !leads {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty() && links > 80, "{links} links, of which lead nowhere: {wrong:#?}");
}

fn headings(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn the_page_of_the_gateway_names_every_metric_that_is_counted() {
    let page = fs::read_to_string(setup::root().join("plugins/gateway/README.md")).unwrap();
    let names = counted().into_iter().filter(|name| !name.contains('.'));
    let missing: Vec<_> = names.filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "on no page: {missing:?}");
}

#[test]
fn the_dashboard_the_alerts_and_the_page_name_metrics_that_are_counted() {
    let counted = counted();
    assert!(counted.contains("5XXError") && counted.contains("UsageStoreSkipped"), "{counted:?}");
    for file in ["grafana/gatehouse.json", "grafana/alerts.yaml"] {
        let names = named(&fs::read_to_string(envoy_folder().join(file)).unwrap(), "apigateway_");
        assert!(names.len() > 3, "{file}: {names:?}");
        for name in names {
            let name = name.strip_prefix("apigateway_").unwrap();
            let metric = name.strip_suffix("_bucket").unwrap_or(name);
            assert!(counted.contains(metric), "{file} names `{name}`, which no filter counts");
        }
    }
    let page = fs::read_to_string(envoy_folder().join("OPERATING.md")).unwrap();
    let rows =
        page.lines().skip_while(|line| !line.starts_with("| what | dead")).take_while(|line| line.starts_with('|'));
    for name in rows.filter_map(|row| row.trim_end_matches(" |").rsplit('|').next()).flat_map(|cell| cell.split('`')) {
        let is_a_name = name.chars().next().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        assert!(!is_a_name || counted.contains(name), "the page names `{name}`, which no filter counts");
    }
}
