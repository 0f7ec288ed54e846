//! `Principal` and `NotPrincipal`, where a document may have them.

use super::Parser;
use super::statement::{Element, Elements};
use crate::invalid::{At, Rank};
use crate::json::Json;
use crate::kind::PrincipalRule;
use crate::principals::{Listed, Principals};

impl Parser {
    /// Whom a statement is for; the inner none is what a document of an identity says.
    pub(super) fn principals(&mut self, elements: &Elements<'_>, at: &At<'_>) -> Option<Option<Principals>> {
        match (self.kind.principal(), elements.principal) {
            (PrincipalRule::Forbidden, None) => Some(None),
            (PrincipalRule::Forbidden, Some(element)) => {
                let message = "Policy document should not specify a principal.";
                self.findings.add(Rank::Principal, &at.key(element.name), message);
                None
            }
            (PrincipalRule::Required | PrincipalRule::Everyone, None) => {
                self.findings.add(Rank::Principal, at, "Missing required field Principal");
                None
            }
            (PrincipalRule::Required, Some(element)) => self.listed(element, &at.key(element.name)).map(Some),
            (PrincipalRule::Everyone, Some(element)) => {
                let listed = self.listed(element, &at.key(element.name))?;
                if element.negated || !matches!(element.json, Json::Text(_)) {
                    self.findings.syntax(&at.key(element.name), "a resource control policy is for everybody: `*`");
                }
                Some(Some(listed))
            }
        }
    }

    fn listed(&mut self, element: Element<'_>, at: &At<'_>) -> Option<Principals> {
        let entries = match element.json {
            Json::Text(text) if text == "*" => {
                return Some(Principals { negated: element.negated, listed: [Listed::Everyone].into() });
            }
            Json::Text(text) => {
                self.invalid(at, &format!("\"{text}\""));
                return None;
            }
            Json::Map(entries) => entries,
            other => {
                self.findings.syntax(at, format!("{} instead of an object or `*`", other.kind()));
                return None;
            }
        };
        let mut listed = Vec::new();
        for (kind, json) in entries {
            self.of_kind(kind, json, &at.key(kind), &mut listed);
        }
        Some(Principals { negated: element.negated, listed: listed.into() })
    }

    fn of_kind(&mut self, kind: &str, json: &Json<'_>, at: &At<'_>, listed: &mut Vec<Listed>) {
        let texts: Vec<&Json<'_>> = match json {
            Json::List(list) => list.iter().collect(),
            single => vec![single],
        };
        for (index, json) in texts.iter().enumerate() {
            let Json::Text(text) = json else {
                self.findings.syntax(&at.index(index), format!("{} instead of a string", json.kind()));
                continue;
            };
            match principal(kind, text) {
                Some(principal) => listed.push(principal),
                None => self.invalid(at, &format!("\"{kind}\":\"{text}\"")),
            }
        }
        if !matches!(kind, "AWS" | "Service" | "Federated" | "CanonicalUser") {
            self.invalid(at, &format!("\"{kind}\""));
        }
    }

    fn invalid(&mut self, at: &At<'_>, what: &str) {
        self.findings.add(Rank::Principal, at, format!("Invalid principal in policy: {what}"));
    }
}

/// A principal of one kind, if AWS would save it. Only `AWS` knows `*`, and no kind knows other wildcards or variables.
fn principal(kind: &str, text: &str) -> Option<Listed> {
    let is_literal = !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${");
    let exact = || is_literal.then(|| text.into());
    match kind {
        "AWS" => Listed::aws(text).ok(),
        "Service" => exact().map(Listed::Service),
        "Federated" => exact().map(Listed::Federated),
        "CanonicalUser" => exact().map(Listed::CanonicalUser),
        _ => None,
    }
}
