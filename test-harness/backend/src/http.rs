//! As much of HTTP/1.1 as Envoy and curl speak to an endpoint: one request in, one answer out, within limits.

use crate::pets::Answer;
use std::io::{self, BufRead, Read};

const LONGEST_HEAD: u64 = 64 * 1024;
const LONGEST_BODY: usize = 1024 * 1024;

pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Vec<u8>,
    pub(crate) keep_alive: bool,
}

pub(crate) enum Incoming {
    Request(Request),
    /// A status for what is malformed or too large; the connection ends with it.
    Refused(u16),
    /// The client left, between requests or within one.
    Closed,
}

/// Reads one request, its body included.
pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Incoming> {
    let mut head = reader.by_ref().take(LONGEST_HEAD);
    let Some(first) = line(&mut head)? else {
        return Ok(if head.limit() == 0 { Incoming::Refused(431) } else { Incoming::Closed });
    };
    let Some(mut request) = request_line(&first) else {
        return Ok(Incoming::Refused(400));
    };
    let mut body = Body::Length(0);
    loop {
        match line(&mut head)? {
            None if head.limit() == 0 => return Ok(Incoming::Refused(431)),
            None => return Ok(Incoming::Closed),
            Some(empty) if empty.is_empty() => break,
            Some(field) => match header(&field, &mut request, &mut body) {
                Some(()) => {}
                None => return Ok(Incoming::Refused(400)),
            },
        }
    }
    read_body(reader, &body, request)
}

/// One line without its end; nothing when the input ends before the line does.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

fn request_line(line: &str) -> Option<Request> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let known = matches!(version, "HTTP/1.1" | "HTTP/1.0") && words.next().is_none();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    known.then(|| Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: Vec::new(),
        keep_alive: version == "HTTP/1.1",
    })
}

enum Body {
    Length(usize),
    Chunked,
}

/// Takes what matters here out of one header.
fn header(field: &str, request: &mut Request, body: &mut Body) -> Option<()> {
    let (name, value) = field.split_once(':')?;
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "content-length" if matches!(body, Body::Length(_)) => *body = Body::Length(value.parse().ok()?),
        "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => *body = Body::Chunked,
        "transfer-encoding" => return None,
        "connection" if value.eq_ignore_ascii_case("close") => request.keep_alive = false,
        "connection" if value.eq_ignore_ascii_case("keep-alive") => request.keep_alive = true,
        _ => {}
    }
    Some(())
}

fn read_body(reader: &mut impl BufRead, body: &Body, mut request: Request) -> io::Result<Incoming> {
    match body {
        Body::Length(length) if *length > LONGEST_BODY => return Ok(Incoming::Refused(413)),
        Body::Length(length) => {
            request.body.resize(*length, 0);
            if reader.read_exact(&mut request.body).is_err() {
                return Ok(Incoming::Closed);
            }
        }
        Body::Chunked => match read_chunks(reader, &mut request.body)? {
            None => {}
            Some(refused) => return Ok(refused),
        },
    }
    Ok(Incoming::Request(request))
}

/// Reads chunks up to the last one and its trailers; what it gives is why it could not.
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<Option<Incoming>> {
    let mut framing = LONGEST_HEAD;
    loop {
        let Some(size) = limited_line(reader, &mut framing)? else {
            return Ok(Some(Incoming::Refused(400)));
        };
        let Ok(size) = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16) else {
            return Ok(Some(Incoming::Refused(400)));
        };
        if size > LONGEST_BODY.saturating_sub(body.len()) {
            return Ok(Some(Incoming::Refused(413)));
        }
        let mut chunk = vec![0; size];
        if reader.read_exact(&mut chunk).is_err() {
            return Ok(Some(Incoming::Closed));
        }
        body.append(&mut chunk);
        loop {
            match limited_line(reader, &mut framing)? {
                None => return Ok(Some(Incoming::Refused(400))),
                Some(end) if end.is_empty() => break,
                Some(_) if size == 0 => {}
                Some(_) => return Ok(Some(Incoming::Refused(400))),
            }
        }
        if size == 0 {
            return Ok(None);
        }
    }
}

/// A line out of what is left of `allowance`.
fn limited_line(reader: &mut impl BufRead, allowance: &mut u64) -> io::Result<Option<String>> {
    let mut limited = reader.take(*allowance);
    let read = line(&mut limited)?;
    *allowance = limited.limit();
    Ok(read)
}

/// The bytes of an answer.
pub(crate) fn write(answer: &Answer, keep_alive: bool, with_body: bool) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}{}\r\n",
        answer.status,
        reason(answer.status),
        answer.body.len(),
        answer.headers,
        if keep_alive { "" } else { "connection: close\r\n" },
    );
    if with_body {
        bytes.push_str(&answer.body);
    }
    bytes.into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(bytes: &[u8]) -> String {
        match read(&mut &*bytes).unwrap() {
            Incoming::Closed => "closed".to_owned(),
            Incoming::Refused(status) => status.to_string(),
            Incoming::Request(request) => format!(
                "{} {} {} {:?} {}",
                request.method,
                request.path,
                request.query,
                String::from_utf8_lossy(&request.body),
                if request.keep_alive { "stays" } else { "goes" }
            ),
        }
    }

    fn check(bytes: &str, expected: &str) {
        assert_eq!(outcome(bytes.as_bytes()), expected, "{bytes:?}");
    }

    #[test]
    fn a_request_is_read_with_its_body() {
        check("GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n", r#"GET /a b=c "" stays"#);
        check("GET / HTTP/1.1\nConnection: Close\n\n", r#"GET /  "" goes"#);
        check("GET / HTTP/1.0\r\n\r\n", r#"GET /  "" goes"#);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd", r#"POST /  "abc" stays"#);
        check(
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nt: v\r\n\r\n",
            r#"POST /  "abc" stays"#,
        );
    }

    #[test]
    fn what_is_malformed_or_too_large_is_refused() {
        check("GET /\r\n\r\n", "400");
        check("GET / HTTP/2\r\n\r\n", "400");
        check("GET / HTTP/1.1\r\nno colon\r\n\r\n", "400");
        check("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", "400");
        check("POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", "413");
        check("POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", "400");
        check("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n", "413");
        check("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", "400");
        check(&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000)), "431");
        check(&format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(20_000)), "431");
    }

    #[test]
    fn a_client_that_leaves_is_not_an_error() {
        for bytes in ["", "GET", "GET / HTTP/1.1\r\nhost", "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na"] {
            check(bytes, "closed");
        }
    }

    #[test]
    fn any_prefix_of_any_bytes_is_survived() {
        let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
        for length in 0..bytes.len() {
            outcome(&bytes[..length]);
        }
    }
}
