//! The contract between a filter and whatever runs it.
//!
//! A [`Filter`] turns an event into a [`Step`]: go on, ask somebody first, or answer. It performs no I/O and keeps no
//! flags of its own: what takes time is a step, what answers at once ([`Host`], the clock) is an argument, what must
//! be remembered has a name (`Awaiting` until a reply comes, `Memo` until the response).
//!
//! ```text
//!  request headers ──► wants_body? ──► on_request ──► Continue ──► upstream ──► on_response ──► client
//!                                      │  ▲    │                                    │
//!                            Await,Wait│  │    └─► Answer, or Err(Rejection) ◄──────┘
//!                                      ▼  │on_reply, on_wake
//!                     callout, another request
//! ```

mod callout;
mod host;
mod metrics;
pub mod request_ids;
mod secret;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod turn;

use std::fmt;

use gatehouse_api::Problem;
use gatehouse_context::Context;
use gatehouse_gateway_response::{Client, GatewayResponses};
use gatehouse_http::{Answer, Request, Response};
use serde::de::DeserializeOwned;

pub use callout::{Callout, Failure, Reply};
pub use gatehouse_context::Timestamp;
pub use gatehouse_gateway_response::{Rejection, ResponseType, http_api_answer};
pub use host::{Conflict, Hash, Host, Metric, MetricId, MetricKind, Slot, Store, Waiter};
pub use secret::Secret;
pub use table::Table;
pub use turn::{Lease, Turn, Turns};

/// One filter: configured once, then asked about every request.
pub trait Filter: Sized + 'static {
    /// What the operator writes, in AWS's words.
    type Config: DeserializeOwned;
    /// What is remembered until a reply comes; `Infallible` for a filter that never asks.
    type Awaiting: 'static;
    /// What the response phase needs of the request phase.
    type Memo: Default + 'static;

    /// The filter's name in logs, metrics and shared data.
    const NAME: &'static str;

    /// Does the filter read the `$context` that an earlier filter left, and leave its own to the next?
    const SHARES_CONTEXT: bool = true;

    /// How many bytes of a request body may stream by unread: more is REQUEST_TOO_LARGE. A filter that stands for a
    /// whole API limits them as API Gateway does ([`BODY_LIMIT`]); a filter among others does not.
    const STREAM_LIMIT: usize = usize::MAX;

    /// How many slots of shared data the filter needs, for all workers together.
    fn slots(&self) -> u32 {
        0
    }

    /// Understands the configuration, once.
    ///
    /// # Errors
    /// [`InvalidConfig`]: the host then refuses to start with it.
    fn configure(config: Self::Config) -> Result<Self, InvalidConfig>;

    /// What of the body must have come before [`Filter::on_request`]? Asked only where a body comes.
    fn wants_body(&self, request: &Request, exchange: &mut Exchange<'_, Self::Memo>) -> Wanted {
        let _ = (request, exchange);
        Wanted::Nothing
    }

    /// Looks at the next piece of a body that is wanted in [`Wanted::Pieces`].
    fn on_piece(&self, piece: &[u8], exchange: &mut Exchange<'_, Self::Memo>) {
        let _ = (piece, exchange);
    }

    /// Decides about a request.
    ///
    /// # Errors
    /// The gateway response with which it is refused.
    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Self::Memo>) -> Outcome<Self>;

    /// Goes on after the reply that [`Step::Await`] waited for.
    ///
    /// # Errors
    /// The gateway response with which the request is refused.
    fn on_reply(
        &self,
        awaiting: Self::Awaiting,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, Self::Memo>,
    ) -> Outcome<Self>;

    /// Goes on after [`Step::Wait`]: somebody woke the request up, or its time is over.
    ///
    /// # Errors
    /// The gateway response with which the request is refused.
    fn on_wake(
        &self,
        awaiting: Self::Awaiting,
        request: &mut Request,
        exchange: &mut Exchange<'_, Self::Memo>,
    ) -> Outcome<Self> {
        let _ = (awaiting, request, exchange);
        Err(Rejection::new(ResponseType::Default5xx))
    }

    /// The client left while this was awaited: nothing more comes of it, and others may wait for it.
    fn on_abandoned(&self, awaiting: Self::Awaiting, exchange: &mut Exchange<'_, Self::Memo>) {
        let _ = (awaiting, exchange);
    }

    /// Must the whole body of the response be there before [`Filter::on_response`]? Asked only where a body comes. One of more than
    /// [`BODY_LIMIT`] is not: it is then still [`Body::Unread`](gatehouse_http::Body::Unread), and streams by if the filter lets it.
    fn wants_response_body(&self, response: &Response, exchange: &mut Exchange<'_, Self::Memo>) -> bool {
        let _ = (response, exchange);
        false
    }

    /// Decides about the response to a request that went on.
    ///
    /// # Errors
    /// The gateway response that the client gets instead.
    fn on_response(
        &self,
        request: &Request,
        response: &mut Response,
        exchange: &mut Exchange<'_, Self::Memo>,
    ) -> Outcome<Self> {
        let _ = (request, response, exchange);
        Ok(Step::Continue)
    }

    /// Goes on after a reply that [`Filter::on_response`] waited for.
    ///
    /// # Errors
    /// The gateway response that the client gets instead.
    fn on_response_reply(
        &self,
        awaiting: Self::Awaiting,
        reply: Reply,
        request: &Request,
        response: &mut Response,
        exchange: &mut Exchange<'_, Self::Memo>,
    ) -> Outcome<Self> {
        let _ = (awaiting, reply, request, response, exchange);
        Err(Rejection::new(ResponseType::Default5xx))
    }

    /// Renders a refusal: the built-in gateway responses, unless the filter knows those of an API.
    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Self::Memo>) -> Answer {
        built_in_refusal(rejection, request, exchange.context)
    }

    /// The end of a request, told once: when its answer or the head of its response goes out, or when it was lost.
    fn on_end(&self, end: End, request: &Request, exchange: &mut Exchange<'_, Self::Memo>) {
        let _ = (end, request, exchange);
    }

    /// How often the filter is asked for an [`Filter::errand`], in milliseconds; `None` for never.
    fn errands_every(&self) -> Option<u32> {
        None
    }

    /// What the filter has to ask for itself, on behalf of no request: to know it before one needs it. Every worker is
    /// asked, and the main thread; who goes is for the filter to settle ([`Turns::try_take`]).
    fn errand(&self, now: Timestamp, host: &dyn Host) -> Option<(Callout, Self::Awaiting)> {
        let _ = (now, host);
        None
    }

    /// The reply to an errand; it may lead to the next.
    fn on_errand(
        &self,
        awaiting: Self::Awaiting,
        reply: Reply,
        now: Timestamp,
        host: &dyn Host,
    ) -> Option<(Callout, Self::Awaiting)> {
        let _ = (awaiting, reply, now, host);
        None
    }

    /// The metric behind an id that the filter counts with. Asked once per id.
    fn metric(&self, id: MetricId) -> Metric {
        Metric { name: format!("gatehouse.{}.{}", Self::NAME, id.0), kind: MetricKind::Counter }
    }
}

