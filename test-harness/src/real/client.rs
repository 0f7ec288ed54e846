//! Clients, as many at once as an exchange has requests.

use std::net::SocketAddr;
use std::thread;

use super::h1::Got;
use super::{h1, h2};
use crate::message::{ClientRequest, Version};
use crate::outcome::{Outcome, Watched, World};
use crate::script::Script;

/// Sends every request over a connection of its own, at once.
pub(super) fn ask_all(address: SocketAddr, requests: &[ClientRequest]) -> Vec<Got> {
    let ask = |request: &ClientRequest| {
        let asked = match request.version {
            Version::Http1 => h1::ask(address, request),
            Version::Http2 => h2::ask(address, request),
        };
        let mut got =
            asked.unwrap_or_else(|error| Got { violations: vec![format!("no connection: {error}")], ..Got::default() });
        if got.answer.is_none() && got.violations.is_empty() && request.leaves_after.is_none() {
            got.violations.push("a request hangs".into());
        }
        got
    };
    thread::scope(|scope| {
        let asking: Vec<_> = requests.iter().map(|request| scope.spawn(move || ask(request))).collect();
        asking.into_iter().map(|asking| asking.join().expect("a client that does not panic")).collect()
    })
}

/// Puts what a client has got into an outcome.
pub(super) fn note(got: Got, outcome: &mut Outcome) {
    outcome.answers.push(got.answer);
    outcome.violations.extend(got.violations);
}

/// A gateway that runs somewhere, of which only the answers are seen.
pub struct Remote(pub SocketAddr);

impl World for Remote {
    fn exchange(&mut self, requests: &[ClientRequest], _: Script, _: &Watched) -> Outcome {
        let mut outcome = Outcome { answers_only: true, ..Outcome::default() };
        ask_all(self.0, requests).into_iter().for_each(|got| note(got, &mut outcome));
        outcome
    }

    fn wait(&mut self, millis: u64) {
        thread::sleep(std::time::Duration::from_millis(millis));
    }

    fn now_seconds(&self) -> u64 {
        super::now_seconds()
    }
}
