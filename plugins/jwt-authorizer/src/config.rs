//! An authorizer as written: the fields of `x-amazon-apigateway-authorizer`, for a filter that is configured alone.

use std::collections::BTreeMap;

use gatehouse_api::deployment::config::KeySource;
use serde::Deserialize;

/// The configuration of a JWT authorizer, or of one for Cognito user pools, by itself.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JwtAuthorizer {
    /// `jwt` as HTTP APIs have it, or `cognito_user_pools` as REST APIs do.
    #[serde(rename = "type", default)]
    pub kind: Kind,
    /// Where the token is; the header `Authorization` where absent.
    #[serde(default)]
    pub identity_source: Option<IdentitySource>,
    /// Of a JWT authorizer: whose tokens are accepted, and for whom they must be.
    #[serde(default)]
    pub jwt_configuration: Option<JwtConfiguration>,
    /// Of an authorizer for user pools: their ARNs.
    #[serde(rename = "providerARNs", default)]
    pub provider_arns: Vec<String>,
    /// A token needs one of these, on every route that says nothing else.
    #[serde(default)]
    pub authorization_scopes: Vec<String>,
    /// `GET /pets/{petId}` or `$default` → what it asks for. Where there are any, all other requests are not found.
    #[serde(default)]
    pub routes: BTreeMap<String, Route>,
    /// The issuer's keys; of a user pool by its id.
    #[serde(default)]
    pub keys: KeySource,
    /// Of user pools: a pool's id → its keys, where they are not where Cognito has them.
    #[serde(default)]
    pub user_pools: BTreeMap<String, KeySource>,
    /// `https://issuer.example.com` → the cluster that leads there. No other origin is asked for keys.
    #[serde(default)]
    pub clusters: BTreeMap<String, String>,
    /// `integration.request.header.NAME` → `context.authorizer.claims.NAME`: what the backend is told.
    #[serde(default)]
    pub request_parameters: BTreeMap<String, String>,
}

/// Whose authorizer it is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An HTTP API's.
    #[default]
    Jwt,
    /// A REST API's.
    CognitoUserPools,
}

/// The identity source, as an export has it or as a list of one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a text, or a list of one text")]
pub enum IdentitySource {
    /// `$request.header.Authorization`
    Text(String),
    /// `["$request.header.Authorization"]`
    List(Vec<String>),
}

/// Whose tokens are accepted.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JwtConfiguration {
    /// What `iss` must say, to the letter.
    pub issuer: String,
    /// One of these must `aud` say, or `client_id` where there is no `aud`.
    pub audience: Vec<String>,
}

/// What a route asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Route {
    /// A token needs one of these; those of the authorizer where absent.
    pub authorization_scopes: Option<Vec<String>>,
}
