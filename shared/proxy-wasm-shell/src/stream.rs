//! One request on its way: the machine that moves between Envoy's callbacks and the filter's decisions.
//!
//! ```text
//!                 ┌────────► Buffering ───┐
//!   Open ─────────┤      (or Reading)     ├──► Passed ──► Buffering ──► Delivered
//!                 └─► Awaiting, Waiting ◄─┘    (response phase: the same again)
//!   and from everywhere: Answered
//! ```
//!
//! Order: decide, store `$context`, act; for a local reply makes Envoy run the response filters at once.

mod outcome;
mod waiting;

use std::rc::Rc;

use gatehouse_context::{Context as ApiContext, Timestamp};
use gatehouse_filter::{End, Exchange, Filter, Rejection, Reply, ResponseType, Waiter, Wanted};
use gatehouse_http::{Body, Headers, Origin, Request, Response};
use proxy_wasm::types::Action;

use crate::callout::Sent;
use crate::host::{self, Buffer, HeaderMap, Refused};
use crate::shared::Shared;

/// One request and what is known of it.
pub(crate) struct Stream<F: Filter> {
    id: u32,
    shared: Rc<Shared<F>>,
    machine: Machine<F::Awaiting>,
    request: Request,
    response: Response,
    /// Boxed: a stream is moved when it is made, and this is most of it.
    context: Box<ApiContext>,
    memo: F::Memo,
    /// The time, as long as the same callback runs.
    now: Option<Timestamp>,
    received: usize,
    ended: bool,
    /// The client asked with HEAD, whatever a filter makes of the method.
    head: bool,
    /// Envoy takes the content type from a local reply without a body; API Gateway sends one all the same.
    content_type: Option<Vec<u8>>,
}

/// Where a stream stands.
enum Machine<A> {
    /// Nothing has come yet.
    Open,
    /// The head is held until the body is there.
    Buffering(Phase),
    /// The request's head is held until the filter has seen the body, piece by piece.
    Reading,
    /// The message is held until a reply comes.
    Awaiting(Phase, Sent, A),
    /// The request is held until another one wakes it up.
    Waiting(A),
    /// The request went on.
    Passed,
    /// The head of the response went on.
    Delivered,
    /// The answer was made here.
    Answered,
}

/// The two halves of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Request,
    Response,
}

/// What Envoy tells.
pub(crate) enum Event {
    Head(Phase, Ending),
    /// `size` bytes: all that is buffered while the body is held, else those of this chunk.
    Data(Phase, usize, Ending),
    Trailers(Phase),
    Reply(u32, Reply),
    Woken,
    Gone,
}

/// Does the message end here?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Ended,
    More,
}

impl From<bool> for Ending {
    fn from(end_of_stream: bool) -> Self {
        if end_of_stream { Ending::Ended } else { Ending::More }
    }
}

impl<F: Filter> Stream<F> {
    pub(crate) fn new(id: u32, shared: Rc<Shared<F>>) -> Self {
        Self {
            id,
            shared,
            machine: Machine::Open,
            request: Request::default(),
            response: Response::default(),
            context: Box::default(),
            memo: F::Memo::default(),
            now: None,
            received: 0,
            ended: false,
            head: false,
            content_type: None,
        }
    }

    pub(crate) fn on(&mut self, event: Event) -> Action {
        self.now = None;
        match event {
            Event::Head(Phase::Request, ending) => self.request_head(ending),
            Event::Head(Phase::Response, ending) => self.response_head(ending),
            Event::Data(phase, size, ending) => self.data(phase, size, ending),
            Event::Trailers(phase) => self.trailers(phase),
            Event::Reply(token, reply) => self.reply(token, reply),
            Event::Woken => self.woken(),
            Event::Gone => {
                self.gone();
                Action::Continue
            }
        }
    }

    /// Who this is and what time it is: a callback is a moment.
    fn moment(&mut self) -> (u32, Timestamp) {
        (self.id, *self.now.get_or_insert_with(now))
    }

