//! The command line.

mod policy;
mod sigv4;
mod template;
mod usage;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
pub use policy::{Policy, PolicyCheck, PolicyIs, PolicySimulate};
pub use sigv4::{Sigv4, Sigv4Explain};
pub use template::{Template, TemplateRender};
pub use usage::{Extend, Usage, UsageGet, UsageLimits, UsageOf, UsageReset};

use crate::project::Input;
use crate::report::Format;

/// Serve Amazon API Gateway definitions from Envoy.
///
/// Takes an OpenAPI document with `x-amazon-apigateway-*` extensions, and a deployment document that says where it is
/// deployed: account, region, stages, stage variables, and where its backends live here.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How errors and reports are written.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

const EXIT_CODES: &str = "Exit codes: 0 all is well; 1 an API uses what is not served (check), a policy is doubtful \
(policy check), or Envoy (run) or a registry (push) failed; 2 what was given is wrong, and nothing was written.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the Envoy configuration that serves an API, or the Kubernetes manifests that do in Istio or Envoy Gateway.
    #[command(after_help = COMPILE_EXAMPLES)]
    Compile(Box<Compile>),
    /// Serve an API: compile it, start Envoy, follow its log, stop it on Ctrl-C.
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Say which features of API Gateway an API uses, and how well each is served.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Publish the filters in an OCI registry.
    ///
    /// Each goes there in three forms: `X.Y.Z` for Istio, Envoy Gateway and Envoy, `X.Y.Z-compat` for whoever unpacks
    /// images, `X.Y.Z-wasm` for wkg; with what it is made of (CycloneDX) and, given a key, signed as cosign does. What is
    /// there is not sent again, and a version never changes. Who pushes, `docker login` has said.
    #[command(after_help = PUSH_EXAMPLES)]
    Push(Push),
    /// Decide requests by IAM policies, or check a policy.
    #[command(subcommand)]
    Policy(Policy),
    /// Say what is wrong with the signature of a request.
    #[command(subcommand)]
    Sigv4(Sigv4),
    /// Render mapping templates.
    #[command(subcommand)]
    Template(Template),
    /// Say what API keys have used of a usage plan's quota, or change what remains, in the store that Envoys share.
    #[command(subcommand)]
    Usage(Usage),
}

const COMPILE_EXAMPLES: &str = "Examples:
  gatehouse compile petstore.yaml --deployment deployment.yaml -o envoy.yaml
  envoy --mode validate -c envoy.yaml

  # The deployment document names the definitions of several APIs itself.
  gatehouse compile --deployment deployment.yaml --port 80 --address 0.0.0.0 --wasm /etc/envoy/gateway.wasm

  gatehouse compile -d deployment.yaml --target istio --image ghcr.io/owner/gatehouse/gateway@sha256:… \\
      --gateway public --namespace istio-ingress --selector istio=ingress | kubectl apply --server-side -f -
  gatehouse compile -d deployment.yaml --target envoy-gateway --image ghcr.io/owner/gatehouse/gateway@sha256:… \\
      --gateway public --pull-secret registry -o manifests.yaml

With Istio `--port` is the port of the Gateway's server, and every port without it. What a target cannot say is an error,
and nothing is written.";

const RUN_EXAMPLES: &str = "Examples:
  gatehouse run petstore.yaml --deployment deployment.yaml
  gatehouse run petstore.yaml --deployment deployment.yaml --port 9090 --admin-port 9901

The access log goes to standard output, everything else to standard error.";

const CHECK_EXAMPLES: &str = "Examples:
  gatehouse check petstore.yaml
  gatehouse check template.yaml --resource PetsApi --deployment deployment.yaml --format json
  terraform show -json > api.json && gatehouse check api.json --resource aws_api_gateway_rest_api.pets

Exit codes: 0 everything is served; 1 something is not there; 2 what was given is wrong.";

const PUSH_EXAMPLES: &str = "Examples:
  gatehouse push ghcr.io/owner/gatehouse --sign-key gatehouse.key --digests digests.json
  gatehouse push 127.0.0.1:5000 --only gateway --only mock --format json

Exit codes: 0 everything is there; 1 the registry failed or refused; 2 what was given is wrong, and nothing was sent.";

/// What is served.
#[derive(Args, Debug)]
pub struct Served {
    /// The API's definition: OpenAPI 3 or Swagger 2, YAML or JSON; a CloudFormation or SAM template; or what `terraform show -json` writes
    ///
    /// Left out where the deployment document names the definition of each API.
    #[arg(value_name = "API")]
    pub definition: Option<PathBuf>,
    /// Which API it is, where API has several: the logical id in a template, the address in Terraform
    #[arg(long, value_name = "LOGICAL_ID")]
    pub resource: Option<String>,
}

