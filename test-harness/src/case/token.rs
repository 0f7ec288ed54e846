//! Tokens that a case has signed when they are sent, and the key sets that they are held against.
//!
//! `<token one {"iss": "me", "exp": now+60}>` is a token of these claims by the key `one`, `<token one {"alg": "RS256"} {…}>`
//! one with this header; `<keys one ec>` is a key set. The keys are those of `gatehouse-jwt`'s tests.

use gatehouse_jwt::testing::{TestKey, hmac, key_set, signed};

/// Puts key sets into a text.
#[must_use]
pub fn keys(text: &str) -> String {
    replaced(text, "<keys ", |ids| key_set(&ids.split(' ').collect::<Vec<_>>()))
}

/// Puts tokens into a value that is sent at a time, in seconds since 1970.
#[must_use]
pub fn tokens(value: &[u8], now: u64) -> Vec<u8> {
    match std::str::from_utf8(value) {
        Ok(text) if text.contains("<token ") => replaced(text, "<token ", |what| token(what, now)).into_bytes(),
        _ => value.to_vec(),
    }
}

fn token(what: &str, now: u64) -> String {
    let (id, rest) = what.split_once(' ').expect("a token is written `<token KEY CLAIMS>`");
    let rest = times(rest, now);
    let (header, claims) = match rest.split_once("} {") {
        Some((header, claims)) => (Some(format!("{header}}}")), format!("{{{claims}")),
        None => (None, rest),
    };
    match (id, header) {
        // Who takes a public key for the secret of an HMAC.
        ("hmac", header) => {
            let key = TestKey::new("one").jwk("RS256");
            signed(&header.expect("a header"), &claims, |text| hmac(key.as_bytes(), text))
        }
        ("nobody", header) => signed(&header.expect("a header"), &claims, |_| Vec::new()),
        (id, Some(header)) => TestKey::new(id).token_with(&header, &claims),
        (id, None) => TestKey::new(id).token(&claims),
    }
}

/// `now`, `now+60`, `now-1` as numbers.
fn times(text: &str, now: u64) -> String {
    let mut parts = text.split("now");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-')).unwrap_or(part.len());
        let (offset, rest) = part.split_at(digits);
        let offset: i64 = offset.parse().unwrap_or_default();
        out.push_str(&now.saturating_add_signed(offset).to_string());
        out.push_str(rest);
    }
    out
}

fn replaced(text: &str, begin: &str, with: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(begin);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (what, rest) = part.split_once('>').expect("a `>` behind it");
        out.push_str(&with(what));
        out.push_str(rest);
    }
    out
}
