//! What a service says of why it refused a call.

use std::borrow::Cow;

use serde::Deserialize;

/// How much of it is of interest, in bytes.
const READ: usize = 1_024;

/// `message` in JSON, `Message` in XML: the beginning of it, if there is one.
#[must_use]
pub fn service_refusal(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refused<'a> {
        #[serde(borrow, alias = "Message")]
        message: Cow<'a, str>,
    }
    let body = std::str::from_utf8(body).ok()?;
    let said = match serde_json::from_str(body) {
        Ok(Refused { message }) => message,
        Err(_) => body.split_once("<Message>")?.1.split_once("</Message>")?.0.into(),
    };
    let ends = said.char_indices().map(|(at, char)| at + char.len_utf8());
    said.get(..ends.take_while(|end| *end <= READ).last()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_refuses_is_told_in_its_own_words() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(service_refusal(body.as_bytes()).as_deref(), expected, "{body}");
        };
        check(r#"{"__type":"X","message":"Stream \"x\" not found."}"#, Some("Stream \"x\" not found."));
        check(r#"{"Message":"no"}"#, Some("no"));
        check(
            "<ErrorResponse><Error><Code>C</Code><Message>no queue</Message></Error></ErrorResponse>",
            Some("no queue"),
        );
        for body in ["", "{}", "<Message>", "[1]", r#"{"message":""}"#, r#"{"message":1}"#] {
            check(body, None);
        }
        check(&format!("{{\"message\":\"{}\"}}", "ü".repeat(1_000)), Some(&"ü".repeat(512)));
    }
}
