//! The filter: one integration's mappings on a route that leads to whatever backend it leads to.

use std::convert::Infallible;

use gatehouse_api::{HttpMethod, Router};
use gatehouse_filter::{Exchange, Filter, InvalidConfig, Outcome, Rejection, Reply, Step, Wanted, request_ids};
use gatehouse_http::{Answer, Body, Request, Response};
use gatehouse_integration::Overrides;
use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};

use crate::config;
use crate::transform::{Mapped, Transform};

/// Reshapes requests and responses.
#[derive(Debug)]
pub struct RequestTransformFilter {
    transform: Transform,
    /// Where path parameters are read from.
    resource: Option<Router<()>>,
    stage_variables: StageVariables,
}

/// What the response needs of the request.
#[derive(Debug, Default)]
pub struct Memo {
    /// As it came, without its body.
    client: Request,
    /// What its template said of the response.
    carried: Overrides,
    /// Its response is the backend's, rather than the answer to what was refused here.
    passed: bool,
}

impl RequestTransformFilter {
    /// Gives `look` the method request that a request is.
    fn with<T>(
        &self,
        request: &Request,
        context: &gatehouse_context::Context,
        look: impl FnOnce(&MethodRequest<'_>) -> T,
    ) -> T {
        let path = std::str::from_utf8(request.path()).unwrap_or_default();
        let found = self.resource.as_ref().and_then(|resource| resource.find(HttpMethod::Any, path));
        let parameters: Vec<(&str, &[u8])> =
            found.iter().flat_map(|found| found.parameters()).map(|(name, value)| (name, value.as_bytes())).collect();
        look(&MethodRequest {
            request,
            path_parameters: PathParameters(&parameters),
            context,
            stage_variables: &self.stage_variables,
        })
    }
}

impl Filter for RequestTransformFilter {
    type Config = config::RequestTransform;
    type Awaiting = Infallible;
    type Memo = Memo;

    const NAME: &'static str = "request-transform";

    fn configure(mut written: config::RequestTransform) -> Result<Self, InvalidConfig> {
        let stage_variables = std::mem::take(&mut written.stage_variables);
        let resource = written.resource_path.take().map(|path| {
            let mut router = Router::default();
            let added = router.insert(&path, HttpMethod::Any, ());
            added.map(|()| router).map_err(|why| InvalidConfig::new("resourcePath", format!("`{path}` {why}")))
        });
        Ok(Self { resource: resource.transpose()?, transform: Transform::compile(written)?, stage_variables })
    }

    fn wants_body(&self, _: &Request, _: &mut Exchange<'_, Memo>) -> Wanted {
        if self.transform.wants_body() { Wanted::Whole } else { Wanted::Nothing }
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        if !self.transform.is_http_api() {
            request.divide_query_at_semicolons()?;
        }
        let Mapped { headers, body, carried } =
            self.with(request, exchange.context, |from| self.transform.request(from))?;
        let client = Request { headers: std::mem::replace(&mut request.headers, headers), body: Body::Unread };
        if let Some(body) = body {
            request.body = Body::Replaced(body);
        }
        *exchange.memo = Memo { client, carried, passed: true };
        Ok(Step::Continue)
    }

    fn on_reply(&self, awaiting: Infallible, _: Reply, _: &mut Request, _: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        match awaiting {}
    }

    fn wants_response_body(&self, response: &Response, exchange: &mut Exchange<'_, Memo>) -> bool {
        exchange.memo.passed && self.transform.wants_response_body(response)
    }

    fn on_response(&self, _: &Request, response: &mut Response, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let Memo { client, carried, passed } = std::mem::take(exchange.memo);
        if !passed {
            return Ok(Step::Continue);
        }
        let made = self.with(&client, exchange.context, |from| self.transform.response(response, from, &carried))?;
        match made {
            Some(answer) => Ok(Step::Answer(answer)),
            None => Ok(Step::Continue),
        }
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Answer {
        exchange.memo.passed = false;
        request_ids::ensure(request, exchange.context, exchange.host);
        gatehouse_filter::built_in_refusal(rejection, request, exchange.context)
    }
}

#[cfg(test)]
mod tests;
