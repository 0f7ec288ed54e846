//! Findings as text: with the lines they are about for humans, one JSON object a line for programs.

mod excerpts;

use std::borrow::Cow;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::ops::Range;

use gatehouse_api::Severity;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde_json::json;

use crate::finding::Finding;
use crate::source::{At, Files};
use excerpts::Excerpts;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For humans.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Writes findings to standard error, in colour on a terminal.
pub fn print(findings: &[Finding], files: &Files, format: Format) {
    let colour = in_colour(&std::io::stderr());
    let text = match format {
        Format::Text => text(findings, files, colour),
        Format::Json => json_lines(findings, files),
    };
    // Nobody is left to be told that standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Whether to write in colour: on a terminal whose user did not say `NO_COLOR`.
pub fn in_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// How many findings are shown to humans: who has more has one mistake many times.
const SHOWN: usize = 50;

/// Findings for humans.
#[must_use]
pub fn text(findings: &[Finding], files: &Files, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120).with_context_lines(1);
    let mut text = String::new();
    for finding in findings.iter().take(SHOWN) {
        if handler.render_report(&mut text, &Shown::new(finding, files)).is_err() {
            text.push_str(&printable(&finding.message));
        }
        text.push('\n');
    }
    if findings.len() > SHOWN {
        text.push_str(&format!("… and {} more: `--format json` shows them all\n", findings.len() - SHOWN));
    }
    text
}

/// A text of somebody's definition as a terminal may be given it: what would move its cursor, colour it or turn its lines around is
/// written as `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let written = |c: char| if is_unprintable(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(written).collect())
}

/// A control character, or one that says in which direction text goes.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same line by line.
fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Findings for programs: `{"severity":"error","message":…,"file":…,"line":…,"column":…}`.
#[must_use]
pub fn json_lines(findings: &[Finding], files: &Files) -> String {
    findings.iter().map(|finding| format!("{}\n", json_of(finding, files))).collect()
}

fn json_of(finding: &Finding, files: &Files) -> serde_json::Value {
    let mut object = place_json(finding.at, files);
    object.insert("severity".into(), severity(finding).into());
    object.insert("message".into(), finding.message.as_str().into());
    if let Some(help) = &finding.help {
        object.insert("help".into(), help.as_str().into());
    }
    if !finding.also.is_empty() {
        let also = finding.also.iter().map(|(at, what)| {
            let mut place = place_json(Some(*at), files);
            place.insert("message".into(), what.as_str().into());
            serde_json::Value::Object(place)
        });
        object.insert("also".into(), also.collect());
    }
    serde_json::Value::Object(object)
}

fn place_json(at: Option<At>, files: &Files) -> serde_json::Map<String, serde_json::Value> {
    let mut object = serde_json::Map::new();
    if let Some(position) = at.and_then(|at| files.position(at)) {
        object.insert("file".into(), json!(position.path.display().to_string()));
        object.insert("line".into(), json!(position.line));
        object.insert("column".into(), json!(position.column));
    }
    object
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A finding with the text of its file.
#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    source: Option<Excerpts<'a>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Finding, files: &'a Files) -> Self {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            finding.also.iter().partition(|(at, _)| finding.at.is_some_and(|it| it.file == at.file));
        let places: Vec<_> = finding.at.iter().chain(here.iter().map(|(at, _)| at)).map(bytes).collect();
        let file = finding.at.and_then(|at| files.get(at.file));
        let name = |path: &std::path::Path| printable(&path.display().to_string()).into_owned();
        let source = file.map(|file| Excerpts::new(name(&file.path), &file.text, &places));
        let span = |at: &At| {
            let shown = source.as_ref().map_or(bytes(at), |source| source.shown(&bytes(at)));
            (shown.start, shown.len())
        };
        let primary = finding.at.map(|at| LabeledSpan::new_primary_with_span(None, span(&at)));
        let others =
            here.into_iter().map(|(at, what)| LabeledSpan::new_with_span(Some(printable(what).into_owned()), span(at)));
        let labels = primary.into_iter().chain(others).collect();
        let mut help: Vec<String> = finding.help.iter().cloned().collect();
        help.extend(elsewhere.into_iter().filter_map(|(at, what)| Some(format!("{what}: {}", files.position(*at)?))));
        let help = (!help.is_empty()).then(|| printable_lines(&help.join("\n")));
        Self { finding, source, labels, help }
    }
}

fn bytes(at: &At) -> Range<usize> {
    at.start..at.end.max(at.start)
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.finding.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn broken(text: &str) -> (Vec<Finding>, Files) {
        let mut files = Files::default();
        let findings = files.parse(Path::new("api.yaml"), text.to_owned()).unwrap_err();
        (findings, files)
    }

    #[test]
    fn a_finding_shows_its_lines() {
        let (findings, files) = broken("a: 1\nb: 2\na: 3\n");
        let expected = "
  × `a` is there twice
   ╭─[api.yaml:3:1]
 1 │ a: 1
   · ┬
   · ╰── here first
 2 │ b: 2
 3 │ a: 3
   · ─
   ╰────
  help: keep one of them: which one counts differs from tool to tool
";
        assert_eq!(text(&findings, &files, false), format!("{}\n", expected.trim_start_matches('\n')));
        assert!(text(&findings, &files, true).contains("\u{1b}["));
    }

    /// A definition may be somebody else's: what it says may not be taken for what the terminal is told.
    #[test]
    fn what_a_definition_says_does_not_move_the_terminal() {
        let told = |source: &str, message: &str| {
            let mut files = Files::default();
            let tree = files.parse(Path::new("a.json"), source.to_owned()).unwrap();
            let finding =
                Finding::error(tree.entries()[0].at, message).help("one\ntwo \u{9b}31m").also(tree.at, "\u{7}");
            text(&[finding], &files, false)
        };
        let shown = told(
            "{\"a\u{9b}31m\u{7f}\u{202e}b\": 1,\r\"c\": 2}",
            "`\u{1b}]0;x\u{7}\u{1b}[2J\nerror \u{2066}` is not known",
        );
        assert!(shown.contains(r"`\u{1b}]0;x\u{7}\u{1b}[2J\nerror \u{2066}` is not known"), "{shown}");
        assert!(shown.contains("\n        two \\u{9b}31m\n") || shown.contains("two \\u{9b}31m"), "{shown}");
        assert!(shown.contains("{\"a¿31m?\u{fffd}b\": 1, \"c\": 2}"), "{shown}");
        assert!(!shown.chars().any(|c| c != '\n' && is_unprintable(c)), "{shown:?}");
        assert_eq!(printable("ä\t"), "ä\\t");
    }

    #[test]
    fn the_end_of_a_file_can_be_shown() {
        let (findings, files) = broken("{\"ä\": {\n");
        assert!(text(&findings, &files, false).contains("the file ends here"), "{}", text(&findings, &files, false));
    }

    #[test]
    fn a_finding_is_a_json_line() {
        let (findings, files) = broken("ä: {a: 1, a: 3}\n");
        let line = json_lines(&findings, &files);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["file"], &object["line"], &object["column"]), (&json!("api.yaml"), &json!(1), &json!(11)));
        assert_eq!((&object["severity"], &object["also"][0]["column"]), (&json!("error"), &json!(5)));
    }
}
