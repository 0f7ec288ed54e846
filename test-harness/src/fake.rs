//! A fake Envoy: it behaves as Envoy 1.40's proxy-wasm host was seen to behave, without a network.

mod abi;
mod headers;
mod process;
mod router;
mod signature;
mod stream;
mod vm;
mod wasi;
mod window;
mod world;

pub use vm::Wasm;
pub use world::World;