/// Where and how it is served.
#[derive(Args, Debug)]
pub struct Where {
    /// The deployment document: account, region, stages, where backends live here
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
    /// The port to listen on; 8080 without it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// The address to listen on; 127.0.0.1 without it
    #[arg(long)]
    pub address: Option<IpAddr>,
    /// The port of Envoy's own interface on 127.0.0.1 (statistics, log levels); none without it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub admin_port: Option<u16>,
    /// The filter; else $GATEHOUSE_WASM, target/wasm/gateway.wasm, or gateway.wasm beside this program
    #[arg(long, value_name = "FILE")]
    pub wasm: Option<PathBuf>,
    /// The certificate authorities that backends are held against; else the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The certificate to listen with, and those that vouch for it, in PEM; without it there is no TLS
    #[arg(long, value_name = "FILE", requires = "tls_private_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_private_key: Option<PathBuf>,
    /// The certificate authorities of clients, in PEM: custom domain names with mutual TLS ask for a certificate of theirs
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub truststore: Option<PathBuf>,
}

impl Where {
    /// The address to listen on.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// The port to listen on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(8080)
    }
}

/// Who reads the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// Envoy itself: a bootstrap
    #[default]
    Envoy,
    /// Istio: manifests for a Gateway of its own
    Istio,
    /// Envoy Gateway: manifests for a Gateway of its own
    EnvoyGateway,
}

/// What manifests for Kubernetes need to know.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "With --target istio or envoy-gateway")]
pub struct Kubernetes {
    /// The filter by its digest, as `gatehouse push` prints it: `ghcr.io/owner/gatehouse/gateway@sha256:…`
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// The Gateway that the APIs are served from; `NAMESPACE/NAME` with Istio, where it is in another namespace
    #[arg(long, value_name = "NAME")]
    pub gateway: Option<String>,
    /// What the manifests are called; `gatehouse` without it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where they go: with Istio where the Gateway's pods are, with Envoy Gateway where the Gateway is; `default` without it
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// A host to serve; may be given several times, all without it
    #[arg(long, value_name = "HOST")]
    pub host: Vec<String>,
    /// Istio: a label of the Gateway's pods; may be given several times, `istio=ingressgateway` without it
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub selector: Vec<(String, String)>,
    /// Envoy Gateway: the listener of the Gateway; `http` without it
    #[arg(long, value_name = "NAME")]
    pub listener: Option<String>,
    /// Envoy Gateway: the secret that the registry is asked with, of type kubernetes.io/dockerconfigjson
    #[arg(long, value_name = "NAME")]
    pub pull_secret: Option<String>,
    /// Envoy Gateway: the secret with the environment variables that the deployment document names; what `--name` says without it
    #[arg(long, value_name = "NAME")]
    pub secret: Option<String>,
}

/// `gatehouse compile`
#[derive(Args, Debug)]
pub struct Compile {
    /// What is served.
    #[command(flatten)]
    pub served: Served,
    /// Where.
    #[command(flatten)]
    pub place: Where,
    /// Who reads what is written
    #[arg(long, value_enum, default_value_t, value_name = "TARGET")]
    pub target: Target,
    /// The file to write, JSON if its name ends so, else YAML; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What manifests need to know.
    #[command(flatten)]
    pub kubernetes: Kubernetes,
}

/// `gatehouse run`
#[derive(Args, Debug)]
pub struct Run {
    /// What is served.
    #[command(flatten)]
    pub served: Served,
    /// Where.
    #[command(flatten)]
    pub place: Where,
    /// Envoy; else $ENVOY, .tools/envoy/envoy, or the one in $PATH
    #[arg(long, value_name = "FILE")]
    pub envoy: Option<PathBuf>,
    /// How many worker threads Envoy has; one for each core without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: Option<u16>,
}

/// `gatehouse check`
#[derive(Args, Debug)]
pub struct Check {
    /// What is served.
    #[command(flatten)]
    pub served: Served,
    /// The deployment document; without it, only the definition is checked
    #[arg(long, short, value_name = "FILE")]
    pub deployment: Option<PathBuf>,
}

/// `gatehouse push`
#[derive(Args, Debug)]
pub struct Push {
    /// The registry, and the folder in it that images go into, such as `ghcr.io/owner/gatehouse`
    #[arg(value_name = "REGISTRY")]
    pub registry: String,
    /// Where the filters are that `make wasm` has built
    #[arg(long, value_name = "DIR", default_value = "target/wasm")]
    pub wasm_dir: PathBuf,
    /// The sources that they were built of: what they are called, of which commit and what they are made of
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub sources: PathBuf,
    /// Only this filter; may be given several times
    #[arg(long, value_name = "FILTER")]
    pub only: Vec<String>,
    /// The key to sign with: P-256, in PEM, of openssl's without a password, or of cosign's with the one in COSIGN_PASSWORD
    #[arg(long, value_name = "FILE")]
    pub sign_key: Option<PathBuf>,
    /// Write the digests to this file: as JSON, or, where its name ends with `.yaml`, as what kustomize takes them from
    #[arg(long, value_name = "FILE")]
    pub digests: Option<PathBuf>,
    /// The registry has no TLS; one on this machine is not asked for any
    #[arg(long)]
    pub plain_http: bool,
    /// Let the tags of this version mean something else than they do
    #[arg(long)]
    pub replace: bool,
    /// Do not attach what a filter is made of
    #[arg(long)]
    pub no_sbom: bool,
}

impl Served {
    /// With the deployment document.
    #[must_use]
    pub fn input(&self, deployment: Option<&PathBuf>) -> Input {
        Input { definition: self.definition.clone(), deployment: deployment.cloned(), resource: self.resource.clone() }
    }
}

/// `NAME=VALUE`
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is not of the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
