//! What is compiled so far.

use std::collections::HashMap;

use super::{FOREACH, KNOWN, Program};
use crate::op::Op;
use crate::value::{Of, Text, Val};

/// What one template's parsers share: its own, and those of the strings in it.
#[derive(Default)]
pub(super) struct Unit {
    pub(super) program: Program,
    pub(super) slots: HashMap<String, u32>,
    pub(super) macros: Vec<String>,
    pub(super) depth: u32,
    /// Where something jumps to: text is not merged across it.
    pub(super) barrier: usize,
    pub(super) loops: u32,
    /// What the regular expressions take, compiled, in bytes.
    pub(super) patterns: usize,
    /// What was wrong is not for AWS.
    pub(super) unserved: bool,
}

/// A place or a length, as operations have it.
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
