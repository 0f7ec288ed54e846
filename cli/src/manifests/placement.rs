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
        let gateways = gateway.iter().flat_map(|gateway| gateway.split('/'));
        let names = [&name, &namespace, &secret].into_iter().map(String::as_str).chain(gateways);
        let names = names.chain(listener.as_deref()).chain(pull_secret.as_deref());
        findings.extend(names.filter(|name| !is_name(name)).map(|name| {
            Finding::error(
                None,
                format!("`{name}` is no name in Kubernetes: use lower-case letters, digits, `-` and `.`"),
            )
        }));
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
        let is_visible = repository.bytes().all(|byte| byte.is_ascii_graphic()) && repository.contains('/');
        (is_hash && is_visible).then(|| Self { repository: repository.into(), sha256: sha256.into() })
    }

    /// With its digest.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@sha256:{}", self.repository, self.sha256)
    }
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let at_the_ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    name.len() <= 253
        && bytes.iter().all(|byte| inside(*byte))
        && at_the_ends(bytes.first())
        && at_the_ends(bytes.last())
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
    }

    #[test]
    fn names_are_kubernetes_names() {
        for name in ["gatehouse", "a", "a.b-c1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "a b", "a\n"] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
