//! Compares what came of an exchange with what the case expects, and rewrites the case where that is wanted.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value;

use super::text::escape;
use super::{Case, Exchange, Expected, Item, ItemKind, Pattern, Start};
use crate::message::{Answered, Pairs, values};
use crate::outcome::Outcome;
use crate::script::Reply;

/// A difference, and the lines that would remove it.
#[derive(Clone, Debug)]
pub struct Mismatch {
    pub lines: Range<usize>,
    pub message: String,
    pub replacement: Option<Vec<String>>,
}

/// Everything in which the outcome differs from the expectation.
pub fn check(exchange: &Exchange, outcome: &Outcome) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if let Some(expected) = &exchange.answer {
        outcome.answers.iter().for_each(|answer| check_answer(expected, answer.as_ref(), &mut found));
    }
    if !outcome.answers_only {
        check_inside(exchange, outcome, &mut found);
        check_calls(exchange, outcome, &mut found);
    }
    let line = exchange.line..exchange.line + 1;
    let note = |message: &String| Mismatch { lines: line.clone(), message: message.clone(), replacement: None };
    match (exchange.violates, outcome.violations.as_slice()) {
        (false, violations) => found.extend(violations.iter().map(note)),
        (true, []) => found.push(note(&"nothing happened that must not".to_owned())),
        (true, _) => {}
    }
    found
}

/// The filter's traps, metrics, log and state.
fn check_inside(exchange: &Exchange, outcome: &Outcome, found: &mut Vec<Mismatch>) {
    let mut note = |line: usize, message: String| {
        found.push(Mismatch { lines: line..line + 1, message, replacement: None });
    };
    match (exchange.traps, outcome.traps.first()) {
        (false, Some(trap)) => note(exchange.line, format!("the VM trapped: {trap}")),
        (true, None) => note(exchange.line, "the VM did not trap".into()),
        _ => {}
    }
    for (line, name, growth) in &exchange.counts {
        let got = outcome.metrics.get(name).copied().unwrap_or_default();
        if got != *growth {
            found.push(Mismatch {
                lines: *line..line + 1,
                message: format!("metric {name}: expected {growth} more, got {got}"),
                replacement: Some(vec![format!("counts {name} {got}")]),
            });
        }
    }
    for (line, pattern) in &exchange.logs {
        if !outcome.log.iter().any(|text| pattern.is_in(text)) {
            let message = format!("not logged; the log says:\n    {}", outcome.log.join("\n    "));
            found.push(Mismatch { lines: *line..line + 1, message, replacement: None });
        }
    }
    for state in outcome.states.iter().filter(|_| !exchange.state.is_empty()) {
        for (line, key, pattern) in &exchange.state {
            let value = state.get(key);
            let right = match (pattern, value) {
                (Some(pattern), Some(value)) => pattern.matches(value),
                (None, None) => true,
                _ => false,
            };
            if !right {
                let line_now = value.map_or(format!("state {key} absent"), |it| format!("state {key}: {}", escape(it)));
                let message = format!("the filter state is: {line_now}");
                found.push(Mismatch { lines: *line..line + 1, message, replacement: Some(vec![line_now]) });
            }
        }
    }
}

fn check_calls(exchange: &Exchange, outcome: &Outcome, found: &mut Vec<Mismatch>) {
    for received in outcome.received.iter().filter(|received| received.planned.is_none()) {
        let message = format!(
            "an unexpected call to {}: {} {}",
            received.upstream,
            received.asked.method,
            escape(&received.asked.target)
        );
        found.push(Mismatch { lines: exchange.line..exchange.line + 1, message, replacement: None });
    }
    for (index, call) in exchange.planned().enumerate() {
        let received = outcome.received.iter().find(|received| received.planned == Some(index));
        match received {
            Some(received) if !matches!(call.reply, Reply::Refused) => {
                let asked = &received.asked;
                let message = Message {
                    line: Some((&asked.method, &asked.target)),
                    headers: &asked.headers,
                    body: &asked.body,
                    trailers: &Pairs::new(),
                };
                check_items(&call.expected.items, &message, found);
            }
            None if !matches!(call.reply, Reply::Refused) => found.push(Mismatch {
                lines: call.expected.line..call.expected.line + 1,
                message: format!("the call to {} never came", call.upstream),
                replacement: None,
            }),
            _ => {}
        }
    }
}

