//! Any bytes as the state of a slot, then moments: a request is counted or refused, what is written is a state, a state
//! is left alone by who is refused, and no more than a burst is admitted at any moment.
#![no_main]

use gatehouse_usage_plan::{Bucket, Limit, Period, Quota, give_back, is_state, take};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], f64, u32, u32, u8, Vec<u64>)| {
    let (bytes, rate, burst, limit, offset, moments) = input;
    let quota = |period| Quota { limit, offset: u32::from(offset), period, began: Some(u32::from(offset) * 100) };
    let limits = [
        Limit::throttle(&["method"], Bucket::new(10.0, 3)),
        Limit::throttle(&["key"], Bucket::new(rate, burst)),
        Limit::quota(&["key"], quota([Period::Day, Period::Week, Period::Month][usize::from(offset) % 3])),
    ];
    let mut state = bytes.to_vec();
    let (mut last, mut at_once) = (0, 0);
    for now in moments {
        at_once = if now == last { at_once } else { 0 };
        last = now;
        for _ in 0..4 {
            let Ok(taken) = take(&state, now, &limits) else { continue };
            at_once += 1;
            assert!(at_once <= 3, "more than a burst");
            assert!(is_state(&taken.state) && taken.state.len() <= bytes.len() + 9 + 3 * 16);
            let back = give_back(&taken.state, now, &limits, &taken.receipt);
            assert!(is_state(&back) && back.len() <= taken.state.len());
            state = taken.state;
        }
    }
});
