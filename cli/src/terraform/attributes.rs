//! A resource's arguments as the properties that CloudFormation has for them.

use super::argument::{Argument, argument, has_unknown, is_empty, says_something};
use super::document::{Document, Resource};
use super::kinds::{APIS, BLOCKS, Kind, pascal_case, property};
use super::references::{Asked, Referred};
use super::stages::is_of_stages;
use super::usage::is_usage;
use super::{HOW_TO_SHOW, Told};
use crate::cloudformation::{call, entry, list, map};
use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value};

/// What turns arguments into properties.
pub(super) struct Attributes<'d> {
    pub(super) document: &'d Document<'d>,
    /// The deployment document's `parameters`.
    given: Option<&'d Tree>,
    /// What is to be said.
    pub(super) told: Vec<Told>,
    /// The API whose resource is being read.
    api: Option<String>,
}

const REST_API: &str = "aws_api_gateway_rest_api";
const HTTP_API: &str = "aws_apigatewayv2_api";
const ROOT: &str = "root_resource_id";
/// What a method or a resource is in.
pub(super) const PATHS: &[&str] = &["aws_api_gateway_resource", REST_API];

impl<'d> Attributes<'d> {
    pub(super) fn new(document: &'d Document<'d>, given: Option<&'d Tree>) -> Self {
        Self { document, given, told: Vec::new(), api: None }
    }

    /// The properties of a resource, and a fault for each argument that says something and is not understood.
    pub(super) fn properties(&mut self, resource: &'d Resource<'d>, kind: &Kind) -> Vec<Entry> {
        self.api = APIS.contains(&resource.kind).then(|| resource.address.clone());
        let mut properties = Vec::new();
        // First, for it says whose what is wrong with the others is.
        if let Some(api) = self.api_of(resource, kind) {
            let of = api.get("Ref").and_then(Tree::text).unwrap_or("one that is not shown");
            self.api = Some(of.to_owned());
            let name = if resource.kind.starts_with("aws_apigatewayv2_") { "api_id" } else { "rest_api_id" };
            // What is put into a method is of the method's API.
            if kind.resource.starts_with("AWS::") {
                properties.push(entry(&property(kind, name), api.at, api));
            }
        }
        for name in kind.arguments() {
            let Some(argument) = argument(resource, name) else { continue };
            let value = if kind.is_exact() { self.value(argument) } else { self.loose(argument) };
            properties.extend(value.map(|value| entry(&property(kind, name), argument.at, value)));
        }
        self.not_understood(resource, resource.values, |name| kind.knows(name));
        match resource.kind {
            "aws_apigatewayv2_authorizer" => authorizer(resource, &mut properties),
            "aws_api_gateway_method" => self.needed(resource, "authorization"),
            "aws_api_gateway_authorizer" => self.needed(resource, "type"),
            "aws_apigatewayv2_route" if argument(resource, "authorizer_id").is_some() => {
                self.needed(resource, "authorization_type");
            }
            _ => {}
        }
        properties
    }

    /// The API that a resource is of; nothing where it is none's part.
    pub(super) fn api_of(&mut self, resource: &'d Resource<'d>, kind: &Kind) -> Option<Tree> {
        let (name, apis): (_, &[&str]) = match resource.kind.strip_prefix("aws_apigatewayv2_") {
            // It maps APIs of both kinds.
            Some("api_mapping") => ("api_id", &APIS),
            Some(_) => ("api_id", &[HTTP_API]),
            None if resource.kind == "aws_api_gateway_base_path_mapping" => ("api_id", &[REST_API]),
            None => ("rest_api_id", &[REST_API]),
        };
        match argument(resource, name) {
            Some(api_id) if kind.is_exact() => self.reference(api_id, apis),
            Some(api_id) => {
                self.referent(api_id, apis).map(|(it, _)| call("Ref", Tree::string(&it.address, api_id.at)))
            }
            None => {
                if kind.is_exact() && !APIS.contains(&resource.kind) {
                    self.needed(resource, name);
                }
                None
            }
        }
    }

    /// That an argument has a value: what is not shown is not taken for nothing.
    fn needed(&mut self, resource: &'d Resource<'d>, name: &'d str) {
        if argument(resource, name).is_none() {
            self.wrong(resource.at, format!("`{}` has no `{name}`", resource.address));
        }
    }

