//! What the real validator says of a body that does not satisfy its model.
//!
//! It asks the keywords of a schema in the order of their names, `format` at last, and looks into an object or array only
//! while nothing was wrong yet, keys in their order. `allOf` and its like say only that they failed.

use std::fmt::Write;

use gatehouse_sort::{sort, sort_by};

use crate::json::{Kind, Value};
use crate::number::Number;
use crate::schema::{Bound, Combined, ListRules, MapRules, NumberRules, Rest, Schema, SchemaId, TextRules, Types};
use crate::text;
use crate::validate::{Check, is_within, item_schema};
use crate::{MESSAGES_LIMIT, Models};

/// What is wrong with a value that does not satisfy a schema.
pub(crate) fn messages(models: &Models, schema: SchemaId, value: Value<'_>, length: usize) -> Vec<String> {
    let mut report = Report { models, check: Check::new(models, length), messages: Vec::new(), length: 0 };
    report.process(schema, value, 0);
    report.messages
}

struct Report<'m> {
    models: &'m Models,
    check: Check<'m>,
    messages: Vec<String>,
    length: usize,
}

impl Report<'_> {
    fn say(&mut self, mut message: String) {
        let left = MESSAGES_LIMIT.saturating_sub(self.length);
        if left == 0 {
            return;
        }
        message.truncate(boundary(&message, left));
        self.length += message.len() + 2;
        self.messages.push(message);
    }

    fn is_full(&self) -> bool {
        self.length >= MESSAGES_LIMIT || self.check.is_exhausted()
    }

    fn process(&mut self, id: SchemaId, value: Value<'_>, nesting: usize) {
        // Whoever is behind many of the same schemas was asked before, and counted.
        let Some(schema) = self.models.schema(id).filter(|_| !self.is_full()) else { return };
        self.keywords(schema, value, nesting);
        if !self.messages.is_empty() {
            return;
        }
        match (&schema.list, &schema.map) {
            (Some(rules), _) if value.kind() == Kind::List => {
                for (number, item) in value.items().enumerate() {
                    if let Some(schema) = item_schema(rules, number).filter(|_| !self.is_full()) {
                        self.process(schema, item, nesting + 1);
                    }
                }
            }
            (_, Some(rules)) if value.kind() == Kind::Map => self.properties(rules, value, nesting),
            _ => {}
        }
    }

    fn properties(&mut self, rules: &MapRules, map: Value<'_>, nesting: usize) {
        let mut entries: Vec<_> = map.entries().collect();
        sort_by(&mut entries, |(one, _), (other, _)| one.cmp(other));
        for (key, value) in entries {
            if self.is_full() {
                return;
            }
            let mut schemas: Vec<SchemaId> =
                rules.find(key, &mut 0).and_then(|property| property.schema).into_iter().collect();
            let patterns = rules.patterns.iter().filter(|(pattern, _)| self.check.matches(pattern, key));
            schemas.extend(patterns.map(|(_, schema)| *schema));
            if let (true, Rest::Each(schema)) = (schemas.is_empty(), rules.rest) {
                schemas.push(schema);
            }
            schemas.into_iter().for_each(|schema| self.process(schema, value, nesting + 1));
        }
    }

    /// The keywords of a schema, in the order of their names: which of them apply to a value of this kind.
    fn keywords(&mut self, schema: &Schema, value: Value<'_>, nesting: usize) {
        let kind = value.kind();
        let list = schema.list.as_deref().filter(|_| kind == Kind::List);
        let map = schema.map.as_deref().filter(|_| kind == Kind::Map);
        let number = schema.number.as_deref().filter(|_| value.number().is_some());
        let text = schema.text.as_deref().filter(|_| value.text().is_some());
        let combined = schema.combined.as_deref();
        if let Some(rules) = list {
            self.additional_items(rules, value);
        }
        if let Some(rules) = map {
            self.additional_properties(rules, value);
        }
        if let Some(rules) = combined {
            self.all_and_any(rules, value, nesting);
        }
        if let Some(rules) = map {
            self.dependencies(rules, value, nesting);
        }
        if let Some(rules) = combined {
            self.values(rules, value);
        }
        if let Some(rules) = list {
            self.item_count(rules, value);
        }
        if let Some(rules) = text {
            self.text_length(rules, value);
        }
        if let Some(rules) = map {
            self.property_count(rules, value);
        }
        if let Some(rules) = number {
            self.number(rules, value);
        }
        if let Some(rules) = combined {
            self.not_and_one(rules, value, nesting);
        }
        if let Some(rules) = text {
            self.pattern(rules, value);
        }
        if let Some(rules) = map {
            self.required(rules, value);
        }
        if !schema.types.allow(kind) {
            let mut message = format!(
                "instance type ({}) does not match any allowed primitive type (allowed: ",
                Types::name_of(kind)
            );
            text::push_names(&mut message, schema.types.names());
            message.push(')');
            self.say(message);
        }
        if list.is_some_and(|rules| rules.unique && !self.check.are_unique(value)) {
            self.say("array must not contain duplicate elements".to_owned());
        }
        if let (Some(format), Some(text)) = (text.and_then(|rules| rules.format), value.text())
            && !format.holds(text)
        {
            self.say(format.message(text));
        }
    }

    fn additional_items(&mut self, rules: &ListRules, list: Value<'_>) {
        let (allowed, count) = (rules.first.len(), list.len());
        if rules.rest == Rest::Nothing && count > allowed {
            self.say(format!("schema only allows {allowed} elements in array but instance has {count} elements"));
        }
    }

    fn additional_properties(&mut self, rules: &MapRules, map: Value<'_>) {
        if rules.rest != Rest::Nothing {
            return;
        }
        let mut names = Vec::new();
        for (key, _) in map.entries() {
            let is_named = rules.find(key, &mut 0).is_some_and(|property| property.schema.is_some());
            if !is_named && !rules.patterns.iter().any(|(pattern, _)| self.check.matches(pattern, key)) {
                names.push(key);
            }
        }
        if !names.is_empty() {
            sort(&mut names);
            let mut message = "object instance has properties which are not allowed by the schema: ".to_owned();
            text::push_names(&mut message, names);
            self.say(message);
        }
    }

    fn all_and_any(&mut self, rules: &Combined, value: Value<'_>, nesting: usize) {
        let (all, any) = (rules.all_of.len(), rules.any_of.len());
        let matched = self.check.matching(&rules.all_of, value, nesting);
        if matched < all {
            self.say(format!("instance failed to match all required schemas (matched only {matched} out of {all})"));
        }
        if any > 0 && self.check.matching(&rules.any_of, value, nesting) == 0 {
            self.say(format!("instance failed to match at least one required schema among {any}"));
        }
    }

    fn not_and_one(&mut self, rules: &Combined, value: Value<'_>, nesting: usize) {
        if rules.not.is_some_and(|schema| self.check.valid(schema, value, nesting + 1)) {
            self.say("instance matched a schema which it should not have".to_owned());
        }
        let (one, matched) = (rules.one_of.len(), self.check.matching(&rules.one_of, value, nesting));
        if one > 0 && matched != 1 {
            self.say(format!("instance failed to match exactly one schema (matched {matched} out of {one})"));
        }
    }

    fn values(&mut self, rules: &Combined, value: Value<'_>) {
        let Some(values) = &rules.values else { return };
        if self.check.is_among(values, value) {
            return;
        }
        let mut message = "instance value (".to_owned();
        text::push(&mut message, value, MESSAGES_LIMIT);
        message.push_str(") not found in enum (possible values: ");
        if let Some(written) = self.models.documents.get(values.document) {
            let document = written.tape.document(&written.text);
            text::push(&mut message, document.root().at(values.list), 2 * MESSAGES_LIMIT);
        }
        message.push(')');
        self.say(message);
    }

    fn dependencies(&mut self, rules: &MapRules, map: Value<'_>, nesting: usize) {
        for (name, needed) in &rules.dependencies {
            let missing: Vec<&str> =
                needed.iter().map(|needed| &**needed).filter(|needed| !self.check.has(map, needed)).collect();
            if missing.is_empty() || !self.check.has(map, name) {
                continue;
            }
            let mut message =
                format!("property \"{name}\" of object has missing property dependencies (schema requires ");
            text::push_names(&mut message, needed.iter().map(|name| &**name));
            message.push_str("; missing: ");
            text::push_names(&mut message, missing);
            message.push(')');
            self.say(message);
        }
        for (name, schema) in &rules.schema_dependencies {
            if self.check.has(map, name) {
                self.process(*schema, map, nesting + 1);
            }
        }
    }

    fn item_count(&mut self, rules: &ListRules, list: Value<'_>) {
        let count = list.len();
        if let Some(max) = rules.max_items.filter(|max| count > *max) {
            self.say(format!("array is too long: must have at most {max} elements but instance has {count} elements"));
        }
        if let Some(min) = rules.min_items.filter(|min| count < *min) {
            self.say(format!(
                "array is too short: must have at least {min} elements but instance has {count} elements"
            ));
        }
    }

    fn text_length(&mut self, rules: &TextRules, value: Value<'_>) {
        let text = value.text().unwrap_or_default();
        let length = text.chars().count();
        if let Some(max) = rules.max_length.filter(|max| length > *max) {
            self.say(format!("string \"{}\" is too long (length: {length}, maximum allowed: {max})", short(text)));
        }
        if let Some(min) = rules.min_length.filter(|min| length < *min) {
            self.say(format!("string \"{}\" is too short (length: {length}, required minimum: {min})", short(text)));
        }
    }

    fn pattern(&mut self, rules: &TextRules, value: Value<'_>) {
        let text = value.text().unwrap_or_default();
        if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
            self.say(format!("ECMA 262 regex \"{}\" does not match input string \"{}\"", pattern.source, short(text)));
        }
    }

    fn property_count(&mut self, rules: &MapRules, map: Value<'_>) {
        let count = map.len();
        if let Some(max) = rules.max_properties.filter(|max| count > *max) {
            self.say(format!("object has too many properties (found {count} but schema requires at most {max})"));
        }
        if let Some(min) = rules.min_properties.filter(|min| count < *min) {
            self.say(format!("object has too few properties (found {count} but schema requires at least {min})"));
        }
    }

    fn number(&mut self, rules: &NumberRules, value: Value<'_>) {
        let text = value.number().unwrap_or_default();
        if let Some(bound) = rules.maximum.as_ref().filter(|bound| !is_within(bound, text, false)) {
            self.beyond(
                bound,
                text,
                [
                    "numeric instance is greater than the required maximum (maximum: ",
                    "numeric instance is not strictly lower than the required maximum ",
                ],
            );
        }
        if let Some(bound) = rules.minimum.as_ref().filter(|bound| !is_within(bound, text, true)) {
            self.beyond(
                bound,
                text,
                [
                    "numeric instance is lower than the required minimum (minimum: ",
                    "numeric instance is not strictly greater than the required minimum ",
                ],
            );
        }
        if let Some((divisor, _)) =
            rules.multiple_of.as_ref().filter(|(_, divisor)| !divisor.divides(&Number::read(text)))
        {
            self.say(format!("remainder of division is not zero ({} / {})", printed(text), printed(divisor)));
        }
    }

    /// A number on the wrong side of a limit, or on it.
    fn beyond(&mut self, bound: &Bound, text: &str, [beyond, on]: [&str; 2]) {
        let is_on = Number::read(text).compare(&Number::read(&bound.text)).is_eq();
        let limit = printed(&bound.text);
        self.say(if is_on { format!("{on}{limit}") } else { format!("{beyond}{limit}, found: {})", printed(text)) });
    }

    fn required(&mut self, rules: &MapRules, map: Value<'_>) {
        let is_there = |name: &str| map.get(name).is_some();
        let required = rules.properties.iter().filter(|property| property.required).map(|property| &*property.name);
        let mut missing: Vec<&str> = required.filter(|name| !is_there(name)).collect();
        if !missing.is_empty() {
            sort(&mut missing);
            let mut message = String::new();
            let _ = write!(message, "object has missing required properties (");
            text::push_names(&mut message, missing);
            message.push(')');
            self.say(message);
        }
    }
}

/// As messages print a number.
fn printed(text: &str) -> String {
    let mut out = String::new();
    Number::read(text.get(..MESSAGES_LIMIT.min(text.len())).unwrap_or_default()).push_to(&mut out);
    out
}

/// As much of a text as there is room for.
fn short(text: &str) -> &str {
    text.get(..boundary(text, MESSAGES_LIMIT)).unwrap_or_default()
}

/// The last place at which a text can be cut so that at most so many bytes are left.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}
