//! Routing in an API of 3 resources and in one of 300.

#![expect(missing_docs, reason = "criterion makes an undocumented function")]

use criterion::{Criterion, black_box, criterion_group, criterion_main};
use gatehouse_api::{HttpMethod, Router};

fn routing(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("routing");
    for resources in [3, 300] {
        let router = api(resources);
        let last = resources / 3 - 1;
        for (name, path) in [
            ("literal", format!("/service{last}/orders")),
            ("parameter", format!("/service{last}/orders/8c1f2a/items")),
            ("greedy", format!("/service{last}/files/a/b/c.txt")),
            ("unknown", format!("/service{last}/orders/8c1f2a/nothing")),
        ] {
            group.bench_function(format!("{name} of {resources}"), |bencher| {
                bencher.iter(|| router.find(HttpMethod::Get, black_box(&path)).map(|route| *route.value()));
            });
        }
    }
    group.finish();
}

/// Services with three resources each.
fn api(resources: usize) -> Router<usize> {
    let mut router = Router::default();
    for service in 0..resources / 3 {
        for path in ["orders", "orders/{orderId}/items", "files/{path+}"] {
            let path = format!("/service{service}/{path}");
            assert!(router.insert(&path, HttpMethod::Get, service).is_ok(), "{path}");
        }
    }
    router
}

criterion_group!(benches, routing);
criterion_main!(benches);
