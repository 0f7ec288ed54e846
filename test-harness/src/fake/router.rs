//! Behind the filter: the router, the upstreams that it asks, and the way back to the client.

use super::headers::HeaderMap;
use super::stream::FRAME;
use super::vm::{Direction, LocalReply};
use super::window::Pane;
use super::world::{self, Due, Failure, World};
use crate::message::{Answered, text};
use crate::script::Reply;

/// The header by which a filter names the cluster to its route.
const CLUSTER_HEADER: &str = "x-gatehouse-cluster";
const TIMEOUT_HEADER: &str = "x-envoy-upstream-rq-timeout-ms";

impl World {
    /// The request has passed the filter.
    pub(super) fn route(&mut self, context: u32, ended: bool) {
        let Some(window) = self.window(context) else { return };
        let mut headers = window.request.headers.value.clone();
        let Some(cluster) = headers.text(CLUSTER_HEADER).map(str::to_owned) else {
            let direct = self.setup.direct.clone();
            return self.reply_locally(
                context,
                LocalReply {
                    status: direct.status,
                    headers: HeaderMap::from(&direct.headers),
                    body: direct.body,
                    details: "direct_response".into(),
                },
            );
        };
        if !self.setup.upstreams.iter().any(|it| it.cluster == cluster && it.port.is_some()) {
            let reply = LocalReply { status: 503, details: "cluster_not_found".into(), ..LocalReply::default() };
            return self.reply_locally(context, reply);
        }
        headers.remove(CLUSTER_HEADER);
        headers.set(":cluster", cluster);
        self.streams.get_mut(&context).unwrap().routed = Some((headers, Vec::new()));
        if ended {
            self.send_upstream(context);
        }
    }

    pub(super) fn route_data(&mut self, context: u32, bytes: &[u8], ended: bool) {
        let Some((_, body)) = self.streams.get_mut(&context).and_then(|stream| stream.routed.as_mut()) else { return };
        body.extend(bytes);
        if ended {
            self.send_upstream(context);
        }
    }

    fn send_upstream(&mut self, context: u32) {
        let Some((mut headers, body)) = self.streams.get_mut(&context).and_then(|stream| stream.routed.take()) else {
            return;
        };
        let cluster = headers.text(":cluster").unwrap_or_default().to_owned();
        let timeout = headers.text(TIMEOUT_HEADER).and_then(|millis| millis.parse().ok()).unwrap_or(15_000);
        headers.remove(TIMEOUT_HEADER);
        self.check_length("the upstream", headers.text("content-length"), body.len());
        let upstream = self.setup.upstreams.iter().find(|it| it.cluster == cluster).map(|it| it.name.clone());
        let asked = world::asked(&headers, body, [("x-envoy-expected-rq-timeout-ms", timeout.to_string())]);
        let (after, reply) = match self.script.receive(&upstream.unwrap_or(cluster), asked) {
            Reply::Answers { answer, after, pause } if after + pause < timeout => (after + pause, Ok(answer)),
            Reply::Answers { .. } | Reply::Silent => (timeout, Err(world::TIMEOUT)),
            Reply::Refused => (0, Err(world::UNREACHABLE)),
            Reply::Garbles => (0, Err(world::GARBAGE)),
            Reply::Closes | Reply::Breaks | Reply::TooLarge => (0, Err(world::CLOSED)),
        };
        self.after(after, Due::Upstream { context, reply });
    }

