//! Payload compression as API Gateway's REST APIs have it: which coding a request is in, which its client prefers, and both ways of
//! each.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html>

use std::io::Read;

use flate2::Compression;
use flate2::bufread::{DeflateDecoder, GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder};

/// A content coding besides `identity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`: RFC 1952.
    Gzip,
    /// `deflate`: the zlib format of RFC 1950. What is deflated without its frame is read, too.
    Deflate,
}

/// The payload is in another coding than it says, or in one that API Gateway does not know: 415.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported;

/// Why a payload is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not in its coding.
    Malformed,
    /// It has more bytes than are allowed.
    TooLarge,
}

impl Coding {
    /// The coding that a `Content-Encoding` names; `None` for one of nothing but `identity`.
    ///
    /// `aws-chunked` frames a body that is signed in pieces: it is not a coding of what is in it.
    ///
    /// # Errors
    /// [`Unsupported`] for any other name, and for several codings over each other.
    pub fn of(content_encoding: &str) -> Result<Option<Self>, Unsupported> {
        let names = content_encoding.split(',').map(str::trim);
        let mut codings =
            names.filter(|name| !["", "identity", "aws-chunked"].iter().any(|it| name.eq_ignore_ascii_case(it)));
        match (codings.next(), codings.next()) {
            (None, _) => Ok(None),
            (Some(name), None) => Self::named(name).map(Some).ok_or(Unsupported),
            (Some(_), Some(_)) => Err(Unsupported),
        }
    }

    /// The coding that a client wants most, by its `Accept-Encoding`; none if it is `identity`, `*`, or one that API Gateway does
    /// not have: then the next best is not looked for. Of equals the first is meant.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-receive-response-with-compressed-payload.html>
    #[must_use]
    pub fn preferred(accept_encoding: &str) -> Option<Self> {
        let mut best: Option<(&str, u32)> = None;
        for (name, weight) in accept_encoding.split(',').map(weighed) {
            if weight > best.map_or(0, |(_, most)| most) {
                best = Some((name, weight));
            }
        }
        best.and_then(|(name, _)| Self::named(name))
    }

    fn named(name: &str) -> Option<Self> {
        [Coding::Gzip, Coding::Deflate].into_iter().find(|coding| coding.name().eq_ignore_ascii_case(name))
    }

    /// As `Content-Encoding` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        }
    }

    /// What a payload holds, of at most `limit` bytes: no more than that is ever made of it.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn decode(self, payload: &[u8], limit: usize) -> Result<Vec<u8>, Unreadable> {
        match self {
            Coding::Gzip => members(payload, limit),
            Coding::Deflate => match read(ZlibDecoder::new(payload), limit) {
                Err(Unreadable::Malformed) => read(DeflateDecoder::new(payload), limit),
                read => read,
            },
        }
    }

    /// The payload of these bytes.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> Vec<u8> {
        let mut payload = Vec::new();
        let level = Compression::fast();
        let written = match self {
            Coding::Gzip => GzEncoder::new(bytes, level).read_to_end(&mut payload),
            Coding::Deflate => ZlibEncoder::new(bytes, level).read_to_end(&mut payload),
        };
        debug_assert!(written.is_ok(), "from memory to memory nothing fails");
        payload
    }
}

/// How many members a gzip payload may have. Each costs as much as kilobytes of text do, and may hold nothing.
const MOST_MEMBERS: usize = 1_000;

/// What all members of a gzip payload hold, one after the other.
fn members(payload: &[u8], limit: usize) -> Result<Vec<u8>, Unreadable> {
    let (mut bytes, mut rest) = (Vec::new(), payload);
    for _ in 0..MOST_MEMBERS {
        let mut member = GzDecoder::new(rest);
        read_into(&mut bytes, &mut member, limit)?;
        rest = member.into_inner();
        if rest.is_empty() {
            return Ok(bytes);
        }
    }
    Err(Unreadable::Malformed)
}

/// A coding and its weight, in thousandths. What cannot be read as one weighs nothing.
fn weighed(item: &str) -> (&str, u32) {
    let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
    });
    (name.trim(), weight.unwrap_or(1_000))
}

fn thousandths(quality: &str) -> u32 {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" if part.bytes().all(|byte| byte == b'0') => 1_000,
        "0" if part.len() <= 3 && digits(part) => format!("{part:0<3}").parse().unwrap_or_default(),
        _ => 0,
    }
}

fn read(mut decoder: impl Read, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, &mut decoder, limit)?;
    Ok(bytes)
}

