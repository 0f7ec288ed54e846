//! Callouts: every way in which Envoy can fail one, told apart.

use std::borrow::Cow;
use std::time::Duration;

use gatehouse_filter::{Callout, Failure, Reply, Timestamp};
use gatehouse_http::{Body, Origin, Response};
use proxy_wasm::hostcalls::dispatch_http_call;
use proxy_wasm::types::Status;

use crate::host::{self, Buffer, HeaderMap};
use crate::stream::now;

const GRPC_STATUS: &str = "grpc-status";

/// How much of a reply there is.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(crate) headers: usize,
    pub(crate) body_size: usize,
    pub(crate) trailers: usize,
}

/// A call under way.
#[derive(Clone, Copy)]
pub(crate) struct Sent {
    /// What comes back with its reply.
    pub(crate) token: u32,
    /// When its time is up.
    due: Timestamp,
}

/// How much earlier than by our clock a call's time may be up, in milliseconds: Envoy counts from when its event loop woke
/// up, not from when the call was made.
const EARLY_MILLIS: u64 = 5;

/// Once more, where a request has certainly not been sent: nobody is asked twice. Envoy keeps these headers to itself.
///
/// <https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/router_filter#x-envoy-retry-on>
const RETRY: [(&str, &str); 2] =
    [("x-envoy-retry-on", "connect-failure,refused-stream,reset-before-request"), ("x-envoy-max-retries", "1")];

/// Makes a call, at this time.
///
/// # Errors
/// Envoy may fail a call at once: no such cluster or an incomplete request, no healthy host or too many calls.
pub(crate) fn dispatch(callout: &Callout, now: Timestamp) -> Result<Sent, Failure> {
    let as_is =
        callout.headers.iter().map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)));
    if let Some(headers) = as_is.chain(RETRY.map(Some)).collect() {
        return send(callout, headers, now);
    }
    let texts: Vec<_> = callout.headers.iter().map(|(name, value)| (text(name), text(value))).collect();
    send(callout, texts.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).chain(RETRY).collect(), now)
}

fn send(callout: &Callout, headers: Vec<(&str, &str)>, now: Timestamp) -> Result<Sent, Failure> {
    let body = Some(callout.body.as_slice()).filter(|body| !body.is_empty());
    // Envoy takes 0 for «no timeout».
    let millis = u64::from(callout.timeout_millis.max(1));
    let due = now.plus_millis(millis.saturating_sub(EARLY_MILLIS));
    match dispatch_http_call(&callout.cluster, headers, body, Vec::new(), Duration::from_millis(millis)) {
        Ok(token) => Ok(Sent { token, due }),
        Err(Status::InternalFailure) => Err(Failure::Unreachable),
        Err(_) => Err(Failure::NotSent),
    }
}

/// The SDK sends text only: a value that is not UTF-8 is sent as the Latin-1 that HTTP once said it was.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// What came of a call. A reply without headers is one that broke off, is too large or was not whole in time; a 502, 503 or
/// 504 without `x-envoy-upstream-service-time` is Envoy's own. What gRPC says in trailers stands beside the headers.
pub(crate) fn reply(sent: Sent, Told { headers, body_size, trailers }: Told) -> Reply {
    if headers == 0 {
        // Envoy does not tell which: a call whose time is up after its headers have come is reset, too.
        return Reply::Failed(if now() < sent.due { Failure::Reset } else { Failure::Timeout });
    }
    let Ok(headers) = host::headers(HeaderMap::Callout) else { return Reply::Failed(Failure::Reset) };
    let mut response = Response { headers, body: Body::Empty, origin: Origin::Upstream };
    if !response.headers.has("x-envoy-upstream-service-time") {
        match response.status() {
            504 => return Reply::Failed(Failure::Timeout),
            503 => return Reply::Failed(Failure::Unreachable),
            // What came was no HTTP.
            502 => return Reply::Failed(Failure::Reset),
            _ => {}
        }
    }
    if trailers > 0 && is_grpc(&response) && !response.headers.has(GRPC_STATUS) {
        let status = host::headers(HeaderMap::CalloutTrailers).ok();
        let status = status.as_ref().and_then(|trailers| trailers.get(GRPC_STATUS)).unwrap_or(b"unknown");
        if response.headers.set(GRPC_STATUS, status).is_err() {
            return Reply::Failed(Failure::Reset);
        }
    }
    if body_size > 0 {
        match host::buffer(Buffer::CalloutBody, body_size) {
            Ok(bytes) => response.body = Body::Read(bytes),
            Err(_) => return Reply::Failed(Failure::Reset),
        }
    }
    Reply::Answered(response)
}

fn is_grpc(response: &Response) -> bool {
    response.headers.get("content-type").is_some_and(|kind| kind.starts_with(b"application/grpc"))
}
