//! The listener's end of TLS.

use std::path::{Path, PathBuf};

use super::text::quoted;
use crate::finding::Finding;
use crate::project::Project;

/// The files that a listener ends TLS connections with, all in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The listener's certificate, and those that vouch for it.
    pub certificate: PathBuf,
    /// Its key.
    pub private_key: PathBuf,
    /// The authorities of clients, who need no certificate: the gateway asks for one where a custom domain name does.
    pub truststore: Option<PathBuf>,
}

/// Who says which name a client asks for: the gateway holds it against the request's.
pub(super) const INSPECTOR: &str = r#"listener_filters:
- name: envoy.filters.listener.tls_inspector
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"#;

/// Names that nobody can call: they are for clients with a certificate, and this listener asks nobody for one.
pub(crate) fn unreachable(project: &Project, tls: Option<&Tls>) -> Vec<Finding> {
    if tls.is_some_and(|tls| tls.truststore.is_some()) {
        return Vec::new();
    }
    let closed = project.deployment.domain_names.iter().filter(|domain| domain.mutual_tls);
    let told = closed.map(|domain| {
        let message = format!("nobody can call `{}`: this listener asks its clients for no certificate", domain.name);
        Finding::warning(project.document.locate(&domain.place), message)
            .help("end TLS here, with `--tls-certificate`, `--tls-private-key` and `--truststore`")
    });
    told.collect()
}

impl Tls {
    /// The transport socket of the listener. As on API Gateway, TLS is of version 1.2 at least.
    pub(super) fn socket(&self) -> String {
        let file = |path: &Path| quoted(&path.display().to_string());
        let clients = self.truststore.as_deref().map(|authorities| {
            format!(
                "      # A certificate that these do not vouch for ends the connection; the gateway says who needs one.\n      \
                 validation_context:\n        trusted_ca: {{ filename: {} }}\n",
                file(authorities)
            )
        });
        format!(
            r#"transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
    require_client_certificate: false
    common_tls_context:
      alpn_protocols: [h2, http/1.1]
      tls_params: {{ tls_minimum_protocol_version: TLSv1_2 }}
      tls_certificates:
      - certificate_chain: {{ filename: {certificate} }}
        private_key: {{ filename: {private_key} }}
{clients}"#,
            certificate = file(&self.certificate),
            private_key = file(&self.private_key),
            clients = clients.unwrap_or_default(),
        )
    }
}
