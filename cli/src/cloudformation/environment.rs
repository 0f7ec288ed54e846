//! What names stand for.

use gatehouse_api::deployment::Deployment;
use gatehouse_api::partition;

use super::function::resolve;
use super::identity::{identity, likely, name_property};
use super::parts::{entry, map};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// What names stand for, in one API's definition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment<'a> {
    /// The deployment document's `parameters`.
    pub(crate) given: Option<&'a Tree>,
    /// The template that the definition is in.
    pub(crate) template: Option<&'a Tree>,
    /// The definition's own resource in the template, and the API's id.
    pub(crate) api: Option<(&'a str, &'a str)>,
    /// For the account and the region.
    pub(crate) deployment: &'a Deployment,
}

impl<'a> Environment<'a> {
    /// What a parameter, pseudo parameter or resource of this name stands for.
    ///
    /// # Errors
    /// Nothing says so.
    pub(crate) fn reference(&self, name: &str, at: At) -> Result<Tree, Finding> {
        if let Some(given) = self.given.and_then(|given| given.get(name)) {
            self.check_allowed(name, given)?;
            return Ok(self.parameter_value(name, given, at));
        }
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(Tree::string(value, at));
        }
        match (self.default(name), self.named_resource(name)) {
            (Some(default), _) => Ok(self.parameter_value(name, default, at)),
            (None, Some(named)) => Ok(Tree::string(named, at)),
            (None, None) => Err(self.unknown(name, at)),
        }
    }

    /// What refers to a Lambda function, or to an alias of one, whose name the template gives, to a model, or to what else is
    /// called by a name that the template gives.
    fn named_resource(&self, name: &str) -> Option<String> {
        let (resource, attribute) = self.attribute(name)?;
        let kind = resource.get("Type").and_then(Tree::text)?;
        if (kind, attribute) == ("AWS::Serverless::HttpApi", "Stage") {
            let named = resource.get("Properties").filter(|properties| properties.get("StageName").is_some());
            return named.map_or_else(|| Some("$default".to_owned()), |properties| self.name(properties, "StageName"));
        }
        let properties = resource.get("Properties")?;
        match (kind, attribute) {
            ("AWS::Lambda::Function" | "AWS::Serverless::Function", "") => self.function_name(name, properties),
            ("AWS::Lambda::Function" | "AWS::Serverless::Function", "Arn") => {
                let logical_id = name.strip_suffix(".Arn").unwrap_or(name);
                Some(self.function_arn(&self.function_name(logical_id, properties)?))
            }
            ("AWS::ApiGateway::Model", "") => {
                Some(properties.get("Name").and_then(Tree::text).unwrap_or(name).to_owned())
            }
            ("AWS::ApiGateway::Stage" | "AWS::ApiGatewayV2::Stage", "") | ("AWS::Serverless::Api", "Stage") => {
                self.name(properties, "StageName")
            }
            ("AWS::ApiGateway::DomainName" | "AWS::ApiGatewayV2::DomainName", "") => {
                self.name(properties, "DomainName")
            }
            ("AWS::Lambda::Alias", "" | "AliasArn") => {
                let (function, alias) = (properties.get("FunctionName")?, properties.get("Name")?.text()?);
                if let Some(name) = function.text() {
                    return Some(format!("{}:{alias}", self.function_arn(name)));
                }
                let [Entry { key, value, .. }] = function.entries() else { return None };
                let function = value.text().filter(|_| key == "Ref")?;
                let function = self.reference(&format!("{function}.Arn"), resource.at).ok()?;
                Some(format!("{}:{alias}", function.text()?))
            }
            _ => identity(kind, attribute, &self.name(properties, name_property(kind)?)?, self.deployment),
        }
    }

    /// The name of a stage, a domain or a queue, which may be made of parameters, and of no other resource.
    fn name(&self, properties: &Tree, property: &str) -> Option<String> {
        let name = properties.get(property)?;
        let known = |key: &str| Some(entry(key, name.at, self.template?.get(key)?.clone()));
        let known = map(["Parameters", "Mappings", "Conditions"].into_iter().filter_map(known).collect(), name.at);
        resolve(name, Environment { template: Some(&known), ..*self }).ok()?.scalar()
    }

    /// The name of a function: its logical id where it has none, as SAM's local invocations have it, and where the deployment
    /// document says where that one lives. AWS would make a name up.
    fn function_name(&self, logical_id: &str, properties: &Tree) -> Option<String> {
        match properties.get("FunctionName") {
            Some(_) => self.name(properties, "FunctionName"),
            None => {
                Some(logical_id.to_owned()).filter(|name| self.deployment.functions.place(&self.function_arn(name)))
            }
        }
    }

    /// The ARN of a function that is called by its name, or by that already.
    fn function_arn(&self, name: &str) -> String {
        let Deployment { account_id, region, .. } = self.deployment;
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        format!("arn:{}:lambda:{region}:{account_id}:function:{name}", partition(region))
    }

    /// A resource and what is named of it: the names of Terraform's resources have points.
    fn attribute<'n>(&self, name: &'n str) -> Option<(&Tree, &'n str)> {
        let (resource, attribute) = match self.resource(name) {
            Some(_) => (name, ""),
            None => name.rsplit_once('.')?,
        };
        Some((self.resource(resource)?, attribute))
    }

    /// The value in a mapping: `Fn::FindInMap`.
    pub(crate) fn in_mapping(&self, map: &str, top: &str, second: &str) -> Option<&'a Tree> {
        self.template?.get("Mappings")?.get(map)?.get(top)?.get(second)
    }

    /// A condition as the template defines it.
    pub(crate) fn condition(&self, name: &str) -> Option<&'a Tree> {
        self.template?.get("Conditions")?.get(name)
    }

    /// That nothing says what a name stands for, and where to say it.
    pub(crate) fn unknown(&self, name: &str, at: At) -> Finding {
        let what = match (self.declared(name), self.has_resource_of(name)) {
            (Some(_), _) => "the parameter ",
            (None, true) => "what the template's resource ",
            (None, false) => "",
        };
        let end = if what.starts_with("what") { " will be is not known" } else { " has no value" };
        let finding = Finding::error(at, format!("{what}`{name}`{end}"))
            .help(format!("give it in the deployment document: `parameters: {{ {}: … }}`", quoted(name)));
        Finding { assumed: self.assumed(name, at).map(|value| Box::new((name.to_owned(), value))), ..finding }
    }

    /// What a name could stand for that the template declares, or whose resource it has: enough to look at the rest.
    fn assumed(&self, name: &str, at: At) -> Option<Tree> {
        if let Some(declared) = self.declared(name) {
            let allowed = declared.get("AllowedValues").and_then(|allowed| allowed.items().first());
            let is_number = declared.get("Type").and_then(Tree::text) == Some("Number");
            return Some(match allowed {
                Some(first) => first.clone(),
                None if is_number => Tree { value: Value::Number(1.into()), at },
                None => Tree::string(likely(name, self.deployment), at),
            });
        }
        if let Some(of_stack) = name.strip_prefix("AWS::Stack") {
            return Some(Tree::string(format!("stack-{}", of_stack.to_lowercase()), at));
        }
        if let Some((_, output)) = name.split_once(".Outputs.").filter(|(stack, _)| self.resource(stack).is_some()) {
            return Some(Tree::string(likely(output, self.deployment), at));
        }
        let (resource, attribute) = self.attribute(name)?;
        let logical_id = name.strip_suffix(attribute)?.trim_end_matches('.');
        let kind = resource.get("Type").and_then(Tree::text)?;
        let named = identity(kind, attribute, logical_id, self.deployment);
        let value = Tree::string(named.unwrap_or_else(|| logical_id.to_owned()), at);
        let is_list = (kind, attribute) == ("AWS::EC2::VPCEndpoint", "DnsEntries");
        Some(if is_list { Tree { value: Value::List(vec![value]), at } } else { value })
    }

    fn pseudo_parameter(&self, name: &str) -> Option<String> {
        let Deployment { account_id, region, .. } = self.deployment;
        match name {
            "AWS::AccountId" => Some(account_id.clone()),
            "AWS::Region" => Some(region.clone()),
            "AWS::Partition" => Some(partition(region).to_owned()),
            "AWS::URLSuffix" => Some(suffix(region).to_owned()),
            name => self.api.filter(|(resource, _)| *resource == name).map(|(_, api_id)| api_id.to_owned()),
        }
    }

    /// Whether the template has a parameter of that name, or the resource.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.declared(name).is_some() || self.has_resource_of(name)
    }

    /// Whether the template has the resource of `Function.Arn`, or of `Stack.Outputs.Url`.
    fn has_resource_of(&self, name: &str) -> bool {
        self.attribute(name).is_some()
            || name.split('.').next().is_some_and(|resource| self.resource(resource).is_some())
    }

    fn declared(&self, name: &str) -> Option<&Tree> {
        self.template?.get("Parameters")?.get(name)
    }

    fn resource(&self, name: &str) -> Option<&Tree> {
        self.template?.get("Resources")?.get(name)
    }

    /// A parameter's default; for those of Systems Manager it is only a name.
    fn default(&self, name: &str) -> Option<&Tree> {
        let declared = self.declared(name)?;
        let kind = declared.get("Type").and_then(Tree::text).unwrap_or_default();
        if kind.starts_with("AWS::SSM::") { None } else { declared.get("Default") }
    }

    fn check_allowed(&self, name: &str, given: &Tree) -> Result<(), Finding> {
        let Some(allowed) = self.declared(name).and_then(|declared| declared.get("AllowedValues")) else {
            return Ok(());
        };
        let values: Vec<String> = allowed.items().iter().filter_map(Tree::scalar).collect();
        match given.scalar() {
            Some(value) if !values.contains(&value) => {
                let allowed_values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                let message = format!("`{value}` is no value for `{name}`: use {}", allowed_values.join(", "));
                Err(Finding::error(given.at, message).also(allowed.at, "the template allows these"))
            }
            _ => Ok(()),
        }
    }

    /// A list where the parameter's type says so, else what was written.
    fn parameter_value(&self, name: &str, written: &Tree, at: At) -> Tree {
        let kind = self.declared(name).and_then(|declared| declared.get("Type")).and_then(Tree::text);
        let is_list = kind.is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
        match &written.value {
            Value::String(text) if is_list => {
                let items = text.split(',').map(|item| Tree::string(item.trim(), at)).collect();
                Tree { value: Value::List(items), at }
            }
            value => Tree { value: value.clone(), at },
        }
    }
}

/// How the names of services end there.
pub(super) fn suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// A key as YAML wants it.
fn quoted(name: &str) -> String {
    if name.contains([':', '[']) { format!("'{name}'") } else { name.to_owned() }
}
