//! The integration of a request that may pass, and its answer.

use gatehouse_api::ProtocolType;
use gatehouse_context::Text;
use gatehouse_filter::{Exchange, Outcome, Rejection, Reply, ResponseType, Step, request_ids};
use gatehouse_http::{Answer, Body, Headers, Origin, Request, Response};
use gatehouse_integration::Overrides;
use gatehouse_lambda::{error_message, event_path, forwarded_port};
use gatehouse_mapping::MethodRequest;

use super::authorization::moment;
use super::{Awaited, Memo, unforeseen};
use crate::Gateway;
use crate::compile::Signing;
use crate::http_api::{is_preflight, refusal};
use crate::http_proxy::let_pass;
use crate::stage::{Authorization, Backend};
use crate::trace::trace;

impl Gateway {
    /// The method's integration, for a request that may pass.
    pub(super) fn integrate(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let (stage, method) = self.routed(exchange.memo)?;
        match &method.backend {
            Backend::Mock(mock) => {
                if stage.reads_parameters {
                    let trace_id = trace(request, exchange.context, exchange.now, exchange.host);
                    add_own_headers(request, &trace_id)?;
                }
                let (answer, status) = self.with_method_request(request, exchange, |from| mock.answer(from))?;
                // Recorded in access logs of https://github.com/DataBiosphere/azul/issues/7470: `integration.status` is not there.
                exchange.context.integration.integration_status = Some(text(status));
                Ok(Step::Answer(self.identified(answer, exchange)?))
            }
            Backend::Http(_)
            | Backend::Aws(_)
            | Backend::LambdaProxy(_)
            | Backend::HttpFunction(_)
            | Backend::HttpService(_) => self.call(request, exchange),
            Backend::HttpApiProxy(proxy) => {
                let trace_id = trace(request, exchange.context, exchange.now, exchange.host);
                let inside = self.path_in_stage(request, exchange.memo)?;
                let headers =
                    self.with_method_request(request, exchange, |from| proxy.prepare(from, inside, &trace_id))?;
                exchange.memo.asked = Some(exchange.now);
                request.headers = headers;
                let_pass(exchange.host);
                Ok(Step::Continue)
            }
            Backend::HttpProxy(proxy) => {
                let trace_id = trace(request, exchange.context, exchange.now, exchange.host);
                let prepared = self.with_method_request(request, exchange, |from| proxy.prepare(from, &trace_id))?;
                let client = || Request { headers: request.headers.clone(), body: Body::Unread };
                exchange.memo.client = stage.keeps_client.then(|| Box::new(client()));
                exchange.memo.asked = Some(exchange.now);
                prepared.apply(request, exchange.host)?;
                Ok(Step::Continue)
            }
            Backend::Misconfigured => Err(Rejection::new(ResponseType::IntegrationFailure).status(500)),
            Backend::Unserved => Err(unforeseen()),
        }
    }

