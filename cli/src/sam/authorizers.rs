//! The authorizers of an API's `Auth`, as the security schemes that the transform makes of them.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html>

use super::Api;
use super::guards::{API_KEY, API_KEY_FALSE, AWS_IAM, NONE};
use super::parts::boolean;
use crate::cloudformation::{entry, function_uri, list, map, text};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

const OF_REST: &[&str] = &[
    "UserPoolArn",
    "FunctionArn",
    "Identity",
    "FunctionPayloadType",
    "FunctionInvokeRole",
    "AuthorizationScopes",
    "DisableFunctionDefaultPermissions",
];
/// What says nothing of a REST API, and stands in templates all the same: the transform leaves it out.
const OF_HTTP_ALONE: &[&str] = &["AuthorizerPayloadFormatVersion", "EnableSimpleResponses"];
const JWT: &[&str] = &["AuthorizationScopes", "JwtConfiguration", "IdentitySource"];
const OF_HTTP: &[&str] = &[
    "FunctionArn",
    "FunctionInvokeRole",
    "Identity",
    "AuthorizerPayloadFormatVersion",
    "EnableSimpleResponses",
    "EnableFunctionDefaultPermissions",
];
const IDENTITY: &[&str] =
    &["Header", "ValidationExpression", "ReauthorizeEvery", "Headers", "QueryStrings", "StageVariables", "Context"];
const SOURCES: &[&str] = &["Headers", "QueryStrings", "StageVariables", "Context"];

/// An authorizer that methods can name.
pub(super) struct Authorizer {
    pub(super) name: String,
    pub(super) scopes: Option<Tree>,
    pub(super) scheme: Tree,
}

