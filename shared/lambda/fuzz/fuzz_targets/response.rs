//! Any payload is a response, a failure or malformed; a status that is taken can be sent.
#![no_main]

use gatehouse_lambda::{ProxyResponse, error_message, http_response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let _ = error_message(payload);
    for response in [ProxyResponse::parse(payload), http_response(payload)].into_iter().flatten() {
        assert!((200..=599).contains(&response.status));
        assert!(response.body.len() <= payload.len() * 3);
    }
});
