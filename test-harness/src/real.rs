//! The real Envoy: one process for each configuration, scripted upstreams behind it, clients that write every byte.

mod bootstrap;
mod client;
mod h1;
mod h2;
mod process;
mod upstream;
mod wire;
mod world;

pub use client::Remote;
pub use process::find_envoy;
pub use world::World;

/// What the clock of this machine says, in seconds since 1970.
fn now_seconds() -> u64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
