//! `gatehouse policy check`: what AWS would say of a policy, and what it does not say.

use gatehouse_api::Place;
use gatehouse_policy::{Invalid, Policy, PolicyKind};

use crate::args::{PolicyCheck, PolicyIs};
use crate::finding::Finding;
use crate::source::{Files, Tree, Value};

/// Checks a policy; gives what is doubtful about it.
///
/// # Errors
/// Everything for which AWS would refuse to save it.
pub fn check(args: &PolicyCheck, files: &mut Files) -> Result<Vec<Finding>, Vec<Finding>> {
    let tree = files.read(&args.file)?;
    let text = files.get(tree.at.file).map(|file| file.text.to_string()).unwrap_or_default();
    let kind = args.kind.map_or_else(|| guess(&tree), PolicyIs::kind);
    match Policy::parse(&text, kind) {
        Ok(policy) => {
            let finding = |(path, message, help): (&str, String, &str)| {
                Finding::warning(tree.locate(&place(&tree, path)), message).help(help)
            };
            let warnings = policy.warnings();
            let shown = warnings.iter().map(|it| (it.path.as_str(), it.doubt.to_string(), it.doubt.help()));
            Ok(shown.map(finding).collect())
        }
        Err(invalid) => Err(invalid.into_iter().map(|invalid| refused(&tree, invalid)).collect()),
    }
}

/// Only a policy that is attached to a resource says for whom it is.
fn guess(tree: &Tree) -> PolicyKind {
    let statements = tree.get("Statement");
    let listed = statements.map(Tree::items).unwrap_or_default();
    let names_principals =
        |statement: &Tree| statement.get("Principal").or_else(|| statement.get("NotPrincipal")).is_some();
    match statements.into_iter().chain(listed).any(names_principals) {
        true => PolicyKind::Resource,
        false => PolicyKind::Identity,
    }
}

/// What is wrong in our words, what AWS says of it as help.
fn refused(tree: &Tree, invalid: Invalid) -> Finding {
    let at = tree.locate(&place(tree, &invalid.path));
    match invalid.detail {
        Some(detail) => Finding::error(at, detail).help(format!("AWS says: {}", invalid.message)),
        None => Finding::error(at, invalid.message),
    }
}

/// The place as it is in this document: a pointer counts where there is but one, and writes keys in lower case.
fn place(tree: &Tree, pointer: &str) -> Place {
    let (mut place, mut tree) = (Place::root(), Some(tree));
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let Some(here) = tree else { return place };
        let inner = match &here.value {
            Value::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)).map(|it| (step, it)),
            Value::Map(entries) => {
                let exact = entries.iter().find(|entry| entry.key == step);
                let entry = exact.or_else(|| entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(&step)));
                match entry {
                    Some(entry) => Some((entry.key.clone(), &entry.value)),
                    // One that stands for a list.
                    None if step.parse::<usize>().is_ok() => continue,
                    None => None,
                }
            }
            _ => None,
        };
        let Some((step, value)) = inner else { return place };
        place = place.then(step);
        tree = Some(value);
    }
    place
}
