//! Any text at all as a template: it is compiled or refused with a place in it, and never panics.
#![no_main]

use gatehouse_vtl::Template;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Template::parse("fuzz", text) {
        assert!(error.line >= 1 && error.column >= 1 && !error.reason.is_empty());
        assert!(error.line <= text.matches('\n').count() + 1);
    }
});
