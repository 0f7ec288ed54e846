//! `gatehouse policy`: IAM policies without an API around them.

pub mod check;
pub mod simulate;
