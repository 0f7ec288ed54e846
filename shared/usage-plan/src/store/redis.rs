//! Redis behind webdis, which speaks HTTP: one script counts a request against all its limits in one round trip.
//!
//! What is kept of a key in a plan is one hash. The clock and the calendar are Redis's, so that those of proxies do not matter.
//! A body is a command and its arguments, divided by slashes; everything else in them is percent-encoded.
//!
//! <https://github.com/nicolasff/webdis>

use gatehouse_sort::sort;
use serde::Deserialize;

use super::{LONGEST, Question, Said, Unusable};
use crate::limit::Rule;
use crate::{Allowance, Limit, Quota, Refusal, Refused};

/// The script that counts.
const COUNT: &str = concat!(include_str!("calendar.lua"), include_str!("count.lua"));
/// Its SHA-1, by which Redis knows it once it has seen it.
const COUNT_SHA1: &str = "2442b29b0fca0bf409324e35e7723c1ed25d1558";
/// The script that tells what is used, and changes it.
const USAGE: &str = concat!(include_str!("calendar.lua"), include_str!("usage.lua"));

/// The command that counts a request by the script that Redis knows.
#[must_use]
pub fn count(domain: &str, question: &Question) -> Vec<u8> {
    command("EVALSHA", COUNT_SHA1, domain, question)
}

/// The same with the script itself, for a Redis that does not know it.
#[must_use]
pub fn count_with_script(domain: &str, question: &Question) -> Vec<u8> {
    command("EVAL", COUNT, domain, question)
}

fn command(name: &str, script: &str, domain: &str, question: &Question) -> Vec<u8> {
    let key = hash_of(domain, &question.usage_plan_id, &question.api_key_id);
    let mut words = vec![name.to_owned(), script.to_owned(), "1".to_owned(), key];
    for limit in &question.demand.limits {
        words.extend(arguments(limit));
    }
    body(&words)
}

/// What is kept of a key in a plan.
fn hash_of(domain: &str, plan: &str, key: &str) -> String {
    let escaped = |id: &str| id.replace('%', "%25").replace(':', "%3A");
    format!("{domain}:usage:{}:{}", escaped(plan), escaped(key))
}

/// A limit in the script's words. The last is a whole number: webdis takes what follows a dot for a file's type.
fn arguments(limit: &Limit) -> Vec<String> {
    match limit.rule() {
        Rule::Throttle(bucket) => {
            let field = format!("throttle:{:016x}", limit.tag.bits());
            vec!["T".to_owned(), field, bucket.interval().to_string(), bucket.burst().to_string()]
        }
        Rule::Quota(quota) => std::iter::once("Q".to_owned()).chain(of_quota(&quota)).collect(),
    }
}

fn of_quota(quota: &Quota) -> [String; 5] {
    let period = quota.period.name();
    let began = quota.began.map_or(-1, i64::from);
    let numbers = [i64::from(quota.limit), i64::from(quota.offset), began].map(|number| number.to_string());
    let [limit, offset, began] = numbers;
    [format!("quota:{period}"), period.to_owned(), limit, offset, began]
}

fn body(words: &[String]) -> Vec<u8> {
    let mut body = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            body.push(b'/');
        }
        for &byte in word.as_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => body.push(byte),
                _ => body.extend(format!("%{byte:02X}").bytes()),
            }
        }
    }
    body
}

/// webdis's answer: the name of the command, and what Redis said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer<T> {
    #[serde(alias = "EVALSHA", rename = "EVAL")]
    said: T,
}

