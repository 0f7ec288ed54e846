//! The process around the VMs: workers, the clock, upstreams, and an exchange from its requests to its answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::headers::HeaderMap;
use super::process::{Process, without_signing};
use super::stream::Stream;
use super::vm::{NewCall, ROOT, Vm, Wasm};
use crate::message::{Answered, Asked, ClientRequest};
use crate::outcome::{Outcome, Setup, Watched};
use crate::script::{Reply, Script};

/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600_000_000_000;
pub(super) const MILLI: u64 = 1_000_000;

/// A fake Envoy with one plugin.
pub struct World {
    pub(super) wasm: Wasm,
    pub(super) setup: Setup,
    pub(super) process: Arc<Mutex<Process>>,
    pub(super) workers: Vec<Option<Vm>>,
    pub(super) streams: BTreeMap<u32, Stream>,
    pub(super) due: VecDeque<(u64, Due)>,
    pub(super) script: Script,
    pub(super) outcome: Outcome,
    next_context: u32,
    /// How often VMs want to be told the time, in milliseconds.
    ticks: BTreeMap<usize, u32>,
    /// When the exchange began.
    began: u64,
}

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Due {
    Told { worker: usize, context: u32, token: u32, reply: Option<Answered> },
    Upstream { context: u32, reply: Result<Answered, Failure> },
    Leaves { context: u32 },
    Called { vm: usize, queue: u32 },
    Ticks { vm: usize },
}

impl Due {
    pub(super) fn context(&self) -> u32 {
        match self {
            Due::Told { context, .. } | Due::Upstream { context, .. } | Due::Leaves { context } => *context,
            Due::Called { .. } | Due::Ticks { .. } => ROOT,
        }
    }
}

/// Why an upstream did not answer, as Envoy tells it: status, body, code details.
#[derive(Debug)]
pub(super) struct Failure(pub(super) u16, pub(super) &'static str, pub(super) &'static str);

pub(super) const UNREACHABLE: Failure = Failure(
    503,
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
    "upstream_reset_before_response_started{remote_connection_failure}",
);
pub(super) const CLOSED: Failure = Failure(
    503,
    "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    "upstream_reset_before_response_started{connection_termination}",
);
pub(super) const GARBAGE: Failure = Failure(
    502,
    "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
    "upstream_reset_before_response_started{protocol_error}",
);
pub(super) const TIMEOUT: Failure = Failure(504, "upstream request timeout", "response_timeout");

impl World {
    /// Starts the process: Envoy configures the plugin on its main thread first, then on each worker.
    ///
    /// # Errors
    /// What Envoy would stop with, its log included.
    pub fn start(wasm: &Wasm, setup: Setup) -> Result<Self, String> {
        let clusters = setup.upstreams.iter().map(|it| (it.cluster.clone(), it.port.is_some())).collect();
        let process = Arc::new(Mutex::new(Process::new(START, clusters)));
        let mut workers = Vec::new();
        for number in 0..=setup.workers.max(1) {
            match Vm::start(number, wasm, Arc::clone(&process), &setup.configuration) {
                Ok(vm) => workers.push(Some(vm)),
                Err(error) => return Err(format!("{}\n{error}", process.lock().unwrap().log.join("\n"))),
            }
        }
        // The main thread's VM serves no requests.
        workers.remove(0);
        Ok(Self {
            wasm: wasm.clone(),
            setup,
            process,
            workers,
            streams: BTreeMap::new(),
            due: VecDeque::new(),
            script: Script::default(),
            outcome: Outcome::default(),
            next_context: ROOT,
            ticks: BTreeMap::new(),
            began: START,
        })
    }

    fn finish_exchange(&mut self, contexts: &[u32], before: &BTreeMap<String, u64>, watched: &Watched) -> Outcome {
        for context in contexts {
            if let Some(stream) = self.streams.remove(context) {
                self.outcome.violations.push(format!("a request hangs: {}", stream.standing()));
                self.outcome.answers[stream.index] = None;
            }
        }
        let process = self.process.lock().unwrap();
        for (name, _) in &watched.metrics {
            let growth = process.metrics.get(name).unwrap_or(&0) - before.get(name).unwrap_or(&0);
            self.outcome.metrics.insert(name.clone(), growth);
        }
        self.outcome.received = std::mem::take(&mut self.script.received);
        self.outcome.log = process.log.clone();
        drop(process);
        self.process.lock().unwrap().log.clear();
        std::mem::take(&mut self.outcome)
    }

