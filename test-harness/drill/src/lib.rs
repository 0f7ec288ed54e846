//! The gateway, with a trap: a request with `x-drill: request` panics before it is decided about, one with `x-drill: reply`
//! when the authorizer's or backend's reply is there, one with `x-drill: response` when the backend has been asked.
//!
//! ```text
//!  request ──► x-drill? ──► gateway ──► callout ──► x-drill? ──► gateway ──► backend ──► x-drill? ──► gateway ──► client
//!                 ▼                                    ▼                                    ▼
//!               panic                                panic                                panic
//! ```
//!
//! It exists to show that nothing passes unauthorised when a filter dies, and that it comes back. It is never published.

use gatehouse_filter::{
    Callout, End, Exchange, Filter, Host, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, Timestamp, Wanted,
};
use gatehouse_gateway::Gateway;
use gatehouse_http::{Answer, Request, Response};

type Memo = <Gateway as Filter>::Memo;
type Awaiting = <Gateway as Filter>::Awaiting;

/// The gateway that can be made to panic.
#[derive(Debug)]
pub struct Drill(Gateway);

impl Filter for Drill {
    type Config = <Gateway as Filter>::Config;
    type Awaiting = Awaiting;
    type Memo = Memo;

    const NAME: &'static str = Gateway::NAME;
    const SHARES_CONTEXT: bool = Gateway::SHARES_CONTEXT;
    const STREAM_LIMIT: usize = Gateway::STREAM_LIMIT;

    fn slots(&self) -> u32 {
        self.0.slots()
    }

    fn configure(config: Self::Config) -> Result<Self, InvalidConfig> {
        Gateway::configure(config).map(Self)
    }

    fn wants_body(&self, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Wanted {
        self.0.wants_body(request, exchange)
    }

    fn on_piece(&self, piece: &[u8], exchange: &mut Exchange<'_, Memo>) {
        self.0.on_piece(piece, exchange);
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        step_on(request, b"request");
        self.0.on_request(request, exchange)
    }

    fn on_reply(
        &self,
        awaiting: Awaiting,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        step_on(request, b"reply");
        self.0.on_reply(awaiting, reply, request, exchange)
    }

    fn on_wake(&self, awaiting: Awaiting, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        self.0.on_wake(awaiting, request, exchange)
    }

    fn on_abandoned(&self, awaiting: Awaiting, exchange: &mut Exchange<'_, Memo>) {
        self.0.on_abandoned(awaiting, exchange);
    }

    fn wants_response_body(&self, response: &Response, exchange: &mut Exchange<'_, Memo>) -> bool {
        self.0.wants_response_body(response, exchange)
    }

    fn on_response(
        &self,
        request: &Request,
        response: &mut Response,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        step_on(request, b"response");
        self.0.on_response(request, response, exchange)
    }

    fn on_response_reply(
        &self,
        awaiting: Awaiting,
        reply: Reply,
        request: &Request,
        response: &mut Response,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        self.0.on_response_reply(awaiting, reply, request, response, exchange)
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Answer {
        self.0.refuse(rejection, request, exchange)
    }

    fn on_end(&self, end: End, request: &Request, exchange: &mut Exchange<'_, Memo>) {
        self.0.on_end(end, request, exchange);
    }

    fn errands_every(&self) -> Option<u32> {
        self.0.errands_every()
    }

    fn errand(&self, now: Timestamp, host: &dyn Host) -> Option<(Callout, Awaiting)> {
        self.0.errand(now, host)
    }

    fn on_errand(
        &self,
        awaiting: Awaiting,
        reply: Reply,
        now: Timestamp,
        host: &dyn Host,
    ) -> Option<(Callout, Awaiting)> {
        self.0.on_errand(awaiting, reply, now, host)
    }

    fn metric(&self, id: MetricId) -> Metric {
        self.0.metric(id)
    }
}

/// The trap, where a request asks for it.
#[expect(clippy::panic, reason = "what this filter is for")]
fn step_on(request: &Request, place: &[u8]) {
    if request.headers.all("x-drill").any(|value| value == place) {
        panic!("a drill");
    }
}

#[cfg(target_arch = "wasm32")]
gatehouse_proxy_wasm_shell::run!(Drill);
