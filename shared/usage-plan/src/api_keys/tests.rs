use super::*;

fn key(value: &str) -> config::ApiKey {
    config::ApiKey { value: Some(value.into()), enabled: true, ..config::ApiKey::default() }
}

/// A value of twenty characters.
fn value(number: usize) -> String {
    format!("key-{number:016}")
}

fn wrong(keys: &[config::ApiKey], plans: &[config::UsagePlan]) -> Vec<String> {
    ApiKeys::compile(keys, plans).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_is_found_and_nothing_else() {
    for count in [0, 1, 2, 7, 8, 9, 100, 5_000] {
        let keys: Vec<_> =
            (0..count).map(|at| config::ApiKey { id: Some(format!("id{at}")), ..key(&value(at)) }).collect();
        let compiled = ApiKeys::compile(&keys, &[]).unwrap();
        let unpacked = ApiKeys::unpack(&compiled.pack()).unwrap();
        for keys in [&compiled, &unpacked] {
            assert_eq!((keys.len(), keys.is_empty(), keys.iter().count()), (count, count == 0, count));
            for at in 0..count {
                assert_eq!(keys.find(value(at).as_bytes()).unwrap().id, format!("id{at}"));
            }
            for at in count..count + 1000 {
                assert_eq!(keys.find(value(at).as_bytes()), None);
            }
        }
    }
}

#[test]
fn a_key_knows_its_plans_its_day_and_whether_it_is_enabled() {
    let keys = [
        config::ApiKey { id: Some("one".into()), usage_plan_ids: vec!["b".into()], ..key(&value(1)) },
        config::ApiKey {
            enabled: false,
            created_date: Some(config::Date::Text("1970-01-11".into())),
            ..key(&value(2))
        },
    ];
    let plan = |id: &str| config::UsagePlan { id: id.into(), keys: vec!["one".into()], ..config::UsagePlan::default() };
    let keys = ApiKeys::compile(&keys, &[plan("a"), plan("b")]).unwrap();
    let keys = ApiKeys::unpack(&keys.pack()).unwrap();
    let one = keys.find(value(1).as_bytes()).unwrap();
    assert_eq!((one.is_enabled, one.began, keys.sets()[one.set].plans.join("+")), (true, None, "a+b".into()));
    let other = keys.find(value(2).as_bytes()).unwrap();
    assert_eq!((other.is_enabled, other.began, keys.sets()[other.set].plans.len()), (false, Some(10), 0));
    assert_eq!(other.id, Digest::of(value(2).as_bytes()).id());
}

#[test]
fn a_hash_is_as_good_as_the_value() {
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
    let hashed = config::ApiKey { value_sha256: Some(hash), enabled: true, ..config::ApiKey::default() };
    assert!(ApiKeys::compile(&[hashed], &[]).unwrap().find(b"abc").is_some());
}

#[test]
fn what_is_wrong_with_keys_is_named() {
    let check = |keys: &[config::ApiKey], expected: &[&str]| assert_eq!(wrong(keys, &[]), expected);
    let some = |text: &str| Some(text.to_owned());
    check(&[config::ApiKey::default()], &["/apiKeys/0: needs either `value` or `valueSha256`"]);
    check(
        &[key("short")],
        &["/apiKeys/0/value: API key value should be at least 20 characters: 20 to 128 are allowed"],
    );
    check(
        &[config::ApiKey { value_sha256: some("ab"), ..config::ApiKey::default() }],
        &["/apiKeys/0/valueSha256: a SHA-256 has 64 hexadecimal digits"],
    );
    check(
        &[key(&value(1)), key(&value(2)), key(&value(1))],
        &[
            &format!("/apiKeys/2: has the same id as /apiKeys/0: `{}`", Digest::of(value(1).as_bytes()).id()),
            "/apiKeys/2: has the same value as /apiKeys/0",
        ],
    );
    check(
        &[config::ApiKey { name: Some("n".repeat(1025)), id: some(""), ..key(&value(1)) }],
        &[
            "/apiKeys/0/name: invalid API key name, can be at most 1024 characters",
            "/apiKeys/0/id: an id is visible ASCII without blanks",
        ],
    );
    check(
        &[config::ApiKey { created_date: Some(config::Date::Text("yesterday".into())), ..key(&value(1)) }],
        &[
            "/apiKeys/0/createdDate: use a time by ISO 8601 from 1970 to 2148, as `2026-11-21T13:12:56Z`, or seconds since 1970",
        ],
    );
    let plan = config::UsagePlan { keys: vec!["nobody".into()], ..config::UsagePlan::default() };
    assert_eq!(wrong(&[], &[plan]), ["/usagePlans/0/keys/0: there is no key with the id `nobody`"]);
}

#[test]
fn a_damaged_list_is_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let keys = ApiKeys::compile(&[key(&value(1)), key(&value(2))], &[]).unwrap();
    let bytes = STANDARD.decode(keys.pack()).unwrap();
    assert!(ApiKeys::unpack("?").is_err());
    for length in 0..bytes.len() {
        assert!(ApiKeys::unpack(&STANDARD.encode(&bytes[..length])).is_err(), "{length}");
    }
    for at in 0..16 {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        assert!(ApiKeys::unpack(&STANDARD.encode(damaged)).is_err(), "{at}");
    }
}
