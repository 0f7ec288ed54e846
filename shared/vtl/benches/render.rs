//! A template of 36 lines over a body of 1.75 KB with twelve items: compiled, and rendered with the body read each time.

#![expect(missing_docs, reason = "criterion makes an undocumented function")]

use criterion::{Criterion, black_box, criterion_group, criterion_main};
use gatehouse_vtl::{Input, Limits, Template};

/// The same that the peers render (`test-harness/peers/velocity/time`).
const TEMPLATE: &str = include_str!("order.vtl");

/// An order with twelve items.
const BODY: &str = include_str!("order.json");

fn render(bench: &mut Criterion) {
    let context = vec![("requestId", "c6af9ac6-7b61-11e6"), ("stage", "prod"), ("identity.sourceIp", "192.0.2.1")];
    let input =
        Input { body: BODY.as_bytes(), context: &context, stage_variables: &[("tenant", "blue")], ..Input::default() };
    let (Ok(template), Ok(path)) =
        (Template::parse("bench", TEMPLATE), Template::parse("bench", "$input.path('$.id')"))
    else {
        unreachable!("the templates are good")
    };
    let limits = Limits::default();
    let rendered = template.render(&input, &limits).map(|rendered| rendered.output.len());
    assert!(rendered.as_ref().is_ok_and(|len| *len > 1_200), "it renders: {rendered:?}");

    let mut group = bench.benchmark_group("template");
    group.bench_function(format!("compile {} lines", TEMPLATE.lines().count()), |bencher| {
        bencher.iter(|| Template::parse("bench", black_box(TEMPLATE)).is_ok());
    });
    group.bench_function(format!("render over {} bytes", BODY.len()), |bencher| {
        bencher.iter(|| template.render(black_box(&input), &limits).is_ok());
    });
    group.bench_function("read the body, print one value", |bencher| {
        bencher.iter(|| path.render(black_box(&input), &limits).is_ok());
    });
    group.bench_function("a yardstick: serde_json reads the body", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(BODY)).is_ok());
    });
    group.finish();
}

criterion_group!(benches, render);
criterion_main!(benches);
