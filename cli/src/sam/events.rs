//! The events of functions that are methods of an API.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html>

use super::Api;
use super::parts::ANY;
use crate::cloudformation::{call, entry, function_uri, identity, kind, list, map, refers_to, single, text};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// An API that events imply: its logical id, its kind, the events' kind, and where they would name another.
struct Implied {
    id: &'static str,
    kind: &'static str,
    event: &'static str,
    names: &'static str,
}

const IMPLIED: &[Implied] = &[
    Implied { id: "ServerlessRestApi", kind: "AWS::Serverless::Api", event: "Api", names: "RestApiId" },
    Implied { id: "ServerlessHttpApi", kind: "AWS::Serverless::HttpApi", event: "HttpApi", names: "ApiId" },
];
const OF_REST: &[&str] = &[
    "Path",
    "Method",
    "RestApiId",
    "Stage",
    "Auth",
    "RequestModel",
    "RequestParameters",
    "TimeoutInMillis",
    "ResponseTransferMode",
];
const OF_STATE_MACHINE: &[&str] = &["Path", "Method", "RestApiId", "Stage", "Auth", "UnescapeMappingTemplate"];
const OF_HTTP: &[&str] =
    &["Path", "Method", "ApiId", "Stage", "Auth", "TimeoutInMillis", "RouteSettings", "PayloadFormatVersion"];

/// An event as it was written.
#[derive(Clone, Copy)]
struct Written<'a> {
    resource: &'a Entry,
    event: &'a Entry,
    implied: &'static Implied,
}

impl<'a> Written<'a> {
    fn properties(&self) -> Option<&'a Tree> {
        self.event.value.get("Properties")
    }

    fn api(&self) -> Option<&'a Tree> {
        self.properties()?.get(self.implied.names)
    }

    fn is_of(&self, api: &str) -> bool {
        match self.api() {
            None => self.implied.id == api,
            Some(id) => refers_to(id, api) || id.text() == Some(api),
        }
    }
}

const DEFAULT_ROUTE: &str = "$default";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

fn is_source(resource: &&Entry) -> bool {
    matches!(kind(&resource.value), "AWS::Serverless::Function" | STATE_MACHINE)
}

fn events_of(source: &Entry) -> Option<&Tree> {
    source.value.get("Properties")?.get("Events")
}

fn written(resources: &[Entry]) -> impl Iterator<Item = Written<'_>> {
    resources.iter().filter(is_source).flat_map(|resource| {
        events_of(resource).map(Tree::entries).unwrap_or_default().iter().filter_map(move |event| {
            let implied = IMPLIED.iter().find(|implied| implied.event == kind(&event.value))?;
            Some(Written { resource, event, implied })
        })
    })
}

fn is_api(resource: &Entry) -> bool {
    let kind = kind(&resource.value);
    ["AWS::Serverless::Api", "AWS::Serverless::HttpApi"].contains(&kind) || kind.starts_with("AWS::ApiGateway")
}

/// Adds the APIs that events imply, and gives their logical ids.
///
/// # Errors
/// A resource of the template has the name of one.
pub(super) fn imply(template: &mut Tree) -> Result<Vec<&'static str>, Finding> {
    let mut added = Vec::new();
    for implied in IMPLIED {
        let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
        let of_it = |it: &Written<'_>| it.implied.id == implied.id && it.is_of(implied.id);
        let Some(at) = written(resources).find(of_it).map(|it| it.event.at) else { continue };
        if let Some(own) = resources.iter().find(|resource| resource.key == implied.id) {
            let message = format!("SAM has an API of its own under the name `{}`", implied.id);
            return Err(Finding::error(own.at, message)
                .also(at, "because of this event")
                .help(format!("give it another name, and its events a `{}`", implied.names)));
        }
        let stage = (implied.event == "Api").then(|| text("StageName", "Prod", at));
        let properties = map(stage.into_iter().collect(), at);
        let api = map(vec![text("Type", implied.kind, at), entry("Properties", at, properties)], at);
        if let Some(resources) = template.get_mut("Resources") {
            resources.set(implied.id, api);
            added.push(implied.id);
        }
    }
    Ok(added)
}

/// Takes implied APIs away whose functions are not created.
pub(super) fn without_unused(template: &mut Tree, implied: &[&str]) {
    for id in implied {
        let Some(resources) = template.get_mut("Resources") else { return };
        if !written(resources.entries()).any(|it| it.is_of(id)) {
            resources.remove(id);
        }
    }
}

/// What events say of the routes of an API's stage, by route keys.
pub(super) fn route_settings<'a>(resources: &'a [Entry], api: &'a str) -> impl Iterator<Item = (String, &'a Tree)> {
    written(resources).filter(move |it| it.is_of(api)).filter_map(|it| {
        let properties = it.properties()?;
        let settings = properties.get("RouteSettings")?;
        let text = |name: &str| properties.get(name).and_then(Tree::text);
        let route = match (text("Method"), text("Path")) {
            (Some(method), Some(path)) => format!("{} {path}", method.to_ascii_uppercase()),
            _ => DEFAULT_ROUTE.to_owned(),
        };
        Some((route, settings))
    })
}

