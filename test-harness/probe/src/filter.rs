//! The filter: runs the commands of a request, and those for the response phase.

use std::collections::VecDeque;

use gatehouse_context::Timestamp;
use gatehouse_filter::{
    BODY_LIMIT, Callout, End, Exchange, Filter, InvalidConfig, Lease, Metric, MetricId, MetricKind, Outcome, Rejection,
    Reply, ResponseType, Step, Table, Turn, Turns, Wanted,
};
use gatehouse_http::{Answer, Body, Headers, Request, Response};
use serde::Deserialize;

use crate::command::Command;

/// What `{told}` stands for while nothing has been told.
const NOTHING: &str = "nothing";

const COUNTED: MetricId = MetricId(0);
const ANSWERED: MetricId = MetricId(1);
const PROXIED: MetricId = MetricId(2);
const LOST: MetricId = MetricId(3);

/// The probe.
#[derive(Debug)]
pub struct Probe {
    slots: u32,
}

/// The configuration, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many slots of shared data to have.
    #[serde(default)]
    slots: u32,
    /// A reason to be rejected for.
    #[serde(default)]
    reject: Option<String>,
}

/// Commands for later, and what has been told so far.
#[derive(Debug, Default)]
pub struct Script {
    commands: VecDeque<Command>,
    told: Vec<String>,
    turn: Option<Attempt>,
}

/// A value that is being fetched, by us or by somebody else.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    lease: Lease,
    key: String,
    cluster: String,
    path: String,
    timeout_millis: u32,
}

impl Filter for Probe {
    type Config = Config;
    type Awaiting = Script;
    type Memo = String;

    const NAME: &'static str = "probe";
    const STREAM_LIMIT: usize = BODY_LIMIT;

    fn configure(config: Config) -> Result<Self, InvalidConfig> {
        match config.reject {
            Some(reason) => Err(InvalidConfig::new("reject", reason)),
            None => Ok(Self { slots: config.slots }),
        }
    }

    fn slots(&self) -> u32 {
        self.slots
    }

    fn wants_body(&self, request: &Request, _: &mut Exchange<'_, String>) -> Wanted {
        match request.headers.text("x-probe-body") {
            Some("read") => Wanted::Whole,
            Some("pieces") => Wanted::Pieces,
            _ => Wanted::Nothing,
        }
    }

    /// Told to the backend as `x-pieces`: how many bytes, and their sum.
    fn on_piece(&self, piece: &[u8], exchange: &mut Exchange<'_, String>) {
        let (seen, sum) = exchange.memo.split_once(' ').unwrap_or(("0", "0"));
        let number = |text: &str| text.parse::<u64>().unwrap_or_default();
        let seen = number(seen) + u64::try_from(piece.len()).unwrap_or_default();
        let sum = number(sum) + piece.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        *exchange.memo = format!("{seen} {sum}");
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, String>) -> Outcome<Self> {
        if request.headers.text("x-probe-body") == Some("pieces") {
            request.headers.set("x-pieces", exchange.memo.as_str())?;
        }
        *exchange.memo = request.headers.text("x-probe-then").unwrap_or_default().to_owned();
        let commands = script(request.headers.text("x-probe").unwrap_or_default())?;
        for name in ["x-probe", "x-probe-then", "x-probe-body"] {
            request.headers.remove(name);
        }
        run(Script { commands, ..Script::default() }, &mut Message::Request(request), exchange)
    }

    fn on_reply(
        &self,
        mut script: Script,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, String>,
    ) -> Outcome<Self> {
        if let Some(Attempt { key, lease, .. }) = script.turn.take() {
            let turns = Turns::new(exchange.host, exchange.now);
            match &reply {
                Reply::Answered(response) => {
                    turns.settle(key.as_bytes(), response.body.bytes(), exchange.now.plus_millis(1_000));
                }
                Reply::Failed(_) => turns.fail(key.as_bytes(), lease, told(&reply).as_bytes()),
            }
        }
        script.told.push(told(&reply));
        run(script, &mut Message::Request(request), exchange)
    }

    fn on_wake(&self, mut script: Script, request: &mut Request, exchange: &mut Exchange<'_, String>) -> Outcome<Self> {
        match script.turn.take() {
            Some(attempt) => {
                let waited_for = Some(attempt.lease);
                take_turn(attempt, waited_for, script, &mut Message::Request(request), exchange)
            }
            None => Err(Rejection::new(ResponseType::Default5xx)),
        }
    }

