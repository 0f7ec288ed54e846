//! The report: a table for humans, one JSON object a line for programs.

use serde_json::json;

use super::{Feature, Support};
use crate::report::printable;
use crate::source::{At, Files};

/// A table: how well, what, how often, where.
pub(super) fn table(features: &[Feature], files: &Files, colour: bool) -> String {
    let width = features.iter().map(|feature| feature.name.chars().count()).max().unwrap_or_default().min(60);
    let mut text = summary(features);
    for feature in features {
        let (label, code) = label(feature.support);
        let label = format!("{label:<11}");
        let label = if colour { format!("\u{1b}[{code}m{label}\u{1b}[0m") } else { label };
        let head = format!("  {label}  {:<width$}  {:>3} ×", printable(&feature.name), feature.places.len().max(1));
        text.push_str(format!("{head}  {}", places(feature, files)).trim_end());
        text.push('\n');
        if let Some(note) = feature.note {
            text.push_str(&format!("  {:<11}  {note}\n", ""));
        }
    }
    text
}

fn summary(features: &[Feature]) -> String {
    let count = |support| features.iter().filter(|feature| feature.support == support).count();
    let (exact, approximate) = (count(Support::Exact), count(Support::Approximate));
    format!(
        "{} features: {exact} exact, {approximate} approximate, {} not there\n\n",
        features.len(),
        count(Support::NotThere)
    )
}

fn label(support: Support) -> (&'static str, u8) {
    match support {
        Support::Exact => ("exact", 32),
        Support::Approximate => ("approximate", 33),
        Support::NotThere => ("not there", 31),
    }
}

/// The first place of what is served, all of what is not.
fn places(feature: &Feature, files: &Files) -> String {
    let shown = if feature.support == Support::NotThere { feature.places.len() } else { 1 };
    let places: Vec<String> = feature.places.iter().take(shown).filter_map(|at| line(*at, files)).collect();
    let rest = if feature.places.len() > shown { ", …" } else { "" };
    format!("{}{rest}", places.join(", "))
}

fn line(at: At, files: &Files) -> Option<String> {
    files.position(at).map(|position| format!("{}:{}", position.path.display(), position.line))
}

/// `{"feature":…,"support":"exact","places":[{"file":…,"line":…,"column":…}]}`
pub(super) fn json_lines(features: &[Feature], files: &Files) -> String {
    features.iter().map(|feature| format!("{}\n", object(feature, files))).collect()
}

fn object(feature: &Feature, files: &Files) -> serde_json::Value {
    let places: Vec<serde_json::Value> = feature
        .places
        .iter()
        .filter_map(|at| files.position(*at))
        .map(|it| json!({"file": it.path.display().to_string(), "line": it.line, "column": it.column}))
        .collect();
    let mut object = json!({"feature": feature.name, "support": label(feature.support).0, "places": places});
    if let (Some(note), Some(object)) = (feature.note, object.as_object_mut()) {
        object.insert("note".into(), note.into());
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_definition_says_does_not_move_the_terminal() {
        let feature =
            Feature { name: "`\u{1b}[2J`".into(), support: Support::NotThere, places: Vec::new(), note: None };
        assert!(table(&[feature], &Files::default(), false).contains(r"`\u{1b}[2J`"));
    }
}
