//! Authorizers: who is asked whether a caller may call a method.

use crate::Place;
use crate::named::named;

/// An authorizer of the API, as `x-amazon-apigateway-authorizer` on a security scheme defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorizer {
    /// The security scheme's name.
    pub name: String,
    /// What kind of authorizer.
    pub kind: AuthorizerType,
    /// The scheme's `x-amazon-apigateway-authtype`, a text for humans.
    pub auth_type: Option<String>,
    /// The Lambda function's invocation URI; none for Cognito.
    pub authorizer_uri: Option<String>,
    /// The role to invoke the function with.
    pub authorizer_credentials: Option<String>,
    /// Where the caller's identity is read: `method.request.header.Authorization`, … For `TOKEN` and Cognito exactly one header.
    pub identity_source: Vec<String>,
    /// A token that does not match it as a whole is refused without asking.
    pub identity_validation_expression: Option<String>,
    /// Seconds that a result is used again; 0 disables, API Gateway's default is 300.
    pub authorizer_result_ttl_in_seconds: u32,
    /// The Cognito user pools.
    pub provider_arns: Vec<String>,
    /// `authorizerPayloadFormatVersion` of an HTTP API's function: `1.0` or `2.0`; none of a REST API's.
    pub payload_format_version: Option<String>,
    /// Whether the function of an HTTP API says yes or no instead of a policy.
    pub enable_simple_responses: bool,
    /// Whose tokens an HTTP API accepts.
    pub jwt_configuration: Option<JwtConfiguration>,
    /// Where it is defined.
    pub place: Place,
}

/// Whose tokens are accepted, and for whom they must be.
///
/// <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html#apis-apiid-authorizers-model-jwtconfiguration>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtConfiguration {
    /// What `iss` must say, to the letter.
    pub issuer: String,
    /// One of these must `aud` say, or `client_id` where there is no `aud`.
    pub audience: Vec<String>,
}

named! {
    /// What kind of authorizer.
    AuthorizerType {
        /// A Lambda function that is given one header's value.
        Token = "TOKEN",
        /// A Lambda function that is given the request's parameters.
        Request = "REQUEST",
        /// Tokens of Cognito user pools.
        CognitoUserPools = "COGNITO_USER_POOLS",
        /// Tokens of an issuer, for an HTTP API.
        Jwt = "JWT",
    }
}
