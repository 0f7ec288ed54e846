//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use gatehouse_policy::PolicyKind;

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

/// `gatehouse usage`
#[derive(Debug, Subcommand)]
pub enum Usage {
    /// What GetUsage tells: requests and what remained, by keys and days.
    #[command(after_help = USAGE_EXAMPLES)]
    Get(UsageGet),
    /// All of the quota remains again, until the period ends.
    #[command(after_help = USAGE_EXAMPLES)]
    Reset(UsageReset),
    /// What UpdateUsage does: more remains than the quota says, until the period ends.
    #[command(after_help = USAGE_EXAMPLES)]
    Extend(Extend),
    /// The limits that Limitador needs in its file: it does not take them from who asks, as other rate limit services do.
    #[command(after_help = LIMITS_EXAMPLES)]
    Limits(UsageLimits),
}

/// `gatehouse usage limits`
#[derive(Args, Debug)]
pub struct UsageLimits {
    /// The API, where plans are in its template, and the deployment document does not name that.
    #[command(flatten)]
    pub served: Served,
    /// The deployment document, which has the plans and a `usageStore` of type `RATE_LIMIT_SERVICE`
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
}

/// A usage plan of a deployment.
#[derive(Args, Debug)]
pub struct UsageOf {
    /// The API, where plans are in its template, and the deployment document does not name that.
    #[command(flatten)]
    pub served: Served,
    /// The deployment document, which has the plan, its keys, and where the store is
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
    /// The plan
    #[arg(long, value_name = "ID")]
    pub usage_plan_id: String,
}

/// `gatehouse usage get`
#[derive(Args, Debug)]
pub struct UsageGet {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key; all of the plan without it
    #[arg(long, value_name = "ID")]
    pub key_id: Option<String>,
    /// The first day, as 2026-11-01; the last one without it
    #[arg(long, value_name = "DATE")]
    pub start_date: Option<String>,
    /// The last day; today, by the store's clock, without it
    #[arg(long, value_name = "DATE")]
    pub end_date: Option<String>,
}

/// `gatehouse usage reset`
#[derive(Args, Debug)]
pub struct UsageReset {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key
    #[arg(long, value_name = "ID")]
    pub key_id: String,
}

/// `gatehouse usage extend`
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("much").required(true))]
pub struct Extend {
    /// The plan.
    #[command(flatten)]
    pub of: UsageOf,
    /// The key
    #[arg(long, value_name = "ID")]
    pub key_id: String,
    /// How many requests more
    #[arg(long, value_name = "NUMBER", group = "much", value_parser = clap::value_parser!(u32).range(..=2_147_483_647))]
    pub by: Option<u32>,
    /// How many requests remain then, as UpdateUsage has it
    #[arg(long, value_name = "NUMBER", group = "much", value_parser = clap::value_parser!(u32).range(..=2_147_483_647))]
    pub remaining: Option<u32>,
}

const USAGE_EXAMPLES: &str = r#"Examples:
  gatehouse usage get -d deployment.yaml --usage-plan-id basic --start-date 2026-11-01 --end-date 2026-11-03
  gatehouse usage extend -d deployment.yaml --usage-plan-id basic --key-id ann --by 100
  gatehouse usage extend -d deployment.yaml --usage-plan-id basic --key-id ann --remaining 10
  gatehouse usage reset -d deployment.yaml --usage-plan-id basic --key-id ann

What is printed, a pair of requests and what remained for each day:
  {"usagePlanId": "basic", "startDate": "2026-11-01", "endDate": "2026-11-03", "items": {"ann": [[12, 488], [0, 488], [7, 481]]}}

The store must be of type REDIS: a rate limit service can only count.

Exit codes: 0 it is told; 2 what was given is wrong, or the store does not answer."#;

const LIMITS_EXAMPLES: &str = r#"Example:
  gatehouse usage limits -d deployment.yaml >limits.yaml && limitador-server limits.yaml redis redis://127.0.0.1:6379

Exit codes: 0 they are printed; 2 the document is wrong."#;

/// `gatehouse template`
#[derive(Debug, Subcommand)]
pub enum Template {
    /// Render a template with a request; without a file, lines of JSON on standard input.
    #[command(after_help = RENDER_EXAMPLES)]
    Render(TemplateRender),
}

