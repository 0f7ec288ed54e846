//! Any bytes at all, as an issuer's discovery document and as its key set: keys are asked for where a cluster leads and nowhere
//! else, and a token that none of them has signed never passes.
#![no_main]

use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{Filter, Reply, Step, Timestamp};
use gatehouse_http::{Body, Headers, Origin, Request, Response};
use gatehouse_jwt::testing::TestKey;
use gatehouse_jwt_authorizer::JwtAuthorizer;
use libfuzzer_sys::fuzz_target;

fn told(body: &[u8]) -> Reply {
    let headers = Headers::from_pairs([(":status", "200")]);
    Reply::Answered(Response { headers, body: Body::Read(body.to_vec()), origin: Origin::Upstream })
}

fuzz_target!(|bodies: (&[u8], &[u8])| {
    let config = r#"{"jwtConfiguration":{"issuer":"https://i.test","audience":["a"]},"clusters":{"https://i.test":"issuer"}}"#;
    let filter = JwtAuthorizer::configure(serde_json::from_str(config).unwrap()).unwrap();
    let host = TestHost::with_store(TestStore::with_slots(2));
    let mut exchange = TestExchange { now: Timestamp::from_millis(1_000_000), host, ..TestExchange::default() };
    // Signed by a key of another kind than those that a fuzzer could write by chance.
    let token = TestKey::new("ed").token(r#"{"iss":"https://i.test","aud":"a","exp":2000000000}"#);
    let headers = Headers::from_pairs([(":method", "GET"), (":path", "/"), ("authorization", &token)]);
    let mut request = Request { headers, body: Body::Empty };
    let mut step = filter.on_request(&mut request, &mut exchange.view());
    for body in [bodies.0, bodies.1, bodies.1] {
        let Ok(Step::Await(callout, asking)) = step else { break };
        assert_eq!(callout.cluster, "issuer");
        assert!(!callout.headers.may_split());
        step = filter.on_reply(asking, told(body), &mut request, &mut exchange.view());
    }
    assert!(!matches!(step, Ok(Step::Continue)));
});
