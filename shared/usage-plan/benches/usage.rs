//! A lookup among a million keys, a bucket, a bucket and a quota, and what a million keys cost at the start.

#![expect(missing_docs, reason = "criterion makes an undocumented function")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stderr, reason = "a bench prints what it measures")]

use std::time::Instant;

use criterion::{Criterion, black_box, criterion_group, criterion_main};
use gatehouse_usage_plan::{ApiKeys, Bucket, Digest, Limit, Period, Quota, UsagePlans, config, give_back, take};

const KEYS: usize = 1_000_000;
const NOW: u64 = 1_760_000_000_000;

fn value(number: usize) -> String {
    format!("apikey1234abcdefghij{number:010}")
}

fn written() -> config::UsagePlans {
    let throttle =
        config::Throttle { rate_limit: Some(1e6), burst_limit: Some(1_000_000), ..config::Throttle::default() };
    let plan = config::UsagePlan {
        id: "c7y23b".to_owned(),
        api_stages: vec![config::ApiStage {
            api_id: "api".to_owned(),
            stage: "prod".to_owned(),
            ..config::ApiStage::default()
        }],
        throttle: Some(throttle),
        quota: Some(config::Quota { limit: 2_000_000_000, offset: 0, period: "MONTH".to_owned() }),
        ..config::UsagePlan::default()
    };
    let key = |number| config::ApiKey {
        value: Some(value(number)),
        enabled: true,
        usage_plan_ids: vec![plan.id.clone()],
        ..config::ApiKey::default()
    };
    config::UsagePlans {
        api_keys: (0..KEYS).map(key).collect(),
        usage_plans: vec![plan.clone()],
        packed_api_keys: None,
        usage_store: None,
    }
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = run();
    eprintln!("{what}: {:?}", start.elapsed());
    made
}

fn usage(bench: &mut Criterion) {
    let document = written();
    let plans = document.usage_plans.clone();
    let Ok(compiled) = timed("a million keys from their values", || UsagePlans::compile(document)) else { return };
    let packed = timed("packed", || compiled.keys().pack());
    eprintln!("the index: {} bytes; packed: {} bytes", compiled.keys().bytes(), packed.len());
    let document = config::UsagePlans { usage_plans: plans, packed_api_keys: Some(packed), ..Default::default() };
    let Ok(text) = serde_json::to_string(&document) else { return };
    let Ok(unpacked) = timed("a million packed keys from JSON", || {
        UsagePlans::compile(serde_json::from_str(&text).unwrap_or_default())
    }) else {
        return;
    };
    assert_eq!(unpacked.keys().len(), KEYS);

    let values: Vec<String> = (0..4096).map(|at| value(at * 7919 % KEYS)).collect();
    lookups(bench, unpacked.keys(), &values);
    takes(bench);
    let mut group = bench.benchmark_group("usage plan");
    let mut at = 0;
    group.bench_function("client and demand among 1,000,000", |bencher| {
        bencher.iter(|| {
            at = (at + 1) % values.len();
            let value = values.get(at).map(String::as_bytes);
            unpacked.client(black_box(value), "api", "prod").map(|client| client.demand("/pets/GET"))
        });
    });
    group.finish();
}

fn lookups(bench: &mut Criterion, keys: &ApiKeys, values: &[String]) {
    let mut group = bench.benchmark_group("lookup among 1,000,000");
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % values.len();
        values.get(at).map_or(b"".as_slice(), String::as_bytes)
    };
    group.bench_function("a key", |bencher| bencher.iter(|| keys.find(black_box(next()))));
    let digests: Vec<Digest> = (0..4096).map(|_| Digest::of(next())).collect();
    group.bench_function("a digest", |bencher| {
        bencher.iter(|| {
            at = (at + 1) % digests.len();
            digests.get(at).map(|digest| keys.find_digest(black_box(digest)))
        });
    });
    let mut unknown = 0_u64;
    group.bench_function("an unknown key", |bencher| {
        bencher.iter(|| {
            unknown += 1;
            keys.find(black_box(&[unknown.to_le_bytes(); 4].concat()))
        });
    });
    group.finish();
}

fn takes(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("take");
    let bucket = Limit::throttle(&["bucket"], Bucket::new(1e6, 1_000_000));
    let method = Limit::throttle(&["method"], Bucket::new(1e6, 1_000_000));
    let quota = Limit::quota(&["quota"], Quota { limit: 2_000_000_000, offset: 0, period: Period::Month, began: None });
    let mut run = |name: &str, limits: &[Limit], others: usize| {
        let others: Vec<Limit> =
            (0..others).map(|at| Limit::throttle(&["other", &at.to_string()], Bucket::new(1e-9, 9))).collect();
        let mut state = take(&[], NOW, &others).map(|taken| taken.state).unwrap_or_default();
        let mut now = NOW;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now += 1;
                if let Ok(taken) = take(black_box(&state), now, black_box(limits)) {
                    state = taken.state;
                }
            });
        });
    };
    run("a bucket", &[bucket], 0);
    run("a bucket and a quota", &[bucket, quota], 0);
    run("a bucket and a quota, 30 other entries", &[bucket, quota], 30);
    run("two buckets and a quota", &[method, bucket, quota], 0);
    let limits = [bucket, quota];
    if let Ok(taken) = take(&[], NOW, &limits) {
        group.bench_function("given back", |bencher| {
            bencher.iter(|| give_back(black_box(&taken.state), NOW, black_box(&limits), &taken.receipt));
        });
    }
    group.finish();
}

criterion_group!(benches, usage);
criterion_main!(benches);
