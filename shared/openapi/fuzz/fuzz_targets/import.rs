//! Any JSON at all: importing it says what is wrong, and never panics.
#![no_main]

use gatehouse_openapi::{Node, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(document) = serde_json::from_str::<Node>(text) {
        let _ = import(&document);
    }
});
