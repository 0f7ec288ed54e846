//! A stack machine that renders one template once.

mod builtin;
mod kept;
mod property;

use gatehouse_pattern::Pattern;

use kept::Kept;

use crate::error::{RenderError, Run, thrown};
use crate::heap::{Heap, ListKind, MapKind};
use crate::input::Input;
use crate::jsonpath::Path;
use crate::limits::Limits;
use crate::number::Arithmetic;
use crate::op::{Comparison, Op};
use crate::parser::{FOREACH, Program};
use crate::rendered::Rendered;
use crate::value::{Builtin, Val};

/// How often a block runs in itself.
const MAX_RECURSION: u32 = 2;

/// How deep blocks run in blocks: each takes a frame of ours.
const MAX_BLOCKS: u32 = 30;

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

    /// Prints a block; nothing if it runs in itself too often.
    fn print_block(&mut self, id: u32) -> Run<Option<Ended>> {
        let Some(block) = self.blocks.get_mut(id as usize) else { return Ok(None) };
        if block.running >= MAX_RECURSION {
            return Ok(None);
        }
        if self.depth >= MAX_BLOCKS {
            return Err(RenderError::Depth);
        }
        block.running += 1;
        let start = block.start;
        self.depth += 1;
        let loops = self.loops.len();
        let ended = self.run(start, loops)?;
        while self.loops.len() > loops {
            self.leave(self.loops.len() - 1);
        }
        self.depth -= 1;
        if let Some(block) = self.blocks.get_mut(id as usize) {
            block.running -= 1;
        }
        Ok(Some(ended))
    }

    /// Appends what a value prints, blocks included.
    pub(crate) fn print_to(&mut self, value: Val, out: &mut String) -> Run<()> {
        let value = self.shown(value)?;
        let Val::Block(id) = value else { return self.heap.print(value, out, 0) };
        let start = self.output.len();
        self.captures.push(start);
        match self.print_block(id)? {
            Some(Ended::Stop | Ended::Break(_)) => self.stopped = true,
            _ => {
                self.captures.pop();
                out.push_str(self.output.get(start..).unwrap_or(""));
                self.output.truncate(start);
            }
        }
        Ok(())
    }

    /// What of our own objects prints is a map.
    fn shown(&mut self, value: Val) -> Run<Val> {
        match value {
            Val::Builtin(builtin @ (Builtin::Context | Builtin::StageVariables)) => {
                self.map_of_builtin(builtin).map(Val::Map)
            }
            value => Ok(value),
        }
    }

    /// `toString()`
    pub(crate) fn string_of(&mut self, value: Val) -> Run<Val> {
        if let Val::Str(_) = value {
            return Ok(value);
        }
        let mut out = String::new();
        self.print_to(value, &mut out)?;
        self.heap.keep(&out)
    }

    fn range(&mut self, from: Val, to: Val) -> Run<Val> {
        if !from.is_number() || !to.is_number() {
            return Ok(Val::Null);
        }
        let (from, to) = (self.heap.to_i32(from), self.heap.to_i32(to));
        if from.abs_diff(to) as usize >= self.heap.limits.elements {
            return Err(RenderError::Elements);
        }
        let items: Vec<Val> = match from <= to {
            true => (from..=to).map(Val::Int).collect(),
            false => (to..=from).rev().map(Val::Int).collect(),
        };
        self.heap.list(ListKind::Array, &items)
    }

    /// Two operands; with a string among them, one text.
    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        one: (Val, crate::value::Text),
        other: (Val, crate::value::Text),
    ) -> Run<Val> {
        let is_text = matches!(one.0, Val::Str(_)) || matches!(other.0, Val::Str(_));
        if operator == Arithmetic::Add && is_text {
            let written =
                |(value, text): (Val, crate::value::Text)| if value.is_null() { Val::Str(text) } else { value };
            let (one, other) = (self.string_of(written(one))?, self.string_of(written(other))?);
            let start = self.heap.made.len();
            for text in [one, other] {
                if let Val::Str(text) = text {
                    self.heap.append(text);
                }
            }
            return self.heap.kept(start);
        }
        if !one.0.is_number() || !other.0.is_number() {
            return Ok(Val::Null);
        }
        self.heap.arithmetic(operator, one.0, other.0)
    }

    fn compare(&mut self, comparison: Comparison, one: Val, other: Val) -> Run<bool> {
        use std::cmp::Ordering;
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let equal = self.equal(one, other)?;
            return Ok(equal == (comparison == Comparison::Equal));
        }
        if !one.is_number() || !other.is_number() {
            return Ok(false);
        }
        let Some(order) = self.heap.compare(one, other) else {
            return thrown("a number that is none beside a decimal");
        };
        Ok(match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::LessEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }

    /// Numbers as numbers, what is of one class by `equals()`, the rest by what it prints.
    fn equal(&mut self, one: Val, other: Val) -> Run<bool> {
        if one.is_number() && other.is_number() {
            return match self.heap.compare(one, other) {
                Some(order) => Ok(order.is_eq()),
                None => thrown("a number that is none beside a decimal"),
            };
        }
        if one.is_null() || other.is_null() {
            return Ok(one.is_null() && other.is_null());
        }
        let lists = |id| matches!(self.heap.the_list(id).kind, ListKind::Array | ListKind::Json);
        let same_class = match (one, other) {
            (Val::List(one), Val::List(other)) => {
                lists(one) && lists(other) || self.heap.the_list(one).kind == self.heap.the_list(other).kind
            }
            (Val::Block(_), _) | (_, Val::Block(_)) => false,
            (one, other) => std::mem::discriminant(&one) == std::mem::discriminant(&other),
        };
        if same_class {
            self.heap.pay_for(one)?;
            return self.heap.equal(one, other, 0);
        }
        let (mut left, mut right) = (String::new(), String::new());
        self.print_to(one, &mut left)?;
        self.print_to(other, &mut right)?;
        self.heap.pay(left.len())?;
        Ok(left == right)
    }

    /// Begins a loop, if that is something to loop over.
    fn each(&mut self, slot: u32, over: Val, end: usize) -> Run<bool> {
        let (list, at, map) = match over {
            Val::List(list) => match self.heap.the_list(list) {
                crate::heap::List { kind, of: Some(map), .. } => {
                    let items = self.heap.items(list).to_vec();
                    let Val::List(list) = self.heap.list(kind, &items)? else { return Ok(false) };
                    (list, 0, Some((map, self.heap.map_mods(map))))
                }
                _ => (list, 0, None),
            },
            Val::Iter(id) => {
                let Some(iteration) = self.iterations.get(id as usize) else { return Ok(false) };
                (iteration.list, iteration.at, None)
            }
            Val::Map(_) | Val::Builtin(Builtin::Context | Builtin::StageVariables) => {
                let map = match over {
                    Val::Map(map) => map,
                    Val::Builtin(builtin) => self.map_of_builtin(builtin)?,
                    _ => return Ok(false),
                };
                let values: Vec<Val> = self.heap.entries(map).into_iter().map(|(_, value)| value).collect();
                let Val::List(list) = self.heap.list(ListKind::Values, &values)? else { return Ok(false) };
                (list, 0, Some((map, self.heap.map_mods(map))))
            }
            _ => return Ok(false),
        };
        let parent = match self.variable(FOREACH) {
            Val::Scope(parent) => Some(parent),
            _ => None,
        };
        let saved = [slot, FOREACH, FOREACH + 1, FOREACH + 2].map(|slot| self.variable(slot));
        self.scopes.push(Scope { index: -1, has_next: false, parent });
        let scope = u32::try_from(self.scopes.len() - 1).unwrap_or(u32::MAX);
        let mods = self.heap.the_list(list).mods;
        let (stack, captures) = (self.stack.len(), self.captures.len());
        self.loops.push(Loop {
            slot,
            end,
            list,
            at,
            mods,
            map,
            scope,
            holds: false,
            lifted: false,
            saved,
            stack,
            captures,
        });
        self.set(FOREACH, Val::Scope(scope));
        Ok(true)
    }

    /// Goes on to the next element, if there is one.
    fn next_round(&mut self) -> Run<bool> {
        let Some(it) = self.loops.last_mut() else { return Ok(false) };
        let len = self.heap.items(it.list).len();
        // As Java's iterators: one that stands anywhere but at the end has a next element.
        if it.at == len {
            return Ok(false);
        }
        let changed = match it.map {
            Some((map, mods)) => self.heap.map_mods(map) != mods,
            None => self.heap.the_list(it.list).mods != it.mods,
        };
        if changed || it.at > len {
            return thrown("a collection was changed while it is iterated over");
        }
        let value = match it.map {
            // As it is now, not as it was when the loop began.
            Some((map, _)) if self.heap.the_list(it.list).kind == ListKind::Values && self.heap.is_linked(map) => {
                self.heap.inserted(map).get(it.at).map(|(_, value)| *value)
            }
            _ => self.heap.item(it.list, it.at),
        };
        let value = value.unwrap_or(Val::Null);
        it.at += 1;
        it.holds = false;
        let (slot, scope, has_next) = (it.slot, it.scope, it.at != len);
        let Some(scope) = self.scopes.get_mut(scope as usize) else { return Ok(false) };
        (scope.index, scope.has_next) = (scope.index + 1, has_next);
        let index = scope.index;
        if u32::try_from(index).unwrap_or(0) >= self.heap.limits.loops {
            return Err(RenderError::Loops);
        }
        if self.program.counts_rounds {
            self.set(FOREACH + 1, Val::Int(index + 1));
            self.set(FOREACH + 2, Val::Bool(has_next));
        }
        if value.is_null() {
            self.lift(slot, false);
        }
        self.set(slot, value);
        if let Some(it) = self.loops.last_mut() {
            it.holds = value.is_null();
            self.holds |= it.holds;
        }
        Ok(true)
    }

    /// Whether what is assigned to a variable is not seen.
    #[cold]
    fn is_held(&self, slot: u32) -> bool {
        self.loops.iter().any(|it| it.holds && !it.lifted && it.slot == slot)
    }

    /// Whether what is assigned to a variable is seen again, though the elements of loops are null.
    fn lift(&mut self, slot: u32, lifted: bool) {
        self.loops.iter_mut().filter(|it| it.holds && it.slot == slot).for_each(|it| it.lifted = lifted);
    }

    /// Leaves the loop there and those in it; gives where to go on.
    fn leave(&mut self, to: usize) -> usize {
        let mut end = usize::MAX;
        while self.loops.len() > to {
            let Some(it) = self.loops.pop() else { break };
            if self.holds && it.saved.first().is_some_and(|saved| saved.is_null()) {
                self.lift(it.slot, true);
            }
            for (slot, value) in [FOREACH, FOREACH + 1, FOREACH + 2, it.slot]
                .into_iter()
                .zip([1, 2, 3, 0].map(|at| it.saved.get(at).copied().unwrap_or(Val::Null)))
            {
                self.set(slot, value);
            }
            self.stack.truncate(it.stack);
            if let Some(start) = self.captures.get(it.captures) {
                self.output.truncate(*start);
            }
            self.captures.truncate(it.captures);
            end = it.end;
        }
        end
    }
}
