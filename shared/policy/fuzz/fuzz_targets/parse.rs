//! Any text at all, as a policy of every kind: it is compiled or refused with reasons, and never panics.
#![no_main]

use gatehouse_policy::{Policy, PolicyKind};
use libfuzzer_sys::fuzz_target;

const KINDS: [PolicyKind; 9] = [
    PolicyKind::Identity,
    PolicyKind::Managed,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Scp,
    PolicyKind::Rcp,
    PolicyKind::Resource,
    PolicyKind::Vpce,
    PolicyKind::Authorizer,
];

fuzz_target!(|text: &str| {
    for kind in KINDS {
        match Policy::parse(text, kind) {
            Ok(policy) => {
                let _ = (policy.keys(), policy.warnings());
            }
            Err(invalid) => assert!(!invalid.is_empty() && invalid.iter().all(|it| !it.message.is_empty())),
        }
    }
});
