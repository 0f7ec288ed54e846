//! The gateway under a native test: what it answers, asks and sends on.

use gatehouse_filter::testing::TestExchange;
use gatehouse_filter::{Callout, Failure};
use gatehouse_http::{Body, Headers, Origin};

use super::*;

const DEFINITION: &str = r#"{
  "openapi": "3.0.1", "info": {"title": "orders", "version": "1"},
  "paths": {
    "/": {"get": {"responses": {"200": {"description": ""}}, "x-amazon-apigateway-integration": {
      "type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
      "responses": {"default": {"statusCode": "200", "responseTemplates": {"text/html": "<h1>hello</h1>"}}}}}},
    "/orders/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "post": {"responses": {"201": {"description": ""}, "404": {"description": "", "headers": {"X-Stage": {"schema": {"type": "string"}}}}},
      "x-amazon-apigateway-integration": {
        "type": "http", "httpMethod": "PUT", "timeoutInMillis": 1500,
        "uri": "http://orders.example.com/v1/{id}?source=gateway",
        "requestParameters": {
          "integration.request.path.id": "method.request.path.id",
          "integration.request.querystring.page": "method.request.querystring.page",
          "integration.request.header.X-Caller": "context.identity.sourceIp",
          "integration.request.header.X-Color": "stageVariables.color"},
        "responses": {
          "default": {"statusCode": "201"},
          "4\\d{2}": {"statusCode": "404", "responseParameters": {"method.response.header.X-Stage": "context.stage"}}}}}},
    "/files/{proxy+}": {"parameters": [{"name": "proxy", "in": "path", "required": true, "schema": {"type": "string"}}],
      "x-amazon-apigateway-any-method": {"responses": {}, "x-amazon-apigateway-integration": {
        "type": "http_proxy", "httpMethod": "ANY", "uri": "https://files.example.com/{proxy}?v=1",
        "requestParameters": {
          "integration.request.path.proxy": "method.request.path.proxy",
          "integration.request.header.X-User": "context.authorizer.claims.sub",
          "integration.request.querystring.name": "method.request.header.X-Name"}}}},
    "/nowhere": {"get": {"responses": {}, "x-amazon-apigateway-integration": {
      "type": "http", "httpMethod": "GET", "uri": "http://${stageVariables.missing}/", "responses": {"default": {"statusCode": "200"}}}}}
  },
  "x-amazon-apigateway-gateway-responses": {
    "INTEGRATION_TIMEOUT": {"statusCode": "598", "responseTemplates": {"application/json": "{\"path\": \"$method.request.path.id\"}"}}}
}"#;

fn gateway() -> Gateway {
    configured(DEFINITION).unwrap()
}

fn configured(definition: &str) -> Result<Gateway, InvalidConfig> {
    Gateway::configure(serde_json::from_str(&deployed(definition)).unwrap())
}

fn deployed(definition: &str) -> String {
    format!(
        r#"{{"accountId": "123456789012", "region": "us-east-1",
            "endpoints": {{"https://files.example.com": "http://127.0.0.1:9000"}},
            "apis": [{{"apiId": "a1b2c3d4e5", "definition": {definition}, "stages": [
              {{"stageName": "dev", "variables": {{"color": "blue"}},
                "accessLogSettings": {{"format": "$context.requestId $context.resourcePath $context.status"}}}},
              {{"stageName": "prod", "domainName": "orders.example.org"}}]}}]}}"#
    )
}

