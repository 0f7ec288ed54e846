//! The story of a request: host and stage, routing, `$context`, the authorizer, the integration, the answer.

use std::borrow::Cow;
use std::rc::Rc;

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{AuthorizerType, HttpMethod, MethodArn, Node};
use gatehouse_authorization::{AccessDenied, Guard, Keys, Scene, VpcEndpoint};
use gatehouse_filter::{
    BODY_LIMIT, Callout, End, Exchange, Filter, Host, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply,
    ResponseType, Step, Timestamp, Waiter, Wanted, built_in_refusal, request_ids,
};
use gatehouse_gateway_response::Client;
use gatehouse_http::{Answer, Headers, Request, Response};
use gatehouse_integration::{CLUSTER_HEADER, Overrides};
use gatehouse_jwt_authorizer::{self as jwt, Issuers, JwtPhase};
use gatehouse_lambda_authorizer::{Ask, Asking, AuthorizerPhase, Permit, Progress};
use gatehouse_mapping::{MethodRequest, PathParameters};
use gatehouse_policy::{Action, Api, Decision, Principal};
use gatehouse_sigv4::{BodyHasher, Digest};
use gatehouse_sigv4_verifier::{self as iam, Authenticated, IamPhase, Moment};
use gatehouse_usage_plan_filter::{self as usage, Counted, Counting, Metering};

use crate::Gateway;
use crate::compile::Signing;
use crate::hosts::Found;
use crate::http_proxy;
use crate::metrics::Measured;
use crate::stage::{Authorization, Backend, CompiledMethod, Stage};
use crate::trace::trace_id;
use crate::unknown_route;
use crate::validation;

/// What the gateway remembers of a request.
#[derive(Default)]
pub struct Memo {
    /// The stage, and the method in it, as far as they were found.
    stage: Option<usize>,
    method: Option<usize>,
    began: Timestamp,
    /// When the integration was asked.
    asked: Option<Timestamp>,
    /// The client's request, where a gateway response may read it after it was rewritten.
    client: Option<Box<Request>>,
    /// What the authorizer granted: the API key to meter by is in it.
    permit: Option<Permit>,
    /// The digest of the body so far, where its signature is checked.
    hasher: Option<Box<BodyHasher>>,
    /// The VPC endpoint that the request came through.
    endpoint: Option<Rc<VpcEndpoint>>,
    /// What the client is told of its limits, where the operator wants it.
    told: Vec<(&'static str, String)>,
}

/// What is waited for.
#[derive(Debug)]
pub enum Awaited {
    /// The method's authorizer, or another request that asks it.
    Authorizer(Asking),
    /// The credential provider, or another request that asks it.
    Credentials(iam::Asking),
    /// A user pool's keys, or another request that fetches them.
    Keys(jwt::Asking),
    /// The store that several proxies count in.
    Store(Box<usage::Asking>),
    /// The integration: HTTP, AWS, or a function.
    Integration {
        /// `X-Amzn-Trace-Id`, which the client gets too.
        trace_id: String,
        /// What the request's template says of the response.
        overrides: Box<Overrides>,
    },
}

impl Filter for Gateway {
    type Config = Node;
    type Awaiting = Awaited;
    type Memo = Memo;

    const NAME: &'static str = "gateway";
    /// One filter for all phases: nobody came before, nobody comes after.
    const SHARES_CONTEXT: bool = false;
    const STREAM_LIMIT: usize = BODY_LIMIT;

    fn configure(config: Node) -> Result<Self, InvalidConfig> {
        let deployment = Deployment::read(&config).map_err(|problems| {
            let all: Vec<String> = problems.iter().map(|it| format!("{}: {}", it.place, it.message)).collect();
            InvalidConfig::new("", all.join("; "))
        })?;
        let mut gateway = Gateway::compile(&deployment).map_err(|faults| {
            let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
            InvalidConfig::new("", all.join("; "))
        })?;
        if let Some(iam) = &mut gateway.iam {
            iam.resolve(&|name| std::env::var(name).ok()).map_err(|name| {
                let reason = format!("environment variable `{name}`, which has a secret access key, is not set");
                InvalidConfig::new("iam.accessKeys", reason)
            })?;
        }
        Ok(gateway)
    }

