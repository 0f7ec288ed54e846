//! Reads JSON, strictly: no comments, no trailing commas, no key twice.

use std::collections::HashMap;

use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::value::{Entry, Kind, Value};
use super::{FileId, MAX_DEPTH, Span, scalar};
use crate::report::Diagnostic;

/// Reads a JSON text.
pub(super) fn parse(text: &str, file: FileId) -> Result<Value, Vec<Diagnostic>> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options);
    let value = parsed.map_err(|error| vec![malformed(&error, text, file)])?.value;
    let Some(value) = value else { return Err(vec![Diagnostic::error("the file is empty").at(file.start())]) };
    let mut reader = Reader { file, problems: Vec::new() };
    let value = reader.value(value, 1);
    if reader.problems.is_empty() { Ok(value) } else { Err(reader.problems) }
}

fn malformed(error: &ParseError, text: &str, file: FileId) -> Diagnostic {
    let range = error.range();
    let is_cut_off = match error.kind() {
        ParseErrorKind::UnterminatedObject | ParseErrorKind::UnterminatedArray => true,
        _ => text.get(range.start..).is_some_and(|rest| rest.trim().is_empty()),
    };
    let message = sentence(&error.kind().to_string());
    if !is_cut_off {
        return Diagnostic::error(format!("this is not JSON: {message}")).at(span(file, range));
    }
    let end = text.trim_end().len();
    let diagnostic = Diagnostic::error(format!("the JSON is cut off: {message}")).at(Span { file, start: end, end });
    match range.start < end {
        true => diagnostic.label(Span { file, start: range.start, end: range.start + 1 }, "opened here"),
        false => diagnostic,
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_ascii_lowercase().to_string() + characters.as_str()).unwrap_or_default()
}

fn span(file: FileId, range: Range) -> Span {
    Span { file, start: range.start, end: range.end }
}

struct Reader {
    file: FileId,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn value(&mut self, value: ast::Value<'_>, depth: usize) -> Value {
        let span = span(self.file, value.range());
        if depth > MAX_DEPTH {
            let message = format!("values are nested more than {MAX_DEPTH} deep");
            self.problems.push(Diagnostic::error(message).at(Span { end: span.start, ..span }));
            return Value::new(Kind::Null, span);
        }
        let kind = match value {
            ast::Value::NullKeyword(_) => Kind::Null,
            ast::Value::BooleanLit(literal) => Kind::Bool(literal.value),
            ast::Value::StringLit(literal) => Kind::String(literal.value.into_owned()),
            ast::Value::NumberLit(literal) => match scalar::number(literal.value) {
                Some(number) => Kind::Number(number),
                // Too long to be a number without losing digits.
                None => Kind::String(literal.value.to_owned()),
            },
            ast::Value::Array(array) => {
                Kind::List(array.elements.into_iter().map(|item| self.value(item, depth + 1)).collect())
            }
            ast::Value::Object(object) => self.map(object, depth),
        };
        Value::new(kind, span)
    }

    fn map(&mut self, object: ast::Object<'_>, depth: usize) -> Kind {
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut entries = Vec::with_capacity(object.properties.len());
        for property in object.properties {
            let key_span = span(self.file, property.name.range());
            let key = match property.name {
                ObjectPropName::String(literal) => literal.value.into_owned(),
                ObjectPropName::Word(word) => word.value.to_owned(),
            };
            match seen.get(&key) {
                Some(first) => self.problems.push(Diagnostic::duplicate(&key, key_span, *first)),
                None => {
                    seen.insert(key.clone(), key_span);
                }
            }
            let value = self.value(property.value, depth + 1);
            entries.push(Entry { key, key_span, value });
        }
        Kind::Map(entries)
    }
}
