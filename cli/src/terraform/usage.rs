//! Usage plans, API keys, and which key is in which plan.
//!
//! What a plan does not know stays a reference to `address.argument`, which is told where it counts, and which the deployment
//! document's `parameters` can have.

use super::argument::{Argument, has_unknown};
use super::attributes::Attributes;
use super::document::Resource;
use super::kinds::pascal_case;
use crate::cloudformation::{call, entry, list, map};
use crate::source::{At, Entry, Tree};

const REST_API: &str = "aws_api_gateway_rest_api";
const KEY: &str = "aws_api_gateway_api_key";
const PLAN: &str = "aws_api_gateway_usage_plan";
const PLAN_KEY: &str = "aws_api_gateway_usage_plan_key";
/// What may be written as a dynamic block, of which the configuration shows nothing.
pub(super) const BLOCKS: &[&str] = &["api_stages", "quota_settings", "throttle_settings"];

pub(super) fn is_usage(kind: &str) -> bool {
    [KEY, PLAN, PLAN_KEY].contains(&kind)
}

impl<'d> Attributes<'d> {
    /// An argument of a plan, of a key, or of what puts one into the other.
    pub(super) fn usage(&mut self, argument: Argument<'d>) -> Option<Tree> {
        let Argument { resource, name, at, value, unknown, .. } = argument;
        match name {
            // Unknown until it is applied, and nobody has written it.
            "id" | "created_date" => value.cloned(),
            "key_id" => Some(self.member(argument, KEY)),
            "usage_plan_id" => Some(self.member(argument, PLAN)),
            "api_stages" => Some(self.api_stages(argument)),
            "quota_settings" | "throttle_settings" => Some(block(argument)),
            _ if unknown.is_some() => Some(unknown_value(resource, name, at)),
            _ => value.cloned(),
        }
    }

    fn member(&mut self, argument: Argument<'d>, kind: &'static str) -> Tree {
        let Argument { resource, name, at, value, .. } = argument;
        match (self.referent(argument, &[kind]), value) {
            (Some((target, _)), _) => call("Ref", Tree::string(&target.address, at)),
            (None, Some(id)) => id.clone(),
            (None, None) => unknown_value(resource, name, at),
        }
    }

    fn api_stages(&mut self, argument: Argument<'d>) -> Tree {
        let Argument { resource, name, at, value, unknown, .. } = argument;
        let Some(stages) = value.map(Tree::items).filter(|_| unknown.is_none_or(|it| !it.items().is_empty())) else {
            return unknown_value(resource, name, at);
        };
        let unknown = unknown.map(Tree::items).unwrap_or_default();
        let stages = stages.iter().enumerate().map(|(number, stage)| {
            let unknown = unknown.get(number);
            let is_unknown = |name: &str| unknown.and_then(|it| it.get(name)).is_some_and(has_unknown);
            let of = |name: &str| unknown_value(resource, &format!("api_stages.{number}.{name}"), stage.at);
            let mut read = Vec::new();
            let api = match stage.get("api_id").and_then(Tree::text).filter(|_| !is_unknown("api_id")) {
                Some(id) => Some(self.api_of_id(id, stage.at)),
                None => self.planned_api(argument, stage).or_else(|| is_unknown("api_id").then(|| of("api_id"))),
            };
            read.extend(api.map(|api| entry("ApiId", stage.at, api)));
            let name = if is_unknown("stage") { Some(of("stage")) } else { stage.get("stage").cloned() };
            read.extend(name.map(|name| entry("Stage", stage.at, name)));
            if is_unknown("throttle") {
                read.push(entry("Throttle", stage.at, of("throttle")));
            } else if let Some(throttle) = stage.get("throttle").filter(|it| !it.items().is_empty()) {
                read.push(entry("Throttle", throttle.at, methods(throttle)));
            }
            map(read, stage.at)
        });
        list(stages.collect(), at)
    }

    /// An API that is shown, by the id that it has.
    fn api_of_id(&self, id: &str, at: At) -> Tree {
        let is_it = |it: &&Resource<'_>| it.kind == REST_API && it.value("id").and_then(Tree::text) == Some(id);
        match self.document.resources.iter().find(is_it) {
            Some(api) => call("Ref", Tree::string(&api.address, at)),
            None => Tree::string(id, at),
        }
    }

    /// The API of a stage whose id is not known yet: that which all blocks refer to that can be meant.
    fn planned_api(&mut self, argument: Argument<'d>, stage: &Tree) -> Option<Tree> {
        let name = stage.get("stage").and_then(Tree::text);
        let blocks = argument.expression.map(Tree::items).unwrap_or_default();
        let can_be = |block: &&Tree| {
            let constant = block.get("stage").and_then(|it| it.get("constant_value")?.text());
            constant.is_none() || constant == name
        };
        let mut apis: Vec<&str> = Vec::new();
        for block in blocks.iter().filter(can_be) {
            let of_block = Argument { name: "api_id", expression: block.get("api_id"), ..argument };
            let referred = self.referred(of_block, &[REST_API]);
            let [(api, _)] = referred.found.as_slice() else { return None };
            if referred.is_open || referred.is_by_key {
                return None;
            }
            apis.push(&api.address);
        }
        let (first, rest) = apis.split_first()?;
        rest.iter().all(|api| api == first).then(|| call("Ref", Tree::string(*first, stage.at)))
    }
}

/// What is not known before it is applied, by the name under which it can be given.
pub(super) fn unknown_value(resource: &Resource<'_>, name: &str, at: At) -> Tree {
    call("Ref", Tree::string(format!("{}.{name}", resource.address), at))
}

/// A block of limits, of which there is one.
pub(super) fn block(Argument { resource, name, at, value, unknown, .. }: Argument<'_>) -> Tree {
    let Some(written) = value.and_then(|it| it.items().first()) else { return unknown_value(resource, name, at) };
    let unknown = unknown.and_then(|it| it.items().first());
    let is_unknown = |inner: &str| unknown.and_then(|it| it.get(inner)).is_some_and(has_unknown);
    let known = written.entries().iter().filter(|it| !is_unknown(&it.key));
    let mut properties: Vec<Entry> = known.map(|it| entry(&pascal_case(&it.key), it.at, it.value.clone())).collect();
    for inner in unknown.map(Tree::entries).unwrap_or_default().iter().filter(|it| has_unknown(&it.value)) {
        let value = unknown_value(resource, &format!("{name}.{}", inner.key), at);
        properties.push(entry(&pascal_case(&inner.key), at, value));
    }
    map(properties, at)
}

/// The limits of methods, by `/path/VERB`.
fn methods(written: &Tree) -> Tree {
    let method = |it: &Tree| {
        let limits = it.entries().iter().filter(|limit| limit.key != "path");
        let limits = limits.map(|limit| entry(&pascal_case(&limit.key), limit.at, limit.value.clone())).collect();
        entry(it.get("path").and_then(Tree::text).unwrap_or_default(), it.at, map(limits, it.at))
    };
    map(written.items().iter().map(method).collect(), written.at)
}