    /// The client's answer to what an integration said.
    pub(super) fn answered(
        &self,
        reply: Reply,
        trace_id: &str,
        overrides: &Overrides,
        request: &Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        let (stage, method) = self.routed(exchange.memo)?;
        measure_integration(exchange, response_of(&reply));
        match method.backend {
            Backend::HttpService(_) => {
                exchange.context.integration_error_message = response_of(&reply).and_then(refusal);
            }
            Backend::LambdaProxy(_) => {
                exchange.context.integration_error_message = response_of(&reply).and_then(function_error);
            }
            Backend::HttpFunction(_) if response_of(&reply).is_some_and(|response| response.status() == 403) => {
                exchange.context.integration_error_message = Some(NOT_PERMITTED.into());
                exchange.context.integration.error = Some(NOT_PERMITTED.into());
            }
            _ => {}
        }
        let answer = |from: &MethodRequest<'_>| match &method.backend {
            Backend::Http(http) => http.answer(reply, from, overrides),
            Backend::Aws(aws) => aws.answer(reply, from, overrides),
            Backend::LambdaProxy(proxy) => proxy.answer(reply, from.request),
            Backend::HttpFunction(function) => function.answer(reply, from),
            Backend::HttpService(service) => service.answer(reply, from),
            Backend::Mock(_)
            | Backend::HttpProxy(_)
            | Backend::HttpApiProxy(_)
            | Backend::Misconfigured
            | Backend::Unserved => Err(unforeseen()),
        };
        let mut answer = self.with_method_request(request, exchange, answer)?;
        if matches!(method.backend, Backend::LambdaProxy(_) | Backend::HttpFunction(_)) {
            exchange.context.integration.status = Some(text(answer.status));
        }
        stage.clean(&mut answer.headers);
        if stage.protocol == ProtocolType::Rest {
            answer.headers.set("x-amzn-trace-id", trace_id)?;
        }
        Ok(Step::Answer(self.identified(answer, exchange)?))
    }

    /// Asks an integration that is waited for.
    fn call(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let (_, method) = self.routed(exchange.memo)?;
        let trace_id = trace(request, exchange.context, exchange.now, exchange.host);
        match method.backend {
            // The event tells it among the headers.
            Backend::LambdaProxy(_) | Backend::HttpFunction(_) => request.headers.set("x-amzn-trace-id", &*trace_id)?,
            Backend::Http(_) | Backend::Aws(_) => add_own_headers(request, &trace_id)?,
            _ => {}
        }
        let http_2 = matches!(method.backend, Backend::LambdaProxy(_)) && exchange.host.is_http_2();
        let called = self.with_method_request(request, exchange, |from| match &method.backend {
            Backend::Http(http) => http.callout(from, &trace_id),
            Backend::Aws(aws) => aws.callout(from, &trace_id),
            Backend::LambdaProxy(proxy) => {
                let inside = self.path_in_stage(from.request, exchange.memo)?;
                let path = slashes_as_one(event_path(inside, from.context));
                Ok((proxy.callout(from, path, &trace_id, http_2)?, Overrides::default()))
            }
            Backend::HttpFunction(function) => {
                let inside = self.path_in_stage(from.request, exchange.memo)?;
                Ok((function.callout(from, inside, &trace_id)?, Overrides::default()))
            }
            Backend::HttpService(service) => {
                let inside = self.path_in_stage(from.request, exchange.memo)?;
                Ok((service.callout(from, inside, &trace_id)?, Overrides::default()))
            }
            Backend::Mock(_)
            | Backend::HttpProxy(_)
            | Backend::HttpApiProxy(_)
            | Backend::Misconfigured
            | Backend::Unserved => Err(unforeseen()),
        });
        let (mut callout, overrides) = called?;
        if let Some(Signing { service, region, .. }) = &method.as_caller {
            let caller = (method.authorization == Authorization::Iam).then_some(&exchange.context.identity.access_key);
            let caller = caller.and_then(Option::as_deref).ok_or_else(unforeseen)?;
            self.iam()?.sign_as(caller, service, region, &mut callout, &moment(exchange))?;
        }
        exchange.memo.asked = Some(exchange.now);
        // Nobody reads it again: held until the answer comes, a few hundred of them would fill the VM.
        request.body = Body::Unread;
        Ok(Step::Await(callout, Awaited::Integration { trace_id, overrides: Box::new(overrides) }))
    }

    /// The answer to a browser that asks beforehand whether a page may call an HTTP API: where OPTIONS has a route, be it ANY's or
    /// the default one, the answer is the route's, with its authorizer.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>, and recorded:
    /// <https://github.com/aws/serverless-application-model/issues/1603>
    pub(super) fn preflight(
        &self,
        request: &Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Result<Option<Answer>, Rejection> {
        if !is_preflight(request) || exchange.memo.method.is_some() {
            return Ok(None);
        }
        let (stage, inside) = self.enter(request, exchange)?;
        if stage.cors.is_none() || stage.route(request, inside).is_some() {
            return Ok(None);
        }
        let answer = Answer { status: 204, headers: Headers::for_answer(), body: Vec::new() };
        self.identified(answer, exchange).map(Some)
    }

    fn identified(&self, mut answer: Answer, exchange: &Exchange<'_, Memo>) -> Result<Answer, Rejection> {
        if let Some(how) = exchange.memo.compressing {
            how.answer(&mut answer)?;
        }
        self.identify(&mut answer.headers, exchange)?;
        Ok(answer)
    }

    /// Every answer carries the request's ids, what the client is told of its limits, and whether a page may read it; and
    /// nothing that would make it malformed to its client.
    pub(super) fn identify(&self, headers: &mut Headers, exchange: &Exchange<'_, Memo>) -> Result<(), Rejection> {
        match exchange.memo.protocol {
            ProtocolType::Rest => request_ids::write(exchange.context, headers)?,
            ProtocolType::Http => request_ids::write_of_http_api(exchange.context, headers)?,
        }
        let stage = exchange.memo.stage.and_then(|stage| self.stages.get(stage));
        if let Some(cors) = stage.and_then(|stage| stage.cors.as_ref()) {
            cors.apply(exchange.memo.origin.as_ref(), headers)?;
        }
        for (name, value) in &exchange.memo.told {
            headers.set(name, value)?;
        }
        // Envoy takes care of the others that HTTP/2 forbids in responses (RFC 9113, 8.2.2).
        if headers.has("te") && exchange.host.is_http_2() {
            headers.remove("te");
        }
        Ok(())
    }
}

