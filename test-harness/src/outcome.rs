//! What a world is set up with, and what came of an exchange in it.

use std::collections::BTreeMap;

use crate::case::Pattern;
use crate::message::{Answered, ClientRequest};
use crate::script::{Received, Script};

/// One plugin, its configuration, and what is around it.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The module's name: `mock` for `mock.wasm`.
    pub plugin: String,
    pub configuration: Vec<u8>,
    pub upstreams: Vec<Upstream>,
    /// What the route answers where the filter chose no cluster.
    pub direct: Answered,
    /// How many worker threads there are, each with a VM of its own.
    pub workers: usize,
}

/// An upstream that a case scripts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Upstream {
    /// As cases call it.
    pub name: String,
    /// As the proxy calls it.
    pub cluster: String,
    /// The port that it listens on; none for a cluster without hosts.
    pub port: Option<u16>,
}

/// What a case wants to know beside the answers.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    pub state: Vec<String>,
    /// Names, and by how much each is expected to grow: a world may wait a moment for that.
    pub metrics: Vec<(String, u64)>,
    /// What is expected to be logged: a world may wait a moment for that too.
    pub logs: Vec<Pattern>,
}

/// What came of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Only the answers are known: what upstreams, metrics, logs and the filter state say cannot be seen from here.
    pub answers_only: bool,
    /// By request; none if the client got no answer.
    pub answers: Vec<Option<Answered>>,
    pub received: Vec<Received>,
    /// What must not happen in any case: traps, hangs, split responses, wrong lengths.
    pub violations: Vec<String>,
    /// Traps of the VM, which a case may want.
    pub traps: Vec<String>,
    /// The watched filter state at the end of each stream.
    pub states: Vec<BTreeMap<String, Vec<u8>>>,
    /// By how much each watched metric grew.
    pub metrics: BTreeMap<String, u64>,
    /// What the filter and the host logged.
    pub log: Vec<String>,
}

/// Where cases run.
pub trait World {
    /// Sends the requests at once and waits until all are answered.
    fn exchange(&mut self, requests: &[ClientRequest], script: Script, watched: &Watched) -> Outcome;

    /// Lets time pass.
    fn wait(&mut self, millis: u64);

    /// What the proxy's clock says, in seconds since 1970.
    fn now_seconds(&self) -> u64;
}
