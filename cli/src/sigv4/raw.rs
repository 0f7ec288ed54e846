//! A request as people have it: from a file, a log, a packet dump, or what `curl -v` shows.

use gatehouse_http::{Body, Headers, Request};

/// Reads a request line, headers, an empty line and a body. Lines end in LF or CRLF.
///
/// # Errors
/// What of it is no request.
pub(super) fn read(text: &[u8]) -> Result<Request, String> {
    let shown = shown_by_curl(text);
    let text = shown.as_deref().unwrap_or(text);
    let mut rest = text;
    let (method, target) = loop {
        match next_line(&mut rest) {
            Some(b"") => {}
            Some(line) => break request_line(line)?,
            None => return Err("there is no request".into()),
        }
    };
    let mut pairs = vec![(b":method".to_vec(), method.to_vec())];
    let (authority, target) = origin_form(target);
    pairs.push((b":path".to_vec(), target.to_vec()));
    pairs.extend(authority.map(|authority| (b":authority".to_vec(), authority.to_vec())));
    while let Some(line) = next_line(&mut rest).filter(|line| !line.is_empty()) {
        header(&mut pairs, line)?;
    }
    let headers = Headers::from_pairs(pairs);
    let body = body(&headers, rest);
    Ok(Request { headers, body })
}

/// The lines that `curl -v` marks with `> `, or `None` where it is not what it shows. It does not show bodies.
fn shown_by_curl(text: &[u8]) -> Option<Vec<u8>> {
    let marked = |line: &&[u8]| line.starts_with(b"> ") || matches!(line.trim_ascii_end(), b">");
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let mut lines = lines.filter(marked).map(|line| line.get(2..).filter(|_| line.starts_with(b"> ")).unwrap_or(b"\n"));
    let first = lines.next()?;
    Some(lines.fold(first.to_vec(), |mut all, line| {
        all.extend_from_slice(line);
        all
    }))
}

fn next_line<'t>(rest: &mut &'t [u8]) -> Option<&'t [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end + 1..).unwrap_or_default();
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// The method, and the target without the version after it.
fn request_line(line: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let wrong = || format!("`{}` is no request line, as `GET /pets HTTP/1.1`", String::from_utf8_lossy(line));
    let space = line.iter().position(|&byte| byte == b' ').ok_or_else(wrong)?;
    let (method, rest) = line.split_at(space);
    let rest = rest.trim_ascii();
    let version = rest
        .iter()
        .rposition(|&byte| byte == b' ')
        .filter(|&at| rest.get(at + 1..).is_some_and(|version| version.starts_with(b"HTTP/")));
    let target = rest.get(..version.unwrap_or(rest.len())).unwrap_or_default().trim_ascii();
    if target.is_empty() || !method.iter().all(u8::is_ascii_alphabetic) {
        return Err(wrong());
    }
    Ok((method, target))
}

/// A header's value in one line, where it was folded into several (RFC 9112, 5.2).
pub(super) fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut lines = value.split(|&byte| byte == b'\n').peekable();
    let mut one = Vec::with_capacity(value.len());
    while let Some(line) = lines.next() {
        match lines.peek() {
            Some([b' ' | b'\t', ..]) => one.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line)),
            Some(_) => one.extend_from_slice(&[line, b"\n"].concat()),
            None => one.extend_from_slice(line),
        }
    }
    one
}

/// `https://host/path` is cut in two.
pub(super) fn origin_form(target: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let schemes = [&b"https://"[..], b"http://"].into_iter();
    let mut schemes = schemes
        .filter_map(|scheme| target.split_at_checked(scheme.len()).filter(|(it, _)| it.eq_ignore_ascii_case(scheme)));
    let Some((_, rest)) = schemes.next() else { return (None, target) };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    (Some(authority), if path.is_empty() { b"/" } else { path })
}

fn header(pairs: &mut Vec<(Vec<u8>, Vec<u8>)>, line: &[u8]) -> Result<(), String> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        // As a proxy unfolds it.
        pairs.last_mut().into_iter().for_each(|(_, value)| value.extend_from_slice(line));
        return Ok(());
    }
    // Dumps of HTTP/2 have `:authority: api.example`.
    let start = usize::from(line.starts_with(b":"));
    let colon = line.iter().skip(start).position(|&byte| byte == b':').map(|at| at + start);
    let colon = colon.ok_or_else(|| format!("`{}` is no header", String::from_utf8_lossy(line)))?;
    let (name, value) = line.split_at(colon);
    let name = name.to_ascii_lowercase();
    if !matches!(&*name, b":method" | b":path") {
        pairs.push((name, value.get(1..).unwrap_or_default().trim_ascii().to_vec()));
    }
    Ok(())
}

/// As many bytes as are announced. Where nothing is, line ends alone are the editor's, not the request's.
fn body(headers: &Headers, rest: &[u8]) -> Body {
    let announced = headers.text("content-length").and_then(|length| length.trim().parse().ok());
    let is_end = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    let bytes = match announced {
        Some(length) if rest.get(length..).is_some_and(is_end) => rest.get(..length).unwrap_or_default(),
        None if is_end(rest) => b"",
        Some(_) | None => rest,
    };
    if bytes.is_empty() { Body::Empty } else { Body::Read(bytes.to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, target: &str, host: &str, body: &str) {
        let request = read(text.as_bytes()).unwrap();
        assert_eq!((request.method(), request.target()), (&b"POST"[..], target.as_bytes()), "{text}");
        let called = request.headers.get(":authority").or(request.headers.get("host"));
        assert_eq!((called.unwrap(), request.body.bytes()), (host.as_bytes(), body.as_bytes()), "{text}");
    }

    #[test]
    fn a_request_is_read_however_it_was_written_down() {
        check("POST /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\nbody", "/a?b", "h", "body");
        check("\nPOST /a b HTTP/1.1\nhost:h\n\nbody\n", "/a b", "h", "body\n");
        check("POST /a HTTP/1.1\nhost:h\ncontent-length: 4\n\nbody\r\n", "/a", "h", "body");
        check("POST https://h/a\n", "/a", "h", "");
        check("POST / HTTP/2\n:authority: h\n:method: POST\nx: a\n  b\n\n\n\n", "/", "h", "");
        let curl = "*   Trying 127.0.0.1:80...\n> POST /a HTTP/1.1\r\n> Host: h\r\n> X: >\r\n> \r\n\
            * upload completely sent off: 4 bytes\n< HTTP/1.1 403 Forbidden\n";
        check(curl, "/a", "h", "");
        check("> POST /a HTTP/1.1\n> Host: h\n>\n{}", "/a", "h", "");
    }

    #[test]
    fn what_is_no_request_is_said() {
        for (text, expected) in
            [("", "there is no request"), ("GET\n", "`GET` is no"), ("GET /\nx\n", "`x` is no header")]
        {
            assert!(read(text.as_bytes()).unwrap_err().starts_with(expected), "{text}");
        }
    }
}
