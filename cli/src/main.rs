//! `gatehouse`: compile, check and run an API Gateway definition on Envoy.

fn main() {}
