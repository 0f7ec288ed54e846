//! `gatehouse`: compile, check and run an API Gateway definition on Envoy.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use gatehouse_cli::args::{Cli, Command};
use gatehouse_cli::run::Ended;
use gatehouse_cli::source::Files;
use gatehouse_cli::{check, compile, report, run};

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
        Command::Check(args) => match check::check(args, &mut files) {
            Ok(found) => {
                let colour = report::in_colour(&std::io::stdout());
                // A reader that wants no more is no error.
                let _ = std::io::stdout().write_all(found.report(&files, cli.format, colour).as_bytes());
                let code = if found.is_served() { 0 } else { 1 };
                (found.warnings, code)
            }
            Err(errors) => (errors, 2),
        },
    };
    report::print(&findings, &files, cli.format);
    ExitCode::from(code)
}
