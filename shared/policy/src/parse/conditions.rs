//! `Condition`: operators, keys, values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Parser;
use crate::condition::{BadValue, Condition, Test};
use crate::invalid::{At, LEGACY, Rank};
use crate::json::Json;
use crate::key::{Key, lower};
use crate::operator::Operator;

impl Parser {
    /// The conditions of a statement.
    pub(super) fn conditions(&mut self, json: &Json<'_>, at: &At<'_>) -> Option<Vec<Condition>> {
        let Json::Map(operators) = json else {
            self.findings.syntax(at, format!("{} instead of an object", json.kind()));
            return None;
        };
        let mut conditions = Vec::new();
        for (name, body) in operators {
            let at = at.key(name);
            match body {
                Json::Map(keys) => self.operator(name, keys, &at, &mut conditions),
                other => self.findings.syntax(&at, format!("{} instead of an object", other.kind())),
            }
        }
        Some(conditions)
    }

    /// An operator without keys is no condition, whatever its name.
    fn operator(
        &mut self,
        name: &str,
        keys: &[(Cow<'_, str>, Json<'_>)],
        at: &At<'_>,
        conditions: &mut Vec<Condition>,
    ) {
        let Some(operator) = Operator::parse(name) else {
            if !keys.is_empty() {
                self.findings.syntax(at, "an unknown operator");
            }
            return;
        };
        self.check_spellings(keys, at);
        for (key, json) in keys {
            let at = at.key(key);
            let Some(values) = self.values(json, &at) else { continue };
            let variables = self.variables && operator.allows_variables();
            let test = Test::new(operator, &values, variables).and_then(|test| match test.not_an_arn() {
                Some(index) if self.kind.saved_by_iam() => Err((index, BadValue::Legacy("not an arn"))),
                _ => Ok(test),
            });
            match test {
                Ok(test) => conditions.push(Condition::new(operator, Key::new(key), test, name)),
                Err((index, why)) => {
                    let at = if matches!(json, Json::List(_)) { at.index(index) } else { at };
                    match why {
                        BadValue::Legacy(why) => self.findings.detailed(Rank::Legacy, &at, LEGACY, why),
                        BadValue::Syntax(why) => self.findings.syntax(&at, why),
                    }
                }
            }
        }
    }

    /// Key names differ in more than case.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>
    fn check_spellings(&mut self, keys: &[(Cow<'_, str>, Json<'_>)], at: &At<'_>) {
        let folded = |key: &str| key.chars().map(lower).collect::<String>();
        let mut seen = BTreeSet::new();
        for (key, _) in keys {
            if !seen.insert(folded(key)) {
                self.findings.syntax(&at.key(key), "the same key in another case");
            }
        }
    }

    /// A scalar or a list of them, in their string form.
    fn values<'j>(&mut self, json: &'j Json<'j>, at: &At<'_>) -> Option<Vec<&'j str>> {
        let Json::List(list) = json else {
            return match json.scalar() {
                Some(text) => Some(vec![text]),
                None => {
                    self.findings.syntax(at, format!("{} instead of a value", json.kind()));
                    None
                }
            };
        };
        let mut values = Vec::with_capacity(list.len());
        for (index, json) in list.iter().enumerate() {
            match json.scalar() {
                Some(text) => values.push(text),
                None => {
                    self.findings.syntax(&at.index(index), format!("{} instead of a value", json.kind()));
                    return None;
                }
            }
        }
        Some(values)
    }
}
