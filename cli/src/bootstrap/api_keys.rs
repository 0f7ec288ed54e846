//! API keys on their way to Envoy: no key's value is in its configuration.

use gatehouse_api::Node;
use gatehouse_usage_plan::{ApiKeys, config};

/// The document with its keys packed; `None` if it has none. What is wrong with them, compiling has told before.
pub(super) fn packed(document: &Node) -> Option<Node> {
    let Node::Map(entries) = document else { return None };
    let keys: Vec<config::ApiKey> = document.get("apiKeys")?.read().ok()?;
    let plans: Vec<config::UsagePlan> = document.get("usagePlans").map_or(Ok(Vec::new()), Node::read).ok()?;
    let text = ApiKeys::compile(&keys, &plans).ok()?.pack();
    let entries = entries.iter().map(|(name, value)| match name.as_str() {
        "apiKeys" => ("packedApiKeys".to_owned(), Node::String(text.clone())),
        "usagePlans" => (name.clone(), without_keys(value)),
        _ => (name.clone(), value.clone()),
    });
    Some(Node::Map(entries.collect()))
}

/// Which keys a plan has, the packed keys know.
fn without_keys(plans: &Node) -> Node {
    let Node::List(plans) = plans else { return plans.clone() };
    let kept = |plan: &Node| match plan {
        Node::Map(fields) => Node::Map(fields.iter().filter(|(name, _)| name != "keys").cloned().collect()),
        other => other.clone(),
    };
    Node::List(plans.iter().map(kept).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_keys_value_is_in_what_envoy_gets() {
        let text = r#"{"region": "us-east-1", "usagePlans": [{"id": "basic", "keys": ["ann"]}],
            "apiKeys": [{"id": "ann", "value": "apikey1234abcdefghij0123456789"}]}"#;
        let document: Node = serde_json::from_str(text).unwrap();
        let packed = packed(&document).unwrap();
        let written = serde_json::to_string(&packed).unwrap();
        assert!(!written.contains("apikey1234") && written.contains("packedApiKeys"), "{written}");
        assert!(packed.pointer("/usagePlans/0/keys").is_none());
        let keys = ApiKeys::unpack(match packed.get("packedApiKeys") {
            Some(Node::String(text)) => text,
            other => panic!("{other:?}"),
        });
        assert_eq!(keys.unwrap().find(b"apikey1234abcdefghij0123456789").map(|key| key.id), Some("ann"));
        assert!(super::packed(&serde_json::from_str("{}").unwrap()).is_none());
    }
}