/// A request: `GET /dev/ x-name: value`, the headers divided by ` | `.
fn request(line: &str, body: &str) -> Request {
    let mut words = line.splitn(3, ' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = vec![(":method", method), (":path", target), (":authority", "127.0.0.1:8080")];
    let extra = words.next().unwrap_or_default();
    headers.extend(extra.split(" | ").filter_map(|header| header.split_once(": ")));
    let authority = headers.iter().rev().find(|(name, _)| *name == "host").map(|(_, value)| *value);
    if let Some(authority) = authority {
        headers.retain(|(name, _)| *name != ":authority" && *name != "host");
        headers.push((":authority", authority));
    }
    let body = if body.is_empty() { Body::Empty } else { Body::Read(body.into()) };
    Request { headers: Headers::from_pairs(headers), body }
}

/// What the client of a request sees that needs no backend.
fn answer(line: &str, body: &str) -> Answer {
    let (gateway, mut exchange, mut request) = (gateway(), TestExchange::default(), request(line, body));
    match gateway.on_request(&mut request, &mut exchange.view()) {
        Ok(Step::Answer(answer)) => answer,
        Ok(step) => panic!("{line}: {step:?}"),
        Err(rejection) => gateway.refuse(&rejection, &request, &mut exchange.view()),
    }
}

fn check(line: &str, status: u16, body: &str) {
    let answer = answer(line, "");
    assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body), "{line}");
    assert!(answer.headers.has("x-amzn-requestid") && answer.headers.has("x-amz-apigw-id"), "{line}");
}

const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;
const MISSING: &str = r#"{"message":"Missing Authentication Token"}"#;

#[test]
fn a_request_is_for_a_stage_by_its_host_or_its_first_segment() {
    check("GET /dev", 200, "<h1>hello</h1>");
    check("GET /dev/", 200, "<h1>hello</h1>");
    check("GET //dev/?a=b", 200, "<h1>hello</h1>");
    check("GET / host: orders.example.org", 200, "<h1>hello</h1>");
    check("GET / host: ORDERS.example.org:8080", 200, "<h1>hello</h1>");
    check("GET /prod host: a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", 200, "<h1>hello</h1>");
    check("GET /dev/ host: orders.example.org", 403, MISSING);
}

#[test]
fn what_no_stage_is_for_is_forbidden() {
    check("GET /test", 403, FORBIDDEN);
    check("GET /", 403, FORBIDDEN);
    check("GET /DEV/", 403, FORBIDDEN);
    check("GET /test authorization: Bearer abc", 403, FORBIDDEN);
}

#[test]
fn what_no_method_is_for_is_a_missing_authentication_token() {
    check("GET /dev/nothing", 403, MISSING);
    check("POST /dev/", 403, MISSING);
    check("get /dev/", 403, MISSING);
    check("GET /dev/orders/1", 403, MISSING);
    check("GET /dev/files/", 403, MISSING);
    let incomplete = answer("GET /dev/nothing authorization: Bearer abc", "");
    assert_eq!(incomplete.headers.text("x-amzn-errortype"), Some("IncompleteSignatureException"));
}

#[test]
fn a_method_may_be_named_in_a_header() {
    check("POST /dev/ x-http-method-override: GET", 200, "<h1>hello</h1>");
    check("GET /dev/ x-http-method-override: DELETE", 403, MISSING);
    check("POST /dev/ x-http-method-override: GET | x-http-method-override: GET", 403, MISSING);
    let (.., request) = proxied("POST /dev/files/a x-http-method-override: DELETE");
    assert_eq!(request.headers.text(":method"), Some("DELETE"));
    assert!(!request.headers.has("x-http-method-override"));
}