    /// Does anything happen yet that belongs to this exchange? Ticks go on for ever.
    fn goes_on(&self) -> bool {
        let is_tick = |due: &Due| matches!(due, Due::Ticks { .. });
        match self.streams.is_empty() {
            true => self.due.iter().any(|(_, due)| !is_tick(due)),
            false => !self.due.is_empty(),
        }
    }

    /// Lets the next thing happen.
    fn next(&mut self) {
        if let Some((at, due)) = self.due.pop_front() {
            self.process.lock().unwrap().now = at;
            self.happens(due);
        }
    }

    /// A VM for the next request, started anew if the last one is gone.
    fn worker(&mut self, context: u32) -> Option<usize> {
        let worker = context as usize % self.workers.len();
        if self.workers[worker].is_none() {
            let vm = Vm::start(worker + 1, &self.wasm, Arc::clone(&self.process), &self.setup.configuration);
            self.workers[worker] = vm.map_err(|error| self.outcome.violations.push(error)).ok();
        }
        self.workers[worker].is_some().then_some(worker)
    }

    pub(super) fn after(&mut self, millis: u64, due: Due) {
        let at = self.now() + millis * MILLI;
        let place = self.due.iter().position(|(other, _)| *other > at).unwrap_or(self.due.len());
        self.due.insert(place, (at, due));
    }

    pub(super) fn now(&self) -> u64 {
        self.process.lock().unwrap().now
    }

    fn happens(&mut self, due: Due) {
        match due {
            Due::Told { worker, context, token, reply } => self.tell(worker, context, token, reply),
            Due::Upstream { context, reply } => self.upstream_answers(context, reply),
            Due::Leaves { context } => self.leave(context),
            // The main thread's VM, number 0, serves no streams: nobody waits there.
            Due::Called { vm, queue } if vm > 0 => self.tell_plugin(vm - 1, "proxy_on_queue_ready", (ROOT, queue)),
            Due::Ticks { vm } if vm > 0 => {
                if let Some(period) = self.ticks.get(&vm).copied().filter(|_| self.patient()) {
                    self.after(u64::from(period), Due::Ticks { vm });
                    self.tell_plugin(vm - 1, "proxy_on_tick", ROOT);
                }
            }
            Due::Called { .. } | Due::Ticks { .. } => {}
        }
    }

    /// Ticks alone bring nothing about for ever.
    fn patient(&self) -> bool {
        const PATIENCE: u64 = 600_000 * MILLI;
        self.now() < self.began + PATIENCE
    }

    pub(super) fn tick_every(&mut self, vm: usize, period: u32) {
        self.due.retain(|(_, due)| !matches!(due, Due::Ticks { vm: other } if *other == vm));
        match period {
            0 => drop(self.ticks.remove(&vm)),
            _ => {
                self.ticks.insert(vm, period);
                self.after(u64::from(period), Due::Ticks { vm });
            }
        }
    }

