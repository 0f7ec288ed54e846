//! A condition: an operator, a key, and the values to compare with.
//!
//! All conditions of a statement must hold. Of a condition's values one must match, or with a negated operator none.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>

mod test;

use crate::context::{RequestContext, Value};
use crate::key::Key;
use crate::operator::{Comparison, Operator, Quantifier};
use crate::truth::Truth;
pub(crate) use test::{BadValue, Test};

/// Whether an operator without prefix, on a key that has several values, compares any of them. It was told that it does
/// not match, negated or not; nowhere is it written.
const SINGLE_MATCHES_SEVERAL: bool = false;

/// Whether `ForAnyValue:…IfExists` holds of a key that is absent. The suffix says so, the prefix says not.
const ANY_IF_EXISTS_HOLDS_OF_NOTHING: bool = true;

/// Whether a key whose values are all empty strings is null. The documentation calls an empty string null.
const EMPTY_IS_NULL: bool = true;

/// One key of one operator of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: Key,
    pub(crate) test: Test,
    /// The operator as it was written, for explanations.
    pub(crate) written: Box<str>,
    /// Neither prefix, nor `Null`, nor an empty list: one value is simply compared.
    simple: bool,
}

impl Condition {
    pub(crate) fn new(operator: Operator, key: Key, test: Test, written: &str) -> Self {
        let simple = operator.is_single() && !test.is_empty() && !matches!(test, Test::Null(_));
        Self { operator, key, test, written: written.into(), simple }
    }

    /// Whether it holds of a request.
    #[inline]
    pub(crate) fn holds(&self, context: &RequestContext<'_>) -> Truth {
        match context.values(&self.key) {
            [value] if self.simple => self.compare(value, context),
            values => self.hold(values, context),
        }
    }

    fn hold(&self, values: &[Value<'_>], context: &RequestContext<'_>) -> Truth {
        match (self.operator.quantifier, &self.test) {
            (Quantifier::Single, Test::Null(wanted)) => wanted.contains(&is_null(values, context)).into(),
            // A list's values are never null; of no values everything holds, and nothing is one of them.
            (Quantifier::All, Test::Null(_)) => Truth::Yes,
            (Quantifier::Any, Test::Null(_)) => Truth::No,
            (_, test) if test.is_empty() => self.of_empty_list(values).into(),
            (Quantifier::Single, _) => self.single(values, context),
            (Quantifier::All, _) if is_null(values, context) => Truth::Yes,
            (Quantifier::All, _) => Truth::all(values.iter().map(|value| self.compare(value, context))),
            (Quantifier::Any, _) if values.is_empty() => {
                (self.operator.if_exists && ANY_IF_EXISTS_HOLDS_OF_NOTHING).into()
            }
            (Quantifier::Any, _) => Truth::any(values.iter().map(|value| self.compare(value, context))),
        }
    }

    fn single(&self, values: &[Value<'_>], context: &RequestContext<'_>) -> Truth {
        match values {
            [] => (self.operator.negated || self.operator.if_exists).into(),
            [value] => self.compare(value, context),
            several if SINGLE_MATCHES_SEVERAL => Truth::any(several.iter().map(|value| self.compare(value, context))),
            _ => Truth::No,
        }
    }

    #[inline]
    fn compare(&self, value: &Value<'_>, context: &RequestContext<'_>) -> Truth {
        self.test.holds(value, self.operator.negated, context)
    }

    /// A condition without values. <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>
    fn of_empty_list(&self, values: &[Value<'_>]) -> bool {
        match (self.operator.quantifier, self.operator.if_exists) {
            (Quantifier::Any, _) => false,
            (Quantifier::All, _) | (Quantifier::Single, true) => values.is_empty(),
            (Quantifier::Single, false) => self.operator.negated,
        }
    }

    /// Whether the key is one that has several values, and is compared as if it had one.
    pub(crate) fn lacks_qualifier(&self) -> bool {
        let several = matches!(self.key, Key::Global(key) if key.is_multivalued());
        several && self.operator.quantifier == Quantifier::Single && self.operator.comparison != Comparison::Null
    }
}

/// Whether there is no value, or none but empty ones.
fn is_null(values: &[Value<'_>], context: &RequestContext<'_>) -> bool {
    values.iter().all(|value| EMPTY_IS_NULL && context.text(value).is_empty())
}

#[cfg(test)]
mod tests;
