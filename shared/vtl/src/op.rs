//! What a template is compiled to: flat operations on a stack of values, variables in numbered slots.
//!
//! Jumps are distances, so that pieces can be moved while compiling: the right side of a `#set` runs first.

use gatehouse_pattern::Pattern;

use crate::jsonpath::Path;
use crate::method::Method;
use crate::number::Arithmetic;
use crate::value::{Text, Val};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// Prints a constant.
    Text(Text),
    /// Pushes a variable; a null becomes `""`, and the rest of the reference is left out.
    Load {
        slot: u32,
        skip: u32,
    },
    /// Pushes one of `$context` or `$stageVariables` by its dotted name and goes on there, or does nothing.
    Dotted {
        slot: u32,
        name: Text,
        skip: u32,
    },
    /// Replaces the top by its property.
    Property {
        name: Text,
        skip: u32,
    },
    /// Replaces the top two by the element.
    Index {
        skip: u32,
    },
    /// Calls a method of what lies under its arguments.
    Call {
        site: u32,
        skip: u32,
    },
    /// Prints the top after this prefix, a block without it; one that runs in itself too often prints the literal.
    Print {
        prefix: Text,
        literal: Text,
    },
    Push(Val),
    PushBig(u32),
    List(u32),
    Map(u32),
    Range,
    /// What follows is printed into a string.
    Capture,
    /// And here it ends, less a space at its end or not.
    Captured {
        trim: bool,
    },
    Arithmetic {
        operator: Arithmetic,
        left: Text,
        right: Text,
    },
    Compare(Comparison),
    /// What a reference means as a condition.
    Truth,
    Not,
    /// Takes the top; goes on there if it is false.
    Unless(u32),
    /// Goes on there if the top is false, else drops it.
    And(u32),
    /// Goes on there if the top is true, else drops it.
    Or(u32),
    Jump(i32),
    Drop(u32),
    /// Goes on there if the top is null, and drops it.
    SkipNull(u32),
    SetVariable(u32),
    SetProperty(Text),
    SetIndex,
    /// Begins a loop over the top.
    Each {
        slot: u32,
        end: u32,
    },
    /// Its next round.
    Next,
    Break,
    BreakScope,
    Stop,
    /// Makes a block of the operations that follow.
    Define {
        slot: u32,
        len: u32,
    },
    Return,
    /// A directive that lacks arguments.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A method's call as it was written.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) method: Method,
    pub(crate) arguments: u32,
    /// Its first argument, if it is written there, as a path and as a pattern.
    pub(crate) path: Option<Result<Path, String>>,
    pub(crate) pattern: Option<Result<Pattern, String>>,
}
