//! Payload compression of REST APIs: what clients send in a coding is decoded before anything reads it, and what integrations
//! answer is compressed where the API has a `minimumCompressionSize`.

use gatehouse_api::ProtocolType;
use gatehouse_compression::{Coding, Unreadable, Unsupported};
use gatehouse_filter::{BODY_LIMIT, Rejection, ResponseType};
use gatehouse_http::{Answer, Body, Headers, IllegalHeader, Origin, Request, Response};

use crate::stage::Stage;

/// How an answer is compressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compressing {
    coding: Coding,
    /// What is smaller is sent as it is, in bytes.
    minimum: usize,
}

/// The coding of a request's body.
///
/// # Errors
/// 415 for one that API Gateway does not have.
pub(crate) fn coding_of(stage: &Stage, request: &Request) -> Result<Option<Coding>, Rejection> {
    if stage.protocol != ProtocolType::Rest {
        return Ok(None);
    }
    let Some(named) = request.headers.get("content-encoding") else { return Ok(None) };
    let coding = std::str::from_utf8(named).map_err(|_| Unsupported).and_then(Coding::of);
    coding.map_err(|Unsupported| unsupported())
}

/// Must the body be there, to be decoded?
pub(crate) fn wants_body(stage: &Stage, request: &Request) -> bool {
    matches!(coding_of(stage, request), Ok(Some(_)))
}

/// Puts what a body holds in its place. Without a body the header stays: templates and functions were recorded to see it.
///
/// # Errors
/// 415 for a body that is not in its coding, 413 for one that holds too much.
pub(crate) fn decode(coding: Coding, request: &mut Request) -> Result<(), Rejection> {
    if request.body.bytes().is_empty() {
        return Ok(());
    }
    request.headers.remove("content-encoding");
    let bytes = coding.decode(request.body.bytes(), BODY_LIMIT).map_err(|why| match why {
        Unreadable::Malformed => unsupported(),
        Unreadable::TooLarge => Rejection::new(ResponseType::RequestTooLarge),
    })?;
    request.headers.set("content-length", bytes.len().to_string())?;
    request.body = Body::Replaced(bytes);
    Ok(())
}

fn unsupported() -> Rejection {
    Rejection::new(ResponseType::UnsupportedMediaType)
}

impl Compressing {
    /// How the answer to a request is to be compressed, if its API compresses and its client wants that.
    pub(crate) fn of(stage: &Stage, request: &Request) -> Option<Self> {
        let minimum = stage.minimum_compression_size?;
        let coding = Coding::preferred(request.headers.text("accept-encoding")?)?;
        Some(Self { coding, minimum })
    }

    /// Compresses an answer, unless it is too small or in a coding already.
    ///
    /// # Errors
    /// Never: the coding's name is a value.
    pub(crate) fn answer(self, answer: &mut Answer) -> Result<(), IllegalHeader> {
        if let Some(payload) = self.payload(&answer.headers, &answer.body) {
            answer.headers.set("content-encoding", self.coding.name())?;
            answer.body = payload;
        }
        Ok(())
    }

    /// Must the body of a backend's response be there? One that is too large to be held streams by as it is.
    pub(crate) fn wants_body(self, response: &Response) -> bool {
        let length = response.headers.text("content-length").and_then(|length| length.parse().ok());
        let fits = length.is_none_or(|length: usize| (self.minimum..=BODY_LIMIT).contains(&length));
        response.origin == Origin::Upstream && fits && !stays(&response.headers)
    }

    /// Compresses a backend's response.
    ///
    /// # Errors
    /// Never: the coding's name is a value.
    pub(crate) fn response(self, response: &mut Response) -> Result<(), IllegalHeader> {
        if let Some(payload) = self.payload(&response.headers, response.body.bytes()) {
            response.headers.set("content-encoding", self.coding.name())?;
            response.body = Body::Replaced(payload);
        }
        Ok(())
    }

    fn payload(self, headers: &Headers, body: &[u8]) -> Option<Vec<u8>> {
        let compresses = !body.is_empty() && body.len() >= self.minimum && !stays(headers);
        compresses.then(|| self.coding.encode(body))
    }
}

/// What is encoded already stays as it is, and so does a part of something: its range would be one of another representation
/// (RFC 9110, 14.4).
fn stays(headers: &Headers) -> bool {
    headers.has("content-encoding") || headers.has("content-range")
}