#[test]
fn an_address_that_a_missing_stage_variable_made_invalid_is_a_500() {
    check("GET /dev/nowhere", 500, r#"{"message": "Internal server error"}"#);
}

#[test]
fn a_path_that_is_not_utf_8_is_no_resource() {
    let (gateway, mut exchange) = (gateway(), TestExchange::default());
    let pairs = [(":method", b"GET".as_slice()), (":path", b"/dev/\xff"), (":authority", b"\xfe")];
    let mut request = Request { headers: Headers::from_pairs(pairs), body: Body::Empty };
    let rejection = gateway.on_request(&mut request, &mut exchange.view()).unwrap_err();
    assert_eq!(rejection.response_type, ResponseType::MissingAuthenticationToken);
}

fn callout(line: &str, body: &str) -> (Gateway, TestExchange<Memo>, Request, Callout, Awaited) {
    let (gateway, mut exchange, mut request) = (gateway(), TestExchange::default(), request(line, body));
    exchange.host.source_address = Some("192.0.2.1:5000".into());
    match gateway.on_request(&mut request, &mut exchange.view()) {
        Ok(Step::Await(callout, asked)) => (gateway, exchange, request, callout, asked),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn an_http_integration_gets_what_is_mapped_and_nothing_else() {
    let line = "POST /dev/orders/a%2Fb?page=1&page=2&other=3 content-type: application/json | x-other: 1";
    let (.., callout, _) = callout(line, r#"{"n": 1}"#);
    let shown: Vec<String> = callout
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
        .collect();
    assert_eq!(
        shown,
        [
            ":method: PUT",
            ":path: /v1/a%2Fb?source=gateway&page=2",
            ":authority: orders.example.com",
            ":scheme: http",
            "accept: application/json",
            "user-agent: AmazonAPIGateway_a1b2c3d4e5",
            "content-type: application/json",
            "x-caller: 192.0.2.1",
            "x-color: blue",
            "x-amzn-apigateway-api-id: a1b2c3d4e5",
            "x-amzn-trace-id: Root=1-00000000-1c1d1e1f2021222324252627",
            "content-length: 8",
        ]
    );
    assert_eq!((callout.cluster.as_str(), callout.timeout_millis), ("http_orders.example.com_80", 1500));
    assert_eq!(callout.body, br#"{"n": 1}"#);
}

#[test]
fn a_body_is_not_held_until_the_integration_has_answered() {
    let (_, _, request, callout, _) = callout("POST /dev/orders/7 content-type: application/json", r#"{"n": 1}"#);
    assert_eq!((callout.body.as_slice(), request.body), (br#"{"n": 1}"#.as_slice(), Body::Unread));
    let (gateway, mut exchange) = (gateway(), TestExchange::default());
    let mut request = self::request("POST /dev/files/a content-length: 8", r#"{"n": 1}"#);
    assert!(matches!(gateway.on_request(&mut request, &mut exchange.view()), Ok(Step::Continue)));
    let client = exchange.memo.client.unwrap();
    assert_eq!((client.headers.text("content-length"), client.body), (Some("8"), Body::Unread));
}

fn replied(reply: Reply) -> Answer {
    let (gateway, mut exchange, mut request, _, asked) = callout("POST /dev/orders/7", "x");
    exchange.now = Timestamp::from_millis(40);
    match gateway.on_reply(asked, reply, &mut request, &mut exchange.view()) {
        Ok(Step::Answer(answer)) => answer,
        Ok(step) => panic!("{step:?}"),
        Err(rejection) => gateway.refuse(&rejection, &request, &mut exchange.view()),
    }
}

#[test]
fn the_integration_response_answers_for_the_backend() {
    let backend = |status: &str, body: &[u8]| {
        let headers = Headers::from_pairs([(":status", status), ("set-cookie", "a=b"), ("content-type", "text/plain")]);
        Reply::Answered(Response { headers, body: Body::Read(body.to_vec()), origin: Origin::Upstream })
    };
    let check = |reply: Reply, status, stage: Option<&str>, body: &str| {
        let answer = replied(reply);
        assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body));
        assert_eq!(answer.headers.text("x-stage"), stage);
        assert_eq!(answer.headers.text("content-type"), Some("application/json"));
        assert!(!answer.headers.has("set-cookie") && answer.headers.has("x-amzn-trace-id"));
    };
    check(backend("200", b"ok"), 201, None, "ok");
    check(backend("500", b"oops"), 201, None, "oops");
    check(backend("422", b"no"), 404, Some("dev"), "no");
    check(backend("200", b"a\xffb"), 201, None, "a\u{fffd}b");
}

#[test]
fn a_backend_that_does_not_answer_is_a_gateway_response() {
    let check = |failure, status, body: &str| {
        let answer = replied(Reply::Failed(failure));
        assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body), "{failure:?}");
    };
    check(Failure::Timeout, 598, r#"{"path": "7"}"#);
    check(Failure::Unreachable, 504, r#"{"message": "Network error communicating with endpoint"}"#);
    check(Failure::Reset, 504, r#"{"message": "Network error communicating with endpoint"}"#);
    check(Failure::NotSent, 500, r#"{"message": "Internal server error"}"#);
}

fn proxied(line: &str) -> (Gateway, TestExchange<Memo>, Request) {
    let (gateway, mut exchange, mut request) = (gateway(), TestExchange::default(), request(line, ""));
    match gateway.on_request(&mut request, &mut exchange.view()) {
        Ok(Step::Continue) => (gateway, exchange, request),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn an_http_proxy_integration_passes_the_request_on() {
    let line = "DELETE /dev/files/a//b%20c/?x=1&name=mine&x=2 te: trailers | x-name: yours & | via: p | cookie: c \
                | x-gatehouse-cluster: http_evil_80 | expect: 100-continue | x-envoy-retry-on: 5xx | x-envoy-other: 1 \
                | x-envoy-upstream-rq-timeout-ms: 1 | x-user: forged";
    let (_, exchange, request) = proxied(line);
    assert_eq!(exchange.host.published.borrow()["gatehouse_forwarded"], b"1");
    let text = |name: &str| request.headers.text(name);
    assert_eq!(text(":path"), Some("/a//b%20c?v=1&x=1&name=mine&x=2&name=yours%20%26"));
    assert_eq!((text(":method"), text(":authority")), (Some("DELETE"), Some("files.example.com")));
    assert_eq!(request.headers.single(CLUSTER_HEADER), Ok(Some(b"http_127.0.0.1_9000".as_slice())));
    let own: Vec<_> = request.headers.iter().filter(|(name, _)| name.starts_with(b"x-envoy-")).collect();
    assert_eq!(own, [(b"x-envoy-upstream-rq-timeout-ms".as_slice(), b"29000".as_slice())]);
    assert_eq!((text("te"), text("via"), text("expect"), text("cookie")), (None, None, None, Some("c")));
    assert_eq!(text("x-amzn-apigateway-api-id"), Some("a1b2c3d4e5"));
    assert_eq!(text("x-user"), None, "nobody knows who calls, least of all the client");
}

#[test]
fn the_response_of_a_proxied_request_is_under_the_header_rules() {
    let (gateway, mut exchange, request) = proxied("GET /dev/files/a");
    let pairs = [
        (":status", "404"),
        ("server", "x"),
        ("via", "y"),
        ("content-length", "0"),
        ("set-cookie", "1"),
        ("set-cookie", "2"),
    ];
    let mut response = Response { headers: Headers::from_pairs(pairs), ..Response::default() };
    let step = gateway.on_response(&request, &mut response, &mut exchange.view());
    assert!(matches!(step, Ok(Step::Continue)));
    let text = |name: &str| response.headers.text(name);
    assert_eq!((text("server"), text("x-amzn-remapped-server"), text("via")), (None, Some("x"), None));
    assert_eq!((text("content-length"), text("x-amzn-remapped-content-length")), (Some("0"), Some("0")));
    assert_eq!(response.headers.all("set-cookie").count(), 2);
    assert!(response.headers.has("x-amzn-requestid"));
}

#[test]
fn what_envoy_answers_in_the_backends_place_is_a_gateway_response() {
    let check = |status: &str, details: &str, expected: ResponseType| {
        let (gateway, mut exchange, request) = proxied("GET /dev/files/a");
        let headers = Headers::from_pairs([(":status", status)]);
        let mut response = Response { headers, origin: Origin::Proxy(details.into()), ..Response::default() };
        let rejection = gateway.on_response(&request, &mut response, &mut exchange.view()).unwrap_err();
        assert_eq!(rejection.response_type, expected, "{details}");
    };
    check("504", "response_timeout", ResponseType::IntegrationTimeout);
    check("504", "upstream_per_try_timeout", ResponseType::IntegrationTimeout);
    check("503", "upstream_reset_before_response_started{remote_connection_failure}", ResponseType::IntegrationFailure);
    check("503", "upstream_reset_before_response_started{connection_timeout}", ResponseType::IntegrationFailure);
    check("503", "no_healthy_upstream", ResponseType::IntegrationFailure);
    check("413", "request_payload_too_large", ResponseType::RequestTooLarge);
    check("408", "stream_idle_timeout", ResponseType::Default4xx);
    check("400", "http1.codec_error", ResponseType::Default4xx);
    check("500", "direct_response", ResponseType::Default5xx);
}

#[test]
fn the_end_of_a_request_is_counted_and_logged() {
    let (gateway, mut exchange, mut request) = (gateway(), TestExchange::default(), request("GET /dev/nothing", ""));
    let rejection = gateway.on_request(&mut request, &mut exchange.view()).unwrap_err();
    let status = gateway.refuse(&rejection, &request, &mut exchange.view()).status;
    exchange.now = Timestamp::from_millis(7);
    gateway.on_end(End::Answered(status), &request, &mut exchange.view());
    let counted: Vec<(String, u64)> =
        exchange.host.metrics.borrow().iter().map(|(id, value)| (gateway.metric(*id).name, *value)).collect();
    let name = |kind: &str| format!("apigateway.ApiId=a1b2c3d4e5;Stage=dev;Resource=-;Method=-;{kind}");
    assert_eq!(counted, [(name("Count"), 1), (name("4XXError"), 1), (name("Latency"), 7)]);
    let published = exchange.host.published.borrow();
    assert_eq!(published["gatehouse_stage"], b"a1b2c3d4e5/dev");
    assert_eq!(published["gatehouse_log_0"], b"01020304-0506-4708-890a-0b0c0d0e0f10 - ");
}

#[test]
fn whether_a_request_is_the_canarys_is_thrown_for_once() {
    let check = |percent: &str, color: &str, is_canary: bool| {
        let settings = format!(
            r#""canarySettings": {{"percentTraffic": {percent}, "stageVariableOverrides": {{"color": "green"}}}}, "accessLogSettings""#
        );
        let deployment = deployed(DEFINITION).replacen(r#""accessLogSettings""#, &settings, 1);
        let gateway = Gateway::configure(serde_json::from_str(&deployment).unwrap()).unwrap();
        // Of an unknown path, the route is looked for in every phase.
        for path in ["/dev/orders/7", "/dev/nothing"] {
            let (mut exchange, mut request) = (TestExchange::default(), request(&format!("POST {path}"), "{}"));
            gateway.wants_body(&request, &mut exchange.view());
            let _ = gateway.on_request(&mut request, &mut exchange.view());
            assert_eq!(exchange.context.is_canary_request, Some(is_canary), "{percent} {path}");
            let stage = exchange.memo.stage.and_then(|stage| gateway.stages.get(stage)).unwrap();
            assert_eq!(stage.variables["color"], color, "{percent} {path}");
        }
    };
    check("0", "blue", false);
    // The test's host says 12.2 percent, and were it asked again, 13.7.
    check("12", "blue", false);
    check("13", "green", true);
    check("100", "green", true);
}

#[test]
fn the_configuration_of_the_page_works() {
    let page = include_str!("../../README.md");
    let config = page.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    let gateway = Gateway::configure(serde_json::from_str(config).unwrap()).unwrap();
    let (mut exchange, mut request) = (TestExchange::default(), request("GET /prod/orders/7", ""));
    assert!(matches!(gateway.on_request(&mut request, &mut exchange.view()), Ok(Step::Continue)));
    assert_eq!(request.headers.text(":path"), Some("/7"));
}

#[test]
fn what_cannot_be_served_is_a_fault_with_its_place() {
    let check = |from: &str, to: &str, expected: &str| {
        let definition = DEFINITION.replacen(from, to, 1);
        assert_ne!(definition, DEFINITION);
        let error = configured(&definition).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let uri = r#""uri": "http://orders.example.com"#;
    let lookahead = "$a.replaceAll('(?=b)', '')";
    check("{\\\"statusCode\\\": 200}", lookahead, "/paths/~1/get/x-amazon-apigateway-integration/requestTemplates");
    check("{\\\"statusCode\\\": 200}", lookahead, "line 1, column 26: a regular expression with lookahead");
    check(
        uri,
        &format!(r#""credentials": "arn:aws:iam::123456789012:role/r", {uri}"#),
        "credentials are not served yet",
    );
    check("\"context.stage\"", "\"context.nothing\"", "`context.nothing` is no mapping expression here");
    check("4\\\\d{2}", "(", "selection pattern");
    check(
        "\"type\": \"mock\"",
        "\"type\": \"aws_proxy\", \"uri\": \"arn:aws:apigateway:us-east-1:lambda:path/x\", \"httpMethod\": \"POST\"",
        "names no Lambda function",
    );
}

#[test]
fn a_mock_may_name_a_role_for_it_calls_nobody() {
    let mock = "\"type\": \"mock\"";
    let definition =
        DEFINITION.replacen(mock, &format!(r#"{mock}, "credentials": "arn:aws:iam::123456789012:role/r""#), 1);
    assert_ne!(definition, DEFINITION);
    assert!(configured(&definition).is_ok());
}

/// As OpenSSL made it: see `gatehouse-certificate`.
const CERTIFICATE: &str = include_str!("../../../../shared/certificate/tests/certificates/client.pem");

#[test]
fn a_custom_domain_with_mutual_tls_is_for_those_with_a_certificate() {
    let definition = r#"{"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {"/me": {"get": {"responses": {},
        "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
          "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json":
            "$context.identity.clientCert.subjectDN $context.identity.clientCert.validity.notAfter"}}}}}}}}"#;
    let deployment = format!(
        r#"{{"accountId": "123456789012", "region": "us-east-1",
            "domainNames": [
              {{"domainName": "tls.example.com", "apiMappings": [{{"apiId": "a", "stage": "prod"}}], "mutualTlsAuthentication": {{}}}},
              {{"domainName": "*.tls.example.com", "apiMappings": [{{"apiId": "a", "stage": "prod"}}], "mutualTlsAuthentication": {{}}}},
              {{"domainName": "open.example.com", "apiMappings": [{{"apiId": "a", "stage": "prod"}}]}}],
            "apis": [{{"apiId": "a", "definition": {definition}, "stages": [{{"stageName": "prod"}}]}}]}}"#
    );
    let gateway = Gateway::configure(serde_json::from_str(&deployment).unwrap()).unwrap();
    let warned: Vec<&str> = gateway.warnings.iter().map(|fault| fault.problem.message.as_str()).collect();
    let way = "the API `a` is called without a certificate by all other hosts: disable its default endpoint \
               (`disableExecuteApiEndpoint`)";
    assert_eq!(warned, [way, way]);
    let check = |host: &str, server_name: Option<&str>, certificate: Option<&str>, expected: (u16, &str)| {
        let (mut exchange, mut request) = (TestExchange::default(), request(&format!("GET /me host: {host}"), ""));
        for (name, value) in [("requested_server_name", server_name), ("peer_certificate", certificate)] {
            let value = value.map(|value| (format!("connection.{name}"), value.as_bytes().to_vec()));
            exchange.host.properties.extend(value);
        }
        let answer = match gateway.on_request(&mut request, &mut exchange.view()) {
            Ok(Step::Answer(answer)) => answer,
            Ok(step) => panic!("{step:?}"),
            Err(rejection) => gateway.refuse(&rejection, &request, &mut exchange.view()),
        };
        assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), expected, "{host} {server_name:?}");
    };
    let me = "C=US,ST=Washington,L=Seattle,O=Example Corp.,OU=Security,CN=My Client Aug  9 00:28:21 2126 GMT";
    let name = Some("tls.example.com");
    check("tls.example.com", name, Some(CERTIFICATE), (200, me));
    check("TLS.example.com:443", Some("Tls.Example.com"), Some(CERTIFICATE), (200, me));
    check("a.tls.example.com", Some("a.tls.example.com"), Some(CERTIFICATE), (200, me));
    check("tls.example.com", name, None, (403, FORBIDDEN));
    check("tls.example.com", name, Some("no certificate"), (403, FORBIDDEN));
    // Of another name others may be trusted.
    check("tls.example.com", Some("open.example.com"), Some(CERTIFICATE), (403, FORBIDDEN));
    check("tls.example.com", None, Some(CERTIFICATE), (403, FORBIDDEN));
    check("a.tls.example.com", Some("b.tls.example.com"), Some(CERTIFICATE), (403, FORBIDDEN));
    // Who is not asked is told of nothing.
    check("open.example.com", Some("open.example.com"), Some(CERTIFICATE), (200, " "));
}
