//! YAML as its parser takes it: within quotes, lines may begin anywhere for AWS's tools, where the specification wants them indented.

use std::borrow::Cow;

/// A text with lines that are indented more than they were written, and where each of its characters was written.
pub(super) struct Padded<'a> {
    text: Cow<'a, str>,
    /// The byte of the text as written at which each character begins; none where both are the same.
    bytes: Option<Vec<usize>>,
}

impl<'a> Padded<'a> {
    /// A text as it was written.
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(byte, _)| byte).collect());
        Self { text: Cow::Borrowed(text), bytes }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a character was written, as a byte; none behind the last one.
    pub(super) fn byte(&self, character: usize) -> Option<usize> {
        match &self.bytes {
            Some(bytes) => bytes.get(character).copied(),
            None => Some(character),
        }
    }

    /// Indents the lines of the quoted scalar that begins at a character as far as it. Blanks there mean nothing.
    ///
    /// None where all of them are.
    pub(super) fn indented(&self, start: usize) -> Option<Padded<'static>> {
        let characters: Vec<char> = self.text.chars().collect();
        let column = characters.get(..start)?.iter().rev().take_while(|it| **it != '\n').count();
        let end = end_of_quoted(&characters, start);
        let (mut text, mut bytes) = (String::new(), Vec::new());
        for (index, character) in characters.iter().enumerate() {
            let begins_line = index > start && index < end && characters.get(index - 1) == Some(&'\n');
            let missing = if begins_line { column.saturating_sub(blanks(&characters, index)) } else { 0 };
            let byte = self.byte(index)?;
            text.extend(std::iter::repeat_n(' ', missing));
            text.push(*character);
            bytes.extend(std::iter::repeat_n(byte, missing + 1));
        }
        (bytes.len() > characters.len()).then_some(Padded { text: Cow::Owned(text), bytes: Some(bytes) })
    }
}

/// How many blanks a line begins with.
fn blanks(characters: &[char], line: usize) -> usize {
    characters.iter().skip(line).take_while(|it| matches!(it, ' ' | '\t')).count()
}

/// Where the quotes are closed that are opened at a character.
fn end_of_quoted(characters: &[char], start: usize) -> usize {
    let quote = characters.get(start);
    let mut index = start + 1;
    while let Some(character) = characters.get(index) {
        let is_escape = quote == Some(&'"') && *character == '\\';
        let is_twice = Some(character) == quote && quote == Some(&'\'') && characters.get(index + 1) == quote;
        match (is_escape || is_twice, Some(character) == quote) {
            (true, _) => index += 2,
            (false, true) => break,
            (false, false) => index += 1,
        }
    }
    index
}
