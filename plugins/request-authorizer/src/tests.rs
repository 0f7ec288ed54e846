//! What sets the REQUEST authorizer apart: what it gives the function, and what it knows a caller by.

use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{Filter, Step};
use gatehouse_http::{Body, Headers, Request};
use serde_json::{Value, json};

use super::*;

fn filter(more: Value) -> RequestAuthorizer {
    let mut config = json!({
        "authorizerUri": "arn:aws:lambda:us-east-1:123456789012:function:authorize",
        "cluster": "authorizer",
        "identitySource": "method.request.header.HeaderAuth1, method.request.querystring.QueryString1",
        "stageVariables": {"StageVar1": "stageValue1"}
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    RequestAuthorizer::configure(serde_json::from_value(config).unwrap()).unwrap()
}

/// The event that the function is given; none for 401.
fn check(filter: &RequestAuthorizer, path: &str, headers: &[(&str, &str)]) -> Option<Value> {
    let mut all = vec![(":method", "GET"), (":path", path), (":authority", "api.test")];
    all.extend(headers);
    let mut request = Request { headers: Headers::from_pairs(all), body: Body::Empty };
    let host = TestHost::with_store(TestStore::with_slots(64));
    let mut exchange = TestExchange { host, ..TestExchange::default() };
    match filter.on_request(&mut request, &mut exchange.view()) {
        Ok(Step::Await(callout, _)) => Some(serde_json::from_slice(&callout.body).unwrap()),
        Ok(step) => panic!("{step:?}"),
        Err(rejection) => {
            assert_eq!(filter.refuse(&rejection, &request, &mut exchange.view()).status, 401);
            None
        }
    }
}

#[test]
fn the_function_is_given_the_request() {
    let headers = [("headerauth1", "headerValue1")];
    let event = check(&filter(json!({})), "/request?QueryString1=queryValue1", &headers).unwrap();
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["methodArn"], "arn:aws:execute-api:us-east-1:123456789012:api/default/GET/request");
    assert_eq!(event["headers"]["HeaderAuth1"], "headerValue1");
    assert_eq!(event["queryStringParameters"]["QueryString1"], "queryValue1");
    assert_eq!(event["stageVariables"]["StageVar1"], "stageValue1");
    assert_eq!(event["requestContext"]["apiId"], "api");
}

#[test]
fn a_missing_source_is_401_whether_answers_are_cached_or_not() {
    for ttl in [0, 300] {
        let filter = filter(json!({"authorizerResultTtlInSeconds": ttl}));
        assert_eq!(check(&filter, "/request", &[("headerauth1", "v")]), None, "{ttl}");
    }
}

#[test]
fn the_configuration_of_the_page_works() {
    let page = include_str!("../README.md");
    let (_, config) = page.split_once("```json").unwrap();
    let config = serde_json::from_str(config.split_once("```").unwrap().0).unwrap();
    RequestAuthorizer::configure(config).unwrap();
}
