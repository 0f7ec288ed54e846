//! Who may call: resource policies, Lambda authorizers, user pools, signatures.

use gatehouse_api::{AuthorizerType, ProtocolType};
use gatehouse_authorization::{AccessDenied, Guard, Keys, Scene};
use gatehouse_filter::{Exchange, Outcome, Rejection, Step};
use gatehouse_http::Request;
use gatehouse_jwt_authorizer::{self as jwt, Issuers, JwtPhase};
use gatehouse_lambda_authorizer::{Ask, AuthorizerPhase, Progress};
use gatehouse_mapping::{MethodRequest, PathParameters};
use gatehouse_policy::{Action, Api, Decision, Principal};
use gatehouse_sigv4::{BodyHasher, Digest};
use gatehouse_sigv4_verifier::{self as iam, Authenticated, IamPhase, Moment};

use super::{Awaited, Memo, unforeseen};
use crate::Gateway;
use crate::stage::Authorization;
use crate::unknown_route;

impl Gateway {
    pub(super) fn authorizer(&self, memo: &Memo) -> Result<&AuthorizerPhase, Rejection> {
        let (stage, method) = self.routed(memo)?;
        match method.authorization {
            Authorization::Lambda(index) => stage.authorizers.get(index).ok_or_else(unforeseen),
            Authorization::None | Authorization::Iam | Authorization::Tokens(_) => Err(unforeseen()),
        }
    }

    pub(super) fn iam(&self) -> Result<&IamPhase, Rejection> {
        self.iam.as_ref().ok_or_else(unforeseen)
    }

    /// What guards the API for a request, besides its authorizers.
    fn guard_of<'g>(&'g self, memo: &'g Memo) -> Result<Guard<'g>, Rejection> {
        let (stage, _) = self.routed(memo)?;
        Ok(stage.guard.with(memo.endpoint.as_deref()))
    }

    /// Asks the resource policy and the VPC endpoint's, where there are any.
    pub(super) fn guard(
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
        let (stage, _) = self.routed(exchange.memo)?;
        let verb = exchange.context.http_method.as_deref().unwrap_or_default();
        Ok(stage.arn.method(verb, &self.routed_path(request, exchange.memo)?))
    }

    /// Goes on with what became of a signature: the caller is known, his policies decide.
    pub(super) fn authenticated(
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
        if exchange.memo.protocol == ProtocolType::Rest {
            request.divide_query_at_semicolons()?;
        }
        if is_as_sent {
            return Ok(());
        }
        let (began, time) = (exchange.memo.began, exchange.context.request_time);
        exchange.memo.method = None;
        let (_, method) = self.route(request, exchange)?;
        let asks_for_signature = method.authorization == Authorization::Iam;
        exchange.memo.began = began;
        exchange.context.request_time = time;
        if asks_for_signature { Ok(()) } else { Err(unknown_route::rejection(exchange.memo.protocol, request)) }
    }

    /// Asks the method's authorizer about a request.
    pub(super) fn ask(
        &self,
        request: &Request,
        exchange: &Exchange<'_, Memo>,
        then: impl FnOnce(&AuthorizerPhase, &Ask<'_>) -> Result<Progress, gatehouse_lambda_authorizer::Error>,
    ) -> Result<Progress, Rejection> {
        let (stage, _) = self.routed(exchange.memo)?;
        let authorizer = self.authorizer(exchange.memo)?;
        let inside = self.path_in_stage(request, exchange.memo)?;
        let routed = &*self.routed_path(request, exchange.memo)?;
        let (guard, stage_arn) = (self.guard_of(exchange.memo)?, &stage.arn);
        let (now, here, host) = (exchange.now, exchange.here, exchange.host);
        // A token is all that its authorizer is given.
        if authorizer.kind() == AuthorizerType::Token {
            let (context, stage_variables) = (&*exchange.context, &stage.variables);
            let from = MethodRequest { request, path_parameters: PathParameters::default(), context, stage_variables };
            return Ok(then(
                authorizer,
                &Ask { from: &from, stage_arn, path: inside, routed, guard, now, here, host },
            )?);
        }
        self.with_method_request(request, exchange, |from| {
            Ok(then(authorizer, &Ask { from, stage_arn, path: inside, routed, guard, now, here, host })?)
        })
    }

    pub(super) fn authorized(
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

    /// Those whose tokens are written in this way.
    pub(super) fn issuers_of(&self, form: jwt::Form) -> &Issuers {
        match form {
            jwt::Form::Rest => &self.user_pools,
            jwt::Form::Http => &self.issuers,
        }
    }

    /// Looks at the token that a request brings.
    pub(super) fn bring(
        &self,
        exchange: &mut Exchange<'_, Memo>,
        look: impl FnOnce(&Brought<'_>) -> Result<jwt::Progress, jwt::Error>,
    ) -> Result<jwt::Progress, Rejection> {
        let (stage, method) = self.routed(exchange.memo)?;
        let Authorization::Tokens(index) = method.authorization else { return Err(unforeseen()) };
        let phase = stage.tokens.get(index).ok_or_else(unforeseen)?;
        let issuers = self.issuers_of(form(stage.protocol));
        let brought = Brought { phase, issuers, scopes: &method.scopes, moment: of_keys(exchange) };
        look(&brought).map_err(|error| {
            exchange.context.authorizer.set("error", error.to_string());
            match stage.protocol {
                ProtocolType::Rest => error.rejection(),
                ProtocolType::Http => error.http_rejection(),
            }
        })
    }

    /// Goes on with what became of a token: the caller is known, the resource policy must let him.
    pub(super) fn brought(
        &self,
        progress: Result<jwt::Progress, Rejection>,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        let form = form(exchange.memo.protocol);
        match progress? {
            jwt::Progress::Await(callout, asking) => Ok(Step::Await(callout, Awaited::Keys(form, asking))),
            jwt::Progress::Wait(millis, asking) => Ok(Step::Wait(millis, Awaited::Keys(form, asking))),
            jwt::Progress::Granted(permit) => {
                permit.apply(exchange.context);
                self.guard(request, exchange, |api, request| api.with_user_pool(request))?;
                self.admit(request, exchange)
            }
        }
    }
}

/// Takes away a signature that the method did not ask for: it is for API Gateway, and reaches no backend.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
pub(super) fn remove_signature(request: &mut Request) {
    if request.headers.all("authorization").any(|value| value.starts_with(b"AWS4-")) {
        request.headers.remove("authorization");
    }
}

/// The form in which an API's tokens are written.
fn form(protocol: ProtocolType) -> jwt::Form {
    match protocol {
        ProtocolType::Rest => jwt::Form::Rest,
        ProtocolType::Http => jwt::Form::Http,
    }
}

/// A token is looked at: by which authorizer, with which keys, for which scopes, and when.
pub(super) struct Brought<'a> {
    pub(super) phase: &'a JwtPhase,
    pub(super) issuers: &'a Issuers,
    pub(super) scopes: &'a [String],
    pub(super) moment: jwt::Moment<'a>,
}

/// The digest of a body that has come in pieces.
pub(super) fn digest(exchange: &Exchange<'_, Memo>) -> Option<Digest> {
    exchange.memo.hasher.as_ref().map(|hasher| BodyHasher::clone(hasher).finish())
}

pub(super) fn moment<'a>(exchange: &Exchange<'a, Memo>) -> Moment<'a> {
    Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}

pub(super) fn of_keys<'a>(exchange: &Exchange<'a, Memo>) -> jwt::Moment<'a> {
    jwt::Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}
