//! Methods: what can be called, and under which conditions.

use std::fmt;

use crate::{Integration, Place, RequestValidator};

/// A method of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// The verb, or `ANY`.
    pub http_method: HttpMethod,
    /// The resource's path with its parameters: `/pets/{petId}`.
    pub resource_path: String,
    /// The resource's id, made from its path ([`resource_id`]).
    pub resource_id: String,
    /// `operationId`.
    pub operation_name: Option<String>,
    /// Who may call it.
    pub authorization: Authorization,
    /// Whether an API key must come with the request.
    pub api_key_required: bool,
    /// What of the request is validated; the method's own validator, else the API's.
    pub request_validator: Option<RequestValidator>,
    /// `method.request.{header|querystring|path}.{name}` → whether it is required, in the order of the document.
    pub request_parameters: Vec<(String, bool)>,
    /// Content type → name of the model that the body must satisfy.
    pub request_models: Vec<(String, String)>,
    /// What it may answer.
    pub method_responses: Vec<MethodResponse>,
    /// What is behind it.
    pub integration: Option<Integration>,
    /// Where it is defined.
    pub place: Place,
}

/// What a method may answer with one status.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodResponse {
    /// The status; none for OpenAPI's `default` and ranges such as `4XX`, which API Gateway has no notion of.
    pub status_code: Option<u16>,
    /// `method.response.header.{name}` → whether it is required.
    pub response_parameters: Vec<(String, bool)>,
    /// Content type → name of the body's model.
    pub response_models: Vec<(String, String)>,
    /// Where it is defined.
    pub place: Place,
}

/// Who may call a method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authorization {
    /// Anybody.
    #[default]
    None,
    /// Whoever signs the request and is allowed to by IAM.
    AwsIam,
    /// Whoever the Lambda authorizer of this name allows.
    Custom {
        /// The name of the authorizer in [`crate::RestApi::authorizers`].
        authorizer: String,
    },
    /// Whoever brings a token of the Cognito authorizer of this name.
    CognitoUserPools {
        /// The name of the authorizer in [`crate::RestApi::authorizers`].
        authorizer: String,
        /// The scopes of which an access token needs one; none asks for an identity token.
        scopes: Vec<String>,
    },
    /// Whoever brings a token of this JWT authorizer's issuer to an HTTP API.
    Jwt {
        /// The name of the authorizer in [`crate::RestApi::authorizers`].
        authorizer: String,
        /// The scopes of which the token needs one, where there are any.
        scopes: Vec<String>,
    },
}

impl Method {
    /// What an HTTP API knows it by: `GET /pets/{petId}`, `$default`.
    #[must_use]
    pub fn route_key(&self) -> String {
        match self.is_default_route() {
            true => DEFAULT_ROUTE.to_owned(),
            false => format!("{} {}", self.http_method, self.resource_path),
        }
    }

    /// Is it the route of an HTTP API for whatever no other route is for?
    #[must_use]
    pub fn is_default_route(&self) -> bool {
        self.resource_path == DEFAULT_ROUTE
    }
}

/// The route of an HTTP API for whatever no other route is for: its key, and what stands for its resource's path.
pub const DEFAULT_ROUTE: &str = "$default";

impl Authorization {
    /// Its name as API Gateway spells it: `AWS_IAM`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Authorization::None => "NONE",
            Authorization::AwsIam => "AWS_IAM",
            Authorization::Custom { .. } => "CUSTOM",
            Authorization::CognitoUserPools { .. } => "COGNITO_USER_POOLS",
            Authorization::Jwt { .. } => "JWT",
        }
    }
}

/// A verb that API Gateway has a method for, or `ANY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HttpMethod {
    /// `DELETE`
    Delete,
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
    /// `PATCH`
    Patch,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// Each of them that the resource has no method of its own for.
    Any,
}

impl HttpMethod {
    /// All of them, `ANY` last.
    pub const ALL: [HttpMethod; 8] = [
        HttpMethod::Delete,
        HttpMethod::Get,
        HttpMethod::Head,
        HttpMethod::Options,
        HttpMethod::Patch,
        HttpMethod::Post,
        HttpMethod::Put,
        HttpMethod::Any,
    ];

    /// Its name: `GET`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            HttpMethod::Delete => "DELETE",
            HttpMethod::Get => "GET",
            HttpMethod::Head => "HEAD",
            HttpMethod::Options => "OPTIONS",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Any => "ANY",
        }
    }

    /// The method of this name in a document, in any case; `ANY` included.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(name))
    }

    /// The verb of a request, exactly as HTTP spells it; never `ANY`. Other verbs have no method in API Gateway.
    #[must_use]
    pub fn of_request(verb: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| *method != HttpMethod::Any && method.name() == verb)
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A resource's id: ten lower-case base-36 digits like API Gateway's, always the same for a path.
#[must_use]
pub fn resource_id(resource_path: &str) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // FNV-1a, 64 bits: ids need to differ, not to resist anybody.
    let mut hash = resource_path
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let digit = |_| {
        let digit = DIGITS.get((hash % 36) as usize).copied().unwrap_or(b'0');
        hash /= 36;
        char::from(digit)
    };
    (0..10).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_spells_methods_in_any_case_a_request_does_not() {
        assert_eq!(HttpMethod::parse("get"), Some(HttpMethod::Get));
        assert_eq!(HttpMethod::parse("any"), Some(HttpMethod::Any));
        assert_eq!(HttpMethod::of_request("GET"), Some(HttpMethod::Get));
        for verb in ["get", "ANY", "TRACE", ""] {
            assert_eq!(HttpMethod::of_request(verb), None, "{verb}");
        }
    }

    #[test]
    fn a_resource_id_is_ten_base_36_digits_and_stable() {
        assert_eq!(resource_id("/"), resource_id("/"));
        assert_ne!(resource_id("/pets"), resource_id("/pets/{petId}"));
        let id = resource_id("/pets");
        assert!(id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{id}");
    }
}
