//! API Gateway's file format of API keys.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>

use std::collections::HashMap;

use crate::config::{ApiKey, Date};
use crate::digest::Digest;
use crate::invalid::{Findings, Invalid};

/// The columns that are read; all others are ignored. The last is not AWS's, whose service knows when it has read a file.
const COLUMNS: [&str; 6] = ["name", "key", "description", "enabled", "usageplanids", "createddate"];

/// The keys of a file.
#[derive(Debug, Default)]
pub struct Keys {
    /// Each once; the last one where a key stands several times.
    pub keys: Vec<ApiKey>,
    /// The line on which each begins, counted from 1.
    pub lines: Vec<usize>,
}

/// Reads a file of keys.
///
/// # Errors
/// What is wrong, line by line.
pub fn parse(text: &str) -> Result<Keys, Vec<Invalid>> {
    let mut findings = Findings::default();
    let mut rows = Rows { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let header = rows.next().unwrap_or_default();
    let columns = Columns::find(&header, &mut findings);
    let mut read = Keys::default();
    let mut known: HashMap<Digest, usize> = HashMap::new();
    for row in rows {
        let Some(columns) = &columns else { break };
        let Some(key) = columns.key(&row, header.fields.len(), &mut findings) else { continue };
        let digest = Digest::of(key.value.as_deref().unwrap_or_default().as_bytes());
        read.put(*known.entry(digest).or_insert(read.keys.len()), key, row.line);
    }
    findings.or(read)
}

impl Keys {
    /// Puts a key at its place, or behind all others.
    fn put(&mut self, at: usize, key: ApiKey, line: usize) {
        match (self.keys.get_mut(at), self.lines.get_mut(at)) {
            (Some(earlier), Some(its_line)) => (*earlier, *its_line) = (key, line),
            _ => {
                self.keys.push(key);
                self.lines.push(line);
            }
        }
    }
}

/// A line that is not empty.
#[derive(Debug, Default)]
struct Row {
    line: usize,
    fields: Vec<String>,
    is_unclosed: bool,
}

/// Where each of [`COLUMNS`] is.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn find(header: &Row, findings: &mut Findings) -> Option<Self> {
        let mut found = [None; COLUMNS.len()];
        for (at, field) in header.fields.iter().enumerate() {
            let name = field.trim().to_ascii_lowercase();
            let known = COLUMNS.iter().position(|column| *column == name).and_then(|column| found.get_mut(column));
            match known {
                Some(Some(_)) => findings.add("line 1", format!("the column `{}` stands twice", field.trim())),
                Some(slot) => *slot = Some(at),
                None => {}
            }
        }
        let [Some(_), Some(_), ..] = found else {
            findings.add(
                "line 1",
                "the columns `Name` and `Key` are needed, then any of `Description`, `Enabled` and `UsagePlanIds`",
            );
            return None;
        };
        Some(Self(found))
    }

    fn key(&self, row: &Row, columns: usize, findings: &mut Findings) -> Option<ApiKey> {
        let place = format!("line {}", row.line);
        if row.is_unclosed {
            findings.add(place, "a quote is not closed");
            return None;
        }
        // Spreadsheets end lines with commas that stand for nothing.
        let values = row.fields.iter().rposition(|field| !field.trim().is_empty()).map_or(0, |last| last + 1);
        if values > columns {
            findings.add(place, format!("{values} values for {columns} columns: put a value with commas into quotes"));
            return None;
        }
        let field = |at: Option<usize>| at.and_then(|at| row.fields.get(at)).map_or("", |field| field.trim());
        let [name, key, description, enabled, plans, created] = self.0.map(field);
        let Some(enabled) = boolean(enabled) else {
            findings.add(place, format!("`{enabled}` in `Enabled`: use `true` or `false`"));
            return None;
        };
        if let Err(wrong) = check_value(key) {
            findings.add(place, wrong);
            return None;
        }
        if name.chars().count() > MAX_NAME {
            findings.add(place, "invalid API key name, can be at most 1024 characters");
            return None;
        }
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(ApiKey {
            name: text(name),
            value: text(key),
            description: text(description),
            enabled,
            usage_plan_ids: plans.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            created_date: text(created).map(|text| text.parse().map_or(Date::Text(text), Date::Seconds)),
            ..ApiKey::default()
        })
    }
}

