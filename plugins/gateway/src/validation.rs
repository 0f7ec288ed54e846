//! Request validation in the gateway: what stands between metering and the integration.

use std::rc::Rc;

use gatehouse_api::{Problem, RestApi};
use gatehouse_filter::{Exchange, Rejection};
use gatehouse_http::Request;
use gatehouse_request_validator::{References, RequestValidator};

use crate::Gateway;
use crate::filter::Memo;
use crate::stage::CompiledMethod;

/// The validators of an API's methods, in their order; its stages share them.
pub(crate) fn validators(definition: &RestApi, problems: &mut Vec<Problem>) -> Vec<Option<Rc<RequestValidator>>> {
    RequestValidator::compile(&definition.methods, &definition.models, References::OfDocument, problems)
}

/// Must the body be there to be validated?
pub(crate) fn wants_body(method: &CompiledMethod, request: &Request) -> bool {
    method.validator.as_ref().is_some_and(|validator| validator.wants_body(request))
}

impl Gateway {
    /// Validates a request, where its method does.
    pub(crate) fn validate(&self, request: &Request, exchange: &Exchange<'_, Memo>) -> Result<(), Rejection> {
        let (_, method) = self.routed(exchange.memo)?;
        let Some(validator) = &method.validator else { return Ok(()) };
        self.with_method_request(request, exchange, |from| Ok(validator.validate(from)?))
    }
}
