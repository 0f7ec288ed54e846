//! Any text is a token or none; what is one says the same of itself when it is read again.
#![no_main]

use gatehouse_jwt::{Compact, Expectations, Token, Use};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(compact) = Compact::decode(text) else { return };
    let Ok(token) = Token::read(&compact) else { return };
    assert!(text.as_bytes().starts_with(token.signed()) && !token.signature().is_empty());
    let claims = token.claims();
    for name in claims.names() {
        let _ = (claims.rest_text(name), claims.http_text(name));
    }
    let expected = Expectations { issuer: "i", audiences: &["a".into()], token_use: Use::Any, scopes: &["s".into()], skew: 60 };
    let _ = expected.check(claims, 1_700_000_000);
});