    /// A callout leaves the process.
    pub(super) fn call(&mut self, worker: usize, call: NewCall) {
        let NewCall { token, context, cluster, headers, body, timeout_millis } = call;
        let called = without_signing(&cluster);
        let upstream = self.setup.upstreams.iter().find(|it| it.cluster == called).map(|it| it.name.clone());
        let mut headers = headers;
        let retries = headers.get("x-envoy-retry-on").is_some();
        headers.remove("x-envoy-retry-on");
        headers.remove("x-envoy-max-retries");
        if headers.get("content-length").is_none() && !body.is_empty() {
            headers.set("content-length", body.len().to_string());
        }
        let asked = match self.setup.plugin.as_str() {
            // What `gatehouse compile` makes of a cluster takes Envoy's own headers away.
            "gateway" => asked(&headers, body, []),
            _ => asked(&headers, body, [("x-envoy-internal", "true".into())]),
        };
        let statistic = format!("cluster.{cluster}.upstream_rq_retry");
        let reply = self.script.receive(&upstream.unwrap_or(cluster), asked);
        if retries && matches!(reply, Reply::Refused) {
            *self.process.lock().unwrap().metrics.entry(statistic).or_default() += 1;
        }
        let timeout = u64::from(timeout_millis);
        let (after, reply) = match reply {
            Reply::Answers { answer, after, pause } if timeout == 0 || after + pause < timeout => {
                (after + pause, Some(served(answer)))
            }
            // Its head has come: the rest is reset.
            Reply::Answers { after, .. } if after < timeout => (timeout, None),
            Reply::Answers { .. } => (timeout, Some(TIMEOUT.answer())),
            Reply::Silent if timeout == 0 => return,
            Reply::Silent => (timeout, Some(TIMEOUT.answer())),
            Reply::Refused => (0, Some(UNREACHABLE.answer())),
            Reply::Closes => (0, Some(CLOSED.answer())),
            Reply::Garbles => (0, Some(GARBAGE.answer())),
            Reply::Breaks | Reply::TooLarge => (0, None),
        };
        self.after(after, Due::Told { worker, context, token, reply });
    }
}

impl crate::outcome::World for World {
    fn exchange(&mut self, requests: &[ClientRequest], script: Script, watched: &Watched) -> Outcome {
        self.script = script;
        self.outcome.answers = vec![None; requests.len()];
        self.outcome.states = vec![BTreeMap::new(); requests.len()];
        let before = self.process.lock().unwrap().metrics.clone();
        self.began = self.now();
        let mut contexts = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            self.next_context += 1;
            let context = self.next_context;
            let Some(worker) = self.worker(context) else { continue };
            contexts.push(context);
            if let Some(millis) = request.leaves_after {
                self.after(millis, Due::Leaves { context });
            }
            self.open(context, Stream::new(index, worker, request.clone()));
        }
        while self.goes_on() {
            self.next();
        }
        self.finish_exchange(&contexts, &before, watched)
    }

    fn wait(&mut self, millis: u64) {
        let until = self.now() + millis * MILLI;
        while self.due.front().is_some_and(|(at, _)| *at <= until) {
            self.next();
        }
        self.process.lock().unwrap().now = until;
    }

    fn now_seconds(&self) -> u64 {
        self.now() / (1_000 * MILLI)
    }
}

impl Failure {
    /// As a callout sees it: exactly three headers.
    fn answer(&self) -> Answered {
        let headers = vec![
            ("content-length".to_owned(), self.1.len().to_string().into_bytes()),
            ("content-type".to_owned(), b"text/plain".to_vec()),
        ];
        Answered { status: self.0, headers, body: self.1.into(), ..Answered::default() }
    }
}

/// An upstream's answer as Envoy hands it on.
pub(super) fn served(mut answer: Answered) -> Answered {
    let framed = answer.headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding");
    if !framed && !answer.body.is_empty() {
        answer.headers.push(("content-length".to_owned(), answer.body.len().to_string().into_bytes()));
    }
    answer.headers.push(("x-envoy-upstream-service-time".to_owned(), b"0".to_vec()));
    answer
}

/// A request as the upstream sees it, with what Envoy adds.
pub(super) fn asked<const N: usize>(map: &HeaderMap, body: Vec<u8>, added: [(&str, String); N]) -> Asked {
    let mut headers = vec![("host".to_owned(), map.get(":authority").unwrap_or_default().to_vec())];
    headers.extend(map.fields());
    headers.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())));
    if map.get("content-length").is_none() {
        let (name, value) = match body.len() {
            0 => return with_body(map, headers, body),
            _ => ("transfer-encoding", b"chunked".to_vec()),
        };
        headers.push((name.to_owned(), value));
    }
    with_body(map, headers, body)
}

fn with_body(map: &HeaderMap, headers: crate::message::Pairs, body: Vec<u8>) -> Asked {
    let method = String::from_utf8_lossy(map.get(":method").unwrap_or_default()).into_owned();
    Asked { method, target: map.get(":path").unwrap_or_default().to_vec(), headers, body }
}