/// What the method of an event calls.
pub(super) enum Target {
    /// A function, by its URI.
    Function(Tree),
    /// A state machine, by what an integration has of its own: where and how it is started, and with which credentials.
    StateMachine(Vec<Entry>),
}

/// A method that an event makes.
pub(super) struct Event {
    /// The event's logical id.
    pub(super) name: String,
    pub(super) at: At,
    pub(super) path: String,
    /// As a definition has it.
    pub(super) method: String,
    pub(super) target: Target,
    /// Without functions.
    pub(super) properties: Tree,
    /// Empty where nothing is written.
    pub(super) auth: Tree,
}

impl Event {
    pub(super) fn has(&self, property: &str) -> Option<&Tree> {
        self.properties.get(property)
    }
}

impl Api<'_> {
    /// The events that are this API's.
    pub(super) fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.check_kinds();
        for written in written(self.resources) {
            if !written.is_of(&self.entry.key) {
                self.check_api(written);
            } else if (written.implied.event == "HttpApi") != self.is_http {
                let message = format!("the event `{}` is of another kind than its API", written.event.key);
                self.wrong(written.event.at, message);
            } else {
                events.extend(self.event(written));
            }
        }
        events
    }

    /// What has no kind, or nearly that of a method, could be one.
    fn check_kinds(&mut self) {
        for resource in self.resources.iter().filter(is_source) {
            let Some(events) = events_of(resource).filter(|events| !matches!(events.value, Value::Null)) else {
                continue;
            };
            if !matches!(events.value, Value::Map(_)) {
                self.wrong(events.at, format!("{} where the events of `{}` are expected", events.kind(), resource.key));
            }
            for event in events.entries() {
                let kind = event.value.get("Type").and_then(Tree::text);
                let is_nearly =
                    |kind: &str| IMPLIED.iter().any(|it| it.event.eq_ignore_ascii_case(kind) && it.event != kind);
                if kind.is_none_or(is_nearly) {
                    let message = format!("the `Type` of the event `{}` is not understood", event.key);
                    self.wrong(event.at, message);
                }
            }
        }
    }

    /// An event whose API is not in the template could be anybody's.
    fn check_api(&mut self, written: Written<'_>) {
        let Some(id) = written.api() else { return };
        let template = self.environment.template.and_then(|template| template.get("Resources"));
        // One of the template's that is not created has no methods.
        let declared = template.map(Tree::entries).unwrap_or_default().iter().chain(self.resources);
        let is_known = declared.filter(|it| is_api(it)).any(|it| refers_to(id, &it.key) || id.text() == Some(&it.key));
        if !is_known {
            let message = format!(
                "the `{}` of the event `{}` is no API of this template",
                written.implied.names, written.event.key
            );
            self.wrong(id.at, message);
        }
    }

    /// The transform looks at no condition: it writes the policies of all events into the API's.
    pub(super) fn check_policies_of_nobody(&mut self) {
        let template = self.environment.template.and_then(|template| template.get("Resources"));
        let declared = template.map(Tree::entries).unwrap_or_default();
        for written in written(declared).filter(|it| it.is_of(&self.entry.key)) {
            let is_created = self.resources.iter().any(|it| it.key == written.resource.key);
            let auth = written.properties().and_then(|it| it.get("Auth"));
            let is_put_in = self.is_managed() || auth.is_some_and(|it| it.get("OverrideApiAuth").is_some());
            let policy = auth.and_then(|it| it.get("ResourcePolicy"));
            if let Some(policy) = policy.filter(|_| !is_created && is_put_in) {
                let (event, resource) = (&written.event.key, &written.resource.key);
                let message = format!(
                    "the `ResourcePolicy` of the event `{event}` holds at AWS although `{resource}` is not created"
                );
                self.findings.push(Finding::error(policy.at, message).help("write it as the API's own"));
            }
        }
    }

    fn event(&mut self, written: Written<'_>) -> Option<Event> {
        let (name, at) = (&written.event.key, written.event.at);
        let nothing = map(Vec::new(), at);
        let all = written.properties().filter(|it| !matches!(it.value, Value::Null)).unwrap_or(&nothing);
        let own = all.entries().iter().filter(|it| it.key != written.implied.names).cloned().collect();
        let told = self.findings.len();
        let Some(properties) = self.resolve(&map(own, all.at)) else {
            if self.findings.len() == told {
                self.wrong(at, format!("the event `{name}` has no properties"));
            }
            return None;
        };
        let is_state_machine = kind(&written.resource.value) == STATE_MACHINE;
        if is_state_machine && self.is_http {
            self.wrong(
                at,
                format!("the event `{name}` is of an HTTP API: state machines have events of REST APIs alone"),
            );
            return None;
        }
        let known = match is_state_machine {
            true => OF_STATE_MACHINE,
            false if self.is_http => OF_HTTP,
            false => OF_REST,
        };
        self.knows(&properties, &format!("the event `{name}`"), known);
        let (path, method) = match (properties.get("Path"), properties.get("Method")) {
            (None, None) if self.is_http => ("/$default".to_owned(), "any".to_owned()),
            (path, method) => {
                let texts = path.and_then(Tree::text).zip(method.and_then(Tree::text));
                let Some((path, method)) = texts else {
                    self.wrong(at, format!("the event `{name}` needs a `Path` and a `Method`"));
                    return None;
                };
                let path = if path == "$default" { "/$default" } else { path };
                (path.to_owned(), method.to_ascii_lowercase())
            }
        };
        let method = if method == "any" { ANY.to_owned() } else { method };
        let is_stream = properties.get("ResponseTransferMode").and_then(Tree::text) == Some("RESPONSE_STREAM");
        let target = match is_state_machine {
            true => self.state_machine(written, &properties)?,
            false => Target::Function(self.uri(written.resource, is_stream)?),
        };
        let auth = properties.get("Auth").cloned().unwrap_or(nothing);
        if !matches!(auth.value, Value::Map(_)) {
            self.wrong(auth.at, format!("{} where the `Auth` of the event `{name}` is expected", auth.kind()));
        }
        Some(Event { name: name.clone(), at, path, method, target, properties, auth })
    }

    /// An execution has the request's body as its input. JavaScript's escapes are JSON's but for single quotes, which the transform
    /// leaves as they are unless it is asked.
    fn state_machine(&mut self, written: Written<'_>, properties: &Tree) -> Option<Target> {
        let (at, id) = (written.event.at, &written.resource.key);
        if !self.is_managed() {
            // The transform puts it into no other definition.
            return Some(Target::StateMachine(Vec::new()));
        }
        let unescaped = match self.flag(properties, "UnescapeMappingTemplate", false) {
            true => r#".replaceAll("\\'","'")"#,
            false => "",
        };
        let template = format!(
            r#"{{"input": "$util.escapeJavaScript($input.json('$')){unescaped}", "stateMachineArn": "${{StateMachineArn}}"}}"#
        );
        let arn = single("StateMachineArn", call("Ref", Tree::string(id, at)), at);
        let template = call("Fn::Sub", list(vec![Tree::string(template, at), arn], at));
        let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution";
        let template = self.resolve(&single("application/json", template, at));
        let uri = self.resolve(&call("Fn::Sub", Tree::string(uri, at)));
        let started = [("credentials", self.role(written)), ("requestTemplates", template), ("uri", uri)];
        let started = started.into_iter().map(|(key, value)| Some(entry(key, at, value?)));
        started.collect::<Option<Vec<Entry>>>().map(Target::StateMachine)
    }

    /// The role that API Gateway starts executions with: the transform makes one for each event.
    fn role(&mut self, Written { resource, event, .. }: Written<'_>) -> Option<Tree> {
        let name = format!("{}{}Role", resource.key, event.key);
        let arn = list(vec![Tree::string(&name, event.at), Tree::string("Arn", event.at)], event.at);
        let known = self.findings.len();
        let role = self.resolve(&call("Fn::GetAtt", arn));
        for finding in self.findings.iter_mut().skip(known) {
            let help = finding.help.take().unwrap_or_default();
            finding.help = Some(format!("{help}, the role that SAM makes for this event"));
            finding.assumed = identity("AWS::IAM::Role", "Arn", &name, self.environment.deployment)
                .map(|arn| Box::new((format!("{name}.Arn"), Tree::string(arn, event.at))));
        }
        role
    }

    /// The function as an integration names it; an alias where SAM publishes one.
    fn uri(&mut self, function: &Entry, is_stream: bool) -> Option<Tree> {
        let at = function.at;
        let alias = function.value.get("Properties").and_then(|properties| properties.get("AutoPublishAlias")).cloned();
        let alias = match alias.map(|alias| self.resolve(&alias)) {
            None => String::new(),
            Some(alias) => format!(":{}", alias?.text()?),
        };
        let (version, end) =
            if is_stream { ("2021-11-15", "response-streaming-invocations") } else { ("2015-03-31", "invocations") };
        let arn = call("Fn::GetAtt", list(vec![Tree::string(&function.key, at), Tree::string("Arn", at)], at));
        let known = self.findings.len();
        let uri = self.resolve(&function_uri(arn, version, &format!("{alias}/{end}")));
        for finding in self.findings.iter_mut().skip(known) {
            let help = finding.help.take().unwrap_or_default();
            finding.help = Some(format!(
                "{help}, or the function a `FunctionName`, or say under `functions` where it lives by its logical id: `arn:aws:lambda:…:function:{}`, or `*`",
                function.key
            ));
        }
        uri
    }
}
