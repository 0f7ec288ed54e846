//! `$context` as API Gateway has it: one struct, one codec, one lookup by dotted name.
//!
//! ```
//! use gatehouse_context::Context;
//!
//! let mut context = Context { stage: Some("dev".into()), ..Context::default() };
//! context.identity.source_ip = Some("192.0.2.1".into());
//! assert_eq!(context.lookup("identity.sourceIp").as_deref(), Some("192.0.2.1"));
//! ```
//!
//! Mapping templates, parameter mappings, gateway responses and the access log all read it through
//! [`Context::lookup`]; a chain of separate filters hands it on with [`Context::encode`]. Secrets (tokens,
//! signatures, keys' secrets) never enter it.
//!
//! Names: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>
//! and <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>.

mod group;
mod properties;
mod timestamp;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use group::{ClientCert, CustomDomain, Decision, ErrorDetail, Identity, Integration, Validity};
pub use properties::{NULL, Properties};
pub use timestamp::Timestamp;

/// A value of `$context`: shared, since most come from the configuration.
pub type Text = std::sync::Arc<str>;

/// Everything API Gateway knows of one request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are API Gateway's own names; its documentation describes them")]
pub struct Context {
    pub account_id: Option<Text>,
    pub api_id: Option<Text>,
    pub aws_endpoint_request_id: Option<Text>,
    /// The second one, which some services of AWS have.
    pub aws_endpoint_request_id2: Option<Text>,
    pub deployment_id: Option<Text>,
    pub domain_name: Option<Text>,
    pub domain_prefix: Option<Text>,
    pub endpoint_type: Option<Text>,
    pub extended_request_id: Option<Text>,
    pub http_method: Option<Text>,
    pub integration_error_message: Option<Text>,
    /// Milliseconds.
    pub integration_latency: Option<u64>,
    pub is_canary_request: Option<bool>,
    /// Of the method: functions are told. Whether templates can read it nobody says, so they cannot.
    pub operation_name: Option<Text>,
    pub path: Option<Text>,
    /// Of an HTTP API on a custom domain: what events of format 2.0 have for the path, with the stage in the place of what the
    /// mapping took. Told by <https://github.com/CodeGenieApp/serverless-express/issues/465>; templates cannot read it.
    pub raw_path: Option<Text>,
    pub protocol: Option<Text>,
    pub request_id: Option<Text>,
    /// When the request came: `requestTime` and `requestTimeEpoch` are written from it.
    pub request_time: Option<Timestamp>,
    pub resource_id: Option<Text>,
    pub resource_path: Option<Text>,
    /// Milliseconds.
    pub response_latency: Option<u64>,
    /// Bytes.
    pub response_length: Option<u64>,
    pub route_key: Option<Text>,
    pub stage: Option<Text>,
    pub status: Option<u16>,
    pub waf_response_code: Option<Text>,
    pub webacl_arn: Option<Text>,
    pub xray_trace_id: Option<Text>,
    pub identity: Identity,
    pub custom_domain: CustomDomain,
    pub error: ErrorDetail,
    pub authorize: Decision,
    pub authenticate: Decision,
    pub waf: Decision,
    pub integration: Integration,
    /// `principalId`, what the authorizer returned, and `claims.<name>`.
    pub authorizer: Properties,
    /// How the authorizer was asked, for the access log: what it returned hides what has the same name here.
    pub authorizer_call: Integration,
    /// `header.<name>`, `path.<name>`, `querystring.<name>`.
    pub request_override: Properties,
    /// `header.<name>`, `status`.
    pub response_override: Properties,
}

