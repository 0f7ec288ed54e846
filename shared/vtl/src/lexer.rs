//! Tokens, cut as Velocity's grammar cuts them: by a stack of states, the longest match, the earlier declaration.
//!
//! The states are part of the language: they decide which white space a directive eats, that `$x.y(` is text when
//! nothing closes it, and that `$` at the end of a template is an error.

mod matching;
mod token;

pub(crate) use token::{Kind, Token};

use matching::{
    Best, anywhere, booleans, brackets, char_len, count, dot, empty_index, escaped_directive, identifier, literals,
    newline, numbers, one, operators, prefix, set, special_text, with_newline, words,
};

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
