//! A registry in memory, as far as a push needs one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is a failed test")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it answers to who asks for referrers.
#[derive(Clone, Copy)]
pub(crate) enum Referrers {
    /// A status, with no list.
    Status(u16),
    /// It leads to a page for people, as ghcr.io does.
    Page,
}

/// How a registry behaves.
#[derive(Clone, Copy)]
pub(crate) struct Manners {
    pub(crate) referrers: Referrers,
    /// Where uploads go; `FOLDER` is where they are asked for.
    pub(crate) upload: &'static str,
    /// A method, what its path holds, the status and the body that it is refused with.
    pub(crate) refuses: Option<(&'static str, &'static str, u16, &'static str)>,
    /// Whether it wants a token, which it gives for the identity token `identity` and is for one repository.
    pub(crate) wants_tokens: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self { referrers: Referrers::Status(404), upload: "FOLDER/1?", refuses: None, wants_tokens: false }
    }
}

/// A registry on a port of this machine.
pub(crate) struct Registry {
    pub(crate) address: String,
    /// What lies at which path.
    kept: Kept,
}

type Kept = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

struct Asked {
    method: String,
    path: String,
    host: String,
    authorization: String,
    body: Vec<u8>,
}

impl Registry {
    pub(crate) fn start(referrers: Referrers) -> Self {
        Self::with(Manners { referrers, ..Manners::default() })
    }

    pub(crate) fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let kept = Kept::default();
        let of_all = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = Arc::clone(&of_all);
                thread::spawn(move || serve(&stream.unwrap(), &kept, manners));
            }
        });
        Self { address, kept }
    }

    /// The manifests whose tags end so.
    pub(crate) fn tagged(&self, with: &str) -> Vec<serde_json::Value> {
        let kept = self.kept.lock().unwrap();
        let found = kept.iter().filter(|(path, _)| path.contains("/manifests/") && path.ends_with(with));
        found.map(|(_, bytes)| serde_json::from_slice(bytes).unwrap()).collect()
    }

    /// Puts a manifest under a tag.
    pub(crate) fn put(&self, tag: &str, manifest: &serde_json::Value) {
        self.kept.lock().unwrap().insert(format!("/v2/mock/manifests/{tag}"), manifest.to_string().into_bytes());
    }
}

fn serve(stream: &TcpStream, kept: &Kept, manners: Manners) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let (status, headers, body) = answer(&asked, kept, manners);
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        let body = if asked.method == "HEAD" { Vec::new() } else { body };
        let mut stream = stream;
        if stream.write_all(&[head.into_bytes(), body].concat()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_ascii_lowercase());
    }
    let mut words = lines.first()?.split(' ');
    let (method, path) = (words.next()?.to_ascii_uppercase(), words.next()?.to_owned());
    let header = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let length = header("content-length: ").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, host: header("host: "), authorization: header("authorization: "), body })
}

fn answer(asked: &Asked, kept: &Kept, manners: Manners) -> (u16, String, Vec<u8>) {
    let Asked { method, path, host, authorization, body } = asked;
    let (folder, last) = path.rsplit_once('/').unwrap();
    let nothing = |status: u16, headers: &str| (status, headers.to_owned(), Vec::new());
    if manners.wants_tokens && path == "/token" {
        let form = String::from_utf8_lossy(body).into_owned();
        let scope = form.split("scope=repository%3A").nth(1).unwrap().split("%3A").next().unwrap();
        return match form.contains("grant_type=refresh_token") && form.ends_with("refresh_token=identity") {
            true => (200, String::new(), format!(r#"{{"access_token": "of-{scope}"}}"#).into_bytes()),
            false => (401, String::new(), br#"{"error": "invalid_grant"}"#.to_vec()),
        };
    }
    let repository = path.strip_prefix("/v2/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if manners.wants_tokens && (repository.is_empty() || *authorization != format!("bearer of-{repository}")) {
        return nothing(401, &format!("www-authenticate: Bearer realm=\"http://{host}/token\",service=\"here\"\r\n"));
    }
    if let Some((_, _, status, body)) = manners.refuses.filter(|it| it.0 == method && path.contains(it.1)) {
        return (status, String::new(), body.as_bytes().to_vec());
    }
    match (method.as_str(), path.as_str()) {
        (_, "/v2/") => nothing(200, "docker-distribution-api-version: registry/2.0\r\n"),
        (_, "/login") => (200, "content-type: text/html\r\n".into(), b"<html>".to_vec()),
        ("GET", _) if folder.ends_with("/referrers") => match manners.referrers {
            Referrers::Status(status) => nothing(status, ""),
            Referrers::Page => nothing(303, "location: /login\r\n"),
        },
        ("POST", _) => nothing(202, &format!("location: {}\r\n", manners.upload.replace("FOLDER", folder))),
        ("PUT", _) if path.contains("/uploads/") => {
            let digest = path.split("digest=").nth(1).unwrap().replace("%3a", ":");
            let folder = folder.strip_suffix("/uploads").unwrap();
            kept.lock().unwrap().insert(format!("{folder}/{digest}"), body.clone());
            nothing(201, &format!("location: {folder}/{digest}\r\n"))
        }
        ("PUT", _) => {
            kept.lock().unwrap().insert(path.clone(), body.clone());
            nothing(201, &format!("location: {path}\r\n"))
        }
        _ => match kept.lock().unwrap().get(path) {
            Some(bytes) => {
                (200, format!("content-type: application/vnd.oci.image.{}.v1+json\r\n", kind(last)), bytes.clone())
            }
            None => nothing(404, ""),
        },
    }
}

/// Lists are under the tags of referrers alone here.
fn kind(tag: &str) -> &'static str {
    if tag.starts_with("sha256-") && !tag.contains('.') { "index" } else { "manifest" }
}
