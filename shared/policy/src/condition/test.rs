//! The values of a condition, compiled for their operator.

use crate::arn::{Arn, ArnPattern};
use crate::binary;
use crate::context::{RequestContext, Typed, Value, boolean};
use crate::decimal::Decimal;
use crate::glob::Glob;
use crate::instant::Instant;
use crate::ip::{Ip, IpRange};
use crate::operator::{Comparison, Operator, Order};
use crate::template::{Pattern, same_ignoring_case};
use crate::text_pattern::{Syntax, Variable};
use crate::truth::Truth;

/// What a key's value is compared with: one of these must match.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Texts and patterns: `StringEquals` has no wildcards in it.
    String(Box<[Pattern]>),
    IgnoringCase(Box<[Pattern]>),
    Numeric(Order, Box<[Decimal]>),
    Date(Order, Box<[Instant]>),
    /// A boolean, or a variable that is one.
    Bool(Box<[Result<bool, Pattern>]>),
    Binary(Box<[Box<[u8]>]>),
    Ip(Box<[IpRange]>),
    Arn(Box<[ArnPattern]>),
    /// Whether the key may be null.
    Null(Box<[bool]>),
}

/// Why a value cannot be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadValue {
    /// What IAM's legacy parsing does not take, as a clause.
    Legacy(&'static str),
    /// A syntax error, as a clause.
    Syntax(&'static str),
}

impl From<&'static str> for BadValue {
    fn from(why: &'static str) -> Self {
        BadValue::Syntax(why)
    }
}

impl Test {
    /// Compiles values.
    ///
    /// # Errors
    /// The place of the first value that the operator cannot compare with, and why.
    pub(crate) fn new(operator: Operator, values: &[&str], variables: bool) -> Result<Self, (usize, BadValue)> {
        let syntax = Syntax { wildcards: operator.comparison == Comparison::StringLike, variables };
        let text = |text: &str| Ok(Pattern::new(text, syntax)?);
        Ok(match operator.comparison {
            Comparison::StringEquals | Comparison::StringLike => Test::String(each(values, text)?),
            Comparison::StringEqualsIgnoreCase => Test::IgnoringCase(each(values, text)?),
            Comparison::Numeric(order) => {
                Test::Numeric(order, each(values, |text| Decimal::parse(text).ok_or(BadValue::Legacy("not a number")))?)
            }
            Comparison::Date(order) => {
                Test::Date(order, each(values, |text| Instant::parse(text).ok_or(BadValue::Legacy("not a date")))?)
            }
            Comparison::Bool => Test::Bool(each(values, |text| boolean_or_variable(text, syntax))?),
            Comparison::Binary => Test::Binary(each(values, bytes)?),
            Comparison::Ip => {
                let none = BadValue::Legacy("not an address or a range of them");
                Test::Ip(each(values, |text| IpRange::parse(text).ok_or_else(|| none.clone()))?)
            }
            Comparison::Arn => Test::Arn(each(values, |text| Ok(ArnPattern::new(text, variables)?))?),
            Comparison::Null => Test::Null(each(values, |text| Ok(boolean(text).ok_or("neither true nor false")?))?),
        })
    }

    /// The first value of an ARN operator that is no ARN. Only IAM is known to refuse it.
    pub(crate) fn not_an_arn(&self) -> Option<usize> {
        match self {
            Test::Arn(patterns) => patterns.iter().position(|pattern| matches!(pattern, ArnPattern::Malformed)),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Test::String(values) | Test::IgnoringCase(values) => values.is_empty(),
            Test::Numeric(_, values) => values.is_empty(),
            Test::Date(_, values) => values.is_empty(),
            Test::Bool(values) => values.is_empty(),
            Test::Binary(values) => values.is_empty(),
            Test::Ip(values) => values.is_empty(),
            Test::Arn(values) => values.is_empty(),
            Test::Null(values) => values.is_empty(),
        }
    }

    /// The variables in it.
    pub(crate) fn for_each_variable(&self, read: &mut impl FnMut(&Variable)) {
        match self {
            Test::String(patterns) | Test::IgnoringCase(patterns) => {
                patterns.iter().flat_map(Pattern::variables).for_each(read);
            }
            Test::Bool(values) => {
                values.iter().filter_map(|value| value.as_ref().err()).flat_map(Pattern::variables).for_each(read);
            }
            Test::Arn(patterns) => patterns.iter().flat_map(ArnPattern::variables).for_each(read),
            Test::Numeric(..) | Test::Date(..) | Test::Binary(_) | Test::Ip(_) | Test::Null(_) => {}
        }
    }

    /// The patterns in it.
    pub(crate) fn patterns(&self) -> Vec<&Pattern> {
        match self {
            Test::String(patterns) | Test::IgnoringCase(patterns) => patterns.iter().collect(),
            Test::Arn(patterns) => patterns.iter().filter_map(ArnPattern::last).collect(),
            Test::Numeric(..) | Test::Date(..) | Test::Bool(_) | Test::Binary(_) | Test::Ip(_) | Test::Null(_) => {
                Vec::new()
            }
        }
    }

    /// Whether a value matches one of these, or, negated, none. The operators of most conditions are asked first.
    #[inline]
    pub(crate) fn holds(&self, value: &Value<'_>, negated: bool, context: &RequestContext<'_>) -> Truth {
        match (self, &value.typed) {
            (Test::String(patterns), _) => {
                let text = context.text(value);
                any(patterns, |pattern| pattern.matches(text, context)).not_if(negated)
            }
            (Test::Ip(ranges), Typed::Ip(ip)) => any(ranges, |range| range.contains(*ip).into()).not_if(negated),
            _ => self.hold(value, negated, context),
        }
    }

