//! The Kubernetes manifests that serve a project from a Gateway of Istio or of Envoy Gateway.
//!
//! Neither can say all of what a bootstrap says in fields of its own: what is left goes in as Envoy's own configuration, by an
//! `EnvoyFilter` or an `EnvoyPatchPolicy`. Where a part of the manifests is not in force, requests are refused: without its
//! configuration the filter does not start, and without the filter nothing is forwarded.

mod envoy_gateway;
mod istio;
mod placement;

use gatehouse_api::deployment::config::Secret;
use gatehouse_api::{Place, deployment};
use gatehouse_gateway::{Endpoint, Gateway};

use crate::args::{Compile, Target};
use crate::bootstrap;
use crate::finding::Finding;
use crate::project::Project;
pub(crate) use placement::for_kubernetes_alone;
pub use placement::{Image, Placement};

/// The manifests of a project, and what the operator should know.
///
/// # Errors
/// Everything that the target cannot say, and what the command line lacks.
pub fn manifests(args: &Compile, project: &Project, gateway: &Gateway) -> Result<(String, Vec<Finding>), Vec<Finding>> {
    let placement = Placement::new(args);
    let unsayable = secret_files(project);
    let placement = match placement {
        Ok(placement) if unsayable.is_empty() => placement,
        Ok(_) => return Err(unsayable),
        Err(findings) => return Err([findings, unsayable].concat()),
    };
    let text = match args.target {
        Target::Istio => istio::manifests(project, gateway, &placement),
        Target::Envoy | Target::EnvoyGateway => envoy_gateway::manifests(project, gateway, &placement),
    };
    if let Some(size) = text.split("\n---\n").map(str::len).find(|size| *size > LARGEST) {
        let message = format!("a manifest has {size} bytes, and Kubernetes keeps none of more than {LARGEST}");
        return Err(vec![Finding::error(None, message).help("deploy the APIs apart, each to a Gateway of its own")]);
    }
    Ok((text, on_this_machine(gateway)))
}

/// What etcd takes, less room for what Kubernetes adds.
///
/// <https://etcd.io/docs/v3.5/dev-guide/limit/>
const LARGEST: usize = 1_400_000;

/// Secrets in files: only a bootstrap can have Envoy read those.
fn secret_files(project: &Project) -> Vec<Finding> {
    let mut found = Vec::new();
    let keys = project.deployment.iam.iter().flat_map(|iam| &iam.access_keys).enumerate();
    for (index, key) in keys {
        let place = Place::root().then("iam").then("accessKeys").then(index);
        let secrets = [("secretAccessKey", Some(&key.secret_access_key)), ("sessionToken", key.session_token.as_ref())];
        for (name, secret) in secrets {
            if let Some(Secret::File(path)) = secret {
                let message = format!("`{path}` is a file that only a bootstrap can have Envoy read");
                let finding = Finding::error(project.document.locate(&place.then(name)), message);
                found.push(finding.help("write `{ environment: NAME }`, and give Envoy that variable from a secret"));
            }
        }
    }
    found
}

/// What is on this machine is in the proxy's pod there.
fn on_this_machine(gateway: &Gateway) -> Vec<Finding> {
    let local = |endpoint: &&Endpoint| is_local(&endpoint.origin);
    let told = |endpoint: &Endpoint| {
        Finding::warning(None, format!("`{}` is in the pod of the proxy itself", endpoint.origin))
            .help("say in the deployment document where it lives in the cluster, such as `http://pets.shop.svc.cluster.local`")
    };
    gateway.endpoints().filter(local).map(told).collect()
}

fn is_local(origin: &deployment::Origin) -> bool {
    let host = origin.host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What stands above the manifests.
fn preamble(project: &Project, target: &str, notes: &str) -> String {
    format!(
        "# Made by `gatehouse compile --target {target}`: change the definitions and the deployment document, not this file.\n#\n\
         {}#\n{notes}",
        bootstrap::served(&project.deployment),
    )
}
