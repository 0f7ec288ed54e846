//! Usage plans and API keys of a template, in the words of the deployment document.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-usageplan.html>

use super::created::{Resolver, branch};
use super::environment::Environment;
use super::function::{function, resolve};
use super::parts::{entry, map, number, reference, text};
use super::template::kind;
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// What a template says of who may call one of its APIs, and how often.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// The plans that have a stage of the API.
    pub(crate) plans: Vec<Plan>,
    /// All keys of the template.
    pub(crate) keys: Vec<Key>,
    /// Which key is in which plan.
    pub(crate) members: Vec<Member>,
    /// What could not be read, and opens nothing.
    pub(crate) warnings: Vec<Finding>,
}

/// A plan, as far as it is about one API.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What keys know it by.
    pub(crate) id: String,
    pub(crate) at: At,
    /// `apiStages` of the API.
    pub(crate) stages: Vec<Tree>,
    /// All else.
    pub(crate) written: Tree,
    /// What is wrong with it, should it count.
    pub(crate) findings: Vec<Finding>,
}

/// A key.
#[derive(Debug)]
pub(crate) struct Key {
    /// What plans know it by.
    pub(crate) id: String,
    /// Its logical id, and its name where it has one: what a file of keys may call it.
    pub(crate) names: Vec<String>,
    pub(crate) at: At,
    /// As the deployment document has it, without a `value` where that is not known.
    pub(crate) written: Tree,
    /// Why its value is not known.
    pub(crate) unknown: Option<Finding>,
    /// That the template does not say that it is enabled.
    pub(crate) disabled: Option<Finding>,
    /// What is wrong with it, should it count.
    pub(crate) findings: Vec<Finding>,
}

/// That a key is in a plan, both by their ids.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) plan: String,
    pub(crate) at: At,
}

const PLAN: &str = "AWS::ApiGateway::UsagePlan";
const KEY: &str = "AWS::ApiGateway::ApiKey";
const PLAN_KEY: &str = "AWS::ApiGateway::UsagePlanKey";

/// What a plan may say.
const OF_PLAN: &[&str] = &["ApiStages", "Quota", "Throttle", "UsagePlanName", "Description", "Tags", ID];
const THROTTLE: &[(&str, &str)] = &[("RateLimit", "rateLimit"), ("BurstLimit", "burstLimit")];
const QUOTA: &[(&str, &str)] = &[("Limit", "limit"), ("Offset", "offset"), ("Period", "period")];
const STAGE: &[&str] = &["ApiId", "Stage", "Throttle"];
/// AWS's id of a resource, and when a key was made: what Terraform knows once that is done.
const ID: &str = "Id";
const CREATED: &str = "CreatedDate";

/// What a template says of the API of an environment, whose resources are those that are created.
pub(crate) fn usage(template: &Tree, environment: Environment<'_>) -> Usage {
    let resources = template.get("Resources").map(Tree::entries).unwrap_or_default();
    let mut reader = Reader { resources, environment, usage: Usage::default() };
    for resource in resources {
        let properties = resource.value.get("Properties").cloned();
        let properties = properties.unwrap_or_else(|| map(Vec::new(), resource.at));
        match kind(&resource.value) {
            PLAN => reader.plan(resource, &properties),
            KEY => reader.key(resource, &properties),
            PLAN_KEY => reader.member(resource, &properties),
            _ => {}
        }
    }
    reader.usage
}

struct Reader<'a> {
    resources: &'a [Entry],
    environment: Environment<'a>,
    usage: Usage,
}

