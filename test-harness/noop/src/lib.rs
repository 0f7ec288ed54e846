//! A filter that lets everything pass: what proxy-wasm itself costs, beside which the load runs put the other filters.
#![cfg(target_arch = "wasm32")]

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

struct Noop;

impl Context for Noop {}

impl HttpContext for Noop {}

impl RootContext for Noop {
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Noop))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

#[allow(unsafe_code, reason = "the entry point that the proxy-wasm ABI prescribes")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker's own constructors, run once, before anything else.
    unsafe { __wasm_call_ctors() };
    proxy_wasm::set_root_context(|_| Box::new(Noop));
}
