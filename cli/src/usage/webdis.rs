//! One question to webdis.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use gatehouse_api::deployment::Origin;

use crate::source::reason;

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(5);

/// What webdis answers to a command. The connection is kept alive: webdis 0.1.9 does not answer a body that comes after
/// its head on one that shall be closed.
pub(super) fn ask(origin: &Origin, command: &[u8]) -> Result<Vec<u8>, String> {
    exchange(origin, command).map_err(|error| reason(&error))
}

fn exchange(origin: &Origin, command: &[u8]) -> std::io::Result<Vec<u8>> {
    let host = origin.host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<_> = (host, origin.port).to_socket_addrs()?.collect();
    let other = |message: String| std::io::Error::other(message);
    let address = addresses.first().ok_or_else(|| other("it has no address".to_owned()))?;
    let mut connection = TcpStream::connect_timeout(address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let (authority, length) = (origin.authority(), command.len());
    let head = format!("POST / HTTP/1.1\r\nhost: {authority}\r\ncontent-length: {length}\r\n\r\n");
    connection.write_all(&[head.as_bytes(), command].concat())?;
    let mut reader = BufReader::new(connection.take(LONGEST));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if line.split(' ').nth(1) != Some("200") {
        return Err(other(format!("it answers `{}`", line.trim_end())));
    }
    let mut length = None;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let length = length.filter(|length| *length <= LONGEST);
    let length =
        length.ok_or_else(|| other("it does not say how long its answer is, or that it is too long".to_owned()))?;
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(body)
}