/// `gatehouse template render`
#[derive(Args, Debug, Default)]
pub struct TemplateRender {
    /// The template; without it, requests are lines of JSON
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// `$input.body`
    #[arg(long, value_name = "FILE", requires = "file")]
    pub body: Option<PathBuf>,
    /// A path parameter
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "file")]
    pub param: Vec<(String, String)>,
    /// A query string parameter
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "file")]
    pub query: Vec<(String, String)>,
    /// A header
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "file")]
    pub header: Vec<(String, String)>,
    /// A value of $context, by its dotted name
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "file")]
    pub context: Vec<(String, String)>,
    /// A stage variable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "file")]
    pub variable: Vec<(String, String)>,
    /// Render again whenever the template or the body changes, until Ctrl-C
    #[arg(long, requires = "file")]
    pub watch: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is not of the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

const RENDER_EXAMPLES: &str = r#"Examples:
  gatehouse template render order.vtl --body order.json --param id=4711 --context stage=prod
  gatehouse template render order.vtl --body order.json --watch
  gatehouse template render < requests.jsonl > outputs.jsonl

A line in:
  {"template": "$input.json('$.a') $input.params('id')", "body": "{\"a\": 1}",
   "params": {"path": {"id": "4711"}, "querystring": {}, "header": {}},
   "context": {"stage": "prod", "identity.sourceIp": "192.0.2.1"}, "stageVariables": {}}
A line out:
  {"out": "1 4711"} or {"error": "..."}

Exit codes: 0 it was rendered, or every line was answered; 2 the template is wrong, or its render fails."#;

/// `gatehouse sigv4`
#[derive(Debug, Subcommand)]
pub enum Sigv4 {
    /// Say why AWS refuses the signature of a request: which step differs, and what the client signed instead.
    ///
    /// The secret comes from AWS_SECRET_ACCESS_KEY or a file, never from an argument, which everybody could see. Nothing
    /// is sent anywhere.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Sigv4Explain),
}

/// `gatehouse sigv4 explain`
#[derive(Args, Debug)]
pub struct Sigv4Explain {
    /// The request, as curl -v, a log or a packet dump shows it: request line, headers, empty line, body; else standard input
    pub request: Option<PathBuf>,
    /// The body, where the request is shown without it
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// The canonical request as the client's debug log has it
    #[arg(long, value_name = "FILE")]
    pub theirs: Option<PathBuf>,
    /// The access key's id; else $AWS_ACCESS_KEY_ID, or the request's own
    #[arg(long, value_name = "ID")]
    pub access_key_id: Option<String>,
    /// The secret access key, in a file; else $AWS_SECRET_ACCESS_KEY
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The session token, in a file; else $AWS_SESSION_TOKEN, or none
    #[arg(long, value_name = "FILE")]
    pub session_token_file: Option<PathBuf>,
    /// The region called; else the one that the client signed for
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The service called
    #[arg(long, value_name = "SERVICE", default_value = "execute-api")]
    pub service: String,
    /// When the request arrived, as 20150830T123600Z, 2015-08-30T12:36:00Z or seconds since 1970; else now
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Requests are lines of JSON on standard input, and have all of that themselves; the answers are lines too
    #[arg(long, conflicts_with_all = ["request", "body", "theirs", "access_key_id", "secret_file", "session_token_file", "region", "service", "at"])]
    pub jsonl: bool,
}

const EXPLAIN_EXAMPLES: &str = "Examples:
  curl -v … 2>&1 | gatehouse sigv4 explain --region eu-west-1
  gatehouse sigv4 explain request.txt --theirs canonical-request.txt --at 20150830T123600Z --secret-file secret.txt
  gatehouse sigv4 explain --jsonl < requests.jsonl

Exit codes: 0 it verifies; 1 it does not; 2 there is no request or no secret.

