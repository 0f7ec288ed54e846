//! What several proxies count in together: a store is asked about a request, and what it says is understood.
//!
//! ```text
//!   Client ── question(method) ──▶ Question: the quota, and throttles of the whole cluster
//!                                     │
//!       redis::count(…) ◀─────────────┴─────────────▶ rate_limit_service::ask(…)
//!             │ bytes                                         │ bytes
//!             ▼                                               ▼
//!       redis::said(…) ───────▶ Said, or Unusable ◀── rate_limit_service::said(…)
//! ```
//!
//! Whatever comes from a store may be a lie: it is bounded, and what cannot be understood is [`Unusable`], never a permission.

pub mod limitador;
mod protobuf;
pub mod rate_limit_service;
pub mod redis;

use std::fmt;

use crate::config::{self, FailureMode, StoreType};
use crate::invalid::Findings;
use crate::{Allowance, Demand, Refused};

/// The longest answer that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;
/// The longest time that a request may wait for a store, in milliseconds: API Gateway answers after 29 seconds.
const LONGEST_WAIT: u32 = 29_000;

/// A store, as far as it does not matter where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageStore {
    /// How it is asked.
    pub kind: StoreType,
    /// What its counters are kept under.
    pub domain: String,
    /// How long it may take, in milliseconds.
    pub timeout_millis: u32,
    /// What becomes of requests while it does not answer, where a plan does not say.
    pub failure_mode: FailureMode,
}

/// What a store is asked about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The plan.
    pub usage_plan_id: String,
    /// The key.
    pub api_key_id: String,
    /// The limits that it keeps, and the slot in which they are kept while it does not answer.
    pub demand: Demand,
    /// What becomes of the request if it does not answer.
    pub failure_mode: FailureMode,
}

/// What a store says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is counted. What is left of each limit, in the order of the question; nothing where the store does not tell.
    Counted(Vec<Allowance>),
    /// A limit refuses it, and none has counted it.
    Refused(Refused),
}

/// An answer that says nothing about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Redis does not know the script: it is sent along next time.
    NoScript,
    /// It cannot be understood, or is an error, or knows no limit.
    Nonsense(&'static str),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::NoScript => f.write_str("the script is not known"),
            Unusable::Nonsense(why) => f.write_str(why),
        }
    }
}

impl UsageStore {
    pub(crate) fn compile(written: &config::UsageStore, findings: &mut Findings) -> Self {
        let config::UsageStore { kind, domain, timeout_in_millis, failure_mode, .. } = written;
        if domain.is_empty() || domain.len() > 128 || !domain.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = format!("`{domain}` is no domain: use 1 to 128 visible ASCII characters without blanks");
            findings.add("/usageStore/domain", message);
        }
        if !(1..=LONGEST_WAIT).contains(timeout_in_millis) {
            let message = format!("`{timeout_in_millis}`: 1 to {LONGEST_WAIT} milliseconds are allowed");
            findings.add("/usageStore/timeoutInMillis", message);
        }
        Self {
            kind: *kind,
            domain: domain.clone(),
            timeout_millis: *timeout_in_millis,
            failure_mode: failure_mode.unwrap_or_default(),
        }
    }
}
