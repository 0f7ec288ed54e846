//! Buckets and quotas over simulated time, against models that are slow and plainly right; pages under any order of
//! events; many threads on the same slots.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gatehouse_usage_plan::{
    Bucket, Demand, KEYS_PER_PAGE, Limit, NotTaken, Period, Quota, Receipt, Slots, UsagePlans, config, give_back,
    is_state, pages, take, take_all,
};
use proptest::prelude::*;

const DAY: u64 = 86_400_000;

/// At most burst + rate × time in every stretch between two admitted requests.
fn assert_bounded(admitted: &[u64], rate: f64, burst: u32) -> Result<(), TestCaseError> {
    for (from, start) in admitted.iter().enumerate() {
        for (to, end) in admitted.iter().enumerate().skip(from) {
            let most = f64::from(burst) + rate * (end - start) as f64 / 1000.0;
            prop_assert!((to - from + 1) as f64 <= most + 1e-6, "{} in {} ms", to - from + 1, end - start);
        }
    }
    Ok(())
}

fn throttle(rate: f64, burst: u32) -> Limit {
    Limit::throttle(&["bucket"], Bucket::new(rate, burst))
}

fn month(from: u64, day: u64, period: Period) -> (u64, u64) {
    let days = period.around(u32::try_from(day).unwrap());
    (from + u64::from(days.start), from + u64::from(days.end))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_bucket_admits_what_tokens_in_a_bucket_admit(
        rate in 1_u32..50, burst in 1_u32..20, steps in prop::collection::vec(0_u64..200, 1..150),
    ) {
        // Rates whose interval is a whole number of microseconds, so that the model is exact.
        let rate = [1, 2, 4, 5, 8, 10, 16, 20, 25, 40, 50][rate as usize % 11];
        let interval = 1_000_000 / rate;
        let limit = throttle(rate as f64, burst);
        // The model counts millionths of a token.
        let full = u64::from(burst) * interval;
        let (mut state, mut tokens, mut now, mut last) = (Vec::new(), full, 1_000_000_u64, 1_000_000_u64);
        for step in steps {
            now += step;
            tokens = full.min(tokens + (now - last) * 1000);
            last = now;
            let expected = tokens >= interval;
            if expected {
                tokens -= interval;
            }
            match take(&state, now, &[limit]) {
                Ok(taken) => {
                    prop_assert!(expected);
                    prop_assert_eq!(u64::from(taken.allowance.unwrap().remaining), tokens / interval);
                    prop_assert_eq!(taken.allowance.unwrap().reset_nanos, (full - tokens) * 1000);
                    state = taken.state;
                }
                Err(refused) => {
                    prop_assert!(!expected);
                    // A nanosecond less is too early, and then there is one.
                    prop_assert_eq!(refused.retry_after_nanos.unwrap(), (interval - tokens) * 1000);
                }
            }
        }
    }

    #[test]
    fn no_clock_makes_a_bucket_admit_more_than_burst_and_rate(
        rate in 0.1_f64..2000.0, burst in 1_u32..30, steps in prop::collection::vec(-300_i64..300, 1..200),
        others in prop::collection::vec(any::<bool>(), 200),
    ) {
        let (limit, other) = (throttle(rate, burst), Limit::throttle(&["other"], Bucket::new(1000.0, 1)));
        let (mut state, mut now, mut latest, mut admitted) = (Vec::new(), 10_000_000_i64, 0, Vec::new());
        for (step, is_other) in steps.into_iter().zip(others) {
            now += step;
            let limits = if is_other { [other] } else { [limit] };
            let at = u64::try_from(now).unwrap();
            if let Ok(taken) = take(&state, at, &limits) {
                state = taken.state;
                latest = at.max(latest);
                if !is_other {
                    admitted.push(latest);
                }
            }
        }
        assert_bounded(&admitted, rate, burst)?;
    }

    #[test]
    fn what_is_given_back_is_never_more_than_was_taken(
        rate in 0.5_f64..500.0, burst in 1_u32..10, quota in 1_u32..40,
        events in prop::collection::vec((0_u64..150, 0_u8..4, any::<prop::sample::Index>()), 1..150),
    ) {
        let limits = [
            throttle(rate, burst),
            Limit::quota(&["quota"], Quota { limit: quota, offset: 0, period: Period::Day, began: None }),
        ];
        let (mut state, mut now) = (Vec::new(), 100 * DAY);
        let mut open: Vec<(u64, Receipt)> = Vec::new();
        let mut kept = Vec::new();
        for (step, event, which) in events {
            now += step;
            if event == 0 && !open.is_empty() {
                let (_, receipt) = open.remove(which.index(open.len()));
                state = give_back(&state, now, &limits, &receipt);
            } else if let Ok(taken) = take(&state, now, &limits) {
                state = taken.state;
                // Those that stay admitted, and those that may be given back.
                if event == 1 { kept.push(now) } else { open.push((now, taken.receipt)) }
            }
        }
        kept.extend(open.iter().map(|(at, _)| *at));
        kept.sort_unstable();
        prop_assert!(kept.len() <= quota as usize);
        assert_bounded(&kept, rate, burst)?;
    }

    #[test]
    fn a_period_contains_its_day_and_ends_where_the_next_begins(day in 3_u32..2_900_000) {
        for (period, shortest, longest) in [(Period::Day, 1, 1), (Period::Week, 7, 7), (Period::Month, 28, 31)] {
            let days = period.around(day);
            prop_assert!(days.contains(&day) && (shortest..=longest).contains(&days.len()) || days.start == 0);
            for other in days.clone() {
                prop_assert_eq!(&period.around(other), &days);
            }
            prop_assert_eq!(period.around(days.end).start, days.end);
        }
    }

    #[test]
    fn a_quota_admits_its_limit_in_every_period_and_less_in_the_first(
        start in 0_u64..60_000, limit in 0_u32..12, offset in 0_u32..12, which in 0_usize..3,
        steps in prop::collection::vec(0_u64..9 * DAY, 1..120),
    ) {
        let (period, _) = Period::ALL[which];
        let offset = offset.min(limit);
        let quota = Quota { limit, offset, period, began: u32::try_from(start).ok() };
        let limits = [Limit::quota(&["quota"], quota)];
        let first = month(0, start, period);
        let (mut state, mut now) = (Vec::new(), start * DAY);
        let mut counted: std::collections::BTreeMap<u64, u32> = std::collections::BTreeMap::new();
        for step in steps {
            now += step / 40;
            let around = month(0, now / DAY, period);
            let allowed = if around == first { limit - offset } else { limit };
            let used = counted.entry(around.0).or_default();
            match take(&state, now, &limits) {
                Ok(taken) => {
                    *used += 1;
                    prop_assert!(*used <= allowed);
                    let allowance = taken.allowance.unwrap();
                    prop_assert_eq!((allowance.limit, allowance.remaining), (allowed, allowed - *used));
                    prop_assert_eq!(now * 1_000_000 + allowance.reset_nanos, around.1 * DAY * 1_000_000);
                    state = taken.state;
                }
                Err(refused) => {
                    prop_assert_eq!(*used, allowed);
                    prop_assert_eq!(refused.retry_after_nanos.is_some(), limit > 0);
                }
            }
        }
    }

    #[test]
    fn keys_on_one_page_do_not_see_each_other(
        events in prop::collection::vec((0_usize..12, 0_u64..400), 1..300),
    ) {
        let limits: Vec<[Limit; 2]> = (0..12_u32).map(|at| {
            let name = at.to_string();
            let quota = Quota { limit: 5 + at, offset: 0, period: Period::Day, began: None };
            [Limit::throttle(&[&name], Bucket::new(1.0 + f64::from(at), 1 + at % 4)), Limit::quota(&[&name], quota)]
        }).collect();
        let (mut page, mut alone, mut now) = (Vec::new(), vec![Vec::new(); 12], 200 * DAY - 20_000);
        for (which, step) in events {
            now += step;
            let (shared, own) = (take(&page, now, &limits[which]), take(&alone[which], now, &limits[which]));
            prop_assert_eq!(shared.as_ref().map(|it| it.allowance), own.as_ref().map(|it| it.allowance));
            if let (Ok(shared), Ok(own)) = (shared, own) {
                (page, alone[which]) = (shared.state, own.state);
            }
            prop_assert!(is_state(&page) && page.len() <= 9 + 12 * 2 * 16);
        }
        // Who is at rest takes no room.
        let taken = take(&page, now + 40 * DAY, &limits[0]).unwrap();
        prop_assert_eq!(taken.state.len(), 9 + 2 * 16);
    }
}

