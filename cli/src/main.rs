//! `gatehouse`: compile, check and run an API Gateway definition on Envoy.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use gatehouse_cli::args::{Cli, Command, Policy, Sigv4, Template, TemplateRender, Usage};
use gatehouse_cli::finding::Finding;
use gatehouse_cli::run::Ended;
use gatehouse_cli::source::Files;
use gatehouse_cli::{check, compile, policy, push, report, run, sigv4, template, usage};

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
        Command::Push(args) => match push::push(args, cli.format) {
            push::Ended::Pushed(digests, warnings) => {
                // A reader that wants no more is no error.
                let _ = std::io::stdout().write_all(digests.as_bytes());
                (warnings, 0)
            }
            push::Ended::Failed(finding) => (vec![finding], 1),
            push::Ended::Refused(findings) => (findings, 2),
        },
        Command::Policy(Policy::Check(args)) => match policy::check::check(args, &mut files) {
            Ok(warnings) => {
                let code = if warnings.is_empty() { 0 } else { 1 };
                (warnings, code)
            }
            Err(errors) => (errors, 2),
        },
        Command::Policy(Policy::Simulate(args)) => {
            let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
            answered(policy::simulate::simulate(&mut input, &mut output, args.explain))
        }
        Command::Sigv4(Sigv4::Explain(args)) if !args.jsonl => {
            let colour = report::in_colour(&std::io::stdout());
            match sigv4::people::explain(args, now(), colour) {
                Ok(told) => {
                    // A reader that wants no more is no error.
                    let _ = std::io::stdout().write_all(told.text.as_bytes());
                    (Vec::new(), if told.verifies { 0 } else { 1 })
                }
                Err(errors) => (errors, 2),
            }
        }
        Command::Sigv4(Sigv4::Explain(_)) => {
            let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
            answered(sigv4::explain::explain(&mut input, &mut output))
        }
        Command::Template(Template::Render(args)) => render(args, &files, cli.format),
        Command::Usage(command) => {
            // Nothing in it can fail to be written.
            let written = |usage: usage::Usage| match cli.format {
                report::Format::Text => serde_json::to_string_pretty(&usage).unwrap_or_default() + "\n",
                report::Format::Json => serde_json::to_string(&usage).unwrap_or_default() + "\n",
            };
            let told = match command {
                Usage::Get(args) => usage::get(args, now(), &mut files).map(written),
                Usage::Reset(args) => usage::reset(&args.of, &args.key_id, &mut files).map(written),
                Usage::Extend(args) => usage::extend(args, &mut files).map(written),
                Usage::Limits(args) => usage::limits(args, now(), &mut files),
            };
            match told {
                Ok(told) => answered(std::io::stdout().write_all(told.as_bytes())),
                Err(errors) => (errors, 2),
            }
        }
    };
    report::print(&findings, &files, cli.format);
    ExitCode::from(code)
}

fn render(args: &TemplateRender, files: &Files, format: report::Format) -> (Vec<Finding>, u8) {
    let mut output = std::io::stdout().lock();
    match &args.file {
        None => answered(template::lines::render(&mut std::io::stdin().lock(), &mut output)),
        Some(file) if args.watch => {
            let mut told = |findings: &[Finding]| report::print(findings, files, format);
            answered(template::render::watch(args, file, &mut output, &mut told))
        }
        Some(file) => match template::render::once(args, file) {
            Ok(text) => answered(output.write_all(text.as_bytes())),
            Err(findings) => (findings, 2),
        },
    }
}

#[expect(clippy::disallowed_methods, reason = "no filter: this is where the time comes from")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn answered(result: std::io::Result<()>) -> (Vec<Finding>, u8) {
    match result {
        // A reader that wants no more is no error.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            (vec![Finding::error(None, format!("standard input or output: {error}"))], 2)
        }
        Ok(()) | Err(_) => (Vec::new(), 0),
    }
}
