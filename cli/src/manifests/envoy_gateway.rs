//! Manifests for Envoy Gateway: an HTTPRoute that the filter is on, and an EnvoyPatchPolicy for what only Envoy's
//! configuration says.
//!
//! Each patch is put in or left out for itself. Left out, it refuses requests or leaves them waiting, and lets none pass: the
//! routes answer 500 unless they are patched, and the patched one asks for what only the filter publishes.

use gatehouse_gateway::Gateway;

use super::placement::Placement;
use super::preamble;
use crate::bootstrap::text::{indented, item, quoted};
use crate::bootstrap::{
    self, BUFFER_LIMIT, FORWARDING_ROUTE, RELOAD, STATISTICS, UNREACHED, access_log, cluster, secrets,
};
use crate::project::Project;

const NOTES: &str = "\
# For Envoy Gateway with Envoy 1.36 or newer, whose configuration has `extensionApis.enableEnvoyPatchPolicy: true`. The Gateway
# should serve nothing else: its listener is told what API Gateway does. It names the EnvoyProxy below by
# `infrastructure.parametersRef`. Where requests to AWS are signed, its pods need credentials, by a role or their environment.
# It is too long for an annotation: kubectl apply --server-side -f
";

/// The manifests.
pub(super) fn manifests(project: &Project, gateway: &Gateway, placement: &Placement) -> String {
    let parts = [
        proxy(project, placement),
        answer(placement),
        route(placement),
        extension_policy(project, placement),
        patch_policy(project, gateway, placement),
    ];
    format!("{}{}", preamble(project, "envoy-gateway", NOTES), parts.join("---\n"))
}

/// What the pods have: metrics with labels, and secrets in their environment.
fn proxy(project: &Project, placement: &Placement) -> String {
    let Placement { name, namespace, secret, .. } = placement;
    let variables: String = secrets::variables(&project.deployment)
        .into_iter()
        .map(|variable| {
            let variable = quoted(variable);
            format!("          - {{ name: {variable}, valueFrom: {{ secretKeyRef: {{ name: {secret}, key: {variable} }} }} }}\n")
        })
        .collect();
    let provider = match variables.is_empty() {
        true => String::new(),
        false => format!(
            "  provider:\n    type: Kubernetes\n    kubernetes:\n      envoyDeployment:\n        container:\n          env:\n{variables}"
        ),
    };
    format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyProxy\nmetadata: {{ name: {name}, namespace: {namespace} }}\n\
         spec:\n{provider}  bootstrap:\n    type: Merge\n    value: |\n{}",
        indented(STATISTICS, 6)
    )
}

/// What a client gets for a request that the filter has neither answered nor forwarded.
fn answer(placement: &Placement) -> String {
    let Placement { name, namespace, .. } = placement;
    format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: HTTPRouteFilter\n\
         metadata: {{ name: {name}, namespace: {namespace} }}\nspec:\n  directResponse:\n    statusCode: 500\n    \
         contentType: application/json\n    body: {{ type: Inline, inline: '{UNREACHED}' }}\n"
    )
}

fn route(placement: &Placement) -> String {
    let Placement { name, namespace, gateway, listener, hosts, .. } = placement;
    let hosts = match hosts.is_empty() {
        true => String::new(),
        false => {
            let hosts: Vec<String> = hosts.iter().map(|host| quoted(host)).collect();
            format!("  hostnames: [{}]\n", hosts.join(", "))
        }
    };
    let filter = format!(
        "filters: [{{ type: ExtensionRef, extensionRef: {{ group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: {name} }} }}]"
    );
    format!(
        r#"apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  parentRefs: [{{ name: {gateway}, sectionName: {listener} }}]
{hosts}  rules:
  # A patch makes this the route of HTTP_PROXY integrations.
  - matches:
    - path: {{ type: PathPrefix, value: / }}
      headers: [{{ type: RegularExpression, name: x-gatehouse-cluster, value: ".+" }}]
    {filter}
  - matches: [{{ path: {{ type: PathPrefix, value: / }} }}]
    {filter}
"#
    )
}

fn extension_policy(project: &Project, placement: &Placement) -> String {
    let Placement { name, namespace, image, .. } = placement;
    let variables: Vec<String> = secrets::variables(&project.deployment).into_iter().map(quoted).collect();
    let environment = match variables.is_empty() {
        true => String::new(),
        false => format!("    env: {{ hostKeys: [{}] }}\n", variables.join(", ")),
    };
    let pull_secret =
        placement.pull_secret.as_ref().map(|secret| format!("        pullSecretRef: {{ name: {secret} }}\n"));
    format!(
        r#"apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  targetRefs: [{{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: {name} }}]
  wasm:
  # Its configuration is patched in, for a field here forgets the order of keys. Without one it does not start.
  - name: gateway
    rootID: gateway
    # No request passes a filter by that has failed.
    failOpen: false
{environment}    code:
      type: Image
      image:
        url: {url}
        sha256: {sha256}
{pull_secret}"#,
        url = quoted(&image.address()),
        sha256 = quoted(&image.sha256),
        pull_secret = pull_secret.unwrap_or_default(),
    )
}

