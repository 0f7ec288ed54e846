//! `gatehouse run`: compile, start Envoy, follow what it says, stop it.
//!
//! ```text
//!  compile ─► start ─► wait until it listens ─► print the URLs ─► follow its log ─┬─ Ctrl-C ─► stop it, exit 0
//!                            └──────────────── it died: say why, exit 1 ◄─────────┘
//! ```

mod envoy;
mod log;
mod scratch;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use gatehouse_api::deployment::{Api, DEFAULT_STAGE, Deployment, Stage};

use crate::args::Run;
use crate::bootstrap::{bootstrap_as_json, mapped, unreachable};
use crate::compile::write;
use crate::finding::Finding;
use crate::project::Project;
use crate::report;
use crate::source::{Files, reason};
use crate::surroundings::{envoy_binary, surroundings};
use envoy::Envoy;
use log::Line;
use scratch::Scratch;

/// What can happen while Envoy runs.
#[derive(Debug)]
pub(crate) enum Event {
    /// Envoy said something on standard error.
    Said(Line),
    /// Envoy's standard error is closed: it has ended.
    Ended,
    /// The user, or whoever started us, wants an end.
    Stop,
}

/// How often we look whether Envoy listens, or has ended.
const GLANCE: Duration = Duration::from_millis(50);

/// Compiling the filter takes Envoy well below a second; a loaded machine gets a minute.
const GLANCES_TO_LISTEN: u32 = 1200;

/// Envoy's configuration: by its name Envoy knows that it is JSON.
const CONFIGURATION: &str = "envoy.json";

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// As the user wanted.
    Stopped,
    /// What was given is wrong: Envoy was not started.
    Refused(Vec<Finding>),
    /// Envoy failed.
    Failed(Finding),
}

/// Runs Envoy until the user stops it.
pub fn run(args: &Run, files: &mut Files, format: report::Format) -> Ended {
    match prepare(args, files, format) {
        Ok(prepared) => serve(args, &prepared).map_or_else(Ended::Failed, |()| Ended::Stopped),
        Err(findings) => Ended::Refused(findings),
    }
}

/// What is needed to start Envoy.
struct Prepared {
    project: Project,
    scratch: Scratch,
    binary: PathBuf,
}

/// Everything that can be wrong before Envoy is there.
fn prepare(args: &Run, files: &mut Files, format: report::Format) -> Result<Prepared, Vec<Finding>> {
    let project = Project::load(files, &args.served.input(Some(&args.place.deployment)))?;
    let gateway = project.compile()?;
    let one = |finding: Finding| vec![finding];
    let around = surroundings(&args.place).map_err(one)?;
    check_there(&around.wasm).map_err(one)?;
    let binary = envoy_binary(args.envoy.as_deref()).map_err(one)?;
    check_there(&binary).map_err(one)?;
    check_port(args.place.address(), args.place.port()).map_err(one)?;
    let scratch = Scratch::new().map_err(one)?;
    write(&scratch.path(CONFIGURATION), &bootstrap_as_json(&project, &gateway, &around)?).map_err(one)?;
    let warnings = [project.warnings(&gateway), unreachable(&project, around.tls.as_ref())].concat();
    report::print(&warnings, files, format);
    Ok(Prepared { project, scratch, binary })
}

fn check_there(path: &Path) -> Result<(), Finding> {
    if path.is_file() {
        Ok(())
    } else {
        let message = format!("`{}` can't be read: there is no such file", path.display());
        Err(Finding::error(None, message).help("`make wasm` builds the filter, `make envoy` gets an Envoy"))
    }
}

/// Envoy shares a port with others that share it: who listens there already would get half of the requests.
fn check_port(address: IpAddr, port: u16) -> Result<(), Finding> {
    TcpListener::bind((address, port)).map(drop).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::AddrInUse => "somebody does already".to_owned(),
            ErrorKind::AddrNotAvailable => "it is no address of this machine".to_owned(),
            _ => reason(&error),
        };
        let message = format!("nothing can listen on {}: {why}", SocketAddr::new(address, port));
        Finding::error(None, message).help("choose another port with `--port`")
    })
}

