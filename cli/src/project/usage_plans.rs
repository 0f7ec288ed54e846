//! Usage plans and API keys of templates, put to those of the deployment document.
//!
//! What the document says counts: a plan of a template is left out where the document has one of that id, and a stage of a plan
//! where the document has that stage in a plan of its own. A key of both is one key: it has what the document says, and what the
//! template says else, and is disabled as soon as one of them says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gatehouse_api::Node;

use super::api_keys::ApiKeys;
use crate::cloudformation::{self, Key, Member, Plan, Usage};
use crate::finding::Finding;
use crate::source::{At, Files, Tree, Value};

/// What templates say, of all APIs of a deployment.
#[derive(Debug, Default)]
pub(crate) struct OfTemplates {
    plans: Vec<Plan>,
    keys: Vec<Key>,
    members: Vec<Member>,
    warnings: Vec<Finding>,
}

impl OfTemplates {
    /// Adds what the template of one API says.
    pub(crate) fn add(&mut self, usage: Usage) {
        let Usage { plans, keys, members, warnings } = usage;
        self.plans.extend(plans);
        self.keys.extend(keys);
        self.members.extend(members);
        self.warnings.extend(warnings);
    }

    /// Puts all of it into the document, and to its keys; gives what the operator should know.
    ///
    /// # Errors
    /// What is wrong with a plan or a key that counts.
    pub(crate) fn put(
        self,
        document: &mut Tree,
        keys: &mut ApiKeys,
        files: &Files,
    ) -> Result<Vec<Finding>, Vec<Finding>> {
        let Self { plans, keys: own_keys, members, warnings } = self;
        let mut told = Told::default();
        put_plans(plans, document, files, &mut told);
        let plans: BTreeSet<String> = items(document, "usagePlans").iter().filter_map(|it| text(it, "id")).collect();
        let mut members: Vec<Member> = members.into_iter().filter(|it| plans.contains(&it.plan)).collect();
        let named: BTreeSet<String> = members.iter().map(|it| it.key.clone()).collect();
        let usable = put_keys(own_keys, &named, document, keys, files, &mut told);
        members.retain(|it| !told.keys.contains(&it.key));
        for Member { key, plan, at } in members {
            if !usable.contains(&key) && !keys.has(document, &key) {
                let message =
                    format!("there is no API key with the id `{key}` that could be in the usage plan `{plan}`");
                let help = format!("give it in the deployment document: `apiKeys: [{{ id: {key}, value: … }}]`");
                told.warn(Finding::warning(at, message).help(help));
                continue;
            }
            let mut plans = items_mut(document, "usagePlans").into_iter().flatten();
            let Some(plan) = plans.find(|it| text(it, "id").as_ref() == Some(&plan)) else { continue };
            push(plan, "keys", Tree::string(key, at));
        }
        warnings.into_iter().for_each(|finding| told.warn(finding));
        if told.errors.is_empty() { Ok(told.warnings) } else { Err(told.errors) }
    }
}

#[derive(Default)]
struct Told {
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    /// The keys of which it is told that nobody can use them.
    keys: BTreeSet<String>,
}

impl Told {
    /// Once, though several APIs have one template.
    fn warn(&mut self, finding: Finding) {
        if !self.warnings.iter().any(|known| known.message == finding.message) {
            self.warnings.push(finding);
        }
    }

    fn wrong(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if !self.errors.iter().any(|known| known.message == finding.message) {
                self.errors.push(finding);
            }
        }
    }
}

