//! Who may call an operation: its `security`, with the marks by which the transform tells that a default is not wanted.

use crate::cloudformation::{list, single};
use crate::source::{At, Tree, Value};

pub(super) const AWS_IAM: &str = "AWS_IAM";
pub(super) const API_KEY: &str = "api_key";
/// An operation without the default authorizer.
pub(super) const NONE: &str = "NONE";
/// An operation without the API key that the others need.
pub(super) const API_KEY_FALSE: &str = "api_key_false";

pub(super) fn requirement(scheme: &str, scopes: Option<&Tree>, at: At) -> Tree {
    let scopes = scopes.cloned().unwrap_or_else(|| list(Vec::new(), at));
    single(scheme, scopes, at)
}

/// What an operation requires; nothing if it is written in another form.
pub(super) fn security(operation: &Tree) -> Option<Vec<Tree>> {
    match operation.get("security").map(|it| &it.value) {
        None => Some(Vec::new()),
        Some(Value::List(items)) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => Some(items.clone()),
        Some(_) => None,
    }
}

pub(super) fn require(operation: &mut Tree, requirement: Tree) {
    let mut all = security(operation).unwrap_or_default();
    let at = requirement.at;
    all.push(requirement);
    operation.set("security", list(all, at));
}

pub(super) fn names(requirement: &Tree, scheme: &str) -> bool {
    requirement.get(scheme).is_some()
}

/// With the default authorizer, unless one is there or none is wanted.
pub(super) fn with_default(security: Vec<Tree>, is_authorizer: impl Fn(&Tree) -> bool, default: &Tree) -> Vec<Tree> {
    let is_none_wanted = security.iter().any(|it| names(it, NONE));
    let (authorizers, mut others): (Vec<Tree>, Vec<Tree>) = security.into_iter().partition(is_authorizer);
    others.retain(|it| !names(it, NONE));
    if authorizers.is_empty() && !is_none_wanted {
        others.push(default.clone());
    }
    others.extend(authorizers);
    others
}

/// With the API key, unless none is wanted.
pub(super) fn with_api_key(mut security: Vec<Tree>, at: At) -> Vec<Tree> {
    let is_wanted = !security.iter().any(|it| names(it, API_KEY_FALSE));
    security.retain(|it| !names(it, API_KEY) && !names(it, API_KEY_FALSE));
    security.extend(is_wanted.then(|| requirement(API_KEY, None, at)));
    security
}
