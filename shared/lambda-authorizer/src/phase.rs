//! The phase of a request in which a Lambda authorizer decides about it.

use std::fmt;
use std::rc::Rc;

use gatehouse_api::deployment::Function;
use gatehouse_api::{AuthorizerType, StageArn};
use gatehouse_authorization::{Guard, Keys, Scene};
use gatehouse_context::Context;
use gatehouse_filter::{Callout, Failure, Host, Lease, Reply, Secret, Timestamp, Turn, Turns, Waiter};
use gatehouse_http::IllegalHeader;
use gatehouse_mapping::MethodRequest;
use gatehouse_policy::{Action, Decision, Principal, Request};

use crate::answer::{Answer, Fault};
use crate::authorizer::{Authorizer, Kind};
use crate::error::Error;
use crate::event::{MethodEvent, request_event, token_event};
use crate::filter::SLOTS;
use crate::grant::Grant;
use crate::identity::Identity;
use crate::metrics::{Measure, Metrics};
use crate::recent::{Granted, Policies, Recent};
use gatehouse_lambda::Invocation;

/// The longest method ARN, in bytes.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
const LONGEST_ARN: usize = 1_600;
/// Who waits for somebody else's call looks for himself this often, in milliseconds, should nobody wake him up.
const LOOK_MILLIS: u32 = 500;
/// A turn lasts longer than its call, so that the call's own end is what ends it.
const GRACE_MILLIS: u32 = 2_000;

/// An authorizer at a stage, ready to decide.
pub struct AuthorizerPhase {
    authorizer: Authorizer,
    /// What sets its answers apart from all others.
    scope: Vec<u8>,
    cluster: String,
    invocation: Invocation,
    timeout_millis: u32,
    region: String,
    secret: Secret,
    recent: Recent,
    policies: Policies,
    metrics: Metrics,
}

/// Where an authorizer does its work.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The function's ARN.
    pub arn: &'a str,
    /// Where it lives.
    pub function: &'a Function,
    /// The cluster that it is called by.
    pub cluster: String,
    /// How long it may take, in milliseconds.
    pub timeout_millis: u32,
    /// The region that policies are asked about.
    pub region: &'a str,
    /// Everything under which its answers may not be mixed with others: configuration, API, stage.
    pub scope: &'a [u8],
    /// Where its metrics begin.
    pub metrics: Metrics,
}

/// A request that is to be decided about.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The request, its path parameters, `$context` and stage variables.
    pub from: &'a MethodRequest<'a>,
    /// What method ARNs begin with.
    pub stage_arn: &'a StageArn,
    /// The path within the stage, as the client sent it.
    pub path: &'a str,
    /// The same as it was routed: what the method's ARN says.
    pub routed: &'a str,
    /// What guards the API besides.
    pub guard: Guard<'a>,
    /// The time.
    pub now: Timestamp,
    /// Where this request can be woken up.
    pub here: Waiter,
    /// What answers at once.
    pub host: &'a dyn Host,
}

/// What happens next.
pub enum Progress {
    /// The request may pass.
    Granted(Permit),
    /// The function is asked.
    Await(Callout, Asking),
    /// Another request asks it; how long to wait, in milliseconds.
    Wait(u32, Asking),
}

/// What the function granted to a request that may pass.
#[derive(Debug)]
pub struct Permit {
    granted: Rc<Granted>,
    /// How long the function was waited for, in milliseconds; 0 where its answer was known.
    latency: u64,
}

/// The function is being asked, by us or by another request.
#[derive(Debug)]
pub struct Asking {
    began: Timestamp,
    /// When the function was asked.
    asked: Timestamp,
    method_arn: String,
    mark: u128,
    key: [u8; 32],
    turn: Option<Lease>,
    waits: bool,
}

/// Who asks, and what the answer is kept under: by this worker, and by all.
#[derive(Clone, Copy)]
struct Caller<'a> {
    token: Option<&'a str>,
    mark: u128,
    key: [u8; 32],
}

