//! `gatehouse`: compile, check and run an API Gateway definition on Envoy.

use std::process::ExitCode;

use clap::Parser;
use gatehouse_cli::args::{Cli, Command};
use gatehouse_cli::report;
use gatehouse_cli::source::Files;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut files = Files::default();
    let done = match &cli.command {
        Command::Compile(args) => gatehouse_cli::compile::compile(args, &mut files),
    };
    let (findings, code) = match done {
        Ok(warnings) => (warnings, ExitCode::SUCCESS),
        Err(errors) => (errors, ExitCode::from(2)),
    };
    report::print(&findings, &files, cli.format);
    code
}