fn serve(args: &Run, prepared: &Prepared) -> Result<(), Finding> {
    let Prepared { project, scratch, binary } = prepared;
    let (sender, events) = channel();
    stop_on_signal(sender.clone())?;
    let mut envoy = Envoy::start(binary, &scratch.path(CONFIGURATION), args.concurrency, sender)?;
    match wait_until_it_listens(&mut envoy, &events, SocketAddr::new(args.place.address(), args.place.port()))? {
        Started::Listens => {
            announce(args, &project.deployment);
            follow(&mut envoy, &events)
        }
        Started::Stop => {
            envoy.stop();
            Ok(())
        }
    }
}

fn stop_on_signal(sender: Sender<Event>) -> Result<(), Finding> {
    // Once the receiver is gone, we are ending anyway.
    let told = ctrlc::set_handler(move || drop(sender.send(Event::Stop)));
    told.map_err(|error| Finding::error(None, format!("signals can't be handled: {error}")))
}

enum Started {
    Listens,
    Stop,
}

fn wait_until_it_listens(envoy: &mut Envoy, events: &Receiver<Event>, at: SocketAddr) -> Result<Started, Finding> {
    // What is bound to every address is reached on this machine's own.
    let reachable = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new([127, 0, 0, 1].into(), at.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new([0, 0, 0, 0, 0, 0, 0, 1].into(), at.port()),
        _ => at,
    };
    for _ in 0..GLANCES_TO_LISTEN {
        match events.recv_timeout(GLANCE) {
            Ok(Event::Said(line)) => envoy.remember(line),
            Ok(Event::Stop) => return Ok(Started::Stop),
            Ok(Event::Ended) | Err(RecvTimeoutError::Disconnected) => return Err(envoy.why_it_ended()),
            Err(RecvTimeoutError::Timeout) if TcpStream::connect_timeout(&reachable, GLANCE).is_ok() => {
                return Ok(Started::Listens);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    envoy.stop();
    Err(Finding::error(None, format!("Envoy does not listen on {at} after a minute")))
}

fn follow(envoy: &mut Envoy, events: &Receiver<Event>) -> Result<(), Finding> {
    envoy.say_what_was_remembered();
    loop {
        match events.recv() {
            Ok(Event::Said(line)) => envoy.say(line),
            Ok(Event::Stop) => {
                envoy.stop();
                eprintln!("stopped");
                return Ok(());
            }
            Ok(Event::Ended) | Err(_) => return Err(envoy.why_it_ended()),
        }
    }
}

/// Where each stage is to be found.
fn announce(args: &Run, deployment: &Deployment) {
    let scheme = if args.place.tls_certificate.is_some() { "https" } else { "http" };
    let base = format!("{scheme}://{}", SocketAddr::new(args.place.address(), args.place.port()));
    eprintln!("serving:");
    for api in &deployment.apis {
        for stage in &api.stages {
            eprintln!("  {}", url(&base, deployment, api, stage));
        }
    }
    for (url, ..) in mapped(deployment) {
        let (host, path) = url.split_once('/').unwrap_or((&url, ""));
        eprintln!("  {base}/{path} (Host: {host})");
    }
    if let Some(port) = args.place.admin_port {
        eprintln!("metrics: http://127.0.0.1:{port}/stats/prometheus");
    }
    eprintln!("stop with Ctrl-C");
}

/// One API answers on any host; several are told apart by theirs.
fn url(base: &str, deployment: &Deployment, api: &Api, stage: &Stage) -> String {
    // The default stage of an HTTP API has no segment of its own.
    let path = match stage.stage_name.as_str() {
        DEFAULT_STAGE => "/".to_owned(),
        name => format!("/{name}/"),
    };
    match (&stage.domain_name, deployment.apis.len()) {
        (Some(host), _) => format!("{base}/ (Host: {host})"),
        (None, 1) => format!("{base}{path}"),
        (None, _) => {
            let host = api.domain_name.clone().unwrap_or_else(|| deployment.execute_api_host(api));
            format!("{base}{path} (Host: {host})")
        }
    }
}