    fn on_abandoned(&self, script: Script, exchange: &mut Exchange<'_, String>) {
        if let Some(Attempt { key, lease, .. }) = script.turn {
            Turns::new(exchange.host, exchange.now).abandon(key.as_bytes(), lease);
        }
    }

    fn wants_response_body(&self, response: &Response, exchange: &mut Exchange<'_, String>) -> bool {
        let _ = response;
        exchange.memo.contains("{body}") || exchange.memo.contains("{length}") || exchange.memo.contains("replace ")
    }

    fn on_response(&self, _: &Request, response: &mut Response, exchange: &mut Exchange<'_, String>) -> Outcome<Self> {
        let commands = script(exchange.memo)?;
        run(Script { commands, ..Script::default() }, &mut Message::Response(response), exchange)
    }

    fn on_response_reply(
        &self,
        mut script: Script,
        reply: Reply,
        _: &Request,
        response: &mut Response,
        exchange: &mut Exchange<'_, String>,
    ) -> Outcome<Self> {
        script.told.push(told(&reply));
        run(script, &mut Message::Response(response), exchange)
    }

    fn on_end(&self, end: End, _: &Request, exchange: &mut Exchange<'_, String>) {
        exchange.host.count(
            match end {
                End::Answered(_) => ANSWERED,
                End::Proxied(_) => PROXIED,
                End::Lost => LOST,
            },
            1,
        );
    }

    fn metric(&self, id: MetricId) -> Metric {
        let name = match id {
            ANSWERED => "answered",
            PROXIED => "proxied",
            LOST => "lost",
            _ => "counted",
        };
        Metric { name: format!("probe.{name}"), kind: MetricKind::Counter }
    }
}

/// What commands work on.
enum Message<'a> {
    Request(&'a mut Request),
    Response(&'a mut Response),
}

impl Message<'_> {
    fn headers(&mut self) -> &mut Headers {
        match self {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        }
    }

    fn body(&mut self) -> &mut Body {
        match self {
            Message::Request(request) => &mut request.body,
            Message::Response(response) => &mut response.body,
        }
    }
}

fn script(text: &str) -> Result<VecDeque<Command>, Rejection> {
    let commands = Command::parse_all(text);
    commands.map(VecDeque::from).map_err(|_| Rejection::new(ResponseType::ApiConfigurationError))
}

fn run(mut script: Script, message: &mut Message<'_>, exchange: &mut Exchange<'_, String>) -> Outcome<Probe> {
    while let Some(command) = script.commands.pop_front() {
        match command {
            Command::Call { cluster, path, timeout_millis } => {
                return Ok(Step::Await(callout(cluster, &path, Vec::new(), timeout_millis)?, script));
            }
            Command::Post { cluster, path, timeout_millis } => {
                let body = message.body().bytes().to_vec();
                return Ok(Step::Await(callout(cluster, &path, body, timeout_millis)?, script));
            }
            Command::Malformed(cluster) => {
                let callout = Callout { cluster, headers: Headers::new(), body: Vec::new(), timeout_millis: 100 };
                return Ok(Step::Await(callout, script));
            }
            Command::Answer(status, text) => {
                return Ok(Step::Answer(Answer::new(status).body(fill(&text, &script.told, message))));
            }
            Command::Refuse(name) => return Err(Rejection::new(response_type(&name))),
            Command::Set(name, value) => {
                let value = fill(&value, &script.told, message);
                message.headers().set(&name, value)?;
            }
            Command::Add(name, value) => message.headers().add(&name, value)?,
            Command::Remove(name) => message.headers().remove(&name),
            Command::Break(name) => message.headers().set(&name, "a\r\nx-injected: yes")?,
            Command::Replace(text) => *message.body() = Body::Replaced(fill(&text, &script.told, message).into()),
            Command::Route(cluster) => message.headers().set("x-gatehouse-cluster", cluster)?,
            Command::Publish(name, value) => exchange.host.publish(&name, value.as_bytes()),
            Command::Count(amount) => exchange.host.count(COUNTED, amount),
            Command::Tally(key) => script.told.push(tally(&key, exchange)),
            Command::Slot(slot, value) => script.told.push(swap(slot, &value, exchange)),
            Command::Turn { key, cluster, path, timeout_millis } => {
                let attempt = Attempt { lease: Lease::default(), key, cluster, path, timeout_millis };
                return take_turn(attempt, None, script, message, exchange);
            }
            Command::Random => {
                let mut bytes = [0; 16];
                exchange.host.fill_random(&mut bytes);
                script.told.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
            }
            Command::Trap => std::process::abort(),
        }
    }
    Ok(Step::Continue)
}

