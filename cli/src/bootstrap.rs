//! The bootstrap configuration of an Envoy that serves a project, commented for whoever runs it.
//!
//! ```text
//!  listener ─► HTTP connection manager ─► gateway.wasm ─► router ─┬─ x-gatehouse-cluster ─► cluster of the integration
//!                      │                        │                 └─ else ────────────────► 500, never reached
//!                      └─ access log of a stage └─ callouts ─► clusters
//! ```

pub(crate) mod access_log;
mod api_keys;
pub(crate) mod cluster;
pub(crate) mod secrets;
pub(crate) mod text;
mod tls;

use std::path::{Path, PathBuf};

use gatehouse_api::deployment::Deployment;
use gatehouse_gateway::{Endpoint, Gateway};

use crate::finding::Finding;
use crate::project::Project;
use crate::source::Files;
use text::{indented, item, json, quoted};
pub use tls::Tls;
pub(crate) use tls::unreachable;

/// What the project does not say: where Envoy listens, and where its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The address to listen on.
    pub address: String,
    /// The port to listen on.
    pub port: u16,
    /// The port of Envoy's own interface, on 127.0.0.1; none for no such interface.
    pub admin_port: Option<u16>,
    /// The filter.
    pub wasm: PathBuf,
    /// The certificate authorities that backends are held against.
    pub authorities: PathBuf,
    /// How the listener ends TLS connections; none where it speaks plain HTTP.
    pub tls: Option<Tls>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            address: "127.0.0.1".into(),
            port: 8080,
            admin_port: None,
            wasm: "gateway.wasm".into(),
            authorities: "/etc/ssl/certs/ca-certificates.crt".into(),
            tls: None,
        }
    }
}

/// 10 MB, which a body may have, and room for what is around it: beyond, Envoy itself answers 413.
pub(crate) const BUFFER_LIMIT: u32 = 12 << 20;

/// How long an integration may take that does not say so, in milliseconds.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const DEFAULT_TIMEOUT: u32 = 29_000;

/// The bootstrap of an Envoy that serves a project, as YAML.
#[must_use]
pub fn bootstrap(project: &Project, gateway: &Gateway, around: &Surroundings) -> String {
    written(project, gateway, around, &configuration(project))
}

/// The same as JSON, for a file whose name ends so: Envoy reads it in a third of the time, which a million API keys show.
///
/// # Errors
/// None in practice: what [`bootstrap`] writes can be read.
pub fn bootstrap_as_json(project: &Project, gateway: &Gateway, around: &Surroundings) -> Result<String, Vec<Finding>> {
    /// Stands for the filter's configuration, which may be long, while the rest is turned into JSON.
    const PLACE: &str = "gatehouse:configuration";
    let tree = Files::default().parse(Path::new("envoy.yaml"), written(project, gateway, around, PLACE))?;
    Ok(json(&tree.node()).replacen(&quoted(PLACE), &quoted(&configuration(project)), 1))
}

fn written(project: &Project, gateway: &Gateway, around: &Surroundings, configuration: &str) -> String {
    let Surroundings { address, port, .. } = around;
    let cluster = |endpoint: &Endpoint| {
        format!("# {}\n{}", endpoint.origin, item(&cluster::cluster(endpoint, &around.authorities)))
    };
    let clusters: String = gateway.endpoints().map(cluster).collect();
    let clusters = if clusters.is_empty() { " []\n".to_owned() } else { format!("\n{}", indented(&clusters, 2)) };
    format!(
        r#"# Made by `gatehouse compile`: change the definitions and the deployment document, not this file.
#
{served}
{admin}
{STATISTICS}
# Without a limit, connections could use up all memory.
overload_manager:
  resource_monitors:
  - name: envoy.resource_monitors.global_downstream_max_connections
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
      max_active_downstream_connections: 50000

static_resources:
{secrets}  listeners:
  - name: gatehouse
    address: {{ socket_address: {{ address: {address}, port_value: {port} }} }}
    # A request body has at most 10 MB; what is larger than this buffer is answered 413.
    per_connection_buffer_limit_bytes: {BUFFER_LIMIT}
{inspector}    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
{manager}
{tls}  clusters:{clusters}"#,
        served = served(&project.deployment),
        secrets = secrets::files(&project.deployment),
        admin = admin(around.admin_port),
        address = quoted(address),
        inspector = around.tls.as_ref().map(|_| indented(tls::INSPECTOR, 4)).unwrap_or_default(),
        tls = around.tls.as_ref().map(|tls| indented(&tls.socket(), 6)).unwrap_or_default(),
        manager = indented(&manager(project, around, configuration), 10),
    )
}

