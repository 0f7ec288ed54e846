//! Runs a case in a world, and tells what differs.

use std::fmt::Write as _;

use crate::case::{Case, Exchange, Mismatch, Step, bless, check, tokens};
use crate::message::ClientRequest;
use crate::outcome::{Outcome, Watched, World};
use crate::script::{Planned, Script};

/// Runs every step of a case.
///
/// # Errors
/// What differs, line by line. With `BLESS=1` the case is rewritten instead where it can be.
pub fn run(case: &Case, world: &mut dyn World) -> Result<(), String> {
    let mut mismatches = Vec::new();
    let mut report = String::new();
    let mut signed = ClientRequest::default();
    for step in &case.steps {
        match step {
            Step::Wait(millis) => world.wait(*millis),
            Step::Exchange(exchange) => {
                let outcome = one(exchange, world, &mut signed);
                let found = check(exchange, &outcome);
                if !found.is_empty() {
                    tell(case, exchange, &outcome, &found, &mut report);
                }
                mismatches.extend(found);
            }
        }
    }
    finish(case, &mismatches, &report)
}

fn one(exchange: &Exchange, world: &mut dyn World, signed: &mut ClientRequest) -> Outcome {
    let mut request = exchange.request.clone();
    let now = world.now_seconds();
    request.target = tokens(&request.target, now);
    for (_, value) in &mut request.headers {
        *value = tokens(value, now);
    }
    match &exchange.signing {
        Some(signing) if signing.again => request = signed.clone(),
        Some(signing) => {
            signing.sign(&mut request, world.now_seconds());
            *signed = request.clone();
        }
        None => {}
    }
    let requests = vec![request; exchange.times];
    let planned = exchange.planned();
    let script =
        Script::new(planned.map(|call| Planned { upstream: call.upstream.clone(), reply: call.reply.clone() }));
    let watched = Watched {
        state: exchange.state.iter().map(|(_, key, _)| key.clone()).collect(),
        metrics: exchange.counts.iter().map(|(_, name, growth)| (name.clone(), *growth)).collect(),
        logs: exchange.logs.iter().map(|(_, pattern)| pattern.clone()).collect(),
    };
    world.exchange(&requests, script, &watched)
}

fn tell(case: &Case, exchange: &Exchange, outcome: &Outcome, found: &[Mismatch], report: &mut String) {
    let path = case.path.strip_prefix(crate::setup::root()).unwrap_or(&case.path).display();
    let _ = writeln!(report, "exchange {}", exchange.name);
    for Mismatch { lines, message, .. } in found {
        let _ = writeln!(report, "  {path}:{}: {message}", lines.start);
    }
    for line in outcome.log.iter().rev().take(5).rev() {
        let _ = writeln!(report, "  log: {line}");
    }
}

fn finish(case: &Case, mismatches: &[Mismatch], report: &str) -> Result<(), String> {
    if mismatches.is_empty() {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        bless(case, mismatches)?;
        if mismatches.iter().all(|mismatch| mismatch.replacement.is_some()) {
            return Ok(());
        }
    }
    Err(report.to_owned())
}

/// A configuration that must be refused, was it, and with the reason that the case wants?
///
/// # Errors
/// It was not, or for another reason.
pub fn check_rejection(case: &Case, started: Result<(), String>) -> Result<(), String> {
    let Some((line, pattern)) = &case.rejected else {
        return started;
    };
    let path = case.path.display();
    match started {
        Ok(()) => Err(format!("{path}:{line}: the configuration is accepted")),
        Err(log) if pattern.is_in(&log) => Ok(()),
        Err(log) => Err(format!("{path}:{line}: refused with another reason:\n{log}")),
    }
}
