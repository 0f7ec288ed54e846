//! What values print, the blocks of `#define` among them.

use super::{Ended, Machine};
use crate::error::{RenderError, Run};
use crate::value::{Builtin, Val};

/// How often a block runs in itself.
const MAX_RECURSION: u32 = 2;

/// How deep blocks run in blocks: each takes a frame of ours.
const MAX_BLOCKS: u32 = 30;

impl Machine<'_> {
    /// Prints a block; nothing if it runs in itself too often.
    pub(super) fn print_block(&mut self, id: u32) -> Run<Option<Ended>> {
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
    pub(super) fn shown(&mut self, value: Val) -> Run<Val> {
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
}
