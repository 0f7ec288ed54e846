//! Regular expressions as API Gateway's Java has them, matched in linear time by an engine that never backtracks.
//!
//! ```
//! use gatehouse_pattern::Whole;
//!
//! let pattern = Whole::parse(r"2(?!06)\d{2}")?;
//! assert!(pattern.is_match("200") && !pattern.is_match("206") && !pattern.is_match("2000"));
//! # Ok::<(), gatehouse_pattern::Refused>(())
//! ```
//!
//! [`Pattern`] is searched for (`String.replaceAll` and its like), [`Whole`] matches all of a text or nothing (`String.matches`). What needs
//! more than linear time is refused by name; of looking ahead, what an engine of this kind can do, [`split`] finds.

mod extent;
mod java;
mod lookahead;
mod whole;

pub use java::{Groups, Pattern};
pub use lookahead::{Condition, Split, Syntax, split};
pub use whole::Whole;

use std::fmt;

/// Why a pattern is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// It is one for Java, and what needs more than linear time is named; else it is none.
    pub unsupported: bool,
    /// What is wrong with it, or what it has.
    pub reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unsupported {
            true => write!(f, "patterns are matched in linear time, and it has {}", self.reason),
            false => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Refused {}