impl Reader<'_> {
    fn plan(&mut self, resource: &Entry, properties: &Tree) {
        let mut findings = Vec::new();
        let Some(stages) = properties.get("ApiStages").cloned() else { return };
        let stages = self.stages(stages, resource, &mut findings);
        if stages.is_empty() && findings.is_empty() {
            return;
        }
        only(properties, OF_PLAN, &resource.key, &mut findings);
        let id = self.id(resource);
        let mut written = vec![text("id", &id, resource.at)];
        // Only people read it.
        if let Some(name) = properties.get("UsagePlanName").and_then(|name| resolve(name, self.environment).ok()) {
            written.extend(name.scalar().map(|name| text("name", &name, resource.at)));
        }
        for (name, key, names) in [("Throttle", "throttle", THROTTLE), ("Quota", "quota", QUOTA)] {
            let Some(limit) = self.resolved(properties.get(name), &mut findings) else { continue };
            written.push(entry(key, limit.at, numbers(&limit, names, &resource.key, &mut findings)));
        }
        let written = map(written, resource.at);
        self.usage.plans.push(Plan { id, at: resource.at, stages, written, findings });
    }

    /// Those of the API.
    fn stages(&mut self, written: Tree, plan: &Entry, findings: &mut Vec<Finding>) -> Vec<Tree> {
        let at = written.at;
        let stages = match branch(written, &mut Resolver::new(self.environment), 0) {
            Ok(Some(Tree { value: Value::List(stages), .. })) => stages,
            Ok(None) => Vec::new(),
            Ok(Some(_)) | Err(_) => {
                self.not_read(at, &format!("which stages the usage plan `{}` has is not known", plan.key));
                Vec::new()
            }
        };
        stages.into_iter().filter_map(|stage| self.stage(stage, plan, findings)).collect()
    }

    /// A stage of the API; nothing of another.
    fn stage(&mut self, written: Tree, plan: &Entry, findings: &mut Vec<Finding>) -> Option<Tree> {
        let at = written.at;
        let stage = branch(written, &mut Resolver::new(self.environment), 0).unwrap_or_else(|finding| {
            findings.push(finding);
            None
        })?;
        let (_, api_id) = self.environment.api?;
        let Some(id) = stage.get("ApiId") else {
            self.not_read(at, &format!("a stage of the usage plan `{}` has no `ApiId`", plan.key));
            return None;
        };
        if !self.is_api(id, plan) {
            return None;
        }
        only(&stage, STAGE, &plan.key, findings);
        let before = findings.len();
        let name = self.resolved(stage.get("Stage"), findings);
        if name.is_none() && findings.len() == before {
            findings.push(Finding::error(at, format!("a stage of the usage plan `{}` has no `Stage`", plan.key)));
        }
        let name = name?;
        let mut read = vec![text("apiId", api_id, id.at), entry("stage", name.at, name)];
        if let Some(throttle) = self.resolved(stage.get("Throttle"), findings) {
            let methods = throttle.entries().iter().map(|method| {
                let limit = numbers(&method.value, THROTTLE, &plan.key, findings);
                entry(&method.key, method.at, limit)
            });
            let methods = match &throttle.value {
                Value::Map(_) => map(methods.collect(), throttle.at),
                _ => throttle,
            };
            read.push(entry("throttle", methods.at, methods));
        }
        Some(map(read, at))
    }

    /// Whether this is the id of the API.
    fn is_api(&mut self, id: &Tree, plan: &Entry) -> bool {
        let Some((resource, api_id)) = self.environment.api else { return false };
        if let Some((name, attribute)) = reference(id) {
            if name == resource {
                return matches!(attribute, "" | "RestApiId" | "ApiId");
            }
            if self.resources.iter().any(|it| it.key == name) {
                return false;
            }
        }
        match resolve(id, self.environment) {
            Ok(id) => id.text() == Some(api_id),
            Err(_) => {
                let message = format!("which API a stage of the usage plan `{}` is of is not known", plan.key);
                self.not_read(id.at, &message);
                false
            }
        }
    }

    fn key(&mut self, resource: &Entry, properties: &Tree) {
        let (id, at, mut findings) = (self.id(resource), resource.at, Vec::new());
        let mut written = vec![text("id", &id, at)];
        let mut names = vec![resource.key.clone()];
        if let Some(name) = properties.get("Name").and_then(|name| resolve(name, self.environment).ok()?.scalar()) {
            written.push(text("name", &name, at));
            names.push(name);
        }
        let value = self.value(properties);
        // Its own place would show the value to whoever reads what is wrong with it.
        written.extend(value.iter().map(|value| text("value", value, at)));
        let is_enabled = self.is_enabled(resource, properties, &mut findings);
        written.push(entry("enabled", at, Tree { value: Value::Bool(is_enabled), at }));
        written.extend(properties.get(CREATED).map(|created| entry("createdDate", at, created.clone())));
        let unknown = value.err().map(|why| {
            let message = format!("the value of the API key `{}` {why}: nobody can call with it here", resource.key);
            Finding::warning(at, message).help(format!(
                "give it in the deployment document, `apiKeys: [{{ id: {id}, value: … }}]`, or in its file of API keys under \
                 the name `{}`",
                names.last().unwrap_or(&id)
            ))
        });
        let disabled = properties.get("Enabled").is_none().then(|| {
            let message =
                format!("the API key `{}` has no `Enabled: true`: it is disabled, as AWS makes it", resource.key);
            Finding::warning(at, message)
        });
        self.usage.keys.push(Key { id, names, at, written: map(written, at), unknown, disabled, findings });
    }

    /// A key's value, or why that is not known.
    fn value(&self, properties: &Tree) -> Result<String, String> {
        let made_by_aws = || "is made by AWS".to_owned();
        match properties.get("Value").map(|value| resolve(value, self.environment)) {
            None => Err(made_by_aws()),
            Some(Ok(value)) => value.scalar().filter(|value| !value.is_empty()).ok_or_else(made_by_aws),
            Some(Err(wrong)) => {
                let wrong = wrong.first().map(|wrong| wrong.message.clone()).unwrap_or_default();
                Err(format!("is not known ({wrong})"))
            }
        }
    }

    fn is_enabled(&self, resource: &Entry, properties: &Tree, findings: &mut Vec<Finding>) -> bool {
        let Some(enabled) = self.resolved(properties.get("Enabled"), findings) else { return false };
        match enabled.scalar().map(|enabled| enabled.to_ascii_lowercase()).as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                let message = format!("`Enabled` of the API key `{}` is neither `true` nor `false`", resource.key);
                findings.push(Finding::error(enabled.at, message));
                false
            }
        }
    }

    fn member(&mut self, resource: &Entry, properties: &Tree) {
        let key = self.referred(properties.get("KeyId"));
        let plan = self.referred(properties.get("UsagePlanId"));
        match (key, plan) {
            (Some(key), Some(plan)) => self.usage.members.push(Member { key, plan, at: resource.at }),
            _ => self.not_read(resource.at, &format!("which key `{}` puts into which plan is not known", resource.key)),
        }
    }

    /// The id of a key or a plan, of this template or of another.
    fn referred(&self, id: Option<&Tree>) -> Option<String> {
        let id = id?;
        let own = |(name, _): (&str, &str)| {
            self.resources.iter().find(|it| it.key == name && matches!(kind(&it.value), PLAN | KEY))
        };
        match reference(id).and_then(own) {
            Some(resource) => Some(self.id(resource)),
            None => resolve(id, self.environment).ok()?.scalar(),
        }
    }

    /// What is given for it, what AWS has made, or the logical id.
    fn id(&self, resource: &Entry) -> String {
        let given = self.environment.given.and_then(|given| given.get(&resource.key)?.scalar());
        let known = resource.value.get("Properties").and_then(|properties| properties.get(ID)?.scalar());
        given.or(known).unwrap_or_else(|| resource.key.clone())
    }

    /// A property without functions; nothing where it is not there.
    fn resolved(&self, written: Option<&Tree>, findings: &mut Vec<Finding>) -> Option<Tree> {
        let written = written?;
        match resolve(written, self.environment) {
            // Written so, and not `AWS::NoValue`.
            Ok(Tree { value: Value::Null, .. }) if matches!(written.value, Value::Null) => {
                findings.push(Finding::error(written.at, "null where a value is expected"));
                None
            }
            Ok(Tree { value: Value::Null, .. }) => None,
            Ok(value) => Some(value),
            Err(wrong) => {
                findings.extend(wrong);
                None
            }
        }
    }

    fn not_read(&mut self, at: At, message: &str) {
        let finding = Finding::warning(at, format!("{message}: it is left out, and opens nothing"));
        self.usage.warnings.push(finding.help("give in the deployment document what is not known, as `parameters`"));
    }
}

/// That nothing is there that could limit somebody and is not understood.
fn only(written: &Tree, known: &[&str], plan: &str, findings: &mut Vec<Finding>) {
    for other in written.entries().iter().filter(|it| !known.contains(&it.key.as_str())) {
        let message = format!("`{}` of the usage plan `{plan}` is not understood", other.key);
        findings.push(Finding::error(other.at, message));
    }
}

/// A limit's numbers under their names in the deployment document: templates may have them as texts.
fn numbers(written: &Tree, names: &[(&str, &str)], plan: &str, findings: &mut Vec<Finding>) -> Tree {
    let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    if !matches!(written.value, Value::Map(_)) || function(written).is_some() {
        return written.clone();
    }
    only(written, &known, plan, findings);
    let present = names.iter().filter_map(|(name, key)| Some((*key, written.get(name)?)));
    map(present.map(|(key, value)| entry(key, value.at, number(value))).collect(), written.at)
}
