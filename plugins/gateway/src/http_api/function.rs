//! AWS_PROXY of an HTTP API: a function, with the parameters of its event and of its response mapped.

use gatehouse_filter::{Callout, Rejection, Reply};
use gatehouse_http::{Answer, Body, Origin, Request, Response};
use gatehouse_integration::HttpApiResponse;
use gatehouse_lambda_integration::LambdaProxy;
use gatehouse_mapping::MethodRequest;

use super::Mappings;
use super::proxy::{body_read, within_stage};

/// A function behind a route.
#[derive(Debug)]
pub(crate) struct HttpFunction {
    proxy: LambdaProxy,
    mappings: Mappings,
}

impl HttpFunction {
    pub(crate) fn new(proxy: LambdaProxy, mappings: Mappings) -> Self {
        Self { proxy, mappings }
    }

    /// The call to the function. `inside` is the path within the stage, which mappings read.
    ///
    /// # Errors
    /// 500 for a mapping to what cannot be sent.
    pub(crate) fn callout(&self, from: &MethodRequest<'_>, inside: &str, trace_id: &str) -> Result<Callout, Rejection> {
        let Some(mappings) = &self.mappings.request else { return self.call(from, trace_id) };
        let read = within_stage(from.request, inside, body_read(from.request, mappings))?;
        let edits = mappings.edits(&MethodRequest { request: &read, ..*from });
        let mut request: Request = from.request.clone();
        edits.apply(&mut request)?;
        self.call(&MethodRequest { request: &request, ..*from }, trace_id)
    }

    /// Its event has the path with the stage in it.
    fn call(&self, from: &MethodRequest<'_>, trace_id: &str) -> Result<Callout, Rejection> {
        let path = String::from_utf8_lossy(from.request.path());
        // Events of HTTP APIs have names in a spelling of their own.
        self.proxy.callout(from, &path, trace_id, false)
    }

    /// The client's answer to what the function said.
    ///
    /// # Errors
    /// 500 for a function that failed, a response that is malformed, or a mapping to what cannot be sent; 503 for one that
    /// did not come.
    pub(crate) fn answer(&self, reply: Reply, from: &MethodRequest<'_>) -> Result<Answer, Rejection> {
        let Answer { status, mut headers, body } = self.proxy.answer(reply, from.request)?;
        headers.set(":status", status.to_string())?;
        let response = Response { headers, body: Body::Read(body), origin: Origin::Upstream };
        finished(response, &self.mappings.response, from)
    }
}

/// What a client gets of a response, its parameters mapped.
///
/// # Errors
/// 500 for a mapping to what cannot be sent.
pub(super) fn finished(
    mut response: Response,
    mappings: &HttpApiResponse,
    from: &MethodRequest<'_>,
) -> Result<Answer, Rejection> {
    mappings.apply(&mut response, from.context, from.stage_variables)?;
    let status = response.status();
    response.headers.remove(":status");
    let body = match response.body {
        Body::Read(body) | Body::Replaced(body) => body,
        Body::Empty | Body::Unread => Vec::new(),
    };
    Ok(Answer { status, headers: response.headers, body })
}
