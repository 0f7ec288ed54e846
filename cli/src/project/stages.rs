//! What templates set for stages, put to the stages of the deployment document.
//!
//! What the document says counts: a template says what the document does not, variable by variable and method by method.

use gatehouse_api::deployment::MethodSettingsTable;

use super::usage_plans::text;
use crate::cloudformation::{self, Setting, Stage};
use crate::finding::Finding;
use crate::source::{Entry, Tree, Value};

/// Puts what a template sets into the stages of an API; gives what the operator should know.
///
/// # Errors
/// What is wrong with a setting that counts.
pub(super) fn put(api: &mut Tree, of_template: Vec<Stage>) -> Result<Vec<Finding>, Vec<Finding>> {
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    for stage in of_template {
        let Stage { name, resource, at, settings, warnings: told, certificate } = stage;
        let served = stages(api).iter_mut().find(|it| name.is_some() && text(it, "stageName") == name);
        match (served, &name) {
            (Some(served), _) => {
                warnings.extend(told);
                warnings.extend(certificate.filter(|_| served.get("clientCertificateId").is_none()));
                errors.extend(settings.into_iter().filter_map(|setting| set(served, setting).err()).flatten());
            }
            (None, _) if settings.is_empty() => {}
            (None, Some(name)) => {
                let message =
                    format!("what `{resource}` sets is left out: the deployment document has no stage `{name}`");
                warnings.push(Finding::warning(at, message));
            }
            (None, None) => {
                let message = format!("which stage `{resource}` is is not known: what it sets is left out");
                let help = "give in the deployment document what its name is made of, as `parameters`";
                warnings.push(Finding::warning(at, message).help(help));
            }
        }
    }
    if errors.is_empty() { Ok(warnings) } else { Err(errors) }
}

/// Gives an API the stages that a template has, where there is no deployment document to say which.
pub(super) fn name(api: &mut Tree, of_template: &[Stage]) {
    let mut named: Vec<Tree> = Vec::new();
    for stage in of_template {
        let Some(name) = &stage.name else { continue };
        if !named.iter().any(|it| text(it, "stageName").as_ref() == Some(name)) {
            named.push(cloudformation::of_name(name, stage.at));
        }
    }
    if !named.is_empty() {
        api.set("stages", cloudformation::list(named, api.at));
    }
}

fn stages(api: &mut Tree) -> &mut [Tree] {
    match api.get_mut("stages") {
        Some(Tree { value: Value::List(stages), .. }) => stages,
        _ => &mut [],
    }
}

/// Sets what a stage does not say itself.
fn set(stage: &mut Tree, Setting { field, key, at, value }: Setting) -> Result<(), Vec<Finding>> {
    let Some(key) = key else {
        if stage.get(field).is_none()
            && let Some(value) = value?
        {
            stage.set(field, value);
        }
        return Ok(());
    };
    // Anything but a map is told where it is read.
    let own = match stage.get(field) {
        None => &[],
        Some(Tree { value: Value::Map(own), .. }) => own.as_slice(),
        Some(_) => return Ok(()),
    };
    // A method has several spellings.
    let is_same = |it: &Entry| match field {
        "methodSettings" => MethodSettingsTable::is_same_key(&it.key, &key),
        _ => it.key == key,
    };
    if own.iter().any(is_same) {
        return Ok(());
    }
    let Some(value) = value? else { return Ok(()) };
    if stage.get(field).is_none() {
        stage.set(field, cloudformation::map(Vec::new(), at));
    }
    if let Some(Tree { value: Value::Map(own), .. }) = stage.get_mut(field) {
        own.push(Entry { key, at, value });
    }
    Ok(())
}
