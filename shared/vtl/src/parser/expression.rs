//! Expressions, and what may be written as a value.

use super::{Parsed, Parser, Unit, distance};
use crate::big::Big;
use crate::lexer::Kind;
use crate::number::Arithmetic;
use crate::op::{Comparison, Op};
use crate::value::{Text, Val};

/// After how many terms of a sum a null in it is no longer printed as it was written: each keeps a copy.
const MAX_TERMS: usize = 8;

/// What an expression says as a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What its value says: false, or not.
    Reference,
    /// It is a boolean.
    Boolean,
    /// False, whatever it is: it is not even looked at.
    Never(usize),
}

impl Unit {
    /// Makes a boolean of what was just compiled.
    pub(super) fn truth(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Boolean => {}
            Meaning::Reference => {
                self.op(Op::Truth);
            }
            Meaning::Never(from) => {
                self.program.ops.truncate(from);
                self.push(Val::Bool(false));
            }
        }
        self.barrier();
    }
}

impl Parser<'_, '_> {
    pub(super) fn expression(&mut self) -> Parsed<()> {
        self.expression_from().map(|_| ())
    }

    pub(super) fn expression_from(&mut self) -> Parsed<Meaning> {
        self.deeper()?;
        let mut meaning = self.conjunction()?;
        while self.kind()? == Kind::Or {
            self.unit.truth(meaning);
            self.take();
            let or = self.unit.op(Op::Or(0));
            let right = self.conjunction()?;
            self.unit.truth(right);
            self.unit.land(or);
            meaning = Meaning::Boolean;
        }
        self.shallower();
        Ok(meaning)
    }

    fn conjunction(&mut self) -> Parsed<Meaning> {
        let mut meaning = self.equality()?;
        while self.kind()? == Kind::And {
            self.unit.truth(meaning);
            self.take();
            let and = self.unit.op(Op::And(0));
            let right = self.equality()?;
            self.unit.truth(right);
            self.unit.land(and);
            meaning = Meaning::Boolean;
        }
        Ok(meaning)
    }

    fn equality(&mut self) -> Parsed<Meaning> {
        let mut meaning = self.relation()?;
        loop {
            let comparison = match self.kind()? {
                Kind::Equal => Comparison::Equal,
                Kind::NotEqual => Comparison::NotEqual,
                _ => return Ok(meaning),
            };
            self.take();
            self.relation()?;
            self.unit.op(Op::Compare(comparison));
            meaning = Meaning::Boolean;
        }
    }

    fn relation(&mut self) -> Parsed<Meaning> {
        let mut meaning = self.sum()?;
        loop {
            let comparison = match self.kind()? {
                Kind::Less => Comparison::Less,
                Kind::LessEqual => Comparison::LessEqual,
                Kind::Greater => Comparison::Greater,
                Kind::GreaterEqual => Comparison::GreaterEqual,
                _ => return Ok(meaning),
            };
            self.take();
            self.sum()?;
            self.unit.op(Op::Compare(comparison));
            meaning = Meaning::Boolean;
        }
    }

    fn sum(&mut self) -> Parsed<Meaning> {
        let (from, first) = (self.unit.program.ops.len(), self.at);
        let mut meaning = self.product()?;
        let mut terms = 1;
        loop {
            let operator = match self.kind()? {
                Kind::Plus => Arithmetic::Add,
                Kind::Minus => Arithmetic::Sub,
                _ => return Ok(meaning),
            };
            let left = if terms > MAX_TERMS { Text::EMPTY } else { self.written(first) };
            terms += 1;
            self.take();
            let second = self.at;
            self.product()?;
            let right = self.written(second);
            self.unit.op(Op::Arithmetic { operator, left, right });
            self.operand = second;
            meaning = Meaning::Never(from);
        }
    }

    fn product(&mut self) -> Parsed<Meaning> {
        let from = self.unit.program.ops.len();
        let mut meaning = self.unary()?;
        loop {
            let operator = match self.kind()? {
                Kind::Times => Arithmetic::Mul,
                Kind::Divide => Arithmetic::Div,
                Kind::Modulo => Arithmetic::Mod,
                _ => return Ok(meaning),
            };
            self.take();
            let second = self.at;
            self.unary()?;
            self.unit.op(Op::Arithmetic { operator, left: Text::EMPTY, right: Text::EMPTY });
            self.operand = second;
            meaning = Meaning::Never(from);
        }
    }

