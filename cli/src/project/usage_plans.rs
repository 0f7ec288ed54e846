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

/// The API and the name of a stage in a plan.
type Stage = (Option<String>, Option<String>);

fn stage(written: &Tree) -> Stage {
    (text(written, "apiId"), text(written, "stage"))
}

/// Adds the plans that the document does not have.
fn put_plans(plans: Vec<Plan>, document: &mut Tree, files: &Files, told: &mut Told) {
    let written = items(document, "usagePlans");
    let ids: BTreeSet<String> = written.iter().filter_map(|plan| text(plan, "id")).collect();
    let stages: BTreeSet<Stage> = written.iter().flat_map(|plan| items(plan, "apiStages")).map(stage).collect();
    let mut added = Origins::default();
    for plan in plans.into_iter().filter(|plan| !ids.contains(&plan.id)) {
        let Plan { id, at, stages: of_template, written, findings } = plan;
        let (of_document, own): (Vec<Tree>, Vec<Tree>) =
            of_template.into_iter().partition(|it| stages.contains(&stage(it)));
        for left_out in of_document.iter().filter_map(|it| stage(it).1) {
            let message = format!(
                "the usage plan `{id}` of the template is left out for the stage `{left_out}`: the deployment document has plans of it"
            );
            told.warn(Finding::warning(at, message));
        }
        if !findings.is_empty() {
            told.wrong(findings);
        } else if !own.is_empty() {
            match added.add(&id, at, files) {
                Added::Alone => push(document, "usagePlans", with_stages(written, own, at)),
                Added::Again => add_stages(document, &id, own),
                Added::Beside(other) => told.wrong(vec![two_of("a usage plan", &id, at, other)]),
            }
        }
    }
}

fn with_stages(mut plan: Tree, stages: Vec<Tree>, at: At) -> Tree {
    plan.set("apiStages", cloudformation::list(stages, at));
    plan
}

/// Adds the stages of another API to a plan of the same template.
fn add_stages(document: &mut Tree, plan: &str, stages: Vec<Tree>) {
    let mut plans = items_mut(document, "usagePlans").into_iter().flatten();
    if let Some(known) = plans.find(|it| text(it, "id").as_deref() == Some(plan)) {
        stages.into_iter().for_each(|stage| push(known, "apiStages", stage));
    }
}

/// From which template a plan or a key is, by its id.
#[derive(Default)]
struct Origins(BTreeMap<String, (Option<PathBuf>, At)>);

enum Added {
    /// There is none yet.
    Alone,
    /// Another API of the same template has it, too.
    Again,
    /// Another template has one of that name, here.
    Beside(At),
}

impl Origins {
    fn add(&mut self, id: &str, at: At, files: &Files) -> Added {
        let origin = files.get(at.file).map(|file| file.path.clone());
        match self.0.get(id) {
            Some((known, _)) if *known == origin => Added::Again,
            Some((_, other)) => Added::Beside(*other),
            None => {
                self.0.insert(id.to_owned(), (origin, at));
                Added::Alone
            }
        }
    }
}

fn two_of(what: &str, id: &str, at: At, other: At) -> Finding {
    Finding::error(at, format!("two templates have {what} `{id}`"))
        .also(other, "this is the other")
        .help("write the usage plan of one of them in the deployment document, with an id and keys of its own")
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
    let by_plans = items(document, "usagePlans").iter().flat_map(|plan| items(plan, "keys"));
    let by_plans: BTreeSet<String> = by_plans.filter_map(Tree::scalar).collect();
    let (mut known, mut usable) = (Origins::default(), BTreeSet::new());
    for key in own {
        if !(named.contains(&key.id) || by_plans.contains(&key.id) || keys.knows(document, &key)) {
            continue;
        }
        match known.add(&key.id, key.at, files) {
            Added::Alone => {}
            Added::Again => continue,
            Added::Beside(other) => {
                told.wrong(vec![two_of("an API key", &key.id, key.at, other)]);
                continue;
            }
        }
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
