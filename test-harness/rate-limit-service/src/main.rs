//! A small rate limit service for tests: `rate-limit-service PORT [LIMIT]`.
//!
//! It counts in memory, each descriptor for itself and for ever, against the limit that the descriptor overrides, else against
//! LIMIT. What it reads and writes is checked by Envoy's own `ratelimit` filter, which speaks to it in the same tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a tool of tests alone: what is wrong should stop it"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

/// How often each descriptor of each domain came.
type Counts = Rc<RefCell<HashMap<Vec<u8>, u64>>>;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse::<u32>().expect("a number"));
    let port = u16::try_from(arguments.next().expect("a port")).expect("a port");
    let limit = arguments.next().unwrap_or(u32::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, listen(port, limit));
}

async fn listen(port: u16, limit: u32) {
    let counts = Counts::default();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a free port");
    while let Ok((connection, _)) = listener.accept().await {
        drop(connection.set_nodelay(true));
        let counts = Rc::clone(&counts);
        tokio::task::spawn_local(async move {
            let Ok(mut calls) = h2::server::handshake(connection).await else { return };
            while let Some(Ok((request, respond))) = calls.accept().await {
                let counts = Rc::clone(&counts);
                tokio::task::spawn_local(async move { drop(answer(request, respond, &counts, limit).await) });
            }
        });
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    counts: &Counts,
    limit: u32,
) -> Result<(), h2::Error> {
    let mut stream = request.into_body();
    let mut body = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece?;
        stream.flow_control().release_capacity(piece.len())?;
        body.extend(piece);
    }
    let message = should_rate_limit(&body[5..], counts, limit);
    let frame = [&[0], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), &message].concat();
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut send = respond.send_response(head, false)?;
    send.send_data(frame.into(), false)?;
    send.send_trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]))
}

/// A `RateLimitRequest` into a `RateLimitResponse`.
fn should_rate_limit(request: &[u8], counts: &Counts, limit: u32) -> Vec<u8> {
    let (mut domain, mut descriptors, mut hits) = (Vec::new(), Vec::new(), 1);
    for (field, value) in fields(request) {
        match (field, value) {
            (1, Value::Bytes(name)) => domain = name.to_vec(),
            (2, Value::Bytes(descriptor)) => descriptors.push(descriptor),
            (3, Value::Number(number)) => hits = number.max(1),
            _ => {}
        }
    }
    let (mut overall, mut statuses) = (1, Vec::new());
    for descriptor in descriptors {
        let (mut key, mut limit) = (domain.clone(), u64::from(limit));
        for (field, value) in fields(descriptor) {
            match (field, value) {
                (1, Value::Bytes(entry)) => key.extend(entry),
                (2, Value::Bytes(over)) => {
                    limit = 0;
                    for (field, value) in fields(over) {
                        if let (1, Value::Number(number)) = (field, value) {
                            limit = number;
                        }
                    }
                }
                _ => {}
            }
        }
        let mut counts = counts.borrow_mut();
        let count = counts.entry(key).or_default();
        *count += hits;
        let code = if *count > limit { 2 } else { 1 };
        overall = code.max(overall);
        let current = [number(1, limit), number(2, 6)].concat();
        let status = [number(1, code), bytes(2, &current), number(3, limit.saturating_sub(*count))].concat();
        statuses.extend(bytes(2, &status));
    }
    [number(1, overall), statuses].concat()
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
