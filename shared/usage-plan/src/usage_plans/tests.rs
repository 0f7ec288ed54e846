use super::*;
use crate::{Refusal, Rule, take};

const PLANS: &str = r#"[
  {"id": "gold", "apiStages": [{"apiId": "api", "stage": "prod", "throttle": {"/pets/GET": {"rateLimit": 1, "burstLimit": 2}}},
                               {"apiId": "api", "stage": "test"}],
   "throttle": {"rateLimit": 10, "burstLimit": 5}, "quota": {"limit": 100, "period": "DAY"}},
  {"id": "free", "apiStages": [{"apiId": "api", "stage": "beta"}]},
  {"id": "late", "apiStages": [{"apiId": "other", "stage": "prod"}], "quota": {"limit": 10, "offset": 4, "period": "MONTH"}}
]"#;
const KEYS: &str = r#"[
  {"id": "one", "value": "apikey-number-one-1111", "usagePlanIds": ["gold", "free"]},
  {"id": "two", "value": "apikey-number-two-2222", "usagePlanIds": ["gold"]},
  {"id": "off", "value": "apikey-number-off-0000", "usagePlanIds": ["gold"], "enabled": false},
  {"id": "old", "value": "apikey-number-old-0000", "usagePlanIds": ["late"], "createdDate": "1970-01-20"},
  {"id": "bare", "value": "apikey-number-bare-000"}
]"#;