    fn request_head(&mut self, ending: Ending) -> Action {
        self.request.body = body_of(ending);
        match host::headers(HeaderMap::Request) {
            Ok(headers) => self.request.headers = headers,
            Err(Refused) => return self.fail(),
        }
        self.head = self.request.method() == b"HEAD";
        if F::SHARES_CONTEXT && self.read_context().is_err() {
            return self.fail();
        }
        if ending == Ending::Ended {
            return self.decide(Phase::Request);
        }
        let shared = Rc::clone(&self.shared);
        let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
        let wanted = shared.filter.wants_body(&self.request, &mut exchange);
        if declared_length(&self.request) > limit::<F>(wanted != Wanted::Nothing) {
            return self.refuse(&Rejection::new(ResponseType::RequestTooLarge));
        }
        self.machine = match wanted {
            Wanted::Nothing => return self.decide(Phase::Request),
            Wanted::Pieces => Machine::Reading,
            Wanted::Whole => Machine::Buffering(Phase::Request),
        };
        Action::Pause
    }

    fn response_head(&mut self, ending: Ending) -> Action {
        match self.machine {
            Machine::Answered => return self.own_answer(),
            // Envoy answered itself, or the backend did: the filter decides about either.
            _ => {
                self.abandon();
                self.machine = Machine::Passed;
            }
        }
        self.response.body = body_of(ending);
        match host::headers(HeaderMap::Response) {
            Ok(headers) => self.response.headers = headers,
            Err(Refused) => return self.fail(),
        }
        self.response.origin = origin(&self.response);
        if ending == Ending::More {
            let shared = Rc::clone(&self.shared);
            let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
            if shared.filter.wants_response_body(&self.response, &mut exchange) {
                self.machine = Machine::Buffering(Phase::Response);
                return Action::Pause;
            }
        }
        self.decide(Phase::Response)
    }

    /// Our own answer on its way out.
    fn own_answer(&mut self) -> Action {
        if let Some(content_type) = self.content_type.take() {
            let mut headers = Headers::from_pairs([("content-type", "")]);
            let set = headers.set("content-type", content_type).map_err(|_| Refused);
            if set.and_then(|()| host::write_edits(HeaderMap::Response, &mut headers)).is_err() {
                log::error!("{}: the content type of an empty answer cannot be set", F::NAME);
            }
        }
        Action::Continue
    }

    fn data(&mut self, phase: Phase, size: usize, ending: Ending) -> Action {
        match self.machine {
            Machine::Buffering(held) if held == phase => {
                if size > limit::<F>(true) {
                    return match phase {
                        Phase::Request => self.refuse(&Rejection::new(ResponseType::RequestTooLarge)),
                        // It stays unread, and the filter decides whether it may stream by.
                        Phase::Response => self.decide(phase),
                    };
                }
                if ending == Ending::More { Action::Pause } else { self.whole_body(phase) }
            }
            Machine::Reading if phase == Phase::Request => self.next_piece(size, ending),
            Machine::Awaiting(Phase::Request, ..) | Machine::Waiting(_) if phase == Phase::Request => {
                self.received = size;
                if size > limit::<F>(false) {
                    return self.refuse(&Rejection::new(ResponseType::RequestTooLarge));
                }
                Action::Pause
            }
            Machine::Awaiting(Phase::Response, ..) if phase == Phase::Response => Action::Pause,
            Machine::Passed if phase == Phase::Request => {
                self.received = self.received.saturating_add(size);
                if self.received > limit::<F>(false) {
                    return self.refuse(&Rejection::new(ResponseType::RequestTooLarge));
                }
                Action::Continue
            }
            Machine::Answered if phase == Phase::Request => Action::Pause,
            Machine::Delivered if phase == Phase::Response && self.head && size > 0 => self.drop_body(),
            _ => Action::Continue,
        }
    }

    /// What has come since the last piece. Envoy keeps all of it until the request goes on.
    fn next_piece(&mut self, size: usize, ending: Ending) -> Action {
        if size > limit::<F>(true) {
            return self.refuse(&Rejection::new(ResponseType::RequestTooLarge));
        }
        if size > self.received {
            let Ok(piece) = host::piece(Buffer::RequestBody, self.received, size - self.received) else {
                return self.fail();
            };
            // What cannot be seen cannot be judged.
            if piece.len() != size - self.received {
                return self.fail();
            }
            self.received = size;
            let shared = Rc::clone(&self.shared);
            let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
            shared.filter.on_piece(&piece, &mut exchange);
        }
        if ending == Ending::More { Action::Pause } else { self.decide(Phase::Request) }
    }

