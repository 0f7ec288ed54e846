//! Whether a value satisfies a schema: yes or no, without an allocation.
//!
//! Time is bounded: a step costs something, and a body has so many of them as it is long. Schemas that refer to themselves
//! in several ways would else take exponential time over a nested body.

use crate::equality::{all_differ, equal};
use crate::json::{Kind, Value};
use crate::number::{Number, compare_short};
use crate::schema::{Bound, Combined, ListRules, MapRules, NumberRules, Rest, SchemaId, TextRules, Values};
use crate::{MAX_DEPTH, Models};

/// What any body may cost, and each byte of it more.
const STEPS: usize = 5_000_000;
const STEPS_A_BYTE: usize = 64;

/// How deep schemas and values together may nest: the stack of a filter is small.
const MAX_NESTING: usize = 2 * MAX_DEPTH;

/// The validation of one body.
pub(crate) struct Check<'m> {
    models: &'m Models,
    left: usize,
    exhausted: bool,
}

impl<'m> Check<'m> {
    pub(crate) fn new(models: &'m Models, length: usize) -> Self {
        Self { models, left: STEPS + STEPS_A_BYTE * length, exhausted: false }
    }

    /// Whether the steps did not suffice: no answer means anything then.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    #[inline]
    fn pay(&mut self, steps: usize) -> bool {
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => self.exhausted = true,
        }
        !self.exhausted
    }

    /// Whether a value satisfies a schema.
    pub(crate) fn valid(&mut self, schema: SchemaId, value: Value<'_>, nesting: usize) -> bool {
        if nesting > MAX_NESTING {
            self.exhausted = true;
        }
        let Some(schema) = self.models.schema(schema).filter(|_| self.pay(1)) else { return false };
        let kind = value.kind();
        if !schema.types.allow(kind) {
            return false;
        }
        let of_kind = match kind {
            Kind::Text | Kind::Unescaped => {
                schema.text.as_deref().is_none_or(|rules| self.text(rules, value.text().unwrap_or_default()))
            }
            Kind::Integer | Kind::Decimal => {
                schema.number.as_deref().is_none_or(|rules| self.number(rules, value.number().unwrap_or_default()))
            }
            Kind::List => schema.list.as_deref().is_none_or(|rules| self.list(rules, value, nesting)),
            Kind::Map => schema.map.as_deref().is_none_or(|rules| self.map(rules, value, nesting)),
            Kind::Null | Kind::True | Kind::False | Kind::Overridden => true,
        };
        of_kind && schema.combined.as_deref().is_none_or(|rules| self.combined(rules, value, nesting))
    }

    fn text(&mut self, rules: &TextRules, text: &str) -> bool {
        rules.max_length.is_none_or(|max| !is_longer(text, max))
            && rules.min_length.is_none_or(|min| min == 0 || is_longer(text, min - 1))
            && rules.pattern.as_ref().is_none_or(|it| self.pay(text.len() * it.weight) && it.is_match(text))
            && rules.format.is_none_or(|format| self.pay(text.len()) && format.holds(text))
    }

    fn number(&mut self, rules: &NumberRules, text: &str) -> bool {
        self.pay(text.len() / 16)
            && rules.maximum.as_ref().is_none_or(|maximum| is_within(maximum, text, false))
            && rules.minimum.as_ref().is_none_or(|minimum| is_within(minimum, text, true))
            && rules.multiple_of.as_ref().is_none_or(|(_, divisor)| divisor.divides(&Number::read(text)))
    }

    fn list(&mut self, rules: &ListRules, list: Value<'_>, nesting: usize) -> bool {
        let count = list.len();
        if rules.max_items.is_some_and(|max| count > max)
            || rules.min_items.is_some_and(|min| count < min)
            || (rules.rest == Rest::Nothing && count > rules.first.len())
            || (rules.unique && !self.are_unique(list))
        {
            return false;
        }
        match (rules.first.as_slice(), rules.rest) {
            ([], Rest::Each(schema)) => list.items().all(|item| self.valid(schema, item, nesting + 1)),
            ([], Rest::Anything | Rest::Nothing) => true,
            (_, _) => list.items().enumerate().all(|(number, item)| {
                item_schema(rules, number).is_none_or(|schema| self.valid(schema, item, nesting + 1))
            }),
        }
    }

    pub(crate) fn are_unique(&mut self, list: Value<'_>) -> bool {
        self.pay(list.weight() * 8) && all_differ(list)
    }

    fn map(&mut self, rules: &MapRules, map: Value<'_>, nesting: usize) -> bool {
        if rules.max_properties.is_some_and(|max| map.len() > max)
            || rules.min_properties.is_some_and(|min| map.len() < min)
            || map.len() < rules.required
        {
            return false;
        }
        (!rules.looks_at_keys() || self.entries(rules, map, nesting))
            && rules
                .dependencies
                .iter()
                .all(|(name, needed)| !self.has(map, name) || needed.iter().all(|needed| self.has(map, needed)))
            && rules
                .schema_dependencies
                .iter()
                .all(|(name, schema)| !self.has(map, name) || self.valid(*schema, map, nesting + 1))
    }

    pub(crate) fn has(&mut self, map: Value<'_>, name: &str) -> bool {
        self.pay(map.len()) && map.get(name).is_some()
    }

    fn entries(&mut self, rules: &MapRules, map: Value<'_>, nesting: usize) -> bool {
        let (mut required, mut next) = (0, 0);
        for (key, value) in map.entries() {
            let mut is_described = false;
            if let Some(property) = rules.find(key, &mut next) {
                required += usize::from(property.required);
                if let Some(schema) = property.schema {
                    is_described = true;
                    if !self.valid(schema, value, nesting + 1) {
                        return false;
                    }
                }
            }
            for (pattern, schema) in &rules.patterns {
                if self.matches(pattern, key) {
                    is_described = true;
                    if !self.valid(*schema, value, nesting + 1) {
                        return false;
                    }
                }
            }
            match rules.rest {
                Rest::Nothing if !is_described => return false,
                Rest::Each(schema) if !is_described && !self.valid(schema, value, nesting + 1) => return false,
                _ => {}
            }
        }
        required == rules.required
    }

    pub(crate) fn matches(&mut self, pattern: &crate::pattern::Pattern, key: &str) -> bool {
        self.pay(1 + key.len() * pattern.weight) && pattern.is_match(key)
    }

    fn combined(&mut self, rules: &Combined, value: Value<'_>, nesting: usize) -> bool {
        rules.values.as_ref().is_none_or(|values| self.is_among(values, value))
            && rules.all_of.iter().all(|schema| self.valid(*schema, value, nesting + 1))
            && (rules.any_of.is_empty() || rules.any_of.iter().any(|schema| self.valid(*schema, value, nesting + 1)))
            && (rules.one_of.is_empty() || self.matching(&rules.one_of, value, nesting) == 1)
            && rules.not.is_none_or(|schema| !self.valid(schema, value, nesting + 1))
    }

    /// How many of several schemas a value satisfies.
    pub(crate) fn matching(&mut self, schemas: &[SchemaId], value: Value<'_>, nesting: usize) -> usize {
        schemas.iter().filter(|schema| self.valid(**schema, value, nesting + 1)).count()
    }

    /// Whether a value is one of an `enum`'s.
    pub(crate) fn is_among(&mut self, values: &Values, value: Value<'_>) -> bool {
        let Some(written) = self.models.documents.get(values.document) else { return false };
        let document = written.tape.document(&written.text);
        let list = document.root().at(values.list);
        self.pay(list.len() + value.weight()) && list.items().any(|one| equal(value, one))
    }
}

/// The schema of an item, if it has one.
pub(crate) fn item_schema(rules: &ListRules, number: usize) -> Option<SchemaId> {
    match (rules.first.get(number), rules.rest) {
        (Some(schema), _) => Some(*schema),
        (None, Rest::Each(schema)) => Some(schema),
        (None, Rest::Anything | Rest::Nothing) => None,
    }
}

/// Whether a text has more code points than so many; seldom must they be counted.
#[inline]
fn is_longer(text: &str, than: usize) -> bool {
    text.len() > than && (text.len() / 4 > than || text.chars().count() > than)
}

/// Whether a number is on the right side of a limit.
pub(crate) fn is_within(bound: &Bound, text: &str, is_minimum: bool) -> bool {
    let short = bound.small.and_then(|bound| compare_short(text, bound));
    let order = short.unwrap_or_else(|| Number::read(text).compare(&Number::read(&bound.text)));
    let order = if is_minimum { order.reverse() } else { order };
    order.is_lt() || (order.is_eq() && !bound.exclusive)
}
