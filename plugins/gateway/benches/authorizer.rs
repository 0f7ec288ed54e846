//! What a Lambda authorizer adds to a MOCK route, without any host: its answer known, and its answer read.
#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_filter::testing::{TestExchange, TestHost, TestStore};
use gatehouse_filter::{End, Filter, Reply, Step, Timestamp};
use gatehouse_gateway::Gateway;
use gatehouse_http::{Body, Headers, Origin, Request, Response};
use serde_json::json;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:authorize";

fn gateway(ttl: u32) -> Gateway {
    let method = json!({
        "security": [{"authorizer": []}],
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{}"}}}
        }
    });
    let authorizer = json!({
        "type": "token",
        "authorizerUri": format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"),
        "authorizerResultTtlInSeconds": ttl
    });
    let deployment = json!({
        "accountId": "123456789012", "region": "us-east-1", "functions": {FUNCTION: "http://127.0.0.1:9000"},
        "apis": [{"apiId": "a1b2c3d4e5", "stages": [{"stageName": "dev"}], "definition": {
            "openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/pets/{petId}": {"get": method}},
            "components": {"securitySchemes": {"authorizer": {"type": "apiKey", "name": "Authorization", "in": "header",
                "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": authorizer}}}
        }}]
    });
    Gateway::configure(serde_json::from_str(&deployment.to_string()).unwrap()).unwrap()
}

fn request() -> Request {
    let headers = [
        (":method", "GET"),
        (":path", "/dev/pets/7?type=dog"),
        (":authority", "127.0.0.1:8080"),
        (":scheme", "http"),
        ("user-agent", "curl/8.0"),
        ("accept", "*/*"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("authorization", "Bearer abcdefghijklmnopqrstuvwxyz"),
    ];
    Request { headers: Headers::from_pairs(headers), body: Body::Empty }
}

/// What AWS's sample function answers.
fn reply() -> Reply {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": "Allow",
        "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/GET/pets/7"});
    let body = json!({"principalId": "user", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"stringKey": "stringval", "numberKey": 123, "booleanKey": true}});
    let headers = Headers::from_pairs([(":status", "200"), ("content-type", "application/json")]);
    Reply::Answered(Response { headers, body: Body::Read(body.to_string().into()), origin: Origin::Upstream })
}

/// One request, its function asked if need be.
fn ask(
    gateway: &Gateway,
    reply: &Reply,
    request: &mut Request,
    exchange: &mut TestExchange<<Gateway as Filter>::Memo>,
) {
    let mut outcome = gateway.on_request(request, &mut exchange.view());
    if let Ok(Step::Await(callout, awaited)) = outcome {
        black_box(callout);
        outcome = gateway.on_reply(awaited, reply.clone(), request, &mut exchange.view());
    }
    let Ok(Step::Answer(answer)) = outcome else { panic!("not answered") };
    gateway.on_end(End::Answered(answer.status), request, &mut exchange.view());
}

fn authorizer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("authorizer");
    for (name, ttl) in [("asked", 0), ("cached", 300)] {
        let gateway = gateway(ttl);
        let (mut request, reply) = (request(), reply());
        let slots = usize::try_from(gateway.slots()).unwrap();
        let host = TestHost::with_store(TestStore::with_slots(slots));
        let mut exchange =
            TestExchange { host, now: Timestamp::from_millis(1_700_000_000_000), ..TestExchange::default() };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                exchange.memo = Default::default();
                exchange.context = Default::default();
                exchange.host.metrics.borrow_mut().clear();
                ask(&gateway, &reply, &mut request, &mut exchange);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, authorizer);
criterion_main!(benches);
