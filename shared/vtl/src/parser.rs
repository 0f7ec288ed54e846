//! Source to operations in one pass, by Velocity's grammar and with its look-aheads.
//!
//! Statements are here; directives, references and expressions are below.

mod directive;
mod expression;
mod reference;
mod unit;

use unit::{Unit, distance};

use crate::big::Big;
use crate::error::TemplateError;
use crate::lexer::{Kind, Lexer, Token};
use crate::op::{Op, Site};

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

pub(super) struct Parser<'s, 'u> {
    unit: &'u mut Unit,
    lexer: Lexer<'s>,
    tokens: Vec<Token>,
    pub(super) at: usize,
    /// Where the right operand of the last sum or product begins, right behind the operator.
    pub(super) operand: usize,
}

impl<'s, 'u> Parser<'s, 'u> {
    fn new(source: &'s str, unit: &'u mut Unit) -> Self {
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
}
