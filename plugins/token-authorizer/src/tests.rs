//! The filter's story, from a header to a verdict.

use std::cell::RefCell;

use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{Failure, Filter, Outcome, Reply, Step, Store, Timestamp, Waiter};
use gatehouse_http::{Body, Headers, Origin, Request, Response};
use serde_json::{Value, json};

use super::*;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/pets/1";

/// A filter, and the one exchange that it is asked in.
struct Conversation {
    filter: TokenAuthorizer,
    exchange: TestExchange<()>,
    request: Request,
    asked: RefCell<Vec<Value>>,
}

/// What came of a step.
#[derive(Debug, PartialEq)]
enum Came {
    Passes,
    Asks,
    Waits,
    Refused(u16, String),
}

impl Conversation {
    fn new(more: Value) -> Self {
        let mut config = json!({
            "authorizerUri": "arn:aws:lambda:us-east-1:123456789012:function:authorize",
            "cluster": "authorizer",
            "method": {"apiId": "api", "stage": "prod"},
            "requestParameters": {"integration.request.header.X-Principal": "context.authorizer.principalId"}
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let filter = TokenAuthorizer::configure(serde_json::from_value(config).unwrap()).unwrap();
        let host = TestHost::with_store(TestStore::with_slots(usize::try_from(filter.slots()).unwrap()));
        let exchange = TestExchange { host, now: Timestamp::from_millis(1_700_000_000_000), ..TestExchange::default() };
        Self { filter, exchange, request: Request::default(), asked: RefCell::default() }
    }

    /// A request at some second, with this token.
    fn request(&mut self, second: u64, path: &str, token: Option<&str>) -> Came {
        self.begin(second, path, token).0
    }

    fn begin(
        &mut self,
        second: u64,
        path: &str,
        token: Option<&str>,
    ) -> (Came, Option<<TokenAuthorizer as Filter>::Awaiting>) {
        let headers = [(":method", "GET"), (":path", path), (":authority", "api.test"), ("x-principal", "root")];
        let headers = Headers::from_pairs(headers.into_iter().chain(token.map(|token| ("authorization", token))));
        self.request = Request { headers, body: Body::Empty };
        self.exchange.context = Default::default();
        self.exchange.now = Timestamp::from_millis(1_700_000_000_000 + second * 1_000);
        self.exchange.here = Waiter { queue: 1, stream: self.exchange.here.stream + 1 };
        let outcome = self.filter.on_request(&mut self.request, &mut self.exchange.view());
        self.came(outcome)
    }

    /// A request whose function answers so.
    fn answered(&mut self, second: u64, path: &str, token: &str, status: &str, body: &str) -> Came {
        let headers = Headers::from_pairs([(":status", status)]);
        self.replied(
            second,
            path,
            token,
            Reply::Answered(Response { headers, body: Body::Read(body.into()), origin: Origin::Upstream }),
        )
    }

    fn replied(&mut self, second: u64, path: &str, token: &str, reply: Reply) -> Came {
        let (came, asking) = self.begin(second, path, Some(token));
        assert_eq!(came, Came::Asks);
        self.tell(asking, reply)
    }

    fn tell(&mut self, asking: Option<<TokenAuthorizer as Filter>::Awaiting>, reply: Reply) -> Came {
        let outcome = self.filter.on_reply(asking.unwrap(), reply, &mut self.request, &mut self.exchange.view());
        self.came(outcome).0
    }

    fn came(&mut self, outcome: Outcome<TokenAuthorizer>) -> (Came, Option<<TokenAuthorizer as Filter>::Awaiting>) {
        match outcome {
            Ok(Step::Continue) => (Came::Passes, None),
            Ok(Step::Await(callout, asking)) => {
                assert_eq!(callout.cluster, "authorizer");
                self.asked.borrow_mut().push(serde_json::from_slice(&callout.body).unwrap());
                (Came::Asks, Some(asking))
            }
            Ok(Step::Wait(_, asking)) => (Came::Waits, Some(asking)),
            Ok(Step::Answer(answer)) => panic!("{answer:?}"),
            Err(rejection) => {
                let answer = self.filter.refuse(&rejection, &self.request, &mut self.exchange.view());
                (Came::Refused(answer.status, String::from_utf8(answer.body).unwrap()), None)
            }
        }
    }
}

fn grant(effect: &str, resource: &str) -> String {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    json!({"principalId": "me", "policyDocument": policy, "context": {"team": "red", "n": 1}}).to_string()
}

fn refused(status: u16, body: &str) -> Came {
    Came::Refused(status, body.to_owned())
}

const IMPLICIT: &str = r#"{"Message":"User is not authorized to access this resource"}"#;
const EXPLICIT: &str = r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#;
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized"}"#;
const FAILED: &str = r#"{"message":null}"#;

#[test]
fn without_a_token_nobody_is_asked() {
    let mut it = Conversation::new(json!({"identityValidationExpression": "Bearer .+"}));
    assert_eq!(it.request(0, "/prod/pets/1", None), refused(401, UNAUTHORIZED));
    assert_eq!(it.request(0, "/prod/pets/1", Some("")), refused(401, UNAUTHORIZED));
    assert_eq!(it.request(0, "/prod/pets/1", Some("Basic x")), refused(401, UNAUTHORIZED));
    assert_eq!(it.request(0, "/prod/pets/1", Some("Bearer x")), Came::Asks);
    let expected = json!({"type": "TOKEN", "methodArn": ARN, "authorizationToken": "Bearer x"});
    assert_eq!(*it.asked.borrow(), [expected]);
}

#[test]
fn a_result_is_used_again_until_its_ttl_has_passed() {
    let mut it = Conversation::new(json!({"authorizerResultTtlInSeconds": 60}));
    assert_eq!(it.answered(0, "/prod/pets/1", "a", "200", &grant("Allow", ARN)), Came::Passes);
    assert_eq!(it.request.headers.text("x-principal"), Some("me"), "and never what the client said");
    assert_eq!(it.exchange.context.lookup("authorizer.team").as_deref(), Some("red"));
    assert_eq!(it.exchange.context.lookup("authorizer.n").as_deref(), Some("1"));
    assert_eq!(it.request(59, "/prod/pets/1", Some("a")), Came::Passes);
    assert_eq!(it.request(59, "/prod/pets/1", Some("b")), Came::Asks, "another token is somebody else's");
    assert_eq!(it.request(60, "/prod/pets/1", Some("a")), Came::Asks);
}

#[test]
fn a_cached_policy_is_decided_anew_for_every_method() {
    let mut it = Conversation::new(json!({}));
    assert_eq!(it.answered(0, "/prod/pets/1", "a", "200", &grant("Allow", ARN)), Came::Passes);
    assert_eq!(it.request(1, "/prod/pets/2", Some("a")), refused(403, IMPLICIT));
    assert_eq!(it.answered(2, "/prod/pets/1", "b", "200", &grant("Deny", "*")), refused(403, EXPLICIT));
    assert_eq!(it.request(3, "/prod/pets/2", Some("b")), refused(403, EXPLICIT), "a Deny is cached like an Allow");
    assert_eq!(it.asked.borrow().len(), 2);
}

#[test]
fn another_worker_finds_the_policy_in_shared_data() {
    let mut one = Conversation::new(json!({}));
    let mut other = Conversation::new(json!({}));
    assert_eq!(one.answered(0, "/prod/pets/1", "a", "200", &grant("Allow", ARN)), Came::Passes);
    std::mem::swap(&mut one.exchange.host.store, &mut other.exchange.host.store);
    assert_eq!(other.request(1, "/prod/pets/1", Some("a")), Came::Passes);
    assert_eq!(other.exchange.context.lookup("authorizer.principalId").as_deref(), Some("me"));
    let mut changed = Conversation::new(json!({"name": "changed"}));
    std::mem::swap(&mut other.exchange.host.store, &mut changed.exchange.host.store);
    assert_eq!(changed.request(1, "/prod/pets/1", Some("a")), Came::Asks, "another configuration trusts no old answer");
}

#[test]
fn an_answer_that_is_no_policy_is_not_kept() {
    let mut it = Conversation::new(json!({}));
    let unauthorized = r#"{"errorMessage":"Unauthorized"}"#;
    let wrong = json!({"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}});
    for second in 0..2 {
        assert_eq!(it.answered(second, "/prod/pets/1", "a", "200", unauthorized), refused(401, UNAUTHORIZED));
        for body in ["", "null", "{}", r#"{"errorMessage":"x"}"#, &wrong.to_string()] {
            assert_eq!(it.answered(second, "/prod/pets/1", "a", "200", body), refused(500, FAILED), "{body}");
        }
        assert_eq!(it.answered(second, "/prod/pets/1", "a", "502", &grant("Allow", "*")), refused(500, FAILED));
        for failure in [Failure::Timeout, Failure::Unreachable, Failure::Reset, Failure::NotSent] {
            assert_eq!(it.replied(second, "/prod/pets/1", "a", Reply::Failed(failure)), refused(500, FAILED));
        }
    }
}

#[test]
fn without_a_ttl_everybody_asks() {
    let mut it = Conversation::new(json!({"authorizerResultTtlInSeconds": 0}));
    assert_eq!(it.answered(0, "/prod/pets/1", "a", "200", &grant("Allow", ARN)), Came::Passes);
    assert_eq!(it.request(0, "/prod/pets/1", Some("a")), Came::Asks);
    assert_eq!(it.request(0, "/prod/pets/1", Some("a")), Came::Asks);
}

#[test]
fn of_several_at_once_one_asks_and_the_others_share_what_comes_of_it() {
    let mut it = Conversation::new(json!({}));
    let (came, first) = it.begin(0, "/prod/pets/1", Some("a"));
    assert_eq!(came, Came::Asks);
    let (came, second) = it.begin(0, "/prod/pets/2", Some("a"));
    assert_eq!(came, Came::Waits);
    let waiter = it.exchange.here;
    it.begin(0, "/prod/pets/1", Some("a"));
    let failed = it.tell(first, Reply::Failed(Failure::Timeout));
    assert_eq!(failed, refused(500, FAILED));
    assert!(it.exchange.host.woken.borrow().contains(&waiter));
    let outcome = it.filter.on_wake(second.unwrap(), &mut it.request, &mut it.exchange.view());
    assert_eq!(it.came(outcome).0, refused(500, FAILED), "a failure is shared too");
    assert_eq!(it.request(1, "/prod/pets/1", Some("a")), Came::Asks, "but not with whoever comes later");
}

#[test]
fn who_leaves_hands_his_turn_on() {
    let mut it = Conversation::new(json!({}));
    let (_, first) = it.begin(0, "/prod/pets/1", Some("a"));
    let (came, second) = it.begin(0, "/prod/pets/1", Some("a"));
    assert_eq!(came, Came::Waits);
    it.filter.on_abandoned(first.unwrap(), &mut it.exchange.view());
    assert_eq!(it.exchange.host.woken.borrow().len(), 1);
    let outcome = it.filter.on_wake(second.unwrap(), &mut it.request, &mut it.exchange.view());
    let (came, asking) = it.came(outcome);
    assert_eq!(came, Came::Asks);
    let headers = Headers::from_pairs([(":status", "200")]);
    let body = Body::Read(grant("Allow", ARN).into());
    assert_eq!(it.tell(asking, Reply::Answered(Response { headers, body, origin: Origin::Upstream })), Came::Passes);
}

/// Whoever sends a new token with every request makes others be asked for again, and nothing else.
#[test]
fn ten_thousand_callers_share_a_table_of_fixed_size_and_none_is_taken_for_another() {
    let mut it = Conversation::new(json!({}));
    let slots = it.exchange.host.store.slots();
    let of = |caller: u32| (format!("/prod/pets/{caller}"), format!("token-{caller}"));
    for caller in 0..10_000 {
        let (path, token) = of(caller);
        let own = grant("Allow", &ARN.replace("pets/1", &format!("pets/{caller}")));
        assert_eq!(it.answered(0, &path, &token, "200", &own), Came::Passes, "{caller}");
    }
    let mut known = 0;
    for caller in 0..10_000 {
        let (path, token) = of(caller);
        match it.request(1, &path, Some(&token)) {
            Came::Passes => known += 1,
            came => assert_eq!(came, Came::Asks, "{caller}"),
        }
        if known == 1 {
            assert_eq!(it.request(1, "/prod/pets/x", Some(&token)), refused(403, IMPLICIT));
            known += 1;
        }
    }
    assert!((1_000..=6_000).contains(&known), "{known}");
    assert_eq!((it.exchange.host.store.slots(), slots), (slots, it.filter.slots()));
}

#[test]
fn conditions_are_decided_for_each_request() {
    let mut it = Conversation::new(json!({}));
    let statement = json!({"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "DateLessThan": {"aws:EpochTime": "1700000010"}}});
    let body = json!({"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": statement}});
    it.exchange.host.source_address = Some("192.0.2.7:1234".into());
    assert_eq!(it.answered(0, "/prod/pets/1", "a", "200", &body.to_string()), Came::Passes);
    assert_eq!(it.request(9, "/prod/pets/1", Some("a")), Came::Passes);
    assert_eq!(it.request(10, "/prod/pets/1", Some("a")), refused(403, IMPLICIT));
    it.exchange.host.source_address = Some("198.51.100.7:1234".into());
    assert_eq!(it.request(9, "/prod/pets/1", Some("a")), refused(403, IMPLICIT));
}

#[test]
fn a_method_arn_has_an_end() {
    let mut it = Conversation::new(json!({}));
    let path = format!("/prod/{}", "x".repeat(1_600));
    assert_eq!(it.request(0, &path, Some("a")), refused(414, r#"{"message": "Request URI too long"}"#));
}

#[test]
fn an_echoed_method_arn_is_taken_for_the_pattern_that_it_is() {
    // The function echoes the ARN of `/prod/a*`; later requests are held against it as a pattern, as on API Gateway.
    let mut it = Conversation::new(json!({}));
    let echoed = ARN.replace("pets/1", "a*");
    assert_eq!(it.answered(0, "/prod/a*", "a", "200", &grant("Allow", &echoed)), Came::Passes);
    assert_eq!(it.request(1, "/prod/admin", Some("a")), Came::Passes);
    assert_eq!(it.request(1, "/prod/b", Some("a")), refused(403, IMPLICIT));
}

#[test]
fn the_configuration_of_the_page_works() {
    let page = include_str!("../README.md");
    let (_, config) = page.split_once("```json").unwrap();
    let config = serde_json::from_str(config.split_once("```").unwrap().0).unwrap();
    TokenAuthorizer::configure(config).unwrap();
}

#[test]
fn a_wrong_configuration_is_named() {
    let check = |more: Value, expected: &str| {
        let mut config = json!({"authorizerUri": "arn:aws:lambda:us-east-1:123456789012:function:f", "cluster": "c"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let invalid = match serde_json::from_value(config) {
            Ok(config) => TokenAuthorizer::configure(config).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(invalid.starts_with(expected), "{invalid}");
    };
    check(json!({"type": "request"}), "type: `request` is not served by this filter, use `token`");
    check(json!({"authorizerUri": "f"}), "authorizerUri: `f` names no Lambda function");
    check(
        json!({"identitySource": "method.request.querystring.t"}),
        "identitySource: `method.request.querystring.t` is no header",
    );
    check(json!({"authorizerResultTtlInSeconds": 3601}), "authorizerResultTtlInSeconds: `3601` seconds are too long");
    check(json!({"timeoutInMillis": 0}), "timeoutInMillis: `0` is not allowed");
    check(json!({"function": "f"}), "function: `f` is no origin");
    check(
        json!({"requestParameters": {"x": "context.stage"}}),
        "requestParameters.x: use `integration.request.header.NAME`",
    );
    check(json!({"more": 1}), "unknown field `more`");
}