    fn wants_body(&self, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Wanted {
        let Ok((_, method)) = self.route(request, exchange) else { return Wanted::Nothing };
        let answered = match &method.backend {
            // A body that does not say how long it is must have come before an answer can say that it is not too long.
            Backend::Mock(mock) => mock.wants_body(request) || !request.headers.has("content-length"),
            Backend::Http(http) => http.wants_body(request),
            Backend::HttpProxy(proxy) => proxy.wants_body(),
            Backend::Aws(aws) => aws.wants_body(request),
            Backend::LambdaProxy(_) => true,
            Backend::Misconfigured | Backend::Unserved => false,
        };
        let whole = answered || validation::wants_body(method, request);
        let integration = if whole { Wanted::Whole } else { Wanted::Nothing };
        let (Authorization::Iam, Some(iam)) = (method.authorization, &self.iam) else { return integration };
        // For nobody's request is a body waited for.
        let Some(signature) = iam.wants_body(request, &moment(exchange)) else { return Wanted::Nothing };
        let wanted = signature.max(integration);
        exchange.memo.hasher = (wanted == Wanted::Pieces).then(Box::default);
        wanted
    }

    fn on_piece(&self, piece: &[u8], exchange: &mut Exchange<'_, Memo>) {
        if let Some(hasher) = &mut exchange.memo.hasher {
            hasher.update(piece);
        }
    }

    fn slots(&self) -> u32 {
        self.slots
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        // Only the gateway itself may choose a cluster.
        request.headers.remove(CLUSTER_HEADER);
        let (_, method) = self.route(request, exchange)?;
        match method.authorization {
            Authorization::None => {
                self.guard(request, exchange, |api, request| api.without_authorizer(request))?;
                self.admit(request, exchange)
            }
            Authorization::Lambda(_) => {
                self.guard(request, exchange, |api, request| api.before_authorizer(request))?;
                let progress = self.ask(request, exchange, |authorizer, ask| authorizer.authorize(ask))?;
                self.authorized(progress, request, exchange)
            }
            Authorization::UserPools(_) => {
                let progress =
                    self.bring(exchange, |it| it.phase.authorize(it.issuers, request, it.scopes, &it.moment));
                self.brought(progress, request, exchange)
            }
            Authorization::Iam => {
                let progress = self.iam()?.authenticate(request, digest(exchange).as_ref(), &moment(exchange))?;
                self.authenticated(progress, request, exchange)
            }
        }
    }

    fn on_reply(
        &self,
        awaited: Awaited,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        match awaited {
            Awaited::Authorizer(asking) => {
                let progress =
                    self.ask(request, exchange, |authorizer, ask| authorizer.on_reply(&asking, &reply, ask))?;
                self.authorized(progress, request, exchange)
            }
            Awaited::Credentials(asking) => {
                let (body, moment) = (digest(exchange), moment(exchange));
                let progress = self.iam()?.on_reply(&asking, &reply, request, body.as_ref(), &moment)?;
                self.authenticated(progress, request, exchange)
            }
            Awaited::Keys(asking) => {
                let progress = self.bring(exchange, |it| {
                    it.phase.on_reply(&asking, &reply, it.issuers, request, it.scopes, &it.moment)
                });
                self.brought(progress, request, exchange)
            }
            Awaited::Store(asking) => {
                let counting = self.metering()?.on_reply(asking, &reply, exchange.now, exchange.host);
                self.counted(counting, request, exchange)
            }
            Awaited::Integration { trace_id, overrides } => {
                let (_, method) = self.routed(exchange.memo)?;
                measure_integration(exchange, reply_status(&reply));
                let answer = |from: &MethodRequest<'_>| match &method.backend {
                    Backend::Http(http) => http.answer(reply, from, &overrides),
                    Backend::Aws(aws) => aws.answer(reply, from, &overrides),
                    Backend::LambdaProxy(proxy) => proxy.answer(reply, from.request),
                    Backend::Mock(_) | Backend::HttpProxy(_) | Backend::Misconfigured | Backend::Unserved => {
                        Err(unforeseen())
                    }
                };
                let mut answer = self.with_method_request(request, exchange, answer)?;
                answer.headers.set("x-amzn-trace-id", trace_id)?;
                Ok(Step::Answer(identified(answer, exchange)?))
            }
        }
    }

