//! A client that writes HTTP/1.1 byte by byte, and lets nothing that comes back go unseen.

use std::io::{BufRead, BufReader, Error, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use super::wire;
use crate::message::{Answered, ClientBody, ClientRequest, text};

/// How long a case may wait for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// What a client has got.
#[derive(Debug, Default)]
pub(super) struct Got {
    /// None if the client left or lost patience.
    pub(super) answer: Option<Answered>,
    /// What came that should not have come.
    pub(super) violations: Vec<String>,
    /// The client's address, as Envoy's access log has it.
    pub(super) client: String,
}

/// Sends a request over a connection of its own.
pub(super) fn ask(address: SocketAddr, request: &ClientRequest) -> Result<Got> {
    let connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(request.leaves_after.map_or(PATIENCE, Duration::from_millis)))?;
    let mut writer = connection.try_clone()?;
    let outgoing = request.clone();
    // The answer may come before the request has been written: reading must not wait for that.
    let writing = thread::spawn(move || drop(write(&mut writer, &outgoing)));
    let mut reader = BufReader::new(&connection);
    let mut got = Got { client: connection.local_addr()?.to_string(), ..Got::default() };
    match read(&mut reader, request.method == "HEAD") {
        Ok(answer) => got.answer = answer,
        Err(error) if is_timeout(&error) => {}
        Err(error) => got.violations.push(format!("a broken answer: {error}")),
    }
    if got.answer.is_some() && !reader.buffer().is_empty() {
        got.violations.push(format!("bytes after the answer: {}", String::from_utf8_lossy(reader.buffer())));
    }
    drop(connection.shutdown(std::net::Shutdown::Both));
    drop(writing.join());
    Ok(got)
}

fn is_timeout(error: &Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

fn read(reader: &mut impl BufRead, is_head: bool) -> Result<Option<Answered>> {
    loop {
        let Some(head) = wire::head(reader)? else { return Ok(None) };
        let line = String::from_utf8_lossy(&head.line).into_owned();
        let status: u16 = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        if status == 100 {
            continue;
        }
        let bodiless = is_head || matches!(status, 204 | 304);
        let (body, trailers) = match bodiless {
            true => Default::default(),
            false => wire::body(reader, &head.headers, true)?,
        };
        return Ok(Some(Answered { status, headers: head.headers, body, trailers }));
    }
}

fn write(connection: &mut TcpStream, request: &ClientRequest) -> Result<()> {
    let mut head = format!("{} ", request.method).into_bytes();
    head.extend(&request.target);
    head.extend(b" HTTP/1.1\r\n");
    for (name, value) in &request.headers {
        head.extend(name.as_bytes());
        head.extend(b": ");
        head.extend(value);
        head.extend(b"\r\n");
    }
    let declared = text(&request.headers, "content-length").is_some();
    match &request.body {
        ClientBody::Whole(body) if !declared => {
            head.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
        }
        ClientBody::Chunks(_) if !declared => head.extend(b"transfer-encoding: chunked\r\n"),
        _ => {}
    }
    head.extend(b"\r\n");
    connection.write_all(&head)?;
    match &request.body {
        ClientBody::None => Ok(()),
        ClientBody::Whole(body) => connection.write_all(body),
        ClientBody::Chunks(chunks) => write_chunks(connection, chunks, request),
    }
}

fn write_chunks(connection: &mut TcpStream, chunks: &[Vec<u8>], request: &ClientRequest) -> Result<()> {
    for chunk in chunks {
        connection.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
        connection.write_all(chunk)?;
        connection.write_all(b"\r\n")?;
        thread::sleep(Duration::from_millis(5));
    }
    if request.garbled {
        thread::sleep(Duration::from_millis(50));
        return connection.write_all(b"no chunk\r\n");
    }
    if request.unfinished {
        return Ok(());
    }
    connection.write_all(b"0\r\n")?;
    for (name, value) in &request.trailers {
        connection.write_all(name.as_bytes())?;
        connection.write_all(b": ")?;
        connection.write_all(value)?;
        connection.write_all(b"\r\n")?;
    }
    connection.write_all(b"\r\n")
}
