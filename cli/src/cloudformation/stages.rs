//! What a template sets for the stages of an API, in the words of the deployment document.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html>

use super::environment::Environment;
use super::function::{function, resolve};
use super::parts::{entry, list, map, number, renamed, text};
use super::template::{kind, refers_to};
use crate::finding::{Finding, why};
use crate::source::{At, Entry, Tree, Value};

/// What a resource says of a stage.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Its name; none where that is not known.
    pub(crate) name: Option<String>,
    /// The resource.
    pub(crate) resource: String,
    pub(crate) at: At,
    pub(crate) settings: Vec<Setting>,
    /// What the operator should know where the stage is served.
    pub(crate) warnings: Vec<Finding>,
    /// That backends are shown a certificate, whose key AWS alone has: told unless the deployment document says another.
    pub(crate) certificate: Option<Finding>,
}

/// One of the things that it sets.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The field of a stage in the deployment document.
    pub(crate) field: &'static str,
    /// The key in it, where each key is set for itself.
    pub(crate) key: Option<String>,
    pub(crate) at: At,
    /// What it is; nothing for `AWS::NoValue`. What is wrong with it counts where the setting does.
    pub(crate) value: Result<Option<Tree>, Vec<Finding>>,
}

/// What stands for all methods.
const ALL_METHODS: &str = "*/*";
const DEPLOYMENT: &str = "AWS::ApiGateway::Deployment";
const METHOD_SETTINGS: &str = "methodSettings";

/// Settings of methods: of REST APIs, and of the routes of HTTP APIs.
const OF_METHODS: &[(&str, &str)] = &[
    ("ThrottlingRateLimit", "throttlingRateLimit"),
    ("ThrottlingBurstLimit", "throttlingBurstLimit"),
    ("LoggingLevel", "loggingLevel"),
    ("DataTraceEnabled", "dataTraceEnabled"),
    ("MetricsEnabled", "metricsEnabled"),
    ("DetailedMetricsEnabled", "metricsEnabled"),
];
/// Nothing is cached, so nothing has to be said of how.
const OF_CACHES: &[&str] = &[
    "CachingEnabled",
    "CacheTtlInSeconds",
    "CacheDataEncrypted",
    "RequireAuthorizationForCacheControl",
    "UnauthorizedCacheControlHeaderStrategy",
];
/// Nothing is logged by method, measured, traced or cached: whether it should be need not be known.
const HARMLESS: &[&str] =
    &["LoggingLevel", "DataTraceEnabled", "MetricsEnabled", "DetailedMetricsEnabled", "UseStageCache"];
/// What the deployment document has under another name.
const OF_STAGE: &[(&str, &str)] =
    &[("TracingEnabled", "tracingEnabled"), ("CacheClusterEnabled", "cacheClusterEnabled")];
const OF_CANARY: &[(&str, &str)] = &[
    ("PercentTraffic", "percentTraffic"),
    ("StageVariableOverrides", "stageVariableOverrides"),
    ("UseStageCache", "useStageCache"),
];
/// What changes nothing of what a stage answers, or is said by others.
const IGNORED: &[&str] = &[
    "RestApiId",
    "ApiId",
    "StageName",
    "DeploymentId",
    "Description",
    "Tags",
    "AutoDeploy",
    "DocumentationVersion",
    "CacheClusterSize",
    "AccessPolicyId",
];

/// What a template says of the stages of the API of an environment, whose resources are those that are created.
pub(crate) fn stages(template: &Tree, environment: Environment<'_>) -> Vec<Stage> {
    let Some((api, _)) = environment.api else { return Vec::new() };
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let of = |resource: &Entry| {
        let properties = resource.value.get("Properties")?;
        let id = match kind(&resource.value) {
            "AWS::ApiGateway::Stage" | DEPLOYMENT => "RestApiId",
            "AWS::ApiGatewayV2::Stage" => "ApiId",
            _ => return None,
        };
        let name = properties.get("StageName").filter(|_| properties.get(id).is_some_and(|id| refers_to(id, api)))?;
        let name = resolve(name, environment).ok().and_then(|name| name.scalar());
        let mut reader = Reader { environment, settings: Vec::new(), warnings: Vec::new(), certificate: None };
        reader.stage(resource, properties);
        let Reader { settings, warnings, certificate, .. } = reader;
        Some(Stage { name, resource: resource.key.clone(), at: resource.at, settings, warnings, certificate })
    };
    resources.iter().filter_map(of).collect()
}

