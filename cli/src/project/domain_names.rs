//! Custom domain names of templates, put to those of the deployment document, which come first.

use gatehouse_api::deployment::NONE;

use super::usage_plans::{items, items_mut, push, text};
use crate::cloudformation::{self, Guarded, Mapped, Mapping};
use crate::finding::{Finding, why};
use crate::source::Tree;

/// Puts the mappings of templates into the document; gives what the operator should know.
pub(super) fn put(document: &mut Tree, mappings: Vec<Mapping>, guarded: Vec<Guarded>) -> Vec<Finding> {
    let mut warnings = Vec::new();
    let written = domains(document);
    for Mapping { resource, at, read } in mappings {
        let Mapped { domain, mapping } = match read {
            Ok(read) => read,
            Err(wrong) => {
                let message = format!("what `{resource}` leads to is not known ({}): it is left out", why(&wrong));
                let help = "say it in the deployment document, under `domainNames`";
                warnings.push(Finding::warning(at, message).help(help));
                continue;
            }
        };
        if written.contains(&domain.to_ascii_lowercase()) {
            continue;
        }
        if let Some(stage) = text(&mapping, "stage").filter(|stage| !has_stage(document, &mapping, stage)) {
            let message =
                format!("what `{resource}` leads to is left out: the deployment document has no stage `{stage}`");
            warnings.push(Finding::warning(at, message));
            continue;
        }
        let is_it = |it: &Tree| is_named(it, &domain);
        if !items(document, "domainNames").iter().any(is_it) {
            let name = cloudformation::text("domainName", &domain, at);
            push(document, "domainNames", cloudformation::map(vec![name], at));
        }
        let mut names = items_mut(document, "domainNames").into_iter().flatten();
        if let Some(known) = names.find(|it| is_it(it)) {
            push(known, "apiMappings", mapping);
        }
    }
    for one in guarded {
        // Each API of a template has all of them.
        let told = ask_for_certificates(document, &one, &written).filter(|told| !warnings.contains(told));
        warnings.extend(told);
    }
    warnings
}

/// What the document itself says of a domain does not take its guard away, unless it says so; nor does another template's
/// mapping.
fn ask_for_certificates(document: &mut Tree, guarded: &Guarded, written: &[String]) -> Option<Finding> {
    const FIELD: &str = "mutualTlsAuthentication";
    let Guarded { resource, at, domain } = guarded;
    let domain = match domain {
        Ok(domain) => domain,
        Err(wrong) => {
            let why = why(wrong);
            let message = format!("`{resource}` asks its clients for certificates, and its name is not known ({why})");
            let help =
                "where the deployment document has it under `domainNames`, say `mutualTlsAuthentication: {}` there";
            return Some(Finding::warning(*at, message).help(help));
        }
    };
    let mut names = items_mut(document, "domainNames").into_iter().flatten();
    let Some(known) = names.find(|it| is_named(it, domain)) else {
        written.contains(&domain.to_ascii_lowercase()).then_some(())?;
        let message = format!("`{domain}` asks its clients for certificates, and is not asked for any here");
        return Some(Finding::warning(*at, message).help("have it in the deployment document under `domainNames`"));
    };
    if known.get(FIELD).is_none() {
        known.set(FIELD, cloudformation::map(Vec::new(), *at));
    }
    None
}

fn is_named(domain: &Tree, name: &str) -> bool {
    text(domain, "domainName").is_some_and(|it| it.eq_ignore_ascii_case(name))
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
