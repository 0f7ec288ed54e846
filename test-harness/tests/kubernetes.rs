//! What `gatehouse compile --target istio` and `--target envoy-gateway` write of Envoy's own configuration, put where those
//! control planes would put it: the real Envoy takes it. Not they themselves: no cluster runs here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use gatehouse_test_harness::real::find_envoy;
use gatehouse_test_harness::setup;
use serde::Deserialize as _;
use serde_json::{Value, json};

const MANAGER: &str = "envoy.filters.network.http_connection_manager";

fn manifests(target: &str) -> Vec<Value> {
    let path = setup::root().join(format!("cli/tests/manifests/{target}.yaml"));
    let text = fs::read_to_string(path).unwrap();
    serde_yaml_ng::Deserializer::from_str(&text).map(|document| Value::deserialize(document).unwrap()).collect()
}

fn manifest(target: &str, kind: &str) -> Value {
    manifests(target).into_iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("there is no {kind}"))
}

/// The module that the build has made, in place of the one that a control plane fetches.
fn local_module() -> Value {
    let module = fs::canonicalize(setup::module("gateway").unwrap()).unwrap();
    json!({ "local": { "filename": module } })
}

/// An Envoy with one listener; `manager` is what is known of its HTTP connection manager.
fn bootstrap(manager: Value, listener: &Value, clusters: &[Value], statistics: &Value) -> Value {
    let mut listener = listener.clone();
    listener["name"] = "listener".into();
    listener["address"] = json!({ "socket_address": { "address": "127.0.0.1", "port_value": 0 } });
    listener["filter_chains"] = json!([{ "filters": [{ "name": MANAGER, "typed_config": manager }] }]);
    json!({
        "stats_config": statistics["stats_config"],
        "static_resources": { "listeners": [listener], "clusters": clusters },
    })
}

fn check(name: &str, bootstrap: &Value) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    fs::write(&path, bootstrap.to_string()).unwrap();
    if std::env::var_os("GATEHOUSE_SKIP_ENVOY").is_some_and(|skip| skip == "1") {
        return;
    }
    let output = Command::new(find_envoy().unwrap())
        .args(["--mode", "validate", "-c"])
        .arg(&path)
        .env("ALICES_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

fn fallback(name: &str) -> Value {
    json!({ "name": name, "match": { "prefix": "/" }, "direct_response": { "status": 500 } })
}

fn routes(routes: &[Value]) -> Value {
    json!({ "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": routes }] })
}

/// <https://istio.io/latest/docs/reference/config/networking/envoy-filter/>
#[test]
fn envoy_takes_what_istio_puts_in() {
    let filter = manifest("istio", "EnvoyFilter");
    let patches: Vec<&Value> = filter["spec"]["configPatches"].as_array().unwrap().iter().collect();
    let all = |kind: &str, operation: &str| -> Vec<Value> {
        let wanted = |patch: &&&Value| patch["applyTo"] == kind && patch["patch"]["operation"] == operation;
        patches.iter().filter(wanted).map(|patch| patch["patch"]["value"].clone()).collect()
    };
    let [mut extension] = <[Value; 1]>::try_from(all("EXTENSION_CONFIG", "ADD")).unwrap();
    let [discovered] = <[Value; 1]>::try_from(all("HTTP_FILTER", "INSERT_FIRST")).unwrap();
    let [router] = <[Value; 1]>::try_from(all("HTTP_FILTER", "MERGE")).unwrap();
    assert_eq!(discovered["name"], extension["name"]);
    let code = &mut extension["typed_config"]["config"]["vm_config"]["code"];
    let image = code["remote"]["http_uri"]["uri"].as_str().unwrap();
    assert!(image.starts_with("oci://") && image.ends_with(code["remote"]["sha256"].as_str().unwrap()));
    *code = local_module();

    let mut manager = all("NETWORK_FILTER", "MERGE")[0]["typed_config"].clone();
    manager["stat_prefix"] = "istio".into();
    manager["http_filters"] =
        json!([extension, { "name": "envoy.filters.http.router", "typed_config": router["typed_config"] }]);
    let service = manifest("istio", "VirtualService");
    let route = service["spec"]["http"][0]["name"].as_str().unwrap();
    let patched = &patches.iter().find(|patch| patch["applyTo"] == "HTTP_ROUTE").unwrap()["match"];
    assert_eq!(patched["routeConfiguration"]["vhost"]["route"]["name"], route);
    manager["route_config"] = routes(&[all("HTTP_ROUTE", "INSERT_FIRST")[0].clone(), fallback(route)]);
    let bootstrap =
        bootstrap(manager, &all("LISTENER", "MERGE")[0], &all("CLUSTER", "ADD"), &all("BOOTSTRAP", "MERGE")[0]);
    check("istio", &bootstrap);
}

