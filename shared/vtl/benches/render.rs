//! A template of 36 lines over a body of 1.75 KB with twelve items: compiled, and rendered with the body read each time.

#![expect(missing_docs, reason = "criterion makes an undocumented function")]

use std::fmt::Write as _;

use criterion::{Criterion, black_box, criterion_group, criterion_main};
use gatehouse_vtl::{Input, Limits, Template};

const TEMPLATE: &str = r##"## an order, as the backend wants it
#set($order = $input.path('$'))
#set($customer = $order.customer)
#set($total = 0)
#set($context.requestOverride.header.X-Order = $order.id)
{
  "requestId": "$context.requestId",
  "stage": "$context.stage",
  "caller": "$context.identity.sourceIp",
  "tenant": "$stageVariables.tenant",
  "order": {
    "id": "$order.id",
    "customer": {
      "name": "$util.escapeJavaScript($customer.name)",
      "email": "$customer.email.toLowerCase()",
#if($customer.vip == true)
      "tier": "gold",
#elseif($customer.orders > 10)
      "tier": "silver",
#else
      "tier": "none",
#end
      "address": $input.json('$.customer.address')
    },
    "items": [
#foreach($item in $order.items)
#set($line = $item.price * $item.quantity)
#set($total = $total + $line)
      {"n": $foreach.count, "sku": "$item.sku", "title": "$util.escapeJavaScript($item.title)", "line": $line}#if($foreach.hasNext),#end

#end
    ],
    "count": $order.items.size(),
    "total": $total,
    "note": "$!order.note"
  }
}
"##;

/// An order with twelve items.
fn body() -> String {
    let mut items = Vec::new();
    for at in 0..12 {
        let mut item = String::new();
        let _ = write!(
            item,
            r#"{{"sku": "SKU-{at:04}", "title": "Thing number {at}, \"boxed\"", "price": {}.{}5, "quantity": {}, "tags": ["a{at}", "b"], "ok": true}}"#,
            at * 3 + 1,
            at % 10,
            at % 4 + 1
        );
        items.push(item);
    }
    format!(
        r#"{{"id": "order-4711", "customer": {{"name": "Ann O'Neill", "email": "Ann@Example.com", "vip": false, "orders": 12, "address": {{"street": "1 Main Street", "city": "Springfield", "zip": "12345", "country": "US"}}}}, "items": [{}], "note": null}}"#,
        items.join(", ")
    )
}

fn render(bench: &mut Criterion) {
    let body = body();
    let context = vec![("requestId", "c6af9ac6-7b61-11e6"), ("stage", "prod"), ("identity.sourceIp", "192.0.2.1")];
    let input =
        Input { body: body.as_bytes(), context: &context, stage_variables: &[("tenant", "blue")], ..Input::default() };
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
    group.bench_function(format!("render over {} bytes", body.len()), |bencher| {
        bencher.iter(|| template.render(black_box(&input), &limits).is_ok());
    });
    group.bench_function("read the body, print one value", |bencher| {
        bencher.iter(|| path.render(black_box(&input), &limits).is_ok());
    });
    group.bench_function("a yardstick: serde_json reads the body", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&body)).is_ok());
    });
    group.finish();
}

criterion_group!(benches, render);
criterion_main!(benches);
