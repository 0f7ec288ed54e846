//! A small rate limit service for tests, over Limitador's own engine: `rate-limit-service PORT [LIMIT | LIMITS.yaml]`.
//!
//! It counts in memory. With a file it does what Limitador's server does: descriptors are counted by the limits in the file, and what
//! they bring along is not looked at. Without one it does what envoyproxy/ratelimit does: each descriptor is counted for itself,
//! against the limit that it overrides, else against LIMIT. What it reads and writes is checked by Envoy's own `ratelimit` filter,
//! which speaks to it in the same tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a tool of tests alone: what is wrong should stop it"
)]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use limitador::RateLimiter;
use limitador::counter::Counter;
use limitador::limit::{Context, Expression, Limit, Predicate};

/// The seconds of a year, as Limitador has no calendar.
const YEAR: u64 = 365 * 86_400;
/// So many counters.
const MOST: u64 = 1_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).expect("a port");
    let counts = Rc::new(Counts::of(arguments.next().as_deref()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, listen(port, counts));
}

/// What is counted, and against what.
struct Counts {
    limiter: RateLimiter,
    /// The limit of descriptors that override none; without it limits are those of the file, and no other.
    limit: Option<u64>,
}

/// A descriptor: its entries, and the limit that it overrides.
#[derive(Default)]
struct Descriptor {
    entries: BTreeMap<String, String>,
    over: Option<u64>,
}

impl Counts {
    fn of(argument: Option<&str>) -> Self {
        let limiter = RateLimiter::new(MOST);
        let number = argument.map_or(Some(u64::from(u32::MAX)), |argument| argument.parse().ok());
        if number.is_none() {
            let text = std::fs::read_to_string(argument.unwrap()).expect("a number, or a file");
            let limits: Vec<Limit> = serde_yaml_ng::from_str(&text).expect("a list of limits");
            assert!(!limits.is_empty(), "no limits");
            limits.into_iter().for_each(|limit| assert!(limiter.add_limit(limit), "two limits of the same"));
        }
        Self { limiter, limit: number }
    }

    /// Counts one descriptor. Gives whether it is within its limit, and the limit with what is left of it.
    fn count(&self, domain: &str, descriptor: Descriptor, hits: u64) -> (bool, Option<(u64, u64)>) {
        let max = self.limit.map(|limit| descriptor.over.unwrap_or(limit));
        // A namespace for each descriptor has one limit to look at.
        let namespace = max.map_or(domain.to_owned(), |_| format!("{domain} {:?}", descriptor.entries));
        if let Some(max) = max {
            let nothing = Vec::<Predicate>::new();
            self.limiter.add_limit(Limit::new(&*namespace, max, YEAR, nothing, Vec::<Expression>::new()));
        }
        let mut context = Context::default();
        context.list_binding("descriptors".to_owned(), vec![descriptor.entries.into_iter().collect()]);
        let checked = self.limiter.check_rate_limited_and_update(&namespace.into(), &context, hits).unwrap();
        let left = checked.counters.first().and_then(Counter::remaining).filter(|_| !checked.limited);
        (!checked.limited, max.map(|max| (max, left.unwrap_or(0))))
    }
}

async fn listen(port: u16, counts: Rc<Counts>) {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a free port");
    while let Ok((connection, _)) = listener.accept().await {
        drop(connection.set_nodelay(true));
        let counts = Rc::clone(&counts);
        tokio::task::spawn_local(async move {
            let Ok(mut calls) = h2::server::handshake(connection).await else { return };
            while let Some(Ok((request, respond))) = calls.accept().await {
                let counts = Rc::clone(&counts);
                tokio::task::spawn_local(async move { drop(answer(request, respond, &counts).await) });
            }
        });
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    counts: &Counts,
) -> Result<(), h2::Error> {
    let mut stream = request.into_body();
    let mut body = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece?;
        stream.flow_control().release_capacity(piece.len())?;
        body.extend(piece);
    }
    let message = should_rate_limit(&body[5..], counts);
    let frame = [&[0], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), &message].concat();
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut send = respond.send_response(head, false)?;
    send.send_data(frame.into(), false)?;
    send.send_trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]))
}

/// A `RateLimitRequest` into a `RateLimitResponse`.
fn should_rate_limit(request: &[u8], counts: &Counts) -> Vec<u8> {
    let (mut domain, mut descriptors, mut hits) = (String::new(), Vec::new(), 1);
    for (field, value) in fields(request) {
        match (field, value) {
            (1, Value::Bytes(name)) => domain = text(name),
            (2, Value::Bytes(descriptor)) => descriptors.push(Descriptor::read(descriptor)),
            (3, Value::Number(number)) => hits = number.max(1),
            _ => {}
        }
    }
    let (mut overall, mut statuses) = (1, Vec::new());
    for descriptor in descriptors {
        let (within, limit) = counts.count(&domain, descriptor, hits);
        let code = if within { 1 } else { 2 };
        overall = code.max(overall);
        // Limitador's server does not say more than yes or no.
        if let Some((limit, left)) = limit {
            let current = [number(1, limit), number(2, 6)].concat();
            let status = [number(1, code), bytes(2, &current), number(3, left)].concat();
            statuses.extend(bytes(2, &status));
        }
    }
    [number(1, overall), statuses].concat()
}

impl Descriptor {
    fn read(message: &[u8]) -> Self {
        let mut descriptor = Self::default();
        for (field, value) in fields(message) {
            match (field, value) {
                (1, Value::Bytes(entry)) => {
                    let (mut key, mut value) = (String::new(), String::new());
                    for (field, part) in fields(entry) {
                        match (field, part) {
                            (1, Value::Bytes(part)) => key = text(part),
                            (2, Value::Bytes(part)) => value = text(part),
                            _ => {}
                        }
                    }
                    descriptor.entries.insert(key, value);
                }
                // A number that is not written is zero.
                (2, Value::Bytes(over)) => {
                    let written = fields(over).into_iter().find_map(|(field, value)| match (field, value) {
                        (1, Value::Number(number)) => Some(number),
                        _ => None,
                    });
                    descriptor.over = Some(written.unwrap_or(0));
                }
                _ => {}
            }
        }
        descriptor
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn fields(mut message: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut message)),
            2 => {
                let length = usize::try_from(varint(&mut message)).unwrap();
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Value::Bytes(bytes)
            }
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, value));
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = message[0];
        *message = &message[1..];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn number(field: u8, value: u64) -> Vec<u8> {
    [vec![field << 3], written(value)].concat()
}

fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], written(value.len() as u64), value.to_vec()].concat()
}

fn written(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