    /// What is asked for only to tell that it is not read: that it says something is enough.
    fn loose(&mut self, argument: Argument<'d>) -> Option<Tree> {
        if is_usage(argument.resource.kind) {
            return self.usage(argument);
        }
        if is_of_stages(argument.resource.kind) {
            return self.of_stage(argument);
        }
        let known = argument.value.filter(|_| argument.unknown.is_none());
        match argument.name {
            "function_name" => self.function_name(argument),
            "name" => known.cloned(),
            "resource_arn" => self.guarded(argument),
            // That there is one is all that counts.
            "mutual_tls_authentication" => Some(map(Vec::new(), argument.at)),
            _ => Some(known.cloned().unwrap_or(Tree { value: Value::Bool(true), at: argument.at })),
        }
    }

    fn not_understood(&mut self, of: &Resource<'_>, values: &[Entry], known: impl Fn(&str) -> bool) {
        for other in values.iter().filter(|it| !known(&it.key) && says_something(&it.value)) {
            self.wrong(other.at, format!("`{}` of `{}` is not understood", other.key, of.address));
        }
    }

    fn value(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let Argument { resource, value, .. } = argument;
        let is_v2 = resource.kind.starts_with("aws_apigatewayv2_");
        match argument.name {
            "resource_id" | "parent_id" => self.reference(argument, PATHS),
            "authorizer_id" if is_v2 => self.reference(argument, &["aws_apigatewayv2_authorizer"]),
            "authorizer_id" => self.reference(argument, &["aws_api_gateway_authorizer"]),
            "request_validator_id" => self.reference(argument, &["aws_api_gateway_request_validator"]),
            "target" if !APIS.contains(&resource.kind) => self.target(argument),
            "uri" | "integration_uri" | "authorizer_uri" | "target" => self.uri(argument),
            "minimum_compression_size" if argument.unknown.is_none() => value.and_then(compression),
            "response_parameters" if is_v2 && argument.unknown.is_none() => value.map(response_parameters),
            // An API whose body is not known is an API all the same.
            "body" => self.plain(argument).or(Some(Tree { value: Value::Null, at: argument.at })),
            name => match BLOCKS.iter().find(|(block, _)| *block == name) {
                Some((_, names)) => self.block(argument, names),
                None => self.plain(argument),
            },
        }
    }

    /// A reference to a resource of one of those kinds: by the id that it has, or by what the configuration refers to.
    pub(super) fn reference(&mut self, argument: Argument<'d>, kinds: &[&str]) -> Option<Tree> {
        let Argument { resource, name, at, value, .. } = argument;
        match self.referent(argument, kinds) {
            Some((target, ROOT)) => {
                let names = vec![Tree::string(&target.address, at), Tree::string("RootResourceId", at)];
                Some(call("Fn::GetAtt", list(names, at)))
            }
            Some((target, _)) => Some(call("Ref", Tree::string(&target.address, at))),
            None => match value {
                // An API that is not shown: this belongs to none that is.
                Some(id) if matches!(name, "rest_api_id" | "api_id") => Some(id.clone()),
                Some(id) => {
                    let id = id.scalar().unwrap_or_default();
                    let message = format!(
                        "the `{name}` of `{}` is `{id}`, and no {} shown here is that",
                        resource.address,
                        or(kinds)
                    );
                    self.wrong(at, message);
                    None
                }
                None => {
                    let message = format!(
                        "which {} the `{name}` of `{}` will be is not told by the plan",
                        or(kinds),
                        resource.address
                    );
                    self.tell(Finding::error(at, message).help(HOW_TO_SHOW));
                    None
                }
            },
        }
    }

    /// The resource that an argument is an id of, and which of its attributes that id is.
    pub(super) fn referent(
        &mut self,
        argument: Argument<'d>,
        kinds: &[&str],
    ) -> Option<(&'d Resource<'d>, &'static str)> {
        let Some(value) = argument.value.filter(|_| argument.unknown.is_none()) else {
            return self.planned(argument, kinds);
        };
        let id = value.text()?;
        let id = id.strip_prefix("integrations/").unwrap_or(id);
        let has = |resource: &Resource<'_>, attribute: &str| resource.value(attribute).and_then(Tree::text) == Some(id);
        let attribute = |it: &Resource<'_>| if kinds == PATHS && it.kind == REST_API { ROOT } else { "id" };
        let mut resources = self.document.resources.iter().filter(|it| kinds.contains(&it.kind));
        resources.find(|it| has(it, attribute(it))).map(|it| (it, attribute(it)))
    }

