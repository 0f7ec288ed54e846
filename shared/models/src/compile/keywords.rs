//! The keywords of draft 4, checked as the real validator checks a model's syntax. Others mean nothing to it.
//!
//! <https://json-schema.org/draft-04/json-schema-validation>

use gatehouse_sort::sort;

use super::{At, Compiler};
use crate::format::Format;
use crate::json::Kind;
use crate::number::{Divisor, Number};
use crate::pattern::Pattern;
use crate::schema::{
    Bound, Combined, ListRules, MapRules, NumberRules, Property, Rest, Schema, SchemaId, TextRules, Types, Values,
};

/// A count beyond this is too large for the real validator too.
const MAX_COUNT: usize = 0x7fff_ffff;

impl Compiler<'_> {
    /// The schema at a place that refers to nothing.
    pub(super) fn schema(&mut self, at: At) -> Schema {
        self.draft(at);
        Schema {
            types: self.types(at),
            number: self.if_any(
                at,
                &["maximum", "minimum", "multipleOf", "exclusiveMaximum", "exclusiveMinimum"],
                Self::number_rules,
            ),
            text: self.if_any(at, &["maxLength", "minLength", "pattern", "format"], Self::text_rules),
            list: self.if_any(
                at,
                &["maxItems", "minItems", "uniqueItems", "items", "additionalItems"],
                Self::list_rules,
            ),
            map: self.if_any(
                at,
                &[
                    "maxProperties",
                    "minProperties",
                    "properties",
                    "required",
                    "patternProperties",
                    "additionalProperties",
                    "dependencies",
                ],
                Self::map_rules,
            ),
            combined: self.if_any(at, &["allOf", "anyOf", "oneOf", "not", "enum"], Self::combined),
        }
    }

    fn if_any<T>(&mut self, at: At, keywords: &[&str], then: fn(&mut Self, At) -> T) -> Option<Box<T>> {
        keywords.iter().any(|keyword| self.get(at, keyword).is_some()).then(|| Box::new(then(self, at)))
    }

    /// Draft 3 says other things with the same words.
    fn draft(&mut self, at: At) {
        if let Some(schema) = self.get(at, "$schema") {
            match self.text(schema) {
                Some(draft) if draft.contains("draft-03") => {
                    self.fail(
                        schema,
                        format!("`{draft}` is not served: draft 4 is, `http://json-schema.org/draft-04/schema#`"),
                    );
                }
                Some(_) => {}
                None => self.expected(schema, "the address of a draft"),
            }
        }
    }

    fn expected(&mut self, at: At, what: &str) {
        let message = format!("{} where {what} is expected", self.written(at));
        self.fail(at, message);
    }

    fn types(&mut self, at: At) -> Types {
        const EXPECTED: &str =
            "`array`, `boolean`, `integer`, `null`, `number`, `object`, `string` or a list of some of them, each once";
        let Some(at) = self.get(at, "type") else { return Types::ALL };
        let names = match self.kind(at) {
            Kind::List => self.items(at),
            _ => vec![at],
        };
        let mut types = Types(0);
        let mut known: Vec<String> = Vec::new();
        for name in &names {
            let text = self.text(*name).filter(|text| !known.contains(text));
            match text.as_deref().and_then(Types::named) {
                Some(bits) => types.0 |= bits,
                None => self.expected(*name, EXPECTED),
            }
            known.extend(text);
        }
        if names.is_empty() {
            self.expected(at, EXPECTED);
        }
        types
    }

    fn number_rules(&mut self, at: At) -> NumberRules {
        NumberRules {
            maximum: self.bound(at, "maximum", "exclusiveMaximum"),
            minimum: self.bound(at, "minimum", "exclusiveMinimum"),
            multiple_of: self.multiple_of(at),
        }
    }

    fn number(&mut self, at: At) -> Option<Box<str>> {
        let text: Option<Box<str>> = self.with(at, |value| value.number().map(Into::into)).flatten();
        if text.is_none() {
            self.expected(at, "a number");
        }
        // `10.0` is a whole number to the real validator's limits, and printed so.
        let text = text?;
        let small = Number::read(&text).small().map(|small| small.to_string().into());
        Some(small.unwrap_or(text))
    }

    fn bound(&mut self, at: At, keyword: &str, exclusive: &str) -> Option<Bound> {
        let flag = self.get(at, exclusive);
        if let Some(flag) = flag {
            match (self.kind(flag), self.get(at, keyword)) {
                (Kind::True | Kind::False, Some(_)) => {}
                (Kind::True | Kind::False, None) => self.fail(flag, format!("`{exclusive}` without `{keyword}`")),
                _ => self.expected(flag, &format!("`true` or `false`, beside `{keyword}`,")),
            }
        }
        let limit = self.get(at, keyword)?;
        let text = self.number(limit)?;
        let small = text.parse().ok();
        Some(Bound { text, small, exclusive: flag.is_some_and(|flag| self.kind(flag) == Kind::True) })
    }

    fn multiple_of(&mut self, at: At) -> Option<(Box<str>, Divisor)> {
        let at = self.get(at, "multipleOf")?;
        let text = self.number(at)?;
        let number = Number::read(&text);
        if number.is_zero() || number.is_negative() {
            self.expected(at, "a number above 0");
            return None;
        }
        let divisor = Divisor::new(&number);
        if divisor.is_none() {
            self.fail(at, format!("`{text}` has more than 18 digits: multiples of it are not served"));
        }
        Some((text, divisor?))
    }

    fn count(&mut self, at: At, keyword: &str) -> Option<usize> {
        let at = self.get(at, keyword)?;
        let text = self.with(at, |value| value.number().map(str::to_owned)).flatten();
        let count = text.and_then(|text| text.parse::<usize>().ok()).filter(|count| *count <= MAX_COUNT);
        if count.is_none() {
            self.expected(at, &format!("a whole number from 0 to {MAX_COUNT}"));
        }
        count
    }

    fn boolean(&mut self, at: At, keyword: &str) -> bool {
        let Some(at) = self.get(at, keyword) else { return false };
        let kind = self.kind(at);
        if !matches!(kind, Kind::True | Kind::False) {
            self.expected(at, "`true` or `false`");
        }
        kind == Kind::True
    }

    fn text_rules(&mut self, at: At) -> TextRules {
        let pattern = self.get(at, "pattern").and_then(|at| {
            let text = self.text(at);
            if text.is_none() {
                self.expected(at, "a regular expression");
            }
            self.pattern(at, &text?)
        });
        let format = self.get(at, "format").and_then(|at| {
            let name = self.text(at);
            if name.is_none() {
                self.expected(at, "the name of a format");
            }
            Format::named(&name?)
        });
        TextRules { max_length: self.count(at, "maxLength"), min_length: self.count(at, "minLength"), pattern, format }
    }

    fn pattern(&mut self, at: At, text: &str) -> Option<Pattern> {
        Pattern::compile(text).map_err(|refused| self.fail(at, format!("`{text}` {refused}"))).ok()
    }

    fn list_rules(&mut self, at: At) -> ListRules {
        let further = self.rest(at, "additionalItems");
        let (first, rest) = match self.get(at, "items") {
            // `items` for all of them leaves no others.
            Some(items) if self.kind(items) == Kind::Map => {
                (Vec::new(), self.id(items).map_or(Rest::Anything, Rest::Each))
            }
            Some(items) if self.kind(items) == Kind::List => (self.schemas(items), further),
            Some(items) => {
                self.expected(items, "a schema or a list of schemas");
                (Vec::new(), Rest::Anything)
            }
            // Without `items`, the real validator takes a schema for additional ones for all.
            None => (Vec::new(), if further == Rest::Nothing { Rest::Anything } else { further }),
        };
        ListRules {
            max_items: self.count(at, "maxItems"),
            min_items: self.count(at, "minItems"),
            unique: self.boolean(at, "uniqueItems"),
            first,
            rest,
        }
    }

    /// `additionalItems` or `additionalProperties`.
    fn rest(&mut self, at: At, keyword: &str) -> Rest {
        let Some(at) = self.get(at, keyword) else { return Rest::Anything };
        match self.kind(at) {
            Kind::True => Rest::Anything,
            Kind::False => Rest::Nothing,
            Kind::Map => self.id(at).map_or(Rest::Anything, Rest::Each),
            _ => {
                self.expected(at, "`true`, `false` or a schema");
                Rest::Anything
            }
        }
    }

    /// A list of at least one schema.
    fn schemas(&mut self, at: At) -> Vec<SchemaId> {
        let items = self.items(at);
        if items.is_empty() {
            self.expected(at, "a list of at least one schema");
        }
        items.into_iter().filter_map(|item| self.id(item)).collect()
    }

    fn schemas_of(&mut self, at: At, keyword: &str) -> Vec<SchemaId> {
        self.get(at, keyword).map(|at| self.schemas(at)).unwrap_or_default()
    }

    fn map_rules(&mut self, at: At) -> MapRules {
        let mut rules = MapRules {
            max_properties: self.count(at, "maxProperties"),
            min_properties: self.count(at, "minProperties"),
            patterns: self.patterns(at),
            rest: self.rest(at, "additionalProperties"),
            ..MapRules::default()
        };
        for (name, schema) in self.map_of(at, "properties") {
            let schema = self.id(schema);
            rules.properties.push(Property { name: name.into(), schema, required: false });
        }
        for name in self.get(at, "required").map(|at| self.names(at)).unwrap_or_default() {
            match rules.properties.iter_mut().find(|property| *property.name == *name) {
                Some(property) => property.required = true,
                None => rules.properties.push(Property { name: name.into(), schema: None, required: true }),
            }
        }
        let mut dependencies = self.map_of(at, "dependencies");
        sort(&mut dependencies);
        for (name, dependency) in dependencies {
            match self.kind(dependency) {
                Kind::Map => rules.schema_dependencies.extend(self.id(dependency).map(|schema| (name.into(), schema))),
                _ => {
                    let mut needed: Vec<Box<str>> = self.names(dependency).into_iter().map(Into::into).collect();
                    sort(&mut needed);
                    rules.dependencies.push((name.into(), needed));
                }
            }
        }
        rules.order();
        rules
    }

    /// The entries of a keyword that is an object.
    fn map_of(&mut self, at: At, keyword: &str) -> Vec<(String, At)> {
        let Some(at) = self.get(at, keyword) else { return Vec::new() };
        if self.kind(at) != Kind::Map {
            self.expected(at, "an object");
        }
        self.entries(at)
    }

    /// A list of at least one name, each once.
    fn names(&mut self, at: At) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let items = self.items(at);
        for item in &items {
            names.extend(self.text(*item).filter(|name| !names.contains(name)));
        }
        if names.is_empty() || names.len() < items.len() {
            self.expected(at, "a list of at least one property's name, each once,");
        }
        names
    }

    fn patterns(&mut self, at: At) -> Vec<(Pattern, SchemaId)> {
        let mut entries = self.map_of(at, "patternProperties");
        sort(&mut entries);
        let mut patterns = Vec::new();
        for (text, schema) in entries {
            let id = self.id(schema);
            patterns.extend(self.pattern(schema, &text).zip(id));
        }
        patterns
    }

    fn combined(&mut self, at: At) -> Combined {
        Combined {
            all_of: self.schemas_of(at, "allOf"),
            any_of: self.schemas_of(at, "anyOf"),
            one_of: self.schemas_of(at, "oneOf"),
            not: self.get(at, "not").and_then(|at| self.id(at)),
            values: self.get(at, "enum").and_then(|at| self.values(at)),
        }
    }

    fn values(&mut self, at: At) -> Option<Values> {
        let are_unique = self.with(at, |list| list.kind() == Kind::List && crate::equality::all_differ(list));
        if are_unique != Some(true) {
            self.expected(at, "a list of values, each once,");
            return None;
        }
        Some(Values { document: at.document, list: at.index })
    }
}
