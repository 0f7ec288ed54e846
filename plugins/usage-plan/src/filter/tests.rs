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
    assert_eq!(counted, [1, 1, 7, 9, 7]);
}

#[test]
fn a_wrong_configuration_is_named() {
    let config = r#"{"apiKeys": [{"id": "a", "value": "short"}]}"#;
    let error = UsagePlanFilter::configure(serde_json::from_str(config).unwrap()).unwrap_err().to_string();
    assert!(error.contains("apiKeys/0") && error.contains("20 to 128"), "{error}");
}

/// The configuration of the page's section about a store.
fn with_store(change: impl Fn(&str) -> String) -> (UsagePlanFilter, TestExchange<Told>) {
    let section = PAGE.split_once("## Several Envoys").unwrap().1;
    let config = section.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    let filter = UsagePlanFilter::configure(serde_json::from_str(&change(config)).unwrap()).unwrap();
    let store = TestStore::with_slots(usize::try_from(filter.slots()).unwrap());
    (filter, TestExchange { host: TestHost::with_store(store), ..TestExchange::default() })
}

fn request() -> Request {
    let pairs = [(":method", "GET"), (":path", "/pets"), ("x-api-key", "anns-key-0123456789abcdef")];
    Request { headers: Headers::from_pairs(pairs), body: Body::Empty }
}

fn answered(body: &str) -> Reply {
    let headers = Headers::from_pairs([(":status", "200")]);
    let body = Body::Read(body.as_bytes().to_vec());
    Reply::Answered(Response { headers, body, ..Response::default() })
}

/// What becomes of a request about which the store says this; `None` if it is not asked.
fn told_by(filter: &UsagePlanFilter, exchange: &mut TestExchange<Told>, reply: Reply) -> Option<Result<(), u16>> {
    let mut request = request();
    let step = filter.on_request(&mut request, &mut exchange.view());
    let Ok(Step::Await(callout, asking)) = step else { return None };
    assert_eq!(callout.cluster, "usage-store");
    match filter.on_reply(asking, reply, &mut request, &mut exchange.view()) {
        Ok(Step::Continue) => Some(Ok(())),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Some(Err(filter.refuse(&rejection, &request, &mut exchange.view()).status)),
    }
}

const DEAD: Reply = Reply::Failed(gatehouse_filter::Failure::Timeout);

#[test]
fn what_a_store_refuses_this_proxys_throttle_gets_back() {
    let (filter, mut exchange) = with_store(str::to_owned);
    // The throttle has a burst of 10 here, of which nothing may be lost.
    for _ in 0..50 {
        let refused = answered(r#"{"EVALSHA":[0,1,1000,100,0,1000]}"#);
        assert_eq!(told_by(&filter, &mut exchange, refused), Some(Err(429)));
    }
    for _ in 0..10 {
        let counted = answered(r#"{"EVALSHA":[1,0,0,100,50,1000]}"#);
        assert_eq!(told_by(&filter, &mut exchange, counted), Some(Ok(())));
    }
    assert_eq!(told_by(&filter, &mut exchange, DEAD), None, "throttled here, and the store is not asked");
}

#[test]
fn while_the_store_is_dead_this_proxy_goes_on_from_what_it_said_last() {
    let (filter, mut exchange) = with_store(str::to_owned);
    let counted = answered(r#"{"EVALSHA":[1,0,0,100,3,1000]}"#);
    assert_eq!(told_by(&filter, &mut exchange, counted), Some(Ok(())));
    let seen: Vec<_> = (0..9).map(|_| told_by(&filter, &mut exchange, DEAD)).collect();
    assert_eq!(seen[..3], [Some(Ok(())); 3]);
    assert_eq!(seen[3..], [Some(Err(429)); 6]);
    // More was granted, and the store is back: 4 of 10 tokens were used, none by who was refused.
    let counted = || answered(r#"{"EVALSHA":[1,0,0,100,200,1000]}"#);
    let seen: Vec<_> = (0..7).map(|_| told_by(&filter, &mut exchange, counted())).collect();
    assert_eq!(seen, [vec![Some(Ok(())); 6], vec![None]].concat());
}

#[test]
fn a_plan_that_fails_closed_lets_nobody_pass_and_counts_nothing() {
    let closed = |config: &str| config.replace(r#""failureMode": "OPEN""#, r#""failureMode": "CLOSED""#);
    for lie in [DEAD, answered(""), answered(r#"{"EVALSHA":[1]}"#), answered(r#"{"EVALSHA":[false,"ERR"]}"#)] {
        let (filter, mut exchange) = with_store(closed);
        for _ in 0..10 {
            assert_eq!(told_by(&filter, &mut exchange, lie.clone()), Some(Err(500)));
        }
        // Left alone, it refuses as before; and nothing was counted here, of ten that would have been.
        for _ in 0..20 {
            let refused = filter.on_request(&mut request(), &mut exchange.view()).unwrap_err();
            assert_eq!(filter.refuse(&refused, &request(), &mut exchange.view()).status, 500);
        }
        exchange.now = exchange.now.plus_millis(1_000);
        let counted = answered(r#"{"EVALSHA":[1,0,0,100,50,1000]}"#);
        assert_eq!(told_by(&filter, &mut exchange, counted), Some(Ok(())));
    }
}

#[test]
fn a_store_that_hangs_is_left_alone_and_this_proxy_goes_on() {
    let (filter, mut exchange) = with_store(|config| config.replace("0.002", "20"));
    let counted = || answered(r#"{"EVALSHA":[1,0,0,100,50,1000]}"#);
    assert_eq!(told_by(&filter, &mut exchange, counted()), Some(Ok(())));
    for _ in 0..10 {
        // A second for each, in which this proxy's own throttle has tokens again.
        exchange.now = exchange.now.plus_millis(1_000);
        assert_eq!(told_by(&filter, &mut exchange, DEAD), Some(Ok(())));
    }
    let passed = |exchange: &mut TestExchange<Told>| {
        matches!(filter.on_request(&mut request(), &mut exchange.view()), Ok(Step::Continue))
    };
    assert!(passed(&mut exchange) && passed(&mut exchange), "nobody waits for it");
    exchange.now = exchange.now.plus_millis(1_000);
    assert_eq!(told_by(&filter, &mut exchange, counted()), Some(Ok(())), "one asks");
    assert_eq!(told_by(&filter, &mut exchange, counted()), Some(Ok(())), "it is back");
}