/// An element of what a script answers, or of an error: `[false, "NOSCRIPT …"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Number(i64),
    Text(String),
    Failed(#[expect(dead_code, reason = "it is false")] bool),
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unusable> {
    if body.len() > LONGEST {
        return Err(Unusable::Nonsense("it is too long"));
    }
    let answer: Answer<T> =
        serde_json::from_slice(body).map_err(|_| Unusable::Nonsense("it is no answer of webdis"))?;
    Ok(answer.said)
}

/// What the body of webdis's answer says.
///
/// # Errors
/// [`Unusable`]: Redis does not know the script, or it is no answer of it.
pub fn said(body: &[u8], question: &Question) -> Result<Said, Unusable> {
    let elements: Vec<Element> = read(body)?;
    if let [Element::Failed(_), Element::Text(error)] = elements.as_slice() {
        return Err(match error.starts_with("NOSCRIPT") {
            true => Unusable::NoScript,
            false => Unusable::Nonsense("Redis answers with an error"),
        });
    }
    let numbers: Option<Vec<i64>> = elements.iter().map(Element::number).collect();
    let numbers = numbers.ok_or(Unusable::Nonsense("it is no list of numbers"))?;
    understood(&numbers, &question.demand.limits).ok_or(Unusable::Nonsense("it is no answer of the script"))
}

impl Element {
    fn number(&self) -> Option<i64> {
        match self {
            Element::Number(number) => Some(*number),
            Element::Text(_) | Element::Failed(_) => None,
        }
    }
}

fn understood(numbers: &[i64], limits: &[Limit]) -> Option<Said> {
    let ([verdict, which, wait], rest) = numbers.split_first_chunk()?;
    let (each, []) = rest.as_chunks::<3>() else { return None };
    match (verdict, each) {
        (1, each) if each.len() == limits.len() => each.iter().map(allowance).collect::<Option<_>>().map(Said::Counted),
        (0, [of]) => {
            let limit = limits.get(usize::try_from(*which).ok()?.checked_sub(1)?)?;
            let refusal = match limit.rule() {
                Rule::Throttle(_) => Refusal::Throttled,
                Rule::Quota(_) => Refusal::QuotaExceeded,
            };
            let retry_after_nanos = u64::try_from(*wait).ok().map(nanos);
            Some(Said::Refused(Refused { refusal, allowance: allowance(of)?, retry_after_nanos }))
        }
        _ => None,
    }
}

fn allowance([limit, remaining, reset]: &[i64; 3]) -> Option<Allowance> {
    Some(Allowance {
        limit: u32::try_from(*limit).ok()?,
        // Who was granted more than the limit has more left.
        remaining: u32::try_from(*remaining).ok()?,
        reset_nanos: nanos(u64::try_from(*reset).ok()?),
    })
}

fn nanos(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}

/// What becomes of what remains of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is looked at.
    Get,
    /// So much remains, until the period ends.
    Set(u32),
    /// So much more remains.
    Add(u32),
    /// All of it remains.
    Reset,
}

/// What a store knows of a key's use of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Today, by the store's clock. Days are counted from 1970-01-01.
    pub today: u32,
    /// The first and the last day of the period.
    pub period: (u32, u32),
    /// The limit in this period.
    pub limit: u32,
    /// What remains of it.
    pub remaining: u32,
    /// Requests on a day, and what remained then; by days, in order.
    pub days: Vec<(u32, u32, u32)>,
}

/// The command that tells what a key has used of its quota in a plan, or changes it.
#[must_use]
pub fn usage(domain: &str, plan: &str, key: &str, quota: &Quota, change: Change) -> Vec<u8> {
    let (name, number) = match change {
        Change::Get => ("GET", 0),
        Change::Set(remaining) => ("SET", remaining),
        Change::Add(more) => ("ADD", more),
        Change::Reset => ("RESET", 0),
    };
    let command = ["EVAL", USAGE, "1"].map(str::to_owned).into_iter().chain([hash_of(domain, plan, key)]);
    let words: Vec<String> = command.chain(of_quota(quota)).chain([name.to_owned(), number.to_string()]).collect();
    body(&words)
}

/// What webdis answers to [`usage`].
///
/// # Errors
/// It is no such answer.
pub fn used(body: &[u8]) -> Result<Usage, Unusable> {
    let numbers: Vec<u32> = read(body)?;
    let Some(([today, from, to, limit, remaining], days)) = numbers.split_first_chunk() else {
        return Err(Unusable::Nonsense("it is no answer of the script"));
    };
    let (days, _) = days.as_chunks::<3>();
    let mut days: Vec<(u32, u32, u32)> = days.iter().map(|[day, count, left]| (*day, *count, *left)).collect();
    sort(&mut days);
    Ok(Usage { today: *today, period: (*from, *to), limit: *limit, remaining: *remaining, days })
}

#[cfg(test)]
mod tests {
    use sha1::{Digest as _, Sha1};

    use super::*;
    use crate::config::FailureMode;
    use crate::{Bucket, Demand, Period};

    fn question() -> Question {
        let quota = Quota { limit: 300, offset: 5, period: Period::Month, began: Some(20_770) };
        let limits =
            vec![Limit::throttle(&["plan", "basic"], Bucket::new(2.0, 4)), Limit::quota(&["plan", "basic"], quota)];
        Question {
            usage_plan_id: "a:b/c".into(),
            api_key_id: "ann.json".into(),
            demand: Demand { slot: 0, limits },
            failure_mode: FailureMode::Open,
        }
    }

    #[test]
    fn the_script_is_known_by_its_hash() {
        let hash: String = Sha1::digest(COUNT).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(COUNT_SHA1, hash);
    }

