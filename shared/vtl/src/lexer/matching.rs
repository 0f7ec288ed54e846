//! How many bytes of what comes next are a token of some kind; none of them looks back.

use super::Kind;

/// The longest so far.
pub(super) struct Best(pub(super) Option<(Kind, usize)>);

impl Best {
    pub(super) fn take(&mut self, kind: Kind, len: usize) {
        if len > self.0.map_or(0, |(_, longest)| longest) {
            self.0 = Some((kind, len));
        }
    }
}

pub(super) fn count(rest: &[u8], is: impl Fn(u8) -> bool) -> usize {
    rest.iter().take_while(|byte| is(**byte)).count()
}

fn after(rest: &[u8], at: usize) -> &[u8] {
    rest.get(at..).unwrap_or_default()
}

pub(super) fn one(rest: &[u8], byte: u8) -> usize {
    usize::from(rest.first() == Some(&byte))
}

pub(super) fn prefix(rest: &[u8], text: &[u8]) -> usize {
    if rest.starts_with(text) { text.len() } else { 0 }
}

pub(super) fn char_len(rest: &[u8]) -> usize {
    1 + count(after(rest, 1), |byte| byte & 0xc0 == 0x80)
}

pub(super) fn newline(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// So many characters, and blanks and a line's end after them if there is one.
pub(super) fn with_newline(rest: &[u8], len: usize, matches: bool) -> usize {
    if !matches {
        return 0;
    }
    let blanks = count(after(rest, len), |byte| matches!(byte, b' ' | b'\t'));
    match newline(after(rest, len + blanks)) {
        0 => len,
        newline => len + blanks + newline,
    }
}

/// What begins something in every state.
pub(super) fn anywhere(rest: &[u8], escapes: usize, best: &mut Best) {
    match rest.first() {
        Some(b'$' | b'\\') if after(rest, escapes).first() == Some(&b'$') => {
            best.take(Kind::Dollar, escapes + 1);
            let more = count(after(rest, escapes + 1), |byte| byte == b'\\');
            if after(rest, escapes + 1 + more).first() == Some(&b'!') {
                best.take(Kind::Dollar, escapes + more + 2);
            }
        }
        Some(b'#') => match after(rest, 1) {
            [b'[', b'[', ..] => best.take(Kind::TextBlockStart, 3),
            [b'*', b'*', next, ..] if *next != b'#' => best.take(Kind::FormalStart, 3),
            [b'*', ..] => best.take(Kind::BlockStart, 2),
            _ => best.take(Kind::Hash, 1),
        },
        _ => {}
    }
}

pub(super) fn set(rest: &[u8]) -> usize {
    let blanks = count(rest, |byte| matches!(byte, b' ' | b'\t'));
    let name = after(rest, blanks);
    let name = prefix(name, b"#set").max(prefix(name, b"#{set}"));
    if name == 0 {
        return 0;
    }
    let spaces = count(after(rest, blanks + name), |byte| byte == b' ');
    let len = blanks + name + spaces;
    if after(rest, len).first() == Some(&b'(') { len + 1 } else { 0 }
}

pub(super) fn escaped_directive(rest: &[u8], escapes: usize) -> usize {
    if escapes.is_multiple_of(2) || after(rest, escapes).first() != Some(&b'#') {
        return 0;
    }
    let name = after(rest, escapes + 1);
    match word(name).max(bracketed(name)) {
        0 => 0,
        len => escapes + 1 + len,
    }
}

pub(super) fn empty_index(rest: &[u8]) -> usize {
    prefix(rest, b"$[").max(prefix(rest, b"$![")).max(prefix(rest, br"$\![")).max(prefix(rest, b"$."))
}

pub(super) fn identifier(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
            count(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        }
        _ => 0,
    }
}

pub(super) fn dot(rest: &[u8]) -> usize {
    if matches!(rest, [b'.', letter, ..] if letter.is_ascii_alphabetic()) { 2 } else { 0 }
}

fn word(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'@') => {
            count(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'_'))
        }
        _ => 0,
    }
}

fn bracketed(rest: &[u8]) -> usize {
    let name = after(rest, 1);
    let len = word(name);
    match (rest.first(), name.first(), after(name, len).first()) {
        (Some(b'{'), Some(first), Some(b'}')) if *first != b'@' && len > 0 => len + 2,
        _ => 0,
    }
}

pub(super) fn words(rest: &[u8], best: &mut Best) {
    best.take(Kind::Word, word(rest));
    best.take(Kind::BracketedWord, bracketed(rest));
}