fn check_answer(expected: &Expected, answer: Option<&Answered>, found: &mut Vec<Mismatch>) {
    let line = expected.line;
    let mut head = |message: String, replacement: Vec<String>| {
        found.push(Mismatch { lines: line..line + 1, message, replacement: Some(replacement) });
    };
    match (&expected.start, answer) {
        (Start::Nothing, None) => return,
        (Start::Nothing, Some(answer)) => head(format!("an answer came: {}", answer.status), blessed(answer)),
        (_, None) => head("no answer came".into(), vec!["answer none".into()]),
        (Start::Unknown, Some(answer)) => {
            head(format!("the answer is:\n{}", blessed(answer).join("\n")), blessed(answer))
        }
        (Start::Status(status), Some(answer)) if *status != answer.status => {
            let body = String::from_utf8_lossy(&answer.body);
            let message = format!("expected {status}, got {} {}", answer.status, shortened(&body));
            head(message, vec![format!("answer {}", answer.status)]);
        }
        _ => {}
    }
    if let Some(answer) = answer {
        let Answered { headers, body, trailers, .. } = answer;
        check_items(&expected.items, &Message { line: None, headers, body, trailers }, found);
    }
}

struct Message<'a> {
    line: Option<(&'a str, &'a [u8])>,
    headers: &'a Pairs,
    body: &'a [u8],
    trailers: &'a Pairs,
}

fn check_items(items: &[Item], message: &Message<'_>, found: &mut Vec<Mismatch>) {
    for item in items {
        let differs = match &item.kind {
            ItemKind::RequestLine(method, target) => request_line(method, target, message),
            ItemKind::Header(name, _) => header(items, item, name, message.headers, ""),
            ItemKind::Trailer(name, _) => header(items, item, name, message.trailers, "trailer "),
            ItemKind::Absent(names) => absent(names, message.headers),
            ItemKind::Body(pattern) => (!pattern.matches(message.body)).then(|| body(message.body)),
            ItemKind::Bytes(bytes) => (bytes != message.body).then(|| {
                let text = format!("expected {} bytes, got {}", bytes.len(), message.body.len());
                (text, None)
            }),
            ItemKind::Json(expected) => json(expected, message.body),
        };
        if let Some((message, replacement)) = differs {
            found.push(Mismatch { lines: item.lines.clone(), message, replacement });
        }
    }
}

type Difference = Option<(String, Option<Vec<String>>)>;

fn request_line(method: &str, target: &Pattern, message: &Message<'_>) -> Difference {
    let (got_method, got_target) = message.line?;
    if got_method == method && target.matches(got_target) {
        return None;
    }
    let got = format!("{got_method} {}", escape(got_target));
    Some((format!("got {got}"), Some(vec![format!("  {got}")])))
}

/// The lines of one name are all its values, in order; the first of them answers for all.
fn header(items: &[Item], item: &Item, name: &str, headers: &Pairs, prefix: &str) -> Difference {
    let lines: Vec<(&Item, &Pattern)> = items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Header(other, pattern) if other == name && prefix.is_empty() => Some((item, pattern)),
            ItemKind::Trailer(other, pattern) if other == name && !prefix.is_empty() => Some((item, pattern)),
            _ => None,
        })
        .collect();
    let got: Vec<&[u8]> = values(headers, name).collect();
    let at = lines.iter().position(|(other, _)| other.lines == item.lines)?;
    let right = lines.len() == got.len() && lines[at].1.matches(got[at]);
    // Too many or too few values are the first line's matter.
    if right || (lines.len() != got.len() && at > 0) {
        return None;
    }
    if lines.len() == got.len() {
        let line = format!("{prefix}{name}: {}", escape(got[at]));
        return Some((format!("got {line}"), Some(vec![format!("  {line}")])));
    }
    let shown: Vec<String> = got.iter().map(|value| format!("  {prefix}{name}: {}", escape(value))).collect();
    let replacement = if lines.len() == 1 && !got.is_empty() { Some(shown.clone()) } else { None };
    let message =
        if got.is_empty() { format!("there is no {prefix}{name}") } else { format!("got\n{}", shown.join("\n")) };
    Some((message, replacement))
}

