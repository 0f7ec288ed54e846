//! `Auth`, of an API and of its events.

use super::Api;
use super::authorizers::{Authorizer, built_in};
use super::events::Event;
use super::guards::{self, API_KEY, API_KEY_FALSE, AWS_IAM, NONE, requirement};
use super::parts::{boolean, operations, shared};
use crate::cloudformation::{call, list, map};
use crate::finding::Finding;
use crate::source::{At, Tree, Value};

const OF_REST: &[&str] = &[
    "Authorizers",
    "DefaultAuthorizer",
    "InvokeRole",
    "AddDefaultAuthorizerToCorsPreflight",
    "AddApiKeyRequiredToCorsPreflight",
    "ApiKeyRequired",
    "ResourcePolicy",
];
const OF_HTTP: &[&str] = &["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];
const OF_REST_EVENT: &[&str] =
    &["Authorizer", "AuthorizationScopes", "ApiKeyRequired", "InvokeRole", "ResourcePolicy", "OverrideApiAuth"];
const OF_HTTP_EVENT: &[&str] = &["Authorizer", "AuthorizationScopes"];

/// The `Auth` of an API, understood.
pub(super) struct Auth {
    /// Without functions; empty where nothing is written.
    pub(super) written: Tree,
    authorizers: Vec<Authorizer>,
    /// All that methods can name, also what has faults of its own.
    names: Vec<String>,
    pub(super) default: Option<String>,
    needs_api_key: bool,
    /// Whether methods may name `AWS_IAM`.
    has_iam: bool,
}

impl Auth {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name) || (self.has_iam && name == AWS_IAM)
    }

    fn scopes(&self, name: &str) -> Option<&Tree> {
        self.authorizers.iter().find(|it| it.name == name)?.scopes.as_ref()
    }
}

