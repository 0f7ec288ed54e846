//! A JWT authorizer, or one for Cognito user pools, as a filter of its own, in front of any route.

use std::collections::BTreeMap;

use gatehouse_api::deployment::Origin;
use gatehouse_api::{HttpMethod, Place, Problem, Router};
use gatehouse_filter::{
    Callout, Exchange, Filter, Host, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, ResponseType, Step,
    Timestamp, Waiter, request_ids,
};
use gatehouse_http::{Answer, Headers, Request};
use gatehouse_mapping::{MethodRequest, PathParameters, Source, StageVariables};

use crate::config::{self, Kind};
use crate::error::{Error, check_scopes};
use crate::identity::IdentitySource;
use crate::issuer::Asking;
use crate::issuers::{Issuers, Moment};
use crate::keys::Origins;
use crate::metrics::{KeyMetrics, Metrics};
use crate::phase::{Authorizer, Form, JwtPhase, Progress};
use crate::user_pool::UserPool;

/// A JWT authorizer by itself.
#[derive(Debug)]
pub struct JwtAuthorizer {
    phase: JwtPhase,
    issuers: Issuers,
    form: Form,
    slots: u32,
    scopes: Scopes,
    /// Headers for the backend: the name, and where the value comes from.
    headers: Vec<(String, Source)>,
}

/// Which scopes a request needs.
#[derive(Debug)]
struct Scopes {
    /// Those of all requests where there are no routes.
    all: Vec<String>,
    routes: Option<Routes>,
}

#[derive(Debug)]
struct Routes {
    router: Router<usize>,
    scopes: Vec<Vec<String>>,
    default: Option<Vec<String>>,
}

impl Filter for JwtAuthorizer {
    type Config = config::JwtAuthorizer;
    type Awaiting = Asking;
    type Memo = ();

    const NAME: &'static str = "jwt-authorizer";

    fn slots(&self) -> u32 {
        self.slots
    }

    fn configure(config: config::JwtAuthorizer) -> Result<Self, InvalidConfig> {
        let form = match config.kind {
            Kind::Jwt => Form::Http,
            Kind::CognitoUserPools => Form::Rest,
        };
        let mut issuers = Issuers::new(form, KeyMetrics::from(Metrics::COUNT));
        let origins = origins(&config.clusters)?;
        let numbers = match form {
            Form::Http => vec![issuer(&config, &mut issuers, &origins)?],
            Form::Rest => user_pools(&config, &mut issuers, &origins)?,
        };
        let authorizer = Authorizer {
            identity_source: identity_source(config.identity_source.as_ref(), form)?,
            issuers: numbers,
            audiences: config.jwt_configuration.map(|it| it.audience).unwrap_or_default(),
            audience_pattern: None,
            form,
        };
        let slots = issuers.place(0);
        Ok(Self {
            phase: JwtPhase::new(authorizer, Metrics::from(0)),
            issuers,
            form,
            slots,
            scopes: Scopes::compile(config.authorization_scopes, config.routes)?,
            headers: headers(&config.request_parameters)?,
        })
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        let Some(scopes) = self.scopes.of(request) else { return self.not_found(exchange) };
        let progress = self.phase.authorize(&self.issuers, request, scopes, &moment(exchange));
        self.go_on(progress, request, exchange)
    }

    fn on_reply(
        &self,
        asking: Asking,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, ()>,
    ) -> Outcome<Self> {
        let Some(scopes) = self.scopes.of(request) else { return self.not_found(exchange) };
        let progress = self.phase.on_reply(&asking, &reply, &self.issuers, request, scopes, &moment(exchange));
        self.go_on(progress, request, exchange)
    }

    fn on_wake(&self, asking: Asking, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        let Some(scopes) = self.scopes.of(request) else { return self.not_found(exchange) };
        let progress = self.phase.on_wake(&asking, &self.issuers, request, scopes, &moment(exchange));
        self.go_on(progress, request, exchange)
    }

    fn on_abandoned(&self, asking: Asking, exchange: &mut Exchange<'_, ()>) {
        self.issuers.on_abandoned(&asking, &moment(exchange));
    }

    fn errands_every(&self) -> Option<u32> {
        self.issuers.errands_every()
    }

    fn errand(&self, now: Timestamp, host: &dyn Host) -> Option<(Callout, Asking)> {
        self.issuers.errand(&Moment { now, here: Waiter::default(), host })
    }

    fn on_errand(&self, asking: Asking, reply: Reply, now: Timestamp, host: &dyn Host) -> Option<(Callout, Asking)> {
        self.issuers.on_errand(&asking, &reply, &Moment { now, here: Waiter::default(), host })
    }