    fn on_wake(&self, awaited: Awaited, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        match awaited {
            Awaited::Authorizer(asking) => {
                let progress = self.ask(request, exchange, |authorizer, ask| authorizer.on_wake(&asking, ask))?;
                self.authorized(progress, request, exchange)
            }
            Awaited::Credentials(asking) => {
                let (body, moment) = (digest(exchange), moment(exchange));
                let progress = self.iam()?.on_wake(&asking, request, body.as_ref(), &moment)?;
                self.authenticated(progress, request, exchange)
            }
            Awaited::Keys(asking) => {
                let progress =
                    self.bring(exchange, |it| it.phase.on_wake(&asking, it.issuers, request, it.scopes, &it.moment));
                self.brought(progress, request, exchange)
            }
            Awaited::Store(_) | Awaited::Integration { .. } => Err(unforeseen()),
        }
    }

    fn on_abandoned(&self, awaited: Awaited, exchange: &mut Exchange<'_, Memo>) {
        match awaited {
            Awaited::Authorizer(asking) => {
                if let Ok(authorizer) = self.authorizer(exchange.memo) {
                    authorizer.on_abandoned(&asking, exchange.host, exchange.now);
                }
            }
            Awaited::Credentials(asking) => {
                if let Some(iam) = &self.iam {
                    iam.on_abandoned(&asking, &moment(exchange));
                }
            }
            Awaited::Keys(asking) => self.issuers.on_abandoned(&asking, &of_keys(exchange)),
            // What was counted of a request whose client has left stays counted, here and in the store.
            Awaited::Store(_) | Awaited::Integration { .. } => {}
        }
    }

    fn errands_every(&self) -> Option<u32> {
        self.issuers.errands_every()
    }

    fn errand(&self, now: Timestamp, host: &dyn Host) -> Option<(Callout, Awaited)> {
        let moment = jwt::Moment { now, here: Waiter::default(), host };
        self.issuers.errand(&moment).map(|(callout, asking)| (callout, Awaited::Keys(asking)))
    }

    fn on_errand(&self, awaited: Awaited, reply: Reply, now: Timestamp, host: &dyn Host) -> Option<(Callout, Awaited)> {
        let Awaited::Keys(asking) = awaited else { return None };
        let next = self.issuers.on_errand(&asking, &reply, &jwt::Moment { now, here: Waiter::default(), host });
        next.map(|(callout, asking)| (callout, Awaited::Keys(asking)))
    }

