//! Shows findings: to people with the lines they are about, to programs as JSON lines.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use gatehouse_api::Severity;
use serde_json::json;

use super::{Diagnostic, Position, Problems};
use crate::source::{Sources, Span};

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Lines of the file around what a finding is about.
const CONTEXT: usize = 1;

/// Shows everything that was found. Colour is the stream's affair: see [`anstream`].
///
/// # Errors
/// Whatever the stream says.
pub fn print(problems: &Problems, sources: &Sources, format: Format, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in problems.all() {
        match format {
            Format::Text => writeln!(out, "{}\n", text(diagnostic, sources))?,
            Format::Json => writeln!(out, "{}", line(diagnostic, sources))?,
        }
    }
    Ok(())
}

fn text(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // What the user wrote goes to a terminal: it must not steer it.
    let message = printable(&diagnostic.message);
    let title = level.primary_title(message);
    let excerpts = excerpts(diagnostic, sources);
    let mut group = match excerpts.is_empty() {
        true => Group::with_title(title),
        false => title.elements(excerpts.iter().map(Excerpt::snippet)),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    Renderer::styled().render(&[group])
}

fn line(diagnostic: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let position = diagnostic.position(sources);
    let labels = diagnostic.labels.iter().filter_map(|(span, text)| {
        let position = Position::of(*span, sources)?;
        let file = position.file.to_string_lossy();
        Some(json!({"file": file, "line": position.line, "column": position.column, "text": text}))
    });
    json!({
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": diagnostic.message,
        "file": position.map(|position| position.file.to_string_lossy()),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "place": diagnostic.place,
        "related": labels.collect::<Vec<_>>(),
        "help": diagnostic.help,
    })
}

/// Some lines of a file with what is underlined in them.
struct Excerpt {
    path: String,
    first_line: usize,
    lines: Range<usize>,
    text: String,
    marks: Vec<(Range<usize>, Option<String>)>,
}

/// The excerpts of a finding, its own place first; places near each other share one.
fn excerpts(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Excerpt> {
    let own = diagnostic.at.map(|span| (span, None));
    let labels = diagnostic.labels.iter().map(|(span, text)| (*span, Some(printable(text))));
    let mut marks: Vec<(Span, Option<String>)> = own.into_iter().chain(labels).collect();
    let mut excerpts = Vec::new();
    while let Some((first, _)) = marks.first().cloned() {
        let Some(window) = window(first, sources) else {
            marks.remove(0);
            continue;
        };
        let fits = |span: Span| span.file == first.file && window.start <= span.start && span.end <= window.end;
        let (inside, outside) = marks.into_iter().partition(|(span, _)| *span == first || fits(*span));
        marks = outside;
        excerpts.extend(excerpt(first, window, inside, sources));
    }
    excerpts
}

/// The bytes of the lines around a place. A place of many lines is shown by its first.
fn window(span: Span, sources: &Sources) -> Option<Range<usize>> {
    let text = &sources.file(span.file)?.text;
    let before = text.get(..span.start)?;
    let start = before.rmatch_indices('\n').nth(CONTEXT).map_or(0, |(at, _)| at + 1);
    let after = text.get(span.start..)?;
    let end = after.match_indices('\n').nth(CONTEXT).map_or(text.len(), |(at, _)| span.start + at);
    Some(start..end)
}

fn excerpt(
    first: Span,
    window: Range<usize>,
    marks: Vec<(Span, Option<String>)>,
    sources: &Sources,
) -> Option<Excerpt> {
    let file = sources.file(first.file)?;
    let text = file.text.get(window.clone())?;
    let marks = marks.into_iter().map(|(span, label)| {
        let start = span.start - window.start;
        let end = span.end.min(window.end).saturating_sub(window.start).max(start);
        (start..end, label)
    });
    Some(Excerpt {
        path: file.path.display().to_string(),
        first_line: file.text.get(..window.start)?.matches('\n').count() + 1,
        lines: window.clone(),
        marks: marks.collect(),
        text: printable_lines(text),
    })
}

impl Excerpt {
    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let annotations = self.marks.iter().enumerate().map(|(index, (range, label))| {
            let kind = if index == 0 && label.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(range.clone()).label(label.as_deref())
        });
        debug_assert!(self.text.len() == self.lines.len(), "the places count bytes");
        Snippet::source(self.text.as_str())
            .path(self.path.as_str())
            .line_start(self.first_line)
            .fold(false)
            .annotations(annotations)
    }
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The same with as many bytes: control characters become question marks.
fn printable_lines(text: &str) -> String {
    let replaced = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        '\r' => " ".to_owned(),
        c if c.is_control() => "?".repeat(c.len_utf8()),
        c => c.to_string(),
    };
    text.chars().map(replaced).collect()
}
