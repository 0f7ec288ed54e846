//! `#if`, `#foreach` and the rest, and what only looks like a directive.

use super::{Parsed, Parser};
use crate::lexer::Kind;
use crate::op::Op;
use crate::value::Text;

/// An argument of a directive.
struct Argument {
    first: usize,
    last: usize,
    ops: Vec<Op>,
    /// The variable, if it is a reference.
    root: Option<String>,
}

impl Parser<'_, '_> {
    pub(super) fn condition(&mut self) -> Parsed<()> {
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
    pub(super) fn directive(&mut self) -> Parsed<()> {
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
