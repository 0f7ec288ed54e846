//! The endpoint behind the samples: a small HTTP/1.1 server on this machine, without dependencies. It is the pet store, and
//! the function of the authorizer.
//!
//! ```text
//!  gatehouse-backend [--address 127.0.0.1] [--port 9000]
//! ```

mod authorizer;
mod http;
mod pets;

use std::io::{self, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// More connections than that are closed at once.
const MOST_CONNECTIONS: usize = 512;
const SLOWEST_WRITE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let served = address(std::env::args().skip(1)).and_then(|address| {
        let listener = TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
        println!("the PetStore endpoint listens on http://{address}/petstore/pets");
        serve(&listener);
        Ok(())
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Reads the command line.
fn address(mut arguments: impl Iterator<Item = String>) -> Result<SocketAddr, String> {
    let mut address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9000);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{option}` needs a value"))?;
        match option.as_str() {
            "--address" => address.set_ip(value.parse().map_err(|_| format!("`{value}` is not an IP address"))?),
            "--port" => address.set_port(value.parse().map_err(|_| format!("`{value}` is not a port"))?),
            _ => return Err(format!("`{option}` is not an option: there are --address and --port")),
        }
    }
    Ok(address)
}

/// Takes connections for ever, each on a thread of its own.
fn serve(listener: &TcpListener) {
    let places = Arc::new(());
    for connection in listener.incoming().flatten() {
        if Arc::strong_count(&places) > MOST_CONNECTIONS {
            continue;
        }
        let place = Arc::clone(&places);
        // A thread that cannot start drops the connection; one that ends in an error has lost its client.
        let _ = thread::Builder::new().spawn(move || {
            let _ = converse(&connection);
            drop(place);
        });
    }
}

/// Answers the requests of one connection until either side is done with it.
fn converse(mut connection: &TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    connection.set_write_timeout(Some(SLOWEST_WRITE))?;
    let mut reader = BufReader::new(connection);
    loop {
        match http::read(&mut reader)? {
            http::Incoming::Closed => return Ok(()),
            http::Incoming::Refused(status) => {
                let refusal = pets::Answer { status, headers: "", body: r#"{"message":"bad request"}"#.to_owned() };
                return connection.write_all(&http::write(&refusal, false, true));
            }
            http::Incoming::Request(request) => {
                let answer = authorizer::answer(&request).unwrap_or_else(|| pets::answer(&request));
                connection.write_all(&http::write(&answer, request.keep_alive, request.method != "HEAD"))?;
                if !request.keep_alive {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn said_to(requests: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || converse(&listener.accept().unwrap().0));
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(requests).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        server.join().unwrap().unwrap();
        answer
    }

    #[test]
    fn a_connection_serves_several_requests_until_one_asks_to_close() {
        let answers = said_to(
            b"GET /petstore/pets/1 HTTP/1.1\r\nhost: x\r\n\r\nGET /nothing HTTP/1.1\r\nconnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        );
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 2);
        assert!(answers.contains("HTTP/1.1 200 OK\r\n") && answers.contains(r#"{"id":1,"type":"dog","price":249.99}"#));
        assert!(answers.contains("HTTP/1.1 404 Not Found\r\n"));
    }

    #[test]
    fn garbage_is_refused_and_ends_the_connection() {
        assert!(said_to(b"\x16\x03\x01\xff garbage\r\n\r\nGET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
    }

    #[test]
    fn the_command_line_names_what_it_does_not_know() {
        let read = |arguments: &[&str]| address(arguments.iter().map(|argument| (*argument).to_owned()));
        assert_eq!(read(&[]).unwrap().to_string(), "127.0.0.1:9000");
        assert_eq!(read(&["--address", "0.0.0.0", "--port", "81"]).unwrap().to_string(), "0.0.0.0:81");
        for wrong in [&["--port"][..], &["--port", "x"], &["--address", "localhost"], &["--prot", "1"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