#[test]
fn every_day_of_a_thousand_years_is_in_the_month_that_counting_says() {
    let mut day = 0;
    for year in 1970..2970_u32 {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for length in [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            for at in day..day + length {
                assert_eq!(Period::Month.around(at), day..day + length, "{year}");
            }
            day += length;
        }
    }
}

/// Slots that threads share.
struct Shared(Vec<Mutex<(Vec<u8>, u32)>>);

impl Slots for Shared {
    fn load(&self, slot: u32) -> Option<(Vec<u8>, u32)> {
        self.0.get(slot as usize).map(|slot| slot.lock().unwrap().clone())
    }

    fn swap(&self, slot: u32, version: u32, state: &[u8]) -> bool {
        let mut held = self.0[slot as usize].lock().unwrap();
        let is_current = held.1 == version;
        if is_current {
            *held = (state.to_vec(), version + 1);
        }
        is_current
    }
}

#[test]
fn eight_workers_admit_exactly_what_one_would() {
    // The clock stands still: a bucket admits its burst. Keys have 300 each, the account 1,000.
    let slots = Shared((0..3).map(|_| Mutex::new((Vec::new(), 1))).collect());
    let limit = |name: &str, burst| Limit::throttle(&[name], Bucket::new(1.0, burst));
    let quota = |name: &str| Limit::quota(&[name], Quota { limit: 400, offset: 0, period: Period::Day, began: None });
    let account = Demand { slot: 2, limits: vec![limit("account", 1_000)] };
    let demands: Vec<Vec<Demand>> = (0..4)
        .map(|key| {
            let name = format!("key {key}");
            let own = Demand { slot: key % 2, limits: vec![limit(&name, 300), quota(&name)] };
            vec![own, account.clone()]
        })
        .collect();
    let admitted: Vec<AtomicU64> = (0..4).map(|_| AtomicU64::new(0)).collect();
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let (slots, demands, admitted) = (&slots, &demands, &admitted);
            scope.spawn(move || {
                for at in 0..600 {
                    let key = (worker + at) % 4;
                    match take_all(slots, DAY, &demands[key]) {
                        Ok(_) => _ = admitted[key].fetch_add(1, Ordering::Relaxed),
                        Err(NotTaken::Refused(_)) => {}
                        Err(NotTaken::Unavailable) => panic!("too contended"),
                    }
                }
            });
        }
    });
    let admitted: Vec<u64> = admitted.iter().map(|it| it.load(Ordering::Relaxed)).collect();
    assert_eq!(admitted.iter().sum::<u64>(), 1_000, "{admitted:?}");
    assert!(admitted.iter().all(|it| *it <= 300), "{admitted:?}");
    // What the slots have counted is what was admitted: nothing taken by who was refused.
    for (key, admitted) in admitted.iter().enumerate() {
        let (state, _) = slots.load(u32::try_from(key % 2).unwrap()).unwrap();
        let left =
            take(&state, DAY, &[quota(&format!("key {key}"))]).map_or(0, |it| it.allowance.unwrap().remaining + 1);
        assert_eq!(u64::from(400 - left), *admitted, "{key}");
    }
}

