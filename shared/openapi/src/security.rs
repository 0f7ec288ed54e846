//! Who may call: security schemes and their authorizers.

use gatehouse_api::{Authorizer, AuthorizerType, JwtConfiguration, Place, Problem};

use crate::at::At;
use crate::importer::{Dialect, Importer};

/// API Gateway's own: <https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html>
const DEFAULT_TTL_IN_SECONDS: u32 = 300;
const MAX_TTL_IN_SECONDS: u32 = 3600;

/// Where an issuer's discovery document is, behind its name.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>
const DISCOVERY: &str = "/.well-known/openid-configuration";

const FIELDS: &[&str] = &[
    "type",
    "authorizerUri",
    "authorizerCredentials",
    "authorizerPayloadFormatVersion",
    "enableSimpleResponses",
    "identitySource",
    "jwtConfiguration",
    "identityValidationExpression",
    "authorizerResultTtlInSeconds",
    "providerARNs",
];

/// What a security scheme means to API Gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scheme {
    /// An API key.
    ApiKey,
    /// A signature, and IAM.
    AwsIam,
    /// An authorizer.
    Authorizer(AuthorizerType),
    /// Nothing: it is not checked.
    Unchecked,
    /// It can't be read; a problem says why.
    Unknown,
}

impl<'a> Importer<'a> {
    /// Notes the document's security schemes and their authorizers.
    pub(crate) fn security_schemes(&mut self) {
        let schemes = match self.dialect {
            Dialect::Swagger2 => self.root.get("securityDefinitions"),
            Dialect::OpenApi30 | Dialect::OpenApi31 => {
                self.root.get("components").and_then(|components| components.get("securitySchemes"))
            }
        };
        let Some(schemes) = schemes else { return };
        for (name, scheme) in self.map(&schemes) {
            let scheme = self.follow(scheme).map_or(Scheme::Unknown, |scheme| self.scheme(name, &scheme));
            self.schemes.push((name, scheme));
        }
    }

