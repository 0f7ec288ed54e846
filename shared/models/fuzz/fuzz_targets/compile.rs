//! Any text at all, as a model: it is compiled, or refused with reasons that have their place.
#![no_main]

use gatehouse_models::{Models, References, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once('\n').unwrap_or((text, "{}"));
    let sources = [Source { name: "it", schema: one }, Source { name: "other", schema: other }];
    for references in [References::OfDocument, References::OfModel] {
        if let Err(problems) = Models::compile(&sources, &["it"], references) {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|it| !it.message.is_empty() && (it.pointer.is_empty() || it.pointer.starts_with('/'))));
        }
    }
});
