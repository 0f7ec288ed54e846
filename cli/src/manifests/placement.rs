//! Where manifests go, and which image they name.

use std::path::{Path, PathBuf};

use crate::args::{Compile, Kubernetes, Target};
use crate::finding::Finding;

/// What the command line says about Kubernetes, understood.
#[derive(Clone, Debug)]
pub struct Placement {
    /// What the manifests are called.
    pub name: String,
    /// Where they go.
    pub namespace: String,
    /// The Gateway.
    pub gateway: String,
    /// The hosts to serve; none for all.
    pub hosts: Vec<String>,
    /// The filter.
    pub image: Image,
    /// The labels of the Gateway's pods.
    pub selector: Vec<(String, String)>,
    /// The port of the Gateway's server; none for all.
    pub port: Option<u16>,
    /// The Gateway's listener.
    pub listener: String,
    /// The secret that the registry is asked with.
    pub pull_secret: Option<String>,
    /// The secret that has Envoy's environment variables.
    pub secret: String,
    /// The certificate authorities that backends are held against, in the proxy's image.
    pub authorities: PathBuf,
}

/// An image by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its repository, with the registry and, where it was named, the tag.
    pub repository: String,
    /// The SHA-256 of its manifest, in hexadecimal.
    pub sha256: String,
}

/// Where Istio's and Envoy's own images have them.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

impl Placement {
    /// Understands the command line.
    ///
    /// # Errors
    /// What is missing, wrong, or not for this target.
    pub fn new(args: &Compile) -> Result<Self, Vec<Finding>> {
        let Kubernetes { image, gateway, name, namespace, host, selector, listener, pull_secret, secret } =
            &args.kubernetes;
        let mut findings = misplaced(args);
        let name = name.clone().unwrap_or_else(|| "gatehouse".into());
        let namespace = namespace.clone().unwrap_or_else(|| "default".into());
        let secret = secret.clone().unwrap_or_else(|| name.clone());
        let names = [&name, &secret].into_iter().map(String::as_str);
        let names = names.chain(listener.as_deref()).chain(pull_secret.as_deref());
        let wrong = |text: &str, what: &str| Finding::error(None, format!("`{text}` is no {what}"));
        findings.extend(names.filter(|name| !is_name(name)).map(|name| {
            wrong(name, "name in Kubernetes")
                .help("use lower-case letters and digits, and single `-` and `.` between them")
        }));
        if !is_label(&namespace) {
            let finding = wrong(&namespace, "namespace in Kubernetes");
            findings.push(finding.help("use at most 63 lower-case letters and digits, and `-` between them"));
        }
        findings.extend(gateway.iter().filter_map(|gateway| misnamed(gateway, args.target)));
        findings.extend(host.iter().filter(|host| !is_host(host, args.target)).map(|host| {
            wrong(host, "host that a Gateway serves")
                .help("write `api.example.com`, or `*.example.com`, without a port")
        }));
        findings.extend(
            selector
                .iter()
                .filter(|(key, value)| !is_selected(key, value))
                .map(|(key, value)| wrong(&format!("{key}={value}"), "label in Kubernetes")),
        );
        if gateway.is_none() {
            findings.push(Finding::error(None, "which Gateway is it for? Say so with `--gateway`"));
        }
        let image = image.as_deref().and_then(Image::parse);
        if image.is_none() {
            let message = "which filter is it? Name it by its digest with `--image`";
            findings.push(
                Finding::error(None, message)
                    .help("`gatehouse push` prints it: `ghcr.io/owner/gatehouse/gateway@sha256:…`"),
            );
        }
        match (image, gateway) {
            (Some(image), Some(gateway)) if findings.is_empty() => Ok(Self {
                secret,
                name,
                namespace,
                gateway: gateway.clone(),
                hosts: host.clone(),
                image,
                selector: match selector.is_empty() {
                    true => vec![("istio".into(), "ingressgateway".into())],
                    false => selector.clone(),
                },
                port: args.place.port,
                listener: listener.clone().unwrap_or_else(|| "http".into()),
                pull_secret: pull_secret.clone(),
                authorities: args.place.ca_file.clone().unwrap_or_else(|| Path::new(AUTHORITIES).to_owned()),
            }),
            _ => Err(findings),
        }
    }
}