fn patch_policy(project: &Project, gateway: &Gateway, placement: &Placement) -> String {
    let Placement { name, namespace, gateway: of, .. } = placement;
    format!(
        r#"apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyPatchPolicy
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  targetRef: {{ group: gateway.networking.k8s.io, kind: Gateway, name: {of} }}
  type: JSONPatch
  jsonPatches:
{patches}"#,
        patches = indented(&patches(project, gateway, placement), 2),
    )
}

fn patches(project: &Project, gateway: &Gateway, placement: &Placement) -> String {
    let mut patches = String::new();
    for endpoint in gateway.endpoints() {
        patches.push_str(&format!("# {}\n", endpoint.origin));
        let operation = format!(
            "op: add\npath: \"\"\nvalue:\n{}",
            indented(&cluster::cluster(endpoint, &placement.authorities), 2)
        );
        patches.push_str(&patch("cluster.v3.Cluster", &quoted(&endpoint.cluster()), &operation));
    }
    let xds = quoted(&format!("{}/{}/{}", placement.namespace, placement.gateway, placement.listener));
    let on_listener = |operation: &str| patch("listener.v3.Listener", &xds, operation);
    patches.push_str("# A request body has at most 10 MB; what is larger than this buffer is answered 413.\n");
    patches
        .push_str(&on_listener(&format!("op: add\npath: /per_connection_buffer_limit_bytes\nvalue: {BUFFER_LIMIT}\n")));
    for line in bootstrap::settings(project).lines() {
        match line.split_once(": ") {
            Some((field, value)) if !line.starts_with('#') => {
                patches.push_str(&on_listener(&add(MANAGER, &format!("/{field}"), &format!(" {value}\n"))));
            }
            _ => patches.push_str(&format!("{line}\n")),
        }
    }
    let logs = access_log::access_logs(&project.deployment);
    if !logs.is_empty() {
        patches.push_str("# In place of Envoy Gateway's own.\n");
        patches.push_str(&on_listener(&add(MANAGER, "/access_log", &format!("\n{}", indented(&logs, 0)))));
    }
    for (field, value) in filter(project) {
        let path = format!("/typed_config/config/{field}");
        patches.push_str(&on_listener(&add(&the_filter(placement), &path, &value)));
    }
    patches.push_str("# Where an HTTP_PROXY integration goes.\n");
    patches.push_str(&patch("route.v3.RouteConfiguration", &xds, &forwarding(placement)));
    patches
}

fn patch(kind: &str, name: &str, operation: &str) -> String {
    item(&format!(
        "type: type.googleapis.com/envoy.config.{kind}\nname: {name}\noperation:\n{}",
        indented(operation, 2)
    ))
}

const MANAGER: &str = "..filters[?(@.name=='envoy.filters.network.http_connection_manager')].typed_config";

/// The filter in the listener, as Envoy Gateway calls it.
fn the_filter(placement: &Placement) -> String {
    format!("..http_filters[?(@.name=='{}')]", filter_name(placement))
}

fn filter_name(placement: &Placement) -> String {
    format!("envoy.filters.http.wasm/envoyextensionpolicy/{}/{}/wasm/0", placement.namespace, placement.name)
}

fn add(json_path: &str, path: &str, value: &str) -> String {
    format!("op: add\njsonPath: {}\npath: {path}\nvalue:{value}", quoted(json_path))
}

const RETRIES: &str = "{ num_retries: 30, retry_back_off: { base_interval: 0.5s, max_interval: 2s } }";

/// What an extension policy cannot say of the filter.
fn filter(project: &Project) -> [(&'static str, String); 5] {
    let configuration = format!(
        "\n  \"@type\": type.googleapis.com/google.protobuf.StringValue\n  value: |-\n{}",
        indented(&bootstrap::configuration(project), 4)
    );
    [
        ("failure_policy", " FAIL_RELOAD\n".into()),
        ("reload_config", format!(" {RELOAD}\n")),
        // The headers wait until the body has been read.
        ("allow_on_headers_stop_iteration", " true\n".into()),
        // Envoy Gateway serves the module: without it, an Envoy that asks too early answers 503 for ever.
        ("vm_config/code/remote/retry_policy", format!(" {RETRIES}\n")),
        ("configuration", configuration),
    ]
}

fn forwarding(placement: &Placement) -> String {
    let Placement { name, namespace, .. } = placement;
    let path = format!("..routes[?(@.name=~'httproute/{namespace}/{name}/rule/0/match/0/.*')]");
    format!(
        "op: replace\njsonPath: {}\nvalue:\n  name: httproute/{namespace}/{name}/forwarded\n{}  typed_per_filter_config:\n    \
         {}:\n      {{ \"@type\": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {{}} }}\n",
        quoted(&path),
        indented(FORWARDING_ROUTE, 2),
        filter_name(placement),
    )
}
