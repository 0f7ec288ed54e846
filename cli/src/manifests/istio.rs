//! Manifests for Istio: a VirtualService for the listener's routes, and an EnvoyFilter for what only Envoy's configuration says.
//!
//! A WasmPlugin will not do: it cannot say `allow_on_headers_stop_iteration`, without which a request with a body waits for ever,
//! and it forgets the order of keys. So the filter is an extension configuration of the EnvoyFilter's, which Istio's agent
//! fetches as it does a WasmPlugin.

use gatehouse_gateway::Gateway;

use super::placement::Placement;
use super::preamble;
use crate::bootstrap::text::{indented, item, quoted};
use crate::bootstrap::{self, BUFFER_LIMIT, FORWARDING_ROUTE, STATISTICS, UNREACHED, WASM_FILTER, access_log, cluster};
use crate::project::Project;

const NOTES: &str = "\
# For Istio with Envoy 1.36 or newer. Every HTTP request to the Gateway's pods meets the filter: they should serve nothing else.
# What the environment of the pods' container istio-proxy must have: credentials, where requests to AWS are signed, and the
# variables that `host_env_keys` names, each from a secret. Istio keeps its own limits of connections.
# It is too long for an annotation: kubectl apply --server-side -f
";

/// The manifests.
pub(super) fn manifests(project: &Project, gateway: &Gateway, placement: &Placement) -> String {
    let Placement { name, namespace, .. } = placement;
    let selector: Vec<String> =
        placement.selector.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
    format!(
        r#"{preamble}{virtual_service}---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  workloadSelector: {{ labels: {{ {selector} }} }}
  configPatches:
{patches}"#,
        preamble = preamble(project, "istio", NOTES),
        virtual_service = virtual_service(placement),
        selector = selector.join(", "),
        patches = indented(&patches(project, gateway, placement), 2),
    )
}

fn virtual_service(placement: &Placement) -> String {
    let Placement { name, namespace, gateway, hosts, .. } = placement;
    let hosts = match hosts.is_empty() {
        true => quoted("*"),
        false => hosts.iter().map(|host| quoted(host)).collect::<Vec<_>>().join(", "),
    };
    format!(
        r#"apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  hosts: [{hosts}]
  gateways: [{gateway}]
  http:
  # What the filter has neither answered nor forwarded.
  - name: {name}
    directResponse: {{ status: 500, body: {{ string: '{UNREACHED}' }} }}
    headers: {{ response: {{ set: {{ content-type: application/json }} }} }}
"#,
        gateway = quoted(gateway),
    )
}

fn patches(project: &Project, gateway: &Gateway, placement: &Placement) -> String {
    let mut patches = String::new();
    patches.push_str("# The filter itself, which no other comes before.\n");
    patches.push_str(&patch("EXTENSION_CONFIG", "{ context: GATEWAY }", "ADD", &extension(project, placement)));
    let manager = |sub_filter: &str| {
        let filter = format!("{{ filter: {{ name: envoy.filters.network.http_connection_manager{sub_filter} }} }}");
        listener(placement, &format!("filterChain: {filter}"))
    };
    patches.push_str(&patch("HTTP_FILTER", &manager(""), "INSERT_FIRST", &discovered(&placement.name)));
    patches.push_str(&patch("NETWORK_FILTER", &manager(""), "MERGE", &settings(project)));
    let router = manager(", subFilter: { name: envoy.filters.http.router }");
    patches.push_str(&patch("HTTP_FILTER", &router, "MERGE", ROUTER));
    patches.push_str("# A request body has at most 10 MB; what is larger than this buffer is answered 413.\n");
    let buffer = format!("per_connection_buffer_limit_bytes: {BUFFER_LIMIT}\n");
    patches.push_str(&patch("LISTENER", &listener(placement, ""), "MERGE", &buffer));
    patches.push_str("# Where an HTTP_PROXY integration goes.\n");
    patches.push_str(&patch("HTTP_ROUTE", &route(placement), "INSERT_FIRST", FORWARDING_ROUTE));
    for endpoint in gateway.endpoints() {
        patches.push_str(&format!("# {}\n", endpoint.origin));
        let cluster = cluster::cluster(endpoint, &placement.authorities);
        patches.push_str(&patch("CLUSTER", "{ context: GATEWAY }", "ADD", &cluster));
    }
    patches.push_str(&patch("BOOTSTRAP", "{ context: GATEWAY }", "MERGE", STATISTICS));
    patches
}

fn patch(applied_to: &str, matched: &str, operation: &str, value: &str) -> String {
    item(&format!(
        "applyTo: {applied_to}\nmatch: {matched}\npatch:\n  operation: {operation}\n  value:\n{}",
        indented(value, 4)
    ))
}

/// Listeners of the Gateway, by the port of their server.
fn listener(placement: &Placement, of_it: &str) -> String {
    let port = placement.port.map(|port| format!("portNumber: {port}"));
    let matched: Vec<&str> = port.as_deref().into_iter().chain((!of_it.is_empty()).then_some(of_it)).collect();
    match matched.is_empty() {
        true => "{ context: GATEWAY }".into(),
        false => format!("{{ context: GATEWAY, listener: {{ {} }} }}", matched.join(", ")),
    }
}

/// The virtual hosts that have the VirtualService's route.
fn route(placement: &Placement) -> String {
    let port = placement.port.map(|port| format!("portNumber: {port}, ")).unwrap_or_default();
    let name = &placement.name;
    format!("{{ context: GATEWAY, routeConfiguration: {{ {port}vhost: {{ route: {{ name: {name} }} }} }} }}")
}

fn extension(project: &Project, placement: &Placement) -> String {
    let (uri, sha256) = (quoted(&format!("oci://{}", placement.image.address())), quoted(&placement.image.sha256));
    // Istio's agent fetches it, and puts a file in its place: there is no such cluster.
    let code =
        format!("{{ remote: {{ http_uri: {{ uri: {uri}, cluster: gatehouse, timeout: 60s }}, sha256: {sha256} }} }}");
    format!(
        "name: {}\ntyped_config:\n  \"@type\": {WASM_FILTER}\n  config:\n{}",
        extension_name(&placement.name),
        indented(&bootstrap::plugin(&bootstrap::configuration(project), project, &code), 4)
    )
}

fn extension_name(name: &str) -> String {
    format!("gatehouse.{name}")
}

/// A listener waits for its filter, however long: until then it serves nothing.
fn discovered(name: &str) -> String {
    format!(
        "name: {}\nconfig_discovery:\n  config_source: {{ ads: {{}}, initial_fetch_timeout: 0s, resource_api_version: V3 }}\n  \
         type_urls:\n  - {WASM_FILTER}\n  \
         # What Istio's agent puts in place of a filter that it could not fetch: one that refuses everything.\n  \
         - type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n",
        extension_name(name)
    )
}

const ROUTER: &str = "\
typed_config:
  \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  suppress_envoy_headers: true
";

fn settings(project: &Project) -> String {
    let logs = match access_log::access_logs(&project.deployment) {
        logs if logs.is_empty() => logs,
        logs => format!("access_log:\n{logs}"),
    };
    format!(
        "typed_config:\n  \"@type\": \
         type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n{}",
        indented(&format!("{}{logs}", bootstrap::settings(project)), 2)
    )
}