struct Reader<'a> {
    environment: Environment<'a>,
    settings: Vec<Setting>,
    warnings: Vec<Finding>,
    certificate: Option<Finding>,
}

impl Reader<'_> {
    fn stage(&mut self, resource: &Entry, properties: &Tree) {
        for property in properties.entries() {
            let Entry { key, value, at } = property;
            match key.as_str() {
                "Variables" | "StageVariables" => self.variables(property),
                "MethodSettings" => self.method_settings(property),
                "RouteSettings" => self.route_settings(property),
                "DefaultRouteSettings" => self.of_methods(ALL_METHODS, value, *at),
                "AccessLogSetting" | "AccessLogSettings" if !is_plain_map(value) => {
                    self.no_map("accessLogSettings", property, "a map");
                }
                "CanarySetting" if !is_plain_map(value) => self.no_map("canarySettings", property, "a map"),
                "AccessLogSetting" | "AccessLogSettings" => self.access_log(property),
                "CanarySetting" => self.canary(property, properties.get("DeploymentId")),
                // Of a stage that has another deployment already.
                "DeploymentCanarySettings" if self.gets_something(value) => {
                    self.set("canarySettings", None, *at, Err(vec![other_deployment(*at)]));
                }
                "DeploymentCanarySettings" => {}
                "StageDescription" if kind(&resource.value) == DEPLOYMENT => self.stage(resource, value),
                "ClientCertificateId" if matches!(self.resolved(value), Ok(None)) => {}
                "ClientCertificateId" => {
                    let message = "the key of its client certificate AWS alone has: backends are shown none";
                    let help =
                        "make one, and give it to the stage in the deployment document, with `clientCertificateId`";
                    self.certificate = Some(Finding::warning(*at, message).help(help));
                }
                _ if OF_METHODS.iter().any(|(name, _)| name == key) || OF_CACHES.contains(&key.as_str()) => {}
                _ => self.other(resource, property),
            }
        }
        // A deployment's description of a stage has those of all methods beside the others.
        let of_all = properties.entries().iter().filter(|it| OF_METHODS.iter().any(|(name, _)| *name == it.key));
        let of_all: Vec<Entry> = of_all.cloned().collect();
        if !of_all.is_empty() {
            self.of_methods(ALL_METHODS, &map(of_all, properties.at), properties.at);
        }
    }

    fn other(&mut self, resource: &Entry, Entry { key, value, at }: &Entry) {
        match OF_STAGE.iter().find(|(name, _)| name == key) {
            Some((_, field)) => match self.resolved(value) {
                Ok(value) => self.set(field, None, *at, Ok(value.map(|it| boolean(&it)))),
                Err(wrong) => self.warnings.push(changes_nothing(key, *at, &wrong)),
            },
            None if IGNORED.contains(&key.as_str()) => {}
            None => {
                let message = format!("`{key}` of `{}` is not read", resource.key);
                let help = "say in the deployment document what of it is to be";
                self.warnings.push(Finding::warning(*at, message).help(help));
            }
        }
    }

    fn set(&mut self, field: &'static str, key: Option<&str>, at: At, value: Result<Option<Tree>, Vec<Finding>>) {
        self.settings.push(Setting { field, key: key.map(str::to_owned), at, value });
    }

    /// That a property is none, or a function whose value is not known. One that is known was written out before.
    fn no_map(&mut self, field: &'static str, Entry { value, at, .. }: &Entry, expected: &str) {
        let wrong = match self.resolved(value) {
            Ok(None) => return,
            Ok(Some(other)) => {
                vec![Finding::error(other.at, format!("{} where {expected} is expected", other.kind()))]
            }
            Err(wrong) => wrong,
        };
        self.set(field, None, *at, Err(wrong));
    }

    /// A value without functions; nothing for `AWS::NoValue`.
    fn resolved(&self, written: &Tree) -> Result<Option<Tree>, Vec<Finding>> {
        match resolve(written, self.environment)? {
            Tree { value: Value::Null, .. } if matches!(written.value, Value::Null) => {
                Err(vec![Finding::error(written.at, "null where a value is expected")])
            }
            Tree { value: Value::Null, .. } => Ok(None),
            value => Ok(Some(value)),
        }
    }

    /// Each for itself: one that is not known may be one that the deployment document has.
    fn variables(&mut self, Entry { value, at, .. }: &Entry) {
        if !is_plain_map(value) {
            let value = self.resolved(value);
            return self.set("variables", None, *at, value);
        }
        for variable in value.entries() {
            let value = self.resolved(&variable.value);
            self.set("variables", Some(&variable.key), variable.at, value);
        }
    }

    /// A list of methods with their settings.
    fn method_settings(&mut self, Entry { value, at, .. }: &Entry) {
        let value = match &value.value {
            Value::List(methods) => list(methods.iter().map(|method| self.without_harmless(method)).collect(), *at),
            _ => value.clone(),
        };
        let list = match self.resolved(&value) {
            Ok(None) => return,
            Ok(Some(list @ Tree { value: Value::List(_), .. })) => list,
            Ok(Some(other)) => {
                let message = format!("{} where a list of `MethodSettings` is expected", other.kind());
                return self.set(METHOD_SETTINGS, None, *at, Err(vec![Finding::error(other.at, message)]));
            }
            Err(findings) => return self.set(METHOD_SETTINGS, None, *at, Err(findings)),
        };
        for method in list.items() {
            let of = |name: &str| method.get(name).and_then(Tree::text);
            match (of("ResourcePath"), of("HttpMethod")) {
                (Some(path), Some(http_method)) => {
                    let key = format!("{}/{http_method}", path.trim_start_matches('/'));
                    let own = method.entries().iter().filter(|it| !["ResourcePath", "HttpMethod"].contains(&&*it.key));
                    self.of_methods(&key, &map(own.cloned().collect(), method.at), method.at);
                }
                _ => {
                    let message = "settings of methods need a `ResourcePath` and an `HttpMethod`, `/*` and `*` for all";
                    self.set(METHOD_SETTINGS, None, method.at, Err(vec![Finding::error(method.at, message)]));
                }
            }
        }
    }

    /// A map of route keys: `GET /pets` is `pets/GET`, `$default` the method `ANY` of that.
    fn route_settings(&mut self, property: &Entry) {
        let value = &property.value;
        if !is_plain_map(value) {
            return self.no_map(METHOD_SETTINGS, property, "a map of `RouteSettings`");
        }
        for route in value.entries() {
            let (method, path) = route.key.split_once(' ').unwrap_or(("ANY", &route.key));
            self.of_methods(&format!("{}/{method}", path.trim_start_matches('/')), &route.value, route.at);
        }
    }

    /// What one method has, or all.
    fn of_methods(&mut self, key: &str, written: &Tree, at: At) {
        let written = self.without_harmless(written);
        let written = match self.resolved(&written) {
            Ok(Some(written)) => written,
            Ok(None) => return,
            Err(findings) => return self.set(METHOD_SETTINGS, Some(key), at, Err(findings)),
        };
        let mut read: Vec<Entry> = Vec::new();
        for Entry { key: name, value, at } in written.entries() {
            match OF_METHODS.iter().find(|(known, _)| known == name) {
                _ if matches!(value.value, Value::Null) => {
                    let null = Finding::error(value.at, "null where a value is expected");
                    return self.set(METHOD_SETTINGS, Some(key), *at, Err(vec![null]));
                }
                Some((_, field)) if name.starts_with("Throttling") => read.push(entry(field, *at, number(value))),
                Some((_, field)) => read.push(entry(field, *at, boolean(value))),
                None if name == "CachingEnabled" && boolean(value).value == Value::Bool(true) => {
                    self.warnings.push(Finding::warning(*at, "responses are not cached yet"));
                }
                None if OF_CACHES.contains(&name.as_str()) => {}
                // It is told where it is read: it might be a limit.
                None => read.push(entry(name, *at, value.clone())),
            }
        }
        let value = if matches!(written.value, Value::Map(_)) { map(read, at) } else { written };
        match self.of_method(key) {
            // What a deployment says of all methods, it may say in two places.
            Some(known) => add_missing(known, value.entries()),
            None if matches!(&value.value, Value::Map(entries) if entries.is_empty()) => {}
            None => self.set(METHOD_SETTINGS, Some(key), at, Ok(Some(value))),
        }
    }

    /// What was read of a method before.
    fn of_method(&mut self, key: &str) -> Option<&mut Tree> {
        let known = self.settings.iter_mut().find(|it| it.field == METHOD_SETTINGS && it.key.as_deref() == Some(key));
        known?.value.as_mut().ok()?.as_mut()
    }

    /// A map without what changes nothing here and is not known, which is told.
    fn without_harmless(&mut self, written: &Tree) -> Tree {
        if !is_plain_map(written) {
            return written.clone();
        }
        let mut known: Vec<Entry> = Vec::new();
        for setting in written.entries() {
            let is_harmless = HARMLESS.iter().chain(OF_CACHES).any(|name| *name == setting.key);
            match resolve(&setting.value, self.environment) {
                Err(wrong) if is_harmless => self.warnings.push(changes_nothing(&setting.key, setting.at, &wrong)),
                _ => known.push(setting.clone()),
            }
        }
        map(known, written.at)
    }

    /// Whether a canary gets any requests, as far as that is known.
    fn gets_something(&self, canary: &Tree) -> bool {
        match canary.get("PercentTraffic").map(|percent| resolve(percent, self.environment).map(|it| number(&it))) {
            None => !is_plain_map(canary),
            Some(Ok(Tree { value: Value::Number(percent), .. })) => percent.as_f64() != Some(0.0),
            Some(_) => true,
        }
    }

    /// Its format: where it goes to is Envoy's.
    fn access_log(&mut self, Entry { value, at, .. }: &Entry) {
        let format = match value.get("Format") {
            Some(format) => self.resolved(format),
            None => return,
        };
        let value = format.map(|format| format.map(|it| map(vec![entry("format", it.at, it)], *at)));
        self.set("accessLogSettings", None, *at, value);
    }

    /// A part of the requests. The deployment that they see is the stage's own: there is no other here.
    fn canary(&mut self, Entry { value, at, .. }: &Entry, deployment: Option<&Tree>) {
        let is_of_other = |canary: &Tree| deployment.is_none_or(|stage| stage.node() != canary.node());
        if value.get("DeploymentId").is_some_and(is_of_other) && !self.gets_something(value) {
            return;
        }
        let own = renamed(&self.without_harmless(value), OF_CANARY);
        let value = match value.get("DeploymentId") {
            Some(canary) if is_of_other(canary) => Err(vec![other_deployment(canary.at)]),
            _ => self.resolved(&map(own, *at)).map(|canary| canary.map(typed)),
        };
        self.set("canarySettings", None, *at, value);
    }
}