fn read_into(bytes: &mut Vec<u8>, decoder: &mut impl Read, limit: usize) -> Result<(), Unreadable> {
    // One more than is allowed tells that there is more.
    let left = limit.saturating_sub(bytes.len()).saturating_add(1);
    let left = u64::try_from(left).unwrap_or(u64::MAX);
    decoder.take(left).read_to_end(bytes).map_err(|_| Unreadable::Malformed)?;
    if bytes.len() > limit { Err(Unreadable::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_names_its_coding() {
        for (named, expected) in [
            ("gzip", Ok(Some(Coding::Gzip))),
            ("GZip", Ok(Some(Coding::Gzip))),
            ("deflate", Ok(Some(Coding::Deflate))),
            ("identity", Ok(None)),
            ("", Ok(None)),
            ("aws-chunked", Ok(None)),
            ("aws-chunked, gzip", Ok(Some(Coding::Gzip))),
            ("identity,gzip", Ok(Some(Coding::Gzip))),
            ("gzip, gzip", Err(Unsupported)),
            ("br", Err(Unsupported)),
            ("utf-8", Err(Unsupported)),
            ("gzip;q=1", Err(Unsupported)),
        ] {
            assert_eq!(Coding::of(named), expected, "{named}");
        }
    }

    #[test]
    fn a_client_wants_one_coding_most() {
        let (gzip, deflate) = (Some(Coding::Gzip), Some(Coding::Deflate));
        for (accepted, expected) in [
            ("gzip", gzip),
            ("deflate,gzip", deflate),
            ("gzip, deflate, br", gzip),
            ("deflate;q=0.5,gzip;q=1.0", gzip),
            ("gzip;q=1.0, identity; q=0.5, *;q=0", gzip),
            ("GZIP; Q=0.001", gzip),
            ("gzip;q=0.8, deflate ; q=0.81", deflate),
            ("br, gzip", None),
            ("identity, gzip;q=0.5", None),
            ("identity", None),
            ("*", None),
            ("", None),
            ("gzip;q=0", None),
            ("gzip;q=0.000", None),
            ("gzip;q=high", None),
            ("gzip;q=2", None),
            ("gzip;q=2, deflate;q=0.1", deflate),
        ] {
            assert_eq!(Coding::preferred(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn what_is_not_in_its_coding_is_refused() {
        let payload = Coding::Gzip.encode(b"{\"type\": \"dog\"}");
        for cut in 0..payload.len() {
            let broken = payload.get(..cut).unwrap();
            assert_eq!(Coding::Gzip.decode(broken, 100), Err(Unreadable::Malformed), "{cut}");
        }
        assert_eq!(Coding::Gzip.decode(b"{}", 100), Err(Unreadable::Malformed));
        assert_eq!(Coding::Deflate.decode(b"{}", 100), Err(Unreadable::Malformed));
        let mut checked = payload.clone();
        *checked.iter_mut().nth_back(5).unwrap() ^= 1;
        assert_eq!(Coding::Gzip.decode(&checked, 100), Err(Unreadable::Malformed));
    }

    #[test]
    fn several_members_are_one_payload_and_a_frame_may_lack() {
        let members = [Coding::Gzip.encode(b"one "), Coding::Gzip.encode(b"two")].concat();
        assert_eq!(Coding::Gzip.decode(&members, 100).unwrap(), b"one two");
        let framed = Coding::Deflate.encode(b"text");
        assert_eq!(Coding::Deflate.decode(framed.get(2..framed.len() - 4).unwrap(), 100).unwrap(), b"text");
    }

    #[test]
    fn members_that_hold_nothing_are_not_read_without_end() {
        let empty = Coding::Gzip.encode(b"");
        let payload = |members: usize| [empty.repeat(members), Coding::Gzip.encode(b"text")].concat();
        assert_eq!(Coding::Gzip.decode(&payload(MOST_MEMBERS - 1), 100).unwrap(), b"text");
        assert_eq!(Coding::Gzip.decode(&payload(MOST_MEMBERS), 100), Err(Unreadable::Malformed));
        let halves = [Coding::Gzip.encode(&[0; 60]), Coding::Gzip.encode(&[0; 60])].concat();
        assert_eq!(Coding::Gzip.decode(&halves, 119), Err(Unreadable::TooLarge));
        assert_eq!(Coding::Gzip.decode(&halves, 120).map(|bytes| bytes.len()), Ok(120));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let payload = Coding::Gzip.encode(&vec![0; 1 << 20]);
        assert!(payload.len() < 10_000);
        assert_eq!(Coding::Gzip.decode(&payload, (1 << 20) - 1), Err(Unreadable::TooLarge));
        assert_eq!(Coding::Gzip.decode(&payload, 1 << 20).map(|bytes| bytes.len()), Ok(1 << 20));
    }

    proptest! {
        #[test]
        fn what_is_encoded_can_be_decoded(bytes: Vec<u8>) {
            for coding in [Coding::Gzip, Coding::Deflate] {
                prop_assert_eq!(coding.decode(&coding.encode(&bytes), bytes.len()).unwrap(), bytes.clone());
            }
        }
    }
}
