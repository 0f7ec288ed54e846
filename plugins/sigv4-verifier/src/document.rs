//! Policy documents as definitions and deployment documents have them.

use gatehouse_api::{Node, Place, Problem};
use gatehouse_policy::{Policy, PolicyKind};

/// Compiles a policy document that is written as a map, or as the text of one. Why AWS would not save it goes to
/// `problems`, each at its place.
pub fn policy(written: &Node, kind: PolicyKind, place: &Place, problems: &mut Vec<Problem>) -> Option<Policy> {
    let parsed = match written {
        Node::String(text) => Policy::parse(text, kind),
        document => Policy::parse(&serde_json::to_string(document).unwrap_or_default(), kind),
    };
    parsed
        .map_err(|invalid| {
            problems.extend(invalid.iter().map(|invalid| {
                let (inside, mut told) = (Place::at(&format!("{}{}", place.as_str(), invalid.path)), invalid.clone());
                // The place says it already, unless the document is a text.
                let place = if matches!(written, Node::String(_)) { place } else { &inside };
                if place == &inside {
                    told.path.clear();
                }
                Problem::error(place, told.to_string())
            }));
        })
        .ok()
}
