//! What is shown of a file: the lines around each place, and of a line without end (minified JSON) a piece.
//!
//! miette is given these instead of the whole file, which it would read from its beginning for every label.

use std::borrow::Cow;
use std::ops::Range;

use super::is_unprintable;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// What is longer is cut.
const LONG_LINE: usize = 200;
/// How much of a long line is shown before and behind a place.
const AROUND: usize = 60;

/// The pieces of a file around some places.
#[derive(Debug)]
pub(super) struct Excerpts<'a> {
    name: String,
    pieces: Vec<Piece<'a>>,
}

#[derive(Debug)]
struct Piece<'a> {
    text: Cow<'a, str>,
    bytes: Range<usize>,
    /// Line and column of its beginning, counted from 0.
    line: usize,
    column: usize,
}

impl<'a> Excerpts<'a> {
    /// The pieces of `text` around `places`.
    pub(super) fn new(name: String, text: &'a str, places: &[Range<usize>]) -> Self {
        let mut windows: Vec<Range<usize>> = places.iter().map(|place| window(text, place)).collect();
        windows.sort_by_key(|window| window.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for window in windows {
            match merged.last_mut() {
                Some(last) if window.start <= last.end + 1 => last.end = last.end.max(window.end),
                _ => merged.push(window),
            }
        }
        Self { name, pieces: merged.into_iter().filter_map(|bytes| Piece::new(text, bytes)).collect() }
    }

    /// The part of a place that is shown: what has many lines is shown by the first of them.
    pub(super) fn shown(&self, place: &Range<usize>) -> Range<usize> {
        let Some(piece) = self.pieces.iter().find(|piece| piece.has(place.start)) else { return place.clone() };
        let from = piece.text.get(place.start - piece.bytes.start..).unwrap_or_default();
        let line = from.lines().next().unwrap_or_default();
        place.start..place.end.min(place.start + line.trim_end().len()).max(place.start)
    }
}

impl<'a> Piece<'a> {
    fn new(text: &'a str, bytes: Range<usize>) -> Option<Self> {
        let before = text.get(..bytes.start)?;
        Some(Self {
            text: harmless(text.get(bytes.clone())?),
            line: before.matches('\n').count(),
            column: before.rsplit('\n').next().unwrap_or_default().chars().count(),
            bytes,
        })
    }

    fn has(&self, byte: usize) -> bool {
        self.bytes.start <= byte && byte <= self.bytes.end
    }
}

/// The same text, byte for byte as long, without what would move a terminal's cursor.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| is_unprintable(c) && !matches!(c, '\n' | '\t');
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let instead = |c: char| match c.len_utf8() {
        _ if !is_harmful(c) => c,
        1 if c == '\r' => ' ',
        1 => '?',
        2 => '¿',
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(instead).collect())
}

/// The line of a place with its neighbours, unless they are long; of a long line a piece.
fn window(text: &str, place: &Range<usize>) -> Range<usize> {
    let start = floor(text, place.start);
    let line = line(text, start);
    if line.len() > LONG_LINE {
        let shown_end = place.end.clamp(start, start + LONG_LINE);
        let from = floor(text, start.saturating_sub(AROUND)).max(line.start);
        return from..floor(text, shown_end + AROUND).min(line.end);
    }
    let mut whole = line.clone();
    if line.start > 0 {
        whole.start = Some(self::line(text, line.start - 1)).filter(is_short).map_or(line.start, |line| line.start);
    }
    if line.end < text.len() {
        whole.end = Some(self::line(text, line.end + 1)).filter(is_short).map_or(line.end, |line| line.end);
    }
    whole
}

/// The line that a byte is in, without its end.
fn line(text: &str, byte: usize) -> Range<usize> {
    let start = text.get(..byte).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(byte..).and_then(|after| after.find('\n')).map_or(text.len(), |at| byte + at);
    start..end
}

/// The nearest place at or before a byte where a character begins.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or_default()
}

fn is_short(line: &Range<usize>) -> bool {
    line.len() <= LONG_LINE
}

impl SourceCode for Excerpts<'_> {
    fn read_span<'s>(
        &'s self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        let end = span.offset() + span.len();
        let piece = self.pieces.iter().find(|piece| piece.has(span.offset()) && piece.has(end));
        let piece = piece.ok_or(MietteError::OutOfBounds)?;
        let within = SourceSpan::from((span.offset() - piece.bytes.start, span.len()));
        let read = piece.text.read_span(&within, lines_before, lines_after)?;
        // In characters, as editors count: miette counts bytes.
        let before = piece.text.get(..read.span().offset()).unwrap_or_default();
        let column = match before.rsplit_once('\n') {
            Some((_, before)) => before.chars().count(),
            None => piece.column + before.chars().count(),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            read.data(),
            (piece.bytes.start + read.span().offset(), read.span().len()).into(),
            piece.line + read.line(),
            column,
            read.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown for a place: line, column and text.
    fn check(text: &str, place: Range<usize>, expected: (usize, usize, &str)) {
        let excerpts = Excerpts::new("a".into(), text, std::slice::from_ref(&place));
        let shown = excerpts.shown(&place);
        let read = excerpts.read_span(&(shown.start, shown.len()).into(), 0, 0).unwrap();
        assert_eq!((read.line(), read.column()), (expected.0, expected.1));
        assert_eq!(excerpts.pieces[0].text, expected.2);
    }

    #[test]
    fn a_place_is_shown_with_its_neighbours() {
        check("one\ntwo\nthree\nfour", 8..9, (2, 0, "two\nthree\nfour"));
        check("one\ntwo\n", 1..2, (0, 1, "one\ntwo"));
        check("é\nä b\n", 6..7, (1, 2, "é\nä b\n"));
        check("one", 3..3, (0, 3, "one"));
    }

    #[test]
    fn of_a_long_line_a_piece_is_shown() {
        let long = "ü".repeat(300);
        let text = format!("short\n{long}x{long}\nshort");
        check(&text, 606..607, (1, 300, &format!("{}x{}", "ü".repeat(30), "ü".repeat(30))));
        check(&text, 0..5, (0, 0, "short"));
        let all = 6..text.len();
        let excerpts = Excerpts::new("a".into(), &text, std::slice::from_ref(&all));
        assert!(excerpts.shown(&all).len() <= LONG_LINE + AROUND);
    }

    #[test]
    fn places_that_are_near_share_a_piece() {
        let excerpts = Excerpts::new("a".into(), "a\nb\nc\nd\ne\nf\ng\n", &[0..1, 4..5, 12..13]);
        let texts: Vec<_> = excerpts.pieces.iter().map(|piece| (piece.line, &*piece.text)).collect();
        assert_eq!(texts, [(0, "a\nb\nc\nd"), (5, "f\ng\n")]);
    }
}
