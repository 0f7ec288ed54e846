//! The story of a request: host and stage, routing, `$context`, the authorizer, the integration, the answer.

mod authorization;
mod integration;
mod phases;
mod routing;

use std::rc::Rc;

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{AuthorizerType, Node, ProtocolType};
use gatehouse_authorization::VpcEndpoint;
use gatehouse_compression::Coding;
use gatehouse_context::{Context, Text};
use gatehouse_filter::{
    BODY_LIMIT, Callout, End, Exchange, Filter, Host, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply,
    ResponseType, Step, Timestamp, Waiter, Wanted, built_in_refusal, request_ids,
};
use gatehouse_gateway_response::{Client, http_api_answer};
use gatehouse_http::{Answer, Request, Response};
use gatehouse_integration::{CLUSTER_HEADER, Overrides};
use gatehouse_jwt_authorizer as jwt;
use gatehouse_lambda_authorizer::{Asking, Permit};
use gatehouse_mapping::PathParameters;
use gatehouse_sigv4::BodyHasher;
use gatehouse_sigv4_verifier as iam;
use gatehouse_usage_plan_filter::{self as usage, Counted, Counting, Metering};

use self::authorization::{digest, moment, of_keys, remove_signature};
use self::integration::measure_integration;
use crate::Gateway;
use crate::compression::{self, Compressing};
use crate::http_api::CallingOrigin;
use crate::http_proxy;
use crate::metrics::Measured;
use crate::stage::{Authorization, Backend, CompiledMethod};
use crate::trace::trace;
use crate::validation;

