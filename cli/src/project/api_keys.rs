//! `apiKeys: keys.csv`: API Gateway's own file of API keys, beside the deployment document.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>

use std::path::Path;

use gatehouse_usage_plan::csv;

use crate::finding::Finding;
use crate::source::{At, Entry, Tree, Value, as_seen_from_here, reason};

/// Puts the keys of the file that the document names in its place. A finding stands where the file is named: what is
/// in a file of keys is shown to nobody.
///
/// # Errors
/// What can't be read, and what is wrong line by line.
pub(crate) fn load(document: &mut Tree, directory: &Path) -> Result<(), Vec<Finding>> {
    let Some(Tree { value: Value::String(name), at }) = document.get("apiKeys") else { return Ok(()) };
    let (path, at) = (directory.join(name), *at);
    let shown = as_seen_from_here(&path).display().to_string();
    let wrong = |message: String| Finding::error(at, message);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| vec![wrong(format!("`{shown}` can't be read: {}", reason(&error)))])?;
    let keys = csv::parse(&text, None).map_err(|invalid| -> Vec<Finding> {
        invalid.iter().map(|it| wrong(format!("`{shown}`, {}: {}", it.place, it.message))).collect()
    })?;
    let keys = serde_json::to_value(keys).unwrap_or_default();
    document.set("apiKeys", tree(keys, at));
    Ok(())
}

/// The same value, all of it written at one place.
fn tree(value: serde_json::Value, at: At) -> Tree {
    let value = match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(yes) => Value::Bool(yes),
        serde_json::Value::Number(number) => Value::Number(number),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(|item| tree(item, at)).collect()),
        serde_json::Value::Object(fields) => {
            Value::Map(fields.into_iter().map(|(key, value)| Entry { key, at, value: tree(value, at) }).collect())
        }
    };
    Tree { value, at }
}
