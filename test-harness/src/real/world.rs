//! Exchanges with the real Envoy.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::bootstrap::{CLIENT, bootstrap, compiled};
use super::h1::Got;
use super::process::Envoy;
use super::upstream::{Server, Stage};
use super::{client, h1};
use crate::case::{Case, Pattern, Step};
use crate::message::ClientRequest;
use crate::outcome::{Outcome, Watched};
use crate::script::Script;

/// What stands in Envoy's log when a VM has gone.
const TRACES: [&str; 4] = ["panicked at", "in-VM backtrace", "Uncaught RuntimeError", "Function: proxy_on_"];

/// One Envoy, and the upstreams behind it.
pub struct World {
    envoy: Envoy,
    servers: Vec<Server>,
    stage: Stage,
    folder: Folder,
}

struct Folder(PathBuf);

impl World {
    /// Starts an Envoy for cases that are alike.
    ///
    /// # Errors
    /// Why it does not start: its log.
    pub fn start(cases: &[&Case], module: &Path) -> Result<Self, String> {
        let stage = Stage::default();
        let mut servers: Vec<Server> = Vec::new();
        let mut setup = crate::setup::setup(cases, || {
            let server = Server::start("", &stage).expect("a free port");
            let port = server.port;
            servers.push(server);
            port
        })?;
        setup.workers = setup.workers.max(1);
        for server in &servers {
            let upstream = setup.upstreams.iter().find(|upstream| upstream.port == Some(server.port));
            server.rename(upstream.map_or("", |upstream| &upstream.name));
        }
        let folder = Folder::new()?;
        let state: Vec<String> = cases.iter().flat_map(|case| &case.steps).flat_map(watched_state).collect();
        // What users run is what is tested; only a plugin on its own needs a bootstrap of ours.
        let compiles = setup.plugin == "gateway" && cases.iter().all(|case| case.rejected.is_none());
        let bootstrap = match compiles {
            true => compiled(&setup, module, &folder.0)?,
            false => bootstrap(&setup, module, &folder.0.join("access"), &state).to_string(),
        };
        if compiles && !state.is_empty() {
            return Err("the compiled bootstrap does not log filter state: no `state` in cases of the gateway".into());
        }
        let envoy = Envoy::start(&folder.0, &bootstrap, setup.workers)?;
        Ok(Self { envoy, servers, stage, folder })
    }