    #[test]
    fn a_command_has_its_words_divided_by_slashes_and_nothing_else_in_them() {
        let command = String::from_utf8(count("gh", &question())).unwrap();
        let words: Vec<&str> = command.split('/').collect();
        let [name, _, keys, key, t, field, rest @ ..] = words.as_slice() else { panic!("{command}") };
        assert_eq!([*name, keys, key, t], ["EVALSHA", "1", "gh%3Ausage%3Aa%253Ab%2Fc%3Aann%2Ejson", "T"]);
        assert!(field.starts_with("throttle%3A"));
        assert_eq!(rest, ["500000000", "4", "Q", "quota%3AMONTH", "MONTH", "300", "5", "20770"]);
        let with_script = String::from_utf8(count_with_script("gh", &question())).unwrap();
        assert!(with_script.starts_with("EVAL/local%20DAYS%20%3D%2092%0A") && with_script.ends_with("/300/5/20770"));
    }

    #[test]
    fn yes_and_no_are_told_apart() {
        let said = |body: &str| said(body.as_bytes(), &question());
        let allowance = |limit, remaining, millis: u64| Allowance { limit, remaining, reset_nanos: millis * 1_000_000 };
        assert_eq!(
            said(r#"{"EVALSHA":[1,0,0,4,3,500,295,7,86400000]}"#).unwrap(),
            Said::Counted(vec![allowance(4, 3, 500), allowance(295, 7, 86_400_000)])
        );
        let refused = |refusal, millis: Option<u64>, allowance| {
            let retry_after_nanos = millis.map(|millis| millis * 1_000_000);
            Said::Refused(Refused { refusal, allowance, retry_after_nanos })
        };
        assert_eq!(
            said(r#"{"EVAL":[0,1,250,4,0,2000]}"#).unwrap(),
            refused(Refusal::Throttled, Some(250), allowance(4, 0, 2000))
        );
        assert_eq!(
            said(r#"{"EVAL":[0,2,-1,0,0,2000]}"#).unwrap(),
            refused(Refusal::QuotaExceeded, None, allowance(0, 0, 2000))
        );
        let error = r#"{"EVALSHA":[false,"NOSCRIPT No matching script. Please use EVAL."]}"#;
        assert_eq!(said(error), Err(Unusable::NoScript));
    }

    #[test]
    fn what_is_no_answer_is_no_permission() {
        let check = |body: &str| {
            let said = said(body.as_bytes(), &question());
            assert!(matches!(said, Err(Unusable::Nonsense(_))), "{body}: {said:?}");
        };
        check("");
        check("1");
        check("<html>502</html>");
        check(r#"{"EVALSHA":1}"#);
        check(r#"{"EVALSHA":[]}"#);
        check(r#"{"EVALSHA":[1]}"#);
        check(r#"{"EVALSHA":[true]}"#);
        check(r#"{"EVALSHA":[1,0,0]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,3,500]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,3,500,295,7]}"#);
        check(r#"{"EVALSHA":[2,0,0,4,3,500,295,7,1]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,-3,500,295,7,1]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,3,500,295,99999999999,1]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,3,500,295,"7",1]}"#);
        check(r#"{"EVALSHA":[0,0,1,4,0,500]}"#);
        check(r#"{"EVALSHA":[0,3,1,4,0,500]}"#);
        check(r#"{"EVALSHA":[0,-1,1,4,0,500]}"#);
        check(r#"{"EVALSHA":[1,0,0,4,3,500,295,7,1],"more":1}"#);
        check(r#"{"GET":[1,0,0,4,3,500,295,7,1]}"#);
        check(r#"{"EVALSHA":[false,"ERR out of memory"]}"#);
        check(&"[".repeat(10_000));
        check(&format!(r#"{{"EVALSHA":[{}1]}}"#, "1,".repeat(LONGEST)));
    }

    #[test]
    fn what_is_used_is_read_by_days() {
        let body = br#"{"EVAL":[20778,20758,20787,300,290,20778,4,290,20777,6,294]}"#;
        let usage = used(body).unwrap();
        assert_eq!((usage.today, usage.period, usage.limit, usage.remaining), (20_778, (20_758, 20_787), 300, 290));
        assert_eq!(usage.days, [(20_777, 6, 294), (20_778, 4, 290)]);
        assert!(
            used(br#"{"EVAL":[1,2]}"#).is_err() && used(br#"{"EVAL":[1,2,3,4,-5]}"#).is_err() && used(b"{}").is_err()
        );
    }
}
