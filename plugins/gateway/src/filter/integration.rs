//! The integration of a request that may pass, and its answer.

use gatehouse_filter::{Exchange, Outcome, Rejection, Reply, ResponseType, Step, request_ids};
use gatehouse_http::{Answer, Headers, Request};
use gatehouse_integration::Overrides;
use gatehouse_mapping::MethodRequest;

use super::authorization::moment;
use super::{Awaited, Memo, unforeseen};
use crate::Gateway;
use crate::compile::Signing;
use crate::stage::{Authorization, Backend};
use crate::trace::trace_id;

impl Gateway {
    /// The method's integration, for a request that may pass.
    pub(super) fn integrate(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
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
                prepared.apply(request)?;
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
        let (_, method) = self.routed(exchange.memo)?;
        measure_integration(exchange, reply_status(&reply));
        let answer = |from: &MethodRequest<'_>| match &method.backend {
            Backend::Http(http) => http.answer(reply, from, overrides),
            Backend::Aws(aws) => aws.answer(reply, from, overrides),
            Backend::LambdaProxy(proxy) => proxy.answer(reply, from.request),
            Backend::Mock(_) | Backend::HttpProxy(_) | Backend::Misconfigured | Backend::Unserved => Err(unforeseen()),
        };
        let mut answer = self.with_method_request(request, exchange, answer)?;
        answer.headers.set("x-amzn-trace-id", trace_id)?;
        Ok(Step::Answer(identified(answer, exchange)?))
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
        if let Some(Signing { service, region }) = &method.as_caller {
            let caller = (method.authorization == Authorization::Iam).then_some(&exchange.context.identity.access_key);
            let caller = caller.and_then(Option::as_deref).ok_or_else(unforeseen)?;
            self.iam()?.sign_as(caller, service, region, &mut callout, &moment(exchange))?;
        }
        exchange.memo.asked = Some(exchange.now);
        Ok(Step::Await(callout, Awaited::Integration { trace_id, overrides: Box::new(overrides) }))
    }
}

/// `/stage//x` is `/x` to a function, as recorded.
fn event_path(inside: &str) -> &str {
    let doubled = inside.bytes().take_while(|byte| *byte == b'/').count().saturating_sub(1);
    inside.get(doubled..).filter(|path| !path.is_empty()).unwrap_or("/")
}

fn identified(mut answer: Answer, exchange: &Exchange<'_, Memo>) -> Result<Answer, Rejection> {
    identify(&mut answer.headers, exchange)?;
    Ok(answer)
}

/// Every answer of a method carries the request's ids, and what the client is told of its limits.
pub(super) fn identify(headers: &mut Headers, exchange: &Exchange<'_, Memo>) -> Result<(), Rejection> {
    request_ids::write(exchange.context, headers)?;
    for (name, value) in &exchange.memo.told {
        headers.set(name, value)?;
    }
    Ok(())
}

pub(super) fn measure_integration(exchange: &mut Exchange<'_, Memo>, status: Option<u16>) {
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
