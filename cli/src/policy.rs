//! `gatehouse policy`: IAM policies without an API around them.

mod asked;
pub mod check;
pub mod simulate;
