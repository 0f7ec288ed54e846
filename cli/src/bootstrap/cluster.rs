//! The cluster of an endpoint that integrations call.

use std::net::IpAddr;
use std::path::Path;

use gatehouse_api::deployment::{Origin, Scheme};
use gatehouse_gateway::{ClientCertificate, Endpoint, Signing};

use super::BUFFER_LIMIT;
use super::text::{indented, quoted};

/// The cluster of an endpoint, its name first.
pub(crate) fn cluster(endpoint: &Endpoint, authorities: &Path) -> String {
    let Endpoint { origin, signing, grpc, .. } = endpoint;
    let name = quoted(&endpoint.cluster());
    let host = host(origin);
    let kind = match address(origin) {
        Some(_) => "type: STATIC",
        None => "type: STRICT_DNS\ndns_lookup_family: V4_PREFERRED",
    };
    let tls = match origin.scheme {
        Scheme::Http => String::new(),
        Scheme::Https => tls(endpoint, authorities),
    };
    format!(
        r#"name: {name}
{kind}
connect_timeout: 5s
per_connection_buffer_limit_bytes: {BUFFER_LIMIT}
# How much there may be at once is for API Gateway's throttling to say.
circuit_breakers:
  thresholds: [{{ max_connections: 100000, max_pending_requests: 100000, max_requests: 100000, max_retries: 100000 }}]
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    # Shorter than backends keep their connections (Node.js: 5 s), so that none closes one that is being used.
    common_http_protocol_options: {{ idle_timeout: 4s }}
    explicit_http_config: {{ {protocol}: {{}} }}
    # What Envoy adds to the filter's own calls is not for backends.
    http_filters:
    - name: envoy.filters.http.header_mutation
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
        mutations: {{ request_mutations: [{{ remove: x-envoy-internal }}, {{ remove: x-envoy-expected-rq-timeout-ms }}] }}
{signer}    - name: envoy.filters.http.upstream_codec
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec
load_assignment:
  cluster_name: {name}
  endpoints:
  - lb_endpoints:
    - endpoint: {{ address: {{ socket_address: {{ address: {address}, port_value: {port} }} }} }}
{tls}"#,
        signer = signing.as_ref().map(|signing| indented(&signer(signing), 4)).unwrap_or_default(),
        protocol = if *grpc { "http2_protocol_options" } else { "http_protocol_options" },
        address = quoted(host),
        port = origin.port,
    )
}

/// Envoy signs for AWS: no secret comes into the filter.
fn signer(signing: &Signing) -> String {
    let Signing { service, region, role } = signing;
    let provider = role.as_ref().map(|role| {
        format!(
            "    # Where it cannot be assumed, nothing is signed, and AWS refuses what is not.\n    credential_provider:\n      \
             custom_credential_provider_chain: true\n      \
             assume_role_credential_provider: {{ role_arn: {}, role_session_name: gatehouse }}\n",
            quoted(role)
        )
    });
    format!(
        r#"# Credentials come from the environment (AWS_ACCESS_KEY_ID, …), a profile, or the machine's role.
- name: envoy.filters.http.aws_request_signing
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning
    service_name: {service}
    region: {region}
    match_excluded_headers: [{{ prefix: x-envoy }}, {{ prefix: x-forwarded }}, {{ exact: user-agent }}, {{ exact: x-amzn-trace-id }}]
{provider}"#,
        provider = provider.unwrap_or_default(),
    )
}

fn tls(endpoint: &Endpoint, authorities: &Path) -> String {
    let Endpoint { origin, insecure, client_certificate, .. } = endpoint;
    let host = quoted(host(origin));
    let (server_name, kind) = match address(origin) {
        Some(_) => (String::new(), "IP_ADDRESS"),
        None => (format!("    sni: {host}\n"), "DNS"),
    };
    let validation = match insecure {
        // `insecureSkipVerification`
        true => "      # The integration's tlsConfig says that the certificate is not to be verified.\n".to_owned(),
        false => format!(
            "      validation_context:
        trusted_ca: {{ filename: {} }}
        match_typed_subject_alt_names: [{{ san_type: {kind}, matcher: {{ exact: {host} }} }}]\n",
            quoted(&authorities.to_string_lossy())
        ),
    };
    let shown = client_certificate.as_ref().map(|ClientCertificate { certificate, private_key, .. }| {
        format!(
            "      tls_certificates:\n      - certificate_chain: {{ filename: {} }}\n        \
             private_key: {{ filename: {} }}\n",
            quoted(certificate),
            quoted(private_key)
        )
    });
    format!(
        r#"transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
{server_name}    common_tls_context:
      alpn_protocols: [{protocol}]
{shown}{validation}"#,
        shown = shown.unwrap_or_default(),
        protocol = if endpoint.grpc { "h2" } else { "http/1.1" },
    )
}

/// The host without the brackets that an IPv6 address has in a URL.
fn host(origin: &Origin) -> &str {
    origin.host.trim_start_matches('[').trim_end_matches(']')
}

fn address(origin: &Origin) -> Option<IpAddr> {
    host(origin).parse().ok()
}
