//! What `gatehouse push` says of a registry that is none, or does not let it in, and what it leaves in one that has no lists of referrers.
//! A real one is `scripts/registry`'s.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is a failed test")]

#[path = "push/registry.rs"]
mod registry;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::thread;

use registry::{Manners, Referrers, Registry};
use serde_json::{Value, json};

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

/// A filter as an empty module, written once for all tests.
static MODULES: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("modules");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("mock.wasm"), b"\0asm\x01\0\0\0").unwrap();
    directory
});

/// What is said, on one line, with the exit code.
fn push(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command().arg("--no-sbom").args(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(["--format", "json", "push", "--only", "mock", "--sources", "..", "--wasm-dir"]).arg(&*MODULES);
    command.env("DOCKER_CONFIG", "/nowhere").env("SOURCE_DATE_EPOCH", "0");
    command
}

/// Pushes, and gives the digest of the first form.
fn pushed(registry: &Registry, arguments: &[&str]) -> String {
    let output = command().arg(&registry.address).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let digests: Value = serde_json::from_slice(&output.stdout).unwrap();
    digests["mock"]["raw"].as_str().unwrap().to_owned()
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
    refuses("HTTP/1.1 429 Slow down\r\ncontent-length: 0\r\n\r\n", "answers 429: try again later");
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
    check(&["127.0.0.1:1", "--sign-key", "../Cargo.toml"], 2, "is no private key on P-256 in PEM");
    check(&["127.0.0.1:1", "--only", "mok"], 2, "`mok` is no filter: there are `gateway`");
    check(&["127.0.0.1:1", "--only", "gateway"], 2, "gateway.wasm` can't be read: there is no such file");
}

#[test]
fn an_upload_goes_wherever_the_registry_says() {
    for upload in ["FOLDER/1?", "1?", "./1?state=a%2Fb"] {
        let registry = Registry::with(Manners { upload, ..Manners::default() });
        pushed(&registry, &["--no-sbom"]);
    }
    for upload in ["http://[::bad", "ftp://127.0.0.1/x"] {
        let registry = Registry::with(Manners { upload, ..Manners::default() });
        check(&[&registry.address], 1, &format!("it wants an upload at `{upload}`, which is no address"));
    }
}

#[test]
fn what_a_registry_refuses_is_told_in_its_words_and_with_what_helps() {
    let refuses = |method, at, status, body, expected: [&str; 2]| {
        let registry = Registry::with(Manners { refuses: Some((method, at, status, body)), ..Manners::default() });
        expected.into_iter().for_each(|expected| check(&[&registry.address], 1, expected));
    };
    let denied = r#"{"errors": [{"code": "DENIED", "message": "not yours"}]}"#;
    refuses("POST", "/uploads/", 403, denied, ["refuses: DENIED not yours (403)", "log in with `docker login`"]);
    let unknown = r#"{"errors": [{"code": "NAME_UNKNOWN", "message": "none"}]}"#;
    refuses("POST", "/uploads/", 404, unknown, ["NAME_UNKNOWN none (404)", "want a repository to be made"]);
    refuses("PUT", "/uploads/", 413, "<html>too large", ["<html>too large (413)", "client_max_body_size"]);
    refuses("POST", "/uploads/", 302, "", ["it answers 302", ""]);
    refuses("PUT", "/manifests/", 409, "immutable", ["immutable (409)", "may tags be changed there?"]);
    refuses("PUT", "/manifests/", 503, "", ["it answers 503", "try again later"]);
}

#[test]
fn an_identity_token_opens_each_repository() {
    let pushes = |identity: &str| {
        let registry = Registry::with(Manners { wants_tokens: true, ..Manners::default() });
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("docker-{identity}"));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(MODULES.join("mock.wasm"), MODULES.join("request_validator.wasm")).unwrap();
        let config = json!({"auths": {&registry.address: {"auth": "MDAwMDo=", "identitytoken": identity}}});
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let mut command = command();
        command.args(["--only", "request-validator", "--no-sbom", &registry.address]).env("DOCKER_CONFIG", &folder);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = pushes("identity");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = pushes("another");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("invalid_grant") && said.contains("what `docker login` has left is wrong"), "{said}");
}

#[test]
fn where_a_registry_lists_no_referrers_their_tag_does() {
    for referrers in [
        Referrers::Page,
        Referrers::Status(404),
        Referrers::Status(400),
        Referrers::Status(405),
        Referrers::Status(429),
    ] {
        let registry = Registry::start(referrers);
        let tag = pushed(&registry, &[]).replace(':', "-");
        let [list] = registry.tagged(&tag).try_into().unwrap();
        assert_eq!(list["manifests"][0]["artifactType"], "application/vnd.cyclonedx+json");
        assert_eq!(registry.tagged(&format!("{tag}.sbom"))[0]["subject"]["digest"], tag.replace('-', ":"));
        pushed(&registry, &[]);
        assert_eq!(registry.tagged(&tag), [list], "a second push lists nothing twice");
    }
}

#[test]
fn a_list_of_referrers_keeps_those_of_others() {
    let registry = Registry::start(Referrers::Status(404));
    let tag = pushed(&registry, &["--no-sbom"]).replace(':', "-");
    let of_another = json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:ab", "size": 1,
        "annotations": {"by": "another"}, "data": "e30="});
    registry.put(
        &tag,
        &json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [of_another]}),
    );
    pushed(&registry, &[]);
    let list = &registry.tagged(&tag)[0]["manifests"];
    assert_eq!((&list[0], list.as_array().unwrap().len()), (&of_another, 2));
}
