//! `$a.b('c')[0]`, in all its spellings.

use super::{MAX_PATTERNS, Parsed, Parser, distance};
use gatehouse_pattern::Pattern;

use crate::jsonpath::Path;
use crate::lexer::Kind;
use crate::method::Method;
use crate::op::{Op, Site};
use crate::value::{Text, Val};

/// A reference's beginning, understood.
struct Root {
    /// Half of the backslashes before it, and `$` and `#` that are none of its own.
    prefix: String,
    name: String,
    escaped: bool,
    /// A word without `$`: null.
    runt: bool,
    /// `$\!x`, which is nothing at all.
    broken: bool,
}

/// The last step of a reference, for who assigns to it.
enum Last {
    None,
    Property { at: usize, name: String },
    Index,
}

impl Parser<'_, '_> {
    pub(super) fn printed_reference(&mut self) -> Parsed<()> {
        let (first, from) = (self.at, self.unit.program.ops.len());
        let barrier = self.unit.barrier;
        let root = self.root()?;
        let (_, last) = self.chain(&root)?;
        if root.runt {
            self.unit.program.ops.truncate(from);
            self.unit.barrier = barrier;
            self.unit.text(&root.name);
            return Ok(());
        }
        let literal = self.literal(first, self.at);
        if root.escaped {
            // What it calls is called all the same.
            if matches!(last, Last::None) {
                self.unit.program.ops.truncate(from);
                self.unit.barrier = barrier;
            } else {
                self.unit.op(Op::Drop(1));
                self.unit.barrier();
            }
            let escapes = root.prefix.bytes().take_while(|byte| *byte == b'\\').count();
            self.unit.text(&format!("{}{literal}", "\\".repeat(escapes)));
            return Ok(());
        }
        let quiet = !root.escaped && self.image(first).starts_with("$!");
        let literal = if quiet { Text::EMPTY } else { self.unit.constant(&literal) };
        let prefix = if root.prefix.is_empty() { Text::EMPTY } else { self.unit.constant(&root.prefix) };
        self.unit.op(Op::Print { prefix, literal });
        self.unit.barrier();
        Ok(())
    }

    /// A reference as a value; gives the variable it begins with.
    pub(super) fn reference(&mut self) -> Parsed<String> {
        let from = self.unit.program.ops.len();
        let root = self.root()?;
        self.chain(&root)?;
        if root.runt {
            self.unit.program.ops.truncate(from);
            self.unit.push(Val::Null);
        }
        self.unit.barrier();
        Ok(root.name)
    }

    /// A reference to be assigned to: emits what comes before its last step, gives the assignment.
    pub(super) fn target(&mut self) -> Parsed<Vec<Op>> {
        if !matches!((self.kind()?, self.peek(1)?), (Kind::Identifier, _) | (Kind::CurlyOpen, Kind::Identifier)) {
            return self.unexpected();
        }
        let first = self.at;
        let root = self.root()?;
        let (start, last) = self.chain(&root)?;
        if let Some(op @ Op::Dotted { .. }) = self.unit.program.ops.get_mut(start) {
            *op = Op::Jump(0);
        }
        Ok(match last {
            Last::None => {
                self.unit.program.ops.truncate(start);
                // What follows the first character, whatever it is: `#set(${x} = 1)` does not set x.
                let name: String = self.image(first).chars().skip(1).collect();
                vec![Op::SetVariable(self.unit.slot(&name))]
            }
            Last::Property { at, name } => {
                self.unit.program.ops.truncate(at);
                self.skips_to(start, 2);
                let name = self.unit.constant(&name);
                vec![Op::SetProperty(name), Op::Jump(1), Op::Drop(2)]
            }
            Last::Index => {
                // The index is evaluated; only the step itself is left out.
                self.unit.program.ops.pop();
                self.skips_to(start, 2);
                vec![Op::SetIndex, Op::Jump(1), Op::Drop(2)]
            }
        })
    }

