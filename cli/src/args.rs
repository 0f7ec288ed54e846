//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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

const EXIT_CODES: &str = "Exit codes: 0 all is well; 1 an API uses what is not served (check), or Envoy failed (run); \
2 what was given is wrong, and nothing was written.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the Envoy configuration that serves an API.
    #[command(after_help = COMPILE_EXAMPLES)]
    Compile(Compile),
    /// Serve an API: compile it, start Envoy, follow its log, stop it on Ctrl-C.
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Say which features of API Gateway an API uses, and how well each is served.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
}

const COMPILE_EXAMPLES: &str = "Examples:
  gatehouse compile petstore.yaml --deployment deployment.yaml -o envoy.yaml
  envoy --mode validate -c envoy.yaml

  # The deployment document names the definitions of several APIs itself.
  gatehouse compile --deployment deployment.yaml --port 80 --address 0.0.0.0 --wasm /etc/envoy/gateway.wasm";

const RUN_EXAMPLES: &str = "Examples:
  gatehouse run petstore.yaml --deployment deployment.yaml
  gatehouse run petstore.yaml --deployment deployment.yaml --port 9090 --admin-port 9901

The access log goes to standard output, everything else to standard error.";

const CHECK_EXAMPLES: &str = "Examples:
  gatehouse check petstore.yaml
  gatehouse check template.yaml --resource PetsApi --deployment deployment.yaml --format json

Exit codes: 0 everything is served; 1 something is not there; 2 what was given is wrong.";

/// What is served.
#[derive(Args, Debug)]
pub struct Served {
    /// The API's definition: OpenAPI 3 or Swagger 2, YAML or JSON, or a template that has it
    ///
    /// Left out where the deployment document names the definition of each API.
    #[arg(value_name = "API")]
    pub definition: Option<PathBuf>,
    /// Which API it is, where API is a CloudFormation or SAM template with several
    #[arg(long, value_name = "LOGICAL_ID")]
    pub resource: Option<String>,
}

/// Where and how it is served.
#[derive(Args, Debug)]
pub struct Where {
    /// The deployment document: account, region, stages, where backends live here
    #[arg(long, short, value_name = "FILE")]
    pub deployment: PathBuf,
    /// The port to listen on
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub address: std::net::IpAddr,
    /// The port of Envoy's own interface on 127.0.0.1 (statistics, log levels); none without it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub admin_port: Option<u16>,
    /// The filter; else $GATEHOUSE_WASM, target/wasm/gateway.wasm, or gateway.wasm beside this program
    #[arg(long, value_name = "FILE")]
    pub wasm: Option<PathBuf>,
    /// The certificate authorities that backends are held against; else the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
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
    /// The file to write; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
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

impl Served {
    /// With the deployment document.
    #[must_use]
    pub fn input(&self, deployment: Option<&PathBuf>) -> Input {
        Input { definition: self.definition.clone(), deployment: deployment.cloned(), resource: self.resource.clone() }
    }
}