    pub(super) fn upstream_answers(&mut self, context: u32, reply: Result<Answered, Failure>) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let head = stream.request.method == "HEAD";
        let answer = match reply {
            Ok(answer) => world::served(answer),
            Err(Failure(status, body, details)) => {
                let reply = LocalReply { status, body: body.into(), details: details.into(), ..LocalReply::default() };
                return self.reply_locally(context, reply);
            }
        };
        let mut headers = HeaderMap::default();
        headers.add(":status", answer.status.to_string());
        answer.headers.iter().for_each(|(name, value)| headers.add(name, value));
        let body = if head { Vec::new() } else { answer.body };
        let frames: Vec<&[u8]> = body.chunks(FRAME).collect();
        self.answer(context, headers, &frames, "via_upstream");
    }

    /// The proxy answers itself. While the request is on its way the filter sees the answer pass; after that, it does not.
    pub(super) fn reply_locally(&mut self, context: u32, reply: LocalReply) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let head = stream.request.method == "HEAD";
        stream.decode.stopped = true;
        stream.routed = None;
        let begun = stream.encode.begun;
        let mut headers = HeaderMap::default();
        headers.add(":status", reply.status.to_string());
        reply.headers.0.iter().for_each(|(name, value)| headers.add(name, value));
        headers.remove("content-length");
        if reply.body.is_empty() {
            headers.remove("content-type");
        } else {
            headers.set("content-length", reply.body.len().to_string());
            if headers.get("content-type").is_none() {
                headers.add("content-type", "text/plain");
            }
        }
        let body = if head { Vec::new() } else { reply.body };
        if !begun {
            let frames: Vec<&[u8]> = [body.as_slice()].into_iter().filter(|body| !body.is_empty()).collect();
            return self.answer(context, headers, &frames, &reply.details);
        }
        stream.encode.stopped = true;
        if stream.answer.is_some() {
            self.outcome.violations.push("the answer is cut off: its headers have been sent".into());
            return self.end(context);
        }
        stream.answer = Some(answered(&headers));
        self.send_data(context, &body, true);
    }

    /// An answer comes to the filter on its way to the client.
    fn answer(&mut self, context: u32, headers: HeaderMap, frames: &[&[u8]], details: &str) {
        let Some(window) = self.window(context) else { return };
        window.response.headers = Pane { value: headers, open: true };
        window.code_details = Some(details.to_owned());
        self.headers(context, Direction::Response, frames.is_empty());
        for (at, frame) in frames.iter().enumerate() {
            self.data(context, Direction::Response, frame, at + 1 == frames.len());
        }
    }

    /// The headers of the answer have passed the filter.
    pub(super) fn send_headers(&mut self, context: u32, ended: bool) {
        let Some(window) = self.window(context) else { return };
        let headers = window.response.headers.value.clone();
        self.streams.get_mut(&context).unwrap().answer = Some(answered(&headers));
        if ended {
            self.send_data(context, b"", true);
        }
    }

    pub(super) fn send_data(&mut self, context: u32, bytes: &[u8], ended: bool) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let Some(answer) = stream.answer.as_mut() else { return };
        answer.body.extend(bytes);
        if ended {
            let (index, answer) = (stream.index, stream.answer.take().unwrap());
            let bodiless = stream.request.method == "HEAD" || matches!(answer.status, 204 | 304);
            if !bodiless {
                self.check_length("the client", text(&answer.headers, "content-length"), answer.body.len());
            }
            for (name, value) in &answer.headers {
                if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                    self.outcome.violations.push(format!("`{name}` splits the response"));
                }
            }
            self.outcome.answers[index] = Some(sent(answer));
            self.end(context);
        }
    }

    /// Envoy never mends a length that the filter got wrong.
    fn check_length(&mut self, who: &str, declared: Option<&str>, length: usize) {
        if declared.is_some_and(|declared| declared != length.to_string()) {
            let declared = declared.unwrap_or_default();
            self.outcome.violations.push(format!("{who} is told content-length {declared} for {length} bytes"));
        }
    }
}

fn answered(headers: &HeaderMap) -> Answered {
    let status = headers.text(":status").and_then(|status| status.parse().ok()).unwrap_or_default();
    Answered { status, headers: headers.fields(), ..Answered::default() }
}

/// What Envoy writes last.
fn sent(mut answer: Answered) -> Answered {
    answer.headers.retain(|(name, _)| name != "server");
    answer.headers.push(("server".to_owned(), b"envoy".to_vec()));
    if text(&answer.headers, "date").is_none() {
        answer.headers.push(("date".to_owned(), b"Thu, 01 Jan 2026 00:00:00 GMT".to_vec()));
    }
    if text(&answer.headers, "content-length").is_none() && !answer.body.is_empty() {
        answer.headers.push(("transfer-encoding".to_owned(), b"chunked".to_vec()));
    }
    answer
}
