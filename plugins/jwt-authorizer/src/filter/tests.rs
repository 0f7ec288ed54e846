//! The filter under native tests: who passes, what he is told who does not, and who fetches keys when.

use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{End, Failure};
use gatehouse_http::{Body, Origin, Response};
use gatehouse_jwt::testing::{TestKey, key_set};

use super::*;

const NOW: u64 = 1_700_000_000;
const AGREED: &str = r#""iss":"https://issuer.test","aud":"ours","exp":1700000060"#;

fn configured(config: &str) -> Result<JwtAuthorizer, InvalidConfig> {
    match serde_json::from_str(config) {
        Ok(config) => JwtAuthorizer::configure(config),
        Err(error) => Err(InvalidConfig::new("", error.to_string())),
    }
}

/// An HTTP API's authorizer whose keys are at hand.
fn with_keys(keys: &[&str], more: &str) -> JwtAuthorizer {
    configured(&format!(
        r#"{{"type":"jwt","jwtConfiguration":{{"issuer":"https://issuer.test","audience":["ours","too"]}},
            "keys":{{"jwks":{}}}{more}}}"#,
        key_set(keys)
    ))
    .unwrap()
}

/// One whose keys are fetched.
fn remote() -> JwtAuthorizer {
    configured(SHORT).unwrap()
}

const SHORT: &str = r#"{"jwtConfiguration":{"issuer":"https://issuer.test","audience":["ours"]},
    "keys":{"jwksUri":"https://keys.test/k?v=1","refreshInSeconds":600,"maxAgeInSeconds":1200},
    "clusters":{"https://keys.test":"keys"}}"#;

fn request(authorization: &[&str]) -> Request {
    let mut pairs = vec![(":method", "GET"), (":path", "/pets/1"), (":authority", "api.test")];
    pairs.extend(authorization.iter().map(|value| ("authorization", *value)));
    Request { headers: Headers::from_pairs(pairs), body: Body::Empty }
}

fn exchange() -> TestExchange<()> {
    let host = TestHost::with_store(TestStore::with_slots(2));
    TestExchange { now: Timestamp::from_millis(NOW * 1_000), host, ..TestExchange::default() }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis((NOW + seconds) * 1_000)
}

fn claims(more: &str) -> String {
    format!("{{{AGREED}{}{more}}}", if more.is_empty() { "" } else { "," })
}

/// What a request meets: `200` where it goes on, else the status and `www-authenticate`.
fn met(filter: &JwtAuthorizer, authorization: &[&str], exchange: &mut TestExchange<()>) -> (u16, String) {
    told(filter.on_request(&mut request(authorization), &mut exchange.view()))
}

fn told(outcome: Outcome<JwtAuthorizer>) -> (u16, String) {
    match outcome {
        Ok(Step::Continue) => (200, String::new()),
        Ok(Step::Answer(answer)) => {
            assert!(answer.headers.has("apigw-requestid"));
            (answer.status, answer.headers.text("www-authenticate").unwrap_or_default().to_owned())
        }
        Ok(Step::Await(callout, _)) => (0, format!("calls {}", callout.headers.text(":path").unwrap())),
        Ok(Step::Wait(..)) => (0, "waits".into()),
        Err(rejection) => (500, rejection.message.unwrap_or_default().into_owned()),
    }
}

fn answered(status: &str, body: &str) -> Reply {
    let headers = Headers::from_pairs([(":status", status)]);
    Reply::Answered(Response { headers, body: Body::Read(body.into()), origin: Origin::Upstream })
}