    fn metric(&self, id: MetricId) -> Metric {
        let (name, kind) = match id.0.checked_sub(Metrics::COUNT) {
            Some(number) => KeyMetrics::name(number),
            None => Metrics::name(id.0),
        };
        Metric { name: format!("gatehouse.jwt-authorizer.{name}"), kind }
    }
}

impl JwtAuthorizer {
    fn go_on(
        &self,
        progress: Result<Progress, Error>,
        request: &mut Request,
        exchange: &mut Exchange<'_, ()>,
    ) -> Outcome<Self> {
        match progress {
            Ok(Progress::Await(callout, asking)) => Ok(Step::Await(callout, asking)),
            Ok(Progress::Wait(millis, asking)) => Ok(Step::Wait(millis, asking)),
            Ok(Progress::Granted(permit)) => {
                permit.apply(exchange.context);
                self.tell_backend(request, exchange)?;
                Ok(Step::Continue)
            }
            Err(error) => {
                exchange.context.authorizer.set("error", error.to_string());
                match self.form {
                    Form::Rest => Err(error.rejection()),
                    Form::Http => identified(error.answer()?, exchange),
                }
            }
        }
    }

    /// A request for which there is no route.
    fn not_found(&self, exchange: &Exchange<'_, ()>) -> Outcome<Self> {
        match self.form {
            Form::Rest => Err(Rejection::new(ResponseType::MissingAuthenticationToken)),
            Form::Http => {
                let headers = Headers::from_pairs([("content-type", "application/json")]);
                identified(Answer { status: 404, headers, body: br#"{"message":"Not Found"}"#.to_vec() }, exchange)
            }
        }
    }

    fn tell_backend(&self, request: &mut Request, exchange: &Exchange<'_, ()>) -> Result<(), Rejection> {
        let stage_variables = StageVariables::new();
        for (name, source) in &self.headers {
            // What a client sends under this name is no token's word.
            request.headers.remove(name);
            let from = MethodRequest {
                request,
                path_parameters: PathParameters::default(),
                context: exchange.context,
                stage_variables: &stage_variables,
            };
            if let Some(value) = source.value(&from).map(std::borrow::Cow::into_owned) {
                request.headers.set(name, value)?;
            }
        }
        Ok(())
    }
}

/// An HTTP API names the request in `apigw-requestid`.
fn identified(mut answer: Answer, exchange: &Exchange<'_, ()>) -> Outcome<JwtAuthorizer> {
    if let Some(id) = exchange.context.extended_request_id.as_deref() {
        answer.headers.set("apigw-requestid", id)?;
    }
    Ok(Step::Answer(answer))
}

fn moment<'a>(exchange: &Exchange<'a, ()>) -> Moment<'a> {
    Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}

impl Scopes {
    fn compile(all: Vec<String>, written: BTreeMap<String, config::Route>) -> Result<Self, InvalidConfig> {
        check_scopes(&all).map_err(|reason| InvalidConfig::new("authorizationScopes", reason))?;
        if written.is_empty() {
            return Ok(Self { all, routes: None });
        }
        let mut routes = Routes { router: Router::default(), scopes: Vec::new(), default: None };
        for (key, route) in written {
            let field = format!("routes.{key}");
            let scopes = route.authorization_scopes.unwrap_or_else(|| all.clone());
            check_scopes(&scopes).map_err(|reason| InvalidConfig::new(&field, reason))?;
            if key == "$default" {
                routes.default = Some(scopes);
                continue;
            }
            let wrong = || InvalidConfig::new(&field, "use `METHOD /path`, as `GET /pets/{petId}`, or `$default`");
            let (method, path) = key.split_once(' ').ok_or_else(wrong)?;
            let method = HttpMethod::parse(method).ok_or_else(wrong)?;
            let inserted = routes.router.insert(path, method, routes.scopes.len());
            inserted.map_err(|error| InvalidConfig::new(&field, format!("`{path}` {error}")))?;
            routes.scopes.push(scopes);
        }
        Ok(Self { all, routes: Some(routes) })
    }

    /// Those of a request; `None` where there is no route for it.
    fn of(&self, request: &Request) -> Option<&[String]> {
        let Some(routes) = &self.routes else { return Some(&self.all) };
        let verb = std::str::from_utf8(request.method()).ok().and_then(HttpMethod::of_request);
        let path = std::str::from_utf8(request.path()).ok();
        let found = verb.zip(path).and_then(|(verb, path)| routes.router.find(verb, path));
        let scopes = found.and_then(|found| routes.scopes.get(*found.value()));
        scopes.or(routes.default.as_ref()).map(Vec::as_slice)
    }
}