    /// What is null on the way goes on so many operations behind what is there.
    fn skips_to(&mut self, from: usize, beyond: usize) {
        let end = self.unit.program.ops.len() + beyond;
        let nested = end - beyond;
        for (at, op) in self.unit.program.ops.iter_mut().enumerate().skip(from) {
            if let Op::Load { skip, .. } | Op::Property { skip, .. } | Op::Index { skip } | Op::Call { skip, .. } = op {
                // Those of an index's own references end before.
                if at + 1 + *skip as usize > nested {
                    *skip = distance(end - at - 1);
                }
            }
        }
    }

    /// The first token, with what was put before it.
    fn root(&mut self) -> Parsed<Root> {
        let first = self.at;
        let image = self.image(first).to_owned();
        let mut root = Root { prefix: String::new(), name: String::new(), escaped: false, runt: false, broken: false };
        if image.contains("\\!") {
            root.broken = true;
            root.name = image;
            return Ok(root);
        }
        let escapes = image.bytes().take_while(|byte| *byte == b'\\').count();
        root.escaped = escapes % 2 == 1;
        root.prefix = "\\".repeat(escapes / 2);
        let mut rest = image.get(escapes..).unwrap_or("");
        if let Some(at) = rest.rfind('$').filter(|at| *at > 0) {
            root.prefix.push_str(rest.get(..at).unwrap_or(""));
            rest = rest.get(at..).unwrap_or("");
        }
        self.trim(first, image.len() - rest.len());
        root.name = if rest.starts_with("$!{") || rest == "${" {
            self.peek(1)?;
            self.image(first + 1).to_owned()
        } else if let Some(name) = rest.strip_prefix("$!").or_else(|| rest.strip_prefix('$')) {
            name.to_owned()
        } else {
            root.runt = true;
            rest.to_owned()
        };
        Ok(root)
    }

    /// The variable and its steps; gives where they begin, and the last of them.
    fn chain(&mut self, root: &Root) -> Parsed<(usize, Last)> {
        let curly = self.optional(Kind::CurlyOpen)?;
        self.expect(Kind::Identifier)?;
        let start = self.unit.program.ops.len();
        let dotted =
            matches!(root.name.as_str(), "context" | "stageVariables").then(|| self.dotted(root)).transpose()?;
        let dotted = dotted.flatten();
        let slot = self.unit.slot(&root.name);
        let mut steps = vec![self.unit.op(Op::Load { slot, skip: 0 })];
        let mut last = Last::None;
        let mut passed = 0;
        loop {
            match self.kind()? {
                Kind::IndexOpen => {
                    self.index()?;
                    steps.push(self.unit.op(Op::Index { skip: 0 }));
                    last = Last::Index;
                }
                Kind::Dot if self.peek(1)? == Kind::Identifier => {
                    self.take();
                    let at = self.unit.program.ops.len();
                    let name = self.image(self.at).to_owned();
                    if self.is_call()? {
                        steps.push(self.call(&name, root, steps.len())?);
                    } else {
                        self.take();
                        if root.name == "input" && steps.len() == 1 {
                            self.unit.program.reads_body |= name == "body";
                        }
                        let text = self.unit.constant(&name);
                        steps.push(self.unit.op(Op::Property { name: text, skip: 0 }));
                        passed += 1;
                        if let Some((dotted, count)) = dotted
                            && count == passed
                        {
                            self.unit.land(dotted);
                        }
                    }
                    last = Last::Property { at, name };
                }
                _ => break,
            }
        }
        if curly {
            self.expect(Kind::CurlyClose)?;
        }
        if root.name == "input" && steps.len() == 1 {
            // Who has it under another name may read anything of it.
            self.unit.program.reads_body = true;
        }
        if root.broken {
            self.unit.program.ops.truncate(start);
            self.unit.push(Val::EMPTY);
            return Ok((start, Last::None));
        }
        steps.into_iter().for_each(|step| self.unit.land(step));
        Ok((start, last))
    }

    /// A name with dots, all of it known now: looked up at once where nothing was assigned.
    fn dotted(&mut self, root: &Root) -> Parsed<Option<(usize, usize)>> {
        let (mut name, mut count, mut ahead) = (String::new(), 0, 0);
        while self.peek(ahead)? == Kind::Dot && self.peek(ahead + 1)? == Kind::Identifier {
            if self.peek(ahead + 2)? == Kind::ParenOpen {
                break;
            }
            if count > 0 {
                name.push('.');
            }
            name.push_str(self.image(self.at + ahead + 1));
            (count, ahead) = (count + 1, ahead + 2);
        }
        if count == 0 || name.starts_with("requestOverride") || name.starts_with("responseOverride") {
            return Ok(None);
        }
        let slot = self.unit.slot(&root.name);
        let name = self.unit.constant(&name);
        Ok(Some((self.unit.op(Op::Dotted { slot, name, skip: 0 }), count)))
    }

