//! API keys and usage plans: who may call, how often, and how many times a day, a week or a month.
//!
//! Nothing in here knows Envoy, and nothing asks for the time: moments come in as milliseconds since 1970, shared state
//! as bytes that the caller loads and swaps.
//!
//! ```text
//! config::UsagePlans ── compile ──▶ UsagePlans ── client(value, api, stage) ──▶ Client, or InvalidKey (403)
//!                                                                                 │ demand(method)
//!   methodSettings ── compile ──▶ Throttles ── demands(stage, method) ──┐         ▼
//!                                                                       └──▶ [Demand]  a slot, and its limits
//!                                                                               │
//!      Slots (load, swap) ── take_all(slots, now, demands) ◀────────────────────┘
//!           │
//!           └─▶ Allowance: counted;  Refused: Throttled or QuotaExceeded (429), nothing is counted
//! ```
//!
//! - [`UsagePlans`] are the keys, found by a hash in an index of 37 bytes a key, and the plans. [`csv`] reads API
//!   Gateway's own file of keys.
//! - [`Bucket`] and [`Quota`] are the two rules. A bucket is one number, the moment at which it is full again.
//! - [`take()`] counts a request against several limits whose state is one short string of bytes; if one refuses, none has
//!   counted it. It is a pure function: whoever calls it swaps the bytes if nobody else has, and takes again if somebody
//!   has. So no update is lost with any number of workers.
//! - [`take_all`] does that over several slots: the key's own, the method's, the account's, in AWS's order. Everything
//!   is looked at before anything is written; what a race refuses after that is given back.
//!
//! Where several proxies count together, a [`store`] is asked once the proxy's own limits have admitted a request
//! ([`hold`]); if it refuses, those get it back.
//!
//! # Exactness
//!
//! In any stretch of time a bucket admits at most burst + rate × time. Intervals are rounded up to a nanosecond, so a
//! rate is met or missed by less than one in 10⁹ / rate, never exceeded. Time does not run backwards in a slot: a clock
//! that does stands still there, mints nothing, and refuses until it has caught up. What is given back is at most what
//! the bucket would hold if nobody had taken anything.
//!
//! # Memory
//!
//! Shared data cannot delete, so nothing that a client sends may make an entry. Only configured keys have state, keys
//! share slots by the first bits of their digest, sixteen to a slot on average, and a slot holds sixteen bytes for each
//! limit of which something is used: a full bucket and a quota of a past period need none, and are dropped whenever the
//! slot is written. For a million keys that is 65,536 slots, about 11 MB idle, and 16 MB more for each limit that all of
//! them use at the same time. The number of slots is a power of two, so that a key's state stays where it is while keys
//! come and go.
//!
//! ```
//! use gatehouse_usage_plan::{Refusal, UsagePlans, config, take};
//!
//! let written: config::UsagePlans = serde_json::from_str(r#"{
//!     "usagePlans": [{"id": "basic", "apiStages": [{"apiId": "pets", "stage": "prod"}],
//!                     "throttle": {"rateLimit": 10, "burstLimit": 2}}],
//!     "apiKeys": [{"id": "ann", "value": "apikey1234abcdefghij0123456789", "usagePlanIds": ["basic"]}]
//! }"#)?;
//! let plans = UsagePlans::compile(written).map_err(|wrong| wrong[0].to_string())?;
//!
//! let client = plans.client(Some(b"apikey1234abcdefghij0123456789"), "pets", "prod")?;
//! let demand = client.demand("/pets/GET").ok_or("nothing is limited")?;
//! let (mut state, now) = (Vec::new(), 1_760_000_000_000);
//! for _ in 0..2 {
//!     state = take(&state, now, &demand.limits)?.state;
//! }
//! let refused = take(&state, now, &demand.limits).unwrap_err();
//! assert_eq!((refused.refusal, refused.retry_after_seconds()), (Refusal::Throttled, Some(1)));
//! assert!(take(&state, now + 100, &demand.limits).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allowance;
mod api_keys;
mod bucket;
mod calendar;
pub mod config;
pub mod csv;
mod date;
mod digest;
mod invalid;
mod limit;
mod page;
mod plan;
mod quota;
mod slots;
mod source;
pub mod store;
mod take;
mod throttles;
mod usage_plans;

pub use allowance::Allowance;
pub use api_keys::{ApiKey, ApiKeys};
pub use bucket::Bucket;
pub use calendar::{Period, date_of, day_of_date};
pub use digest::Digest;
pub use invalid::Invalid;
pub use limit::{Limit, Rule};
pub use quota::Quota;
pub use slots::{Demand, Held, KEYS_PER_PAGE, NotTaken, Slots, hold, note, pages, take_all};
pub use source::{ApiKeySource, HEADER};
pub use take::{Receipt, Refusal, Refused, Taken, give_back, is_state, take};
pub use throttles::{ACCOUNT_THROTTLE, MethodThrottle, Throttles};
pub use usage_plans::{Client, InvalidKey, UsagePlans};
