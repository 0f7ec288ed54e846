//! The parts of a definition that is being expanded.

use crate::cloudformation::{call, entry, map, text};
use crate::source::{At, Entry, Tree, Value};

pub(super) const ANY: &str = "x-amazon-apigateway-any-method";
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", ANY];

/// The value under a key, a new map where there is none.
pub(super) fn child<'t>(of: &'t mut Tree, key: &str, at: At) -> Option<&'t mut Tree> {
    if of.get(key).is_none_or(|it| matches!(it.value, Value::Null)) {
        of.set(key, map(Vec::new(), at));
    }
    of.get_mut(key)
}

/// The operations of a definition that have an integration, each with its method.
pub(super) fn operations(definition: &mut Tree) -> impl Iterator<Item = (String, &mut Tree)> {
    let paths = definition.get_mut("paths").map(entries_mut).unwrap_or_default();
    let operations = paths.iter_mut().flat_map(|path| entries_mut(&mut path.value));
    operations
        .filter(|operation| METHODS.contains(&operation.key.to_ascii_lowercase().as_str()))
        .filter(|operation| operation.value.get(INTEGRATION).is_some())
        .map(|operation| (operation.key.to_ascii_lowercase(), &mut operation.value))
}

fn entries_mut(tree: &mut Tree) -> &mut [Entry] {
    match &mut tree.value {
        Value::Map(entries) => entries,
        _ => &mut [],
    }
}

/// The operation of a path and a method.
pub(super) fn operation<'t>(definition: &'t mut Tree, path: &str, method: &str) -> Option<&'t mut Tree> {
    definition.get_mut("paths")?.get_mut(path)?.get_mut(method)
}

/// The schemes, or the models, of a definition: its version says where they are.
pub(super) fn shared<'t>(definition: &'t mut Tree, old: &str, new: &str, at: At) -> Option<&'t mut Tree> {
    if definition.get("openapi").is_none() {
        return child(definition, old, at);
    }
    child(child(definition, "components", at)?, new, at)
}

pub(super) fn boolean(value: bool, at: At) -> Tree {
    Tree { value: Value::Bool(value), at }
}

/// Adds a resource that the transform makes.
pub(super) fn put(resources: &mut Tree, id: &str, kind: &str, properties: Tree) {
    let at = properties.at;
    resources.set(id, map(vec![text("Type", kind, at), entry("Properties", at, properties)], at));
}

pub(super) fn reference(name: &str, at: At) -> Tree {
    call("Ref", Tree::string(name, at))
}