/// Adds the headers by which API Gateway says how it was called: templates and mappings see them as they see a client's
/// (recorded: <https://github.com/serverless-operations/serverless-step-functions/pull/192>).
fn add_own_headers(request: &mut Request, trace_id: &str) -> Result<(), Rejection> {
    let port = forwarded_port(request);
    request.headers.set("x-amzn-trace-id", trace_id)?;
    Ok(request.headers.set("x-forwarded-port", port)?)
}

/// `/stage//x` is `/x` to a function, as recorded.
fn slashes_as_one(path: &str) -> &str {
    let doubled = path.bytes().take_while(|byte| *byte == b'/').count().saturating_sub(1);
    path.get(doubled..).filter(|path| !path.is_empty()).unwrap_or("/")
}

/// What came of asking the integration. Of a function's own status nothing is known yet.
pub(super) fn measure_integration(exchange: &mut Exchange<'_, Memo>, response: Option<&Response>) {
    let Some(asked) = exchange.memo.asked else { return };
    let context = &mut *exchange.context;
    context.integration_latency = Some(exchange.now.since(asked));
    context.integration.latency = Some(text(exchange.now.since(asked)));
    // What the proxy says in its place is no answer of the integration's.
    let Some(response) = response.filter(|response| response.origin == Origin::Upstream) else { return };
    let status = text(response.status());
    context.integration.status = Some(Text::clone(&status));
    context.integration.integration_status = Some(status);
    context.integration.request_id = endpoint_request_id(response);
    context.aws_endpoint_request_id.clone_from(&context.integration.request_id);
    context.aws_endpoint_request_id2 = response.headers.text("x-amz-id-2").map(Text::from);
}

/// What the access log of an HTTP API says of a function that it may not invoke.
///
/// <https://repost.aws/knowledge-center/api-gateway-http-lambda-integrations>
const NOT_PERMITTED: &str = "The IAM role configured on the integration or API Gateway doesn't have permissions to call the \
                             integration. Check the permissions and try again.";

/// What the access log says of a function that failed (recorded: <https://github.com/DataBiosphere/azul/pull/6624>).
fn function_error(response: &Response) -> Option<Text> {
    response.headers.get("x-amz-function-error")?;
    let message = error_message(response.body.bytes())?;
    Some(format!("Lambda Customer Function Error:{message}").into())
}

/// The id that AWS gave to a call, by the header that each service has for it.
pub(super) fn endpoint_request_id(response: &Response) -> Option<Text> {
    ["x-amzn-requestid", "x-amz-request-id"].into_iter().find_map(|name| response.headers.text(name)).map(Text::from)
}

pub(super) fn response_of(reply: &Reply) -> Option<&Response> {
    match reply {
        Reply::Answered(response) => Some(response),
        Reply::Failed(_) => None,
    }
}

fn text(number: impl ToString) -> Text {
    number.to_string().into()
}
