//! Who passes a gateway with signatures and resource policies, under native tests.

use gatehouse_filter::testing::TestExchange;
use gatehouse_http::{Body, Headers};
use gatehouse_sigv4::{Credentials, Key, Rules, SecretKey, Signer, sha256};

use super::*;

const NOW: u64 = 1_440_938_160;

fn gateway(api: &str, deployment: &str) -> Gateway {
    let mock = r#""x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}"#;
    let definition = format!(
        r#"{{"openapi": "3.0.1", "info": {{"title": "t", "version": "1"}}, {api} "paths": {{
          "/open": {{"get": {{{mock}}}}},
          "/signed/{{proxy+}}": {{"x-amazon-apigateway-any-method": {{"x-amazon-apigateway-auth": {{"type": "AWS_IAM"}}, {mock}}}}}}}}}"#
    );
    let document = format!(
        r#"{{"accountId": "123456789012", "region": "us-east-1", {deployment}
          "iam": {{"accessKeys": [{{"accessKeyId": "AKIAROOTEXAMPLE0", "secretAccessKey": {{"plainText": "secret"}},
            "principal": {{"arn": "arn:aws:iam::123456789012:root"}}}}]}},
          "apis": [{{"apiId": "a1b2c3", "definition": {definition}, "stages": [{{"stageName": "dev"}}]}}]}}"#
    );
    Gateway::configure(serde_json::from_str(&document).unwrap()).unwrap()
}

fn status(gateway: &Gateway, target: &str, sign: bool, exchange: &mut TestExchange<Memo>) -> u16 {
    exchange.now = Timestamp::from_millis(NOW * 1_000);
    let headers = Headers::from_pairs([(":method", "GET"), (":path", target), (":authority", "api.example")]);
    let mut request = Request { headers, body: Body::Empty };
    if sign {
        let secret = SecretKey::new("secret");
        Signer::execute_api("AKIAROOTEXAMPLE0", &secret, "us-east-1").sign(&mut request, NOW).unwrap();
    }
    match gateway.on_request(&mut request, &mut exchange.view()) {
        Ok(Step::Answer(answer)) => {
            assert!(!request.headers.has("authorization"), "the signature goes on");
            answer.status
        }
        Ok(step) => panic!("{step:?}"),
        Err(rejection) => gateway.refuse(&rejection, &request, &mut exchange.view()).status,
    }
}

#[test]
fn what_was_signed_is_what_is_routed() {
    let gateway = gateway("", "");
    let check = |target: &str, expected: u16| {
        let mut exchange = TestExchange::default();
        assert_eq!(status(&gateway, target, true, &mut exchange), expected, "{target}");
        exchange.context.path
    };
    assert_eq!(check("/dev/signed/a", 200).as_deref(), Some("/dev/signed/a"));
    assert_eq!(check("/dev/signed/a//b/./c", 200).as_deref(), Some("/dev/signed/a/b/c"));
    // Sent to a method that asks for a signature, and signed for one that does not.
    check("/dev/signed/../open", 403);
    check("/dev/signed/x/../../signed/b", 200);
    check("/dev/signed/../../other/signed/b", 403);
    check("/dev/signed/../../..", 400);
}

const PRIVATE: &str = r#""x-amazon-apigateway-endpoint-configuration": {"types": ["PRIVATE"]},
    "x-amazon-apigateway-policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
      "Resource": "execute-api:/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}]},"#;
const ENDPOINTS: &str = r#""sourceVpce": {"property": ["xds", "listener_metadata", "filter_metadata", "gatehouse", "vpce"]},
    "vpcEndpoints": {"vpce-1": {"vpcId": "vpc-1"}, "vpce-2": {"vpcId": "vpc-2"},
      "vpce-3": {"vpcId": "vpc-1", "policyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/GET/signed/*"}]}}},"#;

#[test]
fn a_private_api_is_open_to_the_endpoints_that_its_policy_names() {
    let gateway = gateway(PRIVATE, ENDPOINTS);
    let check = |vpce: Option<&str>, target: &str, sign: bool, expected: u16| {
        let mut exchange = TestExchange::default();
        let path = "xds.listener_metadata.filter_metadata.gatehouse.vpce";
        exchange.host.properties.extend(vpce.map(|id| (path.to_owned(), id.as_bytes().to_vec())));
        assert_eq!(status(&gateway, target, sign, &mut exchange), expected, "{vpce:?} {target}");
        exchange.context.lookup("identity.vpceId").map(std::borrow::Cow::into_owned)
    };
    assert_eq!(check(None, "/dev/open", false, 403), None);
    assert_eq!(check(Some("vpce-1"), "/dev/open", false, 200).as_deref(), Some("vpce-1"));
    check(Some("vpce-2"), "/dev/open", false, 403);
    check(Some("vpce-unknown"), "/dev/open", false, 403);
    check(Some(""), "/dev/open", false, 403);
    // The endpoint's own policy bounds what may be called through it.
    check(Some("vpce-3"), "/dev/open", false, 403);
    check(Some("vpce-3"), "/dev/signed/a", true, 200);
    check(Some("vpce-1"), "/dev/signed/a", true, 200);
}

