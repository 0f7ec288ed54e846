//! Any bytes as what a store answers: it is understood or it is not, and what is understood is within bounds.
#![no_main]

use gatehouse_usage_plan::config::FailureMode;
use gatehouse_usage_plan::store::{Question, Said, rate_limit_service, redis};
use gatehouse_usage_plan::{Bucket, Demand, Limit, Period, Quota};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], u32, u8, u64)| {
    let (body, limit, offset, now) = input;
    let period = [Period::Day, Period::Week, Period::Month][usize::from(offset) % 3];
    let quota = Quota { limit, offset: u32::from(offset), period, began: Some(u32::from(offset) * 100) };
    let quota = Limit::quota(&["key"], quota);
    let question = |limits: Vec<Limit>| Question {
        usage_plan_id: "a:b/c.json".into(),
        api_key_id: "ann".into(),
        demand: Demand { slot: 0, limits },
        failure_mode: FailureMode::Open,
    };
    let both = question(vec![Limit::throttle(&["key"], Bucket::new(10.0, 3)), quota]);
    for question in [&both, &question(vec![quota])] {
        if let Ok(Said::Counted(left)) = redis::said(body, question) {
            assert_eq!(left.len(), question.demand.limits.len());
        }
        let message = [&[0], (body.len() as u32).to_be_bytes().as_slice(), body].concat();
        for body in [body, &message] {
            if let Ok(Said::Counted(left)) = rate_limit_service::said(body, question, now) {
                assert!(left.len() <= 1 && left.iter().all(|left| left.remaining <= limit));
            }
        }
        let asked = rate_limit_service::ask("gh", question, now);
        assert!(asked.len() < 200);
        assert!(!redis::count("gh", question).ends_with(b"json"));
    }
    if let Ok(usage) = redis::used(body) {
        assert!(usage.days.is_sorted());
    }
});