    fn on_response(&self, _: &Request, response: &mut Response, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        measure_integration(exchange, Some(response.status()));
        http_proxy::finish(response)?;
        identify(&mut response.headers, exchange)?;
        exchange.context.status = Some(response.status());
        Ok(Step::Continue)
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Answer {
        request_ids::ensure(request, exchange.context, exchange.host);
        let client = exchange.memo.client.take();
        let request = client.as_deref().unwrap_or(request);
        let Some(stage) = exchange.memo.stage.and_then(|stage| self.stages.get(stage)) else {
            return built_in_refusal(rejection, request, exchange.context);
        };
        let path = exchange.context.path.clone().unwrap_or_default();
        let parameters = self.path_parameters(request, &path);
        let client =
            Client { request, path_parameters: PathParameters(&parameters), stage_variables: &stage.variables };
        let mut answer = stage.responses.answer(rejection, &client, exchange.context);
        for (name, value) in std::mem::take(&mut exchange.memo.told) {
            // They hold digits alone.
            let _ = answer.headers.set(name, value);
        }
        answer
    }

    fn on_end(&self, end: End, _: &Request, exchange: &mut Exchange<'_, Memo>) {
        let Some(index) = exchange.memo.stage else { return };
        let status = match end {
            End::Answered(status) | End::Proxied(status) => Some(status),
            End::Lost => None,
        };
        exchange.context.status = status;
        let measured = Measured {
            stage: index,
            method: exchange.memo.method,
            status,
            latency: exchange.now.since(exchange.memo.began),
            integration_latency: exchange.context.integration_latency,
        };
        self.metrics.measure(measured, exchange.host);
        if let Some(stage) = self.stages.get(index) {
            stage.publish_log(exchange.context, exchange.host);
        }
    }

    fn metric(&self, id: MetricId) -> Metric {
        self.metrics.metric(id)
    }
}

impl Gateway {
    /// Finds the method that a request is for, once: what was found is remembered.
    fn route(
        &self,
        request: &Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Result<(&Stage, &CompiledMethod), Rejection> {
        if exchange.memo.method.is_some() {
            return self.routed(exchange.memo);
        }
        request_ids::ensure(request, exchange.context, exchange.host);
        exchange.memo.began = exchange.now;
        let unknown = || unknown_route::rejection(request);
        // What is not UTF-8 is no resource's path.
        let path = std::str::from_utf8(request.path()).map_err(|_| unknown())?;
        let authority = std::str::from_utf8(request.authority()).map_err(|_| unknown())?;
        // Several `Host` headers come joined: who names two hosts names none.
        if authority.contains(',') {
            return Err(Rejection::new(ResponseType::WafFiltered));
        }
        let (index, inside) = match self.hosts.find(authority, path) {
            Found::Stage(index, inside) => (index, inside),
            Found::NoStage => return Err(unknown()),
            Found::NoApi => return Err(Rejection::new(ResponseType::WafFiltered)),
        };
        let stage = self.stages.get(index).ok_or_else(unforeseen)?;
        exchange.memo.stage = Some(index);
        stage.begin(request, path, exchange.context, exchange.now, exchange.host);
        let verb = verb(request).ok_or_else(unknown)?;
        let found = stage.router.find(verb, inside).ok_or_else(unknown)?;
        let method = stage.methods.get(*found.value()).ok_or_else(unforeseen)?;
        exchange.memo.method = Some(*found.value());
        stage.routed(verb, method, exchange.context);
        exchange.memo.endpoint = self.endpoints_of_vpcs.of_request(exchange.host, exchange.context);
        Ok((stage, method))
    }

    /// What routing found before.
    pub(crate) fn routed(&self, memo: &Memo) -> Result<(&Stage, &CompiledMethod), Rejection> {
        let stage = memo.stage.and_then(|stage| self.stages.get(stage)).ok_or_else(unforeseen)?;
        let method = memo.method.and_then(|method| stage.methods.get(method)).ok_or_else(unforeseen)?;
        Ok((stage, method))
    }

    fn authorizer(&self, memo: &Memo) -> Result<&AuthorizerPhase, Rejection> {
        let (stage, method) = self.routed(memo)?;
        match method.authorization {
            Authorization::Lambda(index) => stage.authorizers.get(index).ok_or_else(unforeseen),
            Authorization::None | Authorization::Iam | Authorization::UserPools(_) => Err(unforeseen()),
        }
    }

    fn iam(&self) -> Result<&IamPhase, Rejection> {
        self.iam.as_ref().ok_or_else(unforeseen)
    }

    /// What guards the API for a request, besides its authorizers.
    fn guard_of<'g>(&'g self, memo: &'g Memo) -> Result<Guard<'g>, Rejection> {
        let (stage, _) = self.routed(memo)?;
        Ok(stage.guard.with(memo.endpoint.as_deref()))
    }

    /// Asks the resource policy and the VPC endpoint's, where there are any.
    fn guard(
        &self,
        request: &Request,
        exchange: &Exchange<'_, Memo>,
        decide: impl FnOnce(&Api<'_>, &gatehouse_policy::Request<'_>) -> Decision,
    ) -> Result<(), Rejection> {
        let (stage, _) = self.routed(exchange.memo)?;
        if !stage.guard.decides(exchange.memo.endpoint.as_deref()) {
            return Ok(());
        }
        let guard = self.guard_of(exchange.memo)?;
        let keys = Keys::read(guard.needs(), &self.scene(request, exchange));
        let (context, arn) = (keys.context(), self.method_arn(request, exchange)?);
        let asked = gatehouse_policy::Request::new(Principal::Anonymous, Action::INVOKE, &arn, &context);
        Ok(AccessDenied::unless_allowed(decide(&guard.api(), &asked), None, &arn)?)
    }

    fn scene<'s>(&'s self, request: &'s Request, exchange: &'s Exchange<'_, Memo>) -> Scene<'s> {
        Scene {
            request,
            context: exchange.context,
            region: &self.region,
            endpoint: exchange.memo.endpoint.as_deref(),
            now: exchange.now,
            host: exchange.host,
        }
    }

    fn method_arn(&self, request: &Request, exchange: &Exchange<'_, Memo>) -> Result<String, Rejection> {
        let context = &*exchange.context;
        let arn = MethodArn {
            region: &self.region,
            account_id: context.account_id.as_deref().unwrap_or_default(),
            api_id: context.api_id.as_deref().unwrap_or_default(),
            stage: context.stage.as_deref().unwrap_or_default(),
            http_method: context.http_method.as_deref().unwrap_or_default(),
            path: self.path_in_stage(request)?,
        };
        Ok(arn.text())
    }

    /// What of a request's path lies within its stage.
    fn path_in_stage<'r>(&self, request: &'r Request) -> Result<&'r str, Rejection> {
        let path = std::str::from_utf8(request.path()).map_err(|_| unforeseen())?;
        let authority = std::str::from_utf8(request.authority()).map_err(|_| unforeseen())?;
        match self.hosts.find(authority, path) {
            Found::Stage(_, inside) => Ok(inside),
            Found::NoStage | Found::NoApi => Err(unforeseen()),
        }
    }

