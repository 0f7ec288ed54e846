//! What a credential provider is asked, and what it answers.

use gatehouse_api::deployment::config::{AccessKeyStatus, Principal};
use gatehouse_filter::{Failure, Reply};
use serde::Deserialize;
use zeroize::Zeroizing;

/// The longest answer, in bytes: a principal with as many policies as AWS lets him have.
pub(crate) const LONGEST: usize = 64 * 1024;

/// What a provider knows of an access key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Answer {
    /// The secret.
    pub(crate) secret_access_key: Zeroizing<String>,
    /// The session token, of temporary credentials.
    #[serde(default)]
    pub(crate) session_token: Option<Zeroizing<String>>,
    /// When temporary credentials expire.
    #[serde(default)]
    pub(crate) expiration: Option<String>,
    /// Whether the key is in use.
    #[serde(default)]
    pub(crate) status: AccessKeyStatus,
    /// Whose it is.
    pub(crate) principal: Principal,
}

/// What became of the question.
pub(crate) enum Told {
    /// It is known.
    Known(Box<Answer>),
    /// It is not: 404, or a key that is not in use.
    Unknown,
    /// The provider said nothing that can be used.
    Failed(String),
}

/// The question: `{"accessKeyId":"…","sessionToken":"…"}`.
pub(crate) fn question(access_key_id: &str, session_token: Option<&[u8]>) -> Vec<u8> {
    let mut body = serde_json::Map::new();
    body.insert("accessKeyId".into(), access_key_id.into());
    if let Some(token) = session_token {
        body.insert("sessionToken".into(), String::from_utf8_lossy(token).into());
    }
    serde_json::to_vec(&body).unwrap_or_default()
}

impl Told {
    /// Reads a reply. Whatever is not understood to the letter is a failure: half an answer could allow too much.
    pub(crate) fn read(reply: &Reply) -> Self {
        let response = match reply {
            Reply::Answered(response) => response,
            Reply::Failed(Failure::Timeout) => return Told::Failed("gave no answer in time".into()),
            Reply::Failed(failure) => return Told::Failed(format!("cannot be reached: {failure:?}")),
        };
        match response.status() {
            200 => {}
            404 => return Told::Unknown,
            status => return Told::Failed(format!("answered with status {status}")),
        }
        let body = response.body.bytes();
        if body.len() > LONGEST {
            return Told::Failed(format!("answered with more than {LONGEST} bytes"));
        }
        match serde_json::from_slice::<Answer>(body) {
            Ok(answer) if answer.status == AccessKeyStatus::Inactive => Told::Unknown,
            // Whoever knew that there is none could sign with it.
            Ok(answer) if answer.secret_access_key.trim().is_empty() => {
                Told::Failed("answered without a secret".into())
            }
            Ok(answer) => Told::Known(Box::new(answer)),
            // Where it is wrong, not what stands there.
            Err(error) => {
                Told::Failed(format!("answered what is none, at line {} column {}", error.line(), error.column()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::{Body, Headers, Origin, Response};

    use super::*;

    fn told(status: &str, body: &str) -> &'static str {
        let headers = Headers::from_pairs([(":status", status)]);
        let reply =
            Reply::Answered(Response { headers, body: Body::Read(body.as_bytes().to_vec()), origin: Origin::Upstream });
        match Told::read(&reply) {
            Told::Known(_) => "known",
            Told::Unknown => "unknown",
            Told::Failed(why) => {
                assert!(!why.contains("hunter2"), "{why}");
                "failed"
            }
        }
    }

    #[test]
    fn an_answer_is_understood_to_the_letter_or_not_at_all() {
        let principal = r#""principal":{"arn":"arn:aws:iam::123456789012:user/a"}"#;
        let secret = r#""secretAccessKey":"hunter2""#;
        let check = |status: &str, body: &str, expected: &str| assert_eq!(told(status, body), expected, "{body}");
        check("200", &format!("{{{secret},{principal}}}"), "known");
        check("200", &format!(r#"{{{secret},{principal},"status":"Inactive"}}"#), "unknown");
        check("404", "", "unknown");
        for status in ["201", "204", "401", "403", "500", "302"] {
            check(status, &format!("{{{secret},{principal}}}"), "failed");
        }
        for body in [
            String::new(),
            format!(r#"{{"secretAccessKey":"",{principal}}}"#),
            format!(r#"{{"secretAccessKey":" \n",{principal}}}"#),
            "[]".into(),
            format!("{{{secret}}}"),
            format!("{{{principal}}}"),
            format!(r#"{{{secret},{principal},"sessionPolicy":{{}}}}"#),
            format!(r#"{{{secret},{secret},{principal}}}"#),
            format!(r#"{{"secretAccessKey":["hunter2"],{principal}}}"#),
            format!("{{{secret},{principal}}} trailing"),
            format!("{{{secret},{principal}{}}}", " ".repeat(LONGEST)),
        ] {
            check("200", &body, "failed");
        }
    }

    #[test]
    fn the_question_names_the_key_and_the_token() {
        assert_eq!(question("AKID", None), br#"{"accessKeyId":"AKID"}"#);
        assert_eq!(question("AKID", Some(b"a\"b")), br#"{"accessKeyId":"AKID","sessionToken":"a\"b"}"#);
    }
}
