//! Source to operations in one pass, by Velocity's grammar and with its look-aheads.
//!
//! Statements are here; references and expressions are below.

mod expression;
mod reference;

use std::collections::HashMap;

use crate::big::Big;
use crate::error::TemplateError;
use crate::lexer::{Kind, Lexer, Token};
use crate::op::{Op, Site};
use crate::value::{Of, Text, Val};

/// How deep statements, expressions and strings nest: reading them recurses, and a filter's stack is small.
const MAX_DEPTH: u32 = 64;

/// How many bytes a template may have.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const MAX_SOURCE: usize = 300 << 10;

/// What a template's regular expressions may take together, compiled, in bytes: ours, too.
const MAX_PATTERNS: usize = 8 << 20;

/// Variables that are there in every template, in the order of their slots.
pub(crate) const KNOWN: [&str; 7] =
    ["input", "util", "context", "stageVariables", "foreach", "velocityCount", "velocityHasNext"];

/// Where `$foreach` is kept; its two older forms follow.
pub(crate) const FOREACH: u32 = 4;

/// A template compiled.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) text: String,
    pub(crate) sites: Vec<Site>,
    pub(crate) bigs: Vec<Big>,
    pub(crate) slots: u32,
    pub(crate) reads_body: bool,
    pub(crate) counts_rounds: bool,
}

/// What is wrong, and at which byte of the source.
pub(super) type Parsed<T> = Result<T, (usize, String)>;

/// Compiles a template.
pub(crate) fn parse(name: &str, source: &str) -> Result<Program, TemplateError> {
    let wrong = |(at, reason): (usize, String)| {
        let before = source.get(..at).unwrap_or(source);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
        TemplateError { name: name.to_owned(), line, column, reason, unserved: false }
    };
    if source.len() > MAX_SOURCE {
        let reason = format!("a template of {} bytes: it may have {MAX_SOURCE}", source.len());
        return Err(TemplateError { unserved: true, ..wrong((0, reason)) });
    }
    let mut unit = Unit::default();
    unit.program.text.reserve(source.len());
    unit.program.ops.reserve(source.len() / 8);
    for (slot, name) in (0u32..).zip(KNOWN) {
        unit.slots.insert(name.to_owned(), slot);
    }
    let parsed = Parser::new(source, &mut unit).template();
    parsed.map_err(|error| TemplateError { unserved: unit.unserved, ..wrong(error) })?;
    let mut program = unit.program;
    program.slots = u32::try_from(unit.slots.len()).unwrap_or(u32::MAX);
    Ok(program)
}

/// What one template's parsers share: its own, and those of the strings in it.
#[derive(Default)]
pub(super) struct Unit {
    pub(super) program: Program,
    slots: HashMap<String, u32>,
    macros: Vec<String>,
    depth: u32,
    /// Where something jumps to: text is not merged across it.
    barrier: usize,
    pub(super) loops: u32,
    /// What the regular expressions take, compiled, in bytes.
    patterns: usize,
    /// What was wrong is not for AWS.
    pub(super) unserved: bool,
}

pub(super) struct Parser<'s, 'u> {
    pub(super) unit: &'u mut Unit,
    lexer: Lexer<'s>,
    tokens: Vec<Token>,
    pub(super) at: usize,
    /// Where the right operand of the last sum or product begins, right behind the operator.
    pub(super) operand: usize,
}

impl<'s, 'u> Parser<'s, 'u> {
    pub(super) fn new(source: &'s str, unit: &'u mut Unit) -> Self {
        Self { unit, lexer: Lexer::new(source), tokens: Vec::with_capacity(source.len() / 6 + 4), at: 0, operand: 0 }
    }

    pub(super) fn template(&mut self) -> Parsed<()> {
        self.statements()?;
        match self.kind()? {
            Kind::End => Ok(()),
            _ => self.unexpected(),
        }
    }

    /// The kind of a token further on.
    pub(super) fn peek(&mut self, ahead: usize) -> Parsed<Kind> {
        while self.tokens.len() <= self.at + ahead {
            if self.tokens.last().is_some_and(|last| last.kind == Kind::End) {
                return Ok(Kind::End);
            }
            let token = self.lexer.next().map_err(|lexical| (lexical.0, "nothing can stand here".to_owned()))?;
            self.tokens.push(token);
        }
        Ok(self.tokens.get(self.at + ahead).map_or(Kind::End, |token| token.kind))
    }