/// How many characters a key's name may have.
pub(crate) const MAX_NAME: usize = 1024;

/// Whether API Gateway would take this as a key's value. A header must be able to carry it.
pub(crate) fn check_value(value: &str) -> Result<(), String> {
    match value.chars().count() {
        ..20 => Err("API key value should be at least 20 characters: 20 to 128 are allowed".to_owned()),
        129.. => Err("API key value exceeds maximum size of 128 characters: 20 to 128 are allowed".to_owned()),
        _ if value.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(()),
        _ => Err("API key value has characters that no header can carry: use visible ASCII without blanks".to_owned()),
    }
}

/// Absent is true.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

struct Rows<'a> {
    rest: &'a str,
    line: usize,
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while !self.rest.is_empty() {
            let row = self.row();
            let is_blank = row.fields.iter().all(|field| field.trim().is_empty());
            if !is_blank || row.fields.len() > 1 || row.is_unclosed {
                return Some(row);
            }
        }
        None
    }
}

impl Rows<'_> {
    /// The next line, or several if a line break is between quotes.
    fn row(&mut self) -> Row {
        let mut row = Row { line: self.line, ..Row::default() };
        loop {
            let before = self.rest;
            let (field, is_unclosed) = self.field();
            row.fields.push(field);
            row.is_unclosed |= is_unclosed;
            let read = before.len() - self.rest.len();
            self.line += before.bytes().take(read).filter(|byte| *byte == b'\n').count();
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix(['\n', '\r'])) {
                self.rest = rest;
                self.line += 1;
            }
            return row;
        }
    }

    /// One value, up to the comma or the line's end. A quote that is never closed takes its line.
    fn field(&mut self) -> (String, bool) {
        let start = self.rest.trim_start_matches([' ', '\t']);
        for quote in ['"', '\''] {
            let Some(inside) = start.strip_prefix(quote) else { continue };
            // An apostrophe may be one, and no other may be looked for beyond its line.
            let within = if quote == '"' { inside.len() } else { inside.find(['\n', '\r']).unwrap_or(inside.len()) };
            match inside.get(..within).and_then(|inside| quoted(inside, quote)) {
                Some((value, after)) => {
                    self.rest = inside.get(within - after..).unwrap_or_default();
                    return (value, false);
                }
                None if quote == '"' => return (self.plain(), true),
                None => {}
            }
        }
        (self.plain(), false)
    }

    fn plain(&mut self) -> String {
        let end = self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        value.to_owned()
    }
}

