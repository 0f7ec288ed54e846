//! A module that does to its host what the shell never does, and logs what the host says to that: `x-rogue: late-edit`
//! edits headers after they have gone on, and logs `late-edit 2`.
//!
//! The cases of this module are no tests of the suite's filters: they hold the fake Envoy to the real one.

#[cfg(target_arch = "wasm32")]
mod acts;
#[cfg(target_arch = "wasm32")]
mod raw;

#[cfg(target_arch = "wasm32")]
gatehouse_proxy_wasm_shell::entry!(proxy_wasm::set_root_context(|_| Box::new(acts::Root)));
