//! Any text as a file of keys, and as packed keys: it is read or refused with reasons; what is read can be compiled, and
//! every key of it is found.
#![no_main]

use gatehouse_usage_plan::{ApiKeys, csv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(keys) = ApiKeys::unpack(text) {
        assert_eq!(ApiKeys::unpack(&keys.pack()).map(|again| again.len()), Ok(keys.len()));
        assert_eq!(keys.iter().count(), keys.len());
    }
    match csv::parse(text) {
        Ok(csv::Keys { keys: written, lines }) => {
            assert_eq!(written.len(), lines.len());
            let Ok(keys) = ApiKeys::compile(&written, &[]) else {
                // Of a file's columns, dates alone are understood there.
                assert!(written.iter().any(|key| key.created_date.is_some()));
                return;
            };
            assert_eq!(keys.len(), written.len());
            for key in &written {
                let value = key.value.as_ref().unwrap();
                assert_eq!(keys.find(value.as_bytes()).unwrap().is_enabled, key.enabled);
            }
        }
        Err(wrong) => assert!(!wrong.is_empty() && wrong.iter().all(|it| it.place.starts_with("line "))),
    }
});