impl Api<'_> {
    pub(super) fn authorizers(&mut self, auth: &Tree) -> Vec<Authorizer> {
        let Some(written) = auth.get("Authorizers") else { return Vec::new() };
        if !matches!(written.value, Value::Map(_)) {
            self.wrong(written.at, format!("{} where a map of authorizers is expected", written.kind()));
        }
        written.entries().iter().filter_map(|authorizer| self.authorizer(authorizer)).collect()
    }

    fn authorizer(&mut self, Entry { key, at, value }: &Entry) -> Option<Authorizer> {
        if [NONE, AWS_IAM, API_KEY, API_KEY_FALSE].contains(&key.as_str()) {
            self.wrong(*at, format!("no authorizer can be called `{key}`"));
            return None;
        }
        let what = format!("the authorizer `{key}`");
        let is_jwt = self.is_http && value.get("JwtConfiguration").is_some();
        let known = if is_jwt {
            JWT
        } else if self.is_http {
            OF_HTTP
        } else {
            OF_REST
        };
        let value = &if self.is_http { value.clone() } else { self.of_rest(value, &what) };
        self.knows(value, &what, known);
        let scopes = value.get("AuthorizationScopes").cloned();
        if let Some(scopes) = scopes.as_ref().filter(|scopes| !matches!(scopes.value, Value::List(_))) {
            self.wrong(scopes.at, format!("{} where a list of scopes is expected", scopes.kind()));
        }
        let scheme = match (self.is_http, is_jwt) {
            (true, true) => self.jwt(value, &what)?,
            (true, false) => self.http_function(value, &what)?,
            (false, _) if value.get("UserPoolArn").is_some() => self.user_pool(value, &what),
            (false, _) => self.rest_function(value, &what)?,
        };
        Some(Authorizer { name: key.clone(), scopes, scheme })
    }

    fn of_rest(&mut self, written: &Tree, what: &str) -> Tree {
        let mut own = written.clone();
        for key in OF_HTTP_ALONE {
            let Some(ignored) = own.remove(key) else { continue };
            let message =
                format!("`{key}` of {what} is for HTTP APIs, and is ignored: its function answers with a policy");
            self.findings.push(Finding::warning(ignored.at, message));
        }
        own
    }

    fn user_pool(&mut self, written: &Tree, what: &str) -> Tree {
        let at = written.at;
        let pools = written.get("UserPoolArn").cloned().unwrap_or_else(|| map(Vec::new(), at));
        if let Some(function) = written.get("FunctionArn") {
            self.wrong(function.at, format!("{what} has a `UserPoolArn` and a `FunctionArn`"));
        }
        let pools = match &pools.value {
            Value::List(_) => pools,
            _ => list(vec![pools.clone()], pools.at),
        };
        let identity = self.identity(written, what);
        let mut extension = vec![text("type", "cognito_user_pools", at), entry("providerARNs", at, pools)];
        extension.extend(validation(&identity));
        scheme(header(&identity), "cognito_user_pools", extension, at)
    }

    fn rest_function(&mut self, written: &Tree, what: &str) -> Option<Tree> {
        let at = written.at;
        let is_request = match written.get("FunctionPayloadType").map(|kind| (kind.text(), kind.at)) {
            None | Some((Some("TOKEN"), _)) => false,
            Some((Some("REQUEST"), _)) => true,
            Some((_, at)) => {
                self.wrong(at, format!("the `FunctionPayloadType` of {what} is neither `TOKEN` nor `REQUEST`"));
                return None;
            }
        };
        let identity = self.identity(written, what);
        let mut extension = vec![text("type", if is_request { "request" } else { "token" }, at)];
        extension.extend(self.function(written, &identity, what)?);
        if !is_request {
            extension.extend(validation(&identity));
            return Some(scheme(header(&identity), "custom", extension, at));
        }
        let sources = self.sources(
            &identity,
            ["method.request.header.", "method.request.querystring.", "stageVariables.", "context."],
        );
        let ttl = identity.get("ReauthorizeEvery").and_then(Tree::scalar);
        if sources.is_empty() && ttl.as_deref() != Some("0") {
            let message = format!(
                "the `Identity` of {what} needs one of `Headers`, `QueryStrings`, `StageVariables` and `Context`"
            );
            self.wrong(identity.at, message);
        }
        if !sources.is_empty() {
            extension.push(text("identitySource", &sources.join(", "), identity.at));
        }
        Some(scheme("Unused", "custom", extension, at))
    }

    /// Which function it is, and how long its results are kept.
    fn function(&mut self, written: &Tree, identity: &Tree, what: &str) -> Option<Vec<Entry>> {
        let Some(arn) = written.get("FunctionArn") else {
            self.wrong(written.at, format!("{what} needs a `FunctionArn`"));
            return None;
        };
        let uri = self.resolve(&function_uri(arn.clone(), "2015-03-31", "/invocations"))?;
        let mut extension = vec![entry("authorizerUri", arn.at, uri)];
        let ttl = identity.get("ReauthorizeEvery");
        extension.extend(ttl.map(|ttl| entry("authorizerResultTtlInSeconds", ttl.at, ttl.clone())));
        let role = written.get("FunctionInvokeRole").filter(|role| !matches!(role.text(), Some("NONE" | "")));
        extension.extend(role.map(|role| entry("authorizerCredentials", role.at, role.clone())));
        Some(extension)
    }

    fn jwt(&mut self, written: &Tree, what: &str) -> Option<Tree> {
        let at = written.at;
        let (configuration, source) = (written.get("JwtConfiguration")?, written.get("IdentitySource"));
        let Some(source) = source.filter(|source| source.text() != Some("")) else {
            self.wrong(at, format!("{what} needs an `IdentitySource`"));
            return None;
        };
        let lower = |it: &Entry| Entry { key: it.key.to_ascii_lowercase(), ..it.clone() };
        let configuration = map(configuration.entries().iter().map(lower).collect(), configuration.at);
        self.knows(&configuration, &format!("the `JwtConfiguration` of {what}"), &["issuer", "audience"]);
        let extension = map(
            vec![
                text("type", "jwt", at),
                entry("jwtConfiguration", configuration.at, configuration),
                entry("identitySource", source.at, source.clone()),
            ],
            at,
        );
        Some(map(vec![text("type", "oauth2", at), entry("x-amazon-apigateway-authorizer", at, extension)], at))
    }

    fn http_function(&mut self, written: &Tree, what: &str) -> Option<Tree> {
        let at = written.at;
        let identity = self.identity(written, what);
        let mut extension = vec![text("type", "request", at)];
        extension.extend(self.function(written, &identity, what)?);
        let Some(version) = written.get("AuthorizerPayloadFormatVersion") else {
            self.wrong(at, format!("{what} needs an `AuthorizerPayloadFormatVersion`"));
            return None;
        };
        let version = version.scalar().map_or_else(|| version.clone(), |text| Tree::string(text, version.at));
        extension.push(entry("authorizerPayloadFormatVersion", version.at, version));
        if self.flag(written, "EnableSimpleResponses", false) {
            extension.push(entry("enableSimpleResponses", at, boolean(true, at)));
        }
        let sources =
            self.sources(&identity, ["$request.header.", "$request.querystring.", "$stageVariables.", "$context."]);
        if !sources.is_empty() {
            extension.push(text("identitySource", &sources.join(", "), identity.at));
        }
        let mut scheme =
            map(vec![text("type", "apiKey", at), text("name", "Unused", at), text("in", "header", at)], at);
        scheme.set("x-amazon-apigateway-authorizer", map(extension, at));
        Some(scheme)
    }

    fn identity(&mut self, written: &Tree, what: &str) -> Tree {
        let identity = written.get("Identity").cloned().unwrap_or_else(|| map(Vec::new(), written.at));
        self.knows(&identity, &format!("the `Identity` of {what}"), IDENTITY);
        identity
    }

    fn sources(&mut self, identity: &Tree, prefixes: [&str; 4]) -> Vec<String> {
        let mut sources = Vec::new();
        for (key, prefix) in SOURCES.iter().zip(prefixes) {
            let Some(names) = identity.get(key) else { continue };
            let texts: Option<Vec<&str>> = names.items().iter().map(Tree::text).collect();
            match texts.filter(|_| matches!(names.value, Value::List(_))) {
                Some(texts) => sources.extend(texts.iter().map(|name| format!("{prefix}{name}"))),
                None => self.wrong(names.at, format!("`{key}` of an `Identity` is no list of texts")),
            }
        }
        sources
    }
}

fn header(identity: &Tree) -> &str {
    identity.get("Header").and_then(Tree::text).filter(|name| !name.is_empty()).unwrap_or("Authorization")
}

fn validation(identity: &Tree) -> Option<Entry> {
    let expression = identity.get("ValidationExpression")?;
    Some(entry("identityValidationExpression", expression.at, expression.clone()))
}

fn scheme(header: &str, kind: &str, extension: Vec<Entry>, at: At) -> Tree {
    map(
        vec![
            text("type", "apiKey", at),
            text("name", header, at),
            text("in", "header", at),
            text("x-amazon-apigateway-authtype", kind, at),
            entry("x-amazon-apigateway-authorizer", at, map(extension, at)),
        ],
        at,
    )
}

/// What the transform defines for requests that are signed, and for API keys.
pub(super) fn built_in(name: &str, at: At) -> Tree {
    let header = if name == AWS_IAM { "Authorization" } else { "x-api-key" };
    let mut scheme = map(vec![text("type", "apiKey", at), text("name", header, at), text("in", "header", at)], at);
    if name == AWS_IAM {
        scheme.set("x-amazon-apigateway-authtype", Tree::string("awsSigv4", at));
    }
    scheme
}
