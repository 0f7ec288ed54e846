//! Envoy's rate limit service protocol: `ShouldRateLimit` over gRPC, which envoyproxy/ratelimit, Limitador and others serve.
//!
//! The service knows fixed windows that begin with 1970. Periods of the calendar do not, so the period stands in the descriptor,
//! and the window is the longest that there is: a year. envoyproxy/ratelimit takes the limit from the descriptor's override,
//! and needs no more of a configuration than the domain; Limitador has [limits of its own](super::limitador).
//!
//! <https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ratelimit/v3/rls.proto>

use super::protobuf::{Fields, Value, Writer};
use super::{LONGEST, Question, Said, Unusable};
use crate::limit::Rule;
use crate::{Allowance, Refusal, Refused};

/// Where the service is asked.
pub const PATH: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/// The entries of a descriptor: the plan's id, the key's id, and the period by its length and its first day.
pub(super) const USAGE_PLAN: &str = "usage_plan";
pub(super) const API_KEY: &str = "api_key";
pub(super) const PERIOD: &str = "period";

/// `envoy.type.v3.RateLimitUnit.YEAR`
const YEAR: u64 = 6;
/// `RateLimitResponse.Code`
const OK: u64 = 1;
const OVER_LIMIT: u64 = 2;
/// One uncompressed message follows, whose length is in four bytes.
const FRAME: usize = 5;

/// The gRPC request with a question: `RateLimitRequest`, in its frame. A question has one quota and nothing else.
#[must_use]
pub fn ask(domain: &str, question: &Question, now_millis: u64) -> Vec<u8> {
    let mut request = Writer::default();
    request.bytes(1, domain.as_bytes());
    for limit in &question.demand.limits {
        if let Rule::Quota(quota) = limit.rule() {
            let (limit, _) = quota.window(now_millis);
            let mut descriptor = Writer::default();
            let period = quota.period_name(now_millis);
            let entries = [(USAGE_PLAN, &question.usage_plan_id), (API_KEY, &question.api_key_id), (PERIOD, &period)];
            for (key, value) in entries {
                let mut entry = Writer::default();
                entry.bytes(1, key.as_bytes());
                entry.bytes(2, value.as_bytes());
                descriptor.bytes(1, &entry.0);
            }
            let mut over = Writer::default();
            over.number(1, u64::from(limit));
            over.number(2, YEAR);
            descriptor.bytes(2, &over.0);
            request.bytes(2, &descriptor.0);
        }
    }
    let length = u32::try_from(request.0.len()).unwrap_or_default();
    [&[0], length.to_be_bytes().as_slice(), &request.0].concat()
}

/// What the body of a gRPC response says.
///
/// # Errors
/// [`Unusable`]: it is no `RateLimitResponse`, or one that does not say yes or no.
pub fn said(body: &[u8], question: &Question, now_millis: u64) -> Result<Said, Unusable> {
    let response = RateLimitResponse::read(message(body)?).ok_or(Unusable::Nonsense("it is no rate limit response"))?;
    let quota = question.demand.limits.iter().find_map(|limit| match limit.rule() {
        Rule::Quota(quota) => Some(quota),
        Rule::Throttle(_) => None,
    });
    let quota = quota.ok_or(Unusable::Nonsense("nothing was asked"))?;
    let (limit, reset_nanos) = quota.window(now_millis);
    match (response.overall_code, response.status) {
        (OVER_LIMIT, _) => Ok(Said::Refused(Refused {
            refusal: Refusal::QuotaExceeded,
            allowance: Allowance { limit, remaining: 0, reset_nanos },
            retry_after_nanos: Some(reset_nanos).filter(|_| quota.limit > 0),
        })),
        // So it says of a domain that it does not know: nothing is counted then.
        (OK, Some(Status { has_limit: false, .. })) => Err(Unusable::Nonsense("the service knows no limit for this")),
        (OK, Some(Status { remaining, .. })) => {
            let remaining = u32::try_from(remaining).unwrap_or(u32::MAX).min(limit);
            Ok(Said::Counted(vec![Allowance { limit, remaining, reset_nanos }]))
        }
        // Limitador does not tell.
        (OK, None) => Ok(Said::Counted(Vec::new())),
        _ => Err(Unusable::Nonsense("it says neither yes nor no")),
    }
}

/// The message in a frame, which must be alone.
fn message(body: &[u8]) -> Result<&[u8], Unusable> {
    let framed = body.split_first_chunk::<FRAME>().filter(|_| body.len() <= LONGEST);
    match framed {
        Some(([0, length @ ..], message)) if usize::try_from(u32::from_be_bytes(*length)) == Ok(message.len()) => {
            Ok(message)
        }
        _ => Err(Unusable::Nonsense("it is no gRPC message, or one too long")),
    }
}

/// What of a `RateLimitResponse` matters here.
#[derive(Debug, Default)]
struct RateLimitResponse {
    overall_code: u64,
    /// Of the only descriptor.
    status: Option<Status>,
}

