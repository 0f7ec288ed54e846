//! Reading a document: the grammar of policies, and what AWS refuses to save.
//!
//! Element names and values are case-sensitive, unknown ones are refused, and so is a key that stands twice.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod conditions;
mod principals;
mod statement;

use std::collections::BTreeSet;

use crate::arn::Head;
use crate::invalid::{At, Findings, Invalid, Rank};
use crate::json::Json;
use crate::kind::PolicyKind;
use crate::policy::Policy;

/// How many statements a policy may have. AWS has no such limit, only that of the document's length.
const MAX_STATEMENTS: usize = 2000;

/// Reads a document of this kind.
pub(crate) fn parse(text: &str, kind: PolicyKind) -> Result<Policy, Vec<Invalid>> {
    let (findings, heads, sids) = (Findings::default(), Vec::new(), BTreeSet::new());
    let mut parser = Parser { kind, variables: false, findings, heads, sids };
    let policy = parser.text(text);
    match policy.filter(|_| parser.findings.is_empty()) {
        Some(policy) => Ok(policy),
        None => Err(parser.findings.into_list()),
    }
}

/// What is known while a document is read.
struct Parser {
    kind: PolicyKind,
    /// Whether `${…}` is a variable: in version 2012-10-17.
    variables: bool,
    findings: Findings,
    /// The heads of the ARNs so far, as they were written and compiled.
    heads: Vec<(Vec<String>, Head)>,
    /// The statement ids so far.
    sids: BTreeSet<String>,
}

impl Parser {
    fn text(&mut self, text: &str) -> Option<Policy> {
        let limit = self.kind.limit();
        if limit.is_exceeded(text) {
            self.findings.add(Rank::Size, &At::Root, format!("Cannot exceed quota for PolicySize: {}", limit.max));
            return None;
        }
        // What IAM accepts in a `PolicyDocument`; controls within strings are no JSON anyway.
        if self.kind.saved_by_iam() && text.chars().any(|letter| letter > '\u{ff}') {
            self.findings.syntax(&At::Root, "a character beyond U+00FF");
        }
        match Json::parse(text) {
            Ok(Json::Map(entries)) => self.document(&entries),
            Ok(other) => {
                self.findings.syntax(&At::Root, format!("{} instead of an object", other.kind()));
                None
            }
            Err(why) => {
                self.findings.syntax(&At::Root, why.to_string());
                None
            }
        }
    }

    fn document(&mut self, entries: &[(std::borrow::Cow<'_, str>, Json<'_>)]) -> Option<Policy> {
        let mut statements = None;
        let mut version = None;
        for (key, value) in entries {
            let at = At::Root;
            match (&**key, value) {
                ("Version", Json::Text(text)) if matches!(&**text, "2008-10-17" | "2012-10-17") => version = Some(text),
                ("Version", _) => self.findings.syntax(&at.key(key), "neither 2012-10-17 nor 2008-10-17"),
                ("Id", Json::Text(_)) => {}
                ("Id", other) => self.findings.syntax(&at.key(key), format!("{} instead of a string", other.kind())),
                ("Statement", value) => statements = Some(value),
                _ => self.findings.syntax(&at.key(key), "an unknown element"),
            }
        }
        self.variables = version.is_some_and(|version| version == "2012-10-17");
        if self.kind.requires_2012() && !self.variables {
            let message = "Policy document must be version 2012-10-17 or greater.";
            self.findings.add(Rank::Version, &At::Root.key("Version"), message);
        }
        let statements = self.statements(statements)?;
        let heads = std::mem::take(&mut self.heads).into_iter().map(|(_, head)| head).collect();
        Some(Policy::new(self.kind, statements, heads))
    }

    fn statements(&mut self, json: Option<&Json<'_>>) -> Option<Vec<crate::statement::Statement>> {
        let at = At::Root;
        let at = at.key("Statement");
        match json {
            Some(json @ Json::Map(_)) => Some(self.statement(json, 0, &at).into_iter().collect()),
            Some(Json::List(list)) if (1..=MAX_STATEMENTS).contains(&list.len()) => {
                let statement = |(index, json)| self.statement(json, index, &at.index(index));
                Some(list.iter().enumerate().filter_map(statement).collect())
            }
            Some(Json::List(list)) => {
                self.findings.syntax(&at, format!("{} statements", list.len()));
                None
            }
            Some(other) => {
                self.findings.syntax(&at, format!("{} instead of a statement", other.kind()));
                None
            }
            None => {
                self.findings.syntax(&at, "a policy without statements");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