    /// Does the worker still serve?
    ///
    /// # Errors
    /// It answers nothing but an empty 503.
    pub fn check_alive(&self) -> Result<(), String> {
        let headers = vec![("host".to_owned(), b"gatehouse.alive".to_vec())];
        let request =
            ClientRequest { method: "GET".into(), target: b"/".to_vec(), headers, ..ClientRequest::default() };
        let began = Instant::now();
        loop {
            match h1::ask(self.address(), &request) {
                Ok(Got { answer: Some(answer), .. }) if answer.status != 503 || !answer.body.is_empty() => {
                    return Ok(());
                }
                got if began.elapsed() > Duration::from_secs(2) => {
                    return Err(format!("the worker serves no longer: {got:?}"));
                }
                _ => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.envoy.port).into()
    }

    fn metrics(&self, watched: &Watched) -> BTreeMap<String, u64> {
        if watched.metrics.is_empty() {
            return BTreeMap::new();
        }
        let stats = self.envoy.get("/stats").unwrap_or_default();
        let value = |name: &str| {
            let mut lines = stats.lines().map(|line| line.strip_prefix("wasmcustom.").unwrap_or(line));
            lines.find_map(|line| line.strip_prefix(&format!("{name}: ")))
        };
        let metric =
            |(name, _): &(String, u64)| (name.clone(), value(name).map_or(0, |it| it.trim().parse().unwrap_or(0)));
        watched.metrics.iter().map(metric).collect()
    }

    /// By how much the watched metrics have grown, when they have grown as expected or a second has passed.
    fn growth(&self, before: &BTreeMap<String, u64>, watched: &Watched) -> BTreeMap<String, u64> {
        let began = Instant::now();
        loop {
            let after = self.metrics(watched).into_iter();
            let growth: BTreeMap<_, _> = after.map(|(name, value)| (name.clone(), value - before[&name])).collect();
            let as_expected = watched.metrics.iter().all(|(name, expected)| growth[name] == *expected);
            if as_expected || began.elapsed() > Duration::from_secs(1) {
                return growth;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What has been logged, when everything expected has or a second has passed.
    fn logged(&self, from: usize, watched: &Watched) -> Vec<String> {
        let began = Instant::now();
        loop {
            let log = self.envoy.log();
            let lines: Vec<String> = log.get(from..).unwrap_or_default().lines().map(str::to_owned).collect();
            let is_there = |pattern: &Pattern| lines.iter().any(|line| pattern.is_in(line));
            if watched.logs.iter().all(is_there) || began.elapsed() > Duration::from_secs(1) {
                return lines;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The filter state of each client's stream, out of what the access log has gained.
    fn states(&self, from: usize, clients: &[String]) -> Vec<BTreeMap<String, Vec<u8>>> {
        let began = Instant::now();
        loop {
            let text = self.access_log();
            let lines: Vec<_> = text.lines().skip(from).map(state).collect();
            let of =
                |client: &String| lines.iter().find(|line| line.get(CLIENT).is_some_and(|it| it == client.as_bytes()));
            let found: Vec<_> = clients.iter().filter_map(of).cloned().collect();
            if found.len() == clients.len() || began.elapsed() > Duration::from_secs(3) {
                return found;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn access_log(&self) -> String {
        fs::read_to_string(self.folder.0.join("access")).unwrap_or_default()
    }
}

impl crate::outcome::World for World {
    fn exchange(&mut self, requests: &[ClientRequest], script: Script, watched: &Watched) -> Outcome {
        for server in &mut self.servers {
            let listening = !script.refuses(&server.name());
            server.set_listening(listening).expect("the upstream's port is free");
        }
        *self.stage.lock().unwrap() = script;
        let before = self.metrics(watched);
        let (logged, accessed) = (self.envoy.log().len(), self.access_log().lines().count());
        let mut outcome = Outcome::default();
        let mut clients = Vec::new();
        for got in client::ask_all(self.address(), requests) {
            clients.push(got.client.clone());
            client::note(got, &mut outcome);
        }
        outcome.states = match watched.state.is_empty() {
            true => Vec::new(),
            false => self.states(accessed, &clients),
        };
        outcome.metrics = self.growth(&before, watched);
        settle(&self.stage);
        let mut stage = self.stage.lock().unwrap();
        outcome.received = std::mem::take(&mut stage.received);
        outcome.violations.append(&mut stage.violations);
        drop(stage);
        outcome.log = self.logged(logged, watched);
        let is_trap = |line: &&String| TRACES.iter().any(|trace| line.contains(trace));
        outcome.traps = outcome.log.iter().filter(is_trap).cloned().collect();
        if !outcome.traps.is_empty() {
            // The VM is made anew when the pause after its end is over.
            thread::sleep(Duration::from_millis(200));
        }
        outcome
    }

    fn wait(&mut self, millis: u64) {
        thread::sleep(Duration::from_millis(millis));
    }

    fn now_seconds(&self) -> u64 {
        super::now_seconds()
    }
}

/// A request whose client has left may still be on its way to an upstream.
fn settle(stage: &Stage) {
    let began = Instant::now();
    while stage.lock().unwrap().is_waiting() && began.elapsed() < Duration::from_millis(200) {
        thread::sleep(Duration::from_millis(5));
    }
}

fn watched_state(step: &Step) -> Vec<String> {
    match step {
        Step::Exchange(exchange) => exchange.state.iter().map(|(_, key, _)| key.clone()).collect(),
        Step::Wait(_) => Vec::new(),
    }
}

fn state(line: &str) -> BTreeMap<String, Vec<u8>> {
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.into_bytes()),
        serde_json::Value::Null => None,
        other => Some(other.to_string().into_bytes()),
    };
    fields.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect()
}

impl Folder {
    fn new() -> Result<Self, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("gatehouse-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