    /// What an operand looks like: a sum with a string in it prints that in the place of a null. In parentheses that is what
    /// stands in them; else Velocity's node for `a * b` begins behind the operator.
    fn written(&mut self, first: usize) -> Text {
        let text = match self.unit.program.ops.last() {
            Some(Op::Arithmetic { .. } | Op::Range) if self.is_in_parentheses(first) => {
                let text = self.literal(first, self.at);
                text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&text).to_owned()
            }
            Some(Op::Arithmetic { .. }) => self.literal(self.operand, self.at),
            Some(Op::Range) => self.literal(first, self.at).trim().to_owned(),
            _ => return Text::EMPTY,
        };
        self.unit.constant(&text)
    }

    /// Whether one pair of parentheses holds all that was read since then.
    fn is_in_parentheses(&self, first: usize) -> bool {
        let mut kinds = (first..self.at).filter_map(|at| self.tokens.get(at)).map(|token| token.kind).peekable();
        kinds.next_if_eq(&Kind::Space);
        let mut depth = 0u32;
        while let Some(kind) = kinds.next() {
            match kind {
                Kind::ParenOpen => depth += 1,
                Kind::ParenClose => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return kind == Kind::ParenClose && kinds.all(|kind| kind == Kind::Space);
            }
        }
        false
    }

    fn unary(&mut self) -> Parsed<Meaning> {
        let mut nots = 0;
        loop {
            match (self.kind()?, self.peek(1)?) {
                (Kind::Not, _) => self.take(),
                (Kind::Space, Kind::Not) => {
                    self.take();
                    self.take();
                }
                _ => break,
            }
            nots += 1;
        }
        let mut meaning = self.primary()?;
        for _ in 0..nots {
            self.unit.truth(meaning);
            self.unit.op(Op::Not);
            meaning = Meaning::Boolean;
        }
        Ok(meaning)
    }

    fn primary(&mut self) -> Parsed<Meaning> {
        self.optional(Kind::Space)?;
        let from = self.unit.program.ops.len();
        let meaning = if self.kind()? == Kind::ParenOpen {
            self.take();
            let meaning = self.expression_from()?;
            self.expect(Kind::ParenClose)?;
            meaning
        } else {
            self.value(from)?
        };
        self.optional(Kind::Space)?;
        Ok(meaning)
    }

    /// An argument of a method, or an element.
    pub(super) fn parameter(&mut self) -> Parsed<()> {
        self.optional(Kind::Space)?;
        let from = self.unit.program.ops.len();
        self.value(from)?;
        self.optional(Kind::Space)?;
        Ok(())
    }

    /// An argument of a directive; gives the variable if it is a reference.
    pub(super) fn argument(&mut self) -> Parsed<Option<String>> {
        match self.kind()? {
            Kind::Word => {
                self.take();
                self.unit.push(Val::Null);
                Ok(None)
            }
            Kind::Identifier | Kind::CurlyOpen => self.reference().map(Some),
            _ => {
                let from = self.unit.program.ops.len();
                self.value(from)?;
                Ok(None)
            }
        }
    }

    fn value(&mut self, from: usize) -> Parsed<Meaning> {
        match self.kind()? {
            Kind::Identifier | Kind::CurlyOpen => {
                self.reference()?;
                return Ok(Meaning::Reference);
            }
            Kind::True | Kind::False => {
                self.boolean()?;
                return Ok(Meaning::Boolean);
            }
            Kind::String => self.string()?,
            Kind::Integer => self.integer()?,
            Kind::Float => {
                let value = self.image(self.at).parse();
                self.take();
                // With a `#` in front it is a token all the same.
                let Ok(value) = value else { return self.wrong("a number that is none") };
                self.unit.push(Val::Double(value));
            }
            Kind::ListOpen => {
                self.deeper()?;
                if self.is_range()? {
                    self.range()?
                } else {
                    self.list()?
                }
                self.shallower();
            }
            Kind::MapOpen => {
                self.deeper()?;
                self.map()?;
                self.shallower();
            }
            _ => return self.unexpected(),
        }
        Ok(Meaning::Never(from))
    }

    pub(super) fn boolean(&mut self) -> Parsed<()> {
        let value = self.kind()? == Kind::True;
        self.take();
        self.unit.push(Val::Bool(value));
        Ok(())
    }

    pub(super) fn integer(&mut self) -> Parsed<()> {
        let digits = self.image(self.at).trim_end_matches('.').to_owned();
        self.take();
        match digits.parse::<i64>() {
            Ok(value) => self.unit.push(i32::try_from(value).map_or(Val::Long(value), Val::Int)),
            Err(_) => {
                if digits.len() > 10_000 {
                    return self.wrong("a number of too many digits");
                }
                let Some(big) = Big::parse(&digits) else { return self.wrong("a number that is none") };
                self.unit.program.bigs.push(big);
                let big = distance(self.unit.program.bigs.len() - 1);
                self.unit.op(Op::PushBig(big));
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<()> {
        self.take();
        let mut count = 0;
        if self.kind()? != Kind::ListClose {
            loop {
                self.parameter()?;
                count += 1;
                if !self.optional(Kind::Comma)? {
                    break;
                }
            }
        }
        self.expect(Kind::ListClose)?;
        self.unit.op(Op::List(count));
        Ok(())
    }

    fn map(&mut self) -> Parsed<()> {
        self.take();
        let space = usize::from(self.kind()? == Kind::Space);
        let mut count = 0;
        if matches!(self.peek(space)?, Kind::MapClose | Kind::CurlyClose) {
            self.optional(Kind::Space)?;
        } else {
            loop {
                self.parameter()?;
                self.expect(Kind::Colon)?;
                self.parameter()?;
                count += 1;
                if !self.optional(Kind::Comma)? {
                    break;
                }
            }
        }
        if !self.optional(Kind::MapClose)? {
            self.expect(Kind::CurlyClose)?;
        }
        self.unit.op(Op::Map(count));
        Ok(())
    }

    /// Whether a bracket opens a range: one end of it, and two dots.
    fn is_range(&mut self) -> Parsed<bool> {
        let mut at = 1 + usize::from(self.peek(1)? == Kind::Space);
        match self.peek(at)? {
            Kind::Integer => at += 1,
            Kind::Identifier | Kind::CurlyOpen => match self.end_of_reference(at)? {
                Some(end) => at = end,
                None => return Ok(false),
            },
            _ => return Ok(false),
        }
        at += usize::from(self.peek(at)? == Kind::Space);
        Ok(self.peek(at)? == Kind::DoubleDot)
    }

    /// Where a reference ends that begins so far ahead. What stands between its parentheses and brackets is not looked
    /// at: if it is wrong it will be found wrong.
    fn end_of_reference(&mut self, ahead: usize) -> Parsed<Option<usize>> {
        let curly = self.peek(ahead)? == Kind::CurlyOpen;
        let mut at = ahead + usize::from(curly);
        if self.peek(at)? != Kind::Identifier {
            return Ok(None);
        }
        at += 1;
        loop {
            match self.peek(at)? {
                Kind::IndexOpen | Kind::ParenOpen => {
                    let mut open = 0u32;
                    loop {
                        match self.peek(at)? {
                            Kind::IndexOpen | Kind::ParenOpen => open += 1,
                            Kind::IndexClose | Kind::CallClose => open -= 1,
                            Kind::End => return Ok(None),
                            _ => {}
                        }
                        at += 1;
                        if open == 0 {
                            break;
                        }
                    }
                }
                Kind::Dot if self.peek(at + 1)? == Kind::Identifier => at += 2,
                Kind::CurlyClose if curly => return Ok(Some(at + 1)),
                _ => return Ok((!curly).then_some(at)),
            }
        }
    }

    fn range(&mut self) -> Parsed<()> {
        self.take();
        self.bound()?;
        self.expect(Kind::DoubleDot)?;
        self.bound()?;
        self.expect(Kind::ListClose)?;
        self.unit.op(Op::Range);
        Ok(())
    }

    fn bound(&mut self) -> Parsed<()> {
        self.optional(Kind::Space)?;
        match self.kind()? {
            Kind::Integer => self.integer()?,
            Kind::Identifier | Kind::CurlyOpen => {
                self.reference()?;
            }
            _ => return self.unexpected(),
        }
        self.optional(Kind::Space)?;
        Ok(())
    }

    /// A string. One in double quotes with a `$` or `#` in it is a template of its own.
    pub(super) fn string(&mut self) -> Parsed<()> {
        let start = self.tokens.get(self.at).map_or(0, |token| token.start);
        let image = self.image(self.at);
        let quote = if image.starts_with('"') { "\"" } else { "'" };
        let inner = image.get(1..image.len().saturating_sub(1)).unwrap_or("");
        let is_template = quote == "\"" && inner.contains(['$', '#']);
        let unescaped = if quote == "\"" { unescaped(inner) } else { Some(inner.to_owned()) };
        let Some(unescaped) = unescaped else { return Err((start, "`\\u` without four digits".to_owned())) };
        let text = unescaped.replace(&quote.repeat(2), quote);
        self.take();
        if !is_template {
            let text = self.unit.constant(&text);
            self.unit.push(Val::Str(text));
            return Ok(());
        }
        let trim = !text.contains("##");
        let source = if trim { format!("{text} ") } else { text };
        self.unit.op(Op::Capture);
        self.unit.barrier();
        Parser::new(&source, self.unit).template().map_err(|(_, reason)| (start, reason))?;
        self.unit.op(Op::Captured { trim });
        self.unit.barrier();
        Ok(())
    }
}

/// `\uXXXX`, and no other escape; nothing if one has no four digits.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split("\\u");
    let mut units: Vec<u16> = parts.next().unwrap_or("").encode_utf16().collect();
    for part in parts {
        let digits = part.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        units.push(u16::from_str_radix(digits, 16).ok()?);
        units.extend(part.get(4..)?.encode_utf16());
    }
    Some(crate::units::decode(&units))
}
