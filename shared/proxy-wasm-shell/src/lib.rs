//! Runs any [`Filter`] inside a proxy-wasm host: the only crate that knows `proxy-wasm`, and the one place where Envoy
//! can surprise us.
//!
//! ```text
//!   Envoy ──callback──► Stream ──Event──► Machine ──► Filter ──Step──► Machine ──host calls──► Envoy
//! ```
//!
//! What Envoy does that a filter must not have to know, and where it is handled:
//! - a status that the SDK would panic on, header values that are not UTF-8: [`host`], which never panics;
//! - headers held while a body is read, HTTP/2 trailers that end it, limits, `content-length`: [`stream`];
//! - callouts that fail at once, by a synthetic 503 or 504, or without any headers: [`callout`];
//! - requests that wait for each other, on any worker: queues, ticks, whose context a host call is made in: [`waiting`];
//! - calls on behalf of no request, which are the plugin's own: [`errands`];
//! - local replies: sent last, after `$context` is stored, never with a value that could split a response: [`stream`].

mod callout;
mod errands;
mod handle;
mod host;
mod root;
mod shared;
mod stream;
mod waiting;
mod wire;

use gatehouse_filter::Filter;
use proxy_wasm::traits::RootContext;

/// Registers a filter with the host. [`run!`] calls it when the module is loaded.
pub fn start<F: Filter>() {
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(root::Root::<F>::default()) });
}

/// The entry point of a `.wasm` that holds this one filter.
#[macro_export]
macro_rules! run {
    ($Filter:ty) => {
        $crate::entry!($crate::start::<$Filter>());
    };
}

/// The entry point of a `.wasm` that begins with this.
#[macro_export]
macro_rules! entry {
    ($begin:expr) => {
        #[allow(unsafe_code, reason = "the entry point that the proxy-wasm ABI prescribes")]
        #[unsafe(no_mangle)]
        extern "C" fn _initialize() {
            unsafe extern "C" {
                fn __wasm_call_ctors();
            }
            // SAFETY: the linker's own constructors, run once, before anything else.
            unsafe { __wasm_call_ctors() };
            $begin;
        }
    };
}
