//! `X-Amzn-Trace-Id`: kept where the client sends one, begun where it does not.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>

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
        Some(root) => {
            let mut id = [root, ";Parent="].concat();
            push_hex(&mut id, &random::<8>(host));
            id
        }
        None => {
            let seconds = u32::try_from(now.millis() / 1000).unwrap_or(u32::MAX);
            let mut id = String::with_capacity(35);
            id.push_str("Root=1-");
            push_hex(&mut id, &seconds.to_be_bytes());
            id.push('-');
            push_hex(&mut id, &random::<12>(host));
            id
        }
    }
}

fn random<const N: usize>(host: &dyn Host) -> [u8; N] {
    let mut bytes = [0; N];
    host.fill_random(&mut bytes);
    bytes
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)));
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