pub(super) fn brackets(rest: &[u8], best: &mut Best) {
    let kind = match rest.first() {
        Some(b'[') => Kind::ListOpen,
        Some(b']') => Kind::ListClose,
        Some(b',') => Kind::Comma,
        Some(b':') => Kind::Colon,
        Some(b'{') => Kind::MapOpen,
        Some(b'}') => Kind::MapClose,
        _ => return best.take(Kind::DoubleDot, prefix(rest, b"..")),
    };
    best.take(kind, 1);
}

pub(super) fn booleans(rest: &[u8], best: &mut Best) {
    best.take(Kind::True, prefix(rest, b"true"));
    best.take(Kind::False, prefix(rest, b"false"));
}

pub(super) fn literals(rest: &[u8], best: &mut Best) {
    best.take(Kind::Space, count(rest, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')));
    if let Some(quote @ (b'"' | b'\'')) = rest.first() {
        best.take(Kind::String, string(rest, *quote));
    }
    booleans(rest, best);
}

/// Up to the last quote that closes it, where a quote that stands twice need not.
fn string(rest: &[u8], quote: u8) -> usize {
    let (mut len, mut at) = (0, 1);
    loop {
        let to = count(after(rest, at), |byte| byte != quote);
        if after(rest, at + to).is_empty() {
            return len;
        }
        len = at + to + 1;
        if after(rest, len).first() != Some(&quote) {
            return len;
        }
        at = len + 1;
    }
}

pub(super) fn operators(rest: &[u8], best: &mut Best) {
    const OPERATORS: [(&[u8], Kind); 25] = [
        (b"-", Kind::Minus),
        (b"+", Kind::Plus),
        (b"*", Kind::Times),
        (b"/", Kind::Divide),
        (b"%", Kind::Modulo),
        (b"&&", Kind::And),
        (b"and", Kind::And),
        (b"||", Kind::Or),
        (b"or", Kind::Or),
        (b"<", Kind::Less),
        (b"lt", Kind::Less),
        (b"<=", Kind::LessEqual),
        (b"le", Kind::LessEqual),
        (b">", Kind::Greater),
        (b"gt", Kind::Greater),
        (b">=", Kind::GreaterEqual),
        (b"ge", Kind::GreaterEqual),
        (b"==", Kind::Equal),
        (b"eq", Kind::Equal),
        (b"!=", Kind::NotEqual),
        (b"ne", Kind::NotEqual),
        (b"!", Kind::Not),
        (b"not", Kind::Not),
        (b"=", Kind::Assign),
        (b"..", Kind::DoubleDot),
    ];
    if rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || byte.is_ascii_punctuation()) {
        OPERATORS.iter().for_each(|(text, kind)| best.take(*kind, prefix(rest, text)));
    }
}

pub(super) fn numbers(rest: &[u8], best: &mut Best) {
    let digit = |byte: u8| byte.is_ascii_digit();
    let sign = one(rest, b'-');
    let whole = count(after(rest, sign), digit);
    let len = sign + whole;
    if whole > 0 {
        best.take(Kind::Integer, len + prefix(after(rest, len), b".."));
    }
    let exponent = |at: usize| {
        let rest = after(rest, at);
        if !matches!(rest.first(), Some(b'e' | b'E')) {
            return 0;
        }
        let sign = usize::from(matches!(rest.get(1), Some(b'+' | b'-')));
        match count(after(rest, 1 + sign), digit) {
            0 => 0,
            digits => 1 + sign + digits,
        }
    };
    if after(rest, len).first() == Some(&b'.') {
        let fraction = count(after(rest, len + 1), digit);
        let end = len + 1 + fraction;
        if whole + fraction > 0 {
            best.take(Kind::Float, end + exponent(end));
        }
    }
    if whole > 0 && exponent(len) > 0 {
        best.take(Kind::Float, len + exponent(len));
    }
}

/// Of what began nothing, only these characters are ever printed.
pub(super) fn special_text(image: &str, out: &mut String) {
    let mut rest = image;
    while let Some(char) = rest.chars().next() {
        let escapes = count(rest.as_bytes(), |byte| byte == b'\\');
        let mut taken = 1;
        if escapes > 0 && after(rest.as_bytes(), escapes).first() == Some(&b'$') {
            out.push_str(rest.get(..=escapes).unwrap_or(""));
            // One character more is passed over, as in `NodeUtils`.
            taken = escapes + 2;
        } else if matches!(char, '#' | '$') {
            out.push(char);
        }
        rest = rest.get(taken..).unwrap_or("");
    }
}
