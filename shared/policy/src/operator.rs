//! The names of condition operators: `ForAnyValue:StringNotLikeIfExists` and the like, in exactly this spelling.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// An operator with its prefix and its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) comparison: Comparison,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
}

/// What is asked of the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// There is one, and it is compared.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// How a value is compared, negation apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// How two values must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// The operator with this name, if there is one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
            None => (Quantifier::Single, name),
        };
        let (if_exists, name) = name.strip_suffix("IfExists").map_or((false, name), |name| (true, name));
        let (comparison, negated) = comparison(name)?;
        // Whether a key exists cannot be asked of keys that exist.
        let sensible = !(if_exists && comparison == Comparison::Null);
        sensible.then_some(Self { quantifier, comparison, negated, if_exists })
    }

    /// Whether it has neither `ForAllValues` nor `ForAnyValue`.
    pub(crate) fn is_single(self) -> bool {
        self.quantifier == Quantifier::Single
    }

    /// Whether values may hold variables: those that compare texts, and booleans.
    pub(crate) fn allows_variables(self) -> bool {
        match self.comparison {
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike => true,
            Comparison::Arn | Comparison::Bool => true,
            Comparison::Numeric(_) | Comparison::Date(_) | Comparison::Binary => false,
            Comparison::Ip | Comparison::Null => false,
        }
    }
}

fn comparison(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "StringEquals" => (Comparison::StringEquals, false),
        "StringNotEquals" => (Comparison::StringEquals, true),
        "StringEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, true),
        "StringLike" => (Comparison::StringLike, false),
        "StringNotLike" => (Comparison::StringLike, true),
        "Bool" => (Comparison::Bool, false),
        "BinaryEquals" => (Comparison::Binary, false),
        "IpAddress" => (Comparison::Ip, false),
        "NotIpAddress" => (Comparison::Ip, true),
        // The two spellings mean the same.
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Null" => (Comparison::Null, false),
        _ => {
            let (order, negated) = order(name.strip_prefix("Numeric").or_else(|| name.strip_prefix("Date"))?)?;
            let numeric = name.starts_with("Numeric");
            (if numeric { Comparison::Numeric(order) } else { Comparison::Date(order) }, negated)
        }
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}

impl Order {
    /// Whether two values lie this way.
    pub(crate) fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Order::Equal => left == right,
            Order::Less => left < right,
            Order::LessOrEqual => left <= right,
            Order::Greater => left > right,
            Order::GreaterOrEqual => left >= right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_a_prefix_a_comparison_and_a_suffix() {
        let operator =
            |quantifier, comparison, negated, if_exists| Some(Operator { quantifier, comparison, negated, if_exists });
        for (name, expected) in [
            ("StringEquals", operator(Quantifier::Single, Comparison::StringEquals, false, false)),
            ("StringNotLikeIfExists", operator(Quantifier::Single, Comparison::StringLike, true, true)),
            ("ForAnyValue:ArnNotEquals", operator(Quantifier::Any, Comparison::Arn, true, false)),
            ("ForAllValues:NumericLessThanEquals", {
                operator(Quantifier::All, Comparison::Numeric(Order::LessOrEqual), false, false)
            }),
            ("DateNotEqualsIfExists", operator(Quantifier::Single, Comparison::Date(Order::Equal), true, true)),
            ("ForAllValues:Null", operator(Quantifier::All, Comparison::Null, false, false)),
        ] {
            assert_eq!(Operator::parse(name), expected, "{name}");
        }
    }

    #[test]
    fn any_other_spelling_is_no_operator() {
        for name in [
            "",
            "stringEquals",
            "StringEqualsifexists",
            "NullIfExists",
            "ForAllValues:NullIfExists",
            "BoolNotEquals",
            "ForAnyValue::StringEquals",
            "forAnyValue:StringEquals",
            "ForAnyValue:",
            "IfExists",
            "Numeric",
            "DateLike",
            "NumericNotLessThan",
            "BinaryNotEquals",
            "StringEqualsIfExistsIfExists",
            "ForAnyValue:ForAnyValue:Bool",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
