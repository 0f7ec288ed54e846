//! Tokens, cut as Velocity's grammar cuts them: by a stack of states, the longest match, the earlier declaration.
//!
//! The states are part of the language: they decide which white space a directive eats, that `$x.y(` is text when
//! nothing closes it, and that `$` at the end of a template is an error.

/// What the characters mean at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Default,
    PreDirective,
    Directive,
    Reference,
    /// After the dot.
    Modifier,
    /// Between a method's parentheses.
    Arguments,
    /// Between brackets.
    Index,
    LineComment,
    FormalComment,
    BlockComment,
    TextBlock,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    End,
    IndexOpen,
    IndexClose,
    ListOpen,
    ListClose,
    Comma,
    DoubleDot,
    Colon,
    MapOpen,
    MapClose,
    ParenOpen,
    ParenClose,
    CallClose,
    EscapedDirective,
    Set,
    LineCommentStart,
    LineComment,
    Comment,
    FormalComment,
    TextBlock,
    DoubleEscape,
    Escape,
    Text,
    Space,
    String,
    True,
    False,
    Minus,
    Plus,
    Times,
    Divide,
    Modulo,
    And,
    Or,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Not,
    Assign,
    DirectiveEnd,
    If,
    ElseIf,
    Else,
    Integer,
    Float,
    Word,
    BracketedWord,
    Identifier,
    Dot,
    CurlyOpen,
    CurlyClose,
    EmptyIndex,
    // These are never a token of their own: what they match begins the next one, is dropped, or is put before it.
    Dollar,
    Hash,
    TextBlockStart,
    FormalStart,
    BlockStart,
    Skipped,
    More,
    Terminator,
}

/// A piece of the source, and what was put before it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// `$` and `#` that turned out to begin nothing.
    pub(crate) special: String,
}

pub(crate) struct Lexer<'s> {
    pub(crate) source: &'s str,
    pub(crate) at: usize,
    state: State,
    opened: u32,
    closed: u32,
    stack: Vec<(State, u32, u32)>,
    pub(crate) in_set: bool,
    in_comment: bool,
    /// Where the backslashes end that were counted last: a long run of them is counted once.
    escapes_end: usize,
}

