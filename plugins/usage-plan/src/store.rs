//! Asking a store: the calls, and what their replies say.

use gatehouse_filter::{Callout, Failure, Reply};
use gatehouse_http::{Headers, Response};
use gatehouse_usage_plan::config::StoreType;
use gatehouse_usage_plan::store::{Question, Said, Unusable, UsageStore, rate_limit_service, redis};

use crate::breaker::Breaker;

/// A store, and the way there.
#[derive(Debug)]
pub struct Store {
    store: UsageStore,
    cluster: String,
    authority: String,
    pub(crate) breaker: Breaker,
}

/// Why a store's reply says nothing about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Redis does not know the script.
    NoScript,
    /// It did not answer.
    Failed(Failure),
    /// It answered with another status than 200, or gRPC's other than 0.
    Status(u16),
    /// It said nothing that can be understood.
    Nonsense(&'static str),
}

impl Store {
    /// A store that the proxy reaches over this cluster, by this authority.
    #[must_use]
    pub fn new(store: UsageStore, cluster: String, authority: String) -> Self {
        Self { store, cluster, authority, breaker: Breaker::default() }
    }

    /// The call that asks. With `whole`, Redis gets the script that it did not know.
    pub(crate) fn callout(&self, question: &Question, whole: bool, now_millis: u64) -> Callout {
        let domain = &self.store.domain;
        let (path, body, content_type) = match self.store.kind {
            StoreType::Redis => {
                let command = if whole { redis::count_with_script } else { redis::count };
                ("/", command(domain, question), "application/x-www-form-urlencoded")
            }
            StoreType::RateLimitService => {
                let body = rate_limit_service::ask(domain, question, now_millis);
                (rate_limit_service::PATH, body, "application/grpc")
            }
        };
        let authority = self.authority.as_str();
        let mut headers = Headers::from_pairs([(":method", "POST"), (":path", path), (":authority", authority)]);
        // Nothing in them can end a line.
        let _ = headers.set("content-type", content_type);
        if self.store.kind == StoreType::RateLimitService {
            let _ = headers.set("te", "trailers");
        }
        Callout { cluster: self.cluster.clone(), headers, body, timeout_millis: self.store.timeout_millis }
    }

    /// What a reply says.
    pub(crate) fn said(&self, reply: &Reply, question: &Question, now_millis: u64) -> Result<Said, NoAnswer> {
        let response = match reply {
            Reply::Answered(response) => response,
            Reply::Failed(failure) => return Err(NoAnswer::Failed(*failure)),
        };
        if response.status() != 200 {
            return Err(NoAnswer::Status(response.status()));
        }
        let body = response.body.bytes();
        let said = match self.store.kind {
            StoreType::Redis => redis::said(body, question),
            StoreType::RateLimitService => {
                check_grpc_status(response)?;
                rate_limit_service::said(body, question, now_millis)
            }
        };
        said.map_err(|unusable| match unusable {
            Unusable::NoScript => NoAnswer::NoScript,
            Unusable::Nonsense(why) => NoAnswer::Nonsense(why),
        })
    }
}

/// An error of gRPC's comes with the status 200, and a number of its own.
fn check_grpc_status(response: &Response) -> Result<(), NoAnswer> {
    match response.headers.text("grpc-status") {
        None | Some("0") => Ok(()),
        Some(status) => Err(NoAnswer::Status(status.parse().unwrap_or(u16::MAX))),
    }
}
