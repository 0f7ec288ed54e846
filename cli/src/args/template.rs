//! `gatehouse template`: templates without a gateway around them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::pair;

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
