//! A fake Envoy: it behaves like Envoy 1.40's proxy-wasm host as far as `facts` were seen there, without a network.

mod abi;
mod headers;
mod process;
mod vm;
mod wasi;
mod window;
