//! What the access log tells of the phases of a request: whether its caller was authenticated, what his authorizer said, whether
//! he was authorized. All of it follows from how the request ended, so nothing is kept for it before.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>,
//! <https://aws.amazon.com/blogs/compute/troubleshooting-amazon-api-gateway-with-enhanced-observability-variables/>

use gatehouse_api::ProtocolType;
use gatehouse_context::{Context, Decision, Text};
use gatehouse_filter::{Exchange, Reply, ResponseType};

use super::Memo;
use super::integration::{endpoint_request_id, response_of};
use crate::Gateway;
use crate::stage::Authorization;

/// What is told of a caller whose policies, or whose authorizer's, do not let him.
const DENIED: &str = "The client is not authorized to perform this operation.";

/// What the access log of an HTTP API says of a request that nobody has signed, recorded by users of `AWS_IAM` behind CloudFront:
/// <https://github.com/pwrdrvr/microapps-core> (troubleshooting).
const UNSIGNED: &str = "The request for the IAM Authorizer doesn't match the format that API Gateway expects.";

/// And of an authorizer's function that it may not invoke.
///
/// <https://repost.aws/knowledge-center/api-gateway-http-lambda-integrations>
const NOT_PERMITTED: &str = "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the \
                             authorizer. Check the permissions and try again.";

/// How the phases that decide about a caller have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// He may call.
    Authorized,
    /// It is known who he is, and he may not.
    Denied,
    /// It is not known.
    Failed,
}

impl Gateway {
    /// Makes the phases known to the access log, once the request has ended.
    pub(super) fn tell_phases(&self, exchange: &mut Exchange<'_, Memo>) {
        let context = &mut *exchange.context;
        let stopped_by = context.error.response_type.as_deref();
        if [ResponseType::IntegrationFailure, ResponseType::IntegrationTimeout]
            .map(|it| Some(it.name()))
            .contains(&stopped_by)
        {
            // A service that refused a call has said why.
            let told = context.integration_error_message.take().or_else(|| context.error.message.clone());
            context.integration.error.clone_from(&told);
            context.integration_error_message = told;
        }
        let Ok((_, method)) = self.routed(exchange.memo) else { return };
        let Some(ended) = ended(stopped_by, context.status, exchange.memo.authorized.is_some()) else { return };
        let latency = exchange.memo.authorized.unwrap_or(exchange.now).since(exchange.memo.began);
        let identified = match ended {
            Ended::Authorized | Ended::Denied => decision(200, None, latency),
            Ended::Failed => decision(context.status.unwrap_or_default(), context.error.message.clone(), latency),
        };
        let authorized = match ended {
            Ended::Authorized => decision(200, None, 0),
            Ended::Denied => decision(403, Some(DENIED.into()), 0),
            Ended::Failed => Decision::default(),
        };
        match method.authorization {
            Authorization::None => {}
            Authorization::Iam => {
                let is_unsigned = stopped_by == Some(ResponseType::MissingAuthenticationToken.name());
                if exchange.memo.protocol == ProtocolType::Http && is_unsigned {
                    context.authorizer_call.error = Some(UNSIGNED.into());
                }
                (context.authenticate, context.authorize) = (identified, authorized);
            }
            Authorization::Lambda(_) => {
                // The resource policy may have denied before.
                if exchange.memo.asks_authorizer {
                    tell_authorizer(identified, context);
                    if exchange.memo.protocol == ProtocolType::Http {
                        tell_refusal(ended, context);
                    }
                }
                context.authorize = authorized;
            }
            // A token that lacks a scope is denied by its authorizer, not behind it.
            Authorization::Tokens(_) if context.authorizer.get("error").is_some() => {
                tell_authorizer(decision(context.status.unwrap_or_default(), None, latency), context);
            }
            Authorization::Tokens(_) => tell_authorizer(identified, context),
        }
    }
}

/// How an authorizer's function answered, if it did.
pub(super) fn tell_call(reply: &Reply, context: &mut Context) {
    let Some(response) = response_of(reply) else { return };
    context.authorizer_call.integration_status = Some(response.status().to_string().into());
    context.authorizer_call.request_id = endpoint_request_id(response);
}

/// What an HTTP API's authorizer that does not let the caller in is said to have said. Recorded by the tests of WebbPulse's
/// platform: of a denial it is the client's own `Forbidden`.
fn tell_refusal(ended: Ended, context: &mut Context) {
    let call = &mut context.authorizer_call;
    if call.integration_status.as_deref() == Some("403") {
        call.error = Some(NOT_PERMITTED.into());
    } else if ended == Ended::Denied {
        call.error.clone_from(&context.error.message);
    }
}

fn tell_authorizer(verdict: Decision, context: &mut Context) {
    let call = &mut context.authorizer_call;
    (call.error, call.status, call.latency) = (verdict.error, verdict.status, verdict.latency);
}

/// Nothing where the request was stopped by something else before anybody was asked about its caller.
fn ended(stopped_by: Option<&str>, status: Option<u16>, is_authorized: bool) -> Option<Ended> {
    const FAILED: [ResponseType; 6] = [
        ResponseType::AuthorizerConfigurationError,
        ResponseType::AuthorizerFailure,
        ResponseType::ExpiredToken,
        ResponseType::InvalidSignature,
        ResponseType::MissingAuthenticationToken,
        ResponseType::Unauthorized,
    ];
    match stopped_by {
        _ if is_authorized => Some(Ended::Authorized),
        Some(name) if name == ResponseType::AccessDenied.name() => Some(Ended::Denied),
        // What is no signature has no type of its own.
        Some(name) if name == ResponseType::Default4xx.name() && status == Some(403) => Some(Ended::Failed),
        Some(name) if FAILED.iter().any(|it| it.name() == name) => Some(Ended::Failed),
        _ => None,
    }
}

fn decision(status: u16, error: Option<Text>, latency: u64) -> Decision {
    Decision { error, latency: Some(latency.to_string().into()), status: Some(status.to_string().into()) }
}
