//! The deployment document as written, in API Gateway's own property names.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Node;

mod iam;
mod key_source;
#[cfg(feature = "schema")]
mod schema;
mod stage;
mod text;
pub use iam::{
    AccessKey, AccessKeyStatus, CredentialProvider, Iam, MismatchDetail, Principal, ReplayProtection, Secret,
};
pub use key_source::KeySource;
pub use stage::{AccessLogSettings, CanarySettings, MethodSettings, Stage};
use text::text;

/// What a definition does not carry: where it is deployed, and with which settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deployment {
    /// The account that ARNs name: twelve digits.
    #[serde(deserialize_with = "text")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Text"))]
    pub account_id: String,
    /// The region that ARNs name.
    pub region: String,
    /// An integration's origin (`https://petstore.example.com`) → where it lives here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<String, Endpoint>,
    /// A VPC link's id, or the ARN of what is behind it (load balancer, listener, Cloud Map service) → where that lives here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vpc_links: BTreeMap<String, Endpoint>,
    /// A Lambda function's ARN, with or without version or alias, or `*` for every other → where it lives here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, Function>,
    /// Whether the roles that `credentials` and `authorizerCredentials` name are assumed, as API Gateway does. Else calls of
    /// AWS are signed with Envoy's own credentials: the roles of an API trust API Gateway, and Envoy only if they say so.
    #[serde(default)]
    pub assume_roles: bool,
    /// Whose signatures are accepted by methods with AWS_IAM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam: Option<Iam>,
    /// A Cognito user pool's id → where its keys are, if they are not where Cognito has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub user_pools: BTreeMap<String, KeySource>,
    /// An issuer of a JWT authorizer, as `iss` has it → where its keys are, if they are not where its discovery document says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub issuers: BTreeMap<String, KeySource>,
    /// A client certificate's id → what backends are shown by the stages that name it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_certificates: BTreeMap<String, ClientCertificate>,
    /// A VPC endpoint's id → what is known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vpc_endpoints: BTreeMap<String, VpcEndpoint>,
    /// How the gateway knows which VPC endpoint a request came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_vpce: Option<SourceVpce>,
    /// Usage plans, as API Gateway's own API has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_plans: Option<Node>,
    /// API keys, as API Gateway's own API has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_keys: Option<Node>,
    /// The API keys as the compiler packs them: hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed_api_keys: Option<String>,
    /// What all requests together are limited by: `rateLimit` and `burstLimit`. Not at all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle_settings: Option<Node>,
    /// Where several proxies count together; each for itself where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_store: Option<Node>,
    /// Whether clients are told what is left of their limits, which API Gateway does not.
    #[serde(default)]
    pub rate_limit_headers: bool,
    /// The APIs to serve.
    pub apis: Vec<Api>,
    /// Custom domain names, and what of them leads to which stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domain_names: Vec<DomainName>,
    /// Values for CloudFormation's parameters and pseudo parameters, and for what a plan of Terraform's does not know; used before a definition is imported.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Node>,
}

/// Where an origin lives here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Endpoint {
    /// `http://127.0.0.1:9000`
    Url(String),
    /// The same, called by another name.
    Host(HostEndpoint),
}

/// Where an origin lives here, and the name that it is called by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostEndpoint {
    /// `http://127.0.0.1:9000`
    pub url: String,
    /// The `Host` header to send; the integration's own host where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
}

/// What backends are shown that are called over TLS, in files that Envoy reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientCertificate {
    /// The certificate, and those that vouch for it, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    pub private_key: String,
}

/// Where a Lambda function lives here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Function {
    /// `http://127.0.0.1:9001`: an endpoint with Lambda's Invoke API.
    Url(String),
    /// The same, or an endpoint of another kind.
    At(FunctionEndpoint),
}

/// Where a Lambda function lives here, and how it is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionEndpoint {
    /// `LAMBDA` for Lambda's Invoke API, `HTTP` for an endpoint that takes the event itself.
    #[serde(rename = "type", default)]
    pub kind: FunctionType,
    /// `http://127.0.0.1:9001`; of an `HTTP` endpoint with its path.
    pub url: String,
    /// The `Host` header to send; the URL's host where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
}

