use gatehouse_filter::testing::TestExchange;
use gatehouse_filter::{Callout, Failure};
use gatehouse_http::{Body, Headers, Response};

use super::*;

const CONFIG: &str = r#"{"uri": "arn:aws:lambda:us-east-1:123456789012:function:hello:live", "function": "http://127.0.0.1:9001",
    "cluster": "functions", "binaryMediaTypes": ["image/png"]}"#;

fn request(accept: &str) -> Request {
    let headers = [(":method", "POST"), (":path", "/default/a%20b?x=1"), (":authority", "a.test"), ("accept", accept)];
    Request { headers: Headers::from_pairs(headers), body: Body::Read(b"hi".to_vec()) }
}

fn asked(filter: &LambdaFilter) -> Callout {
    let (mut exchange, mut request) = (TestExchange::default(), request("*/*"));
    match filter.on_request(&mut request, &mut exchange.view()).unwrap() {
        Step::Await(callout, Invoked) => callout,
        step => panic!("{step:?}"),
    }
}

fn replied(status: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut all = Headers::from_pairs([(":status", status)]);
    headers.iter().for_each(|(name, value)| all.set(name, value).unwrap());
    Reply::Answered(Response { headers: all, body: Body::Read(body.into()), ..Response::default() })
}

fn of_http_api() -> LambdaFilter {
    let config = CONFIG.replace("\"cluster\"", "\"payloadFormatVersion\": \"2.0\", \"cluster\"");
    LambdaFilter::configure(serde_json::from_str(&config).unwrap()).unwrap()
}

fn check(reply: Reply, accept: &str, expected: (u16, &str)) -> Headers {
    let filter = LambdaFilter::configure(serde_json::from_str(CONFIG).unwrap()).unwrap();
    check_of(&filter, reply, accept, expected)
}

fn check_of(filter: &LambdaFilter, reply: Reply, accept: &str, expected: (u16, &str)) -> Headers {
    let (mut exchange, mut request) = (TestExchange::default(), request(accept));
    let answer = match filter.on_reply(Invoked, reply, &mut request, &mut exchange.view()) {
        Ok(Step::Answer(answer)) => answer,
        Ok(step) => panic!("{step:?}"),
        Err(rejection) => filter.refuse(&rejection, &request, &mut exchange.view()),
    };
    assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), expected);
    answer.headers
}

#[test]
fn a_function_is_invoked_with_the_event() {
    let callout = asked(&LambdaFilter::configure(serde_json::from_str(CONFIG).unwrap()).unwrap());
    let path = callout.headers.text(":path").unwrap();
    assert!(
        path.starts_with("/2015-03-31/functions/arn%3Aaws") && path.ends_with("hello%3Alive/invocations"),
        "{path}"
    );
    assert_eq!((callout.cluster.as_str(), callout.timeout_millis), ("functions", 29_000));
    let event: serde_json::Value = serde_json::from_slice(&callout.body).unwrap();
    assert_eq!((&event["path"], &event["body"]), (&"/a%20b".into(), &"hi".into()));
    assert_eq!(event["pathParameters"]["proxy"], "a%20b");
    assert_eq!(event["requestContext"]["path"], "/default/a%20b");
    assert!(!callout.headers.has("x-amzn-trace-id"));
}

#[test]
fn what_it_says_is_the_answer() {
    let said = r#"{"statusCode": 201, "headers": {"Server": "me", "X-A": "1"}, "multiValueHeaders": {"Set-Cookie": ["a", "b"]}, "body": "made"}"#;
    let headers = check(replied("200", &[], said), "*/*", (201, "made"));
    assert_eq!(headers.text("x-amzn-remapped-server"), Some("me"));
    assert_eq!(headers.text("content-type"), Some("application/json"));
    assert_eq!(headers.all("set-cookie").collect::<Vec<_>>(), [b"a", b"b"]);
}

#[test]
fn base64_is_decoded_for_who_accepts_bytes_first() {
    let said = r#"{"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}"#;
    check(replied("200", &[], said), "image/png;q=1, text/html", (200, "hi"));
    check(replied("200", &[], said), "text/html, image/png", (200, "aGk="));
    let error = (500, r#"{"message": "Internal server error"}"#);
    check(replied("200", &[], &said.replace("aGk=", "no base64")), "image/png", error);
}

#[test]
fn a_failure_is_a_bad_gateway() {
    let error = r#"{"message": "Internal server error"}"#;
    let ok = r#"{"statusCode": 200}"#;
    check(replied("200", &[("x-amz-function-error", "Unhandled")], ok), "", (502, error));
    check(replied("200", &[], r#"{"errorMessage": "no"}"#), "", (502, error));
    check(replied("200", &[], r#"{"headers": {"a b": "c"}}"#), "", (502, error));
    check(replied("200", &[], r#"{"headers": {"a": "b\nc"}}"#), "", (502, error));
    check(replied("200", &[], r#"{"headers": {":status": "200"}}"#), "", (502, error));
    check(replied("429", &[], "{}"), "", (502, error));
    check(replied("403", &[], "{}"), "", (500, error));
    check(Reply::Failed(Failure::Timeout), "", (504, r#"{"message": "Endpoint request timed out"}"#));
}

#[test]
fn events_2_0_and_their_inference() {
    let filter = of_http_api();
    let event: serde_json::Value = serde_json::from_slice(&asked(&filter).body).unwrap();
    assert_eq!((&event["version"], &event["rawPath"]), (&"2.0".into(), &"/default/a b".into()));
    assert_eq!(event["requestContext"]["http"]["path"], event["rawPath"]);
    check_of(&filter, replied("200", &[], "\"plain\""), "*/*", (200, "plain"));
}

#[test]
fn with_2_0_failures_are_told_as_http_apis_tell_them() {
    let check = |reply: Reply, expected: (u16, &str)| {
        let headers = check_of(&of_http_api(), reply, "", expected);
        assert!(!headers.has("x-amzn-requestid") && !headers.has("x-amzn-errortype"));
    };
    let internal = (500, r#"{"message":"Internal Server Error"}"#);
    let unavailable = (503, r#"{"message":"Service Unavailable"}"#);
    check(replied("200", &[("x-amz-function-error", "Unhandled")], "{}"), internal);
    check(replied("429", &[], "{}"), internal);
    check(replied("403", &[], "{}"), internal);
    check(Reply::Failed(Failure::NotSent), internal);
    check(Reply::Failed(Failure::Timeout), unavailable);
    check(Reply::Failed(Failure::Unreachable), unavailable);
    check(Reply::Failed(Failure::Reset), unavailable);
}

#[test]
fn the_configuration_of_the_page_works() {
    let page = include_str!("../../README.md");
    let config = page.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    assert_eq!(asked(&LambdaFilter::configure(serde_json::from_str(config).unwrap()).unwrap()).cluster, "functions");
}

#[test]
fn a_wrong_configuration_is_named() {
    let check = |from: &str, to: &str, expected: &str| {
        let config = CONFIG.replace(from, to);
        let error = LambdaFilter::configure(serde_json::from_str(&config).unwrap()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("arn:aws:lambda", "arn:aws:sqs", "uri: `arn:aws:sqs");
    check("\"cluster\"", "\"payloadFormatVersion\": \"3\", \"cluster\"", "`3` is not one of `1.0`, `2.0`");
    check("\"cluster\"", "\"timeoutInMillis\": 1, \"cluster\"", "use 50 to 900000");
}
