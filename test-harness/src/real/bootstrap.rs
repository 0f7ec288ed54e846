//! The Envoy configuration around one plugin.

use std::path::Path;

use gatehouse_cli::bootstrap::Surroundings;
use gatehouse_cli::finding::Finding;
use gatehouse_cli::project::{Input, Project};
use gatehouse_cli::source::Files;
use serde_json::{Value, json};

use crate::outcome::{Setup, Upstream};

/// What a stream may buffer: more than the 10 MB that API Gateway takes, so that the plugin refuses first.
const BUFFER_LIMIT: u32 = 12_582_912;

/// Where the access log names the client.
pub(super) const CLIENT: &str = "client address";

/// The bootstrap that `gatehouse compile` makes of the gateway's configuration, on free ports.
///
/// # Errors
/// What `gatehouse compile` would say.
pub(super) fn compiled(setup: &Setup, module: &Path, folder: &Path) -> Result<String, String> {
    let deployment = folder.join("deployment.json");
    std::fs::write(&deployment, &setup.configuration).map_err(|error| error.to_string())?;
    let input = Input { deployment: Some(deployment), ..Input::default() };
    let told = |findings: Vec<Finding>| format!("{findings:?}");
    let project = Project::load(&mut Files::default(), &input).map_err(told)?;
    let gateway = project.compile().map_err(told)?;
    let around = Surroundings { port: 0, admin_port: Some(0), wasm: module.to_owned(), ..Surroundings::default() };
    Ok(gatehouse_cli::bootstrap::bootstrap(&project, &gateway, &around))
}

/// A bootstrap: one listener on a free port, one cluster for each upstream.
pub(super) fn bootstrap(setup: &Setup, module: &Path, access_log: &Path, state: &[String]) -> Value {
    json!({
        "admin": {"address": address(0)},
        "static_resources": {
            "listeners": [{
                "name": "gatehouse",
                "address": address(0),
                "per_connection_buffer_limit_bytes": BUFFER_LIMIT,
                "filter_chains": [{"filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": connection_manager(setup, module, access_log, state),
                }]}],
            }],
            "clusters": setup.upstreams.iter().map(cluster).collect::<Vec<_>>(),
        },
    })
}

fn connection_manager(setup: &Setup, module: &Path, access_log: &Path, state: &[String]) -> Value {
    let mut format: serde_json::Map<String, Value> =
        state.iter().map(|key| (key.clone(), format!("%FILTER_STATE(wasm.{key}:PLAIN)%").into())).collect();
    format.insert(CLIENT.into(), "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%".into());
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gatehouse",
        "use_remote_address": true,
        "generate_request_id": false,
        "normalize_path": false,
        "merge_slashes": false,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "stream_idle_timeout": "60s",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes(setup)}]},
        "http_filters": [
            {"name": format!("gatehouse.{}", setup.plugin), "typed_config": plugin(setup, module)},
            {"name": "envoy.filters.http.router", "typed_config":
                {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}},
        ],
        "access_log": [{
            "name": "envoy.access_loggers.file",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": access_log,
                "log_format": {"json_format": format, "omit_empty_values": true},
            },
        }],
    })
}

fn routes(setup: &Setup) -> Value {
    json!([
        {
            "match": {"prefix": "/", "headers": [{"name": "x-gatehouse-cluster", "present_match": true}]},
            "route": {"cluster_header": "x-gatehouse-cluster"},
            "request_headers_to_remove": ["x-gatehouse-cluster"],
        },
        {
            "match": {"prefix": "/"},
            "direct_response": {
                "status": setup.direct.status,
                "body": {"inline_string": String::from_utf8_lossy(&setup.direct.body)},
            },
        },
    ])
}

fn plugin(setup: &Setup, module: &Path) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {
            "name": format!("gatehouse.{}", setup.plugin),
            "root_id": setup.plugin,
            "failure_policy": "FAIL_RELOAD",
            "reload_config": {"backoff": {"base_interval": "0.05s", "max_interval": "0.05s"}},
            "allow_on_headers_stop_iteration": true,
            "vm_config": {
                "vm_id": "gatehouse",
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": module}},
            },
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": String::from_utf8_lossy(&setup.configuration),
            },
        },
    })
}

fn cluster(upstream: &Upstream) -> Value {
    let endpoints: Vec<Value> =
        upstream.port.iter().map(|port| json!({"endpoint": {"address": address(*port)}})).collect();
    json!({
        "name": upstream.cluster,
        "type": "STATIC",
        "connect_timeout": "1s",
        "per_connection_buffer_limit_bytes": BUFFER_LIMIT,
        "load_assignment": {"cluster_name": upstream.cluster, "endpoints": [{"lb_endpoints": endpoints}]},
    })
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}
