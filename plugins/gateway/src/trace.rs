//! `X-Amzn-Trace-Id`: kept where the client sends one, begun where it does not.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>

use std::fmt::Write;

use gatehouse_context::{Context, Text};
use gatehouse_filter::{Host, Timestamp};
use gatehouse_http::Request;

/// The request's trace id, which is the same for its authorizer and its integration.
pub(crate) fn trace(request: &Request, context: &mut Context, now: Timestamp, host: &dyn Host) -> Text {
    context.xray_trace_id.get_or_insert_with(|| trace_id(request, now, host).into()).clone()
}

/// The header's value for the backend: the client's, with a parent of our own if it names none; else a new root. A load
/// balancer before the gateway puts its `Self` first.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html>
fn trace_id(request: &Request, now: Timestamp, host: &dyn Host) -> String {
    let has = |sent: &str, field: &str| sent.split(';').any(|part| part.trim_start().starts_with(field));
    match request.headers.text("x-amzn-trace-id").filter(|sent| has(sent, "Root=")) {
        Some(whole) if has(whole, "Parent=") => whole.to_owned(),
        Some(root) => format!("{root};Parent={}", hex(host, 8)),
        None => format!("Root=1-{:08x}-{}", now.millis() / 1000, hex(host, 12)),
    }
}

fn hex(host: &dyn Host, bytes: usize) -> String {
    let mut random = [0; 12];
    host.fill_random(&mut random);
    random.iter().take(bytes).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestHost;
    use gatehouse_http::{Body, Headers};

    use super::*;

    #[test]
    fn a_trace_is_kept_or_begun() {
        let check = |sent: Option<&str>, expected: &str| {
            let headers = Headers::from_pairs(sent.map(|sent| ("x-amzn-trace-id", sent)));
            let request = Request { headers, body: Body::Empty };
            assert_eq!(trace_id(&request, Timestamp::from_millis(1_583_348_638_390), &TestHost::default()), expected);
        };
        check(Some("Root=1-a-b;Parent=c;Sampled=1"), "Root=1-a-b;Parent=c;Sampled=1");
        check(Some("Root=1-a-b"), "Root=1-a-b;Parent=0102030405060708");
        check(Some("Self=1-d-e;Root=1-a-b"), "Self=1-d-e;Root=1-a-b;Parent=0102030405060708");
        check(Some("Parent=c; Root=1-a-b"), "Parent=c; Root=1-a-b");
        check(Some("Self=1-d-e"), "Root=1-5e5ffb9e-0102030405060708090a0b0c");
        check(Some("nonsense"), "Root=1-5e5ffb9e-0102030405060708090a0b0c");
        check(None, "Root=1-5e5ffb9e-0102030405060708090a0b0c");
    }
}
