//! What `gatehouse push` says of a registry that is none, or does not let it in. A real one is `scripts/registry`'s.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// A server that gives every connection one answer.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// Every filter as an empty module.
fn modules() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("modules");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("mock.wasm"), b"\0asm\x01\0\0\0").unwrap();
    directory
}

/// What is said, on one line, with the exit code.
fn push(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["--format", "json", "push", "--only", "mock", "--no-sbom", "--sources", "..", "--wasm-dir"])
        .arg(modules())
        .args(arguments)
        .env("DOCKER_CONFIG", "/nowhere")
        .env("SOURCE_DATE_EPOCH", "0")
        .output()
        .unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn check(arguments: &[&str], code: i32, expected: &str) {
    let (seen, said) = push(arguments);
    assert_eq!(seen, Some(code), "{said}");
    assert!(said.contains(expected), "`{expected}` is expected, and this is said: {said}");
}

#[test]
fn a_registry_that_is_none_is_told_from_one_that_does_not_let_us_in() {
    let refuses = |answer: &'static str, expected: &str| check(&[&server(answer)], 1, expected);
    refuses(
        "HTTP/1.1 301 Moved\r\nlocation: https://registry.example/v2/\r\ncontent-length: 0\r\n\r\n",
        "it redirects to `https://registry.example/v2/` (301)",
    );
    refuses("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "is no registry: it answers 404 to `/v2/`");
    refuses(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
        "is no registry: it answers 200 to `/v2/`",
    );
    refuses("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "lets nobody in (403)");
    refuses("HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n", "answers 503: try again later");
    refuses(
        "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\\\"x\\\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "log in with `docker login`: nobody has, here",
    );
    refuses("SSH-2.0-OpenSSH_9.2\r\n", "does not answer: ");
}

#[test]
fn a_registry_that_is_down_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    check(&[&format!("127.0.0.1:{port}/x")], 1, "does not answer: connection refused");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_sent() {
    check(&["https://ghcr.io/owner"], 2, "is an address: write a registry as `ghcr.io/owner`");
    check(&["127.0.0.1:1/Upper"], 2, "is no place for images");
    check(&["127.0.0.1:1", "--sign-key", "../Cargo.toml"], 2, "is no private key on P-256");
    check(&["127.0.0.1:1", "--only", "mok"], 2, "`mok` is no filter: there are `gateway`");
    check(&["127.0.0.1:1", "--only", "gateway"], 2, "gateway.wasm` can't be read: there is no such file");
}