/// That a value is not known, which nobody will see.
fn changes_nothing(name: &str, at: At, wrong: &[Finding]) -> Finding {
    Finding::warning(at, format!("`{name}` is not known ({}), and changes nothing here", why(wrong)))
}

/// Puts to a map what it does not say itself.
fn add_missing(known: &mut Tree, others: &[Entry]) {
    for other in others {
        if known.get(&other.key).is_none() {
            known.set(&other.key, other.value.clone());
        }
    }
}

/// A template has the definition of one deployment.
fn other_deployment(at: At) -> Finding {
    let message = "a canary of another deployment is not served: nothing here has its definition";
    let help = "say in the deployment document what the stage is to do: `canarySettings: { percentTraffic: 0 }`";
    Finding::error(at, message).help(help)
}

/// A canary's percentage may be a text.
fn typed(mut canary: Tree) -> Tree {
    if let Some(percent) = canary.get("percentTraffic").map(number) {
        canary.set("percentTraffic", percent);
    }
    if let Some(uses) = canary.get("useStageCache").map(boolean) {
        canary.set("useStageCache", uses);
    }
    canary
}

/// A map that is no function.
pub(super) fn is_plain_map(value: &Tree) -> bool {
    matches!(value.value, Value::Map(_)) && function(value).is_none()
}

/// Templates may have `true` and `false` as texts.
fn boolean(value: &Tree) -> Tree {
    let read = match value.text() {
        Some("true" | "True") => Value::Bool(true),
        Some("false" | "False") => Value::Bool(false),
        _ => return value.clone(),
    };
    Tree { value: read, at: value.at }
}

/// A stage of the deployment document that has a name alone.
pub(crate) fn of_name(name: &str, at: At) -> Tree {
    map(vec![text("stageName", name, at)], at)
}
