//! What is set for the stages of an API, and what of custom domain names leads to them.
//!
//! What a plan does not know stays a reference to `address.argument`, which is told where it counts, and which the deployment
//! document's `parameters` can have.

use super::argument::{Argument, has_unknown, is_empty, says_something};
use super::attributes::Attributes;
use super::usage::{block, unknown_value};
use crate::cloudformation::{call, entry, list, map, single};
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

const DEPLOYMENT: &str = "aws_api_gateway_deployment";
const METHOD_SETTINGS: &str = "aws_api_gateway_method_settings";
const HTTP_STAGE: &str = "aws_apigatewayv2_stage";
const STAGES: &[&str] = &["aws_api_gateway_stage", METHOD_SETTINGS, DEPLOYMENT, HTTP_STAGE];
const MAPPINGS: &[&str] = &["aws_api_gateway_base_path_mapping", "aws_apigatewayv2_api_mapping"];
/// Their ids are their names.
const DOMAINS: &[&str] = &["aws_api_gateway_domain_name", "aws_apigatewayv2_domain_name"];
/// What may be written as a dynamic block, of which the configuration shows nothing.
pub(super) const BLOCKS: &[&str] = &[
    "access_log_settings",
    "canary_settings",
    "settings",
    "route_settings",
    "default_route_settings",
    "mutual_tls_authentication",
];

pub(super) fn is_of_stages(kind: &str) -> bool {
    STAGES.contains(&kind) || MAPPINGS.contains(&kind)
}

impl<'d> Attributes<'d> {
    /// An argument of a stage, or of what sets something for one.
    pub(super) fn of_stage(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let Argument { resource, name, at, value, unknown, .. } = argument;
        match (resource.kind, name) {
            (_, "deployment_id") => Some(self.deployment(argument)),
            (DEPLOYMENT, "variables") => Some(single("Variables", variables(argument), at)),
            (_, "variables" | "stage_variables") => Some(variables(argument)),
            (METHOD_SETTINGS, "settings") if value.is_some_and(|it| !it.items().is_empty()) => {
                let settings = limits(block(argument), |number| number == -1.0);
                Some(list(vec![of_method(argument, settings)], at))
            }
            (_, "canary_settings") => Some(self.canary(argument)),
            (_, "access_log_settings") => Some(block(argument)),
            // The provider has 0 where nothing is written.
            (_, "default_route_settings") => {
                if argument.expression.is_some() {
                    self.tell_unlimited(argument);
                }
                Some(limits(block(argument), |number| number == 0.0))
            }
            (_, "route_settings") => {
                self.tell_unlimited(argument);
                Some(routes(argument))
            }
            (_, "domain_name") if unknown.is_some() => Some(self.name_of(argument, DOMAINS, "domain_name")),
            (_, "stage") if unknown.is_some() => Some(self.name_of(argument, &[HTTP_STAGE], "name")),
            _ if unknown.is_some() => Some(unknown_value(resource, name, at)),
            _ => value.filter(|it| says_something(it)).cloned(),
        }
    }

    /// Tells of blocks that somebody wrote without limits: who applies them is limited to nothing.
    ///
    /// <https://github.com/hashicorp/terraform-provider-aws/issues/27674>
    fn tell_unlimited(&mut self, Argument { resource, name, at, value, unknown, .. }: Argument<'_>) {
        let blocks = value.map(Tree::items).unwrap_or_default().iter().enumerate();
        for (number, block) in blocks {
            let unknown = unknown.and_then(|it| it.items().get(number));
            let is_unset = |limit: &&&str| {
                let is_zero = block.get(limit).is_none_or(|it| !says_something(it));
                is_zero && !unknown.and_then(|it| it.get(limit)).is_some_and(has_unknown)
            };
            if let Some(limit) = ["throttling_rate_limit", "throttling_burst_limit"].iter().find(is_unset) {
                let address = &resource.address;
                let message = format!(
                    "`{name}` of `{address}` has no `{limit}`: AWS gets 0 from the provider, and would answer every such \
                     request with 429"
                );
                self.tell(Finding::warning(at, message).help("here it is as if nothing was said of it"));
            }
        }
    }