A line of --jsonl:
  {\"method\": \"GET\", \"target\": \"/pets?a=b\", \"headers\": [[\"Host\", \"api.example\"], [\"Authorization\", \"AWS4-HMAC…\"]],
   \"body_b64\": \"\", \"time\": \"20150830T123600Z\", \"region\": \"us-east-1\", \"service\": \"execute-api\",
   \"credentials\": {\"accessKeyId\": \"AKID…\", \"secretAccessKey\": \"…\", \"sessionToken\": \"…\"}}
Its answer:
  {\"ok\": true} or {\"ok\": false, \"errorType\": \"InvalidSignatureException\", \"message\": \"…\"}";

/// `gatehouse policy`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Decide requests: lines of JSON on standard input, one decision a line on standard output.
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(PolicySimulate),
    /// Say whether AWS would save a policy, and what in it hardly means what was meant.
    #[command(after_help = POLICY_CHECK_EXAMPLES)]
    Check(PolicyCheck),
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

const SIMULATE_EXAMPLES: &str = r#"Examples:
  gatehouse policy simulate < requests.jsonl > decisions.jsonl
  gatehouse policy simulate --explain < requests.jsonl

A line in:
  {"id": 1, "policies": {"identity": {"Version": "2012-10-17", "Statement": {
     "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}}}},
   "request": {"principal": "arn:aws:iam::111122223333:user/ann", "action": "execute-api:Invoke",
               "resource": "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/pets",
               "context": {"aws:SourceIp": "192.0.2.1", "aws:TagKeys": ["a", "b"]}}}
`identity`, `resource`, `boundary`, `session` and `vpce` are a policy or a list of them; `scp` and `rcp` a list of
levels, each a list. A policy may be a string that holds it. The principal is an ARN, an account's number or a service's
name, or an object with one of AWS, Service, Federated, CanonicalUser; none, or {"type": "Anonymous"}, is an anonymous
caller. A federated user's session is of the `user` that stands beside its AWS, or of the user of the same name. Where
an ARN does not say whose the resource is, {"resource": ARN, "accountId": ACCOUNT} or aws:ResourceAccount does. A context
is what it says: nothing else is added to it, and a list of one is one value but for keys that AWS documents with several.
A resource is taken as it is written, as by IAM; a gateway denies a path however it is spelled.

A line out:
  {"id": 1, "decision": "Allowed", "matched": [{"set": "identity", "policy": 0, "statement": 0, "sid": null}]}
The decision is Allowed, ImplicitlyDenied or ExplicitlyDenied. A line that cannot be decided, and a policy that AWS would
refuse to save, is answered with {"id": 1, "error": "..."}, and the next line is read. The exit code is 0 all the same."#;

const POLICY_CHECK_EXAMPLES: &str = "Examples:
  gatehouse policy check policy.json
  gatehouse policy check answer.json --kind authorizer --format json

Exit codes: 0 AWS would save it; 1 it would, but something is doubtful; 2 it would not.";

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

/// `gatehouse policy simulate`
#[derive(Args, Debug)]
pub struct PolicySimulate {
    /// For people: the decision, its reason, and what each statement says of the request
    #[arg(long)]
    pub explain: bool,
}

/// `gatehouse policy check`
#[derive(Args, Debug)]
pub struct PolicyCheck {
    /// The policy, as JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What it is attached to; else a resource if it names principals, and an identity if not
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<PolicyIs>,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PolicyIs {
    /// An identity's, inline
    Identity,
    /// An identity's, managed
    Managed,
    /// A permissions boundary
    Boundary,
    /// A session's
    Session,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// An API's, or a private custom domain's
    Resource,
    /// A VPC endpoint's
    Vpce,
    /// A Lambda authorizer's answer
    Authorizer,
}

impl PolicyIs {
    /// As the library has it.
    #[must_use]
    pub fn kind(self) -> PolicyKind {
        match self {
            PolicyIs::Identity => PolicyKind::Identity,
            PolicyIs::Managed => PolicyKind::Managed,
            PolicyIs::Boundary => PolicyKind::Boundary,
            PolicyIs::Session => PolicyKind::Session,
            PolicyIs::Scp => PolicyKind::Scp,
            PolicyIs::Rcp => PolicyKind::Rcp,
            PolicyIs::Resource => PolicyKind::Resource,
            PolicyIs::Vpce => PolicyKind::Vpce,
            PolicyIs::Authorizer => PolicyKind::Authorizer,
        }
    }
}

impl Served {
    /// With the deployment document.
    #[must_use]
    pub fn input(&self, deployment: Option<&PathBuf>) -> Input {
        Input { definition: self.definition.clone(), deployment: deployment.cloned(), resource: self.resource.clone() }
    }
}
