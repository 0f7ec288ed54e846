//! `gatehouse template`: mapping templates without an API around them.

pub mod lines;
pub mod render;
