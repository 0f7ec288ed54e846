//! A module that does to its host what the shell never does, and logs what the host says to that: `x-rogue: late-edit`
//! edits headers after they have gone on, and logs `late-edit 2`.
//!
//! The cases of this module are no tests of the suite's filters: they hold the fake Envoy to the real one.

#[cfg(target_arch = "wasm32")]
mod acts;
#[cfg(target_arch = "wasm32")]
mod raw;

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the entry point that the proxy-wasm ABI prescribes")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker's own constructors, run once, before anything else.
    unsafe { __wasm_call_ctors() };
    proxy_wasm::set_root_context(|_| Box::new(acts::Root));
}
