//! What requests are counted against, and what becomes of them.

use gatehouse_context::Context;
use gatehouse_filter::{Host, Rejection, ResponseType, Store, Timestamp};
use gatehouse_http::Request;
use gatehouse_usage_plan::{
    Allowance, ApiKeySource, Client, HEADER, NotTaken, Refusal, Slots, Throttles, UsagePlans, take_all,
};

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
        Self { plans, throttles, throttled, first_slot, tells }
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
    pub fn count(&self, counted: &Counted<'_>, context: &mut Context, host: &dyn Host) -> Verdict {
        if counted.key.is_none() && !self.throttled {
            return Verdict::Admitted(None);
        }
        let mut demands = Vec::new();
        if let Some(source) = counted.key {
            match self.client(source, counted, context) {
                Some(client) => demands.extend(client.demand(counted.method)),
                None => return Verdict::InvalidKey,
            }
        }
        demands.extend(self.throttles.demands(counted.stage_id, counted.method));
        if demands.is_empty() {
            return Verdict::Admitted(None);
        }
        let slots = InStore { store: host.store(), first: self.first_slot };
        match take_all(&slots, counted.now.millis(), &demands) {
            Ok(allowance) => Verdict::Admitted(allowance),
            Err(NotTaken::Refused(refused)) => {
                Verdict::Refused(refused.refusal, refused.retry_after_seconds(), refused.allowance)
            }
            Err(NotTaken::Unavailable) => Verdict::Unavailable,
        }
    }

    /// Whose key it is. One that stands twice is nobody's.
    fn client(&self, source: ApiKeySource, counted: &Counted<'_>, context: &mut Context) -> Option<Client<'_>> {
        let header = counted.request.headers.single(HEADER).ok()?;
        let value = source.value(header, counted.usage_identifier_key.map(str::as_bytes))?;
        let client = self.plans.client(Some(value), counted.api_id, counted.stage).ok()?;
        context.identity.api_key = std::str::from_utf8(value).ok().map(Into::into);
        context.identity.api_key_id = Some(client.api_key_id().into());
        Some(client)
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
    store: &'a dyn Store,
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