#[test]
fn ten_thousand_active_keys_fill_their_pages_evenly_and_strangers_none() {
    const KEYS: usize = 10_000;
    let plan = config::UsagePlan {
        id: "plan".into(),
        api_stages: vec![config::ApiStage {
            api_id: "api".into(),
            stage: "prod".into(),
            ..config::ApiStage::default()
        }],
        throttle: Some(config::Throttle { rate_limit: Some(1.0), burst_limit: Some(5), ..config::Throttle::default() }),
        quota: Some(config::Quota { limit: 9, offset: 0, period: "DAY".into() }),
        ..config::UsagePlan::default()
    };
    let value = |key: usize| format!("a key of a client {key:08}");
    let keys = (0..KEYS).map(|key| config::ApiKey {
        value: Some(value(key).replace(' ', "-")),
        enabled: true,
        usage_plan_ids: vec!["plan".into()],
        ..config::ApiKey::default()
    });
    let written =
        config::UsagePlans { usage_plans: vec![plan], api_keys: keys.collect(), ..config::UsagePlans::default() };
    let plans = UsagePlans::compile(written).unwrap();
    assert_eq!((plans.slots(), pages(KEYS)), (1024, 1024));
    let slots = Shared((0..plans.slots()).map(|_| Mutex::new((Vec::new(), 1))).collect());
    for key in 0..KEYS * 2 {
        let client = plans.client(Some(value(key).replace(' ', "-").as_bytes()), "api", "prod");
        assert_eq!(client.is_ok(), key < KEYS);
        let Ok(client) = client else { continue };
        take_all(&slots, DAY, &[client.demand("/GET").unwrap()]).unwrap();
    }
    let sizes: Vec<usize> = slots.0.iter().map(|slot| slot.lock().unwrap().0.len()).collect();
    assert_eq!(sizes.iter().map(|size| size.saturating_sub(9) / 32).sum::<usize>(), KEYS);
    assert!(sizes.iter().all(|size| *size <= 9 + KEYS_PER_PAGE * 3 * 32), "{:?}", sizes.iter().max());
}
