//! A stack machine that renders one template once.

mod builtin;
mod foreach;
mod kept;
mod operator;
mod print;
mod property;

use gatehouse_pattern::Pattern;

use kept::Kept;

use crate::error::{RenderError, Run, thrown};
use crate::heap::{Heap, ListKind, MapKind};
use crate::input::Input;
use crate::jsonpath::Path;
use crate::limits::Limits;
use crate::op::Op;
use crate::parser::Program;
use crate::rendered::Rendered;
use crate::value::{Builtin, Val};

pub(crate) struct Machine<'a> {
    pub(crate) heap: Heap<'a>,
    program: &'a Program,
    input: &'a Input<'a>,
    variables: Vec<Val>,
    stack: Vec<Val>,
    output: String,
    captures: Vec<usize>,
    loops: Vec<Loop>,
    /// A loop of this render has had a null element: few have one.
    holds: bool,
    scopes: Vec<Scope>,
    blocks: Vec<Block>,
    depth: u32,
    stopped: bool,
    pub(crate) iterations: Vec<Iteration>,
    /// The body as JSON, once somebody asked.
    body: Option<Run<Val>>,
    context: Option<u32>,
    stage_variables: Option<u32>,
    paths: Kept<Path>,
    pub(crate) patterns: Kept<Pattern>,
    /// Those that must match all of a text.
    pub(crate) whole_patterns: Kept<Pattern>,
}

/// A `#foreach` that runs.
struct Loop {
    slot: u32,
    end: usize,
    list: u32,
    at: usize,
    mods: u32,
    /// The map whose values it runs over, and its changes so far.
    map: Option<(u32, u32)>,
    scope: u32,
    /// Its element is null: whatever is assigned to its variable is not seen, as behind Velocity's `NullHolderContext`.
    holds: bool,
    /// A loop in it over the same variable has ended: from then on it is seen.
    lifted: bool,
    saved: [Val; 4],
    stack: usize,
    captures: usize,
}

/// What `$foreach` shows.
struct Scope {
    index: i32,
    has_next: bool,
    parent: Option<u32>,
}

/// What `#define` made.
#[derive(Clone, Copy)]
struct Block {
    start: usize,
    running: u32,
}

/// An iterator over a list.
#[derive(Clone, Copy)]
pub(crate) struct Iteration {
    pub(crate) list: u32,
    pub(crate) at: usize,
    pub(crate) mods: u32,
}

/// How a stretch of operations ended.
enum Ended {
    Done,
    /// The loop there is left.
    Break(usize),
    Stop,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(program: &'a Program, body: &'a str, input: &'a Input<'a>, limits: Limits) -> Self {
        let mut variables = vec![Val::Null; program.slots as usize];
        let builtins = [Builtin::Input, Builtin::Util, Builtin::Context, Builtin::StageVariables];
        for (variable, builtin) in variables.iter_mut().zip(builtins) {
            *variable = Val::Builtin(builtin);
        }
        Self {
            heap: Heap::new(&program.text, body, limits),
            program,
            input,
            variables,
            stack: Vec::with_capacity(16),
            output: String::with_capacity(program.text.len()),
            captures: Vec::new(),
            loops: Vec::new(),
            holds: false,
            scopes: Vec::new(),
            blocks: Vec::new(),
            depth: 0,
            stopped: false,
            iterations: Vec::new(),
            body: None,
            context: None,
            stage_variables: None,
            paths: Kept::default(),
            patterns: Kept::default(),
            whole_patterns: Kept::default(),
        }
    }

    pub(crate) fn render(mut self) -> Run<Rendered> {
        self.run(0, 0)?;
        // What was being captured when the template stopped is nobody's.
        if let Some(start) = self.captures.first() {
            self.output.truncate(*start);
        }
        let overrides = self.overrides()?;
        if self.output.len() > self.heap.limits.output {
            return Err(RenderError::Output);
        }
        Ok(Rendered { output: self.output, overrides })
    }