/// Nothing can be cut here.
pub(crate) struct Lexical(pub(crate) usize);

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        let stack = Vec::with_capacity(8);
        Self {
            source,
            at: 0,
            state: State::Default,
            opened: 0,
            closed: 0,
            stack,
            in_set: false,
            in_comment: false,
            escapes_end: 0,
        }
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token, Lexical> {
        let mut special = String::new();
        let mut start = self.at;
        let mut begun = false;
        loop {
            if self.at >= self.source.len() {
                if begun {
                    return Err(Lexical(start));
                }
                return Ok(Token { kind: Kind::End, start: self.at, end: self.at, special });
            }
            let Some((kind, len)) = self.longest() else { return Err(Lexical(self.at)) };
            let end = self.at + len;
            match kind {
                Kind::Terminator => {
                    special_text(self.source.get(start..self.at).unwrap_or(""), &mut special);
                    self.pop();
                    (start, begun) = (self.at, false);
                }
                Kind::Skipped => {
                    self.at = end;
                    (start, begun) = (end, false);
                }
                Kind::Dollar
                | Kind::Hash
                | Kind::TextBlockStart
                | Kind::FormalStart
                | Kind::BlockStart
                | Kind::More => {
                    self.at = end;
                    begun = true;
                    self.begin(kind);
                }
                _ => {
                    self.at = end;
                    self.accept(kind, start);
                    // A dot is a dot, whatever began it.
                    let start = if kind == Kind::Dot { self.at - 1 } else { start };
                    return Ok(Token { kind, start, end: self.at, special });
                }
            }
        }
    }

    /// Whether the next thing that is not white space is a parenthesis.
    pub(crate) fn is_parenthesis_next(&self) -> bool {
        let rest = self.bytes_at(self.at);
        rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) == Some(&b'(')
    }

    /// A word was a directive's name.
    pub(crate) fn enter_directive(&mut self) {
        self.state = State::Directive;
    }

    pub(crate) fn pop(&mut self) -> bool {
        match self.stack.pop() {
            Some((state, opened, closed)) => {
                (self.state, self.opened, self.closed) = (state, opened, closed);
                true
            }
            None => {
                (self.state, self.opened) = (State::Default, 0);
                false
            }
        }
    }

    fn push(&mut self, state: State) {
        self.stack.push((self.state, self.opened, self.closed));
        (self.state, self.opened) = (state, 0);
    }

    /// What begins a token that goes on.
    fn begin(&mut self, kind: Kind) {
        if self.in_comment {
            return;
        }
        match kind {
            Kind::Dollar => {
                if self.state == State::Reference {
                    self.pop();
                }
                self.push(State::Reference);
            }
            Kind::Hash => {
                if matches!(self.state, State::Reference | State::Modifier) {
                    self.pop();
                }
                self.push(State::PreDirective);
            }
            Kind::TextBlockStart => self.comment(State::TextBlock),
            Kind::FormalStart => self.comment(State::FormalComment),
            Kind::BlockStart => self.comment(State::BlockComment),
            _ => {}
        }
    }

    fn comment(&mut self, state: State) {
        self.in_comment = true;
        self.push(state);
    }

    /// What a token does to the state.
    fn accept(&mut self, kind: Kind, start: usize) {
        match kind {
            Kind::IndexOpen => self.push(State::Index),
            Kind::IndexClose | Kind::CurlyClose => {
                self.pop();
            }
            Kind::ParenOpen => {
                self.opened += 1;
                if self.state == State::Modifier {
                    self.state = State::Arguments;
                }
            }
            Kind::ParenClose => self.close(),
            Kind::CallClose => self.state = State::Reference,
            Kind::Set if !self.in_comment => {
                self.push(State::Directive);
                self.in_set = true;
                self.opened += 1;
            }
            Kind::LineCommentStart if !self.in_comment => {
                if self.state == State::Reference {
                    self.pop();
                }
                self.comment(State::LineComment);
            }
            Kind::LineComment | Kind::Comment | Kind::FormalComment | Kind::TextBlock => {
                self.in_comment = false;
                self.pop();
            }
            Kind::String if self.state == State::Directive && !self.in_set && self.opened == 0 => {
                self.pop();
            }
            Kind::Integer => {
                // The range's dots are no part of it.
                if self.source.get(start..self.at).is_some_and(|text| text.ends_with("..")) {
                    self.at -= 2;
                }
                if self.opened == 0 && !self.in_set && !matches!(self.state, State::Arguments | State::Index) {
                    self.pop();
                }
            }
            Kind::Float if self.opened == 0 && !self.in_set && self.state != State::Arguments => {
                self.pop();
            }
            Kind::DirectiveEnd | Kind::Else => {
                self.pop();
            }
            Kind::If | Kind::ElseIf => self.state = State::Directive,
            Kind::Dot => {
                self.at -= 1;
                self.state = State::Modifier;
            }
            _ => {}
        }
    }

    /// A parenthesis closes the state that opened one.
    fn close(&mut self) {
        if self.in_comment {
            return;
        }
        loop {
            if self.opened > 0 {
                if self.opened == self.closed + 1 {
                    self.pop();
                } else {
                    self.closed += 1;
                }
                return;
            }
            if !self.pop() {
                return;
            }
        }
    }

    fn bytes_at(&self, at: usize) -> &'s [u8] {
        self.source.as_bytes().get(at..).unwrap_or_default()
    }

    /// The longest token of the state, the first declared of equally long ones.
    fn longest(&mut self) -> Option<(Kind, usize)> {
        let rest = self.bytes_at(self.at);
        if self.escapes_end <= self.at {
            self.escapes_end = self.at + count(rest, |byte| byte == b'\\');
        }
        let escapes = self.escapes_end - self.at;
        let mut best = Best(None);
        match self.state {
            State::Default => {
                best.take(Kind::LineCommentStart, prefix(rest, b"##"));
                best.take(Kind::EscapedDirective, escaped_directive(rest, escapes));
                best.take(Kind::Set, set(rest));
                anywhere(rest, escapes, &mut best);
                best.take(Kind::DoubleEscape, if rest.starts_with(br"\\") { 2 } else { 0 });
                best.take(Kind::Escape, usize::from(rest.starts_with(br"\")));
                best.take(Kind::Text, count(rest, |byte| !matches!(byte, b'$' | b'#' | b'\\')));
                best.take(Kind::EmptyIndex, empty_index(rest));
            }
            State::Reference | State::Modifier => {
                best.take(Kind::IndexOpen, one(rest, b'['));
                match self.state {
                    State::Modifier => best.take(Kind::ParenOpen, one(rest, b'(')),
                    // Not after a dot, nor among arguments: there `##` is two hashes.
                    _ => best.take(Kind::LineCommentStart, prefix(rest, b"##")),
                }
                best.take(Kind::Set, set(rest));
                anywhere(rest, escapes, &mut best);
                booleans(rest, &mut best);
                best.take(Kind::Identifier, identifier(rest));
                best.take(Kind::Dot, dot(rest));
                best.take(Kind::CurlyOpen, one(rest, b'{'));
                best.take(Kind::CurlyClose, one(rest, b'}'));
                best.take(Kind::Terminator, 1);
                if self.state == State::Reference {
                    best.take(Kind::EmptyIndex, empty_index(rest));
                }
            }
            State::Arguments => {
                brackets(rest, &mut best);
                best.take(Kind::CallClose, one(rest, b')'));
                best.take(Kind::Set, set(rest));
                anywhere(rest, escapes, &mut best);
                literals(rest, &mut best);
                numbers(rest, &mut best);
                best.take(Kind::Identifier, identifier(rest));
                best.take(Kind::Dot, dot(rest));
            }
            State::Index => {
                best.take(Kind::IndexClose, one(rest, b']'));
                anywhere(rest, escapes, &mut best);
                literals(rest, &mut best);
                numbers(rest, &mut best);
            }
            State::Directive => {
                best.take(Kind::LineCommentStart, prefix(rest, b"##"));
                brackets(rest, &mut best);
                best.take(Kind::ParenOpen, one(rest, b'('));
                best.take(Kind::ParenClose, with_newline(rest, 1, rest.first() == Some(&b')')));
                anywhere(rest, escapes, &mut best);
                literals(rest, &mut best);
                operators(rest, &mut best);
                numbers(rest, &mut best);
                words(rest, &mut best);
            }
            State::PreDirective => {
                best.take(Kind::LineCommentStart, prefix(rest, b"##"));
                anywhere(rest, escapes, &mut best);
                best.take(Kind::DirectiveEnd, with_newline(rest, 3, rest.starts_with(b"end")));
                best.take(Kind::DirectiveEnd, with_newline(rest, 5, rest.starts_with(b"{end}")));
                for (kind, plain, bracketed) in
                    [(Kind::If, &b"if"[..], &b"{if}"[..]), (Kind::ElseIf, &b"elseif"[..], &b"{elseif}"[..])]
                {
                    best.take(kind, prefix(rest, plain).max(prefix(rest, bracketed)));
                }
                best.take(Kind::Else, with_newline(rest, 4, rest.starts_with(b"else")));
                best.take(Kind::Else, with_newline(rest, 6, rest.starts_with(b"{else}")));
                numbers(rest, &mut best);
                words(rest, &mut best);
                best.take(Kind::Terminator, 1);
            }
            State::LineComment => {
                anywhere(rest, escapes, &mut best);
                best.take(Kind::LineComment, newline(rest));
                best.take(Kind::Skipped, char_len(rest));
            }
            State::FormalComment | State::BlockComment => {
                anywhere(rest, escapes, &mut best);
                let kind = if self.state == State::FormalComment { Kind::FormalComment } else { Kind::Comment };
                best.take(kind, prefix(rest, b"*#"));
                best.take(Kind::Skipped, char_len(rest));
            }
            State::TextBlock => {
                anywhere(rest, escapes, &mut best);
                best.take(Kind::TextBlock, prefix(rest, b"]]#"));
                best.take(Kind::More, char_len(rest));
            }
        }
        best.0
    }
}

struct Best(Option<(Kind, usize)>);

impl Best {
    fn take(&mut self, kind: Kind, len: usize) {
        if len > self.0.map_or(0, |(_, longest)| longest) {
            self.0 = Some((kind, len));
        }
    }
}

fn count(rest: &[u8], is: impl Fn(u8) -> bool) -> usize {
    rest.iter().take_while(|byte| is(**byte)).count()
}

fn after(rest: &[u8], at: usize) -> &[u8] {
    rest.get(at..).unwrap_or_default()
}

fn one(rest: &[u8], byte: u8) -> usize {
    usize::from(rest.first() == Some(&byte))
}

fn prefix(rest: &[u8], text: &[u8]) -> usize {
    if rest.starts_with(text) { text.len() } else { 0 }
}

fn char_len(rest: &[u8]) -> usize {
    1 + count(after(rest, 1), |byte| byte & 0xc0 == 0x80)
}

fn newline(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// So many characters, and blanks and a line's end after them if there is one.
fn with_newline(rest: &[u8], len: usize, matches: bool) -> usize {
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
fn anywhere(rest: &[u8], escapes: usize, best: &mut Best) {
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

fn set(rest: &[u8]) -> usize {
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

fn escaped_directive(rest: &[u8], escapes: usize) -> usize {
    if escapes.is_multiple_of(2) || after(rest, escapes).first() != Some(&b'#') {
        return 0;
    }
    let name = after(rest, escapes + 1);
    match word(name).max(bracketed(name)) {
        0 => 0,
        len => escapes + 1 + len,
    }
}

fn empty_index(rest: &[u8]) -> usize {
    prefix(rest, b"$[").max(prefix(rest, b"$![")).max(prefix(rest, br"$\![")).max(prefix(rest, b"$."))
}

fn identifier(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
            count(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        }
        _ => 0,
    }
}

fn dot(rest: &[u8]) -> usize {
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

fn words(rest: &[u8], best: &mut Best) {
    best.take(Kind::Word, word(rest));
    best.take(Kind::BracketedWord, bracketed(rest));
}

fn brackets(rest: &[u8], best: &mut Best) {
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

fn booleans(rest: &[u8], best: &mut Best) {
    best.take(Kind::True, prefix(rest, b"true"));
    best.take(Kind::False, prefix(rest, b"false"));
}

fn literals(rest: &[u8], best: &mut Best) {
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

fn operators(rest: &[u8], best: &mut Best) {
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

fn numbers(rest: &[u8], best: &mut Best) {
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
fn special_text(image: &str, out: &mut String) {
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