/// How a function is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum FunctionType {
    /// Lambda's Invoke API.
    #[default]
    Lambda,
    /// An endpoint that takes the event itself.
    Http,
}

/// A VPC endpoint.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VpcEndpoint {
    /// The VPC that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// What may be called through it; everything where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_document: Option<Node>,
}

/// Where the id of a VPC endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceVpce {
    /// The path of one of Envoy's properties that no client can write, such as the listener's own metadata or what a
    /// PROXY protocol header brought:
    /// `[metadata, filter_metadata, envoy.filters.listener.proxy_protocol, vpce]`.
    pub property: Vec<String>,
}

/// One API with its stages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Api {
    /// The API's id.
    pub api_id: String,
    /// A name to call it by; the definition's title where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `REST`, or `HTTP` for an HTTP API; what the definition is by what it holds where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_type: Option<ProtocolType>,
    /// What the definition's base path says of its resources: nothing where absent, as in API Gateway's own import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basepath: Option<Basepath>,
    /// The definition: a file's path (for the command line) or the document itself (for the filter).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Definition>,
    /// The host that its stages are reached on by `/{stage}/…`; API Gateway's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Its stages, side by side.
    pub stages: Vec<Stage>,
}

/// A custom domain name.
///
/// <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DomainName {
    /// A host's name, or `*.example.com` for all that lie one below.
    pub domain_name: String,
    /// What of it leads where.
    pub api_mappings: Vec<ApiMapping>,
    /// Who calls by this name shows a certificate that the listener trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutual_tls_authentication: Option<MutualTlsAuthentication>,
}

/// That clients show certificates.
///
/// <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MutualTlsAuthentication {
    /// Where API Gateway has the authorities from; not read: which are trusted the listener says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_uri: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_version: Option<String>,
    /// What API Gateway has against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub truststore_warnings: Vec<String>,
}

/// What leads to a stage.
///
/// <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiMapping {
    /// What paths begin with: `orders`, `orders/v1`; `(none)`, or nothing, for all that no other mapping has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_mapping_key: Option<String>,
    /// The API's id.
    pub api_id: String,
    /// The stage; where absent, or `(none)`, the path names it behind the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// The protocol that an API speaks.
///
/// <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#apis-apiid-model-protocoltype>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum ProtocolType {
    /// A REST API.
    Rest,
    /// An HTTP API.
    Http,
}

/// What an import makes of a definition's base path.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Basepath {
    /// Nothing.
    #[default]
    Ignore,
    /// All resources lie below it.
    Prepend,
    /// All resources lie below it without its first part, which is the stage or where a custom domain has the API.
    Split,
}

/// An API's definition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Definition {
    /// A file's path.
    File(String),
    /// The document itself.
    Document(#[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Node>"))] Node),
}

/// A URL, or a map that has more to say.
macro_rules! url_or_map {
    ($Type:ident, $Url:ident, $Map:ident($Fields:ident), $expecting:literal) => {
        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct AsWritten;
                impl<'de> Visitor<'de> for AsWritten {
                    type Value = $Type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E>(self, url: &str) -> Result<$Type, E> {
                        Ok($Type::$Url(url.to_owned()))
                    }

                    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<$Type, A::Error> {
                        $Fields::deserialize(de::value::MapAccessDeserializer::new(map)).map($Type::$Map)
                    }
                }
                deserializer.deserialize_any(AsWritten)
            }
        }
    };
}

url_or_map!(
    Endpoint,
    Url,
    Host(HostEndpoint),
    "a URL such as `http://127.0.0.1:9000`, or a map with `url` and `hostHeader`"
);
url_or_map!(
    Function,
    Url,
    At(FunctionEndpoint),
    "a URL such as `http://127.0.0.1:9001`, or a map with `type`, `url` and `hostHeader`"
);

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Node::deserialize(deserializer)? {
            Node::String(path) => Ok(Definition::File(path)),
            document @ Node::Map(_) => Ok(Definition::Document(document)),
            other => Err(de::Error::custom(format_args!(
                "{} where the path of a definition or the definition itself is expected",
                other.kind()
            ))),
        }
    }
}