    /// The backend was asked with another method than HEAD. Envoy would send the client the body all the same, and the
    /// client would take it for the next response.
    fn drop_body(&mut self) -> Action {
        if host::set_buffer(Buffer::ResponseBody, &[]).is_err() {
            log::error!("{}: the body of an answer to HEAD cannot be dropped", F::NAME);
            return Action::Pause;
        }
        Action::Continue
    }

    /// With HTTP/2, and with HTTP/1 trailers, this and no last chunk is the end of the body.
    fn trailers(&mut self, phase: Phase) -> Action {
        match self.machine {
            Machine::Buffering(held) if held == phase => self.whole_body(phase),
            Machine::Reading if phase == Phase::Request => self.decide(Phase::Request),
            Machine::Awaiting(held, ..) if held == phase => Action::Pause,
            Machine::Waiting(_) if phase == Phase::Request => Action::Pause,
            _ => Action::Continue,
        }
    }

    fn woken(&mut self) -> Action {
        match std::mem::replace(&mut self.machine, Machine::Open) {
            Machine::Waiting(awaiting) => {
                let shared = Rc::clone(&self.shared);
                let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
                let outcome = shared.filter.on_wake(awaiting, &mut self.request, &mut exchange);
                self.go_on(Phase::Request, outcome)
            }
            other => {
                self.machine = other;
                Action::Continue
            }
        }
    }

    /// The end of the stream, however it came.
    fn gone(&mut self) {
        self.abandon();
        self.end(End::Lost);
    }

    /// What was waited for is not waited for any more: the client has left, or is answered before it came. Whoever waits for
    /// this stream must not wait on.
    fn abandon(&mut self) {
        if let Machine::Awaiting(.., awaiting) | Machine::Waiting(awaiting) =
            std::mem::replace(&mut self.machine, Machine::Answered)
        {
            self.shared.waiting.forget(self.id);
            let shared = Rc::clone(&self.shared);
            let mut exchange = exchange(self.moment(), &shared, &mut self.context, &mut self.memo);
            shared.filter.on_abandoned(awaiting, &mut exchange);
        }
    }

    fn reply(&mut self, token: u32, reply: Reply) -> Action {
        match std::mem::replace(&mut self.machine, Machine::Open) {
            Machine::Awaiting(phase, sent, awaiting) if sent.token == token => {
                let outcome = self.ask_reply(phase, awaiting, reply);
                self.go_on(phase, outcome)
            }
            // A reply that nobody waits for any more.
            other => {
                self.machine = other;
                Action::Continue
            }
        }
    }
}

fn exchange<'a, F: Filter>(
    (id, now): (u32, Timestamp),
    shared: &'a Shared<F>,
    context: &'a mut ApiContext,
    memo: &'a mut F::Memo,
) -> Exchange<'a, F::Memo> {
    let here = Waiter { queue: shared.waiting.queue(), stream: id };
    Exchange { context, memo, now, here, host: shared }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(host::now_nanos() / 1_000_000)
}

fn body_of(ending: Ending) -> Body {
    match ending {
        Ending::Ended => Body::Empty,
        Ending::More => Body::Unread,
    }
}

fn declared_length(request: &Request) -> usize {
    request.headers.text("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()
}

/// How large a request body may be, in bytes: one that is read, and one that streams by.
const fn limit<F: Filter>(read: bool) -> usize {
    if read { gatehouse_filter::BODY_LIMIT } else { F::STREAM_LIMIT }
}

/// A response that no upstream made says why in its code details.
fn origin(response: &Response) -> Origin {
    if response.headers.has("x-envoy-upstream-service-time") {
        return Origin::Upstream;
    }
    match host::property("response\0code_details") {
        Ok(details) if details == b"via_upstream" => Origin::Upstream,
        Ok(details) => Origin::Proxy(String::from_utf8_lossy(&details).into_owned()),
        Err(Refused) => Origin::Proxy(String::new()),
    }
}