impl Api<'_> {
    /// Nothing if it has functions that cannot be resolved, which is told.
    pub(super) fn auth(&mut self) -> Option<Auth> {
        let own = self.entry.value.get("Properties").and_then(|properties| properties.get("Auth"));
        if let Some(nothing) = own.filter(|auth| matches!(auth.value, Value::Null)) {
            self.wrong(nothing.at, format!("`Auth` of `{}` has no value", self.entry.key));
        }
        let told = self.findings.len();
        // What limits callers is a resource of its own, and resolved there.
        let mut written = own.cloned();
        let plan = written.as_mut().filter(|_| !self.is_http).and_then(|auth| auth.remove("UsagePlan"));
        let written = written.and_then(|auth| self.resolve(&auth));
        if self.findings.len() > told {
            return None;
        }
        let written = written.unwrap_or_else(|| map(Vec::new(), self.entry.at));
        self.knows(&written, "`Auth`", if self.is_http { OF_HTTP } else { OF_REST });
        let authorizers = self.authorizers(&written);
        let needs_api_key = self.needs_api_key(&written, false);
        let has_iam = !self.is_http || self.flag(&written, "EnableIamAuthorizer", false);
        let names = written.get("Authorizers").map(Tree::entries).unwrap_or_default();
        let names = names.iter().map(|it| it.key.clone()).filter(|name| name != NONE).collect();
        let mut auth = Auth { authorizers, names, default: None, needs_api_key, has_iam, written };
        if let Some(default) = auth.written.get("DefaultAuthorizer") {
            // The transform looks at it only where there are authorizers.
            let is_nobody = default.text() == Some(NONE) && !self.is_http && auth.names.is_empty();
            auth.default = default.text().filter(|name| is_nobody || auth.has(name)).map(str::to_owned);
            if auth.default.is_none() {
                let name = default.text().unwrap_or(default.kind());
                self.wrong(
                    default.at,
                    format!("the `DefaultAuthorizer` is `{name}`, and none of the `Authorizers` is"),
                );
            }
        }
        if let Some(plan) = plan {
            self.usage_plan(&plan);
        }
        Some(auth)
    }

    /// What the `Auth` of an event requires.
    pub(super) fn guard(&mut self, operation: &mut Tree, event: &Event, auth: &Auth) {
        let what = format!("the `Auth` of the event `{}`", event.name);
        self.knows(&event.auth, &what, if self.is_http { OF_HTTP_EVENT } else { OF_REST_EVENT });
        self.check_override(event, &what);
        let own = event.auth.get("Authorizer");
        let is_written = !event.auth.entries().is_empty();
        let name = match own {
            None if self.is_http && is_written && auth.default.is_none() => {
                self.wrong(event.auth.at, format!("{what} needs an `Authorizer`, for the API has no default"));
                None
            }
            None if self.is_http && is_written => auth.default.clone(),
            None => None,
            Some(own) => match own.text() {
                Some(name) if auth.has(name) || (name == NONE && auth.default.is_some()) => Some(name.to_owned()),
                Some(NONE) => {
                    self.wrong(own.at, format!("{what} says `NONE`, and the API has no `DefaultAuthorizer`"));
                    None
                }
                name => {
                    let name = name.unwrap_or(own.kind());
                    self.wrong(own.at, format!("{what} names `{name}`, which is none of the API's `Authorizers`"));
                    None
                }
            },
        };
        let scopes = event.auth.get("AuthorizationScopes");
        let is_misplaced = |it: &&Tree| match &it.value {
            Value::List(scopes) => name.is_none() && !scopes.is_empty(),
            _ => true,
        };
        if let Some(scopes) = scopes.filter(is_misplaced) {
            self.wrong(scopes.at, format!("`AuthorizationScopes` in {what} is a list beside an `Authorizer`"));
        }
        if let Some(name) = name {
            let scopes = scopes.filter(|it| !self.is_http || !it.items().is_empty());
            let scopes = scopes.or(auth.scopes(&name)).filter(|_| name != NONE && name != AWS_IAM);
            guards::require(operation, requirement(&name, scopes, event.auth.at));
        }
        if event.auth.get("ApiKeyRequired").is_some() && !self.is_http {
            let is_required = self.needs_api_key(&event.auth, true);
            if !is_required && !auth.needs_api_key {
                self.wrong(event.auth.at, format!("{what} needs no API key, and neither does the API"));
            }
            let scheme = if is_required { API_KEY } else { API_KEY_FALSE };
            guards::require(operation, requirement(scheme, None, event.auth.at));
        }
    }

    /// Whether an `Auth` requires an API key, as the transform reads it: to it every text that is not empty is true, `"false"`, too.
    fn needs_api_key(&mut self, auth: &Tree, otherwise: bool) -> bool {
        match auth.get("ApiKeyRequired").and_then(Tree::text) {
            Some(text) => !text.is_empty(),
            None => self.flag(auth, "ApiKeyRequired", otherwise),
        }
    }

    fn check_override(&mut self, event: &Event, what: &str) {
        let is_empty = |it: &Tree| it.text() == Some("") || *it == boolean(false, it.at);
        let says = |key: &&str| event.auth.get(key).is_some_and(|it| !is_empty(it));
        if self.flag(&event.auth, "OverrideApiAuth", false)
            && !["Authorizer", "ApiKeyRequired", "ResourcePolicy"].iter().any(says)
        {
            let message =
                format!("{what} overrides the API's with no `Authorizer`, `ApiKeyRequired` or `ResourcePolicy`");
            self.wrong(event.auth.at, message);
        }
    }

    /// Whose credentials the integration of an event has: those of a signed request are its caller's.
    pub(super) fn credentials(&mut self, event: &Event, auth: &Auth) -> Option<Tree> {
        let own = event.auth.get("Authorizer").and_then(Tree::text);
        let is_default = auth.default.as_deref() == Some(AWS_IAM) && event.auth.entries().is_empty();
        if own != Some(AWS_IAM) && !is_default {
            return None;
        }
        let role = event.auth.get("InvokeRole").or(auth.written.get("InvokeRole"));
        match role.map(|role| (role.text(), role)) {
            Some((Some("NONE" | ""), _)) => None,
            None | Some((Some("CALLER_CREDENTIALS"), _)) => {
                self.resolve(&call("Fn::Sub", Tree::string("arn:${AWS::Partition}:iam::*:user/*", event.at)))
            }
            Some((_, role)) => Some(role.clone()),
        }
    }

    /// Puts what holds for all operations into them, and the schemes that they name into the definition.
    pub(super) fn guard_all(&mut self, definition: &mut Tree, auth: &Auth) {
        let at = auth.written.at;
        let default =
            auth.default.as_deref().filter(|name| *name != NONE).map(|name| requirement(name, auth.scopes(name), at));
        let preflight = self.flag(&auth.written, "AddDefaultAuthorizerToCorsPreflight", true) && !self.is_http;
        let preflight_key = self.flag(&auth.written, "AddApiKeyRequiredToCorsPreflight", true);
        let (mut wrong, mut used): (Vec<At>, Vec<Tree>) = (Vec::new(), Vec::new());
        for (method, operation) in operations(definition) {
            let Some(written) = guards::security(operation) else {
                wrong.push(operation.at);
                continue;
            };
            let is_options = method == "options";
            let mut security = written.clone();
            let is_authorizer = |it: &Tree| {
                self.is_http && !guards::names(it, NONE)
                    || it.entries().iter().any(|it| it.key == AWS_IAM || auth.has(&it.key))
            };
            let is_marked = security.iter().any(|it| guards::names(it, NONE));
            if let Some(default) = default.as_ref().filter(|_| !is_options || preflight || is_marked) {
                security = guards::with_default(security, is_authorizer, default);
            }
            if auth.needs_api_key {
                security = match is_options && !preflight_key {
                    true => security.into_iter().filter(|it| !guards::names(it, API_KEY)).collect(),
                    false => guards::with_api_key(security, at),
                };
            }
            used.extend(security.iter().cloned());
            if security != written {
                operation.set("security", list(security, at));
            }
        }
        wrong.into_iter().for_each(|at| self.wrong(at, "the `security` of this operation is no list of maps"));
        self.define(definition, auth, &used);
    }

    fn define(&mut self, definition: &mut Tree, auth: &Auth, used: &[Tree]) {
        let at = auth.written.at;
        let is_used = |name: &str| used.iter().any(|it| guards::names(it, name));
        let built_in =
            [AWS_IAM, API_KEY].into_iter().filter(|name| is_used(name)).map(|name| (name, built_in(name, at)));
        let own = auth.authorizers.iter().map(|it| (it.name.as_str(), it.scheme.clone()));
        let mut schemes: Vec<(&str, Tree)> = own.collect();
        let own = schemes.len();
        schemes.extend(built_in);
        if schemes.is_empty() {
            return;
        }
        let Some(defined) = shared(definition, "securityDefinitions", "securitySchemes", at) else { return };
        for (index, (name, scheme)) in schemes.into_iter().enumerate() {
            if index < own || defined.get(name).is_none() {
                defined.set(name, scheme);
            }
        }
    }

    /// Of a definition that is not the transform's: an event's `Auth` is left out there, which opens nothing that something else
    /// guards.
    pub(super) fn left_out(&mut self, definition: &Tree, event: &Event) {
        let operation = definition.get("paths").and_then(|paths| paths.get(&event.path)?.get(&event.method));
        let Some(operation) = operation else {
            let message =
                format!("the method of the event `{}` is not in the definition, and SAM does not add it", event.name);
            let finding = Finding::warning(event.at, message);
            self.findings.push(finding.help("write it there, or let SAM do it with `MergeDefinitions: true`"));
            return;
        };
        let is_open = guards::security(operation).is_none_or(|it| it.iter().all(|it| guards::names(it, NONE)));
        let asks = event
            .auth
            .entries()
            .iter()
            .any(|it| it.value.text() != Some(NONE) && it.value != boolean(false, it.value.at));
        if is_open && asks {
            let message = format!("SAM does not put the `Auth` of the event `{}` into this definition", event.name);
            let finding = Finding::error(event.auth.at, message);
            self.findings.push(finding.help("write it there as `security`, or say `OverrideApiAuth: true`"));
        }
    }
}