    /// The one resource that an unknown id can be of.
    fn planned(&mut self, argument: Argument<'d>, kinds: &[&str]) -> Option<(&'d Resource<'d>, &'static str)> {
        let Referred { found, is_open, is_by_key, .. } = self.referred(argument, kinds);
        let attribute = |it: &Resource<'_>| if kinds == PATHS && it.kind == REST_API { ROOT } else { "id" };
        // What is unknown is the id of something that is yet to be made: if there is only one, of that.
        let mut all = self.document.resources.iter().filter(|it| kinds.contains(&it.kind));
        let only = all.next().filter(|_| all.next().is_none());
        let target = match (found.as_slice(), only) {
            ([(target, _)], _) if !is_open => Some(*target),
            ([] | [_], Some(only)) => Some(only),
            _ => None,
        };
        if !is_by_key {
            return target.map(|it| (it, attribute(it)));
        }
        // Who may call is not guessed at.
        let target = target.filter(|_| argument.name != "authorizer_id")?;
        self.by_key(argument);
        Some((target, attribute(target)))
    }

    /// Tells that a plan does not show an index that is computed.
    pub(super) fn by_key(&mut self, Argument { resource, name, at, .. }: Argument<'_>) {
        let message = format!(
            "the plan does not say which instance the `{name}` of `{}` refers to: the one of the same key is taken",
            resource.block()
        );
        self.tell(Finding::warning(at, message).help("what Terraform shows once it is applied says so"));
    }