/// <https://gateway.envoyproxy.io/docs/tasks/extensibility/envoy-patch-policy/>
#[test]
fn envoy_takes_what_envoy_gateway_puts_in() {
    let extension = manifest("envoy-gateway", "EnvoyExtensionPolicy");
    let wasm = &extension["spec"]["wasm"][0];
    assert_eq!((&wasm["failOpen"], &wasm["rootID"]), (&false.into(), &"gateway".into()));
    // As Envoy Gateway makes it of the extension policy.
    let mut filter = json!({
        "name": "envoy.filters.http.wasm/envoyextensionpolicy/default/gatehouse/wasm/0",
        "disabled": true,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": wasm["name"],
                "root_id": wasm["rootID"],
                "vm_config": {
                    "vm_id": "envoyextensionpolicy/default/gatehouse/wasm/0",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "remote": { "http_uri": { "uri": "https://envoy-gateway:18002/gateway.wasm" } } },
                    "environment_variables": { "host_env_keys": wasm["env"]["hostKeys"] },
                },
            },
        },
    });
    let (mut manager, mut listener, mut clusters) = (json!({ "stat_prefix": "http" }), json!({}), Vec::new());
    manager["@type"] =
        "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager".into();
    let mut forwarding = fallback("httproute/default/gatehouse/rule/0/match/0/api_example_com");
    for patch in manifest("envoy-gateway", "EnvoyPatchPolicy")["spec"]["jsonPatches"].as_array().unwrap() {
        let (operation, value) = (&patch["operation"], patch["operation"]["value"].clone());
        let (json_path, path) =
            (operation["jsonPath"].as_str().unwrap_or(""), operation["path"].as_str().unwrap_or(""));
        let target = match (patch["type"].as_str().unwrap().rsplit('.').next().unwrap(), json_path) {
            ("Cluster", "") => {
                assert_eq!(patch["name"], value["name"]);
                clusters.push(value);
                continue;
            }
            ("RouteConfiguration", on) => {
                assert_eq!(on, "..routes[?(@.name=~'httproute/default/gatehouse/rule/0/match/0/.*')]");
                forwarding = value;
                continue;
            }
            ("Listener", "") => &mut listener,
            ("Listener", on) if on == format!("..filters[?(@.name=='{MANAGER}')].typed_config") => &mut manager,
            ("Listener", on) => {
                assert_eq!(on, format!("..http_filters[?(@.name=='{}')]", filter["name"].as_str().unwrap()));
                &mut filter
            }
            other => panic!("{other:?}"),
        };
        let (parent, field) = path.rsplit_once('/').unwrap();
        target.pointer_mut(parent).unwrap()[field] = value;
    }
    let code = &mut filter["typed_config"]["config"]["vm_config"]["code"];
    assert_eq!(code["remote"]["retry_policy"]["num_retries"], 30);
    *code = local_module();
    assert!(forwarding["typed_per_filter_config"][filter["name"].as_str().unwrap()].is_object());
    let router = json!({ "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" });
    manager["http_filters"] = json!([filter, { "name": "envoy.filters.http.router", "typed_config": router }]);
    manager["route_config"] = routes(&[forwarding, fallback("httproute/default/gatehouse/rule/1")]);
    let proxy = manifest("envoy-gateway", "EnvoyProxy");
    let statistics = serde_yaml_ng::from_str(proxy["spec"]["bootstrap"]["value"].as_str().unwrap()).unwrap();
    check("envoy-gateway", &bootstrap(manager, &listener, &clusters, &statistics));
}

/// Nothing but the filter lets a request pass: the route asks for what no client can send.
#[test]
fn what_is_forwarded_the_filter_has_seen() {
    let route = |target: &str, kind: &str, list: &str| {
        let object = manifest(target, kind);
        let mut values = object["spec"][list].as_array().unwrap().iter().map(|patch| match target {
            "istio" => patch["patch"]["value"].clone(),
            _ => patch["operation"]["value"].clone(),
        });
        values.find(|value| value["route"]["cluster_header"].is_string()).unwrap()
    };
    for route in
        [route("istio", "EnvoyFilter", "configPatches"), route("envoy-gateway", "EnvoyPatchPolicy", "jsonPatches")]
    {
        assert_eq!(route["match"]["filter_state"][0]["key"], "wasm.gatehouse_forwarded");
        assert_eq!(route["match"]["filter_state"][0]["string_match"]["exact"], "1");
    }
    let secrets = fs::read_to_string(setup::root().join("envoy/samples/demo.deployment.yaml")).unwrap();
    for secret in ["anns-key-0123456789abcdef"] {
        assert!(secrets.contains(secret));
        for target in ["istio", "envoy-gateway"] {
            let written = manifests(target).iter().any(|object| object.to_string().contains(secret));
            assert!(!written, "{target}: a secret is in a manifest");
        }
    }
}
