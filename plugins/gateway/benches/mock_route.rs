//! What the filter itself costs on a MOCK route, without any host: routing, `$context`, the answer.
#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_filter::testing::TestExchange;
use gatehouse_filter::{End, Filter, Step};
use gatehouse_gateway::Gateway;
use gatehouse_http::{Body, Headers, Request};

fn gateway(resources: usize) -> Gateway {
    let method = r#"{"responses": {}, "x-amazon-apigateway-integration": {"type": "mock",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{\"ok\": true}"}}}}}"#;
    let paths: Vec<String> =
        (0..resources).map(|n| format!(r#""/pets{n}/{{petId}}/toys": {{"get": {method}}}"#)).collect();
    let definition = format!(
        r#"{{"openapi": "3.0.1", "info": {{"title": "t", "version": "1"}}, "paths": {{{}}}}}"#,
        paths.join(",")
    );
    let deployment = format!(
        r#"{{"accountId": "123456789012", "region": "us-east-1",
            "apis": [{{"apiId": "a1b2c3d4e5", "definition": {definition}, "stages": [{{"stageName": "dev"}}]}}]}}"#
    );
    Gateway::configure(serde_json::from_str(&deployment).unwrap()).unwrap()
}

fn request() -> Request {
    let headers = [
        (":method", "GET"),
        (":path", "/dev/pets1/7/toys?type=dog"),
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

fn mock_route(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mock_route");
    for resources in [3, 300] {
        let gateway = gateway(resources);
        let mut request = request();
        group.bench_function(format!("{resources}_resources"), |bencher| {
            bencher.iter(|| {
                let mut exchange = TestExchange::default();
                let step = gateway.on_request(black_box(&mut request), &mut exchange.view());
                let Ok(Step::Answer(answer)) = step else { panic!("not answered") };
                gateway.on_end(End::Answered(answer.status), &request, &mut exchange.view());
                answer
            });
        });
    }
    group.finish();
}

criterion_group!(benches, mock_route);
criterion_main!(benches);