    fn scheme(&mut self, name: &str, at: &At<'a>) -> Scheme {
        self.map(at);
        let auth_type = self.text_of(at, "x-amazon-apigateway-authtype");
        let is_sigv4 = auth_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("awsSigv4"));
        let authorizer = at.get("x-amazon-apigateway-authorizer").map(|authorizer| self.follow(authorizer));
        match authorizer {
            Some(Some(authorizer)) if !is_sigv4 => match self.authorizer(name, auth_type, at, &authorizer) {
                Some(authorizer) => {
                    let kind = authorizer.kind;
                    self.authorizers.push(authorizer);
                    Scheme::Authorizer(kind)
                }
                None => Scheme::Unknown,
            },
            Some(Some(_)) => {
                let message = "the scheme has an authorizer and is `awsSigv4`: leave out one of them";
                self.problems.push(Problem::error(&at.place, message));
                Scheme::Unknown
            }
            Some(None) => Scheme::Unknown,
            None if is_sigv4 => Scheme::AwsIam,
            None => self.scheme_without_authorizer(at, auth_type),
        }
    }

    fn scheme_without_authorizer(&mut self, at: &At<'a>, auth_type: Option<String>) -> Scheme {
        if let Some(auth_type) = auth_type {
            let message = format!("`{auth_type}` needs an `x-amazon-apigateway-authorizer`; `awsSigv4` needs none");
            self.problems.push(Problem::error(&at.place.then("x-amazon-apigateway-authtype"), message));
            return Scheme::Unknown;
        }
        let header = self.header_of(at);
        match header.is_some_and(|name| name.eq_ignore_ascii_case("x-api-key")) {
            true => Scheme::ApiKey,
            false => Scheme::Unchecked,
        }
    }

    /// The header that an API key scheme names.
    fn header_of(&mut self, at: &At<'a>) -> Option<String> {
        let is = |text: Option<String>, word: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(word));
        let in_header = is(self.text_of(at, "type"), "apiKey") && is(self.text_of(at, "in"), "header");
        self.text_of(at, "name").filter(|name| in_header && !name.is_empty())
    }

    fn authorizer(
        &mut self,
        name: &str,
        auth_type: Option<String>,
        scheme: &At<'a>,
        at: &At<'a>,
    ) -> Option<Authorizer> {
        self.map(at);
        self.known_fields(at, FIELDS);
        self.report_http_api_authorizer(at);
        let kind = self.authorizer_type(at)?;
        let (is_http, is_jwt) = (self.is_http(), kind == AuthorizerType::Jwt);
        let has_format = is_http && !is_jwt;
        let ttl = self.number_of(at, "authorizerResultTtlInSeconds", 0, MAX_TTL_IN_SECONDS);
        let authorizer = Authorizer {
            name: name.to_owned(),
            kind,
            auth_type,
            authorizer_uri: self.address_of(at, "authorizerUri"),
            authorizer_credentials: self.address_of(at, "authorizerCredentials"),
            identity_source: match is_http {
                true => self.http_identity_source(kind, at),
                false => self.identity_source(kind, scheme, at),
            },
            identity_validation_expression: match is_http {
                true => None,
                false => self.text_of(at, "identityValidationExpression"),
            },
            authorizer_result_ttl_in_seconds: ttl.unwrap_or(if is_http { 0 } else { DEFAULT_TTL_IN_SECONDS }),
            provider_arns: if is_http { Vec::new() } else { self.addresses_of(at, "providerARNs") },
            payload_format_version: if has_format { self.authorizer_payload_format_version(at) } else { None },
            enable_simple_responses: is_http && self.boolean_of(at, "enableSimpleResponses").unwrap_or(false),
            jwt_configuration: if is_jwt { self.jwt_configuration(scheme, at) } else { None },
            place: at.place.clone(),
        };
        match is_http {
            true if is_jwt => {}
            true => self.check_http_authorizer(&authorizer, at),
            false => self.check_authorizer(&authorizer, at),
        }
        Some(authorizer)
    }

    fn authorizer_type(&mut self, at: &At<'a>) -> Option<AuthorizerType> {
        match at.get("type") {
            None => {
                let names: Vec<_> = self.authorizer_types().iter().map(|kind| format!("`{}`", kind.name())).collect();
                let message = format!("the authorizer has no `type`: use one of {}", names.join(", "));
                self.problems.push(Problem::error(&at.place, message));
                None
            }
            // Reported as what it is: an HTTP API's.
            Some(kind) if !self.is_http() && self.text(&kind).is_some_and(|it| it.eq_ignore_ascii_case("jwt")) => None,
            Some(kind) => self.named(&kind, self.authorizer_types(), AuthorizerType::name),
        }
    }

    fn authorizer_types(&self) -> &'static [AuthorizerType] {
        use AuthorizerType::{CognitoUserPools, Jwt, Request, Token};
        if self.is_http() { &[Jwt, Request] } else { &[Token, Request, CognitoUserPools] }
    }

    fn authorizer_payload_format_version(&mut self, at: &At<'a>) -> Option<String> {
        let version = match self.text_of(at, "authorizerPayloadFormatVersion").as_deref() {
            Some("1.0" | "1") => Some("1.0"),
            Some("2.0" | "2") => Some("2.0"),
            // What is wrong with it has been told.
            Some(_) => None,
            None => {
                let message = "a `REQUEST` authorizer needs an `authorizerPayloadFormatVersion`: `1.0` or `2.0`";
                self.problems.push(Problem::error(&at.place, message));
                None
            }
        };
        version.map(str::to_owned)
    }

    fn check_http_authorizer(&mut self, authorizer: &Authorizer, at: &At<'a>) {
        if at.get("authorizerUri").is_none() {
            self.problems.push(Problem::error(&at.place, "a `REQUEST` authorizer needs an `authorizerUri`"));
        }
        if authorizer.enable_simple_responses && authorizer.payload_format_version.as_deref() == Some("1.0") {
            let message = "`enableSimpleResponses` is for payload format version `2.0` only";
            self.problems.push(Problem::error(&at.place.then("enableSimpleResponses"), message));
        }
        if authorizer.identity_source.is_empty() && authorizer.authorizer_result_ttl_in_seconds > 0 {
            let message = "without an `identitySource` nothing can be cached: set `authorizerResultTtlInSeconds` to 0";
            self.problems.push(Problem::error(&at.place.then("authorizerResultTtlInSeconds"), message));
        }
        for source in &authorizer.identity_source {
            let starts = ["$request.header.", "$request.querystring.", "$context.", "$stageVariables."];
            if !starts.iter().any(|start| source.strip_prefix(start).is_some_and(|name| !name.is_empty())) {
                let starts: Vec<_> = starts.iter().map(|start| format!("`{start}…`")).collect();
                let message = format!("`{source}` is no identity source: use {}", starts.join(", "));
                self.problems.push(Problem::error(&at.place.then("identitySource"), message));
            }
        }
    }

    /// `identitySource` of an HTTP API: a text, or a list as API Gateway's own API has it.
    fn http_identity_source(&mut self, kind: AuthorizerType, at: &At<'a>) -> Vec<String> {
        let is_jwt = kind == AuthorizerType::Jwt;
        let Some(at) = at.get("identitySource") else {
            return if is_jwt { vec!["$request.header.Authorization".to_owned()] } else { Vec::new() };
        };
        let written = if at.items().is_empty() { self.text(&at).into_iter().collect() } else { self.texts(&at) };
        let split = |text: &String| text.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>();
        let sources: Vec<String> = written.iter().flat_map(split).filter(|one| !one.is_empty()).collect();
        if is_jwt && sources.len() != 1 {
            let message = "a `JWT` authorizer has one identity source: `$request.header.Authorization`";
            self.problems.push(Problem::error(&at.place, message));
        }
        sources
    }

    fn jwt_configuration(&mut self, scheme: &At<'a>, at: &At<'a>) -> Option<JwtConfiguration> {
        let Some(at) = at.get("jwtConfiguration") else {
            let message = "a `JWT` authorizer needs a `jwtConfiguration` with `issuer` and `audience`";
            self.problems.push(Problem::error(&at.place, message));
            return None;
        };
        self.map(&at);
        self.known_fields(&at, &["issuer", "audience"]);
        let issuer = self.address_of(&at, "issuer").or_else(|| self.issuer_of_scheme(scheme)).unwrap_or_default();
        let found = JwtConfiguration { issuer, audience: self.texts_of(&at, "audience") };
        if found.issuer.is_empty() {
            let message =
                format!("a `JWT` authorizer needs an `issuer`, or an `openIdConnectUrl` that ends in `{DISCOVERY}`");
            self.problems.push(Problem::error(&at.place, message));
        }
        if found.audience.is_empty() {
            self.problems.push(Problem::error(&at.place, "a `JWT` authorizer needs an `audience`"));
        }
        Some(found)
    }

    /// The issuer of a scheme of type `openIdConnect`: the address of its discovery document says who it is.
    fn issuer_of_scheme(&mut self, scheme: &At<'a>) -> Option<String> {
        let address = self.address_of(scheme, "openIdConnectUrl")?;
        address.strip_suffix(DISCOVERY).map(str::to_owned)
    }

    /// Where the caller's identity is read: `identitySource`, else the scheme's header.
    fn identity_source(&mut self, kind: AuthorizerType, scheme: &At<'a>, at: &At<'a>) -> Vec<String> {
        let Some(written) = self.text_of(at, "identitySource").filter(|written| !written.trim().is_empty()) else {
            return match kind {
                AuthorizerType::Request | AuthorizerType::Jwt => Vec::new(),
                AuthorizerType::Token | AuthorizerType::CognitoUserPools => {
                    let header = self.header_of(scheme);
                    header.map(|name| format!("method.request.header.{name}")).into_iter().collect()
                }
            };
        };
        let sources: Vec<String> = written.split(',').map(|source| source.trim().to_owned()).collect();
        for source in &sources {
            self.check_identity_source(source, kind, &at.place.then("identitySource"));
        }
        sources
    }

    fn check_identity_source(&mut self, source: &str, kind: AuthorizerType, place: &Place) {
        let allowed: &[&str] = match kind {
            AuthorizerType::Request => {
                &["method.request.header.", "method.request.querystring.", "stageVariables.", "context."]
            }
            AuthorizerType::Token | AuthorizerType::CognitoUserPools => &["method.request.header."],
            AuthorizerType::Jwt => &["$request.header.", "$request.querystring."],
        };
        // What `CreateAuthorizer` says that a source matches.
        let is_name = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !name.is_empty() && (kind == AuthorizerType::Jwt || name.bytes().all(allowed))
        };
        if !allowed.iter().any(|start| source.strip_prefix(*start).is_some_and(is_name)) {
            let starts: Vec<_> = allowed.iter().map(|start| format!("`{start}…`")).collect();
            let message = format!("`{source}` is no identity source: use {}", starts.join(", "));
            self.problems.push(Problem::error(place, message));
        }
    }

    fn check_authorizer(&mut self, authorizer: &Authorizer, at: &At<'a>) {
        let Authorizer { kind, identity_source, place, .. } = authorizer;
        let ttl = authorizer.authorizer_result_ttl_in_seconds;
        let missing = match kind {
            AuthorizerType::Token | AuthorizerType::Request if at.get("authorizerUri").is_none() => {
                Some("needs an `authorizerUri`")
            }
            AuthorizerType::CognitoUserPools if at.get("providerARNs").is_none() => Some("needs `providerARNs`"),
            AuthorizerType::Request if identity_source.is_empty() && ttl > 0 => {
                Some("needs an `identitySource`, or an `authorizerResultTtlInSeconds` of 0")
            }
            AuthorizerType::Token | AuthorizerType::CognitoUserPools if identity_source.len() != 1 => {
                Some("needs one header to read: a scheme of type `apiKey` in `header`, or one `identitySource`")
            }
            _ => None,
        };
        if let Some(missing) = missing {
            self.problems.push(Problem::error(place, format!("a `{}` authorizer {missing}", kind.name())));
        }
        // For user pools it is what the token's `aud` must match.
        if authorizer.identity_validation_expression.is_some() && *kind == AuthorizerType::Request {
            let message = "an `identityValidationExpression` is for `TOKEN` and `COGNITO_USER_POOLS` authorizers only";
            self.problems.push(Problem::error(&place.then("identityValidationExpression"), message));
        }
    }

    fn report_http_api_authorizer(&mut self, at: &At<'a>) {
        let kind = at.get("type").filter(|kind| self.text(kind).is_some_and(|kind| kind.eq_ignore_ascii_case("jwt")));
        if let Some(kind) = kind {
            self.http_api(&kind, "a `jwt` authorizer");
        } else if let Some(configuration) = at.get("jwtConfiguration") {
            self.http_api(&configuration, "`jwtConfiguration`");
        }
        if self.boolean_of(at, "enableSimpleResponses") == Some(true) {
            self.http_api(
                &At { node: at.node, place: at.place.then("enableSimpleResponses") },
                "`enableSimpleResponses`",
            );
        }
        if let Some(version) = at.get("authorizerPayloadFormatVersion") {
            match self.text(&version).as_deref() {
                Some("1.0" | "1") | None => {}
                Some("2.0" | "2") => self.http_api(&version, "payload format version `2.0`"),
                Some(_) => self.wrong_type(&version, "`1.0` or `2.0`"),
            }
        }
    }
}
