//! aws-chunked bodies: pieces that are each signed with the one before it, and trailers.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use std::fmt;

use crate::hash::{EMPTY_SHA256, digest_from_hex, from_hex, hex, same, sha256};
use crate::payload::Chunked;
use crate::verify::Key;

/// A body in pieces, of which only what has been verified is given out.
pub struct ChunkedBody<'k> {
    kind: Chunked,
    key: Key<'k>,
    /// The date and the scope, as lines.
    context: String,
    /// The signature before, in hexadecimal.
    previous: Vec<u8>,
    /// How many bytes there are to be in all.
    left: u64,
    /// The trailers that there may be.
    declared: Vec<String>,
    pending: Vec<u8>,
    expected: Expected,
    trailers: Vec<(String, Vec<u8>)>,
}

/// What comes next.
enum Expected {
    Size,
    Data {
        size: usize,
        signature: Option<Signature>,
    },
    Trailer,
    /// The empty line after the trailers' signature.
    EmptyLine,
    Nothing,
}

/// A piece's signature, in hexadecimal.
type Signature = Vec<u8>;

/// Why a body in pieces is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkError {
    /// It is not written as it must be.
    Malformed,
    /// A piece or a line is too long.
    TooLong,
    /// A piece, or the trailers, have another signature.
    SignatureMismatch,
    /// `x-amz-decoded-content-length` is missing, stands several times, or is no number.
    NoLength,
    /// There is less or more of it than `x-amz-decoded-content-length` says.
    WrongLength,
    /// A trailer that `x-amz-trailer` does not announce, or one of those is missing.
    UndeclaredTrailer,
}

/// S3's clients send 64 KiB to 1 MiB.
const MOST_CHUNK: usize = 16 << 20;
const MOST_LINE: usize = 4096;
const MOST_TRAILERS: usize = 16;
/// SigV4A's signatures are not all of one length: with this at their end they are.
const PADDING: u8 = b'*';
/// How long they are then.
const MOST_SIGNATURE: usize = 144;

impl<'k> ChunkedBody<'k> {
    /// A body of which nothing has come. `context` is the date and the scope, as lines; `seed` the request's signature.
    pub(crate) fn open(
        kind: Chunked,
        key: Key<'k>,
        context: String,
        seed: Signature,
        length: u64,
        declared: Vec<String>,
    ) -> Self {
        let (pending, expected, trailers) = (Vec::new(), Expected::Size, Vec::new());
        Self { kind, key, context, previous: seed, left: length, declared, pending, expected, trailers }
    }