    pub(super) fn kind(&mut self) -> Parsed<Kind> {
        self.peek(0)
    }

    /// Takes a token that was looked at.
    pub(super) fn take(&mut self) {
        self.at += 1;
    }

    pub(super) fn expect(&mut self, kind: Kind) -> Parsed<()> {
        if self.kind()? == kind {
            self.take();
            return Ok(());
        }
        self.unexpected()
    }

    pub(super) fn optional(&mut self, kind: Kind) -> Parsed<bool> {
        let found = self.kind()? == kind;
        if found {
            self.take();
        }
        Ok(found)
    }

    pub(super) fn unexpected<T>(&mut self) -> Parsed<T> {
        let kind = self.kind()?;
        let at = self.tokens.get(self.at).map_or(self.lexer.source.len(), |token| token.start);
        match kind {
            Kind::End => Err((at, "the template ends too early".to_owned())),
            _ => Err((at, format!("`{}` cannot stand here", self.image(self.at).trim()))),
        }
    }

    pub(super) fn wrong<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        let at = self.tokens.get(self.at.saturating_sub(1)).map_or(0, |token| token.start);
        Err((at, reason.into()))
    }

    pub(super) fn image(&self, at: usize) -> &str {
        self.tokens.get(at).and_then(|token| self.lexer.source.get(token.start..token.end)).unwrap_or("")
    }

    /// Leaves out what stands before a token's proper text.
    pub(super) fn trim(&mut self, at: usize, bytes: usize) {
        if let Some(token) = self.tokens.get_mut(at) {
            token.start += bytes;
        }
    }

    /// What the tokens look like, those before them that began nothing included.
    pub(super) fn literal(&self, from: usize, to: usize) -> String {
        (from..to).map(|at| self.token_literal(at)).collect()
    }

    fn token_literal(&self, at: usize) -> String {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Comment && !self.image(at).starts_with('$') => String::new(),
            Some(token) => format!("{}{}", token.special, self.image(at)),
            None => String::new(),
        }
    }

    /// What the tokens look like, without that.
    fn images(&self, from: usize, to: usize) -> String {
        (from..to).map(|at| self.image(at)).collect()
    }

    pub(super) fn deeper(&mut self) -> Parsed<()> {
        self.unit.depth += 1;
        if self.unit.depth > MAX_DEPTH {
            let at = self.tokens.get(self.at).map_or(0, |token| token.start);
            return Err((at, format!("it nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    pub(super) fn shallower(&mut self) {
        self.unit.depth -= 1;
    }

    pub(super) fn statements(&mut self) -> Parsed<()> {
        self.deeper()?;
        while self.statement()? {}
        self.shallower();
        Ok(())
    }

    /// One statement, if there is one.
    fn statement(&mut self) -> Parsed<bool> {
        match self.kind()? {
            Kind::If => self.condition()?,
            Kind::Identifier => self.printed_reference()?,
            Kind::CurlyOpen if self.peek(1)? == Kind::Identifier => self.printed_reference()?,
            Kind::LineCommentStart => {
                self.comment_prefix();
                self.take();
                self.optional(Kind::LineComment)?;
            }
            Kind::Comment | Kind::FormalComment => {
                self.comment_prefix();
                self.take();
            }
            Kind::TextBlock => {
                let image = self.image(self.at);
                let text = image.get(3..image.len().saturating_sub(3)).unwrap_or("").to_owned();
                self.take();
                self.unit.text(&text);
            }
            Kind::Set => self.set()?,
            Kind::EscapedDirective => {
                self.halve_escapes();
                let text = self.image(self.at).to_owned();
                self.take();
                self.unit.text(&text);
            }
            Kind::DoubleEscape => self.escapes()?,
            Kind::Word | Kind::BracketedWord => self.directive()?,
            Kind::Text
            | Kind::Dot
            | Kind::ParenClose
            | Kind::ParenOpen
            | Kind::Integer
            | Kind::Float
            | Kind::String
            | Kind::Escape
            | Kind::CurlyOpen
            | Kind::CurlyClose
            | Kind::EmptyIndex => {
                let text = self.token_literal(self.at);
                self.take();
                self.unit.text(&text);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `$` and the like before a comment are printed.
    fn comment_prefix(&mut self) {
        let image = self.image(self.at);
        let at = image.find("##").or_else(|| image.find("#*")).unwrap_or(0);
        let prefix = image.get(..at).unwrap_or("").to_owned();
        self.unit.text(&prefix);
    }

    fn is_directive(&self, name: &str) -> bool {
        matches!(name, "foreach" | "macro" | "literal" | "break" | "define" | "stop")
    }

    /// Of the backslashes before a directive half are there, in what is printed as it stands too.
    fn halve_escapes(&mut self) {
        let image = self.image(self.at);
        let escapes = image.bytes().take_while(|byte| *byte == b'\\').count();
        let name = image.get(escapes + 1..).unwrap_or("");
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        let known = self.is_directive(name)
            || self.unit.macros.iter().any(|known| known == name)
            || matches!(name, "if" | "end" | "set" | "else" | "elseif");
        if known {
            self.trim(self.at, escapes - escapes / 2);
        }
    }

    /// Backslashes in pairs: before a directive each pair is one.
    fn escapes(&mut self) -> Parsed<()> {
        let mut count = 0;
        while self.kind()? == Kind::DoubleEscape {
            self.take();
            count += 1;
        }
        let control = match self.kind()? {
            Kind::If | Kind::Else | Kind::ElseIf | Kind::DirectiveEnd => true,
            Kind::End => false,
            _ => {
                let image = self.image(self.at);
                let mut chars = image.chars();
                chars.next();
                self.is_directive(chars.as_str())
            }
        };
        self.unit.text(&(if control { "\\" } else { "\\\\" }).repeat(count));
        Ok(())
    }

    fn set(&mut self) -> Parsed<()> {
        self.take();
        self.optional(Kind::Space)?;
        let from = self.unit.program.ops.len();
        let target = self.target()?;
        self.optional(Kind::Space)?;
        self.expect(Kind::Assign)?;
        let assigned: Vec<Op> = self.unit.program.ops.drain(from..).collect();
        self.unit.barrier = from;
        self.expression()?;
        self.expect(Kind::ParenClose)?;
        self.lexer.in_set = false;
        let after = assigned.len() + target.len();
        self.unit.op(Op::SkipNull(distance(after)));
        self.unit.program.ops.extend(assigned);
        self.unit.program.ops.extend(target);
        self.unit.barrier();
        Ok(())
    }

    fn condition(&mut self) -> Parsed<()> {
        let mut ends = Vec::new();
        loop {
            self.take();
            self.optional(Kind::Space)?;
            self.expect(Kind::ParenOpen)?;
            let meaning = self.expression_from()?;
            self.unit.truth(meaning);
            self.expect(Kind::ParenClose)?;
            let unless = self.unit.op(Op::Unless(0));
            self.statements()?;
            let kind = self.kind()?;
            if kind != Kind::DirectiveEnd {
                ends.push(self.unit.op(Op::Jump(0)));
            }
            self.unit.land(unless);
            match kind {
                Kind::ElseIf => {}
                Kind::Else => {
                    self.take();
                    self.statements()?;
                    break;
                }
                _ => break,
            }
        }
        self.expect(Kind::DirectiveEnd)?;
        ends.into_iter().for_each(|end| self.unit.land(end));
        Ok(())
    }

    /// A directive by name, or what looks like one.
    fn directive(&mut self) -> Parsed<()> {
        let first = self.at;
        let kind = self.kind()?;
        let image = self.image(first);
        let name = match kind {
            Kind::BracketedWord => image.get(2..image.len().saturating_sub(1)),
            _ => image.get(1..),
        };
        let name = name.unwrap_or("").to_owned();
        self.take();
        self.lexer.enter_directive();
        let is_macro = name == "macro";
        if !self.lexer.is_parenthesis_next() {
            if is_macro {
                return self.wrong("a macro without a name");
            }
            self.lexer.pop();
            return self.bare_directive(&name, first);
        }
        self.optional(Kind::Space)?;
        self.expect(Kind::ParenOpen)?;
        let mut arguments = Vec::new();
        while self.is_argument_next()? {
            self.optional(Kind::Space)?;
            if self.optional(Kind::Comma)? {
                self.optional(Kind::Space)?;
            }
            let from = self.unit.program.ops.len();
            let first = self.at;
            let is_word = self.kind()? == Kind::Word;
            let root = self.argument()?;
            let is_name = is_macro && arguments.is_empty();
            if is_name && !is_word {
                return self.wrong("a macro's name is a word");
            }
            if is_word && !is_name {
                let is_in = name == "foreach" && arguments.len() == 1;
                if self.is_directive(&name) && !is_in {
                    return self.wrong("a word where a value is needed");
                }
            }
            let ops: Vec<Op> = self.unit.program.ops.drain(from..).collect();
            self.unit.barrier = from;
            arguments.push(Argument { first, last: self.at, ops, root });
        }
        self.optional(Kind::Space)?;
        self.expect(Kind::ParenClose)?;
        let is_block = name.starts_with('@') || matches!(name.as_str(), "foreach" | "macro" | "literal" | "define");
        if !is_block {
            return self.line_directive(&name, first, arguments);
        }
        self.block_directive(&name, first, arguments)
    }

    fn is_argument_next(&mut self) -> Parsed<bool> {
        let starts = |kind| {
            matches!(
                kind,
                Kind::Identifier
                    | Kind::CurlyOpen
                    | Kind::Word
                    | Kind::String
                    | Kind::Integer
                    | Kind::Float
                    | Kind::ListOpen
                    | Kind::MapOpen
                    | Kind::True
                    | Kind::False
            )
        };
        Ok(match self.kind()? {
            Kind::Space => matches!(self.peek(1)?, Kind::Comma) || starts(self.peek(1)?),
            Kind::Comma => self.peek(1)? == Kind::Space || starts(self.peek(1)?),
            kind => starts(kind),
        })
    }

    /// One without parentheses.
    fn bare_directive(&mut self, name: &str, first: usize) -> Parsed<()> {
        match name {
            "stop" | "break" => self.line_directive(name, first, Vec::new()),
            "foreach" | "literal" | "define" => self.wrong(format!("`#{name}` without parentheses")),
            _ => {
                let text = self.images(first, self.at);
                self.unit.text(&text);
                Ok(())
            }
        }
    }

    fn line_directive(&mut self, name: &str, first: usize, arguments: Vec<Argument>) -> Parsed<()> {
        match (name, arguments.into_iter().next()) {
            ("stop", _) => {
                self.unit.op(Op::Stop);
            }
            ("break", None) => {
                self.unit.op(Op::Break);
            }
            ("break", Some(argument)) => {
                self.unit.program.ops.extend(argument.ops);
                self.unit.op(Op::BreakScope);
            }
            _ => {
                let text = self.images(first, self.at);
                self.unit.text(&text);
            }
        }
        self.unit.barrier();
        Ok(())
    }

    fn block_directive(&mut self, name: &str, first: usize, arguments: Vec<Argument>) -> Parsed<()> {
        let (from, block) = (self.unit.program.ops.len(), self.at);
        self.unit.barrier();
        match name {
            "foreach" => self.foreach(arguments)?,
            "define" => self.define(arguments)?,
            "macro" => {
                // Inline macros are not permitted: one is read, known to escapes, and nothing else.
                self.statements()?;
                self.expect(Kind::DirectiveEnd)?;
                match arguments.first() {
                    Some(name) => {
                        let name = self.image(name.first).to_owned();
                        self.unit.macros.push(name);
                    }
                    None => return self.wrong("a macro without a name"),
                }
                if arguments.iter().skip(1).any(|argument| argument.root.is_none()) {
                    return self.wrong("a macro's argument is a reference");
                }
                self.unit.program.ops.truncate(from);
            }
            "literal" => {
                self.statements()?;
                let text = self.literal(block, self.at);
                let text = match arguments.first() {
                    Some(argument) => self.literal(argument.first, argument.last),
                    None if block == self.at => return self.wrong("an empty `#literal`"),
                    None => text,
                };
                self.expect(Kind::DirectiveEnd)?;
                self.unit.program.ops.truncate(from);
                self.unit.text(&text);
            }
            _ => {
                self.statements()?;
                self.expect(Kind::DirectiveEnd)?;
                self.unit.program.ops.truncate(from);
                let text = self.images(first, self.at);
                self.unit.text(&text);
            }
        }
        self.unit.barrier();
        Ok(())
    }

    fn foreach(&mut self, arguments: Vec<Argument>) -> Parsed<()> {
        let mut arguments = arguments.into_iter();
        let (item, word, list, more) = (arguments.next(), arguments.next(), arguments.next(), arguments.next());
        let (Some(item), Some(_), Some(list)) = (&item, &word, list) else {
            let from = self.unit.program.ops.len();
            self.statements()?;
            self.unit.program.ops.truncate(from);
            self.unit.barrier();
            if word.is_none() {
                // Velocity finds out when it gets there.
                self.unit.op(Op::Fail);
            }
            // Else the block is what is looped over, and that is no list.
            return self.expect(Kind::DirectiveEnd);
        };
        let name = match &item.root {
            Some(name) => name.clone(),
            None => self.image(item.first).chars().skip(1).collect(),
        };
        self.unit.program.ops.extend(list.ops);
        let slot = self.unit.slot(&name);
        let each = self.unit.op(Op::Each { slot, end: 0 });
        let next = self.unit.op(Op::Next);
        self.unit.barrier();
        self.unit.loops += 1;
        self.statements()?;
        self.unit.loops -= 1;
        self.expect(Kind::DirectiveEnd)?;
        if let Some(printed) = more {
            // What stands in the block's place is printed instead of it.
            self.unit.program.ops.truncate(next + 1);
            self.unit.program.ops.extend(printed.ops);
            let empty = Text::EMPTY;
            self.unit.op(if printed.root.is_some() {
                Op::Print { prefix: empty, literal: empty }
            } else {
                Op::Drop(1)
            });
        }
        let back = self.unit.program.ops.len() - next + 1;
        self.unit.op(Op::Jump(-i32::try_from(back).unwrap_or(i32::MAX)));
        self.unit.land(each);
        Ok(())
    }

    fn define(&mut self, arguments: Vec<Argument>) -> Parsed<()> {
        let Some(argument) = arguments.into_iter().next() else { return self.wrong("a `#define` without a name") };
        // Whatever stands there, its name is what follows its first character.
        let name: String = self.image(argument.first).chars().skip(1).collect();
        let slot = self.unit.slot(&name);
        let define = self.unit.op(Op::Define { slot, len: 0 });
        self.unit.barrier();
        self.statements()?;
        self.expect(Kind::DirectiveEnd)?;
        self.unit.op(Op::Return);
        self.unit.land(define);
        Ok(())
    }
}

/// An argument of a directive.
struct Argument {
    first: usize,
    last: usize,
    ops: Vec<Op>,
    /// The variable, if it is a reference.
    root: Option<String>,
}

pub(super) fn distance(ops: usize) -> u32 {
    u32::try_from(ops).unwrap_or(u32::MAX)
}

impl Unit {
    /// Adds an operation; gives its place.
    pub(super) fn op(&mut self, op: Op) -> usize {
        self.program.ops.push(op);
        self.program.ops.len() - 1
    }

    /// Something jumps to what comes next.
    pub(super) fn barrier(&mut self) {
        self.barrier = self.program.ops.len();
    }

    /// The operation there jumps to what comes next.
    pub(super) fn land(&mut self, at: usize) {
        let by = distance(self.program.ops.len() - at - 1);
        match self.program.ops.get_mut(at) {
            Some(
                Op::Load { skip, .. }
                | Op::Dotted { skip, .. }
                | Op::Property { skip, .. }
                | Op::Index { skip }
                | Op::Call { skip, .. }
                | Op::Unless(skip)
                | Op::And(skip)
                | Op::Or(skip)
                | Op::Each { end: skip, .. }
                | Op::Define { len: skip, .. },
            ) => *skip = by,
            Some(Op::Jump(to)) => *to = i32::try_from(by).unwrap_or(i32::MAX),
            _ => {}
        }
        self.barrier();
    }

    pub(super) fn constant(&mut self, text: &str) -> Text {
        let start = distance(self.program.text.len());
        self.program.text.push_str(text);
        Text { of: Of::Template, start, len: distance(text.len()) }
    }

    /// Prints a constant, together with the one before if they touch.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let added = self.constant(text);
        if self.program.ops.len() > self.barrier
            && let Some(Op::Text(last)) = self.program.ops.last_mut()
            && last.start + last.len == added.start
        {
            last.len += added.len;
            return;
        }
        self.op(Op::Text(added));
    }

    pub(super) fn slot(&mut self, name: &str) -> u32 {
        match self.slots.get(name) {
            Some(slot) => {
                let slot = *slot;
                self.program.counts_rounds |= slot >= FOREACH && (slot as usize) < KNOWN.len();
                slot
            }
            None => {
                let slot = distance(self.slots.len());
                self.slots.insert(name.to_owned(), slot);
                slot
            }
        }
    }

    pub(super) fn push(&mut self, value: Val) {
        self.op(Op::Push(value));
    }
}
