//! `Globals`: what all resources of a kind say, put into each of them.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use crate::cloudformation::{function, kind, list, map};
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

const KINDS: &[&str] = &["Api", "HttpApi", "Function"];
/// Of these nothing is asked here.
const OTHERS: &[&str] = &["CapacityProvider", "LayerVersion", "SimpleTable", "StateMachine", "WebSocketApi"];

/// Puts the globals into the resources, which then are all there is to read.
///
/// # Errors
/// An `IgnoreGlobals` that is not understood.
pub(super) fn merge(template: &mut Tree) -> Result<(), Finding> {
    let Some(globals) = template.remove("Globals") else { return Ok(()) };
    check(&globals)?;
    let Some(Tree { value: Value::Map(resources), .. }) = template.get_mut("Resources") else { return Ok(()) };
    for resource in resources {
        let kind = kind(&resource.value);
        let kind = kind.strip_prefix("AWS::Serverless::").filter(|kind| KINDS.contains(kind));
        let Some(globals) = kind.and_then(|kind| globals.get(kind)) else { continue };
        let globals = without_ignored(globals, resource.value.get("IgnoreGlobals"))?;
        let own = resource.value.get("Properties").filter(|own| !matches!(own.value, Value::Null));
        let properties = own.map_or(globals.clone(), |own| merged(&globals, own));
        resource.value.set("Properties", properties);
    }
    Ok(())
}

/// What is not understood could say who may call.
fn check(globals: &Tree) -> Result<(), Finding> {
    let not_a_map = |it: &Tree| Finding::error(it.at, format!("{} where a map of `Globals` is expected", it.kind()));
    if !matches!(globals.value, Value::Map(_)) {
        return Err(not_a_map(globals));
    }
    for Entry { key, at, value } in globals.entries() {
        if !KINDS.contains(&key.as_str()) && !OTHERS.contains(&key.as_str()) {
            return Err(Finding::error(*at, format!("`{key}` of `Globals` is not understood")));
        }
        if let Some((name, _)) = function(value) {
            return Err(Finding::error(value.at, format!("`{name}` of `Globals` is not understood")));
        }
        if !matches!(value.value, Value::Map(_)) {
            return Err(not_a_map(value));
        }
    }
    Ok(())
}

fn without_ignored(globals: &Tree, ignored: Option<&Tree>) -> Result<Tree, Finding> {
    let Some(ignored) = ignored else { return Ok(globals.clone()) };
    let names: Vec<&str> = ignored.items().iter().filter_map(Tree::text).collect();
    match &ignored.value {
        Value::String(all) if all == "*" => Ok(map(Vec::new(), globals.at)),
        Value::List(items) if items.len() == names.len() => {
            let kept = globals.entries().iter().filter(|entry| !names.contains(&entry.key.as_str()));
            Ok(map(kept.cloned().collect(), globals.at))
        }
        _ => Err(Finding::error(ignored.at, "`IgnoreGlobals` is neither `*` nor a list of properties")),
    }
}

/// Maps become one, lists follow each other, and of anything else the resource's own counts.
fn merged(global: &Tree, own: &Tree) -> Tree {
    match (&global.value, &own.value) {
        (Value::List(items), Value::List(own_items)) => list([items.as_slice(), own_items].concat(), own.at),
        (Value::Map(entries), Value::Map(own_entries)) if function(global).is_none() && function(own).is_none() => {
            let mut both = map(entries.clone(), own.at);
            for Entry { key, value, .. } in own_entries {
                let value = global.get(key).map_or_else(|| value.clone(), |global| merged(global, value));
                both.set(key, value);
            }
            both
        }
        _ => own.clone(),
    }
}