    #[inline(never)]
    fn hold(&self, value: &Value<'_>, negated: bool, context: &RequestContext<'_>) -> Truth {
        match self {
            Test::IgnoringCase(patterns) => {
                let text = context.text(value);
                any(patterns, |pattern| ignoring_case(pattern, text, context).into()).not_if(negated)
            }
            Test::Numeric(order, numbers) => match Decimal::parse(context.text(value)) {
                Some(number) => any(numbers, |other| order.holds(&number, other).into()).not_if(negated),
                None => Truth::Unknown,
            },
            Test::Date(order, dates) => match date(value, context) {
                Some(date) => any(dates, |other| order.holds(&date, other).into()).not_if(negated),
                None => Truth::Unknown,
            },
            // What is not a boolean is neither true nor false.
            Test::Bool(booleans) => match truth_value(value, context) {
                Some(value) => any(booleans, |other| (self::resolve(other, context) == Some(value)).into()),
                None => Truth::No,
            },
            Test::Binary(values) => any_bytes(values, context.text(value)).not_if(negated),
            Test::Ip(ranges) => match ip(value, context) {
                Some(ip) => any(ranges, |range| range.contains(ip).into()).not_if(negated),
                // What is no address lies in no range; that it therefore lies outside of them opens no door.
                None if negated => Truth::Unknown,
                None => Truth::No,
            },
            // What is no ARN matches no ARN operator, not even a negated one.
            Test::Arn(patterns) => match Arn::parse(context.text(value)) {
                Some(arn) => any(patterns, |pattern| pattern.matches(&arn, context)).not_if(negated),
                None => Truth::No,
            },
            // Compared by `holds`; asked of the key, not of its values.
            Test::String(_) | Test::Null(_) => Truth::Unknown,
        }
    }
}

/// Whether one matches. One value is the usual case.
#[inline]
fn any<T>(values: &[T], matches: impl Fn(&T) -> Truth) -> Truth {
    match values {
        [value] => matches(value),
        values => any_of_several(values, matches),
    }
}

#[inline(never)]
fn any_of_several<T>(values: &[T], matches: impl Fn(&T) -> Truth) -> Truth {
    Truth::any(values.iter().map(matches))
}

fn each<T>(values: &[&str], new: impl Fn(&str) -> Result<T, BadValue>) -> Result<Box<[T]>, (usize, BadValue)> {
    values.iter().enumerate().map(|(at, text)| new(text).map_err(|why| (at, why))).collect()
}

fn boolean_or_variable(text: &str, syntax: Syntax) -> Result<Result<bool, Pattern>, BadValue> {
    if let Some(value) = boolean(text) {
        return Ok(Ok(value));
    }
    match Pattern::new(text, syntax)? {
        Pattern::Glob(_) => Err("neither true nor false".into()),
        variable @ Pattern::Template(_) => Ok(Err(variable)),
    }
}

/// The boolean that a value is, its variables replaced.
fn resolve(value: &Result<bool, Pattern>, context: &RequestContext<'_>) -> Option<bool> {
    match value {
        Ok(value) => Some(*value),
        Err(variable) => [true, false].into_iter().find(|value| {
            let text = if *value { "true" } else { "false" };
            ignoring_case(variable, text, context)
        }),
    }
}

fn bytes(text: &str) -> Result<Box<[u8]>, BadValue> {
    Ok(binary::decode(text).collect::<Option<_>>().ok_or("not base64")?)
}

/// Whether the text says one of these bytes. It is read to its end once, and again only for bytes that are as many.
fn any_bytes(values: &[Box<[u8]>], text: &str) -> Truth {
    let Some(length) = binary::decode(text).try_fold(0, |length, byte| byte.map(|_| length + 1_usize)) else {
        return Truth::Unknown;
    };
    let same = |bytes: &[u8]| binary::decode(text).eq(bytes.iter().copied().map(Some));
    values.iter().any(|bytes| bytes.len() == length && same(bytes)).into()
}

fn ignoring_case(pattern: &Pattern, text: &str, context: &RequestContext<'_>) -> bool {
    match pattern {
        Pattern::Glob(Glob::Exact(exact)) => same_ignoring_case(exact, text),
        // Never made: the operator has no wildcards.
        Pattern::Glob(_) => false,
        Pattern::Template(template) => template.equals_ignoring_case(text, context),
    }
}

fn date(value: &Value<'_>, context: &RequestContext<'_>) -> Option<Instant> {
    match value.typed {
        Typed::Date(instant) => Some(instant),
        Typed::Unread | Typed::Ip(_) | Typed::Bool(_) => Instant::parse(context.text(value)),
    }
}

fn truth_value(value: &Value<'_>, context: &RequestContext<'_>) -> Option<bool> {
    match value.typed {
        Typed::Bool(value) => Some(value),
        Typed::Unread | Typed::Ip(_) | Typed::Date(_) => boolean(context.text(value)),
    }
}

fn ip(value: &Value<'_>, context: &RequestContext<'_>) -> Option<Ip> {
    match value.typed {
        Typed::Ip(ip) => Some(ip),
        Typed::Unread | Typed::Bool(_) | Typed::Date(_) => Ip::parse(context.text(value)),
    }
}