fn issuer(config: &config::JwtAuthorizer, issuers: &mut Issuers, origins: &Origins) -> Result<usize, InvalidConfig> {
    let written = config.jwt_configuration.as_ref().ok_or_else(|| {
        InvalidConfig::new("jwtConfiguration", "a JWT authorizer needs it: write `issuer` and `audience`")
    })?;
    if !config.provider_arns.is_empty() || !config.user_pools.is_empty() {
        let reason = "user pools are for `type: cognito_user_pools`: a JWT authorizer has a `jwtConfiguration`";
        return Err(InvalidConfig::new("providerARNs", reason));
    }
    if written.audience.is_empty() {
        return Err(InvalidConfig::new(
            "jwtConfiguration.audience",
            "there is none: tokens for anybody would be accepted",
        ));
    }
    if written.issuer.is_empty() {
        return Err(InvalidConfig::new("jwtConfiguration.issuer", "it is empty"));
    }
    let (place, mut problems) = (Place::root().then("keys"), Vec::new());
    let number = issuers.add(&written.issuer, &config.keys, origins, &place, &mut problems);
    first(problems)?;
    number.ok_or_else(|| InvalidConfig::new("keys", "cannot be used"))
}

fn user_pools(
    config: &config::JwtAuthorizer,
    issuers: &mut Issuers,
    origins: &Origins,
) -> Result<Vec<usize>, InvalidConfig> {
    if config.jwt_configuration.is_some() {
        return Err(InvalidConfig::new("jwtConfiguration", "user pools have none: write `providerARNs`"));
    }
    if config.provider_arns.is_empty() {
        return Err(InvalidConfig::new("providerARNs", "there is none: write the ARNs of user pools"));
    }
    let mut numbers = Vec::new();
    let mut unknown = config.user_pools.clone();
    for (index, arn) in config.provider_arns.iter().enumerate() {
        let field = format!("providerARNs[{index}]");
        let pool = UserPool::of_arn(arn).map_err(|reason| InvalidConfig::new(&field, reason))?;
        unknown.remove(&pool.id);
        let (written, place) = match config.user_pools.get(&pool.id) {
            Some(written) => (written, Place::root().then("userPools").then(&pool.id)),
            None => (&config.keys, Place::root().then("keys")),
        };
        let mut problems = Vec::new();
        let number = issuers.add_user_pool(&pool, written, origins, &place, &mut problems);
        first(problems)?;
        numbers.push(number.ok_or_else(|| InvalidConfig::new(&field, "cannot be used"))?);
    }
    match unknown.keys().next() {
        None => Ok(numbers),
        Some(id) => Err(InvalidConfig::new(format!("userPools.{id}"), "no ARN in `providerARNs` has this id")),
    }
}

fn first(problems: Vec<Problem>) -> Result<(), InvalidConfig> {
    match problems.into_iter().next() {
        None => Ok(()),
        Some(problem) => {
            let field = problem.place.as_str().trim_start_matches('/').replace('/', ".");
            Err(InvalidConfig::new(field, problem.message))
        }
    }
}

fn identity_source(written: Option<&config::IdentitySource>, form: Form) -> Result<IdentitySource, InvalidConfig> {
    let invalid = |reason: String| InvalidConfig::new("identitySource", reason);
    let text = match written {
        None => return Ok(IdentitySource::Header("authorization".to_owned())),
        Some(config::IdentitySource::Text(text)) => text,
        Some(config::IdentitySource::List(list)) => match list.as_slice() {
            [text] => text,
            _ => return Err(invalid(format!("there are {}: a token is in one place", list.len()))),
        },
    };
    match form {
        Form::Rest => IdentitySource::of_rest(text),
        Form::Http => IdentitySource::of_http(text),
    }
    .map_err(invalid)
}

fn origins(written: &BTreeMap<String, String>) -> Result<Origins, InvalidConfig> {
    let mut origins = Origins::default();
    for (url, cluster) in written {
        let origin = Origin::parse(url).ok_or_else(|| {
            let reason = "is no origin: write scheme, host and port, such as `https://issuer.example.com`";
            InvalidConfig::new(format!("clusters.{url}"), reason)
        })?;
        let authority = origin.authority();
        origins.insert(origin, cluster.clone(), authority);
    }
    Ok(origins)
}

/// `integration.request.header.NAME` → where its value comes from.
fn headers(written: &BTreeMap<String, String>) -> Result<Vec<(String, Source)>, InvalidConfig> {
    let header = |(target, source): (&String, &String)| {
        let field = format!("requestParameters.{target}");
        let name = target.strip_prefix("integration.request.header.").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| InvalidConfig::new(&field, "use `integration.request.header.NAME`"))?;
        let source = Source::parse(source).map_err(|error| InvalidConfig::new(&field, error.to_string()))?;
        Ok((name.to_ascii_lowercase(), source))
    };
    written.iter().map(header).collect()
}

#[cfg(test)]
mod tests;