impl AuthorizerPhase {
    /// An authorizer with its function.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the function's address cannot be written.
    pub fn new(authorizer: Authorizer, setting: Setting<'_>) -> Result<Self, IllegalHeader> {
        Ok(Self {
            invocation: Invocation::new(setting.arn, setting.function)?,
            authorizer,
            scope: setting.scope.to_vec(),
            cluster: setting.cluster,
            timeout_millis: setting.timeout_millis,
            region: setting.region.to_owned(),
            secret: Secret::default(),
            recent: Recent::default(),
            policies: Policies::default(),
            metrics: setting.metrics,
        })
    }

    /// `TOKEN` or `REQUEST`.
    #[must_use]
    pub fn kind(&self) -> AuthorizerType {
        match self.authorizer.kind {
            Kind::Token { .. } => AuthorizerType::Token,
            Kind::Request { .. } => AuthorizerType::Request,
        }
    }

    /// Decides about a request, if an answer is known; else asks the function.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn authorize(&self, ask: &Ask<'_>) -> Result<Progress, Error> {
        self.counted(self.look_up(ask), ask)
    }

    fn look_up(&self, ask: &Ask<'_>) -> Result<Progress, Error> {
        let arn = ask.stage_arn.method(ask.from.context.http_method.as_deref().unwrap_or_default(), ask.routed);
        if arn.len() > LONGEST_ARN {
            return Err(Error::ArnTooLong);
        }
        let Identity { token, mark } = self.authorizer.identify(ask.from, &self.secret.key(ask.host))?;
        if self.authorizer.ttl_seconds == 0 {
            return self.ask_function(ask, Caller { token, mark, key: [0; 32] }, arn, None, ask.now);
        }
        if let Some(granted) = self.recent.get(mark, ask.now) {
            self.metrics.count(Measure::Hit, ask.host);
            return self.decide(&granted, ask, &arn, 0);
        }
        let caller = Caller { token, mark, key: self.authorizer.key(ask.from, &self.scope)? };
        let turns = Turns::of_first(SLOTS, ask.host, ask.now);
        let turn = turns.take(&caller.key, ask.here, self.lease_millis());
        if turns.has_evicted() {
            self.metrics.count(Measure::Eviction, ask.host);
        }
        self.metrics.count(if matches!(turn, Turn::Held(_)) { Measure::Hit } else { Measure::Miss }, ask.host);
        self.take(turn, ask, caller, arn, ask.now)
    }

    /// Goes on when another request has woken this one up, or has not for a while.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn on_wake(&self, asking: &Asking, ask: &Ask<'_>) -> Result<Progress, Error> {
        self.counted(self.look_again(asking, ask), ask)
    }

    fn look_again(&self, asking: &Asking, ask: &Ask<'_>) -> Result<Progress, Error> {
        let arn = asking.method_arn.clone();
        let Identity { token, .. } = self.authorizer.identify(ask.from, &self.secret.key(ask.host))?;
        let caller = Caller { token, mark: asking.mark, key: asking.key };
        // Whoever waits has waited as long as he would for a call of his own.
        if ask.now.since(asking.began) > u64::from(self.timeout_millis) {
            return self.failed(&Fault::Unreachable(Failure::Timeout));
        }
        let turns = Turns::of_first(SLOTS, ask.host, ask.now);
        let turn = match asking.turn {
            Some(lease) => turns.take_again(&caller.key, ask.here, self.lease_millis(), lease),
            None => turns.take(&caller.key, ask.here, self.lease_millis()),
        };
        self.take(turn, ask, caller, arn, asking.began)
    }

    /// Goes on when the function has answered.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn on_reply(&self, asking: &Asking, reply: &Reply, ask: &Ask<'_>) -> Result<Progress, Error> {
        self.metrics.record(Measure::Latency, ask.now.since(asking.asked), ask.host);
        self.counted(self.understand(asking, reply, ask), ask)
    }

    fn understand(&self, asking: &Asking, reply: &Reply, ask: &Ask<'_>) -> Result<Progress, Error> {
        let found = match Answer::read_as(self.authorizer.form, reply) {
            Answer::Granted(grant) => match self.compile(grant) {
                Ok(granted) => Found::Granted(Rc::new(granted)),
                Err(fault) => Found::Failed(fault),
            },
            Answer::Unauthorized => Found::Unauthorized,
            Answer::Failed(fault) => Found::Failed(fault),
        };
        self.tell(asking, &found, ask);
        match found {
            Found::Granted(granted) => self.decide(&granted, ask, &asking.method_arn, ask.now.since(asking.asked)),
            Found::Unauthorized => Err(Error::Unauthorized),
            Found::Failed(fault) => self.failed(&fault),
        }
    }

    fn counted(&self, outcome: Result<Progress, Error>, ask: &Ask<'_>) -> Result<Progress, Error> {
        let measure = match &outcome {
            Ok(Progress::Granted(_) | Progress::Wait(..)) => return outcome,
            Ok(Progress::Await(..)) => Measure::Call,
            Err(Error::Unauthorized) => Measure::Unauthorized,
            Err(Error::ImplicitlyDenied) => Measure::ImplicitDeny,
            Err(Error::ExplicitlyDenied) => Measure::ExplicitDeny,
            Err(Error::Function | Error::ArnTooLong) => Measure::Failure,
        };
        self.metrics.count(measure, ask.host);
        outcome
    }

    /// The client has left: another request takes over.
    pub fn on_abandoned(&self, asking: &Asking, host: &dyn Host, now: Timestamp) {
        if let (Some(lease), false) = (asking.turn, asking.waits) {
            Turns::of_first(SLOTS, host, now).abandon(&asking.key, lease);
        }
    }

    fn take(
        &self,
        turn: Turn,
        ask: &Ask<'_>,
        caller: Caller<'_>,
        method_arn: String,
        began: Timestamp,
    ) -> Result<Progress, Error> {
        match turn {
            Turn::Held(bytes) => match self.held(&bytes) {
                Some((expires, granted)) => {
                    let granted = Rc::new(granted);
                    self.recent.put(caller.mark, Rc::clone(&granted), expires);
                    self.decide(&granted, ask, &method_arn, ask.now.since(began))
                }
                // Nobody writes such a thing; if somebody did, the function is asked.
                None => self.ask_function(ask, caller, method_arn, None, began),
            },
            Turn::Mine(lease) => self.ask_function(ask, caller, method_arn, Some(lease), began),
            Turn::Theirs(lease) => {
                Ok(Progress::Wait(LOOK_MILLIS, caller.asking(ask, began, method_arn, Some(lease), true)))
            }
            Turn::Failed(why) if why == UNAUTHORIZED => Err(Error::Unauthorized),
            // The one who asked has logged it.
            Turn::Failed(_) => Err(Error::Function),
        }
    }

    fn ask_function(
        &self,
        ask: &Ask<'_>,
        caller: Caller<'_>,
        method_arn: String,
        turn: Option<Lease>,
        began: Timestamp,
    ) -> Result<Progress, Error> {
        let body = match caller.token {
            Some(token) => token_event(token, &method_arn),
            None => {
                let (path, http_2) = (ask.path, ask.host.is_http_2());
                request_event(&self.authorizer, &MethodEvent { from: ask.from, method_arn: &method_arn, path, http_2 })
            }
        };
        let callout = Callout {
            cluster: self.cluster.clone(),
            headers: self.invocation.headers().clone(),
            body,
            timeout_millis: self.timeout_millis,
        };
        Ok(Progress::Await(callout, caller.asking(ask, began, method_arn, turn, false)))
    }

    /// Keeps what can be kept, and wakes up who waits for it.
    fn tell(&self, asking: &Asking, found: &Found, ask: &Ask<'_>) {
        if self.authorizer.ttl_seconds == 0 {
            return;
        }
        let turns = Turns::of_first(SLOTS, ask.host, ask.now);
        match (found, asking.turn) {
            (Found::Granted(granted), _) => {
                let expires = ask.now.plus_millis(u64::from(self.authorizer.ttl_seconds) * 1_000);
                self.recent.put(asking.mark, Rc::clone(granted), expires);
                let mut value = expires.millis().to_le_bytes().to_vec();
                value.extend(granted.grant.encode());
                turns.settle(&asking.key, &value, expires);
            }
            (Found::Unauthorized, Some(lease)) => turns.fail(&asking.key, lease, UNAUTHORIZED),
            (Found::Failed(_), Some(lease)) => turns.fail(&asking.key, lease, b"failed"),
            (Found::Unauthorized | Found::Failed(_), None) => {}
        }
    }

    /// Compiles the policy of a grant. One that AWS would not save is a malformed answer.
    fn compile(&self, grant: Grant) -> Result<Granted, Fault> {
        match self.policies.compile(&grant.policy) {
            Ok(policy) => Ok(Granted { grant, policy }),
            Err(invalid) => {
                let reason = invalid.first().map_or_else(|| "an invalid policy".to_owned(), ToString::to_string);
                Err(Fault::Malformed(reason))
            }
        }
    }

    /// Shared data's form: when it expires, and the grant.
    fn held(&self, bytes: &[u8]) -> Option<(Timestamp, Granted)> {
        let (expires, rest) = bytes.split_first_chunk::<8>()?;
        let granted = self.compile(Grant::decode(rest).ok()?).ok()?;
        Some((Timestamp::from_millis(u64::from_le_bytes(*expires)), granted))
    }

    fn decide(&self, granted: &Rc<Granted>, ask: &Ask<'_>, arn: &str, latency: u64) -> Result<Progress, Error> {
        let scene = Scene {
            request: ask.from.request,
            context: ask.from.context,
            region: &self.region,
            endpoint: ask.guard.endpoint,
            now: ask.now,
            host: ask.host,
        };
        let keys = Keys::read(granted.policy.all_needs().and(ask.guard.needs()), &scene);
        let context = keys.context();
        let request = Request::new(Principal::Anonymous, Action::INVOKE, arn, &context);
        match ask.guard.api().with_authorizer(&granted.policy, &request) {
            Decision::Allowed => Ok(Progress::Granted(Permit { granted: Rc::clone(granted), latency })),
            Decision::ImplicitlyDenied => Err(Error::ImplicitlyDenied),
            Decision::ExplicitlyDenied => Err(Error::ExplicitlyDenied),
        }
    }

    fn failed<T>(&self, fault: &Fault) -> Result<T, Error> {
        log::warn!("authorizer `{}`: {fault}", self.authorizer.name);
        Err(Error::Function)
    }

    fn lease_millis(&self) -> u32 {
        self.timeout_millis.saturating_add(GRACE_MILLIS)
    }
}

impl Caller<'_> {
    fn asking(self, ask: &Ask<'_>, began: Timestamp, method_arn: String, turn: Option<Lease>, waits: bool) -> Asking {
        Asking { began, asked: ask.now, method_arn, mark: self.mark, key: self.key, turn, waits }
    }
}

impl Permit {
    /// What the function granted.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.granted.grant
    }

    /// Makes it known as `$context.authorizer.*`.
    pub fn apply(&self, context: &mut Context) {
        self.granted.grant.apply(context);
        context.authorizer.set("integrationLatency", self.latency.to_string());
    }
}

/// What is told to those who waited for a call that ended in 401.
const UNAUTHORIZED: &[u8] = b"Unauthorized";

enum Found {
    Granted(Rc<Granted>),
    Unauthorized,
    Failed(Fault),
}

impl fmt::Debug for AuthorizerPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerPhase").field("authorizer", &self.authorizer.name).finish_non_exhaustive()
    }
}
