//! Modules that Envoy refuses to load, in the fake: hand-written, for no compiler makes them.
#![allow(clippy::unwrap_used, reason = "a test")]

use gatehouse_test_harness::fake::{Wasm, World};
use gatehouse_test_harness::outcome::Setup;

/// Starts a module whose `_initialize` has this body, and gives the reason for which it cannot.
fn start(initialize: &str, rest: &str) -> Result<(), String> {
    let text = format!(
        r#"(module
            (import "env" "proxy_get_log_level" (func $log_level (param i32) (result i32)))
            (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_initialize") {initialize})
            (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
            (func (export "proxy_on_context_create") (param i32 i32))
            (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
            (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
            {rest})"#
    );
    let path = std::env::temp_dir().join(format!("gatehouse-{}-{}.wasm", std::process::id(), initialize.len()));
    std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    let wasm = Wasm::load(&path);
    std::fs::remove_file(&path).unwrap();
    World::start(&wasm?, Setup::default()).map(drop)
}

const VERSION: &str = r#"(func (export "proxy_abi_version_0_2_1"))"#;

#[test]
fn while_a_module_is_initialized_it_may_log_and_nothing_else() {
    assert_eq!(start("(drop (call $log (i32.const 0) (i32.const 0) (i32.const 0)))", VERSION), Ok(()));
    let error = start("(drop (call $log_level (i32.const 0)))", VERSION).unwrap_err();
    assert!(error.contains("restricted_callback: env.proxy_get_log_level"), "{error}");
}

#[test]
fn a_module_for_another_abi_is_refused() {
    assert!(start("", "").unwrap_err().contains("the module is not for ABI 0.2.1"));
}