/// The built-in gateway response to a rejection.
#[must_use]
pub fn built_in_refusal(rejection: &Rejection, request: &Request, context: &mut Context) -> Answer {
    let client = Client { request, path_parameters: Default::default(), stage_variables: &Default::default() };
    GatewayResponses::default().answer(rejection, &client, context)
}

/// The largest request body, in bytes: 10 MB.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
pub const BODY_LIMIT: usize = 10_485_760;

/// What of a request's body must have come before [`Filter::on_request`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// Nothing: it streams by.
    #[default]
    Nothing,
    /// All of it, told piece by piece to [`Filter::on_piece`]: the filter never holds the whole.
    Pieces,
    /// The whole, as the request's body.
    Whole,
}

/// A step, or a refusal.
pub type Outcome<F> = Result<Step<<F as Filter>::Awaiting>, Rejection>;

/// What happens next to a request or response.
#[derive(Debug)]
pub enum Step<A> {
    /// It goes on, as edited.
    Continue,
    /// It waits for a reply.
    Await(Callout, A),
    /// It waits to be woken up by another request, for at most so many milliseconds; in the request phase only.
    Wait(u32, A),
    /// It is answered here.
    Answer(Answer),
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this status, made here or by a filter's refusal.
    Answered(u16),
    /// With this status, from upstream.
    Proxied(u16),
    /// Without one: the client left, or the connection broke.
    Lost,
}

/// What a filter has at hand while it decides.
pub struct Exchange<'a, M> {
    /// `$context`.
    pub context: &'a mut Context,
    /// What the filter wants to remember of this request.
    pub memo: &'a mut M,
    /// The time.
    pub now: Timestamp,
    /// Where this request can be woken up.
    pub here: Waiter,
    /// What answers at once.
    pub host: &'a dyn Host,
}

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig {
    /// The field, as a path: `stages[0].stageName`; empty for the whole.
    pub field: String,
    /// What is wrong with it, and what is allowed.
    pub reason: String,
}

impl InvalidConfig {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl From<Problem> for InvalidConfig {
    fn from(problem: Problem) -> Self {
        Self::new(problem.place.as_str().trim_start_matches('/'), problem.message)
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.reason),
            field => write!(f, "{field}: {}", self.reason),
        }
    }
}

impl std::error::Error for InvalidConfig {}