/// Whatever its policy says: at AWS nobody else could send it a request.
#[test]
fn a_private_api_is_reached_through_endpoints_alone_where_they_are_known() {
    let open = PRIVATE.replace(r#", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, "");
    assert_ne!(open, PRIVATE);
    let known = gateway(&open, ENDPOINTS);
    for target in ["/dev/open", "/dev/signed/a"] {
        for (vpce, expected) in [(None, 403), (Some(""), 403), (Some("vpce-2"), 200), (Some("vpce-unknown"), 200)] {
            let mut exchange = TestExchange::default();
            let path = "xds.listener_metadata.filter_metadata.gatehouse.vpce";
            exchange.host.properties.extend(vpce.map(|id: &str| (path.to_owned(), id.as_bytes().to_vec())));
            // The body is asked about first.
            let headers = Headers::from_pairs([(":method", "GET"), (":path", target), (":authority", "api.example")]);
            known.wants_body(&Request { headers, body: Body::Unread }, &mut exchange.view());
            assert_eq!(status(&known, target, target != "/dev/open", &mut exchange), expected, "{vpce:?} {target}");
        }
    }
    assert!(known.warnings.is_empty());
    let unknown = gateway(&open, "");
    assert_eq!(status(&unknown, "/dev/open", false, &mut TestExchange::default()), 200);
    assert!(unknown.warnings[0].to_string().contains("the API is private, and nothing says"), "{:?}", unknown.warnings);
}

#[test]
fn without_a_signature_nobody_waits_for_a_body() {
    let gateway = gateway("", "");
    let wanted = |authorization: bool| {
        let mut exchange: TestExchange<Memo> =
            TestExchange { now: Timestamp::from_millis(NOW * 1_000), ..TestExchange::default() };
        let pairs = [(":method", "POST"), (":path", "/dev/signed/a"), (":authority", "a"), ("content-length", "3")];
        let mut request = Request { headers: Headers::from_pairs(pairs), body: Body::Read(b"abc".to_vec()) };
        if authorization {
            let secret = SecretKey::new("secret");
            Signer::execute_api("AKIAROOTEXAMPLE0", &secret, "us-east-1").sign(&mut request, NOW).unwrap();
        }
        request.body = Body::Unread;
        gateway.wants_body(&request, &mut exchange.view())
    };
    assert_eq!((wanted(false), wanted(true)), (Wanted::Nothing, Wanted::Pieces));
}

#[test]
fn a_caller_is_passed_on_with_his_own_key_and_nobody_signs_over_it() {
    let document = r#"{"accountId": "123456789012", "region": "us-east-1",
      "iam": {"accessKeys": [{"accessKeyId": "AKIAROOTEXAMPLE0", "secretAccessKey": {"plainText": "secret"},
        "principal": {"arn": "arn:aws:iam::123456789012:root"}}]},
      "apis": [{"apiId": "a1b2c3", "stages": [{"stageName": "dev"}], "definition": {
        "openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/tables": {
          "get": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}, "x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": "POST", "credentials": "arn:aws:iam::*:user/*",
            "uri": "arn:aws:apigateway:eu-west-1:dynamodb:action/ListTables",
            "responses": {"default": {"statusCode": "200"}}}}}}}}]}"#;
    let gateway = Gateway::configure(serde_json::from_str(document).unwrap()).unwrap();
    assert!(gateway.endpoints().all(|endpoint| endpoint.signing.is_none()));
    let mut exchange = TestExchange::<Memo> { now: Timestamp::from_millis(NOW * 1_000), ..TestExchange::default() };
    let headers = Headers::from_pairs([(":method", "GET"), (":path", "/dev/tables"), (":authority", "api.example")]);
    let mut request = Request { headers, body: Body::Empty };
    let secret = SecretKey::new("secret");
    Signer::execute_api("AKIAROOTEXAMPLE0", &secret, "us-east-1").sign(&mut request, NOW).unwrap();
    let Ok(Step::Await(callout, _)) = gateway.on_request(&mut request, &mut exchange.view()) else { panic!() };
    // As DynamoDB would check it.
    let rules = Rules { service: "dynamodb".into(), ..Rules::execute_api("eu-west-1") };
    let asked = Request { headers: callout.headers, body: Body::Read(callout.body) };
    let claim = rules.read(&asked, NOW).unwrap();
    let key = secret.derive(claim.scope());
    let credentials =
        Credentials { access_key_id: "AKIAROOTEXAMPLE0", key: Key::V4(&key), session_token: None, expires_at: None };
    claim.verify(&credentials, &sha256(asked.body.bytes())).unwrap();
}
