//! What requests are counted against, and what becomes of them.
//!
//! ```text
//!  key ──► limits of this proxy, as one ──► store, if there is one ──► Admitted
//!   │          │                              │       └─ no answer: this proxy counts, or refuses
//!   └─ 403     └─ 429                         └─ 429: what this proxy had counted is given back
//!
//!  A store that has failed ten times in a row is asked by one request a second: for all others it has not answered.
//! ```

use gatehouse_context::Context;
use gatehouse_filter::{Callout, Host, Rejection, Reply, ResponseType, Timestamp};
use gatehouse_http::Request;
use gatehouse_usage_plan::config::FailureMode;
use gatehouse_usage_plan::store::{Question, Said};
use gatehouse_usage_plan::{
    Allowance, ApiKeySource, Client, Demand, HEADER, Held, NotTaken, Refusal, Slots, Throttles, UsagePlans, hold, note,
    take_all,
};

use crate::metrics::{Gauges, Metrics};
use crate::store::{NoAnswer, Store};

/// Keys, plans and throttles, ready to count.
#[derive(Debug)]
pub struct Metering {
    plans: UsagePlans,
    throttles: Throttles,
    /// Is anything limited for all clients together?
    throttled: bool,
    /// The first of its slots.
    first_slot: u32,
    /// Are clients told what is left?
    tells: bool,
    /// Where several proxies count together.
    store: Option<Store>,
    metrics: Metrics,
    gauges: Gauges,
}

/// How far a request has come.
#[derive(Debug)]
pub enum Counting {
    /// It is known what becomes of it.
    Done(Verdict),
    /// The store is asked first.
    Ask(Callout, Box<Asking>),
}

/// A request that the store is asked about: this proxy's limits have admitted it.
#[derive(Debug)]
pub struct Asking {
    question: Question,
    /// What this proxy has counted.
    held: Held,
    plan: usize,
    /// Redis has got the script.
    whole: bool,
}

/// What a request is counted as.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// The request, whose headers may have the key.
    pub request: &'a Request,
    /// The API.
    pub api_id: &'a str,
    /// The stage's name.
    pub stage: &'a str,
    /// `{apiId}/{stageName}`
    pub stage_id: &'a str,
    /// `/pets/{id}/GET`
    pub method: &'a str,
    /// Where its key is; `None` where none is required.
    pub key: Option<ApiKeySource>,
    /// What the authorizer said of the key.
    pub usage_identifier_key: Option<&'a str>,
    /// When it came.
    pub now: Timestamp,
}

/// What became of a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass; what is left.
    Admitted(Option<Allowance>),
    /// It has no key that may be used here.
    InvalidKey,
    /// There were too many; after how many seconds it may come again, and what is left.
    Refused(Refusal, Option<u64>, Allowance),
    /// Nobody knows: it does not pass.
    Unavailable,
}

impl Metering {
    /// Keys and plans, and throttles whose slots come behind theirs. Its slots are those from `first_slot` on. `throttled` says
    /// whether anything is limited for all clients together; `tells`, whether clients are told what is left.
    #[must_use]
    pub fn new(plans: UsagePlans, throttles: Throttles, throttled: bool, first_slot: u32, tells: bool) -> Self {
        Self {
            plans,
            throttles,
            throttled,
            first_slot,
            tells,
            store: None,
            metrics: Metrics::default(),
            gauges: Gauges::default(),
        }
    }

    /// The same with a store that is asked.
    #[must_use]
    pub fn with_store(self, store: Option<Store>) -> Self {
        Self { store, ..self }
    }