/// Which stages are served where, as comments.
pub(crate) fn served(deployment: &Deployment) -> String {
    let mut lines = vec![format!("# Serves, for account {} in {}:", deployment.account_id, deployment.region)];
    for api in &deployment.apis {
        for stage in &api.stages {
            let own = stage.domain_name.as_ref().map(|host| format!(", and https://{host}/")).unwrap_or_default();
            let host = api.domain_name.clone().unwrap_or_else(|| deployment.execute_api_host(api));
            lines.push(format!("#   https://{host}/{}/{own}", stage.stage_name));
        }
    }
    for (url, api, stage) in mapped(deployment) {
        lines.push(format!("#   https://{url} is {}", stage.map_or(api.clone(), |stage| format!("{api}/{stage}"))));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What of custom domains leads to which API and stage.
pub(crate) fn mapped(deployment: &Deployment) -> impl Iterator<Item = (String, &String, Option<&String>)> {
    deployment.domain_names.iter().flat_map(|domain| {
        domain.api_mappings.iter().filter_map(|mapping| {
            let slash = if mapping.key.is_empty() { "" } else { "/" };
            let api = &deployment.apis.get(mapping.api)?.api_id;
            Some((format!("{}/{}{slash}", domain.name, mapping.key), api, mapping.stage.as_ref()))
        })
    })
}

fn admin(port: Option<u16>) -> String {
    match port {
        Some(port) => format!(
            "# Envoy's own interface: /stats/prometheus has API Gateway's metrics. Never expose it.\n\
             admin:\n  address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}\n"
        ),
        None => String::new(),
    }
}

/// The filter names its metrics by their dimensions; Prometheus gets them as labels.
pub(crate) const STATISTICS: &str = r"# `apigateway.ApiId=a1;Stage=dev;…;Count` becomes `apigateway_Count{ApiId=a1,Stage=dev,…}` for Prometheus.
stats_config:
  stats_tags:
  - { tag_name: ApiId, regex: '^wasmcustom\.apigateway\..*?(ApiId=(.*?);)' }
  - { tag_name: Stage, regex: '^wasmcustom\.apigateway\..*?(Stage=(.*?);)' }
  - { tag_name: Resource, regex: '^wasmcustom\.apigateway\..*?(Resource=(.*?);)' }
  - { tag_name: Method, regex: '^wasmcustom\.apigateway\..*?(Method=(.*?);)' }
  - { tag_name: Authorizer, regex: '^wasmcustom\.apigateway\..*?(Authorizer=(.*?);)' }
  - { tag_name: ApiKeyId, regex: '^wasmcustom\.apigateway\..*?(ApiKeyId=(.*?);)' }
  - { tag_name: UsagePlan, regex: '^wasmcustom\.apigateway\..*?(UsagePlan=(.*?);)' }
";

fn manager(project: &Project, around: &Surroundings, configuration: &str) -> String {
    let code = format!("{{ local: {{ filename: {} }} }}", quoted(&around.wasm.to_string_lossy()));
    format!(
        r#"stat_prefix: gatehouse
codec_type: AUTO
# Who the client is, the connection says; what a client claims in X-Forwarded-For comes before it.
use_remote_address: true
{settings}{access_logs}http_filters:
{secret_filter}- name: gatehouse.gateway
  typed_config:
    "@type": {WASM_FILTER}
    config:
{plugin}- name: envoy.filters.http.router
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    suppress_envoy_headers: true
route_config:
  name: gatehouse
  virtual_hosts:
  - name: gatehouse
    domains: ["*"]
    routes:
    # Where an HTTP_PROXY integration goes.
{route}    # Everything else the filter has answered.
    - match: {{ prefix: / }}
      direct_response:
        status: 500
        body: {{ inline_string: '{UNREACHED}' }}
      response_headers_to_add: [{{ header: {{ key: content-type, value: application/json }}, append_action: OVERWRITE_IF_EXISTS_OR_ADD }}]
"#,
        settings = settings(project),
        access_logs = match access_log::access_logs(&project.deployment) {
            logs if logs.is_empty() => logs,
            logs => format!("access_log:\n{logs}"),
        },
        secret_filter = secrets::filter(&project.deployment),
        plugin = indented(&plugin(project, &code, configuration), 6),
        route = indented(&item(FORWARDING_ROUTE), 4),
    )
}

/// The type of the filter's configuration.
pub(crate) const WASM_FILTER: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/// What a client gets for a request that the filter has neither answered nor forwarded.
pub(crate) const UNREACHED: &str = r#"{"message": "Internal server error"}"#;

/// The route of requests that go on as they are. Only the filter sets what it asks for, and no client can.
pub(crate) const FORWARDING_ROUTE: &str = r#"match:
  prefix: /
  # The filter sets the header, and removes it from whatever a client sends.
  headers: [{ name: x-gatehouse-cluster, present_match: true }]
  # This no client can send: without the filter nothing is forwarded.
  filter_state: [{ key: wasm.gatehouse_forwarded, string_match: { exact: "1" } }]
route:
  cluster_header: x-gatehouse-cluster
  # The filter sets x-envoy-upstream-rq-timeout-ms to the integration's timeout.
  timeout: 0s
request_headers_to_remove: [x-gatehouse-cluster, x-envoy-external-address]
"#;

/// What an HTTP connection manager must be told, a field a line.
pub(crate) fn settings(project: &Project) -> String {
    let longest = longest_integration(project);
    format!(
        r#"# No client may set Envoy's own headers: none has this address, and without a list every private one would be trusted.
internal_address_config: {{ cidr_ranges: [{{ address_prefix: 255.255.255.255, prefix_len: 32 }}] }}
# The path reaches the routing as the client sent it: API Gateway decides on `//` and `%2F` itself.
normalize_path: false
merge_slashes: false
path_with_escaped_slashes_action: KEEP_UNCHANGED
# Headers are API Gateway's, or the backend's.
server_header_transformation: PASS_THROUGH
generate_request_id: false
# API Gateway takes 10,240 bytes of headers; Envoy's limit only protects Envoy.
max_request_headers_kb: 60
# API Gateway drops `Upgrade` and serves the request; Envoy would answer 403.
http_protocol_options: {{ ignore_http_11_upgrade: [{{ safe_regex: {{ regex: ".*" }} }}] }}
# Of one connection's requests each may have a body of 10 MB in memory: not 1024 of them. The window limits what is kept of a body, too.
http2_protocol_options: {{ max_concurrent_streams: 100, initial_stream_window_size: 12582912 }}
common_http_protocol_options: {{ idle_timeout: 350s }}
request_headers_timeout: 10s
# Both run on while an authorizer and an integration are waited for, of which the slowest may take {longest} s.
request_timeout: {request_timeout}s
stream_idle_timeout: {idle_timeout}s
"#,
        request_timeout = longest + 60,
        idle_timeout = longest + 60,
    )
}

/// The filter, whose module is where `code` says.
pub(crate) fn plugin(project: &Project, code: &str, configuration: &str) -> String {
    format!(
        r#"name: gateway
root_id: gateway
# Should the filter ever crash: no request passes it by, and it is back at once.
failure_policy: FAIL_RELOAD
reload_config: {RELOAD}
# The headers wait until the body has been read.
allow_on_headers_stop_iteration: true
vm_config:
  vm_id: gatehouse
  runtime: envoy.wasm.runtime.v8
  code: {code}
{environment}# The deployment document, the API definitions inside it.
configuration:
  "@type": type.googleapis.com/google.protobuf.StringValue
  value: |-
{configuration}"#,
        environment = secrets::environment(&project.deployment),
        configuration = indented(configuration, 4),
    )
}

/// How soon a filter that has crashed is back.
pub(crate) const RELOAD: &str = "{ backoff: { base_interval: 0.05s, max_interval: 0.05s } }";

/// How many seconds the slowest integration may take.
fn longest_integration(project: &Project) -> u32 {
    let integrations =
        project.apis.iter().flat_map(|api| &api.methods).filter_map(|method| method.integration.as_ref());
    let timeouts = integrations.map(|integration| integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT));
    timeouts.max().unwrap_or(DEFAULT_TIMEOUT).div_ceil(1000)
}

/// The deployment document with its definitions, as the filter reads it: of API keys their hashes alone.
pub(crate) fn configuration(project: &Project) -> String {
    let node = project.document.node();
    json(&api_keys::packed(&node).unwrap_or(node))
}
