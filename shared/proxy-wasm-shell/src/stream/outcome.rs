//! What the filter decides, and how it is carried out.

use std::rc::Rc;

use gatehouse_context::Context as ApiContext;
use gatehouse_filter::{End, Filter, Outcome, Rejection, Reply, ResponseType, Step};
use gatehouse_http::{Answer, Body, Headers, Response};
use proxy_wasm::types::Action;

use super::{Machine, Phase, Stream, exchange};
use crate::callout;
use crate::host::{self, Buffer, Direction, HeaderMap, Refused};

/// Where `$context` travels in a chain of filters.
const CONTEXT: &str = "gatehouse_context";
const CONTEXT_PATH: &str = "filter_state\0wasm.gatehouse_context";

impl<F: Filter> Stream<F> {
    /// What was held goes on, outside a callback of its own stream.
    pub(super) fn go_on(&mut self, phase: Phase, outcome: Outcome<F>) -> Action {
        let action = self.advance(phase, outcome);
        if action == Action::Continue {
            let direction = if phase == Phase::Request { Direction::Request } else { Direction::Response };
            if host::resume(direction).is_err() {
                log::error!("{}: the stream cannot be resumed", F::NAME);
            }
        }
        action
    }

    pub(super) fn whole_body(&mut self, phase: Phase) -> Action {
        let (buffer, body) = match phase {
            Phase::Request => (Buffer::RequestBody, &mut self.request.body),
            Phase::Response => (Buffer::ResponseBody, &mut self.response.body),
        };
        // A body of no bytes cannot always be read: there is nothing to read.
        *body = Body::Read(host::buffer(buffer, usize::MAX).unwrap_or_default());
        self.decide(phase)
    }

    pub(super) fn decide(&mut self, phase: Phase) -> Action {
        let shared = Rc::clone(&self.shared);
        let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
        let outcome = match phase {
            Phase::Request => shared.filter.on_request(&mut self.request, &mut exchange),
            Phase::Response => shared.filter.on_response(&self.request, &mut self.response, &mut exchange),
        };
        self.advance(phase, outcome)
    }

    pub(super) fn ask_reply(&mut self, phase: Phase, awaiting: F::Awaiting, reply: Reply) -> Outcome<F> {
        let shared = Rc::clone(&self.shared);
        let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
        let (request, response) = (&mut self.request, &mut self.response);
        match phase {
            Phase::Request => shared.filter.on_reply(awaiting, reply, request, &mut exchange),
            Phase::Response => shared.filter.on_response_reply(awaiting, reply, request, response, &mut exchange),
        }
    }

    fn advance(&mut self, phase: Phase, mut outcome: Outcome<F>) -> Action {
        loop {
            match outcome {
                Ok(Step::Continue) => return self.pass(phase),
                Ok(Step::Answer(answer)) => return self.answer(answer),
                Ok(Step::Await(callout, awaiting)) => match callout::dispatch(&callout, self.moment().1) {
                    Ok(sent) => {
                        self.machine = Machine::Awaiting(phase, sent, awaiting);
                        return Action::Pause;
                    }
                    Err(failure) => outcome = self.ask_reply(phase, awaiting, Reply::Failed(failure)),
                },
                Ok(Step::Wait(millis, awaiting)) if phase == Phase::Request => {
                    self.machine = Machine::Waiting(awaiting);
                    let (id, now) = self.moment();
                    self.shared.waiting.note(id, now.plus_millis(u64::from(millis)));
                    return Action::Pause;
                }
                Ok(Step::Wait(..)) => return self.fail(),
                Err(rejection) => return self.refuse(&rejection),
            }
        }
    }

