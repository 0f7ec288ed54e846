//! Custom domain names of templates, put to those of the deployment document, which come first.

use gatehouse_api::deployment::NONE;

use super::usage_plans::{items, items_mut, push, text};
use crate::cloudformation::{self, Mapping};
use crate::finding::Finding;
use crate::source::Tree;

/// Puts the mappings of templates into the document; gives what the operator should know.
pub(super) fn put(document: &mut Tree, mappings: Vec<Mapping>) -> Vec<Finding> {
    let mut warnings = Vec::new();
    let written = domains(document);
    for Mapping { resource, at, read, is_mutual } in mappings {
        let (domain, mapping) = match read {
            Ok(read) => read,
            Err(wrong) => {
                let why = wrong.first().map(|wrong| wrong.message.clone()).unwrap_or_default();
                let message = format!("what `{resource}` leads to is not known ({why}): it is left out");
                let help = "say it in the deployment document, under `domainNames`";
                warnings.push(Finding::warning(at, message).help(help));
                continue;
            }
        };
        if written.contains(&domain.to_ascii_lowercase()) {
            continue;
        }
        if is_mutual {
            let message = format!(
                "what `{resource}` leads to is left out: who calls `{domain}` shows a certificate, which is not verified here"
            );
            let help = "have certificates verified before this gateway, and write the name in the deployment document, under `domainNames`";
            warnings.push(Finding::warning(at, message).help(help));
            continue;
        }
        if let Some(stage) = text(&mapping, "stage").filter(|stage| !has_stage(document, &mapping, stage)) {
            let message =
                format!("what `{resource}` leads to is left out: the deployment document has no stage `{stage}`");
            warnings.push(Finding::warning(at, message));
            continue;
        }
        let is_it = |it: &Tree| text(it, "domainName").is_some_and(|name| name.eq_ignore_ascii_case(&domain));
        if !items(document, "domainNames").iter().any(is_it) {
            let name = cloudformation::text("domainName", &domain, at);
            push(document, "domainNames", cloudformation::map(vec![name], at));
        }
        let mut names = items_mut(document, "domainNames").into_iter().flatten();
        if let Some(known) = names.find(|it| is_it(it)) {
            push(known, "apiMappings", mapping);
        }
    }
    warnings
}

/// The hosts that the document itself speaks of, in lower case.
fn domains(document: &Tree) -> Vec<String> {
    let apis = items(document, "apis");
    let stages = apis.iter().flat_map(|api| items(api, "stages"));
    let all = items(document, "domainNames").iter().chain(apis).chain(stages);
    all.filter_map(|it| text(it, "domainName")).map(|name| name.to_ascii_lowercase()).collect()
}

fn has_stage(document: &Tree, mapping: &Tree, stage: &str) -> bool {
    let api = items(document, "apis").iter().find(|api| text(api, "apiId") == text(mapping, "apiId"));
    let mut stages = api.map(|api| items(api, "stages")).unwrap_or_default().iter();
    stage.is_empty() || stage == NONE || stages.any(|it| text(it, "stageName").as_deref() == Some(stage))
}