/// What stands before the closing quote, doubled quotes as one, if a comma or the line's end comes after it; and the
/// length of the rest.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(quote)?;
        value.push_str(before);
        if let Some(again) = after.strip_prefix(quote) {
            value.push(quote);
            rest = again;
            continue;
        }
        let after = after.trim_start_matches([' ', '\t']);
        return (after.is_empty() || after.starts_with([',', '\n', '\r'])).then_some((value, after.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
        let text = text.replace('$', "apikey1234abcdefghij0123456789");
        let show = |key: &ApiKey| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let value = text(&key.value).replace("apikey1234abcdefghij0123456789", "$");
            format!(
                "{}|{value}|{}|{}|{}",
                text(&key.name),
                text(&key.description),
                key.enabled,
                key.usage_plan_ids.join("+")
            )
        };
        match parse(&text) {
            Ok(read) => Ok(read.keys.iter().map(show).collect()),
            Err(wrong) => Err(wrong.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn the_documentations_examples_are_read() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read(text).unwrap(), expected, "{text}");
        check("key,name\n$,MyFirstApiKey\n", &["MyFirstApiKey|$||true|"]);
        check(
            "Name,key,description,Enabled,usageplanIds\nMyFirstApiKey,$,An imported key,TRUE,c7y23b",
            &["MyFirstApiKey|$|An imported key|true|c7y23b"],
        );
        check(
            "Enabled,Name,key,UsageplanIds\ntrue,MyFirstApiKey,$,\"c7y23b,glvrsr\"\n",
            &["MyFirstApiKey|$||true|c7y23b+glvrsr"],
        );
    }

    #[test]
    fn what_else_a_file_may_have() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read(text).unwrap(), expected, "{text}");
        check("\u{feff}NAME,KEY\r\na,$\r\n\r\nb,$2\r\n", &["a|$||true|", "b|$2||true|"]);
        check("name,key,usageplanids\na,$,'x, y'\n", &["a|$||true|x+y"]);
        check("name,key,colour\na,$,red\n", &["a|$||true|"]);
        check("name,key,description,enabled\na,$\n", &["a|$||true|"]);
        check("name,key,enabled\na,$,\nb,$2,False\n", &["a|$||true|", "b|$2||false|"]);
        check("name,key\na,$\nb,$2\nc,$\n", &["c|$||true|", "b|$2||true|"]);
        check("name,key,description\na,$,'tis so\nb,$2,it's\n", &["a|$|'tis so|true|", "b|$2|it's|true|"]);
        check("name,key,description\na,$,'tis\nb,$2,that'\n", &["a|$|'tis|true|", "b|$2|that'|true|"]);
        check("name,key,description\na,$,\"one \"\"two\"\"\nthree\"\n", &["a|$|one \"two\"\nthree|true|"]);
        check("name,key\na,$,,\nb,$2, \n", &["a|$||true|", "b|$2||true|"]);
        check("name,key\n", &[]);
        check("name,key\n\"a\" , \"$\" \n", &["a|$||true|"]);
    }

    #[test]
    fn when_a_key_was_made_may_stand_in_a_column() {
        let read = parse(
            "name,key,CreatedDate\na,apikey1234abcdefghij01,2026-11-21\nb,apikey1234abcdefghij02,1795266776\nc,apikey1234abcdefghij03\n",
        );
        let dates: Vec<_> = read.unwrap().keys.into_iter().map(|key| key.created_date).collect();
        assert_eq!(dates, [Some(Date::Text("2026-11-21".into())), Some(Date::Seconds(1_795_266_776.0)), None]);
    }

    #[test]
    fn a_key_stands_where_it_stood_last() {
        let text = "name,key\na,apikey1234abcdefghij01\n\n\"b\n\",apikey1234abcdefghij02\nc,apikey1234abcdefghij01\n";
        assert_eq!(parse(text).unwrap().lines, [6, 4]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read(text).unwrap_err(), expected, "{text}");
        let columns =
            "line 1: the columns `Name` and `Key` are needed, then any of `Description`, `Enabled` and `UsagePlanIds`";
        check("", &[columns]);
        check("name,value\na,$\n", &[columns]);
        check("name,key,Key\na,$,$\n", &["line 1: the column `Key` stands twice"]);
        check(
            "name,key,enabled\na,short\n\n\"b\n\",$,maybe\n,$,,,x\n",
            &[
                "line 2: API key value should be at least 20 characters: 20 to 128 are allowed",
                "line 4: `maybe` in `Enabled`: use `true` or `false`",
                "line 6: 5 values for 3 columns: put a value with commas into quotes",
            ],
        );
        check("name,key\n\"a,$\nb,$\n", &["line 2: a quote is not closed"]);
        check(
            "name,key\na,$$$$$\nb,$ä\n",
            &[
                "line 2: API key value exceeds maximum size of 128 characters: 20 to 128 are allowed",
                "line 3: API key value has characters that no header can carry: use visible ASCII without blanks",
            ],
        );
    }
}