    /// The same with metrics of its own.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics, gauges: Gauges) -> Self {
        Self { metrics, gauges, ..self }
    }

    /// Keys and plans.
    #[must_use]
    pub fn plans(&self) -> &UsagePlans {
        &self.plans
    }

    /// Are clients told what is left?
    #[must_use]
    pub fn tells(&self) -> bool {
        self.tells
    }

    /// How many slots of shared data it needs.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.plans.slots() + self.throttles.slots()
    }

    /// Counts a request against everything that limits it. The key that it brings is known to `$context` then.
    pub fn count(&self, counted: &Counted<'_>, context: &mut Context, host: &dyn Host) -> Counting {
        if counted.key.is_none() && !self.throttled {
            return Counting::Done(Verdict::Admitted(None));
        }
        let client = match counted.key.map(|source| self.client(source, counted, context)) {
            Some(None) => return self.done(Verdict::InvalidKey, None, host),
            Some(client) => client,
            None => None,
        };
        let plan = client.as_ref().map(Client::usage_plan);
        let own = client.as_ref().and_then(|client| client.demand(counted.method));
        let common = self.throttles.demands(counted.stage_id, counted.method);
        let demands: Vec<Demand> = own.into_iter().chain(common).collect();
        if let (Some(store), Some(client)) = (&self.store, &client)
            && let Some(question) = client.question(counted.method)
        {
            return self.ask(store, question, demands, client.usage_plan(), counted.now, host);
        }
        if demands.is_empty() {
            return Counting::Done(Verdict::Admitted(None));
        }
        let taken = take_all(&self.slots_of(host), counted.now.millis(), &demands);
        self.done(taken.map_or_else(Verdict::from, Verdict::Admitted), plan, host)
    }

    /// Goes on after the store's reply.
    pub fn on_reply(&self, asking: Box<Asking>, reply: &Reply, now: Timestamp, host: &dyn Host) -> Counting {
        let Some(store) = &self.store else { return Counting::Done(Verdict::Unavailable) };
        let (slots, millis, plan) = (self.slots_of(host), now.millis(), Some(asking.plan));
        let said = store.said(reply, &asking.question, millis);
        match said {
            Ok(_) | Err(NoAnswer::NoScript) => store.breaker.answered(),
            Err(NoAnswer::Failed(_) | NoAnswer::Status(_) | NoAnswer::Nonsense(_)) => store.breaker.failed(now),
        }
        match said {
            Ok(Said::Counted(left)) => {
                self.learn(&asking, left.iter().map(|left| left.remaining), millis, host);
                let all = left.into_iter().chain(asking.held.allowance);
                self.done(Verdict::Admitted(all.reduce(Allowance::tighter)), plan, host)
            }
            Ok(Said::Refused(refused)) => {
                if refused.refusal == Refusal::QuotaExceeded {
                    self.learn(&asking, std::iter::repeat(0), millis, host);
                }
                asking.held.give_back(&slots, millis);
                self.done(Verdict::from(NotTaken::Refused(refused)), plan, host)
            }
            Err(NoAnswer::NoScript) if !asking.whole => {
                let callout = store.callout(&asking.question, true, millis);
                Counting::Ask(callout, Box::new(Asking { whole: true, ..*asking }))
            }
            Err(_) => {
                self.metrics.store_error(asking.plan, host);
                self.done(self.without_store(&asking, millis, host), plan, host)
            }
        }
    }

    fn ask(
        &self,
        store: &Store,
        question: Question,
        demands: Vec<Demand>,
        plan: usize,
        now: Timestamp,
        host: &dyn Host,
    ) -> Counting {
        match hold(&self.slots_of(host), now.millis(), demands) {
            Ok(held) => {
                let asking = Asking { question, held, plan, whole: false };
                if !store.breaker.lets_ask(now) {
                    self.metrics.store_skipped(plan, host);
                    return self.done(self.without_store(&asking, now.millis(), host), Some(plan), host);
                }
                let callout = store.callout(&asking.question, false, now.millis());
                Counting::Ask(callout, Box::new(asking))
            }
            Err(not_taken) => self.done(Verdict::from(not_taken), Some(plan), host),
        }
    }

    /// What the store says is left of a quota, this proxy goes on from if it does not answer.
    fn learn(
        &self,
        Asking { question, plan, .. }: &Asking,
        left: impl Iterator<Item = u32>,
        now_millis: u64,
        host: &dyn Host,
    ) {
        for (limit, left) in question.demand.limits.iter().zip(left).filter(|(limit, _)| limit.is_quota()) {
            self.gauges.show(*plan, &question.api_key_id, left, host);
            if question.failure_mode == FailureMode::Open {
                note(&self.slots_of(host), now_millis, question.demand.slot, limit, left);
            }
        }
    }

    /// What becomes of a request about which the store says nothing. What this proxy does not count either, it gives back.
    fn without_store(&self, asking: &Asking, now_millis: u64, host: &dyn Host) -> Verdict {
        let (slots, demand) = (self.slots_of(host), std::slice::from_ref(&asking.question.demand));
        let taken = match asking.question.failure_mode {
            FailureMode::Open => take_all(&slots, now_millis, demand),
            FailureMode::Closed => Err(NotTaken::Unavailable),
        };
        match taken {
            Ok(left) => {
                Verdict::Admitted([left, asking.held.allowance].into_iter().flatten().reduce(Allowance::tighter))
            }
            Err(not_taken) => {
                asking.held.give_back(&slots, now_millis);
                Verdict::from(not_taken)
            }
        }
    }

    fn done(&self, verdict: Verdict, plan: Option<usize>, host: &dyn Host) -> Counting {
        self.metrics.measure(verdict, plan, host);
        Counting::Done(verdict)
    }

    fn slots_of<'a>(&self, host: &'a dyn Host) -> InStore<'a> {
        InStore { store: host.store(), first: self.first_slot }
    }

    /// Whose key it is. One that stands twice is nobody's.
    fn client(&self, source: ApiKeySource, counted: &Counted<'_>, context: &mut Context) -> Option<Client<'_>> {
        let value = match source {
            ApiKeySource::Header => counted.request.headers.single(HEADER).ok()??,
            ApiKeySource::Authorizer => counted.usage_identifier_key?.as_bytes(),
        };
        let client = self.plans.client(Some(value), counted.api_id, counted.stage).ok()?;
        context.identity.api_key = std::str::from_utf8(value).ok().map(Into::into);
        context.identity.api_key_id = Some(client.api_key_id().into());
        Some(client)
    }
}

