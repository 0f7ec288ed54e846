//! The gateway responses: what API Gateway answers itself, and how an API changes it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use std::fmt;

use crate::Place;

/// One entry of `x-amazon-apigateway-gateway-responses`: what an API changes about a gateway response.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayResponse {
    /// The response that it changes.
    pub response_type: ResponseType,
    /// The status to answer with; the type's own where absent.
    pub status_code: Option<u16>,
    /// `gatewayresponse.header.{name}` → expression, in the order of the document.
    pub response_parameters: Vec<(String, String)>,
    /// Content type → template, in the order of the document.
    pub response_templates: Vec<(String, String)>,
    /// Where it is defined.
    pub place: Place,
}

macro_rules! response_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:expr;)*) => {
        /// Every type of gateway response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ResponseType { $($(#[$doc])* $variant,)* }

        impl ResponseType {
            /// All of them, in alphabetical order.
            pub const ALL: &'static [ResponseType] = &[$(ResponseType::$variant,)*];

            /// Its name as API Gateway spells it: `ACCESS_DENIED`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(ResponseType::$variant => $name,)* }
            }

            /// The status that it answers with unless an API says otherwise; `DEFAULT_4XX` and `DEFAULT_5XX` have none.
            #[must_use]
            pub fn default_status_code(self) -> Option<u16> {
                match self { $(ResponseType::$variant => $status,)* }
            }
        }
    };
}

response_types! {
    /// An authorizer, an IAM policy or a resource policy denies.
    AccessDenied = "ACCESS_DENIED", Some(403);
    /// The API is wrongly configured: an invalid endpoint address, no matching integration response, …
    ApiConfigurationError = "API_CONFIGURATION_ERROR", Some(500);
    /// The authorizer can't be asked or answers with something else than an authorizer's result.
    AuthorizerConfigurationError = "AUTHORIZER_CONFIGURATION_ERROR", Some(500);
    /// The authorizer failed to authenticate the caller.
    AuthorizerFailure = "AUTHORIZER_FAILURE", Some(500);
    /// The request body does not satisfy its model.
    BadRequestBody = "BAD_REQUEST_BODY", Some(400);
    /// A required request parameter is missing.
    BadRequestParameters = "BAD_REQUEST_PARAMETERS", Some(400);
    /// What every unset client error inherits.
    Default4xx = "DEFAULT_4XX", None;
    /// What every unset server error inherits.
    Default5xx = "DEFAULT_5XX", None;
    /// The session token of an `AWS_IAM` request has expired.
    ExpiredToken = "EXPIRED_TOKEN", Some(403);
    /// The integration can't be reached or answers malformed.
    IntegrationFailure = "INTEGRATION_FAILURE", Some(504);
    /// The integration took too long.
    IntegrationTimeout = "INTEGRATION_TIMEOUT", Some(504);
    /// A required API key is missing, unknown or not allowed.
    InvalidApiKey = "INVALID_API_KEY", Some(403);
    /// The signature of an `AWS_IAM` request is wrong.
    InvalidSignature = "INVALID_SIGNATURE", Some(403);
    /// No such method and resource, or an `AWS_IAM` method without a signature.
    MissingAuthenticationToken = "MISSING_AUTHENTICATION_TOKEN", Some(403);
    /// The quota of a usage plan is used up.
    QuotaExceeded = "QUOTA_EXCEEDED", Some(429);
    /// The request body is larger than 10 MB.
    RequestTooLarge = "REQUEST_TOO_LARGE", Some(413);
    /// The resource is missing after the caller was authorized.
    ResourceNotFound = "RESOURCE_NOT_FOUND", Some(404);
    /// A throttle of a usage plan, method, stage or account.
    Throttled = "THROTTLED", Some(429);
    /// The authorizer did not accept the caller.
    Unauthorized = "UNAUTHORIZED", Some(401);
    /// No request template for the content type, and passing through is not allowed.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", Some(415);
    /// Blocked by the web application firewall.
    WafFiltered = "WAF_FILTERED", Some(403);
}

impl ResponseType {
    /// The type of this name; API Gateway spells them in capitals, documents in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_type_is_found_by_its_name() {
        assert_eq!(ResponseType::ALL.len(), 21);
        for kind in ResponseType::ALL {
            assert_eq!(ResponseType::parse(kind.name()), Some(*kind));
        }
        assert!(ResponseType::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        assert_eq!(ResponseType::parse("throttled"), Some(ResponseType::Throttled));
        assert_eq!(ResponseType::parse("NOT_FOUND"), None);
    }
}