/// Adds the plans that the document does not have.
fn put_plans(plans: Vec<Plan>, document: &mut Tree, files: &Files, told: &mut Told) {
    let written = items(document, "usagePlans").to_vec();
    let ids: BTreeSet<String> = written.iter().filter_map(|plan| text(plan, "id")).collect();
    let stages = written.iter().flat_map(|plan| plan.get("apiStages").map(Tree::items).unwrap_or_default());
    let stages: BTreeSet<(Option<String>, Option<String>)> = stages.map(stage).collect();
    let mut added: BTreeMap<String, (Option<PathBuf>, At)> = BTreeMap::new();
    for plan in plans {
        if ids.contains(&plan.id) {
            continue;
        }
        let (of_document, own): (Vec<Tree>, Vec<Tree>) =
            plan.stages.into_iter().partition(|it| stages.contains(&stage(it)));
        for left_out in of_document.iter().filter_map(|it| stage(it).1) {
            let message = format!(
                "the usage plan `{}` of the template is left out for the stage `{left_out}`: the deployment document has plans of it",
                plan.id
            );
            told.warn(Finding::warning(plan.at, message));
        }
        if !plan.findings.is_empty() {
            told.wrong(plan.findings);
            continue;
        }
        if own.is_empty() {
            continue;
        }
        let origin = files.get(plan.at.file).map(|file| file.path.clone());
        match added.get(&plan.id) {
            Some((known, _)) if *known == origin => {
                let mut plans = items_mut(document, "usagePlans").into_iter().flatten();
                let known = plans.find(|it| text(it, "id").as_ref() == Some(&plan.id));
                known.into_iter().for_each(|known| own.iter().for_each(|it| push(known, "apiStages", it.clone())));
            }
            Some((_, at)) => {
                let message = format!("two templates have a usage plan `{}`", plan.id);
                let help = "write one of them in the deployment document, under an id of its own";
                told.wrong(vec![Finding::error(plan.at, message).also(*at, "this is the other").help(help)]);
            }
            None => {
                let mut written = plan.written;
                if let Value::Map(entries) = &mut written.value {
                    entries.push(cloudformation::stages(own, plan.at));
                }
                added.insert(plan.id, (origin, plan.at));
                push(document, "usagePlans", written);
            }
        }
    }
}

/// Gives keys what templates know of them, and adds those whose value is known. Gives the ids of those that there are.
fn put_keys(
    own: Vec<Key>,
    named: &BTreeSet<String>,
    document: &mut Tree,
    keys: &mut ApiKeys,
    files: &Files,
    told: &mut Told,
) -> BTreeSet<String> {
    let plans = items(document, "usagePlans").iter();
    let by_plans = plans.flat_map(|plan| plan.get("keys").map(Tree::items).unwrap_or_default());
    let by_plans: BTreeSet<String> = by_plans.filter_map(Tree::scalar).collect();
    let mut known: BTreeMap<String, (Option<PathBuf>, At)> = BTreeMap::new();
    let mut usable = BTreeSet::new();
    for key in own {
        if !(named.contains(&key.id) || by_plans.contains(&key.id) || keys.knows(document, &key)) {
            continue;
        }
        let origin = files.get(key.at.file).map(|file| file.path.clone());
        match known.get(&key.id) {
            Some((file, _)) if *file == origin => continue,
            Some((_, at)) => {
                let message = format!("two templates have an API key `{}`", key.id);
                told.wrong(vec![
                    Finding::error(key.at, message)
                        .also(*at, "this is the other")
                        .help("write the plan of one of them in the deployment document, with keys of their own"),
                ]);
                continue;
            }
            None => known.insert(key.id.clone(), (origin, key.at)),
        };
        told.wrong(key.findings.clone());
        match keys.put(document, &key) {
            Ok(true) => {
                key.disabled.into_iter().for_each(|finding| told.warn(finding));
                usable.insert(key.id);
            }
            Ok(false) => {
                key.unknown.into_iter().for_each(|finding| told.warn(finding));
                told.keys.insert(key.id);
            }
            Err(finding) => told.wrong(vec![finding]),
        }
    }
    usable
}

/// The API and the name of a stage in a plan.
fn stage(written: &Tree) -> (Option<String>, Option<String>) {
    (text(written, "apiId"), text(written, "stage"))
}

/// A text of a map.
pub(super) fn text(of: &Tree, field: &str) -> Option<String> {
    of.get(field)?.scalar()
}

pub(super) fn items<'t>(of: &'t Tree, field: &str) -> &'t [Tree] {
    of.get(field).map(Tree::items).unwrap_or_default()
}

pub(super) fn items_mut<'t>(of: &'t mut Tree, field: &str) -> Option<&'t mut Vec<Tree>> {
    match of.get_mut(field) {
        Some(Tree { value: Value::List(items), .. }) => Some(items),
        _ => None,
    }
}

/// Adds an item to a list of a map, once; the list is made where there is none. Anything else is left as it is, and told where
/// it is read.
pub(super) fn push(of: &mut Tree, field: &str, item: Tree) {
    if of.get(field).is_none_or(|it| it.node() == Node::Null) {
        of.set(field, cloudformation::list(Vec::new(), item.at));
    }
    if let Some(items) = items_mut(of, field)
        && !items.iter().any(|it| it.node() == item.node())
    {
        items.push(item);
    }
}
