//! A Lambda authorizer as a filter of its own, in front of any route.

use std::fmt;
use std::marker::PhantomData;

use gatehouse_api::deployment::Functions;
use gatehouse_api::{AuthorizerType, HttpMethod, Place, StageArn, path_in_stage};
use gatehouse_authorization::Guard;
use gatehouse_context::Text;
use gatehouse_filter::{
    Exchange, Filter, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, ResponseType, Step, request_ids,
};
use gatehouse_http::{Request, ip_of};
use gatehouse_mapping::{MethodRequest, PathParameters, Source, StageVariables};

use crate::authorizer::Authorizer;
use crate::config;
use crate::metrics::Metrics;
use crate::phase::{Ask, Asking, AuthorizerPhase, Progress, Setting};
use gatehouse_lambda::FunctionUri;

/// How many answers shared data holds, for all workers together.
pub const SLOTS: u32 = 4_096;

/// Which of the two authorizers a filter is.
pub trait Which: 'static {
    /// The filter's name.
    const NAME: &'static str;
    /// What the function is given.
    const TYPE: AuthorizerType;
}

/// A Lambda authorizer by itself.
pub struct AuthorizerFilter<W> {
    phase: AuthorizerPhase,
    method: config::Method,
    stage_variables: StageVariables,
    /// Headers for the backend: the name, and where the value comes from.
    headers: Vec<(String, Source)>,
    which: PhantomData<W>,
}

impl<W> fmt::Debug for AuthorizerFilter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerFilter").field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl<W: Which> Filter for AuthorizerFilter<W> {
    type Config = config::Authorizer;
    type Awaiting = Asking;
    type Memo = ();

    const NAME: &'static str = W::NAME;

    fn slots(&self) -> u32 {
        SLOTS
    }

    fn configure(config: config::Authorizer) -> Result<Self, InvalidConfig> {
        let scope = format!("{config:?}").into_bytes();
        let model = model::<W>(&config)?;
        let mut problems = Vec::new();
        let authorizer = Authorizer::compile(&model, &mut problems);
        let first = problems.into_iter().next().map(InvalidConfig::from);
        let authorizer = match (authorizer, first) {
            (Some(authorizer), None) => authorizer,
            (_, Some(invalid)) => return Err(invalid),
            (None, None) => return Err(InvalidConfig::new("type", "no Lambda authorizer")),
        };
        let uri = FunctionUri::parse(&config.authorizer_uri, &config.stage_variables)
            .map_err(|reason| InvalidConfig::new("authorizerUri", reason))?;
        let functions = Functions::single(config.function.clone())
            .map_err(|problem| InvalidConfig::new("function", problem.message))?;
        let setting = Setting {
            arn: &uri.arn,
            function: &functions.find(&uri.arn),
            cluster: config.cluster.clone(),
            timeout_millis: timeout(config.timeout_in_millis)?,
            region: &config.method.region,
            scope: &scope,
            metrics: Metrics::from(0),
        };
        let phase = AuthorizerPhase::new(authorizer, setting)
            .map_err(|illegal| InvalidConfig::new("function", illegal.to_string()))?;
        Ok(Self {
            phase,
            headers: headers(&config.request_parameters)?,
            method: config.method,
            stage_variables: config.stage_variables,
            which: PhantomData,
        })
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        self.begin(request, exchange)?;
        let progress = self.ask(request, exchange, |ask| self.phase.authorize(ask))?;
        self.go_on(progress, request, exchange)
    }

    fn on_reply(
        &self,
        asking: Asking,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, ()>,
    ) -> Outcome<Self> {
        let progress = self.ask(request, exchange, |ask| self.phase.on_reply(&asking, &reply, ask))?;
        self.go_on(progress, request, exchange)
    }

    fn on_wake(&self, asking: Asking, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        let progress = self.ask(request, exchange, |ask| self.phase.on_wake(&asking, ask))?;
        self.go_on(progress, request, exchange)
    }

    fn on_abandoned(&self, asking: Asking, exchange: &mut Exchange<'_, ()>) {
        self.phase.on_abandoned(&asking, exchange.host, exchange.now);
    }

    fn metric(&self, id: MetricId) -> Metric {
        let (name, kind) = Metrics::name(id.0);
        Metric { name: format!("gatehouse.{}.{name}", W::NAME), kind }
    }
}

