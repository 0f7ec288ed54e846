//! HTTP/1.1 off a socket: heads and bodies, whatever their framing.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

use crate::message::{Pairs, text};

/// A start line and the headers under it.
pub(super) struct Head {
    pub(super) line: Vec<u8>,
    pub(super) headers: Pairs,
}

/// The next head; none if the connection ends before it.
pub(super) fn head(reader: &mut impl BufRead) -> Result<Option<Head>> {
    let line = line(reader)?;
    if line.is_empty() {
        return Ok(None);
    }
    Ok(Some(Head { line, headers: fields(reader)? }))
}

fn fields(reader: &mut impl BufRead) -> Result<Pairs> {
    let mut headers = Pairs::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        headers.push((name, line.get(colon + 1..).unwrap_or_default().trim_ascii().to_vec()));
    }
}

fn line(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        line.pop();
    }
    Ok(line)
}

/// The body under some headers, and its trailers. Without framing it is what comes until the end, if that may be.
pub(super) fn body(reader: &mut impl BufRead, headers: &Pairs, to_the_end: bool) -> Result<(Vec<u8>, Pairs)> {
    if text(headers, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunks(reader);
    }
    let mut body = Vec::new();
    match text(headers, "content-length").and_then(|length| length.parse::<u64>().ok()) {
        Some(length) => {
            reader.take(length).read_to_end(&mut body)?;
            if (body.len() as u64) < length {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the body is cut off"));
            }
        }
        None if to_the_end => drop(reader.read_to_end(&mut body)?),
        None => {}
    }
    Ok((body, Pairs::new()))
}

fn chunks(reader: &mut impl BufRead) -> Result<(Vec<u8>, Pairs)> {
    let mut body = Vec::new();
    loop {
        let size = String::from_utf8_lossy(&line(reader)?).into_owned();
        let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_| Error::new(ErrorKind::InvalidData, format!("`{size}` is no size of a chunk")))?;
        if size == 0 {
            return Ok((body, fields(reader)?));
        }
        reader.take(size).read_to_end(&mut body)?;
        line(reader)?;
    }
}
