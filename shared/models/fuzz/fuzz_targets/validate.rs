//! A schema, and a line with a body: what is refused is refused with a message, and again in the same words.
#![no_main]

use gatehouse_models::{MESSAGES_LIMIT, Mismatch, Models, References, Scratch, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let (schema, body) = (&data[..end], &data[end + 1..]);
    let Ok(schema) = std::str::from_utf8(schema) else { return };
    let Ok(models) = Models::compile(&[Source { name: "it", schema }], &["it"], References::OfModel) else { return };
    let mut scratch = Scratch::default();
    let result = models.validate(0, body, &mut scratch);
    if let Err(Mismatch::Schema(messages)) = &result {
        assert!(!messages.is_empty());
        assert!(messages.iter().map(String::len).sum::<usize>() <= MESSAGES_LIMIT);
    }
    assert_eq!(models.validate(0, body, &mut scratch), result);
});