fn invalid(why: &str) -> (u16, String) {
    (401, format!(r#"Bearer scope="" error="invalid_token" error_description="{why}""#))
}

#[test]
fn an_http_api_lets_pass_whoever_brings_its_issuers_token() {
    let filter = with_keys(&["one", "ec", "ed"], "");
    let check = |key: &str, more: &str, expected: (u16, String)| {
        let token = TestKey::new(key).token(&claims(more));
        for authorization in [format!("Bearer {token}"), token] {
            assert_eq!(met(&filter, &[&authorization], &mut exchange()), expected, "{key} {more}");
        }
    };
    for key in ["one", "ec", "ed"] {
        check(key, "", (200, String::new()));
    }
    check("two", "", invalid("unable to find a signing key that matches"));
    check("one", r#""nbf":1700000001"#, invalid("the token is not valid yet"));
    assert_eq!(met(&filter, &[], &mut exchange()), (401, "Bearer".into()));
}

#[test]
fn what_is_told_is_what_aws_tells() {
    let filter = with_keys(&["one"], r#","authorizationScopes":["a","b"]"#);
    let key = TestKey::new("one");
    let check = |claims: &str, expected: (u16, String)| {
        assert_eq!(met(&filter, &[&key.token(claims)], &mut exchange()), expected, "{claims}");
    };
    check(&claims(r#""scope":"x b""#), (200, String::new()));
    let scopes = r#"Bearer scope="a b" error="insufficient_scope" error_description="expected scopes: [a b]""#;
    check(&claims(""), (403, scopes.into()));
    check(
        r#"{"iss":"https://issuer.test","aud":"x","exp":1700000060}"#,
        invalid("the token does not have a valid audience"),
    );
    check(r#"{"iss":"https://issuer.test","aud":"ours","exp":1700000000}"#, invalid("the token has expired"));
    check(r#"{"iss":"https://issuer.test/","aud":"ours","exp":1700000060}"#, invalid("invalid issuer"));
    let mut exchange = exchange();
    let answer = filter.on_request(&mut request(&[&key.token("{}")]), &mut exchange.view()).unwrap();
    let Step::Answer(answer) = answer else { panic!("{answer:?}") };
    assert_eq!(answer.body, br#"{"message":"Unauthorized"}"#);
    assert_eq!(exchange.context.lookup("authorizer.error").as_deref(), Some("invalid issuer"));
}

#[test]
fn claims_are_known_to_the_backend_and_the_log() {
    let filter = with_keys(
        &["one"],
        r#","requestParameters":{"integration.request.header.X-Sub":"context.authorizer.claims.sub",
            "integration.request.header.X-None":"context.authorizer.claims.none"}"#,
    );
    let token = TestKey::new("one").token(&claims(r#""sub":"me","groups":["x","y"],"scope":"a b","nothing":null"#));
    for _ in 0..2 {
        let mut exchange = exchange();
        let mut request = request(&[&token]);
        request.headers.set("x-sub", "forged").unwrap();
        request.headers.set("x-none", "forged").unwrap();
        filter.on_request(&mut request, &mut exchange.view()).unwrap();
        assert_eq!((request.headers.text("x-sub"), request.headers.has("x-none")), (Some("me"), false));
        for (name, value) in [
            ("authorizer.claims.sub", Some("me")),
            ("authorizer.jwt.claims.groups", Some("[x y]")),
            ("authorizer.claims.exp", Some("1700000060")),
            // The method asks for none.
            ("authorizer.jwt.scopes", None),
            ("authorizer.jwt.claims.scope", Some("a b")),
            ("authorizer.jwt.claims.nothing", None),
            ("authorizer.claims", None),
        ] {
            assert_eq!(exchange.context.lookup(name).as_deref(), value, "{name}");
        }
    }
}

#[test]
fn a_token_that_is_known_costs_no_signature_and_is_still_looked_at() {
    let filter = with_keys(&["one", "ec"], "");
    let mut exchange = exchange();
    let token = TestKey::new("one").token(&claims(""));
    for _ in 0..3 {
        assert_eq!(met(&filter, &[&token], &mut exchange).0, 200);
    }
    assert_eq!(exchange.host.verifications.get(), 1);
    let mut other = token.clone();
    other.replace_range(other.len() - 2.., if other.ends_with("AA") { "BB" } else { "AA" });
    assert_eq!(met(&filter, &[&other], &mut exchange), invalid("signature is invalid"));
    assert_eq!(exchange.host.verifications.get(), 2);
    exchange.now = at(59);
    assert_eq!(met(&filter, &[&token], &mut exchange).0, 200);
    exchange.now = at(60);
    assert_eq!(met(&filter, &[&token], &mut exchange), invalid("the token has expired"));
    assert_eq!(exchange.host.verifications.get(), 2);
}

#[test]
fn a_host_that_verifies_no_signatures_is_done_without() {
    let filter = with_keys(&["one", "ec"], "");
    let mut exchange = exchange();
    exchange.host.verifies_nothing = true;
    for key in ["one", "ec"] {
        let token = TestKey::new(key).token(&claims(""));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{signed}.{first}{}", signature.get(1..).unwrap());
        assert_eq!(met(&filter, &[&forged], &mut exchange), invalid("signature is invalid"), "{key}");
        assert_eq!(met(&filter, &[&token], &mut exchange).0, 200, "{key}");
    }
    assert_eq!(exchange.host.verifications.get(), 0);
}

#[test]
fn many_tokens_are_never_mixed_up() {
    let filter = with_keys(&["ed"], "");
    let (key, mut exchange) = (TestKey::new("ed"), exchange());
    let tokens: Vec<String> = (0..1_500).map(|n| key.token(&claims(&format!(r#""sub":"{n}""#)))).collect();
    for _ in 0..2 {
        for (number, token) in tokens.iter().enumerate() {
            assert_eq!(met(&filter, &[token], &mut exchange).0, 200);
            assert_eq!(exchange.context.lookup("authorizer.claims.sub").unwrap(), number.to_string());
        }
    }
}

#[test]
fn routes_have_scopes_of_their_own_and_what_has_no_route_is_not_found() {
    let filter = with_keys(
        &["ed"],
        r#","authorizationScopes":["all"],"routes":{"GET /pets/{id}":{"authorizationScopes":["read"]},
            "ANY /free":{"authorizationScopes":[]},"POST /pets":{}}"#,
    );
    let check = |method: &str, path: &str, scope: &str, expected: u16| {
        let token = TestKey::new("ed").token(&claims(&format!(r#""scope":"{scope}""#)));
        let mut request = request(&[&token]);
        request.headers.set(":method", method).unwrap();
        request.headers.set(":path", path).unwrap();
        let outcome = filter.on_request(&mut request, &mut exchange().view());
        assert_eq!(told(outcome).0, expected, "{method} {path} {scope}");
    };
    check("GET", "/pets/1", "read", 200);
    check("GET", "/pets/1?x=1", "all", 403);
    check("GET", "/pets/1", "rea", 403);
    check("GET", "/pets/1", "reader", 403);
    check("PUT", "/free", "", 200);
    check("POST", "/pets", "all", 200);
    check("POST", "/pets", "read", 403);
    for (method, path) in [("GET", "/"), ("PUT", "/pets"), ("GET", "/pets/1/x"), ("TRACE", "/free")] {
        check(method, path, "all read", 404);
    }
}

#[test]
fn a_rest_api_asks_for_an_id_token_or_for_scopes() {
    let pool = |more: &str| {
        configured(&format!(
            r#"{{"type":"cognito_user_pools","identitySource":"method.request.header.Authorization",
              "providerARNs":["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a",
                              "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_b"],
              "userPools":{{"us-east-1_a":{{"jwks":{}}},"us-east-1_b":{{"jwks":{}}}}}{more}}}"#,
            key_set(&["one"]),
            key_set(&["two"])
        ))
        .unwrap()
    };
    let issuer = |pool: &str| format!(r#""iss":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_{pool}""#);
    let check = |filter: &JwtAuthorizer, key: &str, claims: &str, expected: (u16, &str)| {
        let mut exchange = exchange();
        let token = TestKey::new(key).token(&format!("{{{claims}}}"));
        let outcome = filter.on_request(&mut request(&[&token]), &mut exchange.view());
        let (status, message) = match outcome {
            Ok(Step::Continue) => (200, String::new()),
            Err(rejection) => {
                let answer = filter.refuse(&rejection, &request(&[]), &mut exchange.view());
                (answer.status, String::from_utf8(answer.body).unwrap())
            }
            Ok(other) => panic!("{other:?}"),
        };
        assert_eq!((status, message.as_str()), expected, "{key} {claims}");
    };
    let unauthorized = (401, r#"{"message":"Unauthorized"}"#);
    let id = format!(r#"{},"aud":"client","token_use":"id","exp":1700000060"#, issuer("a"));
    let access = format!(r#"{},"client_id":"client","token_use":"access","scope":"s/r","exp":1700000060"#, issuer("b"));
    let any = pool("");
    check(&any, "one", &id, (200, ""));
    check(&any, "two", &id, unauthorized);
    check(&any, "two", &access, unauthorized);
    check(
        &any,
        "one",
        &id.replace("1700000060", "1700000000"),
        (401, r#"{"message":"The incoming token has expired"}"#),
    );
    check(&any, "one", &id.replace("us-east-1_a", "us-east-1_c"), unauthorized);
    check(&any, "one", &id.replace("us-east-1_a", "us-east-1_b"), unauthorized);
    let scoped = pool(r#","authorizationScopes":["s/r","s/w"]"#);
    check(&scoped, "two", &access, (200, ""));
    check(&scoped, "two", &access.replace("s/r", "s/rw"), unauthorized);
    check(&scoped, "one", &id, unauthorized);
    check(&scoped, "one", &id.replace(r#""token_use""#, r#""scope":"s/r","token_use""#), unauthorized);
}

#[test]
fn an_expression_is_for_the_audience_alone_and_refuses_access_tokens() {
    let pool = format!(
        r#"{{"type":"cognito_user_pools","providerARNs":["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"],
            "userPools":{{"us-east-1_a":{{"jwks":{}}}}},"authorizationScopes":["read"]}}"#,
        key_set(&["one"])
    );
    let authorizer = Authorizer {
        identity_source: identity_source(None, Form::Rest).unwrap(),
        issuers: vec![0],
        audiences: Vec::new(),
        audience_pattern: Some(gatehouse_pattern::Whole::parse("client").unwrap()),
        form: Form::Rest,
    };
    let phase = JwtPhase::new(authorizer, Metrics::from(0));
    let filter = JwtAuthorizer { phase, ..configured(&pool).unwrap() };
    for (audience, expected) in [
        (r#""aud":"client""#, Ok(())),
        (r#""aud":["other","client"],"client_id":"other""#, Ok(())),
        (r#""aud":"other","client_id":"client""#, Err(ResponseType::Unauthorized)),
        (r#""client_id":"client""#, Err(ResponseType::Unauthorized)),
    ] {
        let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a";
        let claims = format!(r#"{{"iss":"{issuer}",{audience},"token_use":"access","scope":"read","exp":1700000060}}"#);
        let token = TestKey::new("one").token(&claims);
        let outcome = filter.on_request(&mut request(&[&token]), &mut exchange().view());
        assert_eq!(outcome.map(|_| ()).map_err(|rejection| rejection.response_type), expected, "{audience}");
    }
}

/// The callout that a request leads to, and what it awaits.
fn asks(filter: &JwtAuthorizer, token: &str, exchange: &mut TestExchange<()>) -> (Callout, Asking) {
    match filter.on_request(&mut request(&[token]), &mut exchange.view()) {
        Ok(Step::Await(callout, asking)) => (callout, asking),
        other => panic!("{:?}", told(other)),
    }
}

fn reply(
    filter: &JwtAuthorizer,
    asking: Asking,
    reply: Reply,
    token: &str,
    exchange: &mut TestExchange<()>,
) -> (u16, String) {
    told(filter.on_reply(asking, reply, &mut request(&[token]), &mut exchange.view()))
}

#[test]
fn keys_are_fetched_when_they_are_needed_and_once_for_all() {
    let (filter, other) = (remote(), remote());
    let mut exchange = exchange();
    let token = TestKey::new("one").token(&claims(""));
    assert_eq!(filter.errand(exchange.now, &exchange.host).map(|it| it.0.cluster), None, "nobody wants them yet");
    let (callout, asking) = asks(&filter, &token, &mut exchange);
    assert_eq!((callout.cluster.as_str(), callout.timeout_millis), ("keys", 1_500));
    assert_eq!(
        (callout.headers.text(":path"), callout.headers.text(":authority")),
        (Some("/k?v=1"), Some("keys.test"))
    );
    // Two more requests, one of them on another worker, wait.
    let second = filter.on_request(&mut request(&[&token]), &mut exchange.view());
    let Ok(Step::Wait(_, second)) = second else { panic!("{:?}", told(second)) };
    let third = other.on_request(&mut request(&[&token]), &mut exchange.view());
    let Ok(Step::Wait(_, third)) = third else { panic!("{:?}", told(third)) };
    assert_eq!(reply(&filter, asking, answered("200", &key_set(&["one"])), &token, &mut exchange).0, 200);
    assert_eq!(exchange.host.woken.borrow().len(), 1, "both are the same stream of this test");
    assert_eq!(told(filter.on_wake(second, &mut request(&[&token]), &mut exchange.view())).0, 200);
    assert_eq!(told(other.on_wake(third, &mut request(&[&token]), &mut exchange.view())).0, 200);
}

#[test]
fn without_keys_nobody_passes_and_the_issuer_is_asked_again_after_a_while() {
    let filter = remote();
    let mut exchange = exchange();
    let token = TestKey::new("one").token(&claims(""));
    for failure in [
        Reply::Failed(Failure::Timeout),
        answered("200", "{}"),
        answered("500", &key_set(&["one"])),
        answered("200", &format!("{}{}", key_set(&["one"]), " ".repeat(150_000))),
    ] {
        let (_, asking) = asks(&filter, &token, &mut exchange);
        let out_of_reach = invalid("JWKS communication error");
        assert_eq!(reply(&filter, asking, failure, &token, &mut exchange), out_of_reach);
        assert_eq!(met(&filter, &[&token], &mut exchange), out_of_reach, "and is not asked at once");
        assert!(remote().errand(exchange.now, &exchange.host).is_none());
        assert!(filter.errand(exchange.now, &exchange.host).is_none());
        exchange.now = exchange.now.plus_millis(5_000);
    }
    let (_, asking) = filter.errand(exchange.now, &exchange.host).expect("it recovers by itself");
    assert_eq!(met(&filter, &[&token], &mut exchange).1, "waits");
    assert!(filter.on_errand(asking, answered("200", &key_set(&["one"])), exchange.now, &exchange.host).is_none());
    assert_eq!(met(&filter, &[&token], &mut exchange).0, 200);
}

/// A filter that has keys, as of now.
fn fetched(keys: &[&str], exchange: &mut TestExchange<()>) -> JwtAuthorizer {
    let filter = remote();
    let token = TestKey::new(keys[0]).token(&claims(""));
    let (_, asking) = asks(&filter, &token, exchange);
    assert_eq!(reply(&filter, asking, answered("200", &key_set(keys)), &token, exchange).0, 200);
    filter
}

#[test]
fn an_unknown_key_id_makes_the_issuer_be_asked_once_whatever_clients_send() {
    let mut exchange = exchange();
    let filter = fetched(&["one"], &mut exchange);
    let two = TestKey::new("two").token(&claims(""));
    let unknown = invalid("unable to find a signing key that matches");
    let (_, asking) = asks(&filter, &two, &mut exchange);
    assert_eq!(reply(&filter, asking, answered("200", &key_set(&["one"])), &two, &mut exchange), unknown);
    for number in 0..200_u64 {
        exchange.now = Timestamp::from_millis(NOW * 1_000 + number * 49);
        let header = format!(r#"{{"alg":"RS256","kid":"x{number}"}}"#);
        let token = TestKey::new("one").token_with(&header, &claims(""));
        assert_eq!(met(&filter, &[&token], &mut exchange), unknown);
        assert_eq!(met(&remote(), &[&token], &mut exchange), unknown, "another worker");
    }
    exchange.now = at(10);
    let (_, asking) = asks(&filter, &two, &mut exchange);
    assert_eq!(reply(&filter, asking, answered("200", &key_set(&["one", "two"])), &two, &mut exchange).0, 200);
}

#[test]
fn keys_are_refreshed_in_the_background_by_one_worker() {
    let mut exchange = exchange();
    let (filter, other) = (fetched(&["one"], &mut exchange), remote());
    let one = long("one");
    let two = TestKey::new("two").token(&claims(""));
    assert_eq!(met(&other, &[&one], &mut exchange).0, 200);
    assert!(filter.errand(at(599), &exchange.host).is_none());
    let (callout, asking) = filter.errand(at(600), &exchange.host).unwrap();
    assert_eq!(callout.headers.text(":path"), Some("/k?v=1"));
    assert!(filter.errand(at(600), &exchange.host).is_none() && other.errand(at(600), &exchange.host).is_none());
    exchange.now = at(600);
    assert_eq!(met(&filter, &[&one], &mut exchange).0, 200, "nobody waits for it");
    // Rotation: `one` is no key any more.
    let host = &exchange.host;
    assert!(filter.on_errand(asking, answered("200", &key_set(&["two"])), at(600), host).is_none());
    assert_eq!(met(&other, &[&one], &mut exchange).0, 200, "not heard of yet");
    assert!(other.errand(at(601), &exchange.host).is_none());
    for worker in [&filter, &other] {
        exchange.now = at(10);
        assert_eq!(met(worker, &[&two], &mut exchange).0, 200);
        // That it was verified before does not help a token whose key is gone.
        assert_ne!(met(worker, &[&one], &mut exchange).0, 200);
    }
}

#[test]
fn an_unknown_key_id_does_not_put_the_refreshing_off() {
    let mut exchange = exchange();
    let filter = fetched(&["one"], &mut exchange);
    exchange.now = at(599);
    let (two, three) = (long("two"), long("ed"));
    let (_, asking) = asks(&filter, &two, &mut exchange);
    assert_eq!(reply(&filter, asking, answered("200", &key_set(&["one", "two"])), &two, &mut exchange).0, 200);
    exchange.now = at(1_199);
    let (_, asking) = asks(&filter, &three, &mut exchange);
    assert_ne!(reply(&filter, asking, answered("200", &key_set(&["two"])), &three, &mut exchange).0, 200);
    assert_ne!(met(&filter, &[&three], &mut exchange).0, 0, "not asked for again");
    let short = configured(&SHORT.replace("600", "1").replace("1200", "10")).unwrap();
    assert_eq!(met(&short, &[&two], &mut exchange).0, 200);
    let (_, asking) = short.errand(at(1_200), &exchange.host).expect("it is time");
    assert!(short.on_errand(asking, answered("200", &key_set(&["two", "ed"])), at(1_200), &exchange.host).is_none());
    exchange.now = at(1_201);
    assert!(filter.errand(at(1_201), &exchange.host).is_none());
    assert_eq!(met(&filter, &[&three], &mut exchange).0, 200);
}

/// A token that holds for longer than keys do.
fn long(key: &str) -> String {
    TestKey::new(key).token(&format!(r#"{{{},"exp":1800000000}}"#, AGREED.replace(r#","exp":1700000060"#, "")))
}

#[test]
fn keys_are_kept_while_they_cannot_be_refreshed_until_they_are_too_old() {
    let mut exchange = exchange();
    let filter = fetched(&["one"], &mut exchange);
    let one = long("one");
    let mut attempts = 0;
    for seconds in 600..1_200 {
        exchange.now = at(seconds);
        if let Some((_, asking)) = filter.errand(exchange.now, &exchange.host) {
            attempts += 1;
            let failed = Reply::Failed(Failure::Unreachable);
            assert!(filter.on_errand(asking, failed, exchange.now, &exchange.host).is_none());
        }
        assert_eq!(met(&filter, &[&one], &mut exchange).0, 200, "{seconds}");
    }
    assert_eq!(attempts, 120);
    exchange.now = at(1_200);
    assert_eq!(met(&filter, &[&one], &mut exchange).1, "calls /k?v=1");
}

#[test]
fn the_same_keys_once_more_forget_no_token() {
    let mut exchange = exchange();
    let filter = fetched(&["one"], &mut exchange);
    let (_, asking) = filter.errand(at(600), &exchange.host).unwrap();
    assert!(filter.on_errand(asking, answered("200", &key_set(&["one"])), at(600), &exchange.host).is_none());
    let token = TestKey::new("one").token(&claims(""));
    assert_eq!(met(&filter, &[&token], &mut exchange).0, 200);
    assert_eq!(exchange.host.verifications.get(), 1);
}

fn discovering() -> JwtAuthorizer {
    configured(
        r#"{"jwtConfiguration":{"issuer":"https://issuer.test/pool","audience":["ours"]},
            "clusters":{"https://issuer.test":"issuer","https://keys.test":"keys"}}"#,
    )
    .unwrap()
}

/// A discovery document.
fn document(issuer: &str, uri: &str) -> String {
    format!(r#"{{"issuer":"{issuer}","jwks_uri":"{uri}","more":[]}}"#)
}

#[test]
fn what_could_not_be_had_is_told_by_every_worker() {
    let token = TestKey::new("one").token(&claims("").replace("issuer.test", "issuer.test/pool"));
    for (discovered, expected) in
        [(false, "OIDC discovery endpoint communication error"), (true, "JWKS communication error")]
    {
        let (filter, other, mut state) = (discovering(), discovering(), exchange());
        let (_, mut asking) = asks(&filter, &token, &mut state);
        if discovered {
            let found = answered("200", &document("https://issuer.test/pool", "https://keys.test/k"));
            let next = filter.on_reply(asking, found, &mut request(&[&token]), &mut state.view());
            let Ok(Step::Await(_, next)) = next else { panic!("{:?}", told(next)) };
            asking = next;
        }
        let failed = Reply::Failed(Failure::Unreachable);
        assert_eq!(reply(&filter, asking, failed, &token, &mut state), invalid(expected));
        assert_eq!(met(&other, &[&token], &mut state), invalid(expected), "another worker");
    }
}

#[test]
fn a_discovery_document_leads_to_the_keys_and_to_nowhere_else() {
    let token = TestKey::new("one").token(&claims("").replace("issuer.test", "issuer.test/pool"));
    let mut state = exchange();
    let it = discovering();
    let (callout, asking) = asks(&it, &token, &mut state);
    assert_eq!(callout.headers.text(":path"), Some("/pool/.well-known/openid-configuration"));
    let found = document("https://issuer.test/pool", "https://keys.test/k");
    let next = it.on_reply(asking, answered("200", &found), &mut request(&[&token]), &mut state.view());
    let Ok(Step::Await(callout, asking)) = next else { panic!("{:?}", told(next)) };
    assert_eq!((callout.cluster.as_str(), callout.headers.text(":path")), ("keys", Some("/k")));
    assert_eq!(reply(&it, asking, answered("200", &key_set(&["one"])), &token, &mut state).0, 200);
    for refused in [
        document("https://issuer.test/other", "https://keys.test/k"),
        document("https://issuer.test/pool", "https://evil.test/k"),
        document("https://issuer.test/pool", "http://keys.test/k"),
        document("https://issuer.test/pool", "https://keys.test/k\\r\\nx: y"),
        r#"{"issuer":"https://issuer.test/pool"}"#.into(),
        r#"{"issuer":"https://issuer.test/pool","jwks_uri":"https://keys.test/k","jwks_uri":"https://keys.test/x"}"#
            .into(),
        "[]".into(),
        String::new(),
    ] {
        let (it, mut state) = (discovering(), exchange());
        let (_, asking) = asks(&it, &token, &mut state);
        assert_eq!(
            reply(&it, asking, answered("200", &refused), &token, &mut state),
            invalid("OIDC discovery endpoint communication error"),
            "{refused}"
        );
    }
}

#[test]
fn who_leaves_hands_the_turn_on() {
    let filter = remote();
    let mut exchange = exchange();
    let token = TestKey::new("one").token(&claims(""));
    let (_, asking) = asks(&filter, &token, &mut exchange);
    assert_eq!(met(&filter, &[&token], &mut exchange).1, "waits");
    filter.on_abandoned(asking, &mut exchange.view());
    assert_eq!(exchange.host.woken.borrow().len(), 1);
    assert_eq!(met(&filter, &[&token], &mut exchange).1, "calls /k?v=1");
    filter.on_end(End::Lost, &request(&[]), &mut exchange.view());
}

#[test]
fn the_configuration_of_the_page_works() {
    let page = include_str!("../../README.md");
    let blocks: Vec<&str> = page.split("```json").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        configured(block).unwrap();
    }
}

#[test]
fn a_wrong_configuration_is_named() {
    let check = |config: &str, expected: &str| {
        let invalid = configured(config).unwrap_err().to_string();
        assert!(invalid.contains(expected), "{invalid}");
    };
    let jwt = |more: &str| {
        format!(
            r#"{{"jwtConfiguration":{{"issuer":"https://i.test","audience":["a"]}},"clusters":{{"https://i.test":"i"}}{more}}}"#
        )
    };
    check("{}", "jwtConfiguration: a JWT authorizer needs it");
    check(r#"{"more":1}"#, "unknown field `more`");
    check(r#"{"type":"token"}"#, "unknown variant `token`");
    check(&jwt("").replace(r#"["a"]"#, "[]"), "jwtConfiguration.audience: there is none");
    check(&jwt("").replace(r#""https://i.test","audience"#, r#""","audience"#), "jwtConfiguration.issuer: it is empty");
    check(
        &jwt("").replace(r#"{"https://i.test":"i"}"#, "{}"),
        "keys: no cluster leads to `https://i.test`: there are clusters for none",
    );
    check(&jwt("").replace(r#"{"https://i.test""#, r#"{"i.test""#), "clusters.i.test: is no origin");
    check(&jwt(r#","keys":{"jwksUri":"x"}"#), "keys.jwksUri: `x` is no URL");
    check(
        &jwt(r#","keys":{"jwksUri":"https://x.test/"}"#),
        "keys.jwksUri: no cluster leads to `https://x.test`: there are clusters for `https://i.test`",
    );
    check(&jwt(r#","keys":{"jwks":{"keys":[]}}"#), "keys.jwks: the key set has no key");
    check(&jwt(r#","keys":{"jwksUri":"https://i.test/","jwks":{}}"#), "keys: there are `jwks` and `jwksUri`");
    check(&jwt(r#","keys":{"refreshInSeconds":0}"#), "keys.refreshInSeconds: `0` is not allowed, use 1 to 86400");
    check(
        &jwt(r#","keys":{"refreshInSeconds":9,"maxAgeInSeconds":8}"#),
        "keys.maxAgeInSeconds: `8` is not allowed, use 9 to 604800",
    );
    check(&jwt(r#","keys":{"clockSkewInSeconds":301}"#), "keys.clockSkewInSeconds: `301` is not allowed, use 0 to 300");
    check(
        &jwt(r#","identitySource":"method.request.header.a""#),
        "identitySource: `method.request.header.a` is no identity source",
    );
    check(&jwt(r#","identitySource":["$request.header.a","$request.header.b"]"#), "identitySource: there are 2");
    check(&jwt(r#","authorizationScopes":["a b"]"#), "authorizationScopes: `a b` is no scope");
    check(&jwt(r#","routes":{"GET /a":{"authorizationScopes":["\""]}}"#), "routes.GET /a: `\"` is no scope");
    check(&jwt(r#","routes":{"/a":{}}"#), "routes./a: use `METHOD /path`");
    check(&jwt(r#","routes":{"GET a":{}}"#), "routes.GET a: `a`");
    check(&jwt(r#","requestParameters":{"x":"'y'"}"#), "requestParameters.x: use `integration.request.header.NAME`");
    check(&jwt(r#","providerARNs":["x"]"#), "providerARNs: user pools are for");
    let pools = |more: &str| format!(r#"{{"type":"cognito_user_pools"{more}}}"#);
    check(&pools(""), "providerARNs: there is none");
    check(&pools(r#","providerARNs":["x"]"#), "providerARNs[0]: `x` is no user pool");
    let arn = r#","providerARNs":["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"]"#;
    check(&pools(arn), "keys: no cluster leads to `https://cognito-idp.us-east-1.amazonaws.com`");
    check(
        &pools(&format!(
            r#"{arn},"clusters":{{"https://cognito-idp.us-east-1.amazonaws.com":"c"}},"userPools":{{"x":{{}}}}"#
        )),
        "userPools.x: no ARN",
    );
    check(&pools(r#","jwtConfiguration":{"issuer":"i","audience":["a"]}"#), "jwtConfiguration: user pools have none");
}
