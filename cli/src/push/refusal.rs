//! What a registry says instead of doing what it was asked, and what helps.

use std::error::Error;

use oci_client::errors::{OciDistributionError, OciEnvelope, OciErrorCode};
use serde::Deserialize;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status; none where there was no answer, or one that is not understood.
    pub(super) status: Option<u16>,
    pub(super) why: String,
}

/// What registries say, in the form that they say it in.
///
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes>
#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, why: String) -> Self {
        Self { status: Some(status), why: format!("{why} ({status})") }
    }

    /// A status and the body behind it.
    pub(super) fn said(status: u16, body: &str) -> Self {
        match told(body) {
            nothing if nothing.is_empty() => Self { status: Some(status), why: format!("it answers {status}") },
            why => Self::new(status, why),
        }
    }

    /// What to do about it.
    pub(super) fn help(&self, anonymous: bool) -> Option<&'static str> {
        match self.status? {
            401 | 403 if anonymous => Some("log in with `docker login`: nobody has, here"),
            401 => Some("what `docker login` has left is wrong, a name, a password or a token"),
            403 => Some("whoever is logged in may not write there"),
            404 => {
                Some("is the name right? some registries want a repository to be made before anything is put into it")
            }
            400 | 409 => Some("may tags be changed there? some registries let nobody move `latest`"),
            405 => Some("is the registry there to be read alone?"),
            413 => Some(
                "what stands before the registry may limit how large a request is, as nginx does by `client_max_body_size`",
            ),
            429 | 500.. => Some("try again later: what is there already is not sent again"),
            _ => None,
        }
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self { status: None, why }
    }
}

impl From<reqwest::Error> for Refusal {
    fn from(error: reqwest::Error) -> Self {
        match error.status() {
            Some(status) => Self::said(status.as_u16(), ""),
            None if error.is_timeout() => "it takes too long".to_owned().into(),
            None => innermost(&error).into(),
        }
    }
}

impl From<OciDistributionError> for Refusal {
    fn from(error: OciDistributionError) -> Self {
        match error {
            OciDistributionError::UnauthorizedError { .. } => Self::said(401, ""),
            // Of whoever gives out tokens: its status is not told.
            OciDistributionError::AuthenticationFailure(body) => Self { status: Some(401), why: told(&body) },
            OciDistributionError::RegistryError { envelope, .. } => of(&envelope),
            OciDistributionError::ServerError { code, message, .. } => Self::said(code, &message),
            OciDistributionError::RequestError(error) => error.into(),
            other => other.to_string().into(),
        }
    }
}

/// What a body says.
fn told(body: &str) -> String {
    match serde_json::from_str::<Envelope>(body) {
        Ok(Envelope { errors }) if !errors.is_empty() => {
            let told = errors.iter().map(|told| format!("{} {}", told.code, line(&told.message)).trim().to_owned());
            told.collect::<Vec<_>>().join(", ")
        }
        _ => line(body),
    }
}

/// What `oci-client` has read, whose status it does not tell.
fn of(envelope: &OciEnvelope) -> Refusal {
    let told = envelope.errors.iter().map(|error| format!("{} {}", code(&error.code), line(&error.message)));
    let status = envelope.errors.iter().find_map(|error| match error.code {
        OciErrorCode::Unauthorized => Some(401),
        OciErrorCode::Denied => Some(403),
        OciErrorCode::NameUnknown => Some(404),
        OciErrorCode::Toomanyrequests => Some(429),
        _ => None,
    });
    Refusal { status, why: told.collect::<Vec<_>>().join(", ") }
}

/// A code as registries write it: `NAME_UNKNOWN`.
fn code(code: &OciErrorCode) -> String {
    if let OciErrorCode::Other(text) = code {
        return line(text);
    }
    let mut written = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_uppercase());
    }
    written
}

/// What lies under an error: the text of its wrappers only says that there was one.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    // The system begins with a capital letter: `Connection refused`.
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The beginning of what a server says, on one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_is_told_in_its_words() {
        let check = |status: u16, body: &str, expected: &str| assert_eq!(Refusal::said(status, body).why, expected);
        check(403, r#"{"errors": [{"code": "DENIED", "message": "not\nyours"}]}"#, "DENIED not yours (403)");
        check(400, r#"{"errors": [{"code": "TAG_INVALID"}, {"code": "X", "message": "y"}]}"#, "TAG_INVALID, X y (400)");
        check(413, "<html>\n  too large", "<html> too large (413)");
        check(500, r#"{"errors": []}"#, r#"{"errors": []} (500)"#);
        check(500, " ", "it answers 500");
    }

    #[test]
    fn codes_are_those_of_the_specification() {
        let check = |name: &OciErrorCode, expected: &str| assert_eq!(code(name), expected);
        check(&OciErrorCode::NameUnknown, "NAME_UNKNOWN");
        check(&OciErrorCode::Toomanyrequests, "TOOMANYREQUESTS");
        check(&OciErrorCode::Other("CONFLICT".into()), "CONFLICT");
    }
}
