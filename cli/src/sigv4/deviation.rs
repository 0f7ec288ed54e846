//! What clients are known to sign in place of what they should: tried one by one, and all together.

use gatehouse_http::{Request, percent};
use gatehouse_sigv4::{EMPTY_SHA256, sha256};

/// A canonical request, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canonical {
    /// The method.
    pub(super) method: Vec<u8>,
    /// The path, encoded.
    pub(super) path: Vec<u8>,
    /// The query, sorted.
    pub(super) query: Vec<u8>,
    /// A line for each header.
    pub(super) headers: Vec<Vec<u8>>,
    /// Their names.
    pub(super) names: Vec<u8>,
    /// The body's digest, or a word.
    pub(super) payload: Vec<u8>,
}

/// One part as a client may have signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deviation {
    /// What the client did.
    pub(super) what: &'static str,
    /// What it signed.
    pub(super) text: Vec<u8>,
}

/// The parts of which clients are known to sign something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The line of the host.
    Host,
    /// The last line.
    Payload,
}

impl Part {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Method, Self::Path, Self::Query, Self::Host, Self::Payload];
}

impl Canonical {
    /// Cuts a canonical request; `None` if it has too few lines.
    #[must_use]
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii_end();
        let lines = text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut lines = lines.map(<[u8]>::to_vec);
        let (method, path, query) = (lines.next()?, lines.next()?, lines.next()?);
        let mut rest: Vec<_> = lines.collect();
        let (payload, names) = (rest.pop()?, rest.pop()?);
        if rest.last().is_some_and(Vec::is_empty) {
            rest.pop();
        }
        Some(Self { method, path, query, headers: rest, names, payload })
    }

    /// All lines, in order.
    #[must_use]
    pub(super) fn lines(&self) -> Vec<&[u8]> {
        let mut lines: Vec<&[u8]> = vec![&self.method, &self.path, &self.query];
        lines.extend(self.headers.iter().map(Vec::as_slice));
        lines.extend([&b""[..], &self.names, &self.payload]);
        lines
    }

    /// The text.
    #[must_use]
    pub(super) fn text(&self) -> Vec<u8> {
        self.lines().join(&b'\n')
    }

    /// The same with another part.
    #[must_use]
    pub(super) fn with(&self, part: Part, deviation: &Deviation) -> Self {
        let (mut other, text) = (self.clone(), deviation.text.clone());
        match part {
            Part::Method => other.method = text,
            Part::Path => other.path = text,
            Part::Query => other.query = text,
            Part::Payload => other.payload = text,
            Part::Host => {
                let host = other.headers.iter_mut().find(|line| line.starts_with(b"host:"));
                host.into_iter().for_each(|line| *line = text.clone());
            }
        }
        other
    }

    /// What a part is.
    #[must_use]
    pub(super) fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::Method => &self.method,
            Part::Path => &self.path,
            Part::Query => &self.query,
            Part::Payload => &self.payload,
            Part::Host => self.headers.iter().find(|line| line.starts_with(b"host:")).map_or(b"", Vec::as_slice),
        }
    }
}

/// What clients sign in place of a part of this request.
#[must_use]
pub(super) fn deviations(part: Part, request: &Request, ours: &Canonical) -> Vec<Deviation> {
    let all = match part {
        Part::Method => methods(request),
        Part::Path => paths(request),
        Part::Query => queries(request),
        Part::Host => hosts(ours.part(Part::Host)),
        Part::Payload => payloads(request),
    };
    let mut different: Vec<Deviation> = Vec::new();
    for (what, text) in all {
        if text != ours.part(part) && different.iter().all(|known| known.text != text) {
            different.push(Deviation { what, text });
        }
    }
    different
}

