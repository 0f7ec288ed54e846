//! `apiKeys: keys.csv`: API Gateway's own file of API keys, beside the deployment document.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>

use std::path::Path;

use gatehouse_api::{Node, Place, Problem};
use gatehouse_usage_plan::csv::{self, Keys};
use gatehouse_usage_plan::{self, Invalid, UsagePlans, config};

use super::usage_plans::{OfTemplates, items, items_mut, push, text};
use crate::cloudformation::Key;
use crate::finding::Finding;
use crate::source::{At, Entry, Files, Tree, Value, as_seen_from_here, reason};

/// The keys of a deployment: in its document, or in a file that it names.
#[derive(Default)]
pub(crate) struct ApiKeys(Option<(File, Keys)>);

/// Puts what templates say and the keys of the file that the document names into it; gives what the operator should know.
///
/// # Errors
/// What can't be read, what is wrong line by line, and what does not go together with the usage plans.
pub(crate) fn load(
    document: &mut Tree,
    directory: &Path,
    of_templates: OfTemplates,
    files: &Files,
) -> Result<Vec<Finding>, Vec<Finding>> {
    take_items(document, "usagePlans");
    take_items(document, "apiKeys");
    let mut keys = ApiKeys::read(document, directory)?;
    let warnings = of_templates.put(document, &mut keys, files)?;
    keys.pack(document)?;
    Ok(warnings)
}

/// Dates the keys of a template that nobody has deployed: AWS knows when it made them.
pub(super) fn date(document: &mut Tree) {
    for key in items_mut(document, "apiKeys").into_iter().flatten().filter(|key| key.get("createdDate").is_none()) {
        key.set("createdDate", Tree::string("2020-01-01T00:00:00Z", key.at));
    }
}

impl ApiKeys {
    fn read(document: &Tree, directory: &Path) -> Result<Self, Vec<Finding>> {
        let Some(Tree { value: Value::String(name), at }) = document.get("apiKeys") else { return Ok(Self(None)) };
        let (path, at) = (directory.join(name), *at);
        let file = File { shown: as_seen_from_here(&path).display().to_string(), at };
        if document.get("packedApiKeys").is_some() {
            return Err(vec![file.wrong("must be empty where there are `packedApiKeys`")]);
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| vec![file.wrong(&format!("`{}` can't be read: {}", file.shown, reason(&error)))])?;
        let keys = csv::parse(&text)
            .map_err(|invalid| invalid.iter().map(|it| file.at(&it.place, &it.message)).collect::<Vec<_>>())?;
        Ok(Self(Some((file, keys))))
    }

    /// Puts the keys of the file into the document, packed: a million of them are one text, and not a value for each field of
    /// each. A finding stands where the file is named: what is in a file of keys is shown to nobody.
    fn pack(self, document: &mut Tree) -> Result<(), Vec<Finding>> {
        let Some((file, Keys { keys, lines })) = self.0 else { return Ok(()) };
        let packed = pack(document, keys)
            .map_err(|invalid| invalid.iter().map(|it| file.finding(it, &lines, document)).collect::<Vec<_>>())?;
        document.remove("apiKeys");
        document.set("packedApiKeys", Tree::string(packed, file.at));
        forget_keys(document);
        Ok(())
    }

    /// Whether there is a key with this id.
    pub(super) fn has(&self, document: &Tree, id: &str) -> bool {
        match &self.0 {
            Some((_, Keys { keys, .. })) => keys.iter().any(|key| key.id.as_deref() == Some(id)),
            None => items(document, "apiKeys").iter().any(|key| text(key, "id").as_deref() == Some(id)),
        }
    }

    /// Whether the document, or its file, has the key of a template.
    pub(super) fn knows(&self, document: &Tree, key: &Key) -> bool {
        match &self.0 {
            Some((_, Keys { keys, .. })) => keys.iter().any(|it| is_named(it, key)),
            None => items(document, "apiKeys").iter().any(|it| is_written(it, key)),
        }
    }

    /// Puts the key of a template to the others: whether anybody knows its value.
    ///
    /// # Errors
    /// It is not clear which of the others it is.
    pub(super) fn put(&mut self, document: &mut Tree, key: &Key) -> Result<bool, Finding> {
        match &mut self.0 {
            Some((file, keys)) => put_into_file(file, keys, key),
            None => Ok(put_into_document(document, key)),
        }
    }
}

/// Whether a key of a file is that of a template: it has its name, or its value, which no other key has.
fn is_named(known: &config::ApiKey, key: &Key) -> bool {
    let has_value = || known.value.as_deref() == key.written.get("value").and_then(Tree::text);
    known.name.as_ref().is_some_and(|name| key.names.contains(name)) || (known.value.is_some() && has_value())
}

