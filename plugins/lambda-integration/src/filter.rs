//! The filter: one function in front of any route.

use gatehouse_api::deployment::Functions;
use gatehouse_api::{HttpMethod, ProtocolType, path_in_stage};
use gatehouse_context::Text;
use gatehouse_filter::{
    Exchange, Filter, InvalidConfig, Outcome, Rejection, Reply, ResponseType, Step, Wanted, built_in_refusal,
    http_api_answer, request_ids,
};
use gatehouse_http::{Answer, Request, ip_of};
use gatehouse_integration::BinaryMediaTypes;
use gatehouse_lambda::FunctionUri;
use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};

use crate::config;
use crate::proxy::{LambdaProxy, PayloadFormat, Setting};

/// Answers every request with one function.
#[derive(Debug)]
pub struct LambdaFilter {
    proxy: LambdaProxy,
    /// Whose events and answers these are: 2.0 is the format of HTTP APIs.
    protocol: ProtocolType,
    method: config::Method,
    stage_variables: StageVariables,
}

/// The function's answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoked;

impl Filter for LambdaFilter {
    type Config = config::LambdaIntegration;
    type Awaiting = Invoked;
    type Memo = ();

    const NAME: &'static str = "lambda-integration";

    fn configure(config: config::LambdaIntegration) -> Result<Self, InvalidConfig> {
        let uri = FunctionUri::parse(&config.uri, &config.stage_variables)
            .map_err(|reason| InvalidConfig::new("uri", reason))?;
        let functions = Functions::single(config.function.clone())
            .map_err(|problem| InvalidConfig::new("function", problem.message))?;
        let (protocol, format) = match config.payload_format_version.as_str() {
            "1.0" => (ProtocolType::Rest, PayloadFormat::V1),
            "2.0" => (ProtocolType::Http, PayloadFormat::V2(config.method.route_key.clone())),
            other => {
                let reason = format!("`{other}` is not one of `1.0`, `2.0`");
                return Err(InvalidConfig::new("payloadFormatVersion", reason));
            }
        };
        if !(50..=900_000).contains(&config.timeout_in_millis) {
            let reason = format!("`{}` is not allowed, use 50 to 900000", config.timeout_in_millis);
            return Err(InvalidConfig::new("timeoutInMillis", reason));
        }
        let setting = Setting {
            arn: &uri.arn,
            function: &functions.find(&uri.arn),
            cluster: config.cluster,
            timeout_millis: config.timeout_in_millis,
            binary: BinaryMediaTypes::new(&config.binary_media_types),
            spellings: Vec::new(),
            format,
        };
        let proxy = LambdaProxy::new(setting).map_err(|illegal| InvalidConfig::new("function", illegal.to_string()))?;
        Ok(Self { proxy, protocol, method: config.method, stage_variables: config.stage_variables })
    }

    fn wants_body(&self, _: &Request, _: &mut Exchange<'_, ()>) -> Wanted {
        Wanted::Whole
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        if self.protocol == ProtocolType::Rest {
            request.divide_query_at_semicolons()?;
        }
        let refused = || Rejection::new(ResponseType::MissingAuthenticationToken);
        let path = std::str::from_utf8(request.path()).map_err(|_| refused())?;
        let verb = std::str::from_utf8(request.method()).ok().and_then(HttpMethod::of_request).ok_or_else(refused)?;
        self.begin(path, verb, exchange);
        let inside = path_in_stage(path, &self.method.stage);
        // The default resource takes all of the path.
        let proxy = inside.trim_matches('/');
        let greedy: &[(&str, &[u8])] = &[("proxy", proxy.as_bytes())];
        let takes_all = self.method.resource == "/{proxy+}" && !proxy.is_empty();
        let from = MethodRequest {
            request,
            path_parameters: PathParameters(if takes_all { greedy } else { &[] }),
            context: exchange.context,
            stage_variables: &self.stage_variables,
        };
        let trace_id = request.headers.text("x-amzn-trace-id").unwrap_or_default();
        // Events 2.0 have the stage in `rawPath` where it is in the request's path.
        let told = if self.protocol == ProtocolType::Http { path } else { inside };
        Ok(Step::Await(self.proxy.callout(&from, told, trace_id, exchange.host.is_http_2())?, Invoked))
    }

    fn on_reply(
        &self,
        _: Invoked,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, ()>,
    ) -> Outcome<Self> {
        let mut answer = self.proxy.answer(reply, request)?;
        match self.protocol {
            ProtocolType::Rest => request_ids::write(exchange.context, &mut answer.headers)?,
            ProtocolType::Http => request_ids::write_of_http_api(exchange.context, &mut answer.headers)?,
        }
        Ok(Step::Answer(answer))
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, ()>) -> Answer {
        request_ids::ensure(request, exchange.context, exchange.host);
        if self.protocol == ProtocolType::Rest {
            return built_in_refusal(rejection, request, exchange.context);
        }
        let mut answer = http_api_answer(rejection, exchange.context);
        // An error answer cannot fail over a header.
        let _ = request_ids::write_of_http_api(exchange.context, &mut answer.headers);
        answer
    }
}

impl LambdaFilter {
    /// What the event says, unless an earlier filter knows it.
    fn begin(&self, path: &str, verb: HttpMethod, exchange: &mut Exchange<'_, ()>) {
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
        known(&mut context.resource_path, &self.method.resource);
        context.request_time.get_or_insert(exchange.now);
        if context.identity.source_ip.is_none()
            && let Some(peer) = exchange.host.source_address()
        {
            context.identity.source_ip = Some(ip_of(&peer).into());
        }
    }
}

#[cfg(test)]
mod tests;
