//! The ids of a request: `$context.requestId`, which a client may choose, and `$context.extendedRequestId`, which it
//! may not; on the wire `x-amzn-RequestId` and `x-amz-apigw-id`.

use gatehouse_context::{Context, Text};
use gatehouse_http::{Headers, IllegalHeader, Request};

use crate::Host;

/// Gives the request its ids, unless an earlier filter did.
pub fn ensure(request: &Request, context: &mut Context, host: &dyn Host) {
    if context.request_id.is_some() && context.extended_request_id.is_some() {
        return;
    }
    let mut random = [0; 27];
    host.fill_random(&mut random);
    let (uuid, extended) = random.split_at(16);
    context.request_id = Some(match request.headers.text("x-amzn-requestid") {
        Some(id) if is_uuid(id) => id.into(),
        Some(_) => "UUID_REPLACED_INVALID_REQUEST_ID".into(),
        None => write_uuid(uuid),
    });
    context.extended_request_id = Some(write_base64(extended));
}

/// Writes the ids into the headers of a response.
///
/// # Errors
/// [`IllegalHeader`] never comes of ids that [`ensure`] made.
pub fn write(context: &Context, headers: &mut Headers) -> Result<(), IllegalHeader> {
    if let Some(id) = &context.request_id {
        headers.set("x-amzn-requestid", id.as_bytes())?;
    }
    if let Some(id) = &context.extended_request_id {
        headers.set("x-amz-apigw-id", id.as_bytes())?;
    }
    Ok(())
}

/// Writes the one id that HTTP APIs have into the headers of a response.
///
/// # Errors
/// [`IllegalHeader`] never comes of an id that [`ensure`] made.
pub fn write_of_http_api(context: &Context, headers: &mut Headers) -> Result<(), IllegalHeader> {
    match &context.request_id {
        Some(id) => headers.set("apigw-requestid", id.as_bytes()),
        None => Ok(()),
    }
}

fn is_uuid(text: &str) -> bool {
    let digits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(digits)
}

/// A version 4 UUID of 16 random bytes.
fn write_uuid(random: &[u8]) -> Text {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = Ascii::<36>::default();
    for (at, &byte) in random.iter().enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        for nibble in [byte >> 4, byte & 15] {
            text.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
        }
    }
    text.text()
}

/// Base64 for URLs, padded: 11 bytes become the 16 characters that API Gateway's ids have (`CzuJMEDMoAMF_MQ=`, `S-D5rG9QFiAFnVg=`).
fn write_base64(bytes: &[u8]) -> Text {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = Ascii::<16>::default();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap_or_default();
            text.push(if digit > group.len() { b'=' } else { ALPHABET.get(value).copied().unwrap_or(b'A') });
        }
    }
    text.text()
}

/// A text of at most `N` bytes, made without allocating until it is done.
struct Ascii<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Ascii<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Ascii<N> {
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn text(&self) -> Text {
        std::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_http::Body;

    use super::*;
    use crate::testing::TestHost;

    fn ids(client: Option<&str>) -> (String, String) {
        let headers = client.map(|id| ("x-amzn-requestid", id));
        let request = Request { headers: Headers::from_pairs(headers), body: Body::Empty };
        let mut context = Context::default();
        ensure(&request, &mut context, &TestHost::default());
        (context.request_id.unwrap().to_string(), context.extended_request_id.unwrap().to_string())
    }

    #[test]
    fn a_request_gets_a_version_4_uuid_and_an_extended_id() {
        assert_eq!(ids(None), ("01020304-0506-4708-890a-0b0c0d0e0f10".into(), "ERITFBUWFxgZGhs=".into()));
    }

    #[test]
    fn an_extended_id_can_stand_in_a_url() {
        assert_eq!(&*write_base64(&[0xfb, 0xff, 0xbf, 0xff]), "-_-__w==");
    }

    #[test]
    fn a_client_may_choose_a_uuid_and_nothing_else() {
        let chosen = "9a6cd3cd-b1b2-4f1a-8d0e-2e2a2c9a9b11";
        assert_eq!(ids(Some(chosen)).0, chosen);
        for wrong in ["", "x", "9a6cd3cd-b1b2-4f1a-8d0e-2e2a2c9a9b1g", "9a6cd3cdb1b24f1a8d0e2e2a2c9a9b1100000"] {
            assert_eq!(ids(Some(wrong)).0, "UUID_REPLACED_INVALID_REQUEST_ID", "{wrong}");
        }
    }

    #[test]
    fn ids_of_an_earlier_filter_are_kept() {
        let mut context =
            Context { request_id: Some("a".into()), extended_request_id: Some("b".into()), ..Context::default() };
        ensure(&Request::default(), &mut context, &TestHost::default());
        assert_eq!(context.request_id.as_deref(), Some("a"));
    }
}