fn put_into_file(file: &File, Keys { keys, .. }: &mut Keys, key: &Key) -> Result<bool, Finding> {
    let mut named = keys.iter_mut().filter(|it| is_named(it, key));
    let (enabled, value) = (key.written.get("enabled"), text(&key.written, "value"));
    let enabled = enabled.is_some_and(|it| it.value == Value::Bool(true));
    match (named.next(), named.next()) {
        (Some(known), None) => {
            known.id = Some(key.id.clone());
            known.enabled &= enabled;
        }
        (Some(_), Some(_)) => {
            let message = format!("`{}` has several keys that could be `{}` of the template", file.shown, key.id);
            return Err(file.wrong(&message).help("give each a name of its own"));
        }
        (None, _) if value.is_some() => {
            let (id, name) = (Some(key.id.clone()), text(&key.written, "name"));
            keys.push(config::ApiKey { id, name, value, enabled, ..config::ApiKey::default() });
        }
        (None, _) => return Ok(false),
    }
    Ok(true)
}

/// Whether a key of the document is that of a template: by its id, or where it has none by its name.
fn is_written(known: &Tree, key: &Key) -> bool {
    match text(known, "id") {
        Some(id) => id == key.id,
        None => text(known, "name").is_some_and(|name| key.names.contains(&name)),
    }
}

fn put_into_document(document: &mut Tree, key: &Key) -> bool {
    let mut keys = items_mut(document, "apiKeys").into_iter().flatten();
    let Some(known) = keys.find(|it| is_written(it, key)) else {
        let has_value = key.written.get("value").is_some();
        if has_value {
            push(document, "apiKeys", key.written.clone());
        }
        return has_value;
    };
    let has_value = known.get("value").or(known.get("valueSha256")).is_some();
    for Entry { key: field, value, .. } in key.written.entries() {
        let is_disabled = field == "enabled" && value.value == Value::Bool(false);
        if is_disabled || (known.get(field).is_none() && !(field == "value" && has_value)) {
            known.set(field, value.clone());
        }
    }
    // Without one, what the document says is told to be incomplete.
    true
}

/// The command line of AWS prints `{"items": […]}`: the list is meant.
fn take_items(document: &mut Tree, field: &str) {
    let Some(written) = document.get_mut(field) else { return };
    if let [entry] = written.entries()
        && let ("items", Value::List(_)) = (entry.key.as_str(), &entry.value.value)
    {
        *written = entry.value.clone();
    }
}

/// The file, and where the document names it.
struct File {
    shown: String,
    at: At,
}

impl File {
    fn wrong(&self, message: &str) -> Finding {
        Finding::error(self.at, message)
    }

    fn at(&self, place: &str, message: &str) -> Finding {
        self.wrong(&format!("`{}`, {place}: {message}", self.shown))
    }

    /// What was found at a key stands on its line, and all else where the document has it.
    fn finding(&self, invalid: &Invalid, lines: &[usize], document: &Tree) -> Finding {
        let Some(key) = invalid.place.strip_prefix("/apiKeys") else {
            let place = Place::at(&invalid.place);
            return super::finding(document, &place, &Problem::error(&place, invalid.message.clone()));
        };
        let number = key.split('/').nth(1).and_then(|number| number.parse::<usize>().ok());
        match number.and_then(|number| lines.get(number)) {
            Some(line) => self.at(&format!("line {line}"), &invalid.message),
            None => self.wrong(&format!("`{}`: {}", self.shown, invalid.message)),
        }
    }
}

/// The keys with the plans that they are in, as a proxy reads them. What cannot be read of the plans is told where they
/// are compiled.
fn pack(document: &Tree, keys: Vec<config::ApiKey>) -> Result<String, Vec<Invalid>> {
    match plans(document) {
        Some(plans) => {
            let plans = UsagePlans::compile(config::UsagePlans { api_keys: keys, ..plans })?;
            Ok(plans.keys().pack())
        }
        None => gatehouse_usage_plan::ApiKeys::compile(&keys, &[]).map(|keys| keys.pack()),
    }
}

fn plans(document: &Tree) -> Option<config::UsagePlans> {
    let written = |field| document.get(field).map(Tree::node).filter(|node| *node != Node::Null);
    Some(config::UsagePlans {
        usage_plans: written("usagePlans").map_or(Ok(Vec::new()), |node| node.read()).ok()?,
        usage_store: written("usageStore").map(|node| node.read()).transpose().ok()?,
        ..config::UsagePlans::default()
    })
}

/// Which keys a plan has, the packed keys know.
fn forget_keys(document: &mut Tree) {
    if let Some(Tree { value: Value::List(plans), .. }) = document.get_mut("usagePlans") {
        for plan in plans {
            plan.remove("keys");
        }
    }
}