/// `DescriptorStatus`
#[derive(Clone, Copy, Debug, Default)]
struct Status {
    has_limit: bool,
    remaining: u64,
}

impl RateLimitResponse {
    fn read(message: &[u8]) -> Option<Self> {
        let mut response = Self::default();
        for field in Fields::of(message) {
            match field? {
                (1, Value::Number(code)) => response.overall_code = code,
                (2, Value::Bytes(status)) => response.status = Some(Status::read(status)?),
                _ => {}
            }
        }
        Some(response)
    }
}

impl Status {
    fn read(message: &[u8]) -> Option<Self> {
        let mut status = Self::default();
        for field in Fields::of(message) {
            match field? {
                (2, Value::Bytes(_)) => status.has_limit = true,
                (3, Value::Number(remaining)) => status.remaining = remaining,
                _ => {}
            }
        }
        Some(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FailureMode;
    use crate::{Demand, Limit, Period, Quota};

    /// 2026-11-21T00:00:00Z
    const NOW: u64 = 1_795_219_200_000;
    const DAY: u64 = 86_400;

    fn question(offset: u32) -> Question {
        let quota = Quota { limit: 300, offset, period: Period::Month, began: Some(20_770) };
        Question {
            usage_plan_id: "basic".into(),
            api_key_id: "ann".into(),
            demand: Demand { slot: 0, limits: vec![Limit::quota(&["plan", "basic"], quota)] },
            failure_mode: FailureMode::Open,
        }
    }

    /// Bytes as the protobuf library of Python writes them.
    #[test]
    fn the_period_is_in_the_descriptor_and_the_limit_overrides() {
        let expected = [
            b"\x0a\x02gh".as_slice(),
            b"\x12\x48",
            b"\x0a\x13\x0a\x0ausage_plan\x12\x05basic",
            b"\x0a\x0e\x0a\x07api_key\x12\x03ann",
            b"\x0a\x1a\x0a\x06period\x12\x10MONTH:2026-11-01",
            b"\x12\x05\x08\xac\x02\x10\x06",
        ]
        .concat();
        let asked = ask("gh", &question(0), NOW);
        assert_eq!(asked.split_first_chunk::<5>(), Some((&[0, 0, 0, 0, 78], expected.as_slice())));
        // 300 - 299 in the first period, 300 in the next one.
        assert!(ask("gh", &question(299), NOW).ends_with(b"\x12\x04\x08\x01\x10\x06"));
        assert!(ask("gh", &question(299), NOW + 31 * DAY * 1000).ends_with(b"2026-12-01\x12\x05\x08\xac\x02\x10\x06"));
    }

    fn framed(message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap();
        [&[0], length.to_be_bytes().as_slice(), message].concat()
    }

    #[test]
    fn yes_and_no_are_told_apart() {
        let (question, left) = (question(0), 10 * DAY * 1_000_000_000);
        let said = |message: &[u8]| said(&framed(message), &question, NOW);
        let counted = |remaining| Said::Counted(vec![Allowance { limit: 300, remaining, reset_nanos: left }]);
        // Code OK, a limit of 300 a year, 7 are left, 5 s until the window ends.
        let status = b"\x08\x01\x12\x0f\x08\x01\x12\x05\x08\xac\x02\x10\x06\x18\x07\x22\x02\x08\x05";
        assert_eq!(said(status).unwrap(), counted(7));
        assert_eq!(said(b"\x08\x01\x12\x04\x08\x01\x12\x00").unwrap(), counted(0));
        assert_eq!(said(b"\x08\x01").unwrap(), Said::Counted(Vec::new()));
        let Ok(Said::Refused(refused)) = said(b"\x08\x02\x12\x04\x08\x02\x12\x00") else { panic!("admitted") };
        assert_eq!((refused.refusal, refused.retry_after_seconds()), (Refusal::QuotaExceeded, Some(10 * DAY)));
    }

    #[test]
    fn what_is_no_answer_is_no_permission() {
        let check = |body: &[u8]| {
            let said = said(body, &question(0), NOW);
            assert!(matches!(said, Err(Unusable::Nonsense(_))), "{body:?}: {said:?}");
        };
        check(b"");
        check(b"\0\0\0\0\0");
        check(b"<html>");
        // Compressed; longer and shorter than it says; no message; an unknown code; no limit is known.
        check(b"\x01\0\0\0\x02\x08\x01");
        check(b"\0\0\0\0\x03\x08\x01");
        check(b"\0\0\0\0\x01\x08\x01");
        check(&framed(b"\x08"));
        check(&framed(b"\x08\x00"));
        check(&framed(b"\x08\x63"));
        check(&framed(b"\x08\x01\x12\x02\x08\x01"));
        check(&framed(b"\x08\x01\x12\x05\x08\x01"));
        check(&framed(&[0x42; LONGEST]));
    }
}