    /// Reads more of the body, and appends to `out` what of it is verified.
    ///
    /// # Errors
    /// The body is refused; nothing of it may be used any more.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), ChunkError> {
        let mut buffer = std::mem::take(&mut self.pending);
        buffer.extend_from_slice(input);
        let mut rest = buffer.as_slice();
        while let Some(after) = self.step(rest, out)? {
            rest = after;
        }
        let read = buffer.len() - rest.len();
        buffer.drain(..read);
        self.pending = buffer;
        Ok(())
    }

    /// The body has ended. Gives its trailers.
    ///
    /// # Errors
    /// If something is missing.
    pub fn finish(self) -> Result<Vec<(String, Vec<u8>)>, ChunkError> {
        match self.expected {
            Expected::Nothing if self.left == 0 && self.pending.is_empty() => Ok(self.trailers),
            Expected::Nothing => Err(ChunkError::WrongLength),
            Expected::Size | Expected::Data { .. } | Expected::Trailer | Expected::EmptyLine => {
                Err(ChunkError::Malformed)
            }
        }
    }

    /// Takes one thing off the front, if all of it is there.
    fn step<'b>(&mut self, rest: &'b [u8], out: &mut Vec<u8>) -> Result<Option<&'b [u8]>, ChunkError> {
        match &self.expected {
            Expected::Size => {
                let Some((line, after)) = line(rest)? else { return Ok(None) };
                self.expected = self.size(line)?;
                Ok(Some(after))
            }
            Expected::Data { size, signature } => {
                let (size, signature) = (*size, signature.clone());
                let Some(data) = rest.get(..size) else { return Ok(None) };
                let Some(after) = rest.get(size..size + 2) else { return Ok(None) };
                if after != b"\r\n" {
                    return Err(ChunkError::Malformed);
                }
                self.check_chunk(data, signature.as_deref())?;
                out.extend_from_slice(data);
                self.expected = if size == 0 { Expected::Nothing } else { Expected::Size };
                Ok(rest.get(size + 2..))
            }
            Expected::Trailer => {
                let Some((line, after)) = line(rest)? else { return Ok(None) };
                self.trailer(line)?;
                Ok(Some(after))
            }
            Expected::EmptyLine => match line(rest)? {
                None => Ok(None),
                Some((b"", after)) => {
                    self.expected = Expected::Nothing;
                    Ok(Some(after))
                }
                Some(_) => Err(ChunkError::UndeclaredTrailer),
            },
            Expected::Nothing if rest.is_empty() => Ok(None),
            Expected::Nothing => Err(ChunkError::Malformed),
        }
    }

    /// `10000;chunk-signature=…`, or a size alone where pieces are not signed.
    fn size(&mut self, line: &[u8]) -> Result<Expected, ChunkError> {
        let (digits, signature) = match line.iter().position(|&byte| byte == b';') {
            None => (line, None),
            Some(at) => {
                let signature = line.get(at..).and_then(|text| text.strip_prefix(b";chunk-signature="));
                (line.get(..at).unwrap_or_default(), Some(signature.ok_or(ChunkError::Malformed)?))
            }
        };
        let signature = match (self.kind, signature) {
            (Chunked::UnsignedWithTrailer, None) => None,
            (Chunked::Signed | Chunked::SignedWithTrailer, Some(text)) => Some(self.signature(text)?),
            _ => return Err(ChunkError::Malformed),
        };
        let size = hexadecimal(digits).ok_or(ChunkError::Malformed)?;
        if size > MOST_CHUNK {
            return Err(ChunkError::TooLong);
        }
        self.left = self.left.checked_sub(size as u64).ok_or(ChunkError::WrongLength)?;
        if size > 0 || self.kind == Chunked::Signed {
            return Ok(Expected::Data { size, signature });
        }
        self.check_chunk(b"", signature.as_deref())?;
        Ok(Expected::Trailer)
    }

    fn check_chunk(&mut self, data: &[u8], signature: Option<&[u8]>) -> Result<(), ChunkError> {
        let Some(signature) = signature else { return Ok(()) };
        let mut text = self.text("PAYLOAD");
        text.extend_from_slice(EMPTY_SHA256.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(&hex(&sha256(data)));
        self.check(&text, signature)
    }

    /// One trailer, their signature, or the empty line after them.
    fn trailer(&mut self, line: &[u8]) -> Result<(), ChunkError> {
        if line.is_empty() {
            if self.kind == Chunked::SignedWithTrailer || self.trailers.len() != self.declared.len() {
                return Err(ChunkError::UndeclaredTrailer);
            }
            self.expected = Expected::Nothing;
            return Ok(());
        }
        let at = line.iter().position(|&byte| byte == b':').ok_or(ChunkError::Malformed)?;
        let (name, value) = line.split_at(at);
        let name = std::str::from_utf8(name).map_err(|_| ChunkError::Malformed)?.to_ascii_lowercase();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name == "x-amz-trailer-signature" {
            return self.check_trailers(value);
        }
        let is_new = self.trailers.iter().all(|(other, _)| *other != name);
        if !is_new || !self.declared.contains(&name) || self.trailers.len() >= MOST_TRAILERS {
            return Err(ChunkError::UndeclaredTrailer);
        }
        self.trailers.push((name, value.to_vec()));
        Ok(())
    }

    fn check_trailers(&mut self, signature: &[u8]) -> Result<(), ChunkError> {
        if self.kind != Chunked::SignedWithTrailer {
            return Err(ChunkError::Malformed);
        }
        let mut lines = Vec::new();
        for (name, value) in &self.trailers {
            lines.extend_from_slice(name.as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value);
            lines.push(b'\n');
        }
        let mut text = self.text("TRAILER");
        text.extend_from_slice(&hex(&sha256(&lines)));
        self.check(&text, &self.signature(signature)?)?;
        if self.trailers.len() != self.declared.len() {
            return Err(ChunkError::UndeclaredTrailer);
        }
        self.expected = Expected::EmptyLine;
        Ok(())
    }

    /// A signature as it is written, without what fills it up.
    fn signature(&self, text: &[u8]) -> Result<Signature, ChunkError> {
        let (signature, legal) = match self.key {
            Key::V4(_) => (text, digest_from_hex(text).is_some()),
            Key::V4a(..) => {
                let end = text.iter().rposition(|&byte| byte != PADDING).map_or(0, |last| last + 1);
                let signature = text.get(..end).unwrap_or_default();
                (signature, text.len() <= MOST_SIGNATURE && from_hex(signature).is_some())
            }
        };
        if legal { Ok(signature.to_vec()) } else { Err(ChunkError::SignatureMismatch) }
    }

    fn text(&self, of: &str) -> Vec<u8> {
        let algorithm = self.key.algorithm().name();
        let mut text = format!("{algorithm}-{of}\n{}\n", self.context).into_bytes();
        text.extend_from_slice(&self.previous);
        text.push(b'\n');
        text
    }

    fn check(&mut self, text: &[u8], signature: &[u8]) -> Result<(), ChunkError> {
        let matches = match self.key {
            Key::V4(key) => {
                digest_from_hex(signature).is_some_and(|signature| same(&key.sign(text), &signature).into())
            }
            Key::V4a(key, p256) => key.is_signed(p256, signature, text),
        };
        if !matches {
            return Err(ChunkError::SignatureMismatch);
        }
        self.previous.clear();
        self.previous.extend_from_slice(signature);
        Ok(())
    }
}

/// A line, and what is after it.
type Line<'b> = (&'b [u8], &'b [u8]);

/// The line that `rest` begins with, if it has ended.
fn line(rest: &[u8]) -> Result<Option<Line<'_>>, ChunkError> {
    let window = rest.get(..MOST_LINE).unwrap_or(rest);
    match window.windows(2).position(|pair| pair == b"\r\n") {
        Some(at) => Ok(rest.get(..at).zip(rest.get(at + 2..))),
        None if rest.len() >= MOST_LINE => Err(ChunkError::TooLong),
        None => Ok(None),
    }
}

fn hexadecimal(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

impl fmt::Debug for ChunkedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkedBody").field("kind", &self.kind).field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChunkError::Malformed => "the body is not in aws-chunked pieces",
            ChunkError::TooLong => "a piece or line of the body is too long",
            ChunkError::SignatureMismatch => "a piece of the body has another signature",
            ChunkError::NoLength => "`x-amz-decoded-content-length` is missing, or no number",
            ChunkError::WrongLength => "the body is not as long as declared",
            ChunkError::UndeclaredTrailer => "the body's trailers are not those declared",
        })
    }
}

impl std::error::Error for ChunkError {}