impl Context {
    /// The value of `$context.<name>`, as text; `None` where it is absent or unknown.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "requestTime" => return self.request_time.map(|time| Cow::Owned(time.common_log())),
            "requestTimeEpoch" => return self.request_time.map(|time| number(time.millis())),
            "integrationLatency" => return self.integration_latency.map(number),
            "responseLatency" => return self.response_latency.map(number),
            "responseLength" => return self.response_length.map(number),
            "status" => return self.status.map(number),
            "isCanaryRequest" => {
                return self.is_canary_request.map(|yes| Cow::Borrowed(if yes { "true" } else { "false" }));
            }
            "integrationStatus" => return self.integration.integration_status.as_deref().map(Cow::Borrowed),
            _ => {}
        }
        let text = match name.split_once('.') {
            None => self.plain(name)?.as_deref(),
            Some(("identity", rest)) => self.identity.get(rest),
            Some(("error", rest)) => self.error.get(rest),
            Some(("integration", rest)) => self.integration.get(rest),
            Some(("customDomain", rest)) => self.custom_domain.get(rest),
            Some(("authorize", rest)) => self.authorize.get(rest),
            Some(("authenticate", rest)) => self.authenticate.get(rest),
            Some(("waf", rest)) => self.waf.get(rest),
            Some(("authorizer", rest)) => self.authorizer.get(rest).or_else(|| self.authorizer_call.get(rest)),
            Some(("requestOverride", rest)) => self.request_override.get(rest),
            Some(("responseOverride", rest)) => self.response_override.get(rest),
            Some(_) => None,
        };
        text.map(Cow::Borrowed)
    }

    /// Is there such a variable? Anything may stand behind `authorizer.` and the overrides.
    #[must_use]
    pub fn knows(name: &str) -> bool {
        match name.split_once('.') {
            None => {
                Self::default().plain(name).is_some()
                    || [
                        "requestTime",
                        "requestTimeEpoch",
                        "integrationLatency",
                        "responseLatency",
                        "responseLength",
                        "status",
                        "isCanaryRequest",
                        "integrationStatus",
                    ]
                    .contains(&name)
            }
            Some(("authorizer" | "requestOverride" | "responseOverride", rest)) => !rest.is_empty(),
            Some(("identity", rest)) => Identity::knows(rest),
            Some(("error", rest)) => ErrorDetail::knows(rest),
            Some(("integration", rest)) => Integration::knows(rest),
            Some(("customDomain", rest)) => CustomDomain::knows(rest),
            Some(("authorize" | "authenticate" | "waf", rest)) => Decision::knows(rest),
            Some(_) => false,
        }
    }

    fn plain(&self, name: &str) -> Option<&Option<Text>> {
        Some(match name {
            "accountId" => &self.account_id,
            "apiId" => &self.api_id,
            "awsEndpointRequestId" => &self.aws_endpoint_request_id,
            "awsEndpointRequestId2" => &self.aws_endpoint_request_id2,
            "deploymentId" => &self.deployment_id,
            "domainName" => &self.domain_name,
            "domainPrefix" => &self.domain_prefix,
            "endpointType" => &self.endpoint_type,
            "extendedRequestId" => &self.extended_request_id,
            "httpMethod" => &self.http_method,
            "integrationErrorMessage" => &self.integration_error_message,
            "path" => &self.path,
            "protocol" => &self.protocol,
            "requestId" => &self.request_id,
            "resourceId" => &self.resource_id,
            "resourcePath" => &self.resource_path,
            "routeKey" => &self.route_key,
            "stage" => &self.stage,
            "wafResponseCode" => &self.waf_response_code,
            "webaclArn" => &self.webacl_arn,
            "xrayTraceId" => &self.xray_trace_id,
            _ => return None,
        })
    }

    /// The form in which one filter of a chain hands `$context` to the next.
    ///
    /// # Errors
    /// None in practice; the signature leaves it to the caller to fail closed.
    pub fn encode(&self) -> Result<Vec<u8>, Undecodable> {
        serde_json::to_vec(self).map_err(|_| Undecodable)
    }

    /// Reads what [`Context::encode`] wrote.
    ///
    /// # Errors
    /// [`Undecodable`]: the request must be refused, for starting anew would forget what was decided before.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        // serde would also read a list of fields; what `encode` writes is a map.
        if bytes.first() != Some(&b'{') {
            return Err(Undecodable);
        }
        serde_json::from_slice(bytes).map_err(|_| Undecodable)
    }
}

fn number(value: impl ToString) -> Cow<'static, str> {
    Cow::Owned(value.to_string())
}

/// A `$context` that an earlier filter left cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable;

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the $context of an earlier filter cannot be read")
    }
}

impl std::error::Error for Undecodable {}

#[cfg(test)]
mod tests;
