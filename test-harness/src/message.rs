//! Messages as both runners see them: what a client sends, what an upstream receives, what either is told.

/// Names in lower case and values as bytes, in order; both may repeat.
pub type Pairs = Vec<(String, Vec<u8>)>;

/// How the client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
}

/// A request on its way to the proxy.
#[derive(Clone, Debug, Default)]
pub struct ClientRequest {
    pub method: String,
    pub target: Vec<u8>,
    pub version: Version,
    /// Without `content-length` and `transfer-encoding`, unless the case is about them.
    pub headers: Pairs,
    pub body: ClientBody,
    pub trailers: Pairs,
    /// The body's end never comes.
    pub unfinished: bool,
    /// What comes behind its chunks is none, and the proxy answers by itself.
    pub garbled: bool,
    /// After how many milliseconds the client closes its connection without waiting any longer.
    pub leaves_after: Option<u64>,
}

/// How the body is sent.
#[derive(Clone, Debug, Default)]
pub enum ClientBody {
    #[default]
    None,
    /// At once, with its `content-length`.
    Whole(Vec<u8>),
    /// Piece by piece, without one.
    Chunks(Vec<Vec<u8>>),
}

/// A request as an upstream received it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: String,
    pub target: Vec<u8>,
    /// The host is among them as `host`.
    pub headers: Pairs,
    pub body: Vec<u8>,
}

/// A response: what an upstream is told to say, or what the client was told.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub status: u16,
    pub headers: Pairs,
    pub body: Vec<u8>,
    pub trailers: Pairs,
}

/// Every value of a header.
pub fn values<'a>(headers: &'a Pairs, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_slice())
}

/// The first value of a header, as text.
pub fn text<'a>(headers: &'a Pairs, name: &'a str) -> Option<&'a str> {
    values(headers, name).next().and_then(|value| std::str::from_utf8(value).ok())
}

impl ClientBody {
    /// The pieces in which it is sent.
    pub fn pieces(&self) -> &[Vec<u8>] {
        match self {
            ClientBody::None => &[],
            ClientBody::Whole(body) => std::slice::from_ref(body),
            ClientBody::Chunks(chunks) => chunks,
        }
    }
}
