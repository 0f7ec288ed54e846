use gatehouse_filter::testing::TestExchange;
use gatehouse_http::{Headers, Origin};

use super::*;

fn filter(config: &str) -> Result<RequestTransformFilter, InvalidConfig> {
    RequestTransformFilter::configure(serde_json::from_str(config).unwrap())
}

fn page(index: usize) -> &'static str {
    let config = include_str!("../../README.md").split("```json").nth(index).unwrap();
    config.split_once("```").unwrap().0
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let pairs = [(":method", method), (":path", target), (":authority", "a.example")];
    let body = if body.is_empty() { Body::Empty } else { Body::Read(body.into()) };
    Request { headers: Headers::from_pairs(pairs.into_iter().chain(headers.iter().copied())), body }
}

fn response(status: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let pairs = [(":status", status)].into_iter().chain(headers.iter().copied());
    Response { headers: Headers::from_pairs(pairs), body: Body::Read(body.into()), origin: Origin::Upstream }
}

#[test]
fn the_configuration_of_the_page_works_both_ways() {
    let (filter, mut exchange) = (filter(page(1)).unwrap(), TestExchange::default());
    let headers = [("tenant", "acme"), ("cookie", "a=b"), ("content-type", "application/json")];
    let mut request = request("POST", "/pets/7?a=b", &headers, r#"{"name": "Rex"}"#);
    assert_eq!(filter.wants_body(&request, &mut exchange.view()), Wanted::Whole);
    assert!(matches!(filter.on_request(&mut request, &mut exchange.view()), Ok(Step::Continue)));
    assert_eq!((request.target(), request.body.bytes()), (&b"/v1/animals/7"[..], &br#"{"animal": "Rex"}"#[..]));
    assert_eq!((request.headers.text("x-tenant"), request.headers.has("cookie")), (Some("acme"), false));
    let mut found = response("200", &[("total", "3")], r#"{"animal": "REX"}"#);
    assert!(filter.wants_response_body(&found, &mut exchange.view()));
    let Ok(Step::Answer(answer)) = filter.on_response(&request, &mut found, &mut exchange.view()) else { panic!() };
    assert_eq!((answer.status, answer.body.as_slice()), (200, &br#"{"name": "REX"}"#[..]));
    assert_eq!(answer.headers.text("x-total"), Some("3"));
}

#[test]
fn the_other_configuration_of_the_page_works() {
    let (filter, mut exchange) = (filter(page(2)).unwrap(), TestExchange::default());
    let mut request = request("GET", "/pets/dogs/1?tag=a&debug=1&tag=b", &[], "");
    assert!(matches!(filter.on_request(&mut request, &mut exchange.view()), Ok(Step::Continue)));
    assert_eq!(request.target(), b"/v2/dogs/1?tag=a&tag=b");
    assert_eq!(request.headers.text("x-tags"), Some("a,b"));
    let mut missing = response("404", &[], "");
    assert!(!filter.wants_response_body(&missing, &mut exchange.view()));
    assert!(matches!(filter.on_response(&request, &mut missing, &mut exchange.view()), Ok(Step::Continue)));
    assert_eq!(missing.status(), 204);
}

#[test]
fn what_the_proxy_or_another_filter_answers_is_not_the_backends() {
    let filter = filter(page(1)).unwrap();
    let check = |status: &str, details: &str, expected: Option<u16>| {
        let mut exchange = TestExchange::default();
        let mut request = request("POST", "/pets/7", &[], r#"{"name": "Rex"}"#);
        filter.on_request(&mut request, &mut exchange.view()).unwrap();
        let mut answered = response(status, &[], "text");
        answered.origin = Origin::Proxy(details.into());
        assert!(!filter.wants_response_body(&answered, &mut exchange.view()));
        let got = match filter.on_response(&request, &mut answered, &mut exchange.view()) {
            Ok(Step::Continue) => None,
            Ok(step) => panic!("{step:?}"),
            Err(rejection) => Some(filter.refuse(&rejection, &request, &mut exchange.view()).status),
        };
        assert_eq!(got, expected, "{status} {details}");
    };
    check("503", "upstream_reset_before_response_started{connection_failure}", Some(504));
    check("504", "response_timeout", Some(504));
    check("403", "rbac_access_denied", None);
    check("429", "request_rate_limited", None);
}

#[test]
fn a_refusal_of_its_own_is_not_mapped_again() {
    let config = r#"{"type": "http", "passthroughBehavior": "never", "responses": {"default": {"statusCode": 200}}}"#;
    let (filter, mut exchange) = (filter(config).unwrap(), TestExchange::default());
    let mut request = request("POST", "/", &[], "x");
    let rejection = filter.on_request(&mut request, &mut exchange.view()).unwrap_err();
    let _ = filter.refuse(&rejection, &request, &mut exchange.view());
    let mut refused = response("415", &[], "");
    assert!(!filter.wants_response_body(&refused, &mut exchange.view()));
    assert!(matches!(filter.on_response(&request, &mut refused, &mut exchange.view()), Ok(Step::Continue)));
    assert_eq!(refused.status(), 415);
}

#[test]
fn bodies_are_read_where_somebody_reads_them() {
    let check = |config: &str, request_body: Wanted, response_body: bool| {
        let (filter, mut exchange) = (filter(config).unwrap(), TestExchange::default());
        let mut request = request("POST", "/", &[], r#"{"a": 1}"#);
        assert_eq!(filter.wants_body(&request, &mut exchange.view()), request_body, "{config}");
        filter.on_request(&mut request, &mut exchange.view()).unwrap();
        assert_eq!(
            filter.wants_response_body(&response("200", &[], ""), &mut exchange.view()),
            response_body,
            "{config}"
        );
    };
    check(r#"{"type": "http_proxy"}"#, Wanted::Nothing, false);
    check(
        r#"{"type": "http_proxy", "requestParameters": {"overwrite:header.a": "$request.path"}}"#,
        Wanted::Nothing,
        false,
    );
    check(
        r#"{"type": "http_proxy", "requestParameters": {"overwrite:header.a": "$request.body.a"}}"#,
        Wanted::Whole,
        false,
    );
    check(
        r#"{"type": "http_proxy", "requestParameters": {"integration.request.header.a": "method.request.body.a"}}"#,
        Wanted::Whole,
        false,
    );
    check(
        r#"{"type": "http_proxy", "responseParameters": {"200": {"overwrite:header.a": "$response.body.a"}}}"#,
        Wanted::Nothing,
        true,
    );
    check(r#"{"type": "http", "responses": {"default": {"statusCode": 200}}}"#, Wanted::Whole, true);
}

#[test]
fn a_wrong_configuration_is_named() {
    let check = |config: &str, expected: &str| {
        assert_eq!(filter(config).unwrap_err().to_string(), expected, "{config}");
    };
    check(r#"{"type": "aws"}"#, "type: `aws` is not served by this filter, use `http` or `http_proxy`");
    check(
        r#"{"type": "http", "uri": "http://a.example/"}"#,
        "uri: `http://a.example/` is no path: begin it with a slash; the route says which backend is asked",
    );
    check(
        r#"{"type": "http", "responseParameters": {"200": {}}}"#,
        "responseParameters: only type `http_proxy` has this",
    );
    check(r#"{"type": "http_proxy", "requestTemplates": {"a": "b"}}"#, "requestTemplates: only type `http` has this");
    check(
        r#"{"type": "http_proxy", "responses": {"default": {"statusCode": 200}}}"#,
        "responses: only type `http` has this",
    );
    check(
        r#"{"type": "http_proxy", "responseParameters": {"99": {}}}"#,
        "responseParameters/99: `99` is no status code, use 200 to 599",
    );
    check(
        r#"{"type": "http", "contentHandling": "x"}"#,
        "contentHandling: `x` is not one of `CONVERT_TO_TEXT`, `CONVERT_TO_BINARY`",
    );
    check(
        r#"{"type": "http_proxy", "uri": "/a", "requestParameters": {"overwrite:header.a": "b"}}"#,
        "uri: an HTTP API's mappings have `overwrite:path` in `requestParameters` for this",
    );
    let error = filter(r#"{"type": "http", "resourcePath": "pets"}"#).unwrap_err().to_string();
    assert!(error.starts_with("resourcePath: `pets` "), "{error}");
}