    /// Goes on with what became of a signature: the caller is known, his policies decide.
    fn authenticated(
        &self,
        progress: iam::Progress,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        let authenticated = match progress {
            iam::Progress::Await(callout, asking) => return Ok(Step::Await(callout, Awaited::Credentials(asking))),
            iam::Progress::Wait(millis, asking) => return Ok(Step::Wait(millis, Awaited::Credentials(asking))),
            iam::Progress::Authenticated(authenticated) => authenticated,
        };
        authenticated.apply(exchange.context);
        self.take_signed_path(&authenticated, request, exchange)?;
        let arn = self.method_arn(request, exchange)?;
        let guard = self.guard_of(exchange.memo)?;
        self.iam()?.authorize(&authenticated, &arn, &guard, &self.scene(request, exchange))?;
        self.admit(request, exchange)
    }

    /// What goes on is what was signed. A path that was sent with empty or dot segments is routed anew without them: the
    /// method that it leads to must be one that asks for a signature too.
    fn take_signed_path(
        &self,
        authenticated: &Authenticated,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Result<(), Rejection> {
        let is_as_sent = authenticated.path(request) == request.path();
        authenticated.clean(request)?;
        if is_as_sent {
            return Ok(());
        }
        let (began, time) = (exchange.memo.began, exchange.context.request_time);
        exchange.memo.method = None;
        let (_, method) = self.route(request, exchange)?;
        let asks_for_signature = method.authorization == Authorization::Iam;
        exchange.memo.began = began;
        exchange.context.request_time = time;
        if asks_for_signature { Ok(()) } else { Err(unknown_route::rejection(request)) }
    }

    /// Asks the method's authorizer about a request.
    fn ask(
        &self,
        request: &Request,
        exchange: &Exchange<'_, Memo>,
        then: impl FnOnce(&AuthorizerPhase, &Ask<'_>) -> Result<Progress, gatehouse_lambda_authorizer::Error>,
    ) -> Result<Progress, Rejection> {
        let (stage, _) = self.routed(exchange.memo)?;
        let authorizer = self.authorizer(exchange.memo)?;
        let inside = self.path_in_stage(request)?;
        let guard = self.guard_of(exchange.memo)?;
        let (now, here, host) = (exchange.now, exchange.here, exchange.host);
        // A token is all that its authorizer is given.
        if authorizer.kind() == AuthorizerType::Token {
            let (context, stage_variables) = (&*exchange.context, &stage.variables);
            let from = MethodRequest { request, path_parameters: PathParameters::default(), context, stage_variables };
            return Ok(then(authorizer, &Ask { from: &from, path: inside, guard, now, here, host })?);
        }
        self.with_method_request(request, exchange, |from| {
            Ok(then(authorizer, &Ask { from, path: inside, guard, now, here, host })?)
        })
    }

    fn authorized(
        &self,
        progress: Progress,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        match progress {
            Progress::Await(callout, asking) => Ok(Step::Await(callout, Awaited::Authorizer(asking))),
            Progress::Wait(millis, asking) => Ok(Step::Wait(millis, Awaited::Authorizer(asking))),
            Progress::Granted(permit) => {
                permit.apply(exchange.context);
                exchange.memo.permit = Some(permit);
                self.admit(request, exchange)
            }
        }
    }

    /// Looks at the token that a request brings.
    fn bring(
        &self,
        exchange: &mut Exchange<'_, Memo>,
        look: impl FnOnce(&Brought<'_>) -> Result<jwt::Progress, jwt::Error>,
    ) -> Result<jwt::Progress, Rejection> {
        let (stage, method) = self.routed(exchange.memo)?;
        let Authorization::UserPools(index) = method.authorization else { return Err(unforeseen()) };
        let phase = stage.user_pools.get(index).ok_or_else(unforeseen)?;
        let brought = Brought { phase, issuers: &self.issuers, scopes: &method.scopes, moment: of_keys(exchange) };
        look(&brought).map_err(|error| {
            exchange.context.authorizer.set("error", error.to_string());
            error.rejection()
        })
    }

    /// Goes on with what became of a token: the caller is known, the resource policy must let him.
    fn brought(
        &self,
        progress: Result<jwt::Progress, Rejection>,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        match progress? {
            jwt::Progress::Await(callout, asking) => Ok(Step::Await(callout, Awaited::Keys(asking))),
            jwt::Progress::Wait(millis, asking) => Ok(Step::Wait(millis, Awaited::Keys(asking))),
            jwt::Progress::Granted(permit) => {
                permit.apply(exchange.context);
                self.guard(request, exchange, |api, request| api.with_user_pool(request))?;
                self.admit(request, exchange)
            }
        }
    }

    /// Counts a request that is authorized, and lets it go on to the integration.
    fn admit(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let (stage, method) = self.routed(exchange.memo)?;
        let metering = self.metering()?;
        let counted = Counted {
            request,
            api_id: &stage.api_id,
            stage: &stage.name,
            stage_id: &stage.id,
            method: &method.metered,
            key: method.key,
            usage_identifier_key: exchange
                .memo
                .permit
                .as_ref()
                .and_then(|it| it.grant().usage_identifier_key.as_deref()),
            now: exchange.now,
        };
        let counting = metering.count(&counted, exchange.context, exchange.host);
        self.counted(counting, request, exchange)
    }

    fn metering(&self) -> Result<&Metering, Rejection> {
        self.metering.as_ref().ok_or_else(unforeseen)
    }

    /// Goes on with what became of a request that was counted.
    fn counted(&self, counting: Counting, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let verdict = match counting {
            Counting::Ask(callout, asking) => return Ok(Step::Await(callout, Awaited::Store(asking))),
            Counting::Done(verdict) => verdict,
        };
        if self.metering()?.tells() {
            exchange.memo.told = verdict.headers();
        }
        match verdict.rejection() {
            Some(rejection) => Err(rejection),
            None => {
                self.validate(request, exchange)?;
                self.integrate(request, exchange)
            }
        }
    }

    /// The method's integration, for a request that may pass.
    fn integrate(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let (stage, method) = self.routed(exchange.memo)?;
        match &method.backend {
            Backend::Mock(mock) => {
                let answer = self.with_method_request(request, exchange, |from| mock.answer(from))?;
                Ok(Step::Answer(identified(answer, exchange)?))
            }
            Backend::Http(_) | Backend::Aws(_) | Backend::LambdaProxy(_) => self.call(request, exchange),
            Backend::HttpProxy(proxy) => {
                let trace_id = trace_id(request, exchange.now, exchange.host);
                exchange.context.xray_trace_id = Some(trace_id.as_str().into());
                let prepared = self.with_method_request(request, exchange, |from| proxy.prepare(from, &trace_id))?;
                exchange.memo.client = stage.keeps_client.then(|| Box::new(request.clone()));
                exchange.memo.asked = Some(exchange.now);
                prepared.apply(request, exchange.host)?;
                Ok(Step::Continue)
            }
            Backend::Misconfigured => Err(Rejection::new(ResponseType::IntegrationFailure).status(500)),
            Backend::Unserved => Err(unforeseen()),
        }
    }

    /// Asks an integration that is waited for.
    fn call(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let (_, method) = self.routed(exchange.memo)?;
        let trace_id = trace_id(request, exchange.now, exchange.host);
        exchange.context.xray_trace_id = Some(trace_id.as_str().into());
        if matches!(method.backend, Backend::LambdaProxy(_)) {
            // The event tells it among the headers.
            request.headers.set("x-amzn-trace-id", &trace_id)?;
        }
        let called = self.with_method_request(request, exchange, |from| match &method.backend {
            Backend::Http(http) => http.callout(from, &trace_id),
            Backend::Aws(aws) => aws.callout(from, &trace_id),
            Backend::LambdaProxy(proxy) => {
                let path = event_path(self.path_in_stage(from.request)?);
                Ok((proxy.callout(from, path, &trace_id)?, Overrides::default()))
            }
            Backend::Mock(_) | Backend::HttpProxy(_) | Backend::Misconfigured | Backend::Unserved => Err(unforeseen()),
        });
        let (mut callout, overrides) = called?;
        if let Some(Signing { service, region, .. }) = &method.as_caller {
            let caller = (method.authorization == Authorization::Iam).then_some(&exchange.context.identity.access_key);
            let caller = caller.and_then(Option::as_deref).ok_or_else(unforeseen)?;
            self.iam()?.sign_as(caller, service, region, &mut callout, &moment(exchange))?;
        }
        exchange.memo.asked = Some(exchange.now);
        Ok(Step::Await(callout, Awaited::Integration { trace_id, overrides: Box::new(overrides) }))
    }

    /// The path parameters of a request whose path is known.
    fn path_parameters<'a>(&'a self, request: &Request, path: &'a str) -> Vec<(&'a str, &'a [u8])> {
        let authority = std::str::from_utf8(request.authority()).unwrap_or_default();
        let Found::Stage(index, inside) = self.hosts.find(authority, path) else { return Vec::new() };
        let found = self.stages.get(index).zip(verb(request)).and_then(|(stage, verb)| stage.router.find(verb, inside));
        found.map(|it| it.parameters().map(|(name, value)| (name, value.as_bytes())).collect()).unwrap_or_default()
    }

    pub(crate) fn with_method_request<T>(
        &self,
        request: &Request,
        exchange: &Exchange<'_, Memo>,
        then: impl FnOnce(&MethodRequest<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let stage = exchange.memo.stage.and_then(|stage| self.stages.get(stage)).ok_or_else(unforeseen)?;
        let path: Cow<'_, str> = String::from_utf8_lossy(request.path());
        let parameters = self.path_parameters(request, &path);
        then(&MethodRequest {
            request,
            path_parameters: PathParameters(&parameters),
            context: exchange.context,
            stage_variables: &stage.variables,
        })
    }
}

/// `/stage//x` is `/x` to a function, as recorded.
fn event_path(inside: &str) -> &str {
    let doubled = inside.bytes().take_while(|byte| *byte == b'/').count().saturating_sub(1);
    inside.get(doubled..).filter(|path| !path.is_empty()).unwrap_or("/")
}

/// A token is looked at: by which authorizer, with which keys, for which scopes, and when.
struct Brought<'a> {
    phase: &'a JwtPhase,
    issuers: &'a Issuers,
    scopes: &'a [String],
    moment: jwt::Moment<'a>,
}

/// The verb of a request; a client behind a proxy that knows few verbs names its own in a header. One that names several
/// has none: the backend could take another than the routing.
fn verb(request: &Request) -> Option<HttpMethod> {
    let named = request.headers.single("x-http-method-override").ok()?.unwrap_or(request.method());
    HttpMethod::of_request(std::str::from_utf8(named).ok()?)
}

fn identified(mut answer: Answer, exchange: &Exchange<'_, Memo>) -> Result<Answer, Rejection> {
    identify(&mut answer.headers, exchange)?;
    Ok(answer)
}

/// Every answer of a method carries the request's ids, and what the client is told of its limits.
fn identify(headers: &mut Headers, exchange: &Exchange<'_, Memo>) -> Result<(), Rejection> {
    request_ids::write(exchange.context, headers)?;
    for (name, value) in &exchange.memo.told {
        headers.set(name, value)?;
    }
    Ok(())
}

fn measure_integration(exchange: &mut Exchange<'_, Memo>, status: Option<u16>) {
    if let Some(asked) = exchange.memo.asked {
        exchange.context.integration_latency = Some(exchange.now.since(asked));
        exchange.context.integration.latency = Some(exchange.now.since(asked).to_string().into());
        exchange.context.integration.status = status.map(|status| status.to_string().into());
    }
}

fn reply_status(reply: &Reply) -> Option<u16> {
    match reply {
        Reply::Answered(response) => Some(response.status()),
        Reply::Failed(_) => None,
    }
}

/// The digest of a body that has come in pieces.
fn digest(exchange: &Exchange<'_, Memo>) -> Option<Digest> {
    exchange.memo.hasher.as_ref().map(|hasher| BodyHasher::clone(hasher).finish())
}

fn moment<'a>(exchange: &Exchange<'a, Memo>) -> Moment<'a> {
    Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}

fn of_keys<'a>(exchange: &Exchange<'a, Memo>) -> jwt::Moment<'a> {
    jwt::Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}

/// What was not foreseen is DEFAULT_5XX, never `Continue`.
fn unforeseen() -> Rejection {
    Rejection::new(ResponseType::Default5xx)
}

#[cfg(test)]
mod iam_tests;
#[cfg(test)]
mod tests;