fn take_turn(
    mut attempt: Attempt,
    waited_for: Option<Lease>,
    mut script: Script,
    message: &mut Message<'_>,
    exchange: &mut Exchange<'_, String>,
) -> Outcome<Probe> {
    let turns = Turns::new(exchange.host, exchange.now);
    // Longer than the call, so that its failure still ends it.
    let (key, here, lease_millis) = (attempt.key.as_bytes(), exchange.here, attempt.timeout_millis + 1_000);
    let turn = match waited_for {
        None => turns.take(key, here, lease_millis),
        Some(lease) => turns.take_again(key, here, lease_millis, lease),
    };
    match turn {
        Turn::Held(value) | Turn::Failed(value) => {
            script.told.push(String::from_utf8_lossy(&value).into_owned());
            run(script, message, exchange)
        }
        Turn::Mine(lease) => {
            let callout = callout(attempt.cluster.clone(), &attempt.path, Vec::new(), attempt.timeout_millis)?;
            attempt.lease = lease;
            Ok(Step::Await(callout, Script { turn: Some(attempt), ..script }))
        }
        Turn::Theirs(lease) => {
            attempt.lease = lease;
            Ok(Step::Wait(500, Script { turn: Some(attempt), ..script }))
        }
    }
}

fn callout(cluster: String, path: &str, body: Vec<u8>, timeout_millis: u32) -> Result<Callout, Rejection> {
    let mut headers = Headers::new();
    headers.set(":method", if body.is_empty() { "GET" } else { "POST" })?;
    headers.set(":path", path)?;
    headers.set(":authority", "probe.test")?;
    Ok(Callout { cluster, headers, body, timeout_millis })
}

fn told(reply: &Reply) -> String {
    match reply {
        Reply::Answered(response) => {
            format!("{} {}", response.status(), String::from_utf8_lossy(response.body.bytes()))
        }
        Reply::Failed(failure) => format!("{failure:?}"),
    }
}

/// Adds one to a number under a key, for a day.
fn tally(key: &str, exchange: &Exchange<'_, String>) -> String {
    const DAY: u64 = 86_400_000;
    let mut number = 0_u64;
    let expires = Timestamp::from_millis(exchange.now.millis() + DAY);
    let updated = Table::new(exchange.host.store()).update(key.as_bytes(), exchange.now, |held| {
        let held = held.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| text.parse().ok());
        number = held.unwrap_or(0) + 1;
        (number.to_string().into_bytes(), expires)
    });
    if updated.is_ok() { number.to_string() } else { "conflict".to_owned() }
}

fn swap(slot: u32, value: &str, exchange: &Exchange<'_, String>) -> String {
    let store = exchange.host.store();
    let Some(held) = store.load(slot) else { return "no slot".to_owned() };
    match store.swap(slot, held.version, value.as_bytes()) {
        Ok(()) => format!("held `{}`", String::from_utf8_lossy(&held.value)),
        Err(_) => "conflict".to_owned(),
    }
}

fn fill(text: &str, told: &[String], message: &mut Message<'_>) -> String {
    let told = if told.is_empty() { NOTHING.to_owned() } else { told.join(", ") };
    let body = message.body().bytes();
    let mut text = text
        .replace("{told}", &told)
        .replace("{length}", &body.len().to_string())
        .replace("{body}", &body.escape_ascii().to_string());
    while let Some((before, rest)) = text.split_once("{header ") {
        let Some((name, after)) = rest.split_once('}') else { break };
        let values: Vec<String> = message.headers().all(name).map(|value| value.escape_ascii().to_string()).collect();
        text = format!("{before}{}{after}", values.join("|"));
    }
    text
}

fn response_type(name: &str) -> ResponseType {
    match name {
        "THROTTLED" => ResponseType::Throttled,
        "UNAUTHORIZED" => ResponseType::Unauthorized,
        "REQUEST_TOO_LARGE" => ResponseType::RequestTooLarge,
        _ => ResponseType::Default5xx,
    }
}
