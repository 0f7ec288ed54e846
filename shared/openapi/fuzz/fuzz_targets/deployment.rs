//! Any JSON at all: reading it as a deployment says what is wrong, and never panics.
#![no_main]

use gatehouse_api::Node;
use gatehouse_api::deployment::Deployment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(document) = serde_json::from_str::<Node>(text) {
        let _ = Deployment::read(&document);
    }
});
