//! `gatehouse sigv4`: signatures without a gateway around them.

mod compared;
mod deviation;
pub mod explain;
pub mod people;
mod raw;
pub mod told;
