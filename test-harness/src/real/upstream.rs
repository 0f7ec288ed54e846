//! Upstream servers that say what the case says, and keep what they were asked.

use std::io::{BufReader, Result, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::wire;
use crate::message::{Answered, Asked, values};
use crate::script::{Reply, Script};

/// What all upstreams of a world share: the script of the exchange that runs.
pub(super) type Stage = Arc<Mutex<Script>>;

/// More than Envoy holds of a callout's reply.
const TOO_LARGE: usize = 34_000_000;

/// A server on a port of its own. It can stop listening for a while.
pub(super) struct Server {
    name: Arc<Mutex<String>>,
    pub(super) port: u16,
    stage: Stage,
    listening: Option<(Arc<AtomicBool>, thread::JoinHandle<()>)>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Server {
    pub(super) fn start(name: &str, stage: &Stage) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let stage = Arc::clone(stage);
        let mut server = Self {
            name: Arc::new(Mutex::new(name.to_owned())),
            port,
            stage,
            listening: None,
            connections: Arc::default(),
        };
        server.listen(listener);
        Ok(server)
    }

    pub(super) fn name(&self) -> String {
        self.name.lock().unwrap().clone()
    }

    /// Its name is known only when its port is.
    pub(super) fn rename(&self, name: &str) {
        name.clone_into(&mut self.name.lock().unwrap());
    }

    /// Listens, or does not: then connections to it are refused.
    pub(super) fn set_listening(&mut self, listening: bool) -> Result<()> {
        match (listening, self.listening.take()) {
            (true, None) => self.listen(TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?),
            (false, Some((stopped, thread))) => {
                stopped.store(true, Ordering::SeqCst);
                drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
                drop(thread.join());
                for connection in self.connections.lock().unwrap().drain(..) {
                    drop(connection.shutdown(Shutdown::Both));
                }
                // Envoy shall see the ends of its connections before it wants to use them again.
                thread::sleep(Duration::from_millis(20));
            }
            (_, as_it_was) => self.listening = as_it_was,
        }
        Ok(())
    }

    fn listen(&mut self, listener: TcpListener) {
        let stopped = Arc::new(AtomicBool::new(false));
        let (flag, name, stage, connections) =
            (Arc::clone(&stopped), Arc::clone(&self.name), Arc::clone(&self.stage), Arc::clone(&self.connections));
        let thread = thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                connections.lock().unwrap().extend(connection.try_clone());
                let (name, stage) = (name.lock().unwrap().clone(), Arc::clone(&stage));
                thread::spawn(move || drop(serve(&connection, &name, &stage)));
            }
        });
        self.listening = Some((stopped, thread));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.set_listening(false));
    }
}

fn serve(connection: &TcpStream, name: &str, stage: &Stage) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(head) = wire::head(&mut reader)? {
        let (body, _) = wire::body(&mut reader, &head.headers, false)?;
        let mut words = head.line.splitn(3, |&byte| byte == b' ');
        let method = String::from_utf8_lossy(words.next().unwrap_or_default()).into_owned();
        let target = words.next().unwrap_or_default().to_vec();
        let is_head = method == "HEAD";
        if !reader.buffer().is_empty() {
            let rest = String::from_utf8_lossy(reader.buffer()).into_owned();
            stage.lock().unwrap().violations.push(format!("bytes after the request to {name}: {rest}"));
        }
        let reply = stage.lock().unwrap().receive(name, Asked { method, target, headers: head.headers, body });
        match reply {
            Reply::Answers { answer, after, pause } => {
                thread::sleep(Duration::from_millis(after));
                write_answer(connection, &answer, pause, is_head)?;
                if values(&answer.headers, "connection").any(|value| value.eq_ignore_ascii_case(b"close")) {
                    return connection.shutdown(Shutdown::Both);
                }
            }
            Reply::Silent => wait_for_the_end(&mut reader),
            Reply::Refused | Reply::Closes => return connection.shutdown(Shutdown::Both),
            Reply::Garbles => {
                (&mut &*connection).write_all(b"this is no HTTP\r\n\r\n")?;
                return connection.shutdown(Shutdown::Both);
            }
            Reply::Breaks => {
                (&mut &*connection).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart")?;
                return connection.shutdown(Shutdown::Both);
            }
            Reply::TooLarge => {
                let answer = Answered { status: 200, body: vec![b'x'; TOO_LARGE], ..Answered::default() };
                write_answer(connection, &answer, 0, false)?;
            }
        }
    }
    Ok(())
}

fn write_answer(mut connection: &TcpStream, answer: &Answered, pause: u64, is_head: bool) -> Result<()> {
    let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend(name.as_bytes());
        bytes.extend(b": ");
        bytes.extend(value);
        bytes.extend(b"\r\n");
    }
    let framed = answer.headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding");
    if !framed && !matches!(answer.status, 204 | 304) {
        bytes.extend(format!("content-length: {}\r\n", answer.body.len()).into_bytes());
    }
    bytes.extend(b"\r\n");
    if pause > 0 {
        connection.write_all(&std::mem::take(&mut bytes))?;
        thread::sleep(Duration::from_millis(pause));
    }
    if !is_head && answer.headers.iter().any(|(name, _)| name == "transfer-encoding") {
        connection.write_all(&std::mem::take(&mut bytes))?;
        return write_chunks(connection, &answer.body);
    }
    if !is_head {
        bytes.extend(&answer.body);
    }
    connection.write_all(&bytes)?;
    connection.flush()
}

/// Slowly enough for the proxy to read each by itself.
fn write_chunks(mut connection: &TcpStream, body: &[u8]) -> Result<()> {
    for chunk in body.chunks(1 << 20) {
        connection.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
        connection.write_all(chunk)?;
        connection.write_all(b"\r\n")?;
        thread::sleep(Duration::from_millis(10));
    }
    connection.write_all(b"0\r\n\r\n")?;
    connection.flush()
}

fn wait_for_the_end(reader: &mut impl std::io::Read) {
    let mut byte = [0];
    let _ = reader.read(&mut byte);
}
