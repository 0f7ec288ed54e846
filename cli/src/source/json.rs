//! JSON, strictly: no comments, no trailing commas, no key twice with two values.

use jsonc_parser::ast::{Object, Value as Json};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::tree::{At, Entry, Tree, Value};
use super::{FileId, MAX_DEPTH};
use crate::finding::Finding;

const STRICT: ParseOptions = ParseOptions {
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

/// Why a text gives no tree.
pub(super) enum Refused {
    /// It is not JSON; it may be YAML all the same.
    NotJson(Finding),
    /// It is, and says what can't be.
    Wrong(Vec<Finding>),
}

/// Parses a JSON document.
pub(super) fn parse(file: FileId, text: &str) -> Result<Tree, Refused> {
    let mut reader = Reader { file, findings: Vec::new() };
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &STRICT);
    let value = parsed.map_err(|error| Refused::NotJson(reader.malformed(&error, text)))?.value;
    let Some(value) = value else {
        return Err(Refused::Wrong(vec![Finding::error(None, "the document is empty")]));
    };
    let tree = reader.tree(&value, 0);
    if reader.findings.is_empty() { Ok(tree) } else { Err(Refused::Wrong(reader.findings)) }
}

struct Reader {
    file: FileId,
    findings: Vec<Finding>,
}

impl Reader {
    fn tree(&mut self, json: &Json<'_>, depth: usize) -> Tree {
        let at = self.at(json.range());
        if depth > MAX_DEPTH {
            self.findings.push(Finding::error(at, format!("nested too deep: {MAX_DEPTH} levels are allowed")));
            return Tree { value: Value::Null, at };
        }
        let value = match json {
            Json::NullKeyword(_) => Value::Null,
            Json::BooleanLit(literal) => Value::Bool(literal.value),
            Json::NumberLit(literal) => self.number(literal.value, at),
            Json::StringLit(literal) => Value::String(literal.value.to_string()),
            Json::Array(array) => Value::List(array.elements.iter().map(|item| self.tree(item, depth + 1)).collect()),
            Json::Object(object) => self.map(object, depth),
        };
        Tree { value, at }
    }

    fn map(&mut self, object: &Object<'_>, depth: usize) -> Value {
        let mut entries = super::tree::Entries::default();
        for property in &object.properties {
            let key = property.name.as_str().to_owned();
            let value = self.tree(&property.value, depth + 1);
            let entry = Entry { key, at: self.at(property.name.range()), value };
            self.findings.extend(entries.push_written(entry).err());
        }
        entries.into_value()
    }

    fn number(&mut self, text: &str, at: At) -> Value {
        match serde_json::from_str(text) {
            Ok(number) => Value::Number(number),
            Err(_) => {
                self.findings.push(Finding::error(at, format!("`{text}` is no number that JSON can hold")));
                Value::Null
            }
        }
    }

    fn malformed(&self, error: &ParseError, text: &str) -> Finding {
        let at = self.at(error.range());
        // An end that is missing is missing at the end, not where the bracket is.
        let kind = error.kind().to_string();
        let message = format!("this is not JSON: {}", lower_first(&kind));
        let finding = Finding::error(at, message);
        match kind.starts_with("Unterminated") {
            true => finding.also(self.last(text), "the file ends here"),
            false => finding,
        }
    }

    /// The last character that is to be seen.
    fn last(&self, text: &str) -> At {
        let end = text.trim_end().len();
        let width = text.trim_end().chars().next_back().map_or(0, char::len_utf8);
        At { file: self.file, start: end - width, end }
    }

    fn at(&self, range: Range) -> At {
        At { file: self.file, start: range.start, end: range.end }
    }
}

/// The parser's sentences as the rest of ours.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