    /// What a resource is called whose id is not known yet.
    fn name_of(&mut self, argument: Argument<'d>, kinds: &[&str], name: &str) -> Tree {
        let referent = self.referent(argument, kinds);
        let named = referent.and_then(|(it, _)| it.value(name)).filter(|it| !is_empty(it)).cloned();
        named.unwrap_or_else(|| unknown_value(argument.resource, argument.name, argument.at))
    }

    fn deployment(&mut self, argument: Argument<'d>) -> Tree {
        let Argument { resource, name, at, value, unknown, .. } = argument;
        match (self.referent(argument, &[DEPLOYMENT]), value) {
            (Some((deployment, _)), _) => call("Ref", Tree::string(&deployment.address, at)),
            (None, Some(id)) if unknown.is_none() => id.clone(),
            (None, _) => unknown_value(resource, name, at),
        }
    }

    fn canary(&mut self, argument: Argument<'d>) -> Tree {
        const ID: &str = "deployment_id";
        let mut canary = block(argument);
        let of_block = |of: Option<&'d Tree>| of.and_then(|it| it.items().first()?.get(ID));
        let unknown = of_block(argument.unknown).filter(|it| has_unknown(it));
        let (value, expression) = (of_block(argument.value), of_block(argument.expression));
        if value.is_some() || unknown.is_some() {
            let id = self.deployment(Argument { name: ID, value, unknown, expression, ..argument });
            canary.set("DeploymentId", id);
        }
        canary
    }
}

/// Each by itself: some may be known and others not.
fn variables(Argument { resource, name, at, value, unknown, .. }: Argument<'_>) -> Tree {
    if unknown.is_some_and(|it| it.entries().is_empty()) {
        return unknown_value(resource, name, at);
    }
    let unknown = unknown.map(Tree::entries).unwrap_or_default().iter().filter(|it| has_unknown(&it.value));
    let unknown: Vec<Entry> =
        unknown.map(|it| entry(&it.key, at, unknown_value(resource, &format!("{name}.{}", it.key), at))).collect();
    let known = value.map(Tree::entries).unwrap_or_default().iter();
    let known = known.filter(|it| !is_empty(&it.value) && !unknown.iter().any(|unknown| unknown.key == it.key));
    map(known.cloned().chain(unknown.iter().cloned()).collect(), at)
}

/// What a block sets, without what stands for nothing.
fn limits(block: Tree, is_nothing: impl Fn(f64) -> bool) -> Tree {
    let is_set = |it: &Entry| match &it.value.value {
        Value::Number(number) => !number.as_f64().is_some_and(&is_nothing),
        _ => says_something(&it.value),
    };
    match block.value {
        Value::Map(entries) => map(entries.into_iter().filter(is_set).collect(), block.at),
        _ => block,
    }
}

/// `*/*`, or a resource's path and a method.
fn of_method(Argument { resource, at, .. }: Argument<'_>, mut settings: Tree) -> Tree {
    let path = resource.value("method_path").and_then(Tree::text).and_then(|path| path.rsplit_once('/'));
    for (name, part) in [("ResourcePath", path.map(|it| it.0)), ("HttpMethod", path.map(|it| it.1))] {
        if let Some(part) = part {
            settings.set(name, Tree::string(part, at));
        }
    }
    settings
}

/// The blocks of routes by their keys.
fn routes(Argument { resource, name, at, value, unknown, .. }: Argument<'_>) -> Tree {
    const KEY: &str = "route_key";
    let Some(routes) = value.filter(|_| unknown.is_none()) else { return unknown_value(resource, name, at) };
    let route = |route: &Tree| {
        let key = route.get(KEY).and_then(Tree::text).unwrap_or_default();
        let others = route.entries().iter().filter(|it| it.key != KEY);
        let others = others.map(|it| entry(&super::kinds::pascal_case(&it.key), it.at, it.value.clone()));
        entry(key, route.at, limits(map(others.collect(), route.at), |number| number == 0.0))
    };
    map(routes.items().iter().map(route).collect(), at)
}
