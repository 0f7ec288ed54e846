//! `Forwarded`: what an HTTP API makes of `X-Forwarded-For`, `-Host` and `-Proto`; and `Via`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-http-apis>,
//! RFC 7239. Recorded behind VPC links: `Forwarded` has no `by` there, `X-Forwarded-Port` stays, a request without a body
//! has a `Content-Length` of 0, and `Via` names the service.

use gatehouse_http::{Headers, IllegalHeader};

/// The hop that a backend of an HTTP API sees.
const VIA: &[u8] = b"HTTP/1.1 AmazonAPIGateway";

/// Folds the headers of a client's request into one. What a client claims of earlier hops is kept, as far as it is
/// addresses and names.
///
/// # Errors
/// Never: nothing is written that a header could not have.
pub(crate) fn fold(headers: &mut Headers) -> Result<(), IllegalHeader> {
    let hops: Vec<String> =
        headers.all("x-forwarded-for").flat_map(|value| value.split(|it| *it == b',')).filter_map(node).collect();
    let mut elements: Vec<Vec<u8>> = headers.all("forwarded").map(<[u8]>::to_vec).collect();
    let (last, earlier) = hops.split_last().map_or((None, &[][..]), |(last, earlier)| (Some(last), earlier));
    elements.extend(earlier.iter().map(|hop| format!("for={hop}").into_bytes()));
    let of_last = [
        last.map(|hop| format!("for={hop}")),
        headers.get(":authority").and_then(node).map(|host| format!("host={host}")),
        headers.get("x-forwarded-proto").and_then(node).map(|scheme| format!("proto={scheme}")),
    ];
    elements.push(of_last.into_iter().flatten().collect::<Vec<_>>().join(";").into_bytes());
    // Without `x-forwarded-proto` Envoy finds no route.
    for name in ["x-forwarded-for", "x-forwarded-host"] {
        headers.remove(name);
    }
    headers.set("forwarded", elements.join(&b", "[..]))?;
    let hops: Vec<&[u8]> = headers.all("via").chain([VIA]).collect();
    headers.set("via", hops.join(&b", "[..]))
}

/// An address or a name as an element may hold it: in quotation marks where it has a colon.
fn node(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value.trim_ascii()).ok()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:[]".contains(&byte);
    if text.is_empty() || !text.bytes().all(allowed) {
        return None;
    }
    // IPv6 stands in brackets.
    let bracketed = text.parse::<std::net::Ipv6Addr>().is_ok().then(|| format!("[{text}]"));
    let text = bracketed.as_deref().unwrap_or(text);
    Some(if text.contains(':') { format!("\"{text}\"") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarding_headers_are_folded_into_one() {
        let check = |sent: &[(&str, &str)], expected: &str| {
            let mut headers = Headers::from_pairs(sent.iter().copied());
            fold(&mut headers).unwrap();
            assert_eq!(headers.text("forwarded"), Some(expected), "{sent:?}");
            assert!(["for", "host"].iter().all(|it| !headers.has(&format!("x-forwarded-{it}"))));
            assert_eq!(headers.text("via"), Some("HTTP/1.1 AmazonAPIGateway"));
        };
        check(
            &[(":authority", "a.example"), ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "https")],
            "for=10.0.0.1;host=a.example;proto=https",
        );
        check(
            &[(":authority", "a.example:8080"), ("x-forwarded-for", "1.2.3.4, ::1")],
            r#"for=1.2.3.4, for="[::1]";host="a.example:8080""#,
        );
        check(
            &[
                (":authority", "a"),
                ("forwarded", "for=9.9.9.9"),
                ("x-forwarded-for", "x\";secret, 10.0.0.1"),
                ("x-forwarded-host", "b"),
            ],
            "for=9.9.9.9, for=10.0.0.1;host=a",
        );
        let mut headers = Headers::from_pairs([("via", "1.1 one"), ("via", "2 two")]);
        fold(&mut headers).unwrap();
        assert_eq!(headers.text("via"), Some("1.1 one, 2 two, HTTP/1.1 AmazonAPIGateway"));
    }
}