/// What is asked for that another target has.
fn misplaced(args: &Compile) -> Vec<Finding> {
    let (place, kubernetes) = (&args.place, &args.kubernetes);
    let of_a_bootstrap = [
        ("--address", place.address.is_some()),
        ("--admin-port", place.admin_port.is_some()),
        ("--wasm", place.wasm.is_some()),
        ("--tls-certificate", place.tls_certificate.is_some()),
        ("--truststore", place.truststore.is_some()),
    ];
    let of_envoy_gateway = [
        ("--listener", kubernetes.listener.is_some()),
        ("--secret", kubernetes.secret.is_some()),
        ("--pull-secret", kubernetes.pull_secret.is_some()),
    ];
    let of_istio = [("--selector", !kubernetes.selector.is_empty()), ("--port", place.port.is_some())];
    let named = |flags: &[(&str, bool)]| -> Vec<Finding> {
        let given = flags.iter().filter(|(_, given)| *given);
        given.map(|(flag, _)| Finding::error(None, format!("`{flag}` is nothing to this `--target`"))).collect()
    };
    let mut findings = named(&of_a_bootstrap);
    match args.target {
        Target::Envoy => {}
        Target::Istio => findings.extend(named(&of_envoy_gateway).into_iter().map(|finding| match kubernetes.pull_secret {
            // What an EnvoyFilter says is seen by whoever may read it.
            Some(_) if finding.message.contains("--pull-secret") => finding.help(
                "an EnvoyFilter has no pull secret: mount a docker configuration in the Gateway's pods, and name its folder in \
                 DOCKER_CONFIG",
            ),
            _ => finding,
        })),
        Target::EnvoyGateway => findings.extend(named(&of_istio)),
    }
    findings
}

/// What is said that only manifests need.
pub(crate) fn for_kubernetes_alone(kubernetes: &Kubernetes) -> Vec<Finding> {
    let Kubernetes { image, gateway, name, namespace, host, selector, listener, pull_secret, secret } = kubernetes;
    let flags = [
        ("--image", image.is_some()),
        ("--gateway", gateway.is_some()),
        ("--name", name.is_some()),
        ("--namespace", namespace.is_some()),
        ("--host", !host.is_empty()),
        ("--selector", !selector.is_empty()),
        ("--listener", listener.is_some()),
        ("--pull-secret", pull_secret.is_some()),
        ("--secret", secret.is_some()),
    ];
    let given = flags.iter().filter(|(_, given)| *given);
    given
        .map(|(flag, _)| Finding::error(None, format!("`{flag}` is for `--target istio` or `--target envoy-gateway`")))
        .collect()
}

impl Image {
    /// Reads `[oci://]REPOSITORY[:TAG]@sha256:DIGEST`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (repository, sha256) = text.strip_prefix("oci://").unwrap_or(text).split_once("@sha256:")?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_visible = repository.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
        (is_hash && is_visible && repository.contains('/'))
            .then(|| Self { repository: repository.into(), sha256: sha256.into() })
    }

    /// With its digest.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@sha256:{}", self.repository, self.sha256)
    }
}

/// What is wrong with a Gateway's name, for a target.
fn misnamed(gateway: &str, target: Target) -> Option<Finding> {
    let (namespace, name) = match gateway.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, gateway),
    };
    if !is_name(name) || namespace.is_some_and(|namespace| !is_label(namespace)) {
        return Some(Finding::error(None, format!("`{gateway}` is no Gateway's name")));
    }
    match (target, namespace) {
        // To Istio that is every sidecar of the mesh.
        (Target::Istio, None) if name == "mesh" => {
            Some(Finding::error(None, "`mesh` is no Gateway: Istio takes it for every sidecar"))
        }
        // What is attached to a Gateway is beside it.
        (Target::EnvoyGateway, Some(namespace)) => {
            let finding = Finding::error(None, format!("`{gateway}`: all of it is in the namespace of the Gateway"));
            Some(finding.help(format!("say `--gateway {name} --namespace {namespace}`")))
        }
        _ => None,
    }
}