fn absent(names: &[String], headers: &Pairs) -> Difference {
    let there: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{name}: {}", escape(values(headers, name).next()?)))).collect();
    (!there.is_empty()).then(|| (format!("is there: {}", there.join(", ")), None))
}

fn body(got: &[u8]) -> (String, Option<Vec<String>>) {
    let text = escape(got);
    let replacement = (got.len() < 100_000).then(|| vec![format!("  body {text}").trim_end().to_owned()]);
    (format!("got body {}", shortened(&text)), replacement)
}

fn json(expected: &str, got: &[u8]) -> Difference {
    let wanted: Value = match serde_json::from_str(expected) {
        Ok(wanted) => wanted,
        Err(error) => return Some((format!("the case's JSON: {error}"), None)),
    };
    let text = String::from_utf8_lossy(got);
    match serde_json::from_slice::<Value>(got) {
        Ok(got) if same(&wanted, &got) => None,
        Ok(got) => Some((format!("got json {got}"), Some(vec![format!("  json {got}")]))),
        Err(_) => Some((format!("no JSON: {}", shortened(&text)), None)),
    }
}

fn same(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::String(pattern), _) if pattern == "<any>" => true,
        (Value::String(pattern), Value::Number(_)) => pattern == "<number>",
        (Value::String(pattern), Value::String(text)) => {
            let pattern = Pattern::parse(&pattern.replace('\\', "\\\\"));
            pattern.is_ok_and(|pattern| pattern.matches(text.as_bytes()))
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| same(wanted, got))
        }
        (Value::Object(wanted), Value::Object(got)) => {
            let is_same = |(key, wanted): (&String, &Value)| got.get(key).is_some_and(|got| same(wanted, got));
            wanted.len() == got.len() && wanted.iter().all(is_same)
        }
        (wanted, got) => wanted == got,
    }
}

/// An answer as a case would write it.
fn blessed(answer: &Answered) -> Vec<String> {
    const OTHERS: [&str; 6] =
        ["date", "server", "connection", "transfer-encoding", "content-length", "x-envoy-upstream-service-time"];
    let mut lines = vec![format!("answer {}", answer.status)];
    for (name, value) in answer.headers.iter().filter(|(name, _)| !OTHERS.contains(&name.as_str())) {
        let chance = ["<uuid>", "<apigw-id>", "Root=<trace-id>"];
        let is_like = |form: &&&str| Pattern::parse(form).is_ok_and(|pattern| pattern.matches(value));
        let value = chance.iter().find(is_like).map_or_else(|| escape(value), |form| (*form).to_owned());
        lines.push(format!("  {name}: {value}"));
    }
    lines.extend(answer.trailers.iter().map(|(name, value)| format!("  trailer {name}: {}", escape(value))));
    if answer.body.len() < 10_000 {
        lines.push(format!("  body {}", escape(&answer.body)).trim_end().to_owned());
    }
    lines
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(300).collect();
    if short.len() < text.len() {
        let _ = write!(short, "… ({} bytes)", text.len());
    }
    short
}

/// Rewrites the lines of a case that differ. Says whether there was something that it could not rewrite.
///
/// # Errors
/// The file cannot be written.
pub fn bless(case: &Case, mismatches: &[Mismatch]) -> Result<(), String> {
    let source = std::fs::read_to_string(&case.path).map_err(|error| error.to_string())?;
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let mut edits: Vec<&Mismatch> = mismatches.iter().filter(|mismatch| mismatch.replacement.is_some()).collect();
    edits.sort_by_key(|mismatch| std::cmp::Reverse(mismatch.lines.start));
    edits.dedup_by_key(|mismatch| mismatch.lines.start);
    for Mismatch { lines: range, replacement, .. } in edits {
        let replacement = replacement.clone().unwrap_or_default();
        lines.splice(range.start - 1..range.end - 1, replacement);
    }
    std::fs::write(&case.path, lines.join("\n") + "\n").map_err(|error| error.to_string())
}