type Candidates = Vec<(&'static str, Vec<u8>)>;

fn methods(request: &Request) -> Candidates {
    let method = request.method();
    vec![
        ("the method in lower case", method.to_ascii_lowercase()),
        ("the method in upper case", method.to_ascii_uppercase()),
        ("`GET`: this is a redirect, or a HEAD, of it", b"GET".to_vec()),
        ("`POST`: this is a redirect of it", b"POST".to_vec()),
    ]
}

fn paths(request: &Request) -> Candidates {
    let sent = request.path();
    let decoded = percent::decode(sent).into_owned();
    let segments = sent.split(|&byte| byte == b'/').map(|segment| encoded(&percent::decode(segment)));
    let segments = segments.collect::<Vec<_>>().join(&b'/');
    let twice = encoded_path(sent);
    let without_slash = twice.strip_suffix(b"/").unwrap_or(&twice).to_vec();
    let first_cut = sent.iter().skip(1).position(|&byte| byte == b'/').and_then(|at| sent.get(at + 1..));
    vec![
        ("the path as it was sent, which execute-api encodes once more", sent.to_vec()),
        ("the path encoded once, as for S3, where execute-api encodes it once more", segments),
        ("the path with `%2F` decoded", encoded_path(&decoded)),
        ("the path decoded", decoded),
        ("the path encoded three times", encoded_path(&twice)),
        ("the path as sent, `//`, `/.` and `/..` not removed", twice.clone()),
        ("the path with a slash at its end", [twice.as_slice(), b"/"].concat()),
        ("the path without the slash at its end", without_slash),
        (
            "the path without its first segment: a proxy, or a stage's name, added that",
            first_cut.map(encoded_path).unwrap_or_else(|| b"/".to_vec()),
        ),
        ("the path `/`", b"/".to_vec()),
    ]
}

fn queries(request: &Request) -> Candidates {
    let raw = request.query().raw();
    let pairs = || request.query().encoded();
    // `+` and escapes each in the ways that clients take them.
    let joined = |encode: &dyn Fn(&[u8]) -> Vec<u8>, sort: bool| {
        let mut all: Vec<_> =
            pairs().map(|(name, value)| [&encode(name), &b"="[..], &encode(value)].concat()).collect();
        if sort {
            all.sort();
        }
        all.join(&b'&')
    };
    let by_pairs = |encode: &dyn Fn(&[u8]) -> Vec<u8>| {
        let mut all: Vec<_> = pairs().map(|(name, value)| (encode(name), encode(value))).collect();
        all.sort();
        all.iter().map(|(name, value)| [name, &b"="[..], value].concat()).collect::<Vec<_>>().join(&b'&')
    };
    let form = |text: &[u8]| encoded(&percent::decode_form(text));
    let literal = |text: &[u8]| encoded(&percent::decode(text));
    let raw_plus = |text: &[u8]| encoded_but(&percent::decode(text), b"+");
    let mut as_sent: Vec<&[u8]> = raw.split(|&byte| byte == b'&').collect();
    as_sent.sort_unstable();
    vec![
        ("`+` in the query as `%2B`, where AWS reads a space", by_pairs(&literal)),
        ("`+` in the query as it is, where AWS reads a space", by_pairs(&raw_plus)),
        ("the query unsorted", joined(&form, false)),
        ("the query as it was sent, neither sorted nor encoded", raw.to_vec()),
        ("the query as it was sent, sorted, but not encoded", as_sent.join(&b'&')),
        ("the query sorted by `name=value`, where AWS sorts by names, then values", joined(&form, true)),
        ("the query's escapes encoded once more", by_pairs(&|text| encoded(text))),
        ("the query decoded", by_pairs(&|text| percent::decode_form(text).into_owned())),
        ("no query: it was added after signing", Vec::new()),
    ]
}

fn hosts(line: &[u8]) -> Candidates {
    let host = line.strip_prefix(b"host:").unwrap_or_default();
    let colon = host.iter().rposition(|&byte| byte == b':');
    let bare = host.get(..colon.unwrap_or(host.len())).unwrap_or_default();
    let with = |host: &[u8]| [b"host:", host].concat();
    vec![
        ("the host without its port", with(bare)),
        ("the host with port 443", with(&[bare, b":443"].concat())),
        ("the host with port 80", with(&[bare, b":80"].concat())),
        ("the host in lower case", with(&host.to_ascii_lowercase())),
    ]
}

fn payloads(request: &Request) -> Candidates {
    let body = request.body.bytes();
    let digest = |bytes: &[u8]| hex(&sha256(bytes));
    let without_end = body.strip_suffix(b"\n").unwrap_or(body);
    let without_end = without_end.strip_suffix(b"\r").unwrap_or(without_end);
    let mut all = vec![
        ("the word UNSIGNED-PAYLOAD in place of the body's digest", b"UNSIGNED-PAYLOAD".to_vec()),
        ("the digest of an empty body", EMPTY_SHA256.as_bytes().to_vec()),
        ("the digest of the body without the line end at its end", digest(without_end)),
        ("the digest of the body with a line feed at its end", digest(&[body, b"\n"].concat())),
        ("the digest of the body with LF for CRLF", digest(&replaced(body, b"\r\n", b"\n"))),
        ("the body's digest in upper case", digest(body).to_ascii_uppercase()),
        ("the digest of `{}`", digest(b"{}")),
        ("the digest of `null`", digest(b"null")),
    ];
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) {
        all.push((
            "the digest of the body as compact JSON: it was written again after signing",
            digest(json.to_string().as_bytes()),
        ));
        let pretty = serde_json::to_string_pretty(&json).unwrap_or_default();
        all.push((
            "the digest of the body as indented JSON: it was written again after signing",
            digest(pretty.as_bytes()),
        ));
    }
    let declared = request.headers.get("x-amz-content-sha256").map(<[u8]>::to_vec);
    all.extend(declared.map(|declared| ("what `x-amz-content-sha256` says, which is not the body's digest", declared)));
    all
}

/// In lower-case hexadecimal.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn encoded(text: &[u8]) -> Vec<u8> {
    encoded_but(text, b"")
}

fn encoded_path(path: &[u8]) -> Vec<u8> {
    encoded_but(path, b"/")
}

fn encoded_but(text: &[u8], kept: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        if kept.contains(&byte) { out.push(byte) } else { percent::encode_into(&mut out, &[byte]) }
    }
    out
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some((&byte, after)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(after) => {
                out.extend_from_slice(to);
                rest = after;
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}
