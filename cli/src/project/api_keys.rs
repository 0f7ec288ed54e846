//! `apiKeys: keys.csv`: API Gateway's own file of API keys, beside the deployment document.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>

use std::path::Path;

use gatehouse_api::{Node, Place, Problem};
use gatehouse_usage_plan::csv::{self, Keys};
use gatehouse_usage_plan::{ApiKeys, Invalid, UsagePlans, config};

use crate::finding::Finding;
use crate::source::{At, Tree, Value, as_seen_from_here, reason};

/// Puts the keys of the file that the document names into it, packed: a million of them are one text, and not a value
/// for each field of each. A finding stands where the file is named: what is in a file of keys is shown to nobody.
///
/// # Errors
/// What can't be read, what is wrong line by line, and what does not go together with the usage plans.
pub(crate) fn load(document: &mut Tree, directory: &Path) -> Result<(), Vec<Finding>> {
    take_items(document, "usagePlans");
    take_items(document, "apiKeys");
    let Some(Tree { value: Value::String(name), at }) = document.get("apiKeys") else { return Ok(()) };
    let (path, at) = (directory.join(name), *at);
    let file = File { shown: as_seen_from_here(&path).display().to_string(), at };
    if document.get("packedApiKeys").is_some() {
        return Err(vec![file.wrong("must be empty where there are `packedApiKeys`")]);
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| vec![file.wrong(&format!("`{}` can't be read: {}", file.shown, reason(&error)))])?;
    let Keys { keys, lines } = csv::parse(&text)
        .map_err(|invalid| invalid.iter().map(|it| file.at(&it.place, &it.message)).collect::<Vec<_>>())?;
    let packed = pack(document, keys)
        .map_err(|invalid| invalid.iter().map(|it| file.finding(it, &lines, document)).collect::<Vec<_>>())?;
    document.remove("apiKeys");
    document.set("packedApiKeys", Tree::string(packed, at));
    forget_keys(document);
    Ok(())
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
        None => ApiKeys::compile(&keys, &[]).map(|keys| keys.pack()),
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
