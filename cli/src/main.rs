//! `gatehouse`: compile, check and run an API Gateway definition on Envoy.

use std::process::ExitCode;

use clap::Parser;
use gatehouse_cli::args::{Cli, Command};
use gatehouse_cli::run::Ended;
use gatehouse_cli::source::Files;
use gatehouse_cli::{compile, report, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut files = Files::default();
    let (findings, code) = match &cli.command {
        Command::Compile(args) => match compile::compile(args, &mut files) {
            Ok(warnings) => (warnings, 0),
            Err(errors) => (errors, 2),
        },
        Command::Run(args) => match run::run(args, &mut files, cli.format) {
            Ended::Stopped => (Vec::new(), 0),
            Ended::Failed(finding) => (vec![finding], 1),
            Ended::Refused(findings) => (findings, 2),
        },
    };
    report::print(&findings, &files, cli.format);
    ExitCode::from(code)
}