fn compile(plans: &str, keys: &str) -> Result<UsagePlans, Vec<String>> {
    let text = format!(r#"{{"usagePlans": {plans}, "apiKeys": {keys}}}"#);
    let written = serde_json::from_str(&text).unwrap();
    UsagePlans::compile(written).map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
}

#[test]
fn a_key_is_good_for_the_stages_of_its_plans() {
    let plans = compile(PLANS, KEYS).unwrap();
    let check = |value: &str, api: &str, stage: &str, expected: Result<(&str, &str), InvalidKey>| {
        let found = plans.client(Some(value.as_bytes()), api, stage);
        let found = found.map(|client| (client.api_key_id(), client.usage_plan_id()));
        assert_eq!(found, expected, "{value} {api} {stage}");
    };
    check("apikey-number-one-1111", "api", "prod", Ok(("one", "gold")));
    check("apikey-number-one-1111", "api", "beta", Ok(("one", "free")));
    check("apikey-number-two-2222", "api", "beta", Err(InvalidKey::NotInPlan));
    check("apikey-number-one-1111", "other", "prod", Err(InvalidKey::NotInPlan));
    check("apikey-number-bare-000", "api", "prod", Err(InvalidKey::NotInPlan));
    check("apikey-number-off-0000", "api", "prod", Err(InvalidKey::Disabled));
    check("apikey-number-one-111", "api", "prod", Err(InvalidKey::Unknown));
    check("", "api", "prod", Err(InvalidKey::Unknown));
    assert_eq!(plans.client(None, "api", "prod").unwrap_err(), InvalidKey::Absent);
}

#[test]
fn a_request_counts_against_the_method_the_key_and_the_quota_in_this_order() {
    let plans = compile(PLANS, KEYS).unwrap();
    let client = |value: &str, stage: &str| plans.client(Some(value.as_bytes()), "api", stage).unwrap();
    let one = client("apikey-number-one-1111", "prod");
    let demand = one.demand("/pets/GET").unwrap();
    let shown: Vec<_> = demand
        .limits
        .iter()
        .map(|limit| match limit.rule() {
            Rule::Throttle(bucket) => bucket.burst(),
            Rule::Quota(quota) => quota.limit,
        })
        .collect();
    assert_eq!(shown, [2, 5, 100]);
    assert_eq!(one.demand("/pets/POST").unwrap().limits, demand.limits[1..]);
    // The key's limits are the plan's: the same on all its stages.
    assert_eq!(client("apikey-number-one-1111", "test").demand("/pets/GET").unwrap().limits, demand.limits[1..]);
    assert_eq!(client("apikey-number-one-1111", "beta").demand("/pets/GET"), None);
    // Another key has its own.
    let two = client("apikey-number-two-2222", "prod").demand("/pets/GET").unwrap();
    let state = (0..2).fold(Vec::new(), |state, _| take(&state, 0, &demand.limits).unwrap().state);
    assert_eq!(take(&state, 0, &demand.limits).unwrap_err().refusal, Refusal::Throttled);
    assert!(take(&state, 0, &two.limits).is_ok());
}

#[test]
fn an_offset_is_about_the_period_in_which_the_key_was_made() {
    let plans = compile(PLANS, KEYS).unwrap();
    let client = plans.client(Some(b"apikey-number-old-0000"), "other", "prod").unwrap();
    let limits = client.demand("/GET").unwrap().limits;
    let limit = |day: u64| take(&[], day * 86_400_000, &limits).unwrap().allowance.unwrap().limit;
    assert_eq!([limit(30), limit(31)], [6, 10]);
}

#[test]
fn packed_keys_are_the_same_keys() {
    let plans = compile(PLANS, KEYS).unwrap();
    let text = format!(r#"{{"usagePlans": {PLANS}, "packedApiKeys": "{}"}}"#, plans.keys().pack());
    assert!(!text.contains("apikey-"));
    let packed = UsagePlans::compile(serde_json::from_str(&text).unwrap()).unwrap();
    let demand = |plans: &UsagePlans| {
        plans.client(Some(b"apikey-number-one-1111"), "api", "prod").unwrap().demand("/pets/GET").unwrap()
    };
    assert_eq!(demand(&packed), demand(&plans));
    let wrong = |text: &str| {
        let wrong = UsagePlans::compile(serde_json::from_str(text).unwrap()).unwrap_err();
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        wrong(r#"{"packedApiKeys": "", "apiKeys": [{}], "usagePlans": [{"id": "a", "keys": ["b"]}]}"#),
        [
            "/apiKeys: must be empty where there are `packedApiKeys`",
            "/usagePlans/0/keys: must be empty where there are `packedApiKeys`, which know it",
            "/packedApiKeys: is no list of packed keys, or a damaged one",
        ]
    );
}

#[test]
fn what_is_wrong_with_a_plan_is_named_with_its_place_and_what_is_allowed() {
    let check = |plan: &str, expected: &[&str]| {
        assert_eq!(compile(&format!("[{plan}]"), "[]").unwrap_err(), expected, "{plan}");
    };
    check(
        r#"{"id": "a", "throttle": {"rateLimit": 1}}"#,
        &["/usagePlans/0/throttle: needs `rateLimit` and `burstLimit`: requests a second, and at once"],
    );
    check(
        r#"{"id": "a", "throttle": {"rateLimit": -1, "burstLimit": 1}}"#,
        &["/usagePlans/0/throttle/rateLimit: `-1` is no rate: 0 or more requests a second are allowed"],
    );
    check(
        r#"{"id": "a", "throttle": {"rateLimit": 1, "burstLimit": 2147483648}}"#,
        &["/usagePlans/0/throttle/burstLimit: `2147483648`: 0 to 2147483647 requests at once are allowed"],
    );
    check(
        r#"{"id": "a", "quota": {"limit": -1, "period": "YEAR"}}"#,
        &[
            "/usagePlans/0/quota/period: `YEAR` is no period: use `DAY`, `WEEK` or `MONTH`",
            "/usagePlans/0/quota/limit: `-1`: 1 to 2147483647 requests are allowed",
        ],
    );
    check(
        r#"{"id": "a", "quota": {"limit": 0, "period": "DAY"}}"#,
        &["/usagePlans/0/quota/limit: `0`: 1 to 2147483647 requests are allowed"],
    );
    for (period, most) in [("DAY", 0), ("WEEK", 6), ("MONTH", 27)] {
        let plan = format!(r#"[{{"id": "a", "quota": {{"limit": 1, "offset": {most}, "period": "{period}"}}}}]"#);
        assert!(compile(&plan, "[]").is_ok(), "{plan}");
        let plan = format!(r#"{{"id": "a", "quota": {{"limit": 100, "offset": {}, "period": "{period}"}}}}"#, most + 1);
        let expected = format!(
            "/usagePlans/0/quota/offset: `{}`: 0 to {most} as the offset of a `{period}` are allowed",
            most + 1
        );
        check(&plan, &[&expected]);
    }
    check(
        r#"{"id": "", "apiStages": [{"apiId": "a", "stage": ""}, {"apiId": "a", "stage": ""}]}"#,
        &[
            "/usagePlans/0/id: an id is needed",
            "/usagePlans/0/apiStages/0: invalid API stage {api: a, stage: } specified for usage plan ``: both are needed",
            "/usagePlans/0/apiStages/1: invalid API stage {api: a, stage: } specified for usage plan ``: both are needed",
            "/usagePlans/0/apiStages/1: the plan has the stage `` of `a` already",
        ],
    );
    check(
        r#"{"id": "a", "apiStages": [{"apiId": "a", "stage": "s", "throttle": {"*/*": {"rateLimit": 1, "burstLimit": 1}, "//GET": {"rateLimit": 1, "burstLimit": 1}}}]}"#,
        &["/usagePlans/0/apiStages/0/throttle/*~1*: `*/*` is no method: write `/path/VERB`, as `/pets/{id}/GET`"],
    );
    check(r#"{"id": "a"}, {"id": "a"}"#, &["/usagePlans/1/id: `a` is the id of /usagePlans/0 already"]);
}

#[test]
fn a_key_is_in_one_plan_of_a_stage() {
    let plan =
        |id: usize| format!(r#"{{"id": "p{id}", "apiStages": [{{"apiId": "api", "stage": "s{}"}}]}}"#, id / 2 * 2);
    let plans: Vec<_> = (0..11).map(plan).collect();
    let check = |ids: &[&str], expected: &[&str]| {
        let keys = format!(r#"[{{"value": "apikey-number-one-1111", "usagePlanIds": {ids:?}}}]"#);
        let wrong = compile(&format!("[{}]", plans.join(",")), &keys).err().unwrap_or_default();
        assert_eq!(wrong, expected, "{ids:?}");
    };
    check(&["p0", "p2", "p0"], &[]);
    check(
        &["p0", "p1"],
        &[
            "/apiKeys/0: is in the usage plans `p0` and `p1`, which both have the stage `s0` of `api`: a key can be in one plan of a stage",
        ],
    );
    check(&["p99"], &["/apiKeys/0: there is no usage plan with the id `p99`"]);
    let all: Vec<_> = (0..11).map(|id| format!("p{id}")).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let keys = format!(r#"[{{"value": "apikey-number-one-1111", "usagePlanIds": {all:?}}}]"#);
    let wrong = compile(&format!("[{}]", plans.join(",")), &keys).unwrap_err();
    assert_eq!(wrong[0], "/apiKeys/0: is in 11 usage plans: at most 10 are allowed");
}

#[test]
fn an_offset_needs_the_day_on_which_a_key_was_made() {
    let keys = r#"[{"id": "k", "value": "apikey-number-one-1111", "usagePlanIds": ["late"]}]"#;
    assert_eq!(
        compile(PLANS, keys).unwrap_err(),
        [
            "/apiKeys: the key `k` needs `createdDate`: the quota of the plan `late` has an `offset`, which is subtracted in the first period"
        ]
    );
    // One finding is enough for however many keys.
    let others = |number: usize| format!(r#"{{"value": "apikey-number-one-{number:04}", "usagePlanIds": ["late"]}}"#);
    let keys: Vec<String> = (0..3).map(others).collect();
    let wrong = compile(PLANS, &format!("[{}]", keys.join(","))).unwrap_err();
    assert!(wrong.len() == 1 && wrong[0].contains("` and 2 more need `createdDate`: "), "{wrong:?}");
}