    /// Writes the edits of a message that goes on.
    fn pass(&mut self, phase: Phase) -> Action {
        if phase == Phase::Response && has_no_body(self.response.status()) {
            // The client takes a body behind such a head for the next response.
            if self.response.body != Body::Empty {
                return self.answer(head_of(&self.response));
            }
            if self.response.status() == 204 {
                self.response.headers.remove("content-length");
            }
        }
        let (map, buffer, headers, body) = match phase {
            Phase::Request => (HeaderMap::Request, Buffer::RequestBody, &mut self.request.headers, &self.request.body),
            Phase::Response => {
                (HeaderMap::Response, Buffer::ResponseBody, &mut self.response.headers, &self.response.body)
            }
        };
        let written = match body {
            // Envoy does not mend the length itself: a wrong one splits or stalls the next message.
            Body::Replaced(bytes) => headers
                .set("content-length", bytes.len().to_string())
                .map_err(|_| Refused)
                .and_then(|()| host::set_buffer(buffer, bytes)),
            // The backend was asked with HEAD, and the client was not: it would wait for a body.
            Body::Empty if phase == Phase::Response && !self.head && promises_body(headers) => {
                headers.set("content-length", "0").map_err(|_| Refused)
            }
            Body::Empty | Body::Unread | Body::Read(_) => Ok(()),
        };
        let stored = if phase == Phase::Request { self.write_context() } else { Ok(()) };
        let (map, headers) = match phase {
            Phase::Request => (map, &mut self.request.headers),
            Phase::Response => (map, &mut self.response.headers),
        };
        if written.and(stored).and_then(|()| host::write_edits(map, headers)).is_err() {
            return self.fail();
        }
        match phase {
            Phase::Request => {
                self.received = self.received.max(self.request.body.bytes().len());
                self.request.body = Body::Unread;
                self.machine = Machine::Passed;
            }
            Phase::Response => {
                self.machine = Machine::Delivered;
                self.end(End::Proxied(self.response.status()));
            }
        }
        Action::Continue
    }

    pub(super) fn refuse(&mut self, rejection: &Rejection) -> Action {
        let shared = Rc::clone(&self.shared);
        let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
        let answer = shared.filter.refuse(rejection, &self.request, &mut exchange);
        self.answer(answer)
    }

    /// What was not foreseen is DEFAULT_5XX, never `Continue`.
    pub(super) fn fail(&mut self) -> Action {
        log::error!("{}: the host refused what it should have granted", F::NAME);
        self.refuse(&Rejection::new(ResponseType::Default5xx))
    }

    fn answer(&mut self, mut answer: Answer) -> Action {
        // Envoy does not check the values of a local reply: CR and LF would be written to the client as they are.
        if !(200..=599).contains(&answer.status) || answer.headers.may_split() {
            log::error!("{}: an answer that cannot be sent", F::NAME);
            answer = Answer::new(500);
        }
        // Envoy would send it, and the client take it for the next response.
        if has_no_body(answer.status) {
            answer.body.clear();
        }
        self.abandon();
        self.machine = Machine::Answered;
        if answer.body.is_empty() {
            self.content_type = answer.headers.get("content-type").map(<[u8]>::to_vec);
        }
        self.end(End::Answered(answer.status));
        if self.write_context().is_err() {
            log::error!("{}: $context cannot be stored", F::NAME);
        }
        if host::send_local_response(answer.status, F::NAME, &answer.headers, &answer.body).is_err() {
            log::error!("{}: the answer cannot be sent", F::NAME);
        }
        Action::Pause
    }

    pub(super) fn end(&mut self, end: End) {
        if !std::mem::replace(&mut self.ended, true) {
            let shared = Rc::clone(&self.shared);
            let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
            shared.filter.on_end(end, &self.request, &mut exchange);
        }
    }

    pub(super) fn read_context(&mut self) -> Result<(), Refused> {
        match host::property(CONTEXT_PATH) {
            Ok(bytes) if !bytes.is_empty() => *self.context = ApiContext::decode(&bytes).map_err(|_| Refused)?,
            _ => {}
        }
        Ok(())
    }

    fn write_context(&self) -> Result<(), Refused> {
        if F::SHARES_CONTEXT {
            let bytes = self.context.encode().map_err(|_| Refused)?;
            host::set_property(CONTEXT, &bytes)?;
        }
        Ok(())
    }
}

/// Is this the status of a response that ends with its head?
fn has_no_body(status: u16) -> bool {
    matches!(status, 204 | 304)
}

/// A response without its body, and without what frames one.
fn head_of(response: &Response) -> Answer {
    let mut answer = Answer::new(response.status());
    for (name, value) in response.headers.iter() {
        let name = String::from_utf8_lossy(name);
        if !name.starts_with(':') && !matches!(&*name, "content-length" | "transfer-encoding") {
            // A response that has this header may have it.
            let _ = answer.headers.add(&name, value);
        }
    }
    answer
}

/// Does the head of a response promise a body? That of a 304 says how long it would have been.
fn promises_body(headers: &Headers) -> bool {
    headers.get("content-length").is_some_and(|length| length != b"0") && headers.get(":status") != Some(b"304")
}
