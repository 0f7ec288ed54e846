//! `gatehouse sigv4`: signatures without a gateway around them.

pub mod explain;
