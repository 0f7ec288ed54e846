use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_http::{Body, Headers};

use super::*;

const PAGE: &str = include_str!("../../README.md");

fn of_page() -> UsagePlanFilter {
    let config = PAGE.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    UsagePlanFilter::configure(serde_json::from_str(config).unwrap()).unwrap()
}

fn status(filter: &UsagePlanFilter, exchange: &mut TestExchange<Told>, target: &str, key: Option<&str>) -> u16 {
    let mut headers = Headers::from_pairs([(":method", "GET"), (":path", target)]);
    key.inspect(|key| headers.set("x-api-key", key).unwrap());
    let mut request = Request { headers, body: Body::Empty };
    match filter.on_request(&mut request, &mut exchange.view()) {
        Ok(_) => 200,
        Err(rejection) => filter.refuse(&rejection, &request, &mut exchange.view()).status,
    }
}

#[test]
fn the_configuration_of_the_page_counts() {
    let filter = of_page();
    let store = TestStore::with_slots(usize::try_from(filter.slots()).unwrap());
    let mut exchange = TestExchange { host: TestHost::with_store(store), ..TestExchange::default() };
    let key = Some("anns-key-0123456789abcdef");
    assert_eq!(status(&filter, &mut exchange, "/pets", None), 403);
    assert_eq!(status(&filter, &mut exchange, "/pets", Some("nobodys-key-0123456789")), 403);
    assert_eq!(status(&filter, &mut exchange, "/slow", key), 200);
    assert_eq!(status(&filter, &mut exchange, "/slow", key), 429);
    assert_eq!(status(&filter, &mut exchange, "/pets", key), 200);
    let counted = exchange.host.metrics.borrow().iter().map(|(id, _)| id.0).collect::<Vec<_>>();
    // Unknown keys are nobody's; what is allowed and throttled is the plan's.
    assert_eq!(counted, [1, 1, 6, 8, 6]);
}

#[test]
fn a_wrong_configuration_is_named() {
    let config = r#"{"apiKeys": [{"id": "a", "value": "short"}]}"#;
    let error = UsagePlanFilter::configure(serde_json::from_str(config).unwrap()).unwrap_err().to_string();
    assert!(error.contains("apiKeys/0") && error.contains("20 to 128"), "{error}");
}