    /// Whether an identifier is a method: what follows must be able to begin arguments, or to end them.
    fn is_call(&mut self) -> Parsed<bool> {
        Ok(self.peek(1)? == Kind::ParenOpen
            && matches!(
                self.peek(2)?,
                Kind::CallClose
                    | Kind::Space
                    | Kind::String
                    | Kind::Integer
                    | Kind::Float
                    | Kind::ListOpen
                    | Kind::MapOpen
                    | Kind::True
                    | Kind::False
                    | Kind::Identifier
                    | Kind::CurlyOpen
            ))
    }

    fn call(&mut self, name: &str, root: &Root, step: usize) -> Parsed<usize> {
        self.take();
        self.take();
        self.deeper()?;
        let mut arguments = 0;
        let mut written = None;
        if self.kind()? != Kind::CallClose {
            loop {
                let from = self.unit.program.ops.len();
                self.parameter()?;
                if let (0, [Op::Push(Val::Str(text))]) =
                    (arguments, self.unit.program.ops.get(from..).unwrap_or_default())
                {
                    written = Some(*text);
                }
                arguments += 1;
                if !self.optional(Kind::Comma)? {
                    break;
                }
            }
        }
        self.expect(Kind::CallClose)?;
        self.shallower();
        let method = Method::named(name);
        if root.name == "input" && step == 1 {
            self.unit.program.reads_body |= method != Some(Method::Params);
        }
        let site = self.site(method.unwrap_or(Method::Unknown), arguments, written)?;
        self.unit.program.sites.push(site);
        let site = distance(self.unit.program.sites.len() - 1);
        Ok(self.unit.op(Op::Call { site, skip: 0 }))
    }

    fn site(&mut self, method: Method, arguments: u32, written: Option<Text>) -> Parsed<Site> {
        let whole = &self.unit.program.text;
        let text = written.and_then(|text| whole.get(text.start as usize..(text.start + text.len) as usize));
        let path = text.filter(|_| matches!(method, Method::Path | Method::Json)).map(Path::parse);
        let matching = matches!(method, Method::ReplaceAll | Method::ReplaceFirst | Method::Split | Method::Matches);
        let read = if method == Method::Matches { Pattern::parse_whole } else { Pattern::parse };
        let pattern = text.filter(|_| matching).map(read);
        let pattern = match pattern {
            Some(Err(why)) if why.unsupported => {
                self.unit.unserved = true;
                return self.wrong(format!("a regular expression with {}", why.reason));
            }
            Some(Err(why)) => Some(Err(why.reason)),
            Some(Ok(pattern)) => Some(Ok(pattern)),
            None => None,
        };
        if let Some(Ok(path)) = &path {
            self.room(path.patterns)?;
        }
        if let Some(Ok(pattern)) = &pattern {
            self.room(pattern.size())?;
        }
        Ok(Site { method, arguments, path, pattern })
    }

    /// Counts what a pattern takes, compiled.
    fn room(&mut self, size: usize) -> Parsed<()> {
        self.unit.patterns += size;
        if self.unit.patterns <= MAX_PATTERNS {
            return Ok(());
        }
        self.unit.unserved = true;
        self.wrong("regular expressions that are too large together")
    }

    fn index(&mut self) -> Parsed<()> {
        self.deeper()?;
        self.take();
        self.optional(Kind::Space)?;
        match self.kind()? {
            Kind::String => self.string()?,
            Kind::Integer => self.integer()?,
            Kind::True | Kind::False => self.boolean()?,
            Kind::Identifier | Kind::CurlyOpen => {
                self.reference()?;
            }
            _ => return self.unexpected(),
        }
        self.optional(Kind::Space)?;
        self.expect(Kind::IndexClose)?;
        self.shallower();
        Ok(())
    }
}
