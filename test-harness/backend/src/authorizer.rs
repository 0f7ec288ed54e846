//! AWS's documented sample of a TOKEN authorizer, as Lambda's Invoke API answers for it: `allow` and `deny` are what they
//! say, `unauthorized` is refused, and anything else is an error. The event of a proxy integration is answered with a pet.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

use crate::http::Request;
use crate::pets::Answer;

/// The answer to an invocation of any function; nothing for other requests.
pub(crate) fn answer(request: &Request) -> Option<Answer> {
    let name = request.path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")?;
    (request.method == "POST" && !name.is_empty()).then(|| invoked(&String::from_utf8_lossy(&request.body)))
}

fn invoked(event: &str) -> Answer {
    if event.starts_with(r#"{"resource":"#) {
        let body = r#"{"statusCode":200,"body":"{\"id\":1,\"type\":\"dog\",\"price\":249.99}"}"#;
        return Answer { status: 200, headers: "", body: body.to_owned() };
    }
    match (field(event, "authorizationToken"), field(event, "methodArn")) {
        (Some("allow"), Some(arn)) => policy("Allow", arn),
        (Some("deny"), Some(arn)) => policy("Deny", arn),
        (Some("unauthorized"), Some(_)) => error("Unauthorized"),
        _ => error("Error: Invalid token"),
    }
}

fn policy(effect: &str, resource: &str) -> Answer {
    let statement = format!(r#"{{"Action":"execute-api:Invoke","Effect":"{effect}","Resource":"{resource}"}}"#);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let context = r#"{"stringKey":"stringval","numberKey":123,"booleanKey":true}"#;
    let body = format!(r#"{{"principalId":"user","policyDocument":{policy},"context":{context}}}"#);
    Answer { status: 200, headers: "", body }
}

fn error(message: &str) -> Answer {
    let body = format!(r#"{{"errorMessage":"{message}"}}"#);
    Answer { status: 200, headers: "x-amz-function-error: Unhandled\r\n", body }
}

/// The value of a field that is a text without escapes; the names of an event's fields stand nowhere else in it.
fn field<'a>(event: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = event.split_once(&format!("\"{name}\":"))?;
    let (value, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    (!value.contains('\\')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_event_is_answered_with_a_pet() {
        let answer = invoked(r#"{"resource":"/pets/{id}","path":"/pets/1"}"#);
        assert!(answer.body.starts_with(r#"{"statusCode":200,"body":"{\"id\":1,"#), "{}", answer.body);
    }

    #[test]
    fn the_sample_answers_as_documented() {
        for (token, expected) in [
            ("allow", r#""Effect":"Allow","Resource":"arn:a/GET/b""#),
            ("deny", r#""Effect":"Deny""#),
            ("unauthorized", r#"{"errorMessage":"Unauthorized"}"#),
            ("else", "Invalid token"),
            ("al\\u006cow", "Invalid token"),
        ] {
            let body = format!(r#"{{"type":"TOKEN","methodArn":"arn:a/GET/b","authorizationToken":"{token}"}}"#);
            let request = Request {
                method: "POST".to_owned(),
                path: "/2015-03-31/functions/arn%3Aaws/invocations".to_owned(),
                query: String::new(),
                body: body.into_bytes(),
                keep_alive: true,
            };
            let answer = answer(&request).unwrap();
            assert!(answer.body.contains(expected), "{token}: {}", answer.body);
        }
    }
}