/// <https://gateway-api.sigs.k8s.io/reference/spec/#hostname>,
/// <https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService-hosts>
fn is_host(host: &str, target: Target) -> bool {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    match target {
        Target::Istio => host == "*" || is_address || is_name(host.strip_prefix("*.").unwrap_or(host)),
        Target::Envoy | Target::EnvoyGateway => !is_address && is_name(host.strip_prefix("*.").unwrap_or(host)),
    }
}

/// A label, as pods have it.
///
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_selected(key: &str, value: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_part = |text: &str| {
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        text.len() <= 63
            && text.bytes().all(|byte| inside(&byte))
            && ends_well(text.as_bytes(), u8::is_ascii_alphanumeric)
    };
    prefix.is_none_or(is_name) && is_part(name) && (value.is_empty() || is_part(value))
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>
fn is_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_part_of_a_name)
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_part_of_a_name(name)
}

fn is_part_of_a_name(name: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().all(|byte| plain(&byte) || byte == b'-') && ends_well(name.as_bytes(), plain)
}

fn ends_well(text: &[u8], plain: impl Fn(&u8) -> bool) -> bool {
    text.first().is_some_and(&plain) && text.last().is_some_and(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_digest() {
        let digest = "0123456789abcdef".repeat(4);
        let check = |text: String, expected: Option<&str>| {
            let image = Image::parse(&text);
            assert_eq!(image.as_ref().map(|image| image.repository.as_str()), expected, "{text}");
        };
        check(format!("ghcr.io/a/gateway@sha256:{digest}"), Some("ghcr.io/a/gateway"));
        check(format!("oci://127.0.0.1:5000/gateway:0.1.0@sha256:{digest}"), Some("127.0.0.1:5000/gateway:0.1.0"));
        check("ghcr.io/a/gateway:0.1.0".into(), None);
        check(format!("ghcr.io/a/gateway@sha256:{}", digest.to_uppercase()), None);
        check(format!("ghcr.io/a/gate\nway@sha256:{digest}"), None);
        check(format!("gateway@sha256:{digest}"), None);
        check(format!("ghcr.io/Owner/gateway@sha256:{digest}"), None);
    }

    #[test]
    fn names_are_kubernetes_names() {
        for name in ["gatehouse", "a", "a.b-c1", "1--2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "a b", "a\n", "a..b", "a.-b", "."] {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(is_label("a-b") && !is_label("a.b") && !is_label(&"a".repeat(64)));
    }

    #[test]
    fn gateways_hosts_and_labels_are_what_kubernetes_takes() {
        let gateway = |name: &str, target| misnamed(name, target).map(|finding| finding.message);
        assert_eq!(gateway("public", Target::EnvoyGateway), None);
        assert_eq!(gateway("ingress/public", Target::Istio), None);
        assert!(
            gateway("ingress/public", Target::EnvoyGateway)
                .is_some_and(|it| it.contains("the namespace of the Gateway"))
        );
        assert!(gateway("mesh", Target::Istio).is_some_and(|it| it.contains("every sidecar")));
        for name in ["a/b/c", "/a", "a/", "A", ""] {
            assert!(gateway(name, Target::Istio).is_some(), "{name:?}");
        }
        for target in [Target::Istio, Target::EnvoyGateway] {
            assert!(is_host("api.example.com", target) && is_host("*.example.com", target));
            for host in ["", "*.", "not a host", "API.example.com", "api.example.com:8080", "a.*.com", "https://a"] {
                assert!(!is_host(host, target), "{host:?}");
            }
        }
        assert!(is_host("*", Target::Istio) && !is_host("*", Target::EnvoyGateway));
        assert!(is_host("10.0.0.1", Target::Istio) && !is_host("10.0.0.1", Target::EnvoyGateway));
        assert!(is_selected("app.kubernetes.io/name", "Ingress_1.a") && is_selected("istio", ""));
        for (key, value) in [("", "a"), ("a b", "c"), ("a", "b c"), ("a", "-"), ("/a", "b"), ("a/b/c", "d")] {
            assert!(!is_selected(key, value), "{key}={value}");
        }
    }
}