impl<W: Which> AuthorizerFilter<W> {
    /// What method ARNs and events are made of, unless an earlier filter knows it.
    fn begin(&self, request: &Request, exchange: &mut Exchange<'_, ()>) -> Result<(), Rejection> {
        let refused = || Rejection::new(ResponseType::MissingAuthenticationToken);
        let path = std::str::from_utf8(request.path()).map_err(|_| refused())?;
        let verb = std::str::from_utf8(request.method()).ok().and_then(HttpMethod::of_request).ok_or_else(refused)?;
        let context = &mut *exchange.context;
        let known = |value: &mut Option<Text>, new: &str| {
            value.get_or_insert_with(|| new.into());
        };
        known(&mut context.account_id, &self.method.account_id);
        known(&mut context.api_id, &self.method.api_id);
        known(&mut context.stage, &self.method.stage);
        known(&mut context.http_method, verb.name());
        known(&mut context.protocol, "HTTP/1.1");
        known(&mut context.path, path);
        known(&mut context.resource_path, path_in_stage(path, &self.method.stage));
        context.request_time.get_or_insert(exchange.now);
        if context.identity.source_ip.is_none()
            && let Some(peer) = exchange.host.source_address()
        {
            context.identity.source_ip = Some(ip_of(&peer).into());
        }
        Ok(())
    }

    fn ask(
        &self,
        request: &Request,
        exchange: &mut Exchange<'_, ()>,
        then: impl FnOnce(&Ask<'_>) -> Result<Progress, crate::Error>,
    ) -> Result<Progress, Rejection> {
        let path = std::str::from_utf8(request.path()).unwrap_or_default();
        let from = MethodRequest {
            request,
            path_parameters: PathParameters::default(),
            context: exchange.context,
            stage_variables: &self.stage_variables,
        };
        let path = path_in_stage(path, &self.method.stage);
        let context = &*exchange.context;
        let [account_id, api_id, stage] =
            [&context.account_id, &context.api_id, &context.stage].map(|text| text.as_deref().unwrap_or_default());
        let stage_arn = &StageArn::new(&self.method.region, account_id, api_id, stage);
        let (guard, now, here, host) = (Guard::default(), exchange.now, exchange.here, exchange.host);
        Ok(then(&Ask { from: &from, stage_arn, path, routed: path, guard, now, here, host })?)
    }

    fn go_on(&self, progress: Progress, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        match progress {
            Progress::Await(callout, asking) => Ok(Step::Await(callout, asking)),
            Progress::Wait(millis, asking) => Ok(Step::Wait(millis, asking)),
            Progress::Granted(permit) => {
                permit.apply(exchange.context);
                for (name, source) in &self.headers {
                    // What a client sends under this name is no authorizer's word.
                    request.headers.remove(name);
                    let from = MethodRequest {
                        request,
                        path_parameters: PathParameters::default(),
                        context: exchange.context,
                        stage_variables: &self.stage_variables,
                    };
                    let value = source.value(&from).map(std::borrow::Cow::into_owned);
                    if let Some(value) = value {
                        request.headers.set(name, value)?;
                    }
                }
                Ok(Step::Continue)
            }
        }
    }
}

fn model<W: Which>(config: &config::Authorizer) -> Result<gatehouse_api::Authorizer, InvalidConfig> {
    let expected = W::TYPE.name();
    if let Some(kind) = config.kind.as_deref().filter(|kind| !kind.eq_ignore_ascii_case(expected)) {
        let reason = format!("`{kind}` is not served by this filter, use `{}`", expected.to_ascii_lowercase());
        return Err(InvalidConfig::new("type", reason));
    }
    let identity_source = match (&config.identity_source, W::TYPE) {
        (Some(written), _) => written.sources(),
        (None, AuthorizerType::Token) => vec!["method.request.header.Authorization".to_owned()],
        (None, AuthorizerType::Request | AuthorizerType::CognitoUserPools | AuthorizerType::Jwt) => Vec::new(),
    };
    Ok(gatehouse_api::Authorizer {
        name: config.name.clone().unwrap_or_else(|| W::NAME.to_owned()),
        kind: W::TYPE,
        auth_type: None,
        authorizer_uri: Some(config.authorizer_uri.clone()),
        authorizer_credentials: config.authorizer_credentials.clone(),
        identity_source,
        identity_validation_expression: config.identity_validation_expression.clone(),
        authorizer_result_ttl_in_seconds: config.authorizer_result_ttl_in_seconds,
        provider_arns: Vec::new(),
        payload_format_version: None,
        enable_simple_responses: false,
        jwt_configuration: None,
        place: Place::root(),
    })
}

fn timeout(millis: u32) -> Result<u32, InvalidConfig> {
    match millis {
        50..=300_000 => Ok(millis),
        _ => Err(InvalidConfig::new("timeoutInMillis", format!("`{millis}` is not allowed, use 50 to 300000"))),
    }
}

/// `integration.request.header.NAME` → where its value comes from.
fn headers(written: &std::collections::BTreeMap<String, String>) -> Result<Vec<(String, Source)>, InvalidConfig> {
    let header = |(target, source): (&String, &String)| {
        let field = format!("requestParameters.{target}");
        let name = target.strip_prefix("integration.request.header.").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| InvalidConfig::new(&field, "use `integration.request.header.NAME`"))?;
        let source = Source::parse(source).map_err(|error| InvalidConfig::new(&field, error.to_string()))?;
        Ok((name.to_ascii_lowercase(), source))
    };
    written.iter().map(header).collect()
}