impl From<NotTaken> for Verdict {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Refused(refused) => {
                Verdict::Refused(refused.refusal, refused.retry_after_seconds(), refused.allowance)
            }
            NotTaken::Unavailable => Verdict::Unavailable,
        }
    }
}

impl Verdict {
    /// The gateway response to whoever may not pass.
    #[must_use]
    pub fn rejection(self) -> Option<Rejection> {
        Some(Rejection::new(match self {
            Verdict::Admitted(_) => return None,
            Verdict::InvalidKey => ResponseType::InvalidApiKey,
            Verdict::Refused(Refusal::Throttled, ..) => ResponseType::Throttled,
            Verdict::Refused(Refusal::QuotaExceeded, ..) => ResponseType::QuotaExceeded,
            Verdict::Unavailable => ResponseType::Default5xx,
        }))
    }

    /// The headers that tell what is left, where the operator wants them.
    #[must_use]
    pub fn headers(self) -> Vec<(&'static str, String)> {
        match self {
            Verdict::Admitted(Some(allowance)) => allowance.headers().into(),
            Verdict::Refused(_, retry_after, allowance) => {
                let retry_after = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
                allowance.headers().into_iter().chain(retry_after).collect()
            }
            Verdict::Admitted(None) | Verdict::InvalidKey | Verdict::Unavailable => Vec::new(),
        }
    }
}

/// The slots behind those of authorizers and signatures.
struct InStore<'a> {
    store: &'a dyn gatehouse_filter::Store,
    first: u32,
}

impl Slots for InStore<'_> {
    fn load(&self, slot: u32) -> Option<(Vec<u8>, u32)> {
        self.store.load(slot.saturating_add(self.first)).map(|held| (held.value, held.version))
    }

    fn swap(&self, slot: u32, version: u32, state: &[u8]) -> bool {
        self.store.swap(slot.saturating_add(self.first), version, state).is_ok()
    }
}