    pub(super) fn referred(&self, argument: Argument<'d>, kinds: &[&str]) -> Referred<'d> {
        let asked = Asked { document: self.document, kinds, argument: argument.name };
        argument.expression.map(|it| asked.of(argument.resource, it)).unwrap_or_default()
    }

    /// A route's `integrations/{id}`.
    fn target(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let integration = self.reference(argument, &["aws_apigatewayv2_integration"])?;
        let at = argument.at;
        let parts = list(vec![Tree::string("integrations", at), integration], at);
        Some(call("Fn::Join", list(vec![Tree::string("/", at), parts], at)))
    }

    /// The API that a firewall stands before.
    fn guarded(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let reference = |api: &Resource<'_>| call("Ref", Tree::string(&api.address, argument.at));
        let Some(arn) = argument.value.filter(|_| argument.unknown.is_none()).and_then(Tree::text) else {
            let stages = self.referred(argument, &["aws_api_gateway_stage", REST_API]).found;
            let (guarded, _) = stages.first()?;
            let api = self::argument(guarded, "rest_api_id").and_then(|it| self.referent(it, &[REST_API]));
            return Some(reference(api.map_or(guarded, |(api, _)| api)));
        };
        let has_id = |id: &str| arn.contains(&format!("/restapis/{id}/"));
        let mut apis = self.document.resources.iter().filter(|it| it.kind == REST_API);
        apis.find(|it| it.value("id").and_then(Tree::text).is_some_and(has_id)).map(reference)
    }

    /// A block, of which there is one.
    fn block(&mut self, argument: Argument<'d>, names: &[&str]) -> Option<Tree> {
        let Argument { resource, name, at, value, unknown, expression } = argument;
        let Some(written) = value.and_then(|it| it.items().first()) else { return self.plain(argument) };
        let unknown = unknown.and_then(|it| it.items().first());
        let mut properties = Vec::new();
        for inner in names {
            let value = written.get(inner).filter(|it| !is_empty(it));
            let unknown = unknown.and_then(|it| it.get(inner)).filter(|it| has_unknown(it));
            // The rest of an endpoint is the provider's, where it is not written.
            let is_left =
                name == "endpoint_configuration" && expression.and_then(|it| it.items().first()?.get(inner)).is_none();
            let value = match unknown.filter(|_| !is_left) {
                Some(_) => self.given(resource, &format!("{name}.{inner}"), at),
                None => value.cloned(),
            };
            properties.extend(value.map(|value| entry(&in_block(name, inner), at, value)));
        }
        self.not_understood(resource, written.entries(), |inner| names.contains(&inner));
        Some(map(properties, at))
    }

    /// A value as it is, with what is given in place of what is unknown.
    pub(super) fn plain(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let Argument { resource, name, at, value, unknown, .. } = argument;
        let Some(unknown) = unknown else { return value.cloned() };
        if unknown.entries().is_empty() {
            return self.given(resource, name, at);
        }
        let mut merged = value.cloned().unwrap_or_else(|| map(Vec::new(), at));
        for inner in unknown.entries().iter().filter(|it| has_unknown(&it.value)) {
            merged.set(&inner.key, self.given(resource, &format!("{name}.{}", inner.key), at)?);
        }
        Some(merged)
    }

    /// What the deployment document has for what is unknown until it is applied.
    fn given(&mut self, resource: &Resource<'_>, name: &str, at: At) -> Option<Tree> {
        let parameter = format!("{}.{name}", resource.address);
        let given = self.given.and_then(|given| given.get(&parameter));
        if given.is_none() {
            let message = format!("the `{name}` of `{}` is not known before it is applied", resource.address);
            self.tell(Finding::error(at, message).help(format!(
                "name what Terraform shows then (`terraform show -json > api.json`), or give it in the deployment document: \
                 `parameters: {{ '{parameter}': … }}`"
            )));
        }
        given.cloned()
    }

    pub(super) fn wrong(&mut self, at: At, message: impl Into<String>) {
        self.tell(Finding::error(at, message));
    }

    /// Says something of the API whose resource is being read.
    pub(super) fn tell(&mut self, finding: Finding) {
        self.told.push(Told { api: self.api.clone(), finding });
    }

    /// From here on, of this API.
    pub(super) fn about(&mut self, api: &str) {
        self.api = Some(api.to_owned());
    }
}

/// What the provider makes of an HTTP API's authorizer: results are kept for 300 seconds where nothing else is written, and an
/// authorizer of tokens has neither results nor simple responses, whatever a state has for them.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/apigatewayv2_authorizer>
fn authorizer(resource: &Resource<'_>, properties: &mut Vec<Entry>) {
    const TTL: &str = "AuthorizerResultTtlInSeconds";
    let has = |name: &str| properties.iter().any(|it| it.key == name);
    match resource.value("authorizer_type").and_then(Tree::text) {
        Some("JWT") => properties.retain(|it| it.key != TTL && it.key != "EnableSimpleResponses"),
        Some("REQUEST") if resource.expressions.is_some() && !has(TTL) && has("IdentitySource") => {
            let ttl = Tree { value: Value::Number(300.into()), at: resource.at };
            properties.push(entry(TTL, resource.at, ttl));
        }
        _ => {}
    }
}

/// What CloudFormation calls what is in a block; what of TLS it does not have is called as in a definition.
fn in_block(block: &str, inner: &str) -> String {
    match (block, inner) {
        ("tls_config", "insecure_skip_verification") => "insecureSkipVerification".to_owned(),
        ("tls_config", _) => "serverNameToVerify".to_owned(),
        _ => pascal_case(inner),
    }
}

/// A number, which newer providers have as a text; none for -1, which means that nothing is compressed.
fn compression(written: &Tree) -> Option<Tree> {
    let number: i64 = written.scalar()?.parse().ok().filter(|number| *number != -1)?;
    Some(Tree { value: Value::Number(number.into()), at: written.at })
}

/// `[{"status_code": "200", "mappings": {"overwrite:header.x": "y"}}]` as CloudFormation has it.
fn response_parameters(written: &Tree) -> Tree {
    let pair = |mapping: &Entry| {
        let (destination, at) = (Tree::string(&mapping.key, mapping.at), mapping.at);
        map(vec![entry("Destination", at, destination), entry("Source", at, mapping.value.clone())], at)
    };
    let response = |response: &Tree| {
        let pairs = response.get("mappings").map(Tree::entries).unwrap_or_default().iter().map(pair).collect();
        let parameters = entry("ResponseParameters", response.at, list(pairs, response.at));
        let status = response.get("status_code").and_then(Tree::scalar).unwrap_or_default();
        entry(&status, response.at, map(vec![parameters], response.at))
    };
    map(written.items().iter().map(response).collect(), written.at)
}

fn or(kinds: &[&str]) -> String {
    kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(" or ")
}
