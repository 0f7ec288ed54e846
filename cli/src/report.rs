//! Findings as text: with the lines they are about for humans, one JSON object a line for programs.

mod excerpts;

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
            text.push_str(&finding.message);
        }
        text.push('\n');
    }
    if findings.len() > SHOWN {
        text.push_str(&format!("… and {} more: `--format json` shows them all\n", findings.len() - SHOWN));
    }
    text
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
        let source = file.map(|file| Excerpts::new(file.path.display().to_string(), &file.text, &places));
        let span = |at: &At| {
            let shown = source.as_ref().map_or(bytes(at), |source| source.shown(&bytes(at)));
            (shown.start, shown.len())
        };
        let primary = finding.at.map(|at| LabeledSpan::new_primary_with_span(None, span(&at)));
        let others = here.into_iter().map(|(at, what)| LabeledSpan::new_with_span(Some(what.clone()), span(at)));
        let labels = primary.into_iter().chain(others).collect();
        let mut help: Vec<String> = finding.help.iter().cloned().collect();
        help.extend(elsewhere.into_iter().filter_map(|(at, what)| Some(format!("{what}: {}", files.position(*at)?))));
        Self { finding, source, labels, help: (!help.is_empty()).then(|| help.join("\n")) }
    }
}

fn bytes(at: &At) -> Range<usize> {
    at.start..at.end.max(at.start)
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
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