/// What the gateway remembers of a request.
#[derive(Default)]
pub struct Memo {
    /// The stage, and the method in it, as far as they were found.
    stage: Option<usize>,
    method: Option<usize>,
    /// Where the path within the stage begins.
    inside: usize,
    /// How much of the path's beginning `$context.path` does not have.
    hidden: usize,
    began: Timestamp,
    /// When the integration was asked.
    asked: Option<Timestamp>,
    /// The client's request, where a gateway response may read it after it was rewritten.
    client: Option<Box<Request>>,
    /// The method's authorizer was turned to.
    asks_authorizer: bool,
    /// When it was known that the caller may call.
    authorized: Option<Timestamp>,
    /// What the authorizer granted: the API key to meter by is in it.
    permit: Option<Permit>,
    /// The digest of the body so far, where its signature is checked.
    hasher: Option<Box<BodyHasher>>,
    /// The VPC endpoint that the request came through.
    endpoint: Option<Rc<VpcEndpoint>>,
    /// What the body is to be decoded from.
    coding: Option<Coding>,
    /// How the answer is compressed, if it is.
    compressing: Option<Compressing>,
    /// What the API speaks that the request is for.
    protocol: ProtocolType,
    /// The other origin that may call, of a page that does.
    origin: Option<CallingOrigin>,
    /// What the client is told of its limits, where the operator wants it.
    told: Vec<(&'static str, String)>,
}

impl Memo {
    /// The request is for an API that speaks this: of HTTP APIs a request has one id.
    fn speak(&mut self, protocol: ProtocolType, context: &mut Context) {
        self.protocol = protocol;
        if protocol == ProtocolType::Http {
            context.request_id = context.extended_request_id.clone();
        }
    }
}

/// What is waited for.
#[derive(Debug)]
pub enum Awaited {
    /// The method's authorizer, or another request that asks it.
    Authorizer(Asking),
    /// The credential provider, or another request that asks it.
    Credentials(iam::Asking),
    /// The keys of a user pool or an issuer, or another request that fetches them.
    Keys(jwt::Form, jwt::Asking),
    /// The store that several proxies count in.
    Store(Box<usage::Asking>),
    /// The integration: HTTP, AWS, or a function.
    Integration {
        /// `X-Amzn-Trace-Id`, which the client gets too.
        trace_id: Text,
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
        let Ok((stage, method)) = self.route(request, exchange) else { return Wanted::Nothing };
        let answered = match &method.backend {
            // A body that does not say how long it is must have come before an answer can say that it is not too long.
            Backend::Mock(mock) => mock.wants_body(request) || !request.headers.has("content-length"),
            Backend::Http(http) => http.wants_body(request),
            Backend::HttpProxy(proxy) => proxy.wants_body(),
            Backend::Aws(aws) => aws.wants_body(request),
            Backend::HttpApiProxy(proxy) => proxy.wants_body(),
            Backend::LambdaProxy(_) | Backend::HttpFunction(_) => true,
            Backend::HttpService(service) => service.wants_body(),
            Backend::Misconfigured | Backend::Unserved => false,
        };
        let whole = answered || validation::wants_body(method, request) || compression::wants_body(stage, request);
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
        if let Some(answer) = self.preflight(request, exchange)? {
            return Ok(Step::Answer(answer));
        }
        let (stage, method) = self.route(request, exchange)?;
        exchange.memo.coding = compression::coding_of(stage, request)?;
        exchange.memo.compressing = Compressing::of(stage, request);
        // A signature is over the query as it was sent.
        if stage.protocol == ProtocolType::Rest && method.authorization != Authorization::Iam {
            request.divide_query_at_semicolons()?;
        }
        match method.authorization {
            Authorization::None => {
                self.guard(request, exchange, |api, request| api.without_authorizer(request))?;
                self.admit(request, exchange)
            }
            Authorization::Lambda(_) => {
                self.guard(request, exchange, |api, request| api.before_authorizer(request))?;
                if self.authorizer(exchange.memo)?.kind() == AuthorizerType::Request {
                    // Its event tells the trace among the headers.
                    trace(request, exchange.context, exchange.now, exchange.host);
                }
                exchange.memo.asks_authorizer = true;
                let progress = self.ask(request, exchange, |authorizer, ask| authorizer.authorize(ask))?;
                self.authorized(progress, request, exchange)
            }
            Authorization::Tokens(_) => {
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
                phases::tell_call(&reply, exchange.context);
                let progress =
                    self.ask(request, exchange, |authorizer, ask| authorizer.on_reply(&asking, &reply, ask))?;
                self.authorized(progress, request, exchange)
            }
            Awaited::Credentials(asking) => {
                let (body, moment) = (digest(exchange), moment(exchange));
                let progress = self.iam()?.on_reply(&asking, &reply, request, body.as_ref(), &moment)?;
                self.authenticated(progress, request, exchange)
            }
            Awaited::Keys(_, asking) => {
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
                self.answered(reply, &trace_id, &overrides, request, exchange)
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
            Awaited::Keys(_, asking) => {
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
            Awaited::Keys(form, asking) => self.issuers_of(form).on_abandoned(&asking, &of_keys(exchange)),
            // What was counted of a request whose client has left stays counted, here and in the store.
            Awaited::Store(_) | Awaited::Integration { .. } => {}
        }
    }

    fn errands_every(&self) -> Option<u32> {
        self.user_pools.errands_every().or(self.issuers.errands_every())
    }

    fn errand(&self, now: Timestamp, host: &dyn Host) -> Option<(Callout, Awaited)> {
        let moment = jwt::Moment { now, here: Waiter::default(), host };
        [jwt::Form::Rest, jwt::Form::Http].into_iter().find_map(|form| {
            self.issuers_of(form).errand(&moment).map(|(callout, asking)| (callout, Awaited::Keys(form, asking)))
        })
    }

    fn on_errand(&self, awaited: Awaited, reply: Reply, now: Timestamp, host: &dyn Host) -> Option<(Callout, Awaited)> {
        let Awaited::Keys(form, asking) = awaited else { return None };
        let moment = jwt::Moment { now, here: Waiter::default(), host };
        let next = self.issuers_of(form).on_errand(&asking, &reply, &moment);
        next.map(|(callout, asking)| (callout, Awaited::Keys(form, asking)))
    }

    fn wants_response_body(&self, response: &Response, exchange: &mut Exchange<'_, Memo>) -> bool {
        match self.routed(exchange.memo).map(|(_, method)| &method.backend) {
            Ok(Backend::HttpApiProxy(proxy)) => proxy.wants_response_body(response),
            _ => exchange.memo.compressing.is_some_and(|how| how.wants_body(response)),
        }
    }

    fn on_response(&self, _: &Request, response: &mut Response, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        measure_integration(exchange, Some(response));
        match self.routed(exchange.memo) {
            Ok((stage, CompiledMethod { backend: Backend::HttpApiProxy(proxy), .. })) => {
                proxy.finish(response, exchange.context, &stage.variables)?;
                stage.clean(&mut response.headers);
            }
            _ => {
                http_proxy::finish(response)?;
                if let Some(how) = exchange.memo.compressing {
                    how.response(response)?;
                }
            }
        }
        self.identify(&mut response.headers, exchange)?;
        exchange.context.status = Some(response.status());
        Ok(Step::Continue)
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Answer {
        request_ids::ensure(request, exchange.context, exchange.host);
        if exchange.memo.protocol == ProtocolType::Http {
            let mut answer = http_api_answer(rejection, exchange.context);
            // An error answer cannot fail over a header.
            let _ = self.identify(&mut answer.headers, exchange);
            return answer;
        }
        let client = exchange.memo.client.take();
        let request = client.as_deref().unwrap_or(request);
        let Some(stage) = exchange.memo.stage.and_then(|stage| self.stages.get(stage)) else {
            return built_in_refusal(rejection, request, exchange.context);
        };
        let path = exchange.context.path.clone().unwrap_or_default();
        let parameters = self.path_parameters_shown(exchange.memo, &path);
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
        if let Some(stage) = self.stages.get(index).filter(|stage| stage.access_log.is_some()) {
            self.tell_phases(exchange);
            stage.publish_log(exchange.context, exchange.host);
        }
    }

    fn metric(&self, id: MetricId) -> Metric {
        self.metrics.metric(id)
    }
}

impl Gateway {
    /// Counts a request that is authorized, and lets it go on to the integration.
    fn admit(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        exchange.memo.authorized = Some(exchange.now);
        let (stage, method) = self.routed(exchange.memo)?;
        if stage.protocol == ProtocolType::Rest {
            remove_signature(request);
        }
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
                if let Some(coding) = exchange.memo.coding.take() {
                    compression::decode(coding, request)?;
                }
                self.validate(request, exchange)?;
                self.integrate(request, exchange)
            }
        }
    }
}

/// What was not foreseen is DEFAULT_5XX, never `Continue`.
fn unforeseen() -> Rejection {
    Rejection::new(ResponseType::Default5xx)
}

#[cfg(test)]
mod iam_tests;
#[cfg(test)]
mod tests;
