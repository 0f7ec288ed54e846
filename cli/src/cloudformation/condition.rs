//! Conditions: what `Fn::If` asks.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use super::function::{Resolver, function};
use crate::finding::Finding;
use crate::source::{At, MAX_DEPTH, Tree, Value};

impl Resolver<'_> {
    /// Whether the condition of this name holds: the template's, or a boolean among the given parameters.
    pub(super) fn condition(&mut self, name: &str, at: At, depth: usize) -> Result<bool, Finding> {
        if let Some(Tree { value: Value::Bool(given), .. }) = self.environment.given.and_then(|given| given.get(name)) {
            return Ok(*given);
        }
        match self.environment.condition(name) {
            Some(condition) => self.holds(condition, depth + 1),
            None => Err(Finding::error(at, format!("the condition `{name}` is not defined"))
                .help(format!("say in the deployment document whether it holds: `parameters: {{ {name}: true }}`"))),
        }
    }

    fn holds(&mut self, condition: &Tree, depth: usize) -> Result<bool, Finding> {
        if depth > MAX_DEPTH {
            return Err(Finding::error(condition.at, "the condition leads back to itself"));
        }
        self.count(1, condition.at)?;
        let Some((name, argument)) = function(condition) else {
            return match &condition.value {
                Value::Bool(value) => Ok(*value),
                _ => Err(Finding::error(condition.at, format!("{} where a condition is expected", condition.kind()))),
            };
        };
        match (name, argument.items(), argument.text()) {
            ("Condition", _, Some(name)) => self.condition(name, argument.at, depth + 1),
            ("Fn::Not", [inner], _) => self.holds(inner, depth + 1).map(|holds| !holds),
            ("Fn::And", [_, _, ..], _) => self.all(argument.items(), depth).map(|all| all.iter().all(|holds| *holds)),
            ("Fn::Or", [_, _, ..], _) => self.all(argument.items(), depth).map(|all| all.contains(&true)),
            ("Fn::Equals", [one, other], _) => {
                let (one, other) = (self.value(one, depth + 1)?, self.value(other, depth + 1)?);
                Ok(match (one.scalar(), other.scalar()) {
                    (Some(one), Some(other)) => one == other,
                    _ => one.node() == other.node(),
                })
            }
            _ => Err(Finding::error(condition.at, format!("`{name}` is no condition, or has other arguments"))),
        }
    }

    fn all(&mut self, conditions: &[Tree], depth: usize) -> Result<Vec<bool>, Finding> {
        conditions.iter().map(|condition| self.holds(condition, depth + 1)).collect()
    }
}