    /// Runs from there to the end or to a return; loops below `base` are somebody else's.
    fn run(&mut self, start: usize, base: usize) -> Run<Ended> {
        let program = self.program;
        let mut at = start;
        while let Some(op) = program.ops.get(at).copied() {
            at += 1;
            self.heap.steps += 1;
            if self.heap.steps > self.heap.limits.steps {
                return Err(RenderError::Steps);
            }
            match op {
                Op::Text(text) => {
                    self.heap.pay(text.len as usize)?;
                    self.output.push_str(self.heap.str(text));
                    self.within_output()?;
                }
                Op::Load { slot, skip } => {
                    let value = self.variable(slot);
                    at += self.arrived(value, skip);
                }
                Op::Dotted { slot, name, skip } => {
                    if let Some(value) = self.dotted(slot, name)? {
                        self.stack.push(value);
                        at += skip as usize;
                    }
                }
                Op::Property { name, skip } => {
                    let of = self.pop();
                    let value = self.property(of, name)?;
                    at += self.arrived(value, skip);
                }
                Op::Index { skip } => {
                    let index = self.pop();
                    let of = self.pop();
                    let value = self.element(of, index)?;
                    at += self.arrived(value, skip);
                }
                Op::Call { site, skip } => {
                    let Some(site) = program.sites.get(site as usize) else { continue };
                    let from = self.stack.len().saturating_sub(site.arguments as usize);
                    let written = self.stack.get(from..).unwrap_or_default();
                    let mut few = [Val::Null; 4];
                    let many: Vec<Val>;
                    let arguments = match few.get_mut(..written.len()) {
                        Some(few) => {
                            few.copy_from_slice(written);
                            &*few
                        }
                        None => {
                            many = written.to_vec();
                            &many
                        }
                    };
                    self.stack.truncate(from);
                    let receiver = self.pop();
                    let value = self.call(site, receiver, arguments)?;
                    at += self.arrived(value, skip);
                }
                Op::Print { prefix, literal } => {
                    let value = self.pop();
                    let value = self.shown(value)?;
                    if prefix.len > 0 && !matches!(value, Val::Block(_)) {
                        self.output.push_str(self.heap.str(prefix));
                    }
                    match value {
                        Val::Block(id) => match self.print_block(id)? {
                            None => {
                                // Half of the backslashes are there twice, as in `ASTReference`.
                                let escapes = self.heap.str(prefix).bytes().take_while(|byte| *byte == b'\\').count();
                                self.output.extend(std::iter::repeat_n('\\', escapes));
                                [prefix, literal]
                                    .into_iter()
                                    .for_each(|text| self.output.push_str(self.heap.str(text)));
                            }
                            Some(Ended::Break(to)) if to >= base => at = self.leave(to),
                            Some(Ended::Break(to)) => return Ok(Ended::Break(to)),
                            Some(Ended::Stop) => return Ok(Ended::Stop),
                            Some(Ended::Done) => {}
                        },
                        Val::Str(text) => {
                            self.heap.pay(text.len as usize)?;
                            self.output.push_str(self.heap.str(text));
                        }
                        value => {
                            let before = self.output.len();
                            self.heap.print(value, &mut self.output, 0)?;
                            self.heap.pay(self.output.len() - before)?;
                        }
                    }
                    self.within_output()?;
                }
                Op::Push(value) => self.stack.push(value),
                Op::PushBig(big) => {
                    let value = program.bigs.get(big as usize).cloned().unwrap_or_default();
                    let value = self.heap.big(value)?;
                    self.stack.push(value);
                }
                Op::List(count) => {
                    let from = self.stack.len().saturating_sub(count as usize);
                    let items = self.stack.split_off(from);
                    let list = self.heap.list(ListKind::Array, &items)?;
                    self.stack.push(list);
                }
                Op::Map(count) => {
                    let from = self.stack.len().saturating_sub(count as usize * 2);
                    let items = self.stack.split_off(from);
                    let pairs = items.chunks_exact(2);
                    let entries: Vec<(Val, Val)> =
                        pairs.filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
                    let map = self.heap.map_of(MapKind::Linked, &entries)?;
                    self.stack.push(map);
                }
                Op::Range => {
                    let to = self.pop();
                    let from = self.pop();
                    let range = self.range(from, to)?;
                    self.stack.push(range);
                }
                Op::Capture => self.captures.push(self.output.len()),
                Op::Captured { trim } => {
                    let start = self.captures.pop().unwrap_or(0);
                    if trim {
                        self.output.pop();
                    }
                    let text = self.heap.keep(self.output.get(start..).unwrap_or(""))?;
                    self.output.truncate(start);
                    self.stack.push(text);
                }
                Op::Arithmetic { operator, left, right } => {
                    let (other, one) = (self.pop(), self.pop());
                    let value = self.arithmetic(operator, (one, left), (other, right))?;
                    self.stack.push(value);
                }
                Op::Compare(comparison) => {
                    let (other, one) = (self.pop(), self.pop());
                    let holds = self.compare(comparison, one, other)?;
                    self.stack.push(Val::Bool(holds));
                }
                Op::Truth => {
                    let value = self.pop();
                    self.stack.push(Val::Bool(!matches!(value, Val::Null | Val::Bool(false))));
                }
                Op::Not => {
                    let value = self.pop();
                    self.stack.push(Val::Bool(value != Val::Bool(true)));
                }
                Op::Unless(by) => {
                    if self.pop() != Val::Bool(true) {
                        at += by as usize;
                    }
                }
                Op::And(by) => match self.stack.last() {
                    Some(Val::Bool(true)) => {
                        self.pop();
                    }
                    _ => at += by as usize,
                },
                Op::Or(by) => match self.stack.last() {
                    Some(Val::Bool(true)) => at += by as usize,
                    _ => {
                        self.pop();
                    }
                },
                Op::Jump(by) => at = at.saturating_add_signed(by as isize),
                Op::Drop(count) => self.stack.truncate(self.stack.len().saturating_sub(count as usize)),
                Op::SkipNull(by) => {
                    if self.stack.last().is_none_or(|top| top.is_null()) {
                        self.pop();
                        at += by as usize;
                    }
                }
                Op::SetVariable(slot) => {
                    let value = self.pop();
                    self.set(slot, value);
                }
                Op::SetProperty(name) => {
                    let of = self.pop();
                    let value = self.pop();
                    self.set_property(of, Val::Str(name), value)?;
                }
                Op::SetIndex => {
                    let index = self.pop();
                    let of = self.pop();
                    let value = self.pop();
                    self.set_element(of, index, value)?;
                }
                Op::Each { slot, end } => {
                    let over = self.pop();
                    if !self.each(slot, over, at + end as usize)? {
                        at += end as usize;
                    }
                }
                Op::Next => {
                    if !self.next_round()? {
                        at = self.leave(self.loops.len().saturating_sub(1));
                    }
                }
                Op::Break if self.loops.len() > base => at = self.leave(self.loops.len() - 1),
                Op::Break => return Ok(Ended::Done),
                Op::BreakScope => match self.pop() {
                    Val::Scope(scope) => match self.loops.iter().rposition(|it| it.scope == scope) {
                        Some(to) if to >= base => at = self.leave(to),
                        Some(to) => return Ok(Ended::Break(to)),
                        None => return Ok(Ended::Stop),
                    },
                    _ => return thrown("`#break` of what is no scope"),
                },
                Op::Stop => return Ok(Ended::Stop),
                Op::Define { slot, len } => {
                    self.blocks.push(Block { start: at, running: 0 });
                    let id = u32::try_from(self.blocks.len() - 1).unwrap_or(u32::MAX);
                    self.set(slot, Val::Block(id));
                    at += len as usize;
                }
                Op::Return => return Ok(Ended::Done),
                Op::Fail => return thrown("a `#foreach` over nothing"),
            }
            if self.stopped {
                return Ok(Ended::Stop);
            }
        }
        Ok(Ended::Done)
    }

    fn within_output(&self) -> Run<()> {
        if self.output.len() > self.heap.limits.output { Err(RenderError::Output) } else { Ok(()) }
    }

    fn pop(&mut self) -> Val {
        self.stack.pop().unwrap_or(Val::Null)
    }

    fn variable(&self, slot: u32) -> Val {
        self.variables.get(slot as usize).copied().unwrap_or(Val::Null)
    }

    fn set(&mut self, slot: u32, value: Val) {
        if self.holds && self.is_held(slot) {
            return;
        }
        if let Some(variable) = self.variables.get_mut(slot as usize) {
            *variable = value;
        }
    }

    /// Pushes what a reference came to; for a null that is `""`, and the rest of the reference is passed over.
    fn arrived(&mut self, value: Val, skip: u32) -> usize {
        let null = value.is_null();
        self.stack.push(if null { Val::EMPTY } else { value });
        if null { skip as usize } else { 0 }
    }
}
